"""Every conformance vector, on every store; afterwards the journal rebuilds to the same state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.engine.genesis import Genesis
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.errors import HoldfastError
from holdfast.protocol import invariants
from holdfast.views.state import whole
from holdfast.wire import codec
from store.shelves import SHELVES
from support import codec_receipt, frozen_copy

VECTORS = [
    pytest.param(vector, id=f"{file.stem}-{vector['name']}")
    for file in sorted(Path(__file__).parent.glob("*.json"))
    for vector in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.fixture(params=sorted(SHELVES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JournalStore]:
    shelf = SHELVES[request.param](tmp_path)
    yield shelf.open()
    if hasattr(shelf, "close"):
        shelf.close()


def differences(expected: Any, actual: Any, path: str) -> list[str]:
    """Where `actual` lacks or contradicts `expected`: objects by key, everything else as a whole."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{path}: expected an object, got {actual!r}"]
        return [
            line for key, value in expected.items() for line in differences(value, actual.get(key), f"{path}.{key}")
        ]
    if expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        return [f"{path}: expected {expected!r}, got {actual!r}"]
    return []


def run(service: Service, commands: list[Any]) -> dict[str, Any]:
    """Receipts by id, as `holdfast run` gives them; a command without an id is named after its line."""
    receipts: dict[str, Any] = {}
    for number, fields in enumerate(commands, 1):
        name = f"line-{number}"
        usable = isinstance(fields, dict) and codec.usable_id(fields.get("id"))
        try:
            command, at, _ = codec.decode(fields, default_id=name)
        except HoldfastError as error:
            receipt = codec_receipt({"id": fields["id"] if usable else name}, error)
        else:
            receipt = service.submit(command, at)
        receipts[receipt.id] = codec.receipt_object(receipt)
    return receipts


@pytest.mark.parametrize("vector", VECTORS)
def test_vector__on_every_store__holds(vector: dict[str, Any], store: JournalStore) -> None:
    service = Service.create(store, Genesis())
    receipts = run(service, vector["commands"])
    expect = vector["expect"]
    found = differences(expect.get("receipts", {}), receipts, "receipts")
    found += differences(expect.get("state", {}), json.loads(json.dumps(whole(service.state))), "state")
    assert found == []
    assert list(invariants.broken(service.state)) == []
    rebuilt, head, broken = rebuild(store)
    assert broken is None
    assert (head, frozen_copy(rebuilt)) == (service.head, frozen_copy(service.state))


def test_vectors__each_has_a_source_and_expects_something() -> None:
    names = [case.values[0]["name"] for case in VECTORS]
    assert len(names) == len(set(names))
    for case in VECTORS:
        vector: Any = case.values[0]
        assert vector["source"] and vector["commands"]
        assert vector["expect"].get("receipts") or vector["expect"].get("state")
