"""The audit log for other programs: lines of JSON, CSV for spreadsheets, syslog (RFC 5424).

An item is one line, whatever people typed: control characters, line ends and those that turn the direction of text
are written as escapes, so that none can forge a line, a column or a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from holdfast.errors import Malformed
from holdfast.identity.audit_log import Item
from holdfast.primitives.clock import format_instant

COLUMNS = ("source", "seq", "at", "who", "what", "about", "where", "outcome", "details", "digest", "journal")

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""

FACILITY = 13
"""Syslog's "log audit"."""
NOTICE, WARNING = 5, 4
ENTERPRISE = "holdfast@32473"
"""The structured data's name; 32473 is the number that RFC 5612 leaves to everybody."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_not_token = re.compile(r"[^!-~]")


def ndjson(items: Iterable[Item]) -> Iterator[bytes]:
    """One JSON object to a line; what is not printable is a \\u escape, so a parser gives back what was typed."""
    for item in items:
        yield _ascii(_document(item)) + b"\n"


def csv(items: Iterable[Item]) -> Iterator[bytes]:
    """RFC 4180 with a heading, every field in quotes; a field that could be a formula begins with an apostrophe."""
    yield csv_line(COLUMNS)
    for item in items:
        document = _document(item)
        said = _ascii(item.details).decode()
        yield csv_line([said if name == "details" else csv_text(str(document[name])) for name in COLUMNS])


def syslog(items: Iterable[Item], host: str = "-") -> Iterator[bytes]:
    """RFC 5424, one message to a line: facility 13, severity 5, or 4 where something was refused."""
    shown = _token(host, 255)
    for item in items:
        severity = NOTICE if item.outcome in ("applied", "done") else WARNING
        document = _document(item)
        data = " ".join(f'{name}="{_value(str(document[name]))}"' for name in COLUMNS if name not in ("at", "details"))
        head = f"<{FACILITY * 8 + severity}>1 {document['at']} {shown} holdfast - {_token(item.what, 32)}"
        yield f"{head} [{ENTERPRISE} {data}] ".encode() + _ascii(item.details) + b"\n"


FORMATS = {"csv": csv, "ndjson": ndjson, "syslog": syslog}


def export(items: Iterable[Item], form: str) -> Iterator[bytes]:
    """Items in one of the FORMATS, line by line. Raises: Malformed for another one."""
    if form not in FORMATS:
        raise Malformed(f"There is no such format; choose one of {', '.join(FORMATS)}.", field="format")
    return FORMATS[form](items)


def printable(text: str) -> str:
    """Text without what moves cursors, ends lines or turns directions: those as \\u escapes, and \\ doubled."""
    return "".join(c if c.isprintable() and c != "\\" else _escape(c) for c in text)


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _document(item: Item) -> dict[str, object]:
    document: dict[str, object] = msgspec.structs.asdict(item)
    document["at"] = format_instant(item.at)
    return document


def _ascii(document: object) -> bytes:
    """JSON in which every character that is not printable ASCII is an escape."""
    text = _encode(document).decode()
    if text.isascii() and text.isprintable():
        return text.encode()
    return "".join(c if " " <= c <= "~" else _json_escape(c) for c in text).encode()


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def csv_line(fields: Iterable[str]) -> bytes:
    """One line of RFC 4180, every field in quotes."""
    return (",".join('"' + field.replace('"', '""') + '"' for field in fields) + "\r\n").encode()


def csv_text(text: str) -> str:
    """Text that somebody typed as a field: an apostrophe goes before what a spreadsheet would reckon with."""
    formula = text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)
    return "'" + printable(text) if formula else printable(text)


def _value(text: str) -> str:
    """The value of a parameter: RFC 5424 escapes `"`, `\\` and `]`; the escapes of `printable` come first."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _token(text: str, length: int) -> str:
    """A header field: printable ASCII without blanks."""
    return _not_token.sub("_", text)[:length] or "-"
