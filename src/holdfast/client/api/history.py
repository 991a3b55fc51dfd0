# mypy: disable-error-code=no-any-return
# fmt: off
"""History over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.history import JournalLine, JournalRecord, Line
from holdfast.client.shapes.proposals import Receipt


class HistoryApi(Methods):
    """History."""

    def statement(self, account: str, *, asset: str | None = None, since: str | None = None, until: str | None = None,
        limit: int | None = None, cursor: str | None = None, if_none_match: str | None = None) -> Pages[Line]:
        """Give an account's statement: every posting that touched it, in order, with the balance after it.

        Read from the journal. A page looks at a bounded number of records: it may have fewer lines than its limit, none
        even, and still have a next one.
        """
        return self._pages(f"/v1/accounts/{named(account)}/statement", "cursor", query={"asset": asset, "since": since,
            "until": until, "limit": limit, "cursor": cursor}, headers={"If-None-Match": if_none_match}, again=True)

    def journal(self, *, after: int | None = None, limit: int | None = None, type: str | None = None,
        actor: str | None = None, if_none_match: str | None = None) -> Pages[JournalLine]:
        """List the journal's records with what each command answered.

        A page looks at a bounded number of records: with `type` or `actor` it may have fewer items than its limit, none
        even, and still have a next one.
        """
        return self._pages("/v1/journal", "after", query={"after": after, "limit": limit, "type": type, "actor": actor},
            headers={"If-None-Match": if_none_match}, again=True)

    def journal_record(self, seq: str, *, if_none_match: str | None = None) -> JournalRecord:
        """Give one record in full: command, postings, changed records, events, and its place in the chain of
        digests."""
        return self._ask("GET", f"/v1/journal/{named(seq)}", headers={"If-None-Match": if_none_match}, again=True)

    def receipt(self, id: str, *, if_none_match: str | None = None) -> Receipt:
        """Give the receipt of one of one's own commands, by its Idempotency-Key.

        A key with characters that no path takes is answered by sending the same command again: that is answered from
        the journal too.
        """
        return self._ask("GET", f"/v1/commands/{named(id)}", headers={"If-None-Match": if_none_match}, again=True)


class AsyncHistoryApi(AsyncMethods):
    """History."""

    def statement(self, account: str, *, asset: str | None = None, since: str | None = None, until: str | None = None,
        limit: int | None = None, cursor: str | None = None, if_none_match: str | None = None) -> AsyncPages[Line]:
        """Give an account's statement: every posting that touched it, in order, with the balance after it."""
        return self._pages(f"/v1/accounts/{named(account)}/statement", "cursor", query={"asset": asset, "since": since,
            "until": until, "limit": limit, "cursor": cursor}, headers={"If-None-Match": if_none_match}, again=True)

    def journal(self, *, after: int | None = None, limit: int | None = None, type: str | None = None,
        actor: str | None = None, if_none_match: str | None = None) -> AsyncPages[JournalLine]:
        """List the journal's records with what each command answered."""
        return self._pages("/v1/journal", "after", query={"after": after, "limit": limit, "type": type, "actor": actor},
            headers={"If-None-Match": if_none_match}, again=True)

    async def journal_record(self, seq: str, *, if_none_match: str | None = None) -> JournalRecord:
        """Give one record in full: command, postings, changed records, events, and its place in the chain of
        digests."""
        return await self._ask("GET", f"/v1/journal/{named(seq)}", headers={"If-None-Match": if_none_match}, again=True)

    async def receipt(self, id: str, *, if_none_match: str | None = None) -> Receipt:
        """Give the receipt of one of one's own commands, by its Idempotency-Key."""
        return await self._ask("GET", f"/v1/commands/{named(id)}", headers={"If-None-Match": if_none_match}, again=True)
