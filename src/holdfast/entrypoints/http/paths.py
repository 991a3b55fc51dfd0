"""Finds the routes of a path in the table, part by part."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.entrypoints.http.routing import Method, Route

Methods = Mapping[Method, Route]
"""The routes of one path."""


class _Place:
    """Where one is after some parts of a path, and where one can go from there."""

    __slots__ = ("methods", "names", "next", "other")

    def __init__(self) -> None:
        self.next: dict[str, _Place] = {}
        self.other: _Place | None = None  # behind a name, which may be anything but nothing
        self.methods: Methods | None = None
        self.names: tuple[str, ...] = ()


class Paths:
    """Paths as they are spelt in the table; what is spelt otherwise is not found. A fixed part goes before a name."""

    def __init__(self, table: Mapping[str, Methods]) -> None:
        self._first = _Place()
        for path, methods in table.items():
            place = self._first
            for part in path.split("/"):
                if part.startswith("{"):
                    place.other = place = place.other or _Place()
                else:
                    place = place.next.setdefault(part, _Place())
            place.methods = methods
            place.names = tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))

    def find(self, path: str) -> tuple[Methods, dict[str, str]] | None:
        """The routes of a path and what stands at its names; None where there are none."""
        place, found = self._first, []
        for part in path.split("/"):
            step = place.next.get(part)
            if step is None:
                step = place.other
                if step is None or not part:
                    return None
                found.append(part)
            place = step
        return None if place.methods is None else (place.methods, dict(zip(place.names, found, strict=True)))
