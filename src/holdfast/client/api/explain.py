# mypy: disable-error-code=no-any-return
# fmt: off
"""Explain over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods, named
from holdfast.client.shapes.explain import Before, RuleView, SeenRecord, Totals


class ExplainApi(Methods):
    """Explain."""

    def command_rule(self, type: str) -> RuleView:
        """Give the documented rule of a command: its checks in order, formula, rounding, postings and source."""
        return self._ask("GET", f"/v1/rules/{named(type)}", again=True)

    def journal_record_before(self, seq: str, *, if_none_match: str | None = None) -> Before:
        """Give the records that one record of the journal changed, as they stood before it."""
        return self._ask("GET", f"/v1/journal/{named(seq)}/before", headers={"If-None-Match": if_none_match},
            again=True)

    def account_record(self, account: str, seq: str, *, if_none_match: str | None = None) -> SeenRecord:
        """Give a record as one of one's accounts may see it: its own command in full, of another's what touched it."""
        return self._ask("GET", f"/v1/accounts/{named(account)}/records/{named(seq)}",
            headers={"If-None-Match": if_none_match}, again=True)

    def account_totals(self, account: str, *, since: str | None = None, until: str | None = None,
        if_none_match: str | None = None) -> Totals:
        """Give an account's totals by asset: opening, received, sent, closing, and the record that made the closing.

        Costs one look at every record of the journal.
        """
        return self._ask("GET", f"/v1/accounts/{named(account)}/totals", query={"since": since, "until": until},
            headers={"If-None-Match": if_none_match}, again=True)


class AsyncExplainApi(AsyncMethods):
    """Explain."""

    async def command_rule(self, type: str) -> RuleView:
        """Give the documented rule of a command: its checks in order, formula, rounding, postings and source."""
        return await self._ask("GET", f"/v1/rules/{named(type)}", again=True)

    async def journal_record_before(self, seq: str, *, if_none_match: str | None = None) -> Before:
        """Give the records that one record of the journal changed, as they stood before it."""
        return await self._ask("GET", f"/v1/journal/{named(seq)}/before", headers={"If-None-Match": if_none_match},
            again=True)

    async def account_record(self, account: str, seq: str, *, if_none_match: str | None = None) -> SeenRecord:
        """Give a record as one of one's accounts may see it: its own command in full, of another's what touched it."""
        return await self._ask("GET", f"/v1/accounts/{named(account)}/records/{named(seq)}",
            headers={"If-None-Match": if_none_match}, again=True)

    async def account_totals(self, account: str, *, since: str | None = None, until: str | None = None,
        if_none_match: str | None = None) -> Totals:
        """Give an account's totals by asset: opening, received, sent, closing, and the record that made the closing."""
        return await self._ask("GET", f"/v1/accounts/{named(account)}/totals", query={"since": since, "until": until},
            headers={"If-None-Match": if_none_match}, again=True)
