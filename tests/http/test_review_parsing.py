"""What an outsider can make the door do by one body: nothing takes longer than the reading of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from holdfast.entrypoints.http import parsing
from holdfast.entrypoints.http.routes.commands import MAX_BULK_BODY
from holdfast.entrypoints.http.routing import SMALL_BODY
from holdfast.errors import Malformed
from holdfast.wire.codec import parse_json


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    with pytest.raises(Malformed):
        work()
    return time.perf_counter() - began


def test_many_brackets_and_a_text_without_end__refused_at_once() -> None:
    body = (b"[" * 33 + b'"' + b'\\"' * SMALL_BODY)[:SMALL_BODY]
    assert seconds(lambda: parsing.json_body(body, b"application/json")) < 3.0


@pytest.mark.parametrize("tail", [b'\\"', b'"\\', b'"\\"', b"\\\\", b'["\\'])
def test_any_odd_text__refused_at_once(tail: bytes) -> None:
    body = (b"[" * 32 + tail * SMALL_BODY)[:SMALL_BODY]
    assert seconds(lambda: parsing.json_body(body, b"application/json")) < 3.0


def test_object_with_many_names_and_the_last_one_twice__refused_at_once() -> None:
    names = ",".join(f'"k{number}":0' for number in range(30_000))
    body = f'{{{names},"twice":0,"twice":1}}'.encode()
    assert seconds(lambda: parse_json(body)) < 3.0
    with pytest.raises(Malformed, match="twice: given twice"):
        parse_json(body)


@pytest.mark.parametrize("depth", [1, 32, 33, 60])
def test_depth__counted_outside_of_texts_alone(depth: int) -> None:
    nested = b"[" * depth + json.dumps('[{"\\" [[' * 20).encode() + b"]" * depth
    if depth <= parsing.MAX_DEPTH:
        parsing.require_shallow(nested)
        assert parse_json(nested)
    else:
        with pytest.raises(Malformed, match="deeper"):
            parsing.require_shallow(nested)


def test_depth__brackets_behind_an_escaped_quote_do_not_hide() -> None:
    hidden = b'["\\\\",' + b"[" * 40 + b"]" * 40 + b"]"
    with pytest.raises(Malformed, match="deeper"):
        parsing.require_shallow(hidden)


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"[[]],"])
def test_many_small_objects__refused_at_once(piece: bytes) -> None:
    body = b'{"commands":[' + piece * (MAX_BULK_BODY // len(piece) - 10) + b"0]}"
    assert seconds(lambda: parsing.json_body(body, b"application/json")) < 0.5
