"""The desk file (TOML): a desk's name, assets, roles and parameters; what it leaves out is standard."""

from __future__ import annotations

import re
import tomllib
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta, structs

from holdfast.engine import genesis as genesis_module
from holdfast.engine.genesis import STANDARD_ASSETS, STANDARD_ROLES, Genesis, GenesisAsset, Holder
from holdfast.errors import Malformed
from holdfast.protocol.parameters import Parameters, Tier
from holdfast.wire.type_words import in_words

Table = dict[str, Any]


class Desk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `[desk]`."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] = "desk"
    demo: bool = False
    standard_assets: bool = True


_PARAMETERS = {f.name: f.type for f in structs.fields(Parameters)}
_HEADER = re.compile(r"""\s*\[\[?\s*([A-Za-z0-9_."'-]+)\s*\]""")
_START = re.compile(r"""\s*([A-Za-z0-9_"'-]+)\s*[=.]""")
TABLES = ("desk", "assets", "roles", *_PARAMETERS)


def load(data: bytes, source: str) -> Genesis:
    """The genesis that a desk file describes; `source` is the file's name for messages.

    Raises: Malformed that names each line, table and key that does not fit, and what does.
    """
    text = _text(data, source)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"{source}: not TOML: {error}.", file=source) from None
    except (RecursionError, ValueError) as error:
        raise Malformed(f"{source}: not usable TOML: {error}.", file=source) from None
    reader = _Reader(text)
    genesis = reader.genesis(document)
    if genesis is None:
        found = reader.problems
        said = f"{source}: {found[0]}" if len(found) == 1 else "\n  ".join([f"{source}:", *found[:20]])
        raise Malformed(said, file=source)
    try:
        return genesis_module.check(genesis)
    except Malformed as error:
        raise Malformed(f"{source}: {error.message}", file=source) from None


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Malformed(f"{source}, line {line}: not UTF-8 text; save the file as UTF-8.", file=source) from None


class _Reader:
    """Collects what does not fit, so that one look at the file mends all of it."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self.problems: list[str] = []

    def genesis(self, document: Table) -> Genesis | None:
        for name in document:
            if name not in TABLES:
                self._problem(name, "", f"there is no table [{name}]; a desk file has {', '.join(TABLES)}")
        tables = {name: self._table(name, document.get(name, {})) for name in TABLES if name != "assets"}
        desk = self._struct("desk", Desk, tables["desk"])
        parameters = {name: self._struct(name, kind, tables[name]) for name, kind in _PARAMETERS.items()}
        assets = self._assets(document.get("assets", []), standard=desk is None or desk.standard_assets)
        roles = self._roles(tables["roles"])
        if self.problems or desk is None:
            return None
        basis = msgspec.convert({"name": desk.name, "demo": desk.demo, "roles": roles}, Genesis)
        return structs.replace(basis, parameters=Parameters(**parameters), assets=assets)

    def _table(self, name: str, value: Any) -> Table:
        if isinstance(value, dict):
            return value
        self._problem(name, "", f"{name} is a table: write [{name}] on a line of its own, its keys below")
        return {}

    def _struct(self, table: str, kind: Any, given: Table) -> Any:
        """A struct from its table, each key looked at for itself."""
        hints = get_type_hints(kind, include_extras=True)
        before = len(self.problems)
        for key, value in given.items():
            if key not in hints:
                self._problem(table, key, f"[{table}] has no key {key}; it takes {', '.join(hints)}")
            elif table == "fee_keys" and key == "tiers" and isinstance(value, list):
                self._tiers(value)
            else:
                self._value(table, key, value, hints[key])
        if len(self.problems) > before:
            return None
        try:
            return msgspec.convert(given, kind)
        except msgspec.ValidationError as error:
            self._problem(table, "", str(error))
            return None

    def _value(self, table: str, key: str, value: Any, hint: Any) -> None:
        try:
            msgspec.convert(value, hint)
        except msgspec.ValidationError:
            shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if value in (True, False) else value
            self._problem(table, key, f"[{table}] {key} = {str(shown)[:60]}: write {in_words(hint)}")

    def _tiers(self, tiers: list[Any]) -> None:
        hints = get_type_hints(Tier, include_extras=True)
        if not tiers:
            self._problem("fee_keys", "tiers", "tiers: state at least one [[fee_keys.tiers]]")
        for tier in tiers:
            self._row("fee_keys.tiers", tier, hints, needed=set(hints))

    def _assets(self, given: Any, *, standard: bool) -> tuple[GenesisAsset, ...]:
        hints = get_type_hints(GenesisAsset, include_extras=True)
        found = {asset.code: asset for asset in STANDARD_ASSETS} if standard else {}
        if not isinstance(given, list):
            self._problem("assets", "", "assets is a list of tables: write [[assets]], once for each asset")
            return ()
        named: set[str] = set()
        for row in given:
            code = row.get("code") if isinstance(row, dict) else None
            old = found.get(code) if isinstance(code, str) else None
            if not self._row("assets", row, hints, needed={"code"} if old else {"code", "decimals"}):
                continue
            asset = structs.replace(old, **row) if old else msgspec.convert(row, GenesisAsset)
            if asset.code in named:
                self._problem("assets", "code", f"the asset {asset.code} is given twice")
            named.add(asset.code)
            found[asset.code] = asset
        return tuple(found.values())

    def _row(self, table: str, row: Any, hints: dict[str, Any], needed: set[str]) -> bool:
        """Look at one table of a list."""
        before = len(self.problems)
        if not isinstance(row, dict):
            self._problem(table, "", f"{table} is a list of tables: write [[{table}]], once for each")
            return False
        for key, value in row.items():
            if key not in hints:
                self._problem(table, key, f"[[{table}]] has no key {key}; it takes {', '.join(hints)}")
            else:
                self._value(table, key, value, hints[key])
        missing = [key for key in hints if key in needed and key not in row]
        if missing:
            which = f" of {row['code']}" if isinstance(row.get("code"), str) else ""
            self._problem(table, "", f"[[{table}]]{which} lacks {', '.join(missing)}")
        return len(self.problems) == before

    def _roles(self, given: Table) -> dict[str, list[str]]:
        roles: dict[str, list[str]] = {role: list(accounts) for role, accounts in STANDARD_ROLES.items()}
        for role, accounts in given.items():
            if role not in roles:
                self._problem("roles", role, f"there is no role {role}; [roles] takes {', '.join(roles)}")
                continue
            try:
                roles[role] = msgspec.convert(accounts, list[Holder])
            except msgspec.ValidationError:
                self._problem(
                    "roles", role, f'[roles] {role}: write a list of accounts, like {role} = ["alice", "bob"]'
                )
        return roles

    def _problem(self, table: str, key: str, what: str) -> None:
        line = self._line(table, key)
        self.problems.append(f"line {line}: {what}" if line else what)

    def _line(self, table: str, key: str) -> int:
        """The line where a table's key, or the table itself, stands first; 0 if it cannot be told."""
        current = ""
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                current = header[1].strip("\"'")
            first = _START.match(line)
            starts = first[1].strip("\"'") if first else ""
            if key and current == table and starts == key:
                return number
            if (not key and (header and current == table)) or (not current and starts == table):
                return number
        return 0
