"""What a route is. The table of all routes makes the application, the OpenAPI document and who may what."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from holdfast.entrypoints.http.call import Call

Method = Literal["GET", "POST", "PUT", "DELETE"]

PUBLIC = "public"
"""Needs nobody to be signed in."""
SIGNED_IN = "signed-in"
"""Needs a person with a full session or an API key, and no function."""
ENROLLING = "enrolling"
"""Needs a session of any stage: one that still lacks a second factor may come here too."""

Answer = Callable[["Call"], Awaitable[Any]]

SMALL_BODY = 2**18
"""Bytes of JSON that a request takes unless its route says otherwise."""


class Route(Struct, frozen=True):
    """One method on one path.

    `needs` is the function that a caller must have, or PUBLIC, SIGNED_IN, ENROLLING. `body` and `query` are structs
    that refuse unknown fields; `returns` is the type of the answer, None where it has no body. `errors` are those that
    the route raises beside the ones of every route. With `step_up` a caller on a session proves a factor for exactly
    this request first. `example` is a body that works on a demo desk.
    """

    method: Method
    path: str
    answer: Answer
    needs: str
    body: Any = None
    query: Any = None
    returns: Any = None
    status: int = 200
    errors: tuple[type[HoldfastError], ...] = ()
    step_up: bool = False
    streams: str = ""
    example: Any = None
    max_body: int = SMALL_BODY
    tag: str = ""

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        return inspect.cleandoc(self.answer.__doc__ or "").split("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of its docstring, in one paragraph."""
        return " ".join(" ".join(inspect.cleandoc(self.answer.__doc__ or "").split("\n")[1:]).split())

    @property
    def name(self) -> str:
        """Its operation id: the handler's name."""
        return str(getattr(self.answer, "__name__", "")).rstrip("_")


def _maker(method: Method, status: int) -> Callable[..., Callable[[Answer], Route]]:
    def declare(path: str, needs: str, **more: Any) -> Callable[[Answer], Route]:
        def made(answer: Answer) -> Route:
            tag = answer.__module__.rpartition(".")[2].replace("_", " ")
            fields: dict[str, Any] = {"status": status, "tag": tag} | more
            return Route(method, path, answer, needs, **fields)

        return made

    return declare


get = _maker("GET", 200)
post = _maker("POST", 200)
put = _maker("PUT", 200)
delete = _maker("DELETE", 204)


def routes_of(*modules: ModuleType) -> tuple[Route, ...]:
    """All routes that these modules declare, in their order."""
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Route))
