"""Help: every verb has a sentence and examples, and the listing says the same sentence."""

from __future__ import annotations

import pytest

from holdfast.entrypoints.cli.verbs import VERBS, Group

ALL = [
    ([word, *rest], verb)
    for word, entry in VERBS.items()
    for rest, verb in (
        [([name], verb) for name, verb in entry.verbs.items()] if isinstance(entry, Group) else [([], entry)]
    )
]


@pytest.mark.parametrize(("words", "verb"), ALL, ids=lambda value: "-".join(value) if isinstance(value, list) else "")
def test_help__verb__has_its_sentence_and_examples(cli, words, verb):
    answer = cli(*words, "--help")
    assert answer.code == 0
    flat = " ".join(answer.out.split())
    assert verb.summary.rstrip(".") in flat
    assert f"    holdfast {' '.join(words)}" in answer.out
    assert "--json" in answer.out or words in (
        ["export"],
        ["audit", "export"],
        ["depin", "preset"],
        ["proof", "script"],
    )


def test_help__program__lists_every_verb(cli):
    answer = cli("--help")
    assert answer.code == 0
    for word, entry in VERBS.items():
        assert f"  {word} " in answer.out
        assert entry.summary in answer.out
    assert "75 unavailable" in answer.out
    assert all(len(line) <= 80 for line in answer.out.splitlines())
