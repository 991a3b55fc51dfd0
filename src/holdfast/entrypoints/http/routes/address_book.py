"""The address book: accounts that money may go to."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import delete, get, post, put
from holdfast.errors import Conflict, OwnApproval, StepUpRequired, UnknownAddress
from holdfast.identity import address_book
from holdfast.identity.address_book import Address


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose account it is, and for which assets ("*": all)."""

    label: Annotated[str, Meta(min_length=1, max_length=100)]
    assets: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)] = ("*",)


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """Which entry was looked at, by the second at which it was added."""

    added_at: int


@get("/v1/address-book", "desk.read", returns=list[Address])
async def addresses(call: Call) -> list[Address]:
    """List the address book, entries that are not confirmed yet too."""
    return list(call.server.office.all(Address).values())


@put("/v1/address-book/{account}", "address_book.edit", body=Entry, returns=Address, step_up=True,
     errors=(StepUpRequired,), example={"label": "Custodian"})  # fmt: skip
async def add_address(call: Call) -> Address:
    """Enter an account; it counts once somebody else has confirmed it and the cooling time is over."""

    def add() -> Address:
        return address_book.add(
            call.server.office, call.path["account"], by=call.who.person, label=call.body.label,
            assets=call.body.assets, where=call.address,
        )  # fmt: skip

    return await asyncio.to_thread(add)


@post("/v1/address-book/{account}/confirm", "address_book.confirm", body=Seen, returns=Address, step_up=True,
      errors=(UnknownAddress, OwnApproval, Conflict, StepUpRequired), example={"added_at": 0})  # fmt: skip
async def confirm_address(call: Call) -> Address:
    """Confirm what somebody else entered."""

    def confirm() -> Address:
        return address_book.confirm(
            call.server.office, call.path["account"], by=call.who.person, added_at=call.body.added_at,
            where=call.address,
        )  # fmt: skip

    return await asyncio.to_thread(confirm)


@delete("/v1/address-book/{account}", "address_book.edit", errors=(UnknownAddress,))
async def remove_address(call: Call) -> None:
    """Take an entry out at once; one person is enough."""

    def remove() -> None:
        address_book.remove(call.server.office, call.path["account"], by=call.who.person, where=call.address)

    await asyncio.to_thread(remove)
