"""Who may come in: every route with every role, and with nobody, against a table that is kept by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routing import Route
from holdfast.identity.roles import ROLES
from serving import House, serving

HERE = Path(__file__).parent
PERSON = {
    "operator": "olga", "approver": "paul", "oracle": "otto", "keeper": "kira", "auditor": "anna", "holder": "alice",
    "none": "nora",
}  # fmt: skip


def table() -> dict[tuple[str, str], str]:
    lines = (line.split(maxsplit=2) for line in (HERE / "matrix.txt").read_text("utf-8").splitlines())
    return {(parts[0], parts[1]): parts[2] for parts in lines if parts and not parts[0].startswith("#")}


TABLE = table()


def may(route: Route, role: str) -> bool:
    allowed = TABLE[route.method, route.path]
    if allowed == "everybody":
        return True
    return role != "nobody" and (allowed == "signed-in" or role in allowed.split())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path_factory.mktemp('matrix')}/desk.db") as made:
        yield made


def test_every_route_stands_in_the_table_and_nothing_else() -> None:
    assert {(route.method, route.path) for route in ROUTES} == TABLE.keys()
    roles = {word for allowed in TABLE.values() for word in allowed.split()} - {"everybody", "signed-in"}
    assert roles <= set(ROLES)


def test_public_routes__are_few_and_known() -> None:
    """What needs nobody to be signed in is listed once more, so that nothing slips into it."""
    public = {path for (_, path), allowed in TABLE.items() if allowed == "everybody"}
    assert public == {
        "/v1/bootstrap", "/v1/invitations/accept", "/v1/sign-in/password", "/v1/sign-in/passkey/options",
        "/v1/sign-in/passkey", "/v1/sign-in/wallet/options", "/v1/sign-in/wallet", "/health/live", "/health/ready",
        "/metrics", "/openapi.json",
    }  # fmt: skip


def ask(client: httpx.Client, route: Route) -> tuple[int, bool]:
    """A request to the route; its status, and whether it was turned away at the door."""
    path = re.sub(r"{\w+}", "nothing-of-this-name", route.path)
    body: Any = {"json": route.example or {}} if route.body is not None else {}
    headers = {"Idempotency-Key": "matrix"} if route.body is not None else {}
    with client.stream(route.method, path, headers=headers, timeout=10, **body) as answer:
        if "event-stream" in answer.headers.get("content-type", ""):
            return answer.status_code, False
        answer.read()
    if answer.headers.get("content-type") != "application/problem+json":
        return answer.status_code, False
    told = answer.json()
    lacking = told["code"] == "forbidden" and told["details"].get("function") == route.needs
    return answer.status_code, lacking or told["code"] == "unauthenticated"


@pytest.mark.parametrize("role", ["nobody", *PERSON])
def test_each_route(house: House, role: str) -> None:
    wrong = []
    client = house.nobody if role == "nobody" else house.signed_in(PERSON[role])
    for route in ROUTES:
        status, refused = ask(client, route)
        if status == 401 and role != "nobody":  # an earlier request has ended the session
            client = house.signed_in(PERSON[role])
            status, refused = ask(client, route)
        if refused == may(route, role):
            wrong.append(f"{role}: {route.method} {route.path} -> {status}")
        assert status != 500, f"{role}: {route.method} {route.path}"
    assert wrong == []
