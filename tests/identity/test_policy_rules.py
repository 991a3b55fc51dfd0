"""What rules come to: the decision table, thresholds, counterparties, approvals, and the strict reading of files."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Malformed
from holdfast.identity.policies import presets
from holdfast.identity.policies.approvals import missing
from holdfast.identity.policies.evaluate import (
    Asker,
    CompiledPolicies,
    Decision,
    Surroundings,
    asker,
    evaluate,
    matching,
    scaled,
)
from holdfast.identity.policies.facts import Facts
from holdfast.identity.policies.rules import Policies, convert, read
from holdfast.identity.policies.simulate import why_not

ALICE = asker("alice", roles=["holder"], groups=["traders"])
TRANSFER = Facts("asset.transfer", "alice", "FLUX", 8, 500 * 10**8, ("bob",))

ALLOW: dict[str, Any] = {"name": "all", "action": "allow"}


def rule(name: str, action: str, **fields: Any) -> dict[str, Any]:
    if action == "require_approvals":
        fields.setdefault("approvals", [{"group": "board"}])
    return {"name": name, "action": action, **fields}


def policies(*rules: dict[str, Any]) -> CompiledPolicies:
    return CompiledPolicies(convert({"rules": list(rules)}))


def decision(*rules: dict[str, Any], facts: Facts = TRANSFER, who: Asker = ALICE, **around: Any) -> Decision:
    return evaluate(policies(*rules), facts, who, Surroundings(**around), 1_000)


def action(*rules: dict[str, Any], **given: Any) -> str:
    return decision(*rules, **given).action


# --- the table ------------------------------------------------------------------------------------------------------


def test_nothing__is_denied() -> None:
    assert decision() == Decision("block", reasons=("no rule allows it",))


def test_no_rule_that_matches__is_denied() -> None:
    assert action(rule("vaults", "allow", commands=["vault.*"])) == "block"


def test_allow__allows_and_is_named() -> None:
    assert decision(ALLOW) == Decision("allow", ("all",))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_block__wins_in_any_order(order: tuple[int, ...]) -> None:
    rules = [ALLOW, rule("stop", "block"), rule("ask", "require_approvals")]
    found = decision(*(rules[at] for at in order))
    assert (found.action, found.rules, found.approvals) == ("block", ("stop",), {})
    assert found.reasons == ("'stop' blocks it",)


def test_require_approvals__goes_before_allow() -> None:
    assert decision(ALLOW, rule("ask", "require_approvals")).approvals == {"board": 1}


def test_require_approvals__permits_without_an_allow() -> None:
    assert action(rule("ask", "require_approvals")) == "require_approvals"


def test_approvals__add_up_over_groups_and_take_the_largest_of_one_group() -> None:
    found = decision(
        rule("a", "require_approvals", approvals=[{"group": "board", "count": 2}]),
        rule("b", "require_approvals", approvals=[{"group": "board"}, {"group": "risk"}]),
        rule("c", "require_approvals", approvals=[{"group": "risk", "count": 3}], commands=["vault.*"]),
    )
    assert found.approvals == {"board": 2, "risk": 1}
    assert found.rules == ("a", "b")


# --- conditions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({"who": ["alice"]}, True),
        ({"who": ["bob"]}, False),
        ({"who": ["group:traders"]}, True),
        ({"who": ["group:board", "role:holder"]}, True),
        ({"who": ["role:operator"]}, False),
        ({"commands": ["asset.*"]}, True),
        ({"commands": ["asset.transfer_from"]}, False),
        ({"accounts": ["alice"]}, True),
        ({"accounts": ["operator"]}, False),
        ({"assets": ["FLUX", "VG"]}, True),
        ({"assets": ["VG"]}, False),
        ({"counterparties": ["bob"]}, True),
        ({"counterparties": ["carol"]}, False),
        ({"per_command": {"above": "499.99999999"}}, True),
        ({"per_command": {"above": "500"}}, False),
        ({"per_command": {"up_to": "500"}}, True),
        ({"per_command": {"up_to": "499.99999999"}}, False),
        ({"per_command": {"above": "100", "up_to": "1000"}}, True),
        ({"who": ["alice"], "assets": ["VG"]}, False),
    ],
)
@pytest.mark.parametrize("kind", ["allow", "block", "require_approvals"])
def test_condition(fields: dict[str, Any], matches: bool, kind: str) -> None:
    found = decision(rule("one", kind, **fields))
    assert found.rules == (("one",) if matches else ())
    assert found.action == (kind if matches else "block")


def test_a_number_of_digits_beyond_the_assets__bounds_exactly() -> None:
    whole = msgspec.structs.replace(TRANSFER, decimals=0, amount=1)
    assert action(rule("one", "allow", per_command={"above": "0.5"}), facts=whole) == "allow"
    assert action(rule("one", "allow", per_command={"up_to": "0.9"}), facts=whole) == "block"
    assert [scaled("12.345", decimals) for decimals in (0, 2, 3, 6)] == [12, 1234, 12345, 12345000]


def test_amount_conditions__are_silent_where_a_command_has_no_amount() -> None:
    role = Facts("role.grant", "operator", counterparties=("bob",))
    for kind in ("allow", "block", "require_approvals"):
        for limits in ({"above": "0"}, {"up_to": "1000000"}):
            assert decision(rule("one", kind, per_command=limits), facts=role).rules == ()


def test_an_amount_that_cannot_be_told__restricts_and_never_allows() -> None:
    odd = msgspec.structs.replace(TRANSFER, amount=None, unknown=True)
    for limits in ({"above": "1000"}, {"up_to": "1"}):
        period = {**limits, "seconds": 60}
        for fields in ({"per_command": limits}, {"per_period": period}):
            assert action(rule("one", "allow", **fields), facts=odd) == "block"
            assert decision(rule("one", "block", **fields), facts=odd).rules == ("one",)
            assert action(rule("one", "require_approvals", **fields), facts=odd) == "require_approvals"


@pytest.mark.parametrize(
    ("kind", "accounts", "matches"),
    [
        ("allow", ("bob", "carol"), True),
        ("allow", ("bob", "mallory"), False),
        ("allow", (), False),
        ("block", ("mallory", "dave"), False),
        ("block", ("mallory", "bob"), True),
        ("block", (), False),
        ("require_approvals", ("mallory", "bob"), True),
    ],
)
def test_counterparties__allow_needs_all_and_restrict_any(kind: str, accounts: tuple[str, ...], matches: bool) -> None:
    facts = msgspec.structs.replace(TRANSFER, counterparties=accounts)
    found = decision(rule("one", kind, counterparties=["bob", "carol"]), facts=facts)
    assert (found.rules == ("one",)) is matches


def test_address_book__is_asked_for_account_asset_and_second() -> None:
    asked: list[tuple[str, str, int]] = []

    def in_book(account: str, asset: str, now: int) -> bool:
        asked.append((account, asset, now))
        return account == "bob"

    one = rule("book", "allow", counterparties=["address_book"])
    assert action(one, in_book=in_book) == "allow"
    assert asked == [("bob", "FLUX", 1_000)]
    elsewhere = msgspec.structs.replace(TRANSFER, counterparties=("bob", "carol"))
    assert action(one, in_book=in_book, facts=elsewhere) == "block"
    assert action(
        rule("book", "allow", counterparties=["address_book", "carol"]), in_book=in_book, facts=elsewhere
    ) == ("allow")


def test_attestations__are_asked_and_may_be_wanted_missing() -> None:
    def attested(account: str, kind: str, jurisdictions: tuple[str, ...], now: int) -> bool:
        return (account, kind) == ("bob", "kyc") and "CH" in jurisdictions and now == 1_000

    def wants(of: str, **fields: Any) -> dict[str, Any]:
        return {"attested": [{"of": of, "kind": "kyc", "jurisdictions": ["CH"], **fields}]}

    assert action(rule("one", "allow", **wants("counterparty")), attested=attested) == "allow"
    assert action(rule("one", "allow", **wants("actor")), attested=attested) == "block"
    assert action(rule("one", "allow", **wants("counterparty", jurisdictions=["US"])), attested=attested) == "block"
    stop = rule("stop", "block", **wants("counterparty", lacking=True))
    assert action(ALLOW, stop, attested=attested) == "allow"
    two = msgspec.structs.replace(TRANSFER, counterparties=("bob", "carol"))
    assert action(ALLOW, stop, attested=attested, facts=two) == "block"


def test_period__adds_what_was_used_and_says_of_whom() -> None:
    asked: list[tuple[str, str, int]] = []

    def used(rule: Any, facts: Facts, person: str, now: int) -> int:
        asked.append((rule.name, person, now))
        return 600 * 10**8

    limits = {"seconds": 86_400, "up_to": "1100"}
    assert action(rule("day", "allow", per_period=limits), used=used) == "allow"
    assert asked == [("day", "alice", 1_000)]
    assert action(rule("day", "allow", per_period={**limits, "up_to": "1099.99999999"}), used=used) == "block"
    assert action(ALLOW, rule("day", "block", per_period={"seconds": 1, "above": "1100"}), used=used) == "allow"
    assert action(ALLOW, rule("day", "block", per_period={"seconds": 1, "above": "1099"}), used=used) == "block"


# --- properties -----------------------------------------------------------------------------------------------------

people = st.sampled_from(["alice", "bob", "group:traders", "role:operator", "*"])
amounts = st.sampled_from(["0", "0.5", "10", "499.9", "500", "1000"])
limits = st.one_of(
    st.builds(lambda a: {"above": a}, amounts),
    st.builds(lambda a: {"up_to": a}, amounts),
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "who": st.lists(people, min_size=1, max_size=2),
        "commands": st.sampled_from([["asset.*"], ["vault.*"], ["*.transfer"], ["*"]]),
        "accounts": st.sampled_from([["alice"], ["operator"], ["*"]]),
        "assets": st.sampled_from([["FLUX"], ["VG", "FLUX"], ["*"]]),
        "counterparties": st.sampled_from([["bob"], ["address_book"], ["carol", "address_book"], ["*"]]),
        "per_command": limits,
        "per_period": st.builds(lambda own: {**own, "seconds": 60}, limits),
        "attested": st.sampled_from(
            [
                [{"of": "counterparty", "kind": "kyc"}],
                [{"of": "actor", "kind": "kyc", "lacking": True}],
                [{"of": "counterparty", "kind": "kyc", "lacking": True}],
            ]
        ),
    },
)
approvals = st.lists(
    st.builds(lambda group, count: {"group": group, "count": count}, st.sampled_from("ab"), st.integers(1, 3)),
    min_size=1, max_size=2, unique_by=lambda need: need["group"],
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn, actions: tuple[str, ...] = ("allow", "block", "require_approvals")) -> dict[str, Any]:
    kind = draw(st.sampled_from(actions))
    more = {"approvals": draw(approvals)} if kind == "require_approvals" else {}
    return {"name": f"r{draw(st.integers(0, 10**9))}", "action": kind, **draw(conditions), **more}


commands = st.builds(
    Facts,
    st.sampled_from(["asset.transfer", "vault.deposit", "role.grant"]),
    st.sampled_from(["alice", "operator"]),
    st.sampled_from(["FLUX", "VG", ""]),
    st.just(8),
    st.one_of(st.none(), st.sampled_from([0, 10 * 10**8, 500 * 10**8, 501 * 10**8])),
    st.lists(st.sampled_from(["bob", "carol"]), max_size=2, unique=True).map(tuple),
    st.booleans(),
).map(lambda facts: msgspec.structs.replace(facts, unknown=facts.unknown and facts.amount is None))
askers = st.sampled_from([ALICE, asker("bob", roles=["operator"]), asker("carol")])
around = st.builds(
    lambda book, kyc, used: Surroundings(
        lambda account, asset, now: account in book,
        lambda account, kind, jurisdictions, now: account in kyc,
        lambda rule, facts, person, now: used,
    ),
    st.sets(st.sampled_from(["bob", "carol"])),
    st.sets(st.sampled_from(["alice", "bob"])),
    st.sampled_from([0, 1, 500 * 10**8]),
)
STRICTNESS = {"allow": 0, "require_approvals": 1, "block": 2}


def distinct(own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**found, "name": str(number)} for number, found in enumerate(own)]


@given(st.lists(rules(), max_size=6), rules(("block",)), st.integers(0, 6), commands, askers, around)
def test_adding_a_block__never_allows_more(
    own: list[dict[str, Any]], more: dict[str, Any], at: int, facts: Facts, who: Asker, near: Surroundings
) -> None:
    before = evaluate(policies(*distinct(own)), facts, who, near, 5)
    after = evaluate(policies(*distinct([*own[:at], more, *own[at:]])), facts, who, near, 5)
    assert STRICTNESS[after.action] >= STRICTNESS[before.action]
    assert after.action == "block" or after.approvals == before.approvals


@given(st.lists(rules(), max_size=6), rules(("require_approvals",)), commands, askers, around)
def test_adding_approvals__never_lets_what_passed_pass_with_less(
    own: list[dict[str, Any]], more: dict[str, Any], facts: Facts, who: Asker, near: Surroundings
) -> None:
    before = evaluate(policies(*distinct(own)), facts, who, near, 5)
    after = evaluate(policies(*distinct([*own, more])), facts, who, near, 5)
    assert before.rules == () or STRICTNESS[after.action] >= STRICTNESS[before.action]
    assert all(after.approvals.get(group, 0) >= count for group, count in before.approvals.items())


@given(st.lists(rules(), max_size=6), st.randoms(), commands, askers, around)
def test_order__changes_no_decision(
    own: list[dict[str, Any]], random: Any, facts: Facts, who: Asker, near: Surroundings
) -> None:
    named = distinct(own)
    before = evaluate(policies(*named), facts, who, near, 5)
    random.shuffle(named)
    after = evaluate(policies(*named), facts, who, near, 5)
    assert (after.action, after.approvals, set(after.rules)) == (before.action, before.approvals, set(before.rules))


@given(st.lists(rules(), max_size=6), commands, askers, around)
def test_the_explanation__agrees_with_the_decision(
    own: list[dict[str, Any]], facts: Facts, who: Asker, near: Surroundings
) -> None:
    compiled = policies(*distinct(own))
    explained = [rule for rule in compiled.rules if not why_not(rule, facts, who, near, 5)]
    assert explained == matching(compiled, facts, who, near, 5)


# --- enough approvals -----------------------------------------------------------------------------------------------


def brute_force(needs: dict[str, int], people: set[str], members: dict[str, set[str]]) -> int:
    """The most places that different people can fill, by trying every way."""
    places = [group for group, count in needs.items() for _ in range(count)]
    best = 0
    for seated in permutations([*people, *[None] * len(places)], len(places)):
        best = max(best, sum(p is not None and p in members[g] for p, g in zip(seated, places, strict=True)))
    return best


@given(
    st.dictionaries(st.sampled_from("xy"), st.integers(1, 2), min_size=1),
    st.sets(st.sampled_from("pqr")),
    st.fixed_dictionaries({"x": st.sets(st.sampled_from("pqr")), "y": st.sets(st.sampled_from("pqr"))}),
)
def test_missing__is_what_no_seating_of_different_people_fills(
    needs: dict[str, int], people: set[str], members: dict[str, set[str]]
) -> None:
    lacking = missing(needs, people, lambda group, person: person in members[group])
    assert sum(needs.values()) - sum(lacking.values()) == brute_force(needs, people, members)


def test_one_person_in_two_groups__counts_once() -> None:
    members = {"board": {"ann", "ben"}, "risk": {"ann"}}

    def is_member(group: str, person: str) -> bool:
        return person in members[group]

    needs = {"board": 1, "risk": 1}
    assert sum(missing(needs, ["ann"], is_member).values()) == 1
    assert missing(needs, ["ann", "ben"], is_member) == {}
    assert missing(needs, ["ann", "ann"], is_member) != {}


# --- files ----------------------------------------------------------------------------------------------------------

BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"rules": [{"name": "a"}]}, "rules[0]", "rule 1 ('a'): Object missing required field `action`."),
    ({"rules": [{"action": "allow"}]}, "rules[0]", "rule 1: Object missing required field `name`."),
    ({"rules": [{**ALLOW, "action": "permit"}]}, "rules[0].action", "rule 1 ('all'): action: Invalid enum value"),
    ({"rules": [{**ALLOW, "asset": "FLUX"}]}, "rules[0]", "unknown field `asset`"),
    ({"rules": [ALLOW, ALLOW]}, "rules[1].name", "rule 2 ('all'): name: another rule has this name."),
    ({"rules": [{**ALLOW, "commands": ["asset.teleport"]}]}, "rules[0].commands", "'asset.teleport' fits no command"),
    ({"rules": [{**ALLOW, "who": ["role:king"]}]}, "rules[0].who", "there is no role 'king'"),
    ({"rules": [{**ALLOW, "who": ["team:x"]}]}, "rules[0].who", "'team:x': write a name, group:NAME, role:NAME or *"),
    ({"rules": [{**ALLOW, "who": []}]}, "rules[0].who", "length >= 1"),
    ({"rules": [{**ALLOW, "accounts": ["@vault:FLUX"]}]}, "rules[0].accounts", "'@vault:FLUX' is no account"),
    ({"rules": [{**ALLOW, "accounts": ["address_book"]}]}, "rules[0].accounts", "is for counterparties"),
    ({"rules": [{**ALLOW, "per_command": {}}]}, "rules[0].per_command", "state above or up_to, or both."),
    ({"rules": [{**ALLOW, "per_command": {"above": 5}}]}, "rules[0].per_command.above", "Expected `str`, got `int`"),
    ({"rules": [{**ALLOW, "per_command": {"above": "1e3"}}]}, "rules[0].per_command.above", "per_command.above:"),
    (
        {"rules": [{**ALLOW, "per_command": {"above": "10", "up_to": "9.5"}}]},
        "rules[0].per_command",
        "nothing is above",
    ),
    (
        {"rules": [{**ALLOW, "per_command": {"above": "10", "up_to": "10.0"}}]},
        "rules[0].per_command",
        "nothing is above",
    ),
    ({"rules": [{**ALLOW, "per_period": {"above": "1"}}]}, "rules[0].per_period", "missing required field `seconds`"),
    ({"rules": [{**ALLOW, "approvals": [{"group": "a"}]}]}, "rules[0].approvals", "only require_approvals takes them"),
    ({"rules": [{**ALLOW, "action": "require_approvals"}]}, "rules[0].approvals", "state who must approve"),
    (
        {"rules": [rule("a", "require_approvals", approvals=[{"group": "b"}, {"group": "b"}])]},
        "rules[0].approvals",
        "group 'b' is named twice",
    ),
    (
        {"rules": [rule("a", "require_approvals")], "groups": {"risk": []}},
        "rules[0].approvals",
        "there is no group 'board'",
    ),
    ({"rules": [{**ALLOW, "who": ["group:x"]}], "groups": {"y": []}}, "rules[0].who", "there is no group 'x'"),
    ({"rules": [], "groups": {"x": ["@a"]}}, "groups.x", "'@a' is no person's name"),
    ({"rules": "all"}, "rules", "rules: write a list of tables"),
    ({"rule": []}, "rules", "unknown field `rule`"),
    ({"tolerance_bps": 10_001}, "tolerance_bps", "tolerance_bps: Expected `int` <= 10000."),
]


@pytest.mark.parametrize(("document", "field", "said"), BAD, ids=[said[:40] for _, _, said in BAD])
def test_what_does_not_fit__is_named_by_rule_and_field(document: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        convert(document)
    assert said in refused.value.message
    assert refused.value.details["field"] == field


def test_all_problems__are_told_at_once() -> None:
    with pytest.raises(Malformed) as refused:
        convert({"rules": [{"name": "a"}, {**ALLOW, "asset": "x"}], "cooling_seconds": -1})
    assert [line.strip()[:8] for line in refused.value.message.splitlines()] == ["", "rule 1 (", "rule 2 (", "cooling_"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "p: not UTF-8 text"),
        (b"rules = ", "p: not TOML"),
        (b'{"rules": [], "rules": []}', "p: rules: given twice"),
        (b'{"rules": [NaN]}', "p: not JSON"),
        (b"[]", "p: "),
        (
            b'[[rules]]\nname = "a"\naction = "allow"\nwhom = ["x"]',
            "p: rule 1 ('a'): Object contains unknown field `whom`",
        ),
    ],
)
def test_an_unusable_file__is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(data, "p")
    assert refused.value.message.startswith(said)
    assert refused.value.details["file"] == "p"


def test_toml_and_json__say_the_same() -> None:
    text = '[[rules]]\nname = "a"\naction = "block"\nper_command = { above = "5" }\n'
    document = {"rules": [rule("a", "block", per_command={"above": "5"})]}
    assert read(text.encode(), "a.toml") == read(msgspec.json.encode(document), "a.json") == convert(document)


def test_policies__survive_being_kept() -> None:
    for name in presets.PRESETS:
        found = presets.load(name)
        assert msgspec.json.decode(msgspec.json.encode(found), type=Policies) == found


# --- presets --------------------------------------------------------------------------------------------------------


def test_open__lets_roles_decide() -> None:
    assert evaluate(CompiledPolicies(presets.load("open")), TRANSFER, asker("whoever")).action == "allow"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (TRANSFER, "allow"),
        (Facts("asset.transfer", "operator", "FLUX", 8, 1_000 * 10**8, ("bob",)), "allow"),
        (Facts("asset.transfer", "operator", "FLUX", 8, 1_000 * 10**8 + 1, ("bob",)), "require_approvals"),
        (Facts("treasury.spend", "operator", "VG", 9, 1_001 * 10**9, ("bob",)), "require_approvals"),
        (Facts("vault.deposit", "alice", "FLUX", 8, 9_000 * 10**8), "allow"),
        (Facts("role.grant", "operator", counterparties=("bob",)), "require_approvals"),
        (Facts("vault.pause", "operator", "FLUX", 8), "allow"),
        (Facts("vault.unpause", "operator", "FLUX", 8), "require_approvals"),
        (Facts("network.end_era", "oracle", "CSPR", 9, 10**15), "allow"),
    ],
)
def test_four_eyes__asks_for_large_payments_of_the_desk_and_governance(facts: Facts, expected: str) -> None:
    found = evaluate(CompiledPolicies(presets.load("four_eyes")), facts, asker("olga", roles=["operator"]))
    assert found.action == expected
    assert found.approvals == ({"approvers": 1} if expected == "require_approvals" else {})


def test_an_unknown_preset__is_refused() -> None:
    with pytest.raises(Malformed, match="there are open, four_eyes"):
        presets.load("../open")
