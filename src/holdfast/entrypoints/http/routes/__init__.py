"""All routes, topic by topic."""

from __future__ import annotations

from holdfast.entrypoints.http.routes import (
    account,
    accounts,
    address_book,
    approvals,
    attestations,
    audit,
    commands,
    compliance,
    desk_views,
    disclosure,
    earned,
    events,
    explain,
    exports,
    health,
    history,
    holdings,
    people,
    policies,
    proofs,
    proposals,
    quotes,
    sign_in,
    standing,
    step_up,
    webhooks,
)
from holdfast.entrypoints.http.routing import Route, routes_of

ROUTES: tuple[Route, ...] = routes_of(
    sign_in, step_up, account, people, policies, proposals, approvals, address_book, attestations, compliance,
    disclosure, standing, webhooks, audit, commands, desk_views, holdings, accounts, earned, history, explain,
    exports, proofs, quotes, events, health,
)  # fmt: skip
"""The whole table."""
