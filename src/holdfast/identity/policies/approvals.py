"""Whether the approvals given are enough: each group its number, every person counted once in all groups together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def missing(needs: Mapping[str, int], people: Iterable[str], is_member: Callable[[str, str], bool]) -> dict[str, int]:
    """How many more approvals each group needs; nothing where they suffice.

    People are counted where they help most: the places (a group with a need of 2 has two) are matched to as many
    different people as possible. `is_member(group, person)` says who may stand for which group.
    """
    places = [group for group in sorted(needs) for _ in range(needs[group])]
    able = {person: [at for at, group in enumerate(places) if is_member(group, person)] for person in set(people)}
    taken: dict[int, str] = {}
    for person in sorted(able):
        _seat(person, able, taken, set())
    lacking: dict[str, int] = {}
    for at, group in enumerate(places):
        if at not in taken:
            lacking[group] = lacking.get(group, 0) + 1
    return lacking


def _seat(person: str, able: Mapping[str, list[int]], taken: dict[int, str], seen: set[int]) -> bool:
    """Give a person a place, moving others to places that they can take as well."""
    for at in able[person]:
        if at in seen:
            continue
        seen.add(at)
        if at not in taken or _seat(taken[at], able, taken, seen):
            taken[at] = person
            return True
    return False


def in_words(needs: Mapping[str, int]) -> str:
    """Needs as people read them: "2 of treasurers and 1 of board"."""
    return " and ".join(f"{count} of {group}" for group, count in sorted(needs.items()))
