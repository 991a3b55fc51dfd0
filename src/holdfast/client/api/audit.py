# mypy: disable-error-code=no-any-return
# fmt: off
"""Audit over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Literal

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.audit import Item
from holdfast.client.shapes.policies import Job


class AuditApi(Methods):
    """Audit."""

    def items(self, *, who: str | None = None, what: str | None = None, about: str | None = None,
        since: int | None = None, until: int | None = None, source: Literal["journal", "log"] | None = None,
        limit: int | None = None, cursor: str | None = None, newest_first: bool | None = None) -> Pages[Item]:
        """List what people and the desk did, log and journal in one order.

        The journal shows every account, so without `desk.read` only the log is listed.
        """
        return self._pages("/v1/audit", "cursor", query={"who": who, "what": what, "about": about, "since": since,
            "until": until, "source": source, "limit": limit, "cursor": cursor, "newest_first": newest_first},
            again=True)

    def export_audit(self, *, who: str | None = None, what: str | None = None, about: str | None = None,
        since: int | None = None, until: int | None = None, source: Literal["journal", "log"] | None = None,
        format: Literal["csv", "ndjson", "syslog"] | None = None) -> Iterator[bytes]:
        """Export the log: NDJSON, CSV (formulas escaped), or syslog (RFC 5424); the journal with it as in the list."""
        return self._chunks("/v1/audit/export", query={"who": who, "what": what, "about": about, "since": since,
            "until": until, "source": source, "format": format}, again=True)

    def export_journal(self, *, upto: int | None = None) -> Iterator[bytes]:
        """Export the journal as lines of JSON, bit for bit: what `holdfast import` makes the same desk of.

        One line for what the desk started from, one for each record, one for the head. It shows every account, so it
        needs `desk.read` too.
        """
        return self._chunks("/v1/journal/export", query={"upto": upto}, again=True)

    def verify(self, *, seq: int | None = None, digest: str | None = None, log_seq: int | None = None,
        log_digest: str | None = None) -> Job:
        """Decide the whole journal anew and check every chain, digest and invariant, the log of people too."""
        return self._ask("POST", "/v1/verify", body={"seq": seq, "digest": digest, "log_seq": log_seq,
            "log_digest": log_digest})


class AsyncAuditApi(AsyncMethods):
    """Audit."""

    def items(self, *, who: str | None = None, what: str | None = None, about: str | None = None,
        since: int | None = None, until: int | None = None, source: Literal["journal", "log"] | None = None,
        limit: int | None = None, cursor: str | None = None, newest_first: bool | None = None) -> AsyncPages[Item]:
        """List what people and the desk did, log and journal in one order."""
        return self._pages("/v1/audit", "cursor", query={"who": who, "what": what, "about": about, "since": since,
            "until": until, "source": source, "limit": limit, "cursor": cursor, "newest_first": newest_first},
            again=True)

    def export_audit(self, *, who: str | None = None, what: str | None = None, about: str | None = None,
        since: int | None = None, until: int | None = None, source: Literal["journal", "log"] | None = None,
        format: Literal["csv", "ndjson", "syslog"] | None = None) -> AsyncIterator[bytes]:
        """Export the log: NDJSON, CSV (formulas escaped), or syslog (RFC 5424); the journal with it as in the list."""
        return self._chunks("/v1/audit/export", query={"who": who, "what": what, "about": about, "since": since,
            "until": until, "source": source, "format": format}, again=True)

    def export_journal(self, *, upto: int | None = None) -> AsyncIterator[bytes]:
        """Export the journal as lines of JSON, bit for bit: what `holdfast import` makes the same desk of."""
        return self._chunks("/v1/journal/export", query={"upto": upto}, again=True)

    async def verify(self, *, seq: int | None = None, digest: str | None = None, log_seq: int | None = None,
        log_digest: str | None = None) -> Job:
        """Decide the whole journal anew and check every chain, digest and invariant, the log of people too."""
        return await self._ask("POST", "/v1/verify", body={"seq": seq, "digest": digest, "log_seq": log_seq,
            "log_digest": log_digest})
