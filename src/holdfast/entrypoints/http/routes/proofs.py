"""Proofs of liabilities: the roots of each day, and one's own way to them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.accounts import seen_account
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import Account, Cursor, Limit, Page, asked
from holdfast.errors import NotFound, UnknownAccount, UnknownProof
from holdfast.identity import proof_days
from holdfast.identity.proof_days import ProofDay
from holdfast.views.liabilities import DailyRoots, Inclusion


class Days(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page of days."""

    limit: Limit = 100
    cursor: Cursor = ""


class OfAccount(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose; without it one's own. `@desk` is what belongs to no holder."""

    account: Account = ""


@get("/v1/proofs", "public.read", query=Days, returns=Page[DailyRoots])
async def proofs(call: Call) -> Page[DailyRoots]:
    """List what was published of what is owed, the newest day first.

    The audit log has the same roots: nobody can publish others for a day later on without breaking its chain.
    """
    query, cursors, about = call.query, call.server.cursors, asked(call)
    before = cursors.open(about, query.cursor, str) if query.cursor else "~"
    days = sorted((day for day in call.server.office.all(ProofDay) if day < before), reverse=True)
    shown = [proof_days.of_day(call.server.office, day).roots for day in days[: query.limit]]
    return Page(shown, cursors.seal(about, shown[-1].day) if len(days) > len(shown) else None)


@get("/v1/proofs/{day}", "public.read", returns=DailyRoots, errors=(UnknownProof,))
async def proof_of_day(call: Call) -> DailyRoots:
    """Give the roots of a day, as `check_inclusion.py` reads them."""
    return proof_days.of_day(call.server.office, call.path["day"]).roots


@get("/v1/proofs/{day}/{asset}", "public.read", returns=DailyRoots, errors=(UnknownProof,))
async def proof_of_asset(call: Call) -> DailyRoots:
    """Give the root of one asset on a day; the same document, with this asset alone."""
    roots, asset = proof_days.of_day(call.server.office, call.path["day"]).roots, call.path["asset"]
    if asset not in roots.assets:
        raise UnknownProof(f"No root was published for {asset} on {roots.day}.", day=roots.day, asset=asset)
    return replace(roots, assets={asset: roots.assets[asset]})


@get("/v1/me/proofs/{day}/{asset}", "own.read", query=OfAccount, returns=Inclusion,
     errors=(UnknownProof, UnknownAccount, NotFound))  # fmt: skip
async def my_proof(call: Call) -> Inclusion:
    """Give the proof that what I am owed is part of a day's root; check it offline, without believing the desk.

    `holdfast proof check` and the script that `holdfast proof script` prints do it. It is for its holder alone.
    """
    name = seen_account(call, call.query.account or call.who.account)
    day, person = call.path["day"], call.who.person
    with call.server.looking_back.place(person, day):
        return await call.server.proofs.inclusion(day, call.path["asset"], name, person)
