"""All routes, topic by topic."""

from __future__ import annotations

from holdfast.entrypoints.http.routes import accounts, commands, desk_views, health, holdings
from holdfast.entrypoints.http.routing import Route, routes_of

ROUTES: tuple[Route, ...] = routes_of(commands, desk_views, holdings, accounts, health)
"""The whole table."""
