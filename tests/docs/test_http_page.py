"""The page of the HTTP API has every route with its query, its body and its errors, and examples that are taken."""

from __future__ import annotations

import json

import msgspec
import pytest
from documents import ROOT, anchors, blocks

from holdfast.docs import http
from holdfast.docs.markdown import anchor
from holdfast.entrypoints.http.openapi import errors_of
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routing import Route

PAGE = ROOT / "docs" / "reference" / "http.md"


def section(route: Route) -> str:
    return PAGE.read_text("utf-8").split(f"\n### {http.heading(route)}\n")[1].split("\n### ")[0].split("\n## ")[0]


def named(route: Route) -> str:
    return http.heading(route)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_route_is_documented(route: Route) -> None:
    assert anchor(http.heading(route)) in anchors(PAGE)
    assert route.summary, "a route's docstring begins with what it does"
    assert route.summary in section(route)
    for kind in (route.query, route.body):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for name in kind.__struct_encode_fields__:
                assert f"| `{name}` |" in section(route), name
    for error in errors_of(route):
        if error not in http.EVERYWHERE:
            assert f"errors.md#{error.code}" in section(route), error.code
    assert ("step-up" in section(route).split("- **Needs:**")[1].split("\n")[0]) is route.step_up


def test_no_route_is_documented_that_is_not_there() -> None:
    shown = {line.removeprefix("### ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("### ")}
    assert shown == {http.heading(route) for route in ROUTES}


def test_routes_have_names_of_their_own() -> None:
    names = [route.name for route in ROUTES]
    assert sorted(set(names)) == sorted(names)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_every_example_is_taken_by_its_route() -> None:
    shown = [json.loads(block.text) for block in blocks(PAGE, "json")]
    for route in ROUTES:
        if route.example is not None:
            example = msgspec.to_builtins(route.example)
            assert example in shown
            if route.body is not dict:
                msgspec.convert(example, route.body)
