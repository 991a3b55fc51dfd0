"""The server's settings out of their places: a TOML file, the environment, options. Later places win.

What does not fit is refused, with its place, its key and what would fit; all of it at once.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from typing import Any, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from holdfast.errors import Malformed
from holdfast.settings import NAMES, PREFIX, ServerSettings
from holdfast.wire.type_words import in_words

OTHER_VARIABLES = frozenset({"CONFIG", "SERVER", "API_KEY", "KEY", "TOKEN", "DATA"}) | frozenset(
    f"TEST_{name}" for name in ("POSTGRES", "BROWSER", "EXAMPLES", "SHOTS")
)
"""Variables of our prefix that are no settings of the server: where its file is, what the client and tests use."""

_LOCAL = ("localhost", "127.0.0.1", "::1")
_HINTS = get_type_hints(ServerSettings, include_extras=True)
_PLAIN = get_type_hints(ServerSettings)
_WHOLE = re.compile(r"\A-?[0-9]{1,18}\Z")


class Effective(Struct, frozen=True):
    """The settings, and where each comes from: `default`, a file, a variable or an option."""

    settings: ServerSettings
    origins: dict[str, str]


def read(
    file: tuple[str, bytes] | None, environment: Mapping[str, str], options: Mapping[str, Any] | None = None
) -> Effective:
    """The settings out of a file's name and bytes, the environment's variables, and options as they were converted.

    An empty variable and an option that is None count as not given.
    Raises: Malformed that names each place and key that does not fit, and what does.
    """
    reader = _Reader()
    if file is not None:
        reader.take_file(*file)
    reader.take_environment(environment)
    for name, value in (options or {}).items():
        if value is not None:
            reader.take(f"--{name.replace('_', '-')}", name, value)
    reader.look_closer()
    if reader.problems:
        found = reader.problems
        raise Malformed(
            found[0] if len(found) == 1 else "\n  ".join(["These settings do not fit:", *found[:20]]),
            field=reader.fields[0],
        )
    return Effective(ServerSettings(**reader.values), {name: reader.origins.get(name, "default") for name in NAMES})


class _Reader:
    """Takes values place by place and collects what does not fit."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.problems: list[str] = []
        self.fields: list[str] = []

    def take_file(self, source: str, data: bytes) -> None:
        """The keys of a TOML file, all of them at its top."""
        try:
            document = tomllib.loads(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Malformed(f"{source}: not UTF-8 text; save the file as UTF-8.", file=source) from None
        except tomllib.TOMLDecodeError as error:
            raise Malformed(f"{source}: not TOML: {error}.", file=source) from None
        except (RecursionError, ValueError) as error:
            raise Malformed(f"{source}: not usable TOML: {error}.", file=source) from None
        for key, value in document.items():
            if key not in NAMES:
                self._problem(key, f"{source}: there is no setting {key[:60]}; take it out{_alike(key)}")
            else:
                self.take(source, key, value)

    def take_environment(self, environment: Mapping[str, str]) -> None:
        """All variables that begin as ours do."""
        for variable in sorted(environment):
            text, name = environment[variable], variable.removeprefix(PREFIX)
            if name == variable or not text or name in OTHER_VARIABLES:
                continue
            key = name.lower()
            if name != name.upper() or key not in NAMES:
                self._problem(variable, f"{variable}: there is no such setting; unset it{_alike(key, PREFIX)}")
            else:
                self.take(variable, key, _from_text(text, _PLAIN[key]))

    def take(self, place: str, key: str, value: Any) -> None:
        """One value. A place that comes later wins."""
        try:
            self.values[key] = msgspec.convert(value, _HINTS[key])
        except msgspec.ValidationError:
            self._problem(key, f"{_at(place, key)} = {_shown(key, value)}: write {_wanted(key, place)}")
        else:
            self.origins[key] = place

    def look_closer(self) -> None:
        """What types cannot say."""
        for key, look in (
            ("origin", _origin),
            ("trusted_proxies", _networks),
            ("name", _one_line),
            ("host", _one_line),
        ):
            if key in self.values and (wrong := look(self.values[key])):
                self._problem(key, f"{_at(self.origins[key], key)}: {wrong}")

    def _problem(self, field: str, said: str) -> None:
        self.problems.append(f"{said}.")
        self.fields.append(field)


def _from_text(text: str, kind: Any) -> Any:
    """A variable's text as what its setting takes; what cannot be that stays text, and is refused by its type."""
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    if kind is int and _WHOLE.match(text):
        return int(text)
    return text


def _wanted(key: str, place: str) -> str:
    kind = _PLAIN[key]
    if get_origin(kind) is tuple:
        example = "10.0.0.0/8,127.0.0.1" if place.startswith(PREFIX) else '["10.0.0.0/8", "127.0.0.1"]'
        return f"a list, like {example}"
    words = in_words(_HINTS[key])
    in_file = not place.startswith((PREFIX, "--"))
    return words if in_file else words.replace('"', "").replace(" in quotes", "")


def _shown(key: str, value: Any) -> str:
    if key == "db":
        return "…"  # it may hold a password
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)[:60] if not isinstance(value, str) else f'"{value[:60]}"'


def _at(place: str, key: str) -> str:
    """`holdfast.toml: port`, `HOLDFAST_PORT`, `--port`."""
    return place if place.startswith((PREFIX, "--")) else f"{place}: {key}"


def _alike(key: str, prefix: str = "") -> str:
    """The setting that was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    found = get_close_matches(key.lower().replace("-", "_"), NAMES, 1, 0.6)
    if not found:
        return ""
    return f", or write {prefix}{found[0].upper()}" if prefix else f", or write {found[0]}"


def _origin(text: str) -> str:
    """What is wrong with an origin; empty where nothing is."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "write it like https://desk.example.org"
    shown = f"[{host}]" if ":" in host else host
    plain = f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}"
    if parts.scheme not in ("http", "https") or not host or text.rstrip("/") != plain:
        return "write scheme, host and nothing else, in small letters, like https://desk.example.org"
    if parts.scheme == "http" and host not in _LOCAL:
        return "browsers keep sign-ins and passkeys to https; write https://, or localhost for a try"
    if (parts.scheme, port) in (("https", 443), ("http", 80)):
        return f"leave :{port} out, as browsers do"
    return ""


def _networks(given: tuple[str, ...]) -> str:
    for text in given:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            return f'"{text[:60]}" is no network; write it like 10.0.0.0/8 or 127.0.0.1'
        if network.prefixlen == 0:
            return f"{text} would believe everybody; name the networks of your proxies"
    return ""


def _one_line(text: str) -> str:
    return "" if text.strip() and text.isprintable() else "write printable text"


def holds_password(url: str) -> bool:
    """Whether a database URL holds a password, which a command line would show to everybody on the machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.password) or bool(re.search(r"(?:\A|&)password=", parts.query))
    except ValueError:
        return True
