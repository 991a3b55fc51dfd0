"""The address book: accounts that money may go to, entered by one person and confirmed by another.

An entry counts from its confirmation on, after the cooling time of the policies in force. Anybody who may edit takes it
out at once, alone. To change an entry it is entered, confirmed and cooled anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from holdfast.errors import Conflict, Malformed, OwnApproval, UnknownAddress
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office
from holdfast.identity.policies.installed import policies_now
from holdfast.primitives.clock import format_instant
from holdfast.protocol.parameters import ASSET_PATTERN

ANY_ASSET = "*"
_ACCOUNT = re.compile(r"\A[A-Za-z0-9._:-]{1,128}\Z").match
_ASSET = re.compile(ASSET_PATTERN).match


class Address(Kept, frozen=True, tag="address"):
    """One entry, by its account. `usable_from` is the second from which it counts; 0 while it is not confirmed."""

    id: str
    label: str
    assets: tuple[str, ...]
    added_by: str
    added_at: int
    confirmed_by: str = ""
    confirmed_at: int = 0
    usable_from: int = 0

    def usable(self, asset: str, now: int) -> bool:
        """Whether the entry counts for this asset now: confirmed, and its cooling time over."""
        return (
            bool(self.confirmed_by) and now >= self.usable_from and (ANY_ASSET in self.assets or asset in self.assets)
        )


def add(
    office: Office, account: str, *, by: str, label: str, assets: Iterable[str] = (ANY_ASSET,), where: str = ""
) -> Address:
    """Enter an account; what was entered of it before no longer counts.

    Raises: Malformed (account, label, assets).
    """
    codes = tuple(dict.fromkeys(assets))
    if not _ACCOUNT(account):
        raise Malformed("account: 1..128 letters, digits or . _ : - of a holder", field="account")
    if not (0 < len(label) <= 100 and label.isprintable()):
        raise Malformed("label: 1..100 printable characters that say whose account it is", field="label")
    if not 0 < len(codes) <= 100 or any(code != ANY_ASSET and not _ASSET(code) for code in codes):
        raise Malformed('assets: asset codes like ["FLUX"], or ["*"] for all', field="assets")
    with office.write() as t:
        entry = Address(account, label, codes, by, t.now)
        replaced = t.get(Address, account) is not None
        t.put(entry)
        t.log("address.added", by=by, about=account, where=where, label=label, assets=list(codes), replaced=replaced)
        return entry


def confirm(office: Office, account: str, *, by: str, added_at: int | None = None, where: str = "") -> Address:
    """Confirm what somebody else entered. `added_at`, where given, says which entry was looked at.

    Raises: UnknownAddress, OwnApproval (his own entry), Conflict (confirmed already, or entered anew since).
    """
    with office.write() as t:
        entry = _entry(t.get(Address, account), account)
        if entry.added_by == by:
            raise OwnApproval(f"{by} entered {account}; somebody else must confirm it.", account=account)
        if entry.confirmed_by:
            raise Conflict(f"{account} was confirmed by {entry.confirmed_by} already.", account=account)
        if added_at is not None and added_at != entry.added_at:
            raise Conflict(f"{account} was entered anew since it was looked at; look again.", account=account)
        cooling = policies_now(office).cooling_seconds
        after = replace(entry, confirmed_by=by, confirmed_at=t.now, usable_from=t.now + cooling)
        t.put(after)
        t.log(
            "address.confirmed", by=by, about=account, where=where, label=entry.label, added_by=entry.added_by,
            usable_from=format_instant(after.usable_from),
        )  # fmt: skip
        return after


def remove(office: Office, account: str, *, by: str, where: str = "") -> None:
    """Take an entry out at once.

    Raises: UnknownAddress.
    """
    with office.write() as t:
        entry = _entry(t.get(Address, account), account)
        t.delete(Address, account)
        t.log("address.removed", by=by, about=account, where=where, label=entry.label)


def usable(office: Office, account: str, asset: str, now: int) -> bool:
    """Whether an account may be paid in this asset as one of the address book."""
    entry = office.get(Address, account)
    return entry is not None and entry.usable(asset, now)


def _entry(found: Address | None, account: str) -> Address:
    if found is None:
        raise UnknownAddress(f"There is no entry of {account[:128]} in the address book.", account=account[:128])
    return found
