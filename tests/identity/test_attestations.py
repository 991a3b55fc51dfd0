"""Attestations: who attested what about whom until when; signed statements; rules that require them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attesting import key_of, public_key
from holdfast.errors import HoldfastError
from holdfast.identity import attestations
from holdfast.identity.attestation_statements import Claim, Signed, message
from holdfast.identity.attestations import MOST, Attestation, Attested, UsedStatement
from holdfast.identity.expiring import sweep
from holdfast.identity.principal import Access, Principal
from holdfast.primitives.clock import DAY
from offices import Place
from support import START

OLGA = Principal("olga", "olga", Access({}, ()), address="127.0.0.1")
DESK = "d" * 64


@pytest.fixture
def at() -> Place:
    made = Place()
    attestations.register(made.office, OLGA, "acme", title="ACME", public_key=public_key("acme"), kinds=("kyc", "aml"))
    return made


def claim(**more: Any) -> Claim:
    given = {"account": "alice", "kind": "kyc", "jurisdiction": "DE", "valid_from": START,
             "valid_until": START + DAY, "reference": "ref-1"}  # fmt: skip
    return Claim(**given | more)  # type: ignore[arg-type]


def recorded(at: Place, **more: Any) -> Attestation:
    return attestations.record(at.office, OLGA, "desk", claim(**more))


def statement(key: str | Ed25519PrivateKey = "acme", text: str | None = None, /, **more: Any) -> Signed:
    """A signed statement that attests; `claim` holds changes of its claim."""
    changed = more.pop("claim", {})
    whole = {"format": "holdfast attestation 1", "desk": DESK, "provider": "acme", "id": "s-1", "action": "attest"}
    if more.get("action") != "revoke":
        given = claim(**changed)
        whole["claim"] = {name: getattr(given, name) for name in given.__struct_fields__}  # type: ignore[assignment]
    said = json.dumps(whole | more) if text is None else text
    private = key_of(key) if isinstance(key, str) else key
    return Signed("acme", said, private.sign(message(said)).hex())


def take(at: Place, signed: Signed) -> Attestation | None:
    return attestations.take(at.office, OLGA, signed, DESK)


def refusal(call: Any, *given: Any, **more: Any) -> str:
    """The code of the error that a call raises."""
    with pytest.raises(HoldfastError) as raised:
        call(*given, **more)
    return raised.value.code


def holds(at: Place, kind: str = "kyc", *where: str, account: str = "alice", now: int | None = None) -> bool:
    return attestations.attested(at.office, account, kind, where or ("*",), at.clock.now if now is None else now)


# --- what counts ------------------------------------------------------------------------------------------------------


def test_attested__from_its_first_second_and_up_to_its_last_instant(at: Place) -> None:
    recorded(at, valid_from=START + 10, valid_until=START + 20)
    assert [holds(at, now=START + second) for second in (0, 9, 10, 19, 20, 10**9)] == [
        False, False, True, True, False, False,
    ]  # fmt: skip


def test_attested__without_an_end__until_it_is_revoked(at: Place) -> None:
    made = recorded(at, valid_until=None)
    assert holds(at, now=10**12)
    attestations.revoke(at.office, OLGA, "alice", made.id, "withdrawn")
    assert not holds(at) and not holds(at, now=10**12)
    kept = attestations.of_account(at.office, "alice")[0]
    assert (kept.revoked_by, kept.why) == ("olga", "withdrawn")
    assert refusal(attestations.revoke, at.office, OLGA, "alice", made.id, "again") == "conflict"


@pytest.mark.parametrize(
    ("of", "asked", "found"),
    [("DE", ("*",), True), ("DE", ("DE",), True), ("DE", ("US", "DE"), True), ("DE", ("US",), False),
     ("*", ("US",), True), ("*", ("*",), True)],
)  # fmt: skip
def test_attested__jurisdictions(at: Place, of: str, asked: tuple[str, ...], found: bool) -> None:
    recorded(at, jurisdiction=of)
    assert holds(at, "kyc", *asked) is found


def test_attested__of_another_account_or_kind__does_not_count(at: Place) -> None:
    recorded(at)
    assert holds(at) and not holds(at, account="bob") and not holds(at, "aml")


def test_record__over_or_ending_before_it_begins__malformed(at: Place) -> None:
    assert refusal(recorded, at, valid_until=START) == "malformed"
    assert refusal(recorded, at, valid_from=START + 50, valid_until=START + 50) == "malformed"
    assert attestations.of_account(at.office, "alice") == ()


def test_record__of_a_provider_with_a_key__refused(at: Place) -> None:
    assert refusal(attestations.record, at.office, OLGA, "acme", claim()) == "conflict"


def test_record__more_than_one_account_may_have__refused_and_ended_ones_make_room(at: Place) -> None:
    first = recorded(at)
    for _ in range(MOST - 1):
        recorded(at)
    assert refusal(recorded, at) == "rejected"
    attestations.revoke(at.office, OLGA, "alice", first.id, "room")
    recorded(at)
    kept = attestations.of_account(at.office, "alice")
    assert len(kept) == MOST and first.id not in {one.id for one in kept}


def test_log__names_account_kind_and_end_and_both_servers_agree(at: Place) -> None:
    other = at.beside()
    made = recorded(at)
    other.office.refresh()
    assert attestations.attested(other.office, "alice", "kyc", ("DE",), START)
    entry = [found for found in at.office.log() if found.what == "attestation.recorded"][-1]
    assert (entry.by, entry.about, entry.details["attestation"]) == ("olga", "alice", made.id)
    assert entry.details["valid_until"] == "2026-01-02T00:00:00Z" and entry.details["reference"] == "ref-1"


# --- signed statements ------------------------------------------------------------------------------------------------


def test_statement__signed_by_its_provider__counts_once(at: Place) -> None:
    signed = statement()
    made = take(at, signed)
    assert made is not None and (made.provider, made.statement, made.recorded_by) == ("acme", "s-1", "olga")
    assert holds(at, "kyc", "DE")
    assert refusal(take, at, signed) == "statement_used"
    assert len(attestations.of_account(at.office, "alice")) == 1


def test_statement__replayed_after_it_was_revoked__stays_refused(at: Place) -> None:
    signed = statement()
    made = take(at, signed)
    assert made is not None
    attestations.revoke(at.office, OLGA, "alice", made.id, "wrong person")
    assert refusal(take, at, signed) == "statement_used"
    at.clock.now += DAY  # the note of it is cleared away, and it is over
    assert sweep(at.office) == 1 and at.office.get(UsedStatement, "acme/s-1") is None
    assert refusal(take, at, signed) == "malformed"
    assert not holds(at)


@pytest.mark.parametrize(
    "signed",
    [
        statement("mallory"),
        Signed("acme", statement().statement.replace("DE", "US"), statement().signature),
        Signed("acme", statement().statement, "00" * 64),
        Signed("acme", statement().statement, "00"),
        statement(desk="e" * 64),
        statement(provider="other"),
        statement(claim={"kind": "accredited"}),
        statement("acme", "{}"),
        statement("acme", "no JSON"),
        statement("acme", statement().statement.replace('"id"', '"id": "s-2", "id"')),
        statement(claim={"jurisdiction": "Germany"}),
        statement(claim={"reference": "Alice Miller"}),
        statement(more="fields"),
        statement(format="holdfast attestation 2"),
    ],
    ids=["key", "changed", "zeros", "short", "desk", "provider", "kind", "empty", "text", "double", "where", "name",
         "unknown", "format"],
)  # fmt: skip
def test_statement__that_does_not_hold__refused_and_nothing_kept(at: Place, signed: Signed) -> None:
    before = at.office.head.seq
    assert refusal(take, at, signed) == "bad_statement"
    assert not at.office.all(Attested) and not at.office.all(UsedStatement) and at.office.head.seq == before


def test_statement__of_somebody_unregistered__refused(at: Place) -> None:
    attestations.remove(at.office, OLGA, "acme")
    assert refusal(take, at, statement()) == "unknown_provider"


def test_statement__signed_with_the_key_before__refused(at: Place) -> None:
    attestations.register(at.office, OLGA, "acme", title="ACME", public_key=public_key("new"))
    assert refusal(take, at, statement()) == "bad_statement"
    assert take(at, statement("new")) is not None


def test_statement__that_revokes__ends_what_it_names_or_bars_it(at: Place) -> None:
    take(at, statement())
    assert take(at, statement(action="revoke", id="r-1", revokes="s-1")) is None
    assert not holds(at) and attestations.of_account(at.office, "alice")[0].why == "statement r-1"
    take(at, statement(action="revoke", id="r-2", revokes="s-9"))
    assert refusal(take, at, statement(id="s-9")) == "statement_used"


def test_provider__removed__what_it_attested_stays_unless_it_is_to_end(at: Place) -> None:
    take(at, statement())
    recorded(at, kind="aml")
    assert attestations.remove(at.office, OLGA, "acme") == 0 and holds(at)
    attestations.register(at.office, OLGA, "acme", title="ACME", public_key=public_key("acme"))
    assert attestations.remove(at.office, OLGA, "acme", revoke_all=True) == 1
    assert not holds(at) and holds(at, "aml")


# --- rules ------------------------------------------------------------------------------------------------------------


def guarded(*rules: dict[str, Any]) -> Place:
    """A desk whose policies ask the attestations of its own office."""
    made: list[Place] = []
    made.append(Place(*rules, attested=lambda *asked: attestations.attested(made[0].office, *asked)))
    for name in ("alice", "bob"):
        made[0].person(name, "holder")
    made[0].mint("FLUX", "alice", "1000")
    return made[0]


def sent(at: Place, person: str = "alice", to: str = "bob") -> str:
    receipt = at.send(person, "asset.transfer", asset="FLUX", to=to, amount="1")
    return receipt.error.code if receipt.error else receipt.status


def test_rule__that_requires_an_attestation__until_the_exact_second_of_its_end() -> None:
    wanted = {"of": "counterparty", "kind": "kyc", "jurisdictions": ["DE", "FR"]}
    at = guarded({"name": "known", "action": "allow", "commands": ["asset.transfer"], "attested": [wanted]})
    assert sent(at) == "policy_blocked"
    recorded(at, account="bob", jurisdiction="US")
    assert sent(at) == "policy_blocked"
    recorded(at, account="bob", jurisdiction="FR")
    assert sent(at) == "applied"
    at.clock.now = START + DAY - 1
    assert sent(at) == "applied"
    at.clock.now = START + DAY
    assert sent(at) == "policy_blocked"


def test_rule__that_blocks_where_it_is_lacking() -> None:
    lacking = {"of": "actor", "kind": "sanctions_clear", "lacking": True}
    at = guarded({"name": "all", "action": "allow"}, {"name": "screened", "action": "block", "attested": [lacking]})
    assert sent(at) == "policy_blocked"
    made = recorded(at, kind="sanctions_clear", jurisdiction="*", valid_until=None)
    assert sent(at) == "applied"
    attestations.revoke(at.office, OLGA, "alice", made.id, "listed")
    assert sent(at) == "policy_blocked"
