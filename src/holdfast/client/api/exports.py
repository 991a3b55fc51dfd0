# mypy: disable-error-code=no-any-return
# fmt: off
"""Exports over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Literal

from holdfast.client.groups import AsyncMethods, Methods, named


class ExportsApi(Methods):
    """Exports."""

    def export_account(self, account: str, *, since: str | None = None, until: str | None = None, format: Literal["csv",
        "pdf", "xlsx"] | None = None, language: Literal["en", "ru"] | None = None) -> Iterator[bytes]:
        """Give an account's statement as a file, for taxes say: CSV, XLSX or PDF.

        Every line of the period with the balance after it, and for each asset opening, sums and closing. It is refused
        unless opening + in − out = closing, and closing is what the ledger holds. At most 100,000 lines, 1,500 in a
        PDF.
        """
        return self._chunks(f"/v1/accounts/{named(account)}/export", query={"since": since, "until": until,
            "format": format, "language": language}, again=True)


class AsyncExportsApi(AsyncMethods):
    """Exports."""

    def export_account(self, account: str, *, since: str | None = None, until: str | None = None, format: Literal["csv",
        "pdf", "xlsx"] | None = None, language: Literal["en", "ru"] | None = None) -> AsyncIterator[bytes]:
        """Give an account's statement as a file, for taxes say: CSV, XLSX or PDF."""
        return self._chunks(f"/v1/accounts/{named(account)}/export", query={"since": since, "until": until,
            "format": format, "language": language}, again=True)
