# mypy: disable-error-code=no-any-return
# fmt: off
"""Compliance over HTTP.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from holdfast.client.groups import AsyncMethods, Methods
from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.shapes.compliance import FrozenAccount, Measure
from holdfast.client.shapes.proposals import Receipt


class ComplianceApi(Methods):
    """Compliance."""

    def freeze(self, *, idempotency_key: str, asset: str, account: str, reason: str, reference: str | None = None,
        actor: str | None = None) -> Receipt:
        """Freeze an account for an asset: nothing of it comes or goes until it is thawed.

        The reason is in the audit log before the command reaches the desk. It is a command like any other: policies,
        step-up and the Idempotency-Key are as for POST /v1/commands.
        """
        return self._ask("POST", "/v1/compliance/freeze", headers={"Idempotency-Key": idempotency_key},
            body={"asset": asset, "account": account, "reason": reason, "reference": reference, "actor": actor},
            again=True)

    def thaw(self, *, idempotency_key: str, asset: str, account: str, reason: str, reference: str | None = None,
        actor: str | None = None) -> Receipt:
        """Let a frozen account move an asset again."""
        return self._ask("POST", "/v1/compliance/thaw", headers={"Idempotency-Key": idempotency_key},
            body={"asset": asset, "account": account, "reason": reason, "reference": reference, "actor": actor},
            again=True)

    def clawback(self, *, idempotency_key: str, asset: str, account: str, reason: str, amount: str,
        reference: str | None = None, actor: str | None = None) -> Receipt:
        """Burn units out of a holder's account, frozen or not.

        What the holder has locked in stakes, queues or positions is not reached.
        """
        return self._ask("POST", "/v1/compliance/clawback", headers={"Idempotency-Key": idempotency_key},
            body={"asset": asset, "account": account, "reason": reason, "reference": reference, "actor": actor,
            "amount": amount}, again=True)

    def measures(self, *, account: str | None = None, newest_first: bool | None = None, limit: int | None = None,
        cursor: str | None = None) -> Pages[Measure]:
        """List the measures taken here with their reasons, the oldest first unless asked otherwise.

        Those that went through proposals stand in the audit log with the proposal's note.
        """
        return self._pages("/v1/compliance/measures", "cursor", query={"account": account, "newest_first": newest_first,
            "limit": limit, "cursor": cursor}, again=True)

    def frozen_accounts(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        account: str | None = None, if_none_match: str | None = None) -> Pages[FrozenAccount]:
        """List the accounts that are frozen, by asset and name, each with the measure that froze it and its reason.

        What was frozen through a proposal has its reason in the audit log, as the proposal's note.
        """
        return self._pages("/v1/compliance/frozen", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "account": account}, headers={"If-None-Match": if_none_match}, again=True)


class AsyncComplianceApi(AsyncMethods):
    """Compliance."""

    async def freeze(self, *, idempotency_key: str, asset: str, account: str, reason: str, reference: str | None = None,
        actor: str | None = None) -> Receipt:
        """Freeze an account for an asset: nothing of it comes or goes until it is thawed."""
        return await self._ask("POST", "/v1/compliance/freeze", headers={"Idempotency-Key": idempotency_key},
            body={"asset": asset, "account": account, "reason": reason, "reference": reference, "actor": actor},
            again=True)

    async def thaw(self, *, idempotency_key: str, asset: str, account: str, reason: str, reference: str | None = None,
        actor: str | None = None) -> Receipt:
        """Let a frozen account move an asset again."""
        return await self._ask("POST", "/v1/compliance/thaw", headers={"Idempotency-Key": idempotency_key},
            body={"asset": asset, "account": account, "reason": reason, "reference": reference, "actor": actor},
            again=True)

    async def clawback(self, *, idempotency_key: str, asset: str, account: str, reason: str, amount: str,
        reference: str | None = None, actor: str | None = None) -> Receipt:
        """Burn units out of a holder's account, frozen or not."""
        return await self._ask("POST", "/v1/compliance/clawback", headers={"Idempotency-Key": idempotency_key},
            body={"asset": asset, "account": account, "reason": reason, "reference": reference, "actor": actor,
            "amount": amount}, again=True)

    def measures(self, *, account: str | None = None, newest_first: bool | None = None, limit: int | None = None,
        cursor: str | None = None) -> AsyncPages[Measure]:
        """List the measures taken here with their reasons, the oldest first unless asked otherwise."""
        return self._pages("/v1/compliance/measures", "cursor", query={"account": account, "newest_first": newest_first,
            "limit": limit, "cursor": cursor}, again=True)

    def frozen_accounts(self, *, as_of: str | None = None, limit: int | None = None, cursor: str | None = None,
        account: str | None = None, if_none_match: str | None = None) -> AsyncPages[FrozenAccount]:
        """List the accounts that are frozen, by asset and name, each with the measure that froze it and its reason."""
        return self._pages("/v1/compliance/frozen", "cursor", query={"as_of": as_of, "limit": limit, "cursor": cursor,
            "account": account}, headers={"If-None-Match": if_none_match}, again=True)
