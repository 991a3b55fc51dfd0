"""All routes, topic by topic."""

from __future__ import annotations

from holdfast.entrypoints.http.routes import commands, health
from holdfast.entrypoints.http.routing import Route, routes_of

ROUTES: tuple[Route, ...] = routes_of(commands, health)
