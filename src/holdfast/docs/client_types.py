"""The OpenAPI document as the client's generator reads it: its operations, and its schemas as types of Python."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any, NamedTuple

from holdfast.docs.python_text import FREE, documented, heading, imports, sentence, wrapped

Schema = dict[str, Any]

LONGEST = 340
"""Lines of types in one module."""

ATTRIBUTES = {"account": "me"}
"""Topics that are called otherwise."""


class Operation(NamedTuple):
    """One operation of the document, with what a method needs of it."""

    name: str
    method: str
    path: str
    tag: str
    told: Schema


def operations(document: Schema) -> list[Operation]:
    """All operations in the document's order."""
    return [
        Operation(told["operationId"], method.upper(), path, told["tags"][0], told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def attribute(tag: str) -> str:
    """What a topic is called in Python."""
    return ATTRIBUTES.get(tag, tag.replace(" ", "_").replace("-", "_"))


def answer_schema(operation: Operation) -> Schema:
    """The schema of the good answer, empty where there is none."""
    answers = [answer for status, answer in operation.told["responses"].items() if status.startswith("2")]
    content = answers[0].get("content", {}) if answers else {}
    kinds: list[Schema] = list(content.values())
    found: Schema = kinds[0].get("schema", {}) if kinds else {}
    return found


class Types:
    """Which type each schema of the document becomes, and in which module: that of the first topic that needs it."""

    def __init__(self, document: Schema) -> None:
        self.schemas: Schema = document["components"]["schemas"]
        self.place: dict[str, str] = {}
        self.order: dict[str, list[str]] = {}
        taken: dict[str, int] = {}
        for name in self.schemas:
            short = name.rpartition(".")[2]
            taken[short] = taken.get(short, 0) + 1
        self._short = {name: self._short_name(name, taken) for name in self.schemas}
        for operation in operations(document):
            for schema in self._of(operation):
                self._place(schema, attribute(operation.tag))
        for module in list(self.order):
            self._divide(module)

    @staticmethod
    def _short_name(name: str, taken: dict[str, int]) -> str:
        *before, last = name.split(".")
        if not before or taken[last] == 1:
            return last
        return "".join(word.title() for word in before[-1].split("_")) + last

    def _of(self, operation: Operation) -> Iterator[Schema]:
        yield answer_schema(operation)
        body = self.body(operation)
        yield from body.get("properties", {}).values()

    def body(self, operation: Operation) -> Schema:
        """The schema of an operation's body, looked up; empty where it takes none."""
        content = operation.told.get("requestBody", {}).get("content", {}).get("application/json", {})
        schema: Schema = content.get("schema", {})
        return self.schemas[reference(schema)] if "$ref" in schema else schema

    def _place(self, schema: Any, module: str) -> None:
        """Give every type that a schema names a place, those that it needs before itself."""
        if isinstance(schema, list):
            for part in schema:
                self._place(part, module)
        if not isinstance(schema, dict):
            return
        name = reference(schema)
        if name:
            inner = self.schemas[name]
            if is_page(name):
                self._place(inner["properties"]["items"], module)
            elif name not in self.place:
                self.place[name] = module
                self._place(inner.get("properties", {}), module)
                self.order.setdefault(module, []).append(name)
            return
        for key, part in schema.items():
            if key not in ("default", "example", "examples", "description", "mapping"):
                self._place(part, module)

    def _divide(self, module: str) -> None:
        """Give what no longer fits into a module another one; no type needs one that comes after it."""
        names, lines, number = self.order.pop(module), 0, 1
        for name in names:
            length = self._definition(name, set()).count("\n") + 3
            if lines + length > LONGEST:
                lines, number = 0, number + 1
            lines += length
            self.place[name] = module if number == 1 else f"{module}_{number}"
            self.order.setdefault(self.place[name], []).append(name)

    def python(self, schema: Schema, used: set[str]) -> str:
        """A schema as a type; `used` collects the names of types that it takes."""
        if name := reference(schema):
            if is_page(name):
                item = self.python(self.schemas[name]["properties"]["items"]["items"], used)
                return f"Page[{item}]"
            used.add(name)
            return self._short[name]
        if "enum" in schema:
            return f"Literal[{', '.join(repr(value).replace(chr(39), chr(34)) for value in schema['enum'])}]"
        if options := schema.get("anyOf"):
            return " | ".join(dict.fromkeys(self.python(option, used) for option in options))
        kind = schema.get("type")
        if kind == "array":
            items = schema.get("items")
            return f"list[{self.python(items, used)}]" if isinstance(items, dict) and items else "list[Any]"
        if kind == "object":
            inner = schema.get("additionalProperties")
            return f"dict[str, {self.python(inner, used)}]" if isinstance(inner, dict) and inner else "dict[str, Any]"
        simple = {"string": "str", "integer": "int", "boolean": "bool", "null": "None", "number": "float"}
        return simple.get(str(kind), "Any")

    def short(self, name: str) -> str:
        """The Python name of a component."""
        return self._short[name]

    def module(self, module: str) -> str:
        """The source of a module of types."""
        used: set[str] = set()
        parts = [self._definition(name, used) for name in self.order[module]]
        text = "\n\n\n".join(parts)
        wanted = {"typing": ("Any", "Literal", "NotRequired", "TypedDict")} | self.imports(
            used - set(self.order[module])
        )
        about = f"Answers of the API, as first met in {module.replace('_', ' ')}."
        return f"{FREE}{heading(about)}\nfrom __future__ import annotations\n\n{imports(wanted, text)}\n\n{text}\n"

    def imports(self, names: set[str]) -> dict[str, list[str]]:
        """Which types come from where."""
        by_module: dict[str, list[str]] = {}
        for name in names:
            by_module.setdefault(f"holdfast.client.shapes.{self.place[name]}", []).append(self._short[name])
        return by_module

    def _definition(self, name: str, used: set[str]) -> str:
        schema, short = self.schemas[name], self._short[name]
        about = sentence(schema.get("description", short))
        required = set(schema.get("required", ()))
        fields = {}
        for field, part in schema.get("properties", {}).items():
            written = self.python(part, used)
            fields[field] = written if field in required else f"NotRequired[{written}]"
        if any(keyword.iskeyword(field) or not field.isidentifier() for field in fields):
            inner = ", ".join(f'"{field}": "{written}"' for field, written in fields.items())
            return "\n".join([*wrapped(f'{short} = TypedDict("{short}", {{{inner}}})', "    "), f'"""{about}"""'])
        lines = [f"    {field}: {written}" for field, written in fields.items()]
        return "\n".join([f"class {short}(TypedDict):", *documented(about, "    "), "", *lines]).rstrip()


def reference(schema: Any) -> str:
    """The component that a schema names, if it names one."""
    return str(schema["$ref"]).rpartition("/")[2] if isinstance(schema, dict) and "$ref" in schema else ""


def is_page(name: str) -> bool:
    """Whether a component is a page of a list."""
    return name.startswith("Page_")
