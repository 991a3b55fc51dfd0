"""The agent's configuration: one TOML file.

network = "gpus"              # the contribution network, and what is registered there
resource = "alice-gpu"
kind = "gpu"                  # what is measured: gpu, cpu, storage, bandwidth, memory or node
capacity = "2"                # as registered
attestor = "alice-agent"      # who signs
key = "agent.key"             # made on the first run; paths are seen from this file's folder
spool = "reports.ndjson"
interval_seconds = 60         # one report each
sample_seconds = 5            # one look each
path = "/"                    # storage: where it lies
interface = "eth0"            # bandwidth: which; without it the fastest that is up

[epoch]                       # optional: reports then end where an epoch of the network does
started_at = "2026-01-01T00:00:00Z"
seconds = 604800
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from holdfast.errors import Malformed
from holdfast.primitives.asset import parse_units
from holdfast.primitives.clock import parse_instant

Kind = Literal["gpu", "cpu", "storage", "bandwidth", "memory", "node"]


class Epoch(Struct, frozen=True, forbid_unknown_fields=True):
    """The network's epochs, so that no report lies across the end of one."""

    started_at: str
    seconds: Annotated[int, Meta(ge=1, le=2**40)]


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the agent needs to know."""

    network: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,128}\Z")]
    resource: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,110}\Z")]
    attestor: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,128}\Z")]
    kind: Kind
    capacity: Annotated[str, Meta(pattern=r"\A(0|[1-9][0-9]*)(\.[0-9]{1,6})?\Z")]
    key: str = "agent.key"
    spool: str = "reports.ndjson"
    interval_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 60
    sample_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 5
    path: str = "/"
    interface: str | None = None
    epoch: Epoch | None = None

    @property
    def capacity_millionths(self) -> int:
        """The registered capacity in millionths of its unit."""
        return parse_units(self.capacity, 6, 2**64 - 1)


def read_config(name: str) -> Config:
    """The configuration in a file; `key`, `spool` and `path` are seen from its folder.

    Raises: Malformed that names the file and the field.
    """
    file = Path(name)
    try:
        config = msgspec.toml.decode(file.read_bytes(), type=Config)
    except OSError as error:
        raise Malformed(f"{name} cannot be read: {error.strerror or error}.", file=name) from None
    except msgspec.ValidationError as error:
        raise Malformed(f"{name}: {error}.", file=name) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"{name} is not TOML: {error}.", file=name) from None
    if config.capacity_millionths == 0:
        raise Malformed(f"{name}: capacity is 0; state what was registered.", file=name, field="capacity")
    if config.epoch is not None:
        parse_instant(config.epoch.started_at)
    places = {field: str(file.parent / getattr(config, field)) for field in ("key", "spool", "path")}
    return msgspec.structs.replace(config, **places)
