"""Which routes stand at a path, and what its names are."""

from __future__ import annotations

import pytest

from holdfast.entrypoints.http.paths import Paths
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routing import Route

TABLE = {route.path: {route.method: route} for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route__is_found_by_its_own_path(route: Route) -> None:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    found = Paths(TABLE).find(route.path.format(**{name: f"the-{name}" for name in names}))
    assert found is not None
    assert found[0] is TABLE[route.path]
    assert found[1] == {name: f"the-{name}" for name in names}


@pytest.mark.parametrize(
    "path",
    ["", "/", "/v1", "/v1/", "/v1/vaults/", "/v1//vaults", "//v1/vaults", "/v1/vaults//queue", "/v1/vaults/a/b/c/d"],
)
def test_other_spellings__are_not_found(path: str) -> None:
    assert Paths(TABLE).find(path) is None


def test_a_fixed_part__goes_before_a_name() -> None:
    (one, *_), named, fixed = ROUTES, "/v1/{vault}/{id}", "/v1/{vault}/all"
    table = {path: {one.method: one} for path in (named, fixed)}
    assert Paths(table).find("/v1/FLUX/all") == (table[fixed], {"vault": "FLUX"})
    assert Paths(table).find("/v1/FLUX/7") == (table[named], {"vault": "FLUX", "id": "7"})
