"""Selective disclosure: the journal for everybody, its amounts sealed for owners and auditor."""

from __future__ import annotations

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routing import SIGNED_IN, get, post, put
from holdfast.errors import Conflict, DisclosureOff, Malformed, SealBroken, StepUpRequired
from holdfast.identity import disclosure as service
from holdfast.identity.disclosure import DisclosureView, Hex, NamedKey, Published
from holdfast.views.sealed import masked

_KEY = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"

LOT = 20
"""Records that are sealed in one go: a part for somebody costs a tenth of a millisecond."""


class Switched(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether sealed records are published."""

    on: bool


class NewAuditor(Struct, frozen=True, forbid_unknown_fields=True):
    """Who the auditor is, and the public key that `holdfast disclose key` printed for him."""

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    public_key: Hex


class NewKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The public key that `holdfast disclose key` printed."""

    public_key: Hex


class MyKey(Struct, frozen=True):
    """The key given; null where there is none."""

    key: NamedKey | None


class RecordsQuery(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which records: those behind `after`."""

    after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Only records behind this one.")] = 0
    limit: Annotated[int, Meta(ge=1, le=200, description="Records on a page at most.")] = 50


class SealedRecords(Struct, frozen=True):
    """Sealed records; `next` is the `after` of the next page, null at the journal's end."""

    items: list[Published]
    next: int | None


@get("/v1/disclosure", SIGNED_IN, returns=DisclosureView)
async def disclosure(call: Call) -> DisclosureView:
    """Say whether sealed records are published, and for which auditor they are sealed."""
    return service.view(call.server.office, call.server.desk_id)


@put("/v1/disclosure", "compliance.manage", body=Switched, returns=DisclosureView, step_up=True,
     errors=(StepUpRequired,), example={"on": True})  # fmt: skip
async def switch_disclosure(call: Call) -> DisclosureView:
    """Publish the journal with sealed amounts, the past too, to everybody who is signed in; or no more.

    Who acts, on what, and when is seen by all of them then; how much is not. Who copied something keeps his copy.
    """
    server, on = call.server, call.body.on
    await asyncio.to_thread(lambda: service.switch(server.office, call.who, on=on))
    return service.view(server.office, server.desk_id)


@put("/v1/disclosure/auditor", "compliance.manage", body=NewAuditor, returns=DisclosureView, step_up=True,
     errors=(StepUpRequired, Malformed), example={"title": "Old Bank Audit Ltd", "public_key": _KEY})  # fmt: skip
async def name_auditor(call: Call) -> DisclosureView:
    """Name the auditor: every record that is asked for from now on, of the past too, is sealed for this key.

    It is sealed no more for the auditor before, who keeps what he opened.
    """
    server, given = call.server, call.body
    await asyncio.to_thread(service.name_auditor, server.office, call.who, given.title, given.public_key)
    return service.view(server.office, server.desk_id)


@get("/v1/me/disclosure-key", "own.read", returns=MyKey)
async def my_disclosure_key(call: Call) -> MyKey:
    """Show the key that amounts of mine are sealed for."""
    return MyKey(service.key_of(call.server.office, call.who.person))


@put("/v1/me/disclosure-key", "own.read", body=NewKey, returns=MyKey, step_up=True,
     errors=(StepUpRequired, Malformed), example={"public_key": _KEY})  # fmt: skip
async def give_disclosure_key(call: Call) -> MyKey:
    """Give the public key that what concerns my account is sealed for; another one takes its place."""
    give, office = service.give_key, call.server.office
    return MyKey(await asyncio.to_thread(give, office, call.who, call.body.public_key))


@get("/v1/disclosure/records", SIGNED_IN, query=RecordsQuery, returns=SealedRecords, errors=(DisclosureOff,))
async def sealed_records(call: Call) -> SealedRecords:
    """List the journal's records with their amounts sealed.

    Each amount opens for the holders on both sides and for the auditor: `holdfast disclose open` does it offline.
    """
    server, query = call.server, call.query
    service.require_on(server.office)
    seen = await server.moments.look("", lambda moment: dict(moment.state.assets))
    upto = min(seen.head.seq, query.after + query.limit)
    to, items = service.recipients(server.office), list[Published]()
    for after in range(query.after, upto, LOT):
        end = min(after + LOT, upto)
        items += await server.readers.read(
            lambda store, after=after, end=end: [  # type: ignore[misc]
                service.publish(masked(row, seen.found), server.desk_id, server.secret, to)
                for row in store.rows(after, end)
            ]
        )
    return SealedRecords(items, upto if upto < seen.head.seq else None)


@post("/v1/disclosure/rewrap", "disclosure.open", body=Published, returns=Published, errors=(SealBroken, Conflict))
async def rewrap_record(call: Call) -> Published:
    """Wrap a record that was published earlier, as it was then, for the present auditor."""
    server, given = call.server, call.body

    def rewrap() -> Published:
        named = service.view(server.office, server.desk_id).auditor
        if named is None:
            raise Conflict("No auditor is named whom it could be wrapped for.")
        made = service.rewrap(given, server.secrets, bytes.fromhex(named.public_key))
        with server.office.write() as t:
            t.log(
                "disclosure.rewrapped", by=call.who.person, about=str(given.record.get("seq")), where=call.address,
                fingerprint=named.fingerprint,
            )  # fmt: skip
        return made

    return await asyncio.to_thread(rewrap)
