"""The client's generated half: a method to each operation of the OpenAPI document, a type to each answer.

What is written here has no say in anything: paths, parameters and types are the document's. The names are those of the
operations, shortened where the topic says it already (`client.people.all`), by the rules of `method_name`.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from typing import NamedTuple

from holdfast.docs.client_types import (
    Operation,
    Schema,
    Types,
    answer_schema,
    attribute,
    is_page,
    operations,
    reference,
)
from holdfast.docs.python_text import FREE, documented, heading, imports, sentence, wrapped

FLAT = ("desk views", "holdings", "accounts", "history", "quotes", "events")
"""Topics whose methods are the client's own: `client.vaults()`. Of the others each is an attribute of it."""

BY_HAND = ("submit", "preview", "events")
"""Operations that `client/commands.py` and the clients themselves have more convenient methods for."""

RENAMED = {
    "person": "show",
    "proposal": "show",
    "webhook": "show",
    "me": "show",
    "whole_state": "state",
    "account_statement": "statement",
    "journal_records": "journal",
    "my_portfolio": "portfolio",
    "command_receipt": "receipt",
    "openapi_document": "openapi",
    "submit_bulk": "bulk",
    "one_booster": "booster",
}

AGAIN = ("submit_bulk", "check_policies", "simulate_policies", "execute")
"""Operations beside those that read which may be sent twice: they keep nothing, or each part has a key of its own."""


def class_name(tag: str) -> str:
    """The class of a topic: the types have the plain names."""
    return "".join(word.title() for word in attribute(tag).split("_")) + "Api"


def method_name(operation: Operation) -> str:
    """The method of an operation: its name, without what the topic says already.

    Called as its topic it is `all` where it answers a list, else `show`.
    """
    if operation.name in RENAMED:
        return RENAMED[operation.name]
    topic = operation.tag.replace(" ", "_")
    if operation.tag in FLAT:
        return operation.name
    if operation.name == topic:
        answer = answer_schema(operation)
        return "all" if answer.get("type") == "array" or is_page(reference(answer)) else "show"
    return operation.name.removeprefix(f"{topic}_")


def answers_bytes(operation: Operation) -> bool:
    """Whether the answer is something else than JSON, and is handed on as it comes."""
    return any("*/*" in answer.get("content", {}) for answer in operation.told["responses"].values())


# --- methods ----------------------------------------------------------------------------------------------------------


class Parameter(NamedTuple):
    """A parameter of a method: where it goes, what it is called there and here, and its type."""

    where: str
    name: str
    type: str
    required: bool

    @property
    def own(self) -> str:
        """Its name in Python."""
        name = self.name.lower().replace("-", "_")
        return f"{name}_" if keyword.iskeyword(name) else name

    def __str__(self) -> str:
        if self.required:
            return f"{self.own}: {self.type}"
        optional = self.type if self.type.endswith("| None") or self.type == "Any" else f"{self.type} | None"
        return f"{self.own}: {optional} = None"


def parameters(operation: Operation, types: Types, used: set[str]) -> list[Parameter]:
    """All parameters: of the path, the query, the headers and the body."""
    found = [
        Parameter(given["in"], given["name"], types.python(given["schema"], used), given["required"])
        for given in operation.told.get("parameters", ())
    ]
    body = types.body(operation)
    if "requestBody" in operation.told and not body.get("properties"):
        return [*found, Parameter("whole", "body", "dict[str, Any]", True)]
    required = set(body.get("required", ()))
    found += [
        Parameter("body", name, types.python(schema, used), name in required)
        for name, schema in body.get("properties", {}).items()
    ]
    return found


def method(operation: Operation, types: Types, used: set[str], *, waits: bool) -> list[str]:
    """The lines of a method; with `waits` the plain one, else the one to be awaited."""
    given = parameters(operation, types, used)
    named = [one for one in given if one.where in ("path", "whole")]
    others = sorted((one for one in given if one not in named), key=lambda one: not one.required)
    signature = ", ".join(["self", *map(str, named), *(["*"] if others else []), *map(str, others)])
    returns, call = _call(operation, types, given, used, waits=waits)
    coroutine = not waits and call.startswith("await ")
    prefix = "async def" if coroutine else "def"
    about = sentence(f"{operation.told['summary']}. {operation.told.get('description', '') if waits else ''}")
    return [
        *wrapped(f"    {prefix} {method_name(operation)}({signature}) -> {returns}:", "        "),
        *documented(about, "        "),
        *wrapped(f"        {'' if returns == 'None' else 'return '}{call}", "            "),
    ]


def _call(
    operation: Operation, types: Types, given: list[Parameter], used: set[str], *, waits: bool
) -> tuple[str, str]:
    """What a method returns, and the call that gets it."""
    path = operation.path
    for one in given:
        if one.where == "path":
            path = path.replace(f"{{{one.name}}}", f"{{named({one.own})}}")
    written = f'f"{path}"' if "{" in path else f'"{path}"'
    more = []
    for where, argument in (("query", "query"), ("header", "headers"), ("body", "body")):
        inner = ", ".join(f'"{one.name}": {one.own}' for one in given if one.where == where)
        if inner:
            more.append(f"{argument}={{{inner}}}")
    if any(one.where == "whole" for one in given):
        more.append("body=body")
    if operation.method == "GET" or operation.name in AGAIN or any(one.name == "Idempotency-Key" for one in given):
        more.append("again=True")
    rest = "".join(f", {argument}" for argument in more)
    schema = answer_schema(operation)
    if answers_bytes(operation):
        return ("Iterator[bytes]" if waits else "AsyncIterator[bytes]"), f"self._chunks({written}{rest})"
    item = _paged(schema, types)
    if item is not None:
        cursor = "cursor" if any(one.name == "cursor" for one in given) else "after"
        pages = "Pages" if waits else "AsyncPages"
        return f"{pages}[{types.python(item, used)}]", f'self._pages({written}, "{cursor}"{rest})'
    call = f'self._ask("{operation.method}", {written}{rest})'
    return (types.python(schema, used) if schema else "None"), call if waits else f"await {call}"


def _paged(schema: Schema, types: Types) -> Schema | None:
    """The schema of a list's items, where an answer is a page of one."""
    name = reference(schema)
    properties = types.schemas[name].get("properties", {}) if name else {}
    if set(properties) != {"items", "next"}:
        return None
    found: Schema = properties["items"]["items"]
    return found


def topic(tag: str, own: list[Operation], types: Types) -> str:
    """The source of a topic's module: the class that waits and the one that does not."""
    used: set[str] = set()
    name = class_name(tag)
    bodies = []
    for waits, base, title in ((True, "Methods", name), (False, "AsyncMethods", f"Async{name}")):
        lines = [f"class {title}({base}):", f'    """{tag[:1].upper()}{tag[1:]}."""']
        for operation in own:
            lines += ["", *method(operation, types, used, waits=waits)]
        bodies.append("\n".join(lines))
    text = "\n\n\n".join(bodies)
    wanted: dict[str, Sequence[str]] = {
        "collections.abc": ("AsyncIterator", "Iterator"),
        "typing": ("Any", "Literal"),
        "holdfast.client.groups": ("AsyncMethods", "Methods", "named"),
        "holdfast.client.pages": ("AsyncPages", "Page", "Pages"),
    }
    about = heading(f"{tag[:1].upper()}{tag[1:]} over HTTP.")
    brought = imports({**wanted, **types.imports(used)}, text)
    switch = "# mypy: disable-error-code=no-any-return\n"
    return f"{switch}{FREE}{about}\nfrom __future__ import annotations\n\n{brought}\n\n{text}\n"


def modules(document: Schema) -> dict[str, str]:
    """All generated modules by their path below `client/`."""
    types = Types(document)
    by_tag: dict[str, list[Operation]] = {}
    for operation in operations(document):
        by_tag.setdefault(operation.tag, [])
        if operation.name not in BY_HAND:
            by_tag[operation.tag].append(operation)
    found = {f"shapes/{module}.py": types.module(module) for module in types.order}
    found |= {f"api/{attribute(tag)}.py": topic(tag, own, types) for tag, own in by_tag.items() if own}
    found["topics.py"] = table_of_topics([tag for tag, own in by_tag.items() if own])
    found["api/__init__.py"] = heading("The methods of the API, topic by topic.")
    found["shapes/__init__.py"] = heading("The types of what the API answers and takes, topic by topic.")
    return found


def table_of_topics(tags: list[str]) -> str:
    """The module that names every topic: which the clients are themselves, and which are attributes of them."""
    flat = [tag for tag in tags if tag in FLAT]
    others = [tag for tag in tags if tag not in FLAT]
    lines = [FREE + heading("The topics of the API together."), "from __future__ import annotations\n"]
    named = sorted(attribute(tag) for tag in tags if tag != "commands")
    lines += [f"from holdfast.client.api import {name} as {name}_" for name in named]
    lines += ["from holdfast.client.commands import AsyncCommands, Commands"] if "commands" in tags else []
    lines += ["from holdfast.client.groups import AsyncPort, Port", ""]
    for prefix, port in (("", "Port"), ("Async", "AsyncPort")):
        classes = {tag: f"{attribute(tag)}_.{prefix}{class_name(tag)}" for tag in tags}
        classes["commands"] = f"{prefix}Commands"
        bases = ", ".join(classes[tag] for tag in flat)
        lines += ["", *wrapped(f"class {prefix}Topics({bases}):", "    ")]
        lines += ['    """All methods; those of a topic of its own are attributes."""', ""]
        lines += [f"    def __init__(self, port: {port}) -> None:", "        super().__init__(port)"]
        lines += [f"        self.{attribute(tag)} = {classes[tag]}(port)" for tag in others]
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"
