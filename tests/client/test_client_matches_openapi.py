"""The client has exactly the operations of the OpenAPI document, with their parameters, bodies and answers.

First: its generated modules are those that the document gives now. Second, without the generator's help: each method
is called, and what it sends is compared with the document.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import httpx
import pytest

from holdfast.client import AsyncClient, Client
from holdfast.client.groups import AsyncMethods, Methods
from holdfast.docs import client as written
from holdfast.docs import client_code
from holdfast.entrypoints.http.openapi import document
from holdfast.entrypoints.http.routes import ROUTES

DOCUMENT = document(ROUTES)

HELPERS = {"submit", "send", "preview", "foresee", "events", "close"}
"""What is written by hand: it is called here with arguments of its own."""

BY_HAND: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "commands.submit": (("vault.deposit",), {"vault": "FLUX", "assets": "1", "key": "k"}),
    "commands.send": (({"type": "vault.deposit"},), {}),
    "commands.preview": (("vault.deposit",), {"vault": "FLUX"}),
    "commands.foresee": (({"type": "vault.deposit"},), {}),
    "events": ((), {"after": 3}),
}


class Sent(NamedTuple):
    """A request as it left, and the method's own name."""

    name: str
    method: str
    path: str
    query: set[str]
    headers: set[str]
    body: Any


def operations() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, told in methods.items():
            yield told["operationId"], method.upper(), path, told


def methods_of(client: Any, base: type) -> Iterator[tuple[str, Any]]:
    """Every public method of a client, with its topic where it has one."""
    holders = {"": client} | {
        name: value for name, value in vars(client).items() if isinstance(value, base) and not name.startswith("_")
    }
    for topic, holder in holders.items():
        for name, value in inspect.getmembers(holder, inspect.ismethod):
            if not name.startswith("_") and name != "close":
                yield f"{topic}.{name}".lstrip("."), value


def sample(annotation: Any) -> Any:
    """A value of a type, as its text begins."""
    text = str(annotation)
    for begin, value in (("dict", {"a": "b"}), ("list", ["x"]), ("int", 1), ("bool", True), ("str", "x1")):
        if text.startswith(begin):
            return value
    return re.findall(r"'([^']+)'", text)[0] if text.startswith("Literal") else {"a": "b"}


def arguments(name: str, function: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if name in BY_HAND:
        return BY_HAND[name]
    given = inspect.signature(function).parameters.values()
    positional = tuple(sample(one.annotation) for one in given if one.kind is one.POSITIONAL_OR_KEYWORD)
    return positional, {one.name: sample(one.annotation) for one in given if one.kind is one.KEYWORD_ONLY}


def read(name: str, request: httpx.Request) -> Sent:
    body = json.loads(request.content) if request.content else None
    query = {pair.split("=")[0] for pair in request.url.query.decode().split("&") if pair}
    return Sent(
        name, request.method, request.url.raw_path.decode().partition("?")[0], query, set(request.headers), body
    )


ANSWER = {"items": [], "next": None}


def sent_by_client() -> list[Sent]:
    found: list[Sent] = []
    name = ""

    def answer(request: httpx.Request) -> httpx.Response:
        found.append(read(name, request))
        return httpx.Response(200, json=ANSWER)

    with Client("http://127.0.0.1:1") as client:
        client._transport.close()
        client._transport._http = httpx.Client(transport=httpx.MockTransport(answer))
        client._transport.sleep = _stop
        for name, function in methods_of(client, Methods):
            positional, named = arguments(name, function)
            try:
                result = function(*positional, **named)
                if hasattr(result, "__iter__") and not isinstance(result, dict | list):
                    list(result)
            except StopAsyncIteration:
                pass
    return found


def _stop(_: float) -> None:
    raise StopAsyncIteration


def sent_by_async_client() -> list[Sent]:
    found: list[Sent] = []

    async def scene() -> None:
        name = ""

        def answer(request: httpx.Request) -> httpx.Response:
            found.append(read(name, request))
            return httpx.Response(200, json=ANSWER)

        async with AsyncClient("http://127.0.0.1:1") as client:
            await client._transport.close()
            client._transport._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
            for name, function in methods_of(client, AsyncMethods):
                positional, named = arguments(name, function)
                result = function(*positional, **named)
                if inspect.iscoroutine(result):
                    await result
                elif name == "events":
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(asyncio, "sleep", _gone)
                        with pytest.raises(ConnectionError):
                            await anext(result)
                else:
                    async for _ in result:
                        pass

    asyncio.run(scene())
    return found


async def _gone(_: float) -> None:
    raise ConnectionError


KINDS = ("waiting", "awaited")


@cache
def all_sent(kind: str) -> list[Sent]:
    """What every method of a client sends."""
    return sent_by_client() if kind == "waiting" else sent_by_async_client()


def of(kind: str, method: str, path: str) -> list[Sent]:
    expression = re.compile(re.sub(r"{\w+}", "x1", path))
    exact = [one for one in all_sent(kind) if one.method == method and expression.fullmatch(one.path)]
    return [one for one in exact if one.path.count("x1") == path.count("{")]


def test_generated_modules_are_current() -> None:
    assert written.stale() == {}, "run `make docs`"


def test_check_says_what_is_stale(tmp_path: Path) -> None:
    for folder in written.FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "api" / "gone.py").write_text("")
    stale = written.stale(tmp_path)
    assert stale[tmp_path / "api" / "gone.py"] is None
    assert len(stale) == len(client_code.modules(DOCUMENT)) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_has_its_method_and_no_more(kind: str) -> None:
    wanted = {(method, path) for _, method, path, _ in operations()}
    missing = {(method, path) for method, path in wanted if not of(kind, method, path)}
    assert not missing
    known = {id(one) for method, path in wanted for one in of(kind, method, path)}
    assert [one.name for one in all_sent(kind) if id(one) not in known] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "method", "path", "told"), list(operations()), ids=[one[0] for one in operations()])
def test_what_is_sent_is_what_the_document_takes(
    kind: str, name: str, method: str, path: str, told: dict[str, Any]
) -> None:
    for sent in of(kind, method, path):
        query = {one["name"] for one in told["parameters"] if one["in"] == "query"}
        assert sent.query == query
        headers = {one["name"].lower() for one in told["parameters"] if one["in"] == "header"}
        assert headers <= sent.headers
        body = told.get("requestBody")
        assert (sent.body is not None) == (body is not None)
        properties = _schema(body).get("properties", {})
        if properties and sent.name.rpartition(".")[2] not in HELPERS:
            assert sent.body.keys() == properties.keys()


def _schema(body: dict[str, Any] | None) -> dict[str, Any]:
    schema: dict[str, Any] = body["content"]["application/json"]["schema"] if body else {}
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema  # type: ignore[no-any-return]


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_what_is_required_must_be_given(client: Any) -> None:
    """A parameter that the document requires has no default; every other has None, and is left out then."""
    made = client("http://127.0.0.1:1")
    base = Methods if client is Client else AsyncMethods
    by_method = {name: function for name, function in methods_of(made, base) if name not in BY_HAND}
    sent = {one.name: one for one in all_sent("waiting" if client is Client else "awaited")}
    for name, function in by_method.items():
        told = _told(sent[name])
        required = {
            one["name"].lower().replace("-", "_")
            for one in told["parameters"]
            if one["required"] and one["in"] != "path"
        }
        required |= set(_schema(told.get("requestBody")).get("required", ()))
        own = {
            one.name.rstrip("_") for one in inspect.signature(function).parameters.values()
            if one.kind is one.KEYWORD_ONLY and one.default is one.empty
        }  # fmt: skip
        assert own == required, name
    if client is Client:
        made.close()
    else:
        asyncio.run(made.close())


def _told(sent: Sent) -> dict[str, Any]:
    for _, method, path, told in operations():
        if any(one is sent for kind in KINDS for one in of(kind, method, path)):
            return told
    raise AssertionError(sent)


def test_a_route_that_is_missing_is_noticed() -> None:
    """The check can fail: an operation that no method asks for is found."""
    assert of("waiting", "GET", "/v1/vaults")
    assert not of("waiting", "GET", "/v1/nothing")
    assert not of("waiting", "POST", "/v1/vaults")


def test_both_clients_have_the_same_methods() -> None:
    with Client("http://127.0.0.1:1") as client:
        waiting = {name: inspect.signature(function) for name, function in methods_of(client, Methods)}
    awaited_client = AsyncClient("http://127.0.0.1:1")
    awaited = {name: inspect.signature(function) for name, function in methods_of(awaited_client, AsyncMethods)}
    asyncio.run(awaited_client.close())
    assert waiting.keys() == awaited.keys()
    for name, signature in waiting.items():
        assert list(signature.parameters.values()) == list(awaited[name].parameters.values()), name


def test_the_types_can_be_resolved() -> None:
    """Every name in the shapes is there: type checkers and readers of annotations get the whole of it."""
    for path in sorted((written.FOLDER / "shapes").glob("[a-z]*.py")):
        module = __import__(f"holdfast.client.shapes.{path.stem}", fromlist=["_"])
        kinds = [kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__]
        assert kinds
        for kind in kinds:
            assert get_type_hints(kind, include_extras=True)
