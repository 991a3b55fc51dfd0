"""The application: one ASGI handler to each path of the table, and what begins and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from litestar import Litestar, Request, Response, asgi
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler
from litestar.types import HTTPScope, Receive, Scope, Send

from holdfast.entrypoints.http import answers, door
from holdfast.entrypoints.http.feed import Feed
from holdfast.entrypoints.http.paths import Paths
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routing import Method, Route
from holdfast.entrypoints.http.server import Background, Server
from holdfast.errors import NotFound


class NoSuchPath(NotFound, code="no_such_path"):
    """There is nothing at this path. The OpenAPI document at /openapi.json lists all paths."""


class Application:
    """Litestar with a short way: a path of ours that is spelt as it stands in the table goes straight to its door.

    Half of what the framework does for a request would be for nothing.
    """

    def __init__(self, server: Server, litestar: Litestar, paths: dict[str, dict[Method, Route]]) -> None:
        self._server, self._litestar = server, litestar
        self._paths = Paths(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        found = self._paths.find(str(scope["path"])) if str(scope["type"]) == "http" else None
        if found is None:
            await self._litestar(scope, receive, send)
        else:
            methods, cast(Any, scope)["path_params"] = found
            await door.enter(self._server, methods, cast(HTTPScope, scope), receive, send)


def build(server: Server, routes: Iterable[Route] = ROUTES, background: Iterable[Background] = ()) -> Application:
    """The application of one server; `background` runs beside the requests until the server stops."""
    server.routes = tuple(routes)
    paths: dict[str, dict[Method, Route]] = {}
    for route in server.routes:
        paths.setdefault(route.path, {})[route.method] = route
    app = Litestar(
        [_handler(server, path, methods) for path, methods in paths.items()],
        openapi_config=None,
        lifespan=[_life(server, tuple(background))],
        exception_handlers={HTTPException: _outside},
        logging_config=None,
    )
    _take_any_method(app.asgi_router.root_route_map_node)
    return Application(server, app, paths)


class _AnyMethod(dict[str, Any]):
    """Path parameters by method: those of the ASGI handler for every method."""

    def __missing__(self, _: str) -> Any:
        return self["asgi"]


def _take_any_method(node: Any) -> None:
    """Litestar seeks a path's parameters by the request's method, which an ASGI handler does not list."""
    node.path_parameters = _AnyMethod(node.path_parameters or {})
    for child in node.children.values():
        _take_any_method(child)


def _handler(server: Server, path: str, methods: dict[Method, Route]) -> ASGIRouteHandler:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await door.enter(server, methods, cast(HTTPScope, scope), receive, send)

    return asgi(path.replace("}", ":str}"), copy_scope=False)(answer)


def _life(server: Server, background: tuple[Background, ...]) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def live(_: Litestar) -> AsyncIterator[None]:
        server.feed = Feed(asyncio.get_running_loop(), server.service.head.seq)
        server.service.follow(server.feed)
        tasks = [asyncio.create_task(_watched(server, run)) for run in background]
        try:
            yield
        finally:
            server.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(server.settings.drain_seconds):
                    await server.desk.idle()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            server.service.unfollow(server.feed)

    return live


async def _watched(server: Server, run: Background) -> None:
    """Something in the background; where it breaks the log tells, and it begins anew."""
    while not server.stopping.is_set():
        try:
            await run(server)
        except Exception:
            server.log.exception("background task failed", task=getattr(run, "__name__", str(run)))
            with suppress(TimeoutError):
                await asyncio.wait_for(server.stopping.wait(), 5)
        else:
            return


def _outside(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What never came to a door of ours: no such path."""
    told = NoSuchPath(f"There is nothing at {request.url.path[:200]}.")
    body = answers.encode(answers.problem(told, status=error.status_code if error.status_code != 405 else 404))
    headers = {name.decode(): value.decode() for name, value in answers.GUARDED}
    return Response(body, status_code=told.status, headers=headers, media_type=answers.PROBLEM.decode())
