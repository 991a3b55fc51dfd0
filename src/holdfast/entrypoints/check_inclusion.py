#!/usr/bin/env python3
"""Check by yourself that what a desk owes you is part of the sum that it has published.

    python3 check_inclusion.py PROOF.json ROOTS.json [ACCOUNT]

PROOF.json is what the desk gave you, ROOTS.json what it publishes for everybody; take that from a place where all
holders see the same. With ACCOUNT the proof must be for that account. Leaves with 0 where the proof holds and with 1
where it does not. It needs Python 3.8 or newer and nothing else, and reads nothing but the two files.

    leaf  = SHA-256(0x00 || salt || amount || account)
    node  = SHA-256(0x01 || left hash || left sum || right hash || right sum)
    root  = SHA-256(0x02 || top hash || sum || text: format, desk, day, record, digest, time, asset, a line each)

Amounts are base units in 64 bytes, big-endian. A node's hash covers both sums, and none can be below zero: so the
published sum is at least what all holders with a proof are owed together.
"""

from __future__ import annotations

import json
import re
import sys
from hashlib import sha256
from typing import Any

POSITION = ("desk", "day", "seq", "digest", "at")
SHAPES = {
    "desk": r"[0-9a-f]{64}",
    "digest": r"[0-9a-f]{64}",
    "salt": r"[0-9a-f]{64}",
    "hash": r"[0-9a-f]{64}",
    "root": r"[0-9a-f]{64}",
    "day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "at": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
    "asset": r"[!-~]{1,200}",
    "account": r"[!-~]{1,200}",
    "amount": r"0|[1-9][0-9]{0,154}",
    "sum": r"0|[1-9][0-9]{0,154}",
    "side": r"left|right",
    "part": r"[a-z_]{1,40}",
}


class Refused(Exception):
    """Why the proof does not hold."""


def require(holds: bool, why: str) -> None:
    """Go on only where it holds."""
    if not holds:
        raise Refused(why)


def read(name: str, kind: str) -> dict[str, Any]:
    """A JSON file of one kind, every name in it given once."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        require(len(dict(pairs)) == len(pairs), f"{name}: a name is given twice")
        return dict(pairs)

    try:
        with open(name, encoding="utf-8") as file:  # noqa: PTH123 - plain Python for anybody to read
            found = json.load(file, object_pairs_hook=once)
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(f"{name} cannot be read: {error}") from None
    require(isinstance(found, dict) and found.get("format") == kind, f'{name} does not say "format": "{kind}"')
    return dict(found)


def text(of: dict[str, Any], field: str) -> str:
    """A field that is text of its shape."""
    value = of.get(field)
    require(isinstance(value, str) and re.fullmatch(SHAPES[field], value) is not None, f"{field} is not as it must be")
    return str(value)


def number(of: dict[str, Any], field: str, most: int) -> int:
    """A field that is a whole number from 0 on."""
    value = of.get(field)
    require(type(value) is int and 0 <= value <= most, f"{field} is not a number from 0 to {most}")
    return int(value or 0)


def position(of: dict[str, Any]) -> list[str]:
    """Desk, day, record, digest and time."""
    return [str(number(of, name, 2**63 - 1)) if name == "seq" else text(of, name) for name in POSITION]


def units(value: int) -> bytes:
    """An amount as it is hashed."""
    require(0 <= value < 2**512, "a sum is below 0 or 2^512 and more")
    return value.to_bytes(64, "big")


def tokens(value: int, decimals: int) -> str:
    """Base units as people write them."""
    digits = str(value).rjust(decimals + 1, "0")
    whole, rest = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return whole + ("." + rest if rest else "")


def climb(proof: dict[str, Any]) -> tuple[bytes, int]:
    """From the holder's leaf up to the top of the tree: its hash and its sum."""
    total = int(text(proof, "amount"))
    content = bytes.fromhex(text(proof, "salt")) + units(total) + text(proof, "account").encode()
    here = sha256(b"\0" + content).digest()
    path = proof.get("path")
    require(isinstance(path, list) and len(path) <= 64, "path is no list of at most 64 steps")
    for step in path or []:
        require(isinstance(step, dict), "a step of the path is no object")
        mine, theirs = here + units(total), bytes.fromhex(text(step, "hash")) + units(int(text(step, "sum")))
        here = sha256(b"\1" + (theirs + mine if text(step, "side") == "left" else mine + theirs)).digest()
        total += int(text(step, "sum"))
    return here, total


def check(proof: dict[str, Any], roots: dict[str, Any], account: str | None) -> list[str]:
    """What was found, line by line. Raises Refused where the proof does not hold."""
    place = position(proof)
    for name, mine, published in zip(POSITION, place, position(roots)):  # noqa: B905 - strict= is newer than 3.8
        require(mine == published, f"{name}: the proof is for {mine}, the published roots are for {published}")
    who, asset, amount = text(proof, "account"), text(proof, "asset"), int(text(proof, "amount"))
    require(account in (None, who), f"the proof is for {who}, not for {account}")
    decimals, parts, assets = number(proof, "decimals", 18), proof.get("parts"), roots.get("assets")
    require(isinstance(parts, dict) and isinstance(assets, dict), "parts or assets are missing")
    root = dict(assets or {}).get(asset)
    require(isinstance(root, dict), f"no root was published for {asset}")
    root = dict(root or {})
    shares = [
        (text({"part": name}, "part"), int(text({"sum": part}, "sum"))) for name, part in dict(parts or {}).items()
    ]
    require(number(root, "decimals", 18) == decimals, "the published roots say other decimals than the proof")
    require(sum(share for _, share in shares) == amount, "the parts do not add up to the amount")
    top, total = climb(proof)
    require(total == int(text(root, "sum")), f"the way leads to a sum of {total}, and {root['sum']} was published")
    lines = ["holdfast liabilities 1", *place, f"{asset} {decimals}"]
    bound = sha256(b"\2" + top + units(total) + "".join(line + "\n" for line in lines).encode()).hexdigest()
    require(bound == text(root, "root"), "the way does not lead to the published root")
    return [
        f"{who} is owed {tokens(amount, decimals)} {asset}",
        *(f"  {name.replace('_', ' ')} {tokens(share, decimals)}" for name, share in shares if share),
        f"by desk {place[0][:16]}… on {place[1]}, after record {place[2]} ({place[4]}).",
        f"That is part of {tokens(total, decimals)} {asset}, the published sum, {len(proof['path'])} steps up a tree",
        f"with the published root {bound}.",
    ]


def main(arguments: list[str]) -> int:
    """0 where the proof holds, else 1."""
    if len(arguments) not in (2, 3):
        print("usage: check_inclusion.py PROOF.json ROOTS.json [ACCOUNT]", file=sys.stderr)
        return 1
    try:
        proof, roots = read(arguments[0], "holdfast inclusion 1"), read(arguments[1], "holdfast liabilities 1")
        print("\n".join(check(proof, roots, arguments[2] if len(arguments) == 3 else None)))
    except Refused as why:
        print(f"The proof does NOT hold: {why}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
