"""The OpenAPI 3.1 document, made from the table of routes and the very structs that requests are read into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from holdfast.entrypoints.http.answers import problem
from holdfast.entrypoints.http.command_schema import COMMAND_BODY, command_schemas
from holdfast.entrypoints.http.parsing import BodyTooLarge, NotJson
from holdfast.entrypoints.http.routing import PUBLIC, Route
from holdfast.errors import (
    Corrupt,
    Forbidden,
    HoldfastError,
    Malformed,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

Schema = dict[str, Any]

PROBLEM: Schema = {
    "type": "object",
    "description": "An error as problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in a sentence."},
        "instance": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z]+(_[a-z]+)*$", "description": "Stable, for programs."},
        "details": {"type": "object"},
        "remedy": {"type": "string", "description": "What to do about it."},
    },
}

VIEW_HEADERS: Schema = {
    "ETag": {"schema": {"type": "string"}, "description": "Equal answers have equal tags."},
    "Holdfast-Seq": {"schema": {"type": "integer"}, "description": "The record that the answer is true at."},
    "Holdfast-At": {"schema": {"type": "string"}, "description": "The second that it is true at."},
    "Holdfast-Digest": {"schema": {"type": "string"}, "description": "That record's digest."},
}

_PARAMETER = re.compile(r"{(?P<name>\w+)}")
_NAME_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9@._:-]{1,128}$"}

SECURITY: Schema = {
    "session": {"type": "http", "scheme": "bearer", "description": "A session's token from /v1/sign-in."},
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, hf_…; signed ones need a signature."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-holdfast", "description": "A browser's session."},
}


def document(routes: Sequence[Route], name: str = "Holdfast") -> Schema:
    """The whole document."""
    kinds = [kind for route in routes for kind in (route.body, route.query, route.returns) if _is_own(kind)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    by_kind = dict(zip(map(str, kinds), schemas, strict=True))
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_kind, components)
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": f"{name} API",
            "version": version("holdfast"),
            "summary": "Staking vaults on one exact, replayable ledger.",
            "description": "Amounts are text in whole tokens; a command is done at most once per Idempotency-Key.",
            "license": {"name": "see the project", "identifier": "LicenseRef-Holdfast"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": {**components, **command_schemas(), "ProblemDetails": PROBLEM},
            "securitySchemes": SECURITY,
        },
    }
    return _in_their_dialect(made)  # type: ignore[no-any-return]


def _in_their_dialect(value: Any, name: str = "") -> Any:
    """The patterns of our fields as JSON Schema writes them: `^` and `$` are the ends of the whole text there."""
    if isinstance(value, dict):
        return {key: _in_their_dialect(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_their_dialect(part, name) for part in value]
    if name == "pattern" and isinstance(value, str):
        return value.replace(r"\A", "^").replace(r"\Z", "$")
    return value


def _is_own(kind: Any) -> bool:
    return kind is not None and kind is not dict and kind is not bytes


def _operation(route: Route, by_kind: dict[str, Schema], components: dict[str, Any]) -> Schema:
    made: Schema = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [*_path_parameters(route), *_query_parameters(route, by_kind, components), *_headers(route)],
        "responses": _responses(route, by_kind),
        "security": [] if route.needs == PUBLIC else [{scheme: []} for scheme in SECURITY],
        "x-needs": route.needs,
    }
    if route.description:
        made["description"] = route.description
    if route.step_up:
        made["x-step-up"] = True
    if route.body is not None:
        content: Schema = {"schema": _body(route, by_kind)}
        if route.example is not None:
            content["examples"] = {"example": {"value": route.example}}
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _body(route: Route, by_kind: dict[str, Schema]) -> Schema:
    """What a body looks like: routes of commands take any command, others that take an object read it themselves."""
    if route.body is not dict:
        return by_kind[str(route.body)]
    return COMMAND_BODY if route.tag == "commands" else {"type": "object"}


def _path_parameters(route: Route) -> Iterable[Schema]:
    for found in _PARAMETER.finditer(route.path):
        yield {"name": found["name"], "in": "path", "required": True, "schema": _NAME_SCHEMA}


def _query_parameters(route: Route, by_kind: dict[str, Schema], components: dict[str, Any]) -> Iterable[Schema]:
    if route.query is None:
        return
    schema = components[by_kind[str(route.query)]["$ref"].rpartition("/")[2]]
    required = set(schema.get("required", ()))
    for name, part in schema["properties"].items():
        part_ = {key: value for key, value in part.items() if key != "default" or value is not None}
        yield {"name": name, "in": "query", "required": name in required, "schema": _without_null(part_)}


def _without_null(schema: Schema) -> Schema:
    """A query has no null: a parameter is left out instead."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if not options:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **(options[0] if len(options) == 1 else {"anyOf": options})}


def _headers(route: Route) -> Iterable[Schema]:
    if "idempotent" in route.streams:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "1..60 printable ASCII characters; sent again with the same command: the same answer.",
            "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,58}[!-~])?$"},
            "example": "c-17",
        }
    if "view" in route.streams:
        yield {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "The ETag of an answer that you have: 304 while nothing has changed.",
            "schema": {"type": "string", "pattern": '^(W/)?"[!#-~]{1,60}"$'},
        }


def _responses(route: Route, by_kind: dict[str, Schema]) -> Schema:
    good: Schema = {"description": "Done."}
    if "events" in route.streams:
        good = {"description": "A stream of events.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
    elif route.returns is bytes:
        good["content"] = {"*/*": {"schema": {}}}
    elif route.returns is dict:
        good["content"] = {"application/json": {"schema": {"type": "object"}}}
    elif route.returns is not None:
        good["content"] = {"application/json": {"schema": by_kind[str(route.returns)]}}
    answers: Schema = {str(route.status): good}
    if "view" in route.streams:
        good["headers"] = VIEW_HEADERS
        answers["304"] = {"description": "Not changed.", "headers": VIEW_HEADERS}
    codes: dict[int, list[type[HoldfastError]]] = {}
    for error in errors_of(route):
        codes.setdefault(error.status if error is not Corrupt else 503, []).append(error)
    for status, errors in sorted(codes.items()):
        answers[str(status)] = {
            "description": "; ".join(dict.fromkeys(error.code for error in errors)),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                    "examples": {error.code: {"value": problem(error(_sentence(error)))} for error in errors[:3]},
                }
            },
        }
    return answers


def errors_of(route: Route) -> list[type[HoldfastError]]:
    """All errors that a route may answer with."""
    found: list[type[HoldfastError]] = [Malformed, Unavailable, Corrupt]
    if route.needs != PUBLIC:
        found += [Unauthenticated, Forbidden]
    if route.body is not None or route.method in ("POST", "PUT"):
        found += [BodyTooLarge]
    if route.body is not None:
        found += [NotJson]
    if route.method != "GET":
        found += [TooManyRequests]
    return [*dict.fromkeys([*found, *route.errors])]


def _sentence(error: type[HoldfastError]) -> str:
    return " ".join((error.__doc__ or "").split()).partition(". ")[0].rstrip(".") + "."
