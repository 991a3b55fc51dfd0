"""The desk file: what it sets, and how it says what does not fit."""

from __future__ import annotations

import pytest

from holdfast.bootstrap import Settings, database_path, settings
from holdfast.engine.genesis import STANDARD_ASSETS, Genesis
from holdfast.errors import ERRORS, Conflict, Malformed, NotAuthorized, NotFound, Refusal
from holdfast.wire import desk_template
from holdfast.wire.desk_file import load
from holdfast.wire.problems import exit_code, from_os_error, lines, problem_object, remedy


def desk(text: str) -> Genesis:
    return load(text.encode(), "desk.toml")


def test_desk_file__empty__is_the_standard_desk():
    assert desk("") == Genesis()


def test_template__is_the_standard_desk_and_names_every_default():
    text = desk_template.standard()
    assert desk(text) == Genesis()
    assert desk(text.replace("unbonding_eras = 7", "unbonding_eras = 8")).parameters.leverage.unbonding_eras == 8
    assert all(len(line) <= 120 for line in text.splitlines())


def test_desk_file__asset_of_a_standard_code__overrides_what_it_states():
    vg = {asset.code: asset for asset in desk('[[assets]]\ncode = "VG"\ntransfer_tax_bps = 0\n').assets}["VG"]
    assert (vg.decimals, vg.range, vg.transfer_tax_bps) == (9, "u64", 0)


def test_desk_file__standard_assets_false__leaves_only_those_listed():
    text = '[desk]\nstandard_assets = false\n[[assets]]\ncode = "TOK"\ndecimals = 2\n'
    assert [asset.code for asset in desk(text).assets] == ["TOK"]
    assert len(desk(text.replace("false", "true")).assets) == len(STANDARD_ASSETS) + 1


def test_desk_file__roles_and_tiers():
    found = desk(
        '[roles]\noperator = ["a", "b"]\noracle = []\n[[fee_keys.tiers]]\n'
        'name = "one"\nlocked_lp_from = 0\nmultiplier_bps = 10_000\n'
    )
    assert found.roles == {"operator": ("a", "b"), "oracle": (), "keeper": ("keeper",)}
    assert [tier.name for tier in found.parameters.fee_keys.tiers] == ["one"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[term]\nbase_days = 0\n", "line 2: [term] base_days = 0: write a whole number, 1 to 36,500"),
        ("[term]\nbase_days = 1.0\n", "line 2: [term] base_days = 1.0: write a whole number"),
        (
            "[term]\nminimum_stake = 100\n",
            "line 2: [term] minimum_stake = 100: write an amount in whole tokens, as text",
        ),
        ('[term]\n\nperiod_rounding = "down"\n', 'line 3: [term] period_rounding = "down": write "up" or "nearest"'),
        ("[term]\nkeeper_unstakes = 1\n", "write true or false"),
        ("[leverage]\nmax = 1\n", "line 2: [leverage] has no key max; it takes asset, debt_asset, maximum_leverage"),
        ("term = 1\n", "line 1: term is a table: write [term]"),
        ('[desk]\nname = ""\n', "write text in quotes, 1 to 100 characters"),
        ("[assets]\n", "line 1: assets is a list of tables: write [[assets]]"),
        ("assets = [1]\n", "[[assets]]"),
        ('[[assets]]\ncode = "NEW"\n', "[[assets]] of NEW lacks decimals"),
        ("[[assets]]\ndecimals = 2\n", "[[assets]] lacks code"),
        ('[[assets]]\ncode = "VG"\n[[assets]]\ncode = "VG"\n', "the asset VG is given twice"),
        ('[[assets]]\ncode = "a b"\ndecimals = 1\n', "an asset's code in quotes"),
        ('[roles]\nking = ["a"]\n', "line 2: there is no role king; [roles] takes operator, oracle, keeper"),
        ('[roles]\noperator = "a"\n', '[roles] operator: write a list of accounts, like operator = ["alice", "bob"]'),
        ("[roles]\noperator = []\n", "at least one operator"),
        ("[fee_keys]\ntiers = []\n", "at least one [[fee_keys.tiers]]"),
        ('[[fee_keys.tiers]]\nname = "a"\n', "[[fee_keys.tiers]] lacks locked_lp_from, multiplier_bps"),
        ("[tax]\nfee_keys_bps = 9000\n", "together are more than 10,000"),
        ("[term]\n[term]\n", "not TOML"),
    ],
)
def test_desk_file__misfit__is_named_with_what_is_allowed(text, said):
    with pytest.raises(Malformed) as error:
        desk(text)
    assert error.value.message.startswith("desk.toml")
    assert said in error.value.message


def test_desk_file__several_misfits__are_all_named():
    with pytest.raises(Malformed) as error:
        desk("[term]\nbase_days = 0\nminimum_days = 0\n[vaults]\n")
    assert [word in error.value.message for word in ("base_days", "minimum_days", "[vaults]")] == [True] * 3


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("desk.db", "desk.db"),
        ("sqlite:desk.db", "desk.db"),
        ("sqlite:/var/desk.db", "/var/desk.db"),
        ("sqlite:///var/desk.db", "/var/desk.db"),
        ("folder/de:sk.db", "folder/de:sk.db"),
    ],
)
def test_database_path__forms(url, path):
    assert database_path(url) == path


def test_database_path__host_that_no_file_has__is_refused_with_both_ways_to_mean_it():
    with pytest.raises(Malformed, match=r"write sqlite:desk\.db or sqlite:///desk\.db"):
        database_path("sqlite://desk.db")


def test_settings__environment__or_the_default():
    assert settings({}) == Settings(db="holdfast.db")
    assert settings({"HOLDFAST_DB": "x.db"}).db == "x.db"


def test_exit_code__every_error__has_that_of_its_class():
    assert {exit_code(code) for code in ERRORS} == {2, 3, 4, 5, 6, 70, 75}
    for code, kind in ERRORS.items():
        assert exit_code(code) == kind.exit_code
    assert (NotAuthorized.exit_code, NotFound.exit_code, Conflict.exit_code) == (3, 4, 5)


def test_problem__object_and_lines():
    error = ERRORS["not_matured"]("vg-1 unlocks later.", stake="vg-1")
    assert problem_object(error) == {
        "code": "not_matured", "message": "vg-1 unlocks later.", "details": {"stake": "vg-1"},
    }  # fmt: skip
    assert lines(error)[0] == "holdfast: vg-1 unlocks later. (not_matured)"
    assert all("  " not in remedy(code) for code, kind in ERRORS.items() if issubclass(kind, Refusal))


def test_os_error__full_disk__may_pass_and_a_wrong_name_may_not():
    assert from_os_error(OSError(28, "No space left", "x")).exit_code == 75
    assert from_os_error(FileNotFoundError(2, "No such file", "x")).exit_code == 2
