"""`holdfast policy`: showing, checking, trying one command, and the whole past of a desk."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import Cli
from holdfast import bootstrap
from holdfast.identity.groups import Group
from holdfast.identity.policies import presets
from holdfast.identity.policies.installed import install
from holdfast.identity.policies.rules import convert
from holdfast.identity.records import Person
from holdfast.identity.roles import Grant

POLICY = {
    "rules": [
        {"name": "roles", "action": "allow"},
        {
            "name": "large",
            "action": "require_approvals",
            "per_command": {"above": "100"},
            "commands": ["asset.transfer"],
            "approvals": [{"group": "board"}],
        },
        {"name": "day", "action": "block", "who": ["group:board"], "per_period": {"above": "150", "seconds": 86_400},
         "commands": ["asset.transfer"]},
    ],
    "groups": {"board": ["ann"]},
}  # fmt: skip


def desk(cli: Cli, folder: Path) -> None:
    (folder / "policy.json").write_text(json.dumps(POLICY), "utf-8")
    (folder / "past.jsonl").write_text(
        "".join(
            json.dumps({"at": "2026-01-01T00:00:00Z", **fields}) + "\n"
            for fields in [
                {"actor": "operator", "type": "asset.mint", "asset": "FLUX", "to": "ann", "amount": "1000"},
                *[
                    {"id": f"{person}/{amount}", "actor": "ann", "type": "asset.transfer", "asset": "FLUX", "to": "bob",
                     "amount": amount}
                    for person, amount in [("ann", "90"), ("eve", "101"), ("ann", "61"), ("ann", "10")]
                ],
            ]
        ),
        "utf-8",
    )  # fmt: skip
    assert cli("run", "past.jsonl", "--db", "desk.db", "--json").code == 0


def office(folder: Path) -> None:
    """People, a group and policies beside the desk."""
    opened = bootstrap.open_office("desk.db")
    with opened.write() as t:
        t.put(Person("ann", "Ann", "ann", 0, grants=(Grant("holder"),)), Group("board", ("ann", "ben")))
    install(opened, convert(POLICY), by="olga")
    install(opened, presets.load("open"), by="olga")
    opened.close()


def test_show__a_preset__is_a_file_that_check_takes(cli: Cli, folder: Path) -> None:
    for name in presets.PRESETS:
        (folder / "p.toml").write_text(cli("policy", "show", "--preset", name).out, "utf-8")
        answer = cli("policy", "check", "p.toml", "--json")
        assert answer.code == 0
        assert answer.document["denied"] == []
        assert cli("policy", "show", "--preset", name, "--json").document == answer.document["policies"]
    assert cli("policy", "show", "--preset", "none").code == 2


def test_show__what_is_in_force_and_what_was(cli: Cli, folder: Path) -> None:
    desk(cli, folder)
    assert cli("policy", "show", "--db", "desk.db").code == 4
    office(folder)
    assert "Version 2, by olga at 20" in cli("policy", "show", "--db", "desk.db").out
    first = cli("policy", "show", "--db", "desk.db", "--version", "1", "--json").document
    assert [rule["name"] for rule in first["rules"]] == ["roles", "large", "day"]
    missing = cli("policy", "show", "--db", "desk.db", "--version", "9")
    assert (missing.code, "of version 9" in missing.err) == (4, True)


def test_check__names_rule_and_field(cli: Cli, folder: Path) -> None:
    (folder / "p.toml").write_text('[[rules]]\nname = "a"\naction = "alow"\n', "utf-8")
    answer = cli("policy", "check", "p.toml", "--json")
    assert answer.code == 2
    assert answer.document["error"]["details"] == {
        "field": "rules[0].action", "reason": "not_one_of", "one_of": "allow, block, require_approvals",
        "file": "p.toml",
    }  # fmt: skip
    assert "p.toml: rule 1 ('a'): action: Invalid enum value 'alow'; write allow, block" in answer.err
    assert cli("policy", "check", "nowhere.toml").code == 2


def test_check__tells_what_is_denied(cli: Cli, folder: Path) -> None:
    (folder / "p.toml").write_text('[[rules]]\nname = "a"\naction = "allow"\ncommands = ["asset.*"]\n', "utf-8")
    assert "so they are denied: faucet.drip, validator.register" in cli("policy", "check", "p.toml").out
    (folder / "p.toml").write_text("", "utf-8")
    assert "No rule: everything is denied." in cli("policy", "check", "p.toml").out


def simulated(cli: Cli, amount: str, *more: str) -> dict[str, object]:
    command = {"actor": "ann", "type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": amount}
    answer = cli("policy", "simulate", json.dumps(command), "--db", "desk.db", "--json", *more)
    assert answer.code == 0, answer.err
    found: dict[str, object] = answer.document
    return found


def test_simulate__a_file__knows_roles_groups_and_sums(cli: Cli, folder: Path) -> None:
    desk(cli, folder)
    own = ("--policy", "policy.json")
    assert simulated(cli, "100", *own)["decision"] == {
        "action": "allow", "rules": ["roles"], "approvals": {}, "reasons": [],
    }  # fmt: skip
    assert simulated(cli, "101", *own)["amount"] == "101"
    assert simulated(cli, "151", *own)["decision"]["action"] == "block"  # type: ignore[index]
    assert simulated(cli, "151", *own, "--as", "eve")["decision"]["action"] == "require_approvals"  # type: ignore[index]
    assert simulated(cli, "151", *own, "--as", "eve", "--group", "board")["decision"]["rules"] == ["day"]  # type: ignore[index]
    assert simulated(cli, "5000", *own)["refused"] == "insufficient_balance"


def test_simulate__without_a_file__takes_what_is_in_force(cli: Cli, folder: Path) -> None:
    desk(cli, folder)
    command = '{"actor": "ann", "type": "asset.burn", "asset": "FLUX", "amount": "1"}'
    assert cli("policy", "simulate", command, "--db", "desk.db").code == 2
    office(folder)
    assert "asset.burn by ann, 1 FLUX: allowed" in cli("policy", "simulate", command, "--db", "desk.db").out
    assert cli("policy", "simulate", "[]", "--db", "desk.db").code == 2
    assert cli("policy", "simulate", '{"actor": 5, "type": "asset.burn"}', "--db", "desk.db").code == 2


def test_back_test__counts_lists_and_pages(cli: Cli, folder: Path) -> None:
    desk(cli, folder)
    report = cli("policy", "back-test", "policy.json", "--db", "desk.db", "--json").document
    assert (report["records"], report["allowed"], report["need_approval"], report["blocked"]) == (5, 2, 1, 2)
    assert [(one["person"], one["amount"], one["decision"]) for one in report["differences"]] == [
        ("eve", "101", "require_approvals"),
        ("ann", "61", "block"),
        ("ann", "10", "block"),
    ]
    shown = cli("policy", "back-test", "policy.json", "--db", "desk.db", "--limit", "1").out
    assert "5 commands: 2 allowed, 1 need approval, 2 blocked. 3 of 5 that were applied would differ." in shown
    assert "needs 1 of board" in shown and "More: --after 3" in shown
    rest = cli("policy", "back-test", "policy.json", "--db", "desk.db", "--after", "3").out
    assert rest.count("blocked by day") == 2 and "More:" not in rest


def test_back_test__with_an_office__asks_its_people(cli: Cli, folder: Path) -> None:
    """The office knows ann and ben; eve, who is unknown to it, has only rules for everybody."""
    desk(cli, folder)
    office(folder)
    assert cli("policy", "back-test", "--db", "desk.db", "--json").document["differing"] == 0
    (folder / "p.json").write_text(json.dumps({"rules": [{"name": "a", "action": "allow", "who": ["role:holder"]}]}))
    report = cli("policy", "back-test", "p.json", "--db", "desk.db", "--json").document
    assert [(one["person"], one["type"]) for one in report["differences"]] == [
        ("operator", "asset.mint"),
        ("eve", "asset.transfer"),
    ]
