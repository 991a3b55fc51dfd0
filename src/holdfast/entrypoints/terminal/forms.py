"""Forms that act: their fields, and the request that they stand for. Declared once, used on any page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from msgspec import Struct, field

from holdfast.entrypoints.http.answers import problem
from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.language import Language
from holdfast.entrypoints.terminal.visit import Values
from holdfast.errors import HoldfastError, Malformed
from holdfast.primitives.clock import parse_instant

if TYPE_CHECKING:
    from holdfast.entrypoints.terminal.visit import Visit

Kind = Literal["amount", "area", "check", "day", "hidden", "password", "select", "text", "whole"]

PREFIX = "f."
"""What stands before a field's name in the page, so that it can be no other part of the form."""

SHOWN = ".shown"
"""What the page adds to the name of a hidden field for which nothing came: then it is shown, to be filled in."""

COMMANDS = "/v1/commands"


class Field(Struct, frozen=True, kw_only=True):
    """One field; its name is that of the request's field, so that a refusal finds it.

    `label` and `hint` are keys of texts; without a label it is `field.<name>`. `unit` stands behind the field. The
    names of values that the form's `prepare` gives: `choices` for a list of (value, text), `most` for the largest
    amount, which a button fills in.
    """

    name: str
    kind: Kind = "text"
    label: str = ""
    hint: str = ""
    unit: str = ""
    choices: str = ""
    most: str = ""
    required: bool = True
    default: str = ""
    most_length: int = 1_000


class Wanted(Struct, frozen=True, kw_only=True):
    """The request that a form stands for; a command unless it says otherwise.

    `command` is the command that another path than that for commands sends: it has a preview, policies and a receipt
    as any, and where it needs approval it is proposed with `note`. `then` is the page that comes after it, `said` the
    key of the text on it. `reveal` is a template that shows the answer once instead, for what is never shown again.
    `step_up`: it must be confirmed by a factor.
    """

    body: Any = None
    method: str = "POST"
    path: str = COMMANDS
    query: Mapping[str, str] = field(default_factory=dict)
    command: dict[str, Any] | None = None
    note: str = ""
    then: str = ""
    said: str = "act.done"
    reveal: str = ""
    step_up: bool = False

    @property
    def is_command(self) -> bool:
        """Whether it is a command, which has a preview, a receipt, and may need approval."""
        return self.path == COMMANDS or self.command is not None

    @property
    def told(self) -> Any:
        """The command that is previewed and, where it needs approval, proposed."""
        return self.body if self.command is None else self.command

    @property
    def query_string(self) -> str:
        """Its query as it stands in the request line."""
        return urlencode(self.query)

    @property
    def address(self) -> str:
        """Its path with its query, to be shown."""
        return self.path + ("?" + self.query_string if self.query else "")


Make = Callable[[Values], "Wanted | dict[str, Any]"]
Prepare = Callable[["Visit", Values], Awaitable[dict[str, Any]]]


class Form(Struct, frozen=True, kw_only=True):
    """A form: `make` gives its request from what was typed, `prepare` what its template needs beside that.

    `template` draws the fields; `glance` is a template for what a command would do, shown while somebody types;
    `summary` is one for the confirmation. `at` says at which field a refusal stands, by its code; `forget` the field
    that it makes worthless, so that it is not sent once more.
    """

    name: str
    title: str
    make: Make
    fields: tuple[Field, ...] = ()
    prepare: Prepare | None = None
    template: str = "act/fields.html"
    glance: str = ""
    summary: str = ""
    submit: str = "act.review"
    confirm: bool = True
    danger: bool = False
    at: Mapping[str, str] = field(default_factory=dict)
    forget: Mapping[str, str] = field(default_factory=dict)

    def read(self, typed: Values, language: Language) -> Values:
        """What was typed, amounts as the API takes them."""
        found = Values(typed)
        for one in self.fields:
            if one.kind == "amount" and one.name in found:
                found[one.name] = [plain(language, text) for text in found[one.name]]
        return found

    def wanted(self, values: Values) -> Wanted:
        """The request. Raises: Refused, for what `make` refuses as the API would."""
        try:
            made = self.make(values)
        except HoldfastError as error:
            raise Refused(error.status, problem(error)) from None
        return Wanted(body=made) if isinstance(made, dict) else made

    @property
    def is_filled_in(self) -> bool:
        """Whether there is a field for people to fill in; else it is a button alone."""
        return any(one.kind != "hidden" for one in self.fields)

    def place(self, refused: Refused, typed: Values | None = None) -> str:
        """The field that a refusal stands at, empty where it is about none of the form's.

        One that names no field but the amount that does not fit stands where that was typed.
        """
        names = {one.name for one in self.fields if one.kind != "hidden" or (typed and typed.text(one.name + SHOWN))}
        told = self.at.get(refused.code) or refused.field
        if not told and typed and (given := refused.details.get("amount")):
            amounts = (one.name for one in self.fields if one.kind == "amount")
            told = next((name for name in amounts if typed.text(name).startswith(str(given))), "")
        about = refused.code.removeprefix("unknown_")
        for name in (told, told.removesuffix("_"), told.partition(".")[0], told.rpartition(".")[2], about):
            if name in names:
                return name
        return ""


class Filled(Struct, kw_only=True):
    """A form with what was typed into it, and what was refused about it."""

    form: Form
    values: Values
    errors: dict[str, Refused] = field(default_factory=dict)
    problem: Refused | None = None
    context: dict[str, Any] = field(default_factory=dict)
    stale: bool = False
    apart: bool = False
    """Whether it stands in the dialog: the page may have it too, and ids are there once."""

    @property
    def id(self) -> str:
        """Its id in the page."""
        return "form-" + self.form.name.replace(".", "-").replace("_", "-") + ("-apart" if self.apart else "")


def form(name: str, title: str, *fields: Field, **more: Any) -> Callable[[Make], Form]:
    """Declare a form: the decorated function gives a command's fields, or what is wanted of the API."""

    def made(make: Make) -> Form:
        return Form(name=name, title=title, make=make, fields=fields, **more)

    return made


def amount(name: str, **more: Any) -> Field:
    """A field for an amount in whole tokens."""
    return Field(name=name, kind="amount", **more)


def text(name: str, **more: Any) -> Field:
    """A field for a line of text."""
    return Field(name=name, **more)


def area(name: str, **more: Any) -> Field:
    """A field for several lines of text."""
    return Field(name=name, kind="area", **more)


def whole(name: str, **more: Any) -> Field:
    """A field for a whole number."""
    return Field(name=name, kind="whole", **more)


def second_of_day(values: Values, name: str) -> int:
    """The second at which the day in a field begins (UTC). Raises: Malformed, at the field."""
    try:
        return parse_instant(f"{values.text(name)}T00:00:00Z")
    except Malformed:
        raise Malformed(f"{name}: write a day like 2026-12-31.", field=name, reason="not_a_day") from None


def select(name: str, choices: str, **more: Any) -> Field:
    """A field to choose from what `prepare` gives under the name `choices`."""
    return Field(name=name, kind="select", choices=choices, **more)


def check(name: str, **more: Any) -> Field:
    """A box to tick: its text is "yes" where it is ticked."""
    return Field(name=name, kind="check", required=False, **more)


def hidden(name: str, **more: Any) -> Field:
    """A field that goes along unseen; where it must be there and is not, and has a label, it is shown."""
    return Field(name=name, kind="hidden", **more)
