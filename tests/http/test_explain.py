"""What a number rests on over HTTP: rules, records before and after, one's own records, totals that reconcile."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import httpx
import pytest

from holdfast.errors import Corrupt, Malformed
from holdfast.protocol.commands import COMMANDS
from holdfast.views.account_book import account_book, held
from serving import House, code


def good(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def seq_of(house: House, kind: str, actor: str = "") -> int:
    asked = {"type": kind, "limit": "1000", "actor": actor} if actor else {"type": kind, "limit": "1000"}
    return int(good(house.of("olga").get("/v1/journal", params=asked))["items"][0]["seq"])


@pytest.mark.parametrize("kind", COMMANDS)
def test_rule__every_command_says_what_it_checks_and_posts(rich: House, kind: str) -> None:
    found = good(rich.of("alice").get(f"/v1/rules/{kind}"))
    assert found["type"] == kind
    assert found["does"].endswith(".")
    assert all(re.match(r"[a-z]", check) for check in found["checks"])
    assert "Checks" not in found["sections"]


def test_rule__formula(rich: House) -> None:
    found = good(rich.of("alice").get("/v1/rules/vault.deposit"))
    assert found["sections"]["Formula"] == "shares = floor(assets · (supply + 1) / (total_assets + 1))"
    assert found["checks"][0] == "unknown_vault"
    assert code(rich.of("alice").get("/v1/rules/vault.rob")) == "unknown_command"


def test_before__what_the_record_changed_as_it_stood(rich: House) -> None:
    staff = rich.of("anna")
    seq = seq_of(rich, "vault.add_rewards")
    after = good(staff.get(f"/v1/journal/{seq}"))["records"]
    before = good(staff.get(f"/v1/journal/{seq}/before"))["items"]
    assert [one["id"] for one in before] == [one["id"] for one in after]
    assert before != after
    assert good(staff.get(f"/v1/journal/{seq_of(rich, 'vault.create')}/before"))["items"] == [None, None]
    assert code(staff.get("/v1/journal/0/before")) == "unknown_record"
    assert code(staff.get("/v1/journal/9999999/before")) == "unknown_record"
    assert code(staff.get("/v1/journal/x/before")) == "malformed"
    assert rich.of("alice").get(f"/v1/journal/{seq}/before").status_code == 403


def test_own_records__own_command_in_full_of_others_what_touched_me(rich: House) -> None:
    alice, mint = rich.of("alice"), seq_of(rich, "asset.mint")
    own = good(alice.get(f"/v1/accounts/alice/records/{seq_of(rich, 'vault.deposit', 'alice')}"))
    assert own["command"]["assets"] == "1000"
    assert len(own["postings"]) == 2
    theirs = good(alice.get(f"/v1/accounts/alice/records/{mint}"))
    assert theirs["postings"] == [{"asset": "FLUX", "debit": "@issuance", "credit": "alice", "amount": "5000"}]
    assert "command" not in theirs
    assert "digest" not in theirs
    assert "result" not in theirs
    assert code(alice.get(f"/v1/accounts/alice/records/{seq_of(rich, 'vault.deposit', 'bob')}")) == "unknown_record"
    assert code(alice.get(f"/v1/accounts/bob/records/{seq_of(rich, 'vault.deposit', 'bob')}")) == "unknown_account"


@pytest.mark.parametrize("account", ["alice", "bob", "operator", "@vault:FLUX", "@issuance", "nobody"])
def test_totals__add_up_and_are_what_the_ledger_holds(rich: House, account: str) -> None:
    staff = rich.of("anna")
    for since, until in (("", ""), ("2026-01-01T01:00:00Z", ""), ("", "2026-01-01T00:30:00Z")):
        asked = {name: text for name, text in (("since", since), ("until", until)) if text}
        found = good(staff.get(f"/v1/accounts/{account}/totals", params=asked))["items"]
        holds = good(staff.get(f"/v1/accounts/{account}", params={"as_of": until} if until else {}))["balances"]
        for one in found:
            opening, received, sent, closing = (Fraction(one[n]) for n in ("opening", "received", "sent", "closing"))
            assert opening + received - sent == closing
            if account != "@issuance":
                assert holds.get(one["asset"], "0") == one["closing"]
        lines = good(staff.get(f"/v1/accounts/{account}/statement", params={**asked, "limit": 1000}))["items"]
        assert sum(one["lines"] for one in found) == len(lines)


def test_totals__last_names_the_record_that_made_the_balance(rich: House) -> None:
    found = good(rich.of("alice").get("/v1/accounts/alice/totals"))["items"]
    lines = good(rich.of("alice").get("/v1/accounts/alice/statement", params={"limit": 1000}))["items"]
    for one in found:
        last = [line for line in lines if line["asset"] == one["asset"]][-1]
        assert (one["last"], one["closing"]) == (last["seq"], last["balance"])
    assert code(rich.of("alice").get("/v1/accounts/bob/totals")) == "unknown_account"


def test_book__does_not_reconcile__refused(rich: House) -> None:
    state = rich.state

    def book(**changed: int) -> Any:
        ledger = held(state, "alice") | changed
        return rich.server.readers.with_store(
            lambda store: account_book(
                store, state.assets, "alice", since=None, upto=state.seq, ledger=ledger, most=changed.pop("most", 1000)
            )
        )  # fmt: skip

    whole = book()
    assert len(whole.lines) > 10
    with pytest.raises(Corrupt, match="does not reconcile"):
        book(FLUX=held(state, "alice")["FLUX"] + 1)
    with pytest.raises(Corrupt, match="no posting brought"):
        book(DUST=1)


def test_book__more_lines_than_it_keeps__refused(rich: House) -> None:
    state = rich.state
    with pytest.raises(Malformed, match="shorter period"):
        rich.server.readers.with_store(
            lambda store: account_book(
                store, state.assets, "alice", since=None, upto=state.seq, ledger=held(state, "alice"), most=3
            )
        )
