"""The server's log: one line to an event, for people or as JSON, on stderr. It tells no secrets.

Text:  2026-01-01T00:00:00.000Z info    request method=GET route=/v1/vaults/{vault} status=200 ms=1.4 …
JSON:  {"time": "…", "level": "info", "event": "request", "method": "GET", …}

What libraries log through `logging` goes the same way.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal

import msgspec
import structlog

from holdfast.entrypoints.http.hiding import escaped, hidden, told

Format = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]
Event = MutableMapping[str, Any]

_NUMBERS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./{}:@+-*")
_TALKATIVE = ("httpx", "httpcore", "asyncio", "uvicorn.access", "multipart")
"""Libraries whose smaller talk would tell whole addresses with their queries."""
_json = msgspec.json.Encoder()

REQUEST: ContextVar[str] = ContextVar("holdfast_request", default="")
"""The id of the request that is being answered here: on every line that is logged meanwhile."""


def server_log(form: Format = "text", level: Level = "info", stream: BinaryIO | None = None) -> Any:
    """A logger whose methods are `debug`, `info`, `warning`, `error`, `exception` with an event and its fields.

    A log that cannot be written (a full disk, a closed pipe) disturbs nobody.
    """
    lazy = structlog.wrap_logger(
        _Lines(stream or getattr(sys.stderr, "buffer", None)),
        processors=[
            _with_request,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _rendered_text if form == "text" else _rendered_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_NUMBERS[level]),
        context_class=dict,
    )
    return lazy.bind()


class _Lines:
    """Writes whole lines, one after another, from any thread."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def msg(self, line: bytes) -> None:
        if self._stream is not None:
            with self._lock, suppress(OSError, ValueError):
                self._stream.write(line)
                self._stream.flush()

    debug = info = warning = error = critical = exception = failure = fatal = log = msg


def _with_request(_: Any, __: str, event: Event) -> Event:
    request = REQUEST.get()
    return {"request": request, **event} if request else event


def _rendered_json(_: Any, __: str, event: Event) -> bytes:
    first = {"time": _now(), "level": event.pop("level", ""), "event": told("event", str(event.pop("event", "")))}
    trace = event.pop("exception", None)
    fields = {escaped(name): told(name, value) for name, value in event.items()}
    if trace is not None:
        fields["exception"] = escaped(hidden(str(trace)), keep="\n")  # JSON escapes the ends of lines itself
    return _json.encode(first | fields) + b"\n"


def _rendered_text(_: Any, __: str, event: Event) -> bytes:
    level, trace = event.pop("level", ""), event.pop("exception", None)
    parts = [f"{_now()} {level:<7} {told('event', str(event.pop('event', '')))}"]
    parts += [f"{escaped(name)}={_in_text(told(name, value))}" for name, value in event.items()]
    lines = [" ".join(parts)]
    if trace is not None:
        lines += [f"    {escaped(line)}" for line in hidden(str(trace)).split("\n")]  # never at a line's beginning
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _in_text(value: Any) -> str:
    """A value in a line of text; one that is not plain stands in quotes, so that it forges no other field."""
    if isinstance(value, str):
        return value if value and _PLAIN.issuperset(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- libraries --------------------------------------------------------------------------------------------------------


class _Forwarding(logging.Handler):
    """Takes what libraries log over into the server's log."""

    def __init__(self, log: Any) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record; what cannot be told is told as such."""
        try:
            said = record.getMessage()
        except Exception:
            said = str(record.msg)
        more: dict[str, Any] = {"exc_info": record.exc_info} if record.exc_info else {}
        name = record.levelname.lower()
        getattr(self._log, name if name in _NUMBERS else "error")(said, logger=record.name, **more)


def take_over(log: Any, level: Level) -> Callable[[], None]:
    """Send what is logged through `logging` and `warnings` to the server's log; the function given undoes it.

    Libraries tell warnings and worse, at `debug` also the rest; our own parts tell what the level lets through.
    """
    root, own = logging.getLogger(), logging.getLogger("holdfast")
    before = (list(root.handlers), root.level, own.level)
    root.handlers[:] = [_Forwarding(log)]
    root.setLevel(logging.INFO if level == "debug" else max(_NUMBERS[level], logging.WARNING))
    own.setLevel(_NUMBERS[level])
    loud = {name: logging.getLogger(name).level for name in _TALKATIVE}
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)

    def undo() -> None:
        logging.captureWarnings(capture=False)
        root.handlers[:], root.level = before[0], before[1]
        own.setLevel(before[2])
        for name, number in loud.items():
            logging.getLogger(name).setLevel(number)

    return undo
