"""The types of the commands' arguments, and what every command has."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from holdfast.primitives.asset import AMOUNT_PATTERN
from holdfast.primitives.fixed_point import BPS
from holdfast.protocol.parameters import ASSET_PATTERN

NAME_PATTERN = r"\A[A-Za-z0-9._:-]{1,128}\Z"

CommandId = Annotated[str, Meta(pattern=r"\A[ -~]{1,128}\Z", description="1..128 printable ASCII characters")]
Holder = Annotated[
    str, Meta(pattern=r"\A@?[A-Za-z0-9._:-]{1,128}\Z", description="a holder's id", extra={"reason": "not_a_holder"})
]
Name = Annotated[
    str,
    Meta(
        pattern=NAME_PATTERN, description="a name of 1..128 letters, digits or . _ : -", extra={"reason": "not_a_name"}
    ),
]
AssetCode = Annotated[
    str, Meta(pattern=ASSET_PATTERN, description="an asset's code, like FLUX", extra={"reason": "not_an_asset"})
]
VaultName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z][A-Za-z0-9._-]{0,30}\Z",
        description="a vault's name, 1..31 characters of an asset's code",
        extra={"reason": "not_a_vault"},
    ),
]
Amount = Annotated[
    str,
    Meta(pattern=AMOUNT_PATTERN, description='whole tokens as text, like "1000.5"', extra={"reason": "not_an_amount"}),
]
Instant = Annotated[
    str, Meta(description='an instant, like "2026-01-01T00:00:00Z"', extra={"reason": "not_an_instant"})
]
Text = Annotated[
    str, Meta(max_length=1_000, pattern=r"\A[^\ud800-\udfff]*\Z", description="text of at most 1,000 characters")
]
Integer = Annotated[int, Meta(ge=0, le=2**53 - 1, description="a whole number, 0..2^53-1")]
Positive = Annotated[int, Meta(ge=1, le=2**53 - 1, description="a whole number, 1..2^53-1")]
Bps = Annotated[int, Meta(ge=0, le=BPS, description="basis points, 0..10,000", extra={"reason": "not_basis_points"})]
Step = Annotated[
    tuple[Amount, Annotated[int, Meta(ge=0, le=1_000_000)]], Meta(description='a step like ["250000", 500]')
]
Curve = Annotated[
    tuple[Step, ...],
    Meta(
        min_length=1,
        max_length=1_000,
        description='steps of amount and marginal rate, like [["0", 800], ["250000", 500]]',
        extra={"reason": "not_a_curve"},
    ),
]
RoleName = Literal["operator", "oracle", "keeper"]


class Command(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """What every command has: an id of the client's choice, and who acts."""

    id: CommandId
    actor: Holder

    holders: ClassVar[tuple[str, ...]] = ()
    """The arguments that name a holder; a protocol account there is not authorized."""

    def __init_subclass__(cls) -> None:
        """Collect the arguments of type Holder."""
        cls.holders = tuple(name for name, hint in cls.__annotations__.items() if "Holder" in hint.split(" | "))
