"""What can be set about the server. `bootstrap` reads it from one TOML file, the environment and options."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

DEFAULT_DB = "holdfast.db"

PREFIX = "HOLDFAST_"
"""A setting's environment variable is this and its name in capitals."""


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about `holdfast serve`; each has a default that works on one machine."""

    db: str = DEFAULT_DB
    """Where the desk is: a file, or a PostgreSQL URL."""
    name: Annotated[str, Meta(min_length=1, max_length=60)] = "Holdfast"
    """What people read at the top of the pages and in their authenticator."""
    host: str = "127.0.0.1"
    """The address that the server listens on."""
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8_000
    """The port that the server listens on; 0 takes a free one."""
    origin: str = ""
    """The address in people's browsers, like `https://desk.example.org`; empty: `http://localhost:<port>`."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For header is believed, like `10.0.0.0/8`."""
    secret_file: str = ""
    """A file with 32 random bytes in hex that protects what is stored (codes' secrets, sealed amounts, proofs' salts);
    empty: `<db>.secret`, for PostgreSQL `holdfast.secret`, made at the first start. More lines are former secrets."""
    wallet_sign_up: bool = True
    """Whether somebody with an unknown wallet becomes a holder by signing in."""
    keeper: bool = True
    """Whether this server carries out what is due."""
    keeper_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 5
    """How often the keeper looks."""
    webhooks_to_private: bool = False
    """Whether webhooks may go to addresses inside the own network and without TLS."""
    metrics: bool = True
    """Whether `/metrics` answers; keep it from the public by the proxy."""
    log_format: Literal["text", "json"] = "text"
    """How the server's log is written."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What the server's log leaves out: all that is less than this. Each request is a line at `info`."""
    traces: bool = False
    """Whether OpenTelemetry traces are made; the SDK and its exporter are set by their own OTEL_ variables."""
    head_seconds: Annotated[int, Meta(ge=1, le=600)] = 20
    """How long a connection may take to bring a request's first line and headers; then it is closed."""
    leave_seconds: Annotated[int, Meta(ge=0, le=600)] = 0
    """How long the server goes on taking requests after it was asked to stop, while `/health/ready` answers 503 so that
    a balancer sends no more."""
    drain_seconds: Annotated[int, Meta(ge=0, le=600)] = 20
    """How long requests may still take after that."""


NAMES: tuple[str, ...] = ServerSettings.__struct_fields__
