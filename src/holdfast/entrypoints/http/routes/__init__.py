"""All routes, topic by topic."""

from __future__ import annotations

from holdfast.entrypoints.http.routes import (
    account,
    accounts,
    commands,
    desk_views,
    health,
    history,
    holdings,
    people,
    sign_in,
    step_up,
)
from holdfast.entrypoints.http.routing import Route, routes_of

ROUTES: tuple[Route, ...] = routes_of(
    sign_in, step_up, account, people, commands, desk_views, holdings, accounts, history, health
)
"""The whole table."""
