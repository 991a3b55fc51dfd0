"""Proofs of liabilities: what is owed to whom, roots of a day, and proofs that hold for one root and one holder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attesting import network, resource, signed, started
from engine.journals import story, tell, told
from holdfast.engine import genesis
from holdfast.engine.journal import Head
from holdfast.engine.service import Service
from holdfast.entrypoints import check_inclusion
from holdfast.errors import Corrupt, Malformed, NotFound, UnknownAsset
from holdfast.ledger import chart
from holdfast.views import liabilities
from holdfast.views.liabilities import DailyRoots, DayProofs, Inclusion, daily_roots, inclusion, problem
from holdfast.views.owed import DESK, owed
from support import DAY, START, Desk

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_inclusion.py"
SECRET = b"s" * 32


def proofs(service: Service, secret: bytes = SECRET, day: str = "2026-03-02") -> DayProofs:
    return DayProofs(service.state, genesis.root(service.store.genesis() or b""), service.head, secret, day)


@pytest.fixture(scope="module")
def whole_story() -> Service:
    return told(commands=story()[:33])


@pytest.fixture(scope="module")
def day(whole_story: Service) -> DayProofs:
    return proofs(whole_story)


# --- what is owed -----------------------------------------------------------------------------------------------------


def test_owed__at_every_record__adds_up_to_the_supply() -> None:
    service = told(commands=[])
    for submission in story():
        service.submit(*submission)
        for asset, accounts in owed(service.state).items():
            total = sum(sum(parts.values()) for parts in accounts.values())
            assert total == service.state.book.supply(asset)


def test_owed__vault_and_queue__shares_to_holders_assets_set_aside_to_who_may_claim(desk: Desk) -> None:
    desk.vault(("alice", "100"), ("bob", "50"))
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="30", receiver="zoe")
    desk.ok("vault.request_redeem", "bob", vault="FLUX", shares="5")
    found = owed(desk.state)
    assert found["vFLUX"]["alice"] == {"balance": 70 * 10**8, "exits": 30 * 10**8}
    assert found["FLUX"] == {DESK: {"balance": 150 * 10**8}}
    desk.ok("vault.cancel_redeem", "bob", request="exit-2")
    desk.ok("vault.settle", "keeper", vault="FLUX")
    found = owed(desk.state)
    assert found["vFLUX"]["alice"] == {"balance": 70 * 10**8}
    assert found["vFLUX"]["bob"] == {"balance": 50 * 10**8}
    assert found["FLUX"] == {"alice": {"exits": 30 * 10**8}, DESK: {"balance": 120 * 10**8}}
    desk.ok("vault.claim", "alice", request="exit-1")
    assert owed(desk.state)["FLUX"] == {"zoe": {"balance": 30 * 10**8}, DESK: {"balance": 120 * 10**8}}


def test_owed__stakes_boosters_and_keys(desk: Desk) -> None:
    desk.ok("fee_key.issue", "operator", to="dora", locked_lp=2_000)
    desk.mint("VC", "alice", "1000000")
    desk.mint("VG", "alice", "20000")
    desk.ok("booster.stake", "alice")
    desk.ok("term.stake", "alice", amount="15000", booster="booster-1")
    found = owed(desk.state)
    assert found["VG"]["alice"]["term_stakes"] == 15_000 * 10**9
    assert found["VC"]["alice"]["booster_stakes"] == desk.units("VC", chart.boosters("VC"))
    assert found["VG"]["dora"] == {"fee_keys": desk.units("VG", chart.fees("VG"))}
    assert desk.ok("fee_key.claim", "dora", key="key-1")["paid"]
    assert owed(desk.state)["VG"]["dora"] == {"balance": desk.units("VG", "dora")}
    desk.later(400 * DAY)
    desk.ok("term.unstake", "alice", stake="vg-1")
    desk.ok("booster.unstake", "alice", stake="vc-1")
    again = desk.state.stakes["vg-2"].amount
    assert owed(desk.state)["VG"]["alice"] == {"balance": desk.units("VG", "alice"), "term_stakes": again}
    assert owed(desk.state)["VC"]["alice"] == {"balance": desk.units("VC", "alice")}


@pytest.mark.parametrize("slash", [0, 500, 9_000])
def test_owed__position__is_what_closing_it_pays(desk: Desk, slash: int) -> None:
    desk.lender()
    desk.open("carol", "100", 5)
    desk.open("bob", "300", 2)
    desk.end_era({"v1": "7.000000001"}, v1=slash)
    promised = owed(desk.state)["CSPR"].get("carol", {}).get("position", 0)
    assert (promised > 0) == (slash < 2_000)
    assert owed(desk.state)["mCSPR"]["carol"] == {"balance": 400 * 10**9}
    desk.ok("leverage.request_close_position", "carol")
    assert owed(desk.state)["CSPR"].get("carol", {}).get("position", 0) == promised
    desk.eras(7)
    desk.ok("leverage.finalize_close_position", "carol")
    assert desk.units("CSPR", "carol") == promised
    assert owed(desk.state)["CSPR"].get("carol", {}) == ({"balance": promised} if promised else {})


def test_owed__rewards_held_for_a_frozen_owner__are_his(desk: Desk) -> None:
    network(desk)
    resource(desk, "alice", "rig")
    desk.freeze("FLUX", "alice")
    begun = started(desk)
    desk.now = begun + 3_600
    desk.ok("depin.report", "probe", **signed("net", "rig", begun, begun + 3_600, sequence=1))
    desk.ok("depin.close_epoch", "keeper", network="net")
    assert owed(desk.state)["FLUX"]["alice"] == {"rewards": 100 * 10**8}
    assert owed(desk.state)["FLUX"][DESK] == {"balance": 900 * 10**8}


def test_owed__more_than_there_is__corrupt(desk: Desk) -> None:
    desk.mint("FLUX", "alice", "10")
    desk.state.book.issued["FLUX"] -= 1
    with pytest.raises(Corrupt, match="1 base units of FLUX more are owed"):
        owed(desk.state)


# --- roots and proofs -------------------------------------------------------------------------------------------------


def test_roots__one_for_each_asset__their_sums_are_the_supplies(whole_story: Service, day: DayProofs) -> None:
    roots, state = day.roots(), whole_story.state
    assert {code: int(asset.sum) for code, asset in roots.assets.items()} == {
        code: supply for code, supply in state.book.issued.items() if supply
    }
    assert (roots.seq, roots.digest) == (whole_story.head.seq, whole_story.head.digest.hex())
    assert roots.day == "2026-03-02"
    given_ = (state, bytes.fromhex(roots.desk), whole_story.head, SECRET, roots.day)
    assert daily_roots(*given_) == roots
    assert inclusion(*given_, "FLUX", "alice") == day.inclusion("FLUX", "alice")


def test_proofs__of_every_account_and_asset__hold(whole_story: Service, day: DayProofs) -> None:
    roots, count = day.roots(), 0
    for asset, accounts in owed(whole_story.state).items():
        total = 0
        for account, parts in accounts.items():
            proof = day.inclusion(asset, account)
            assert problem(proof, roots) is None
            assert proof.parts == {part: str(units) for part, units in parts.items()}
            total += int(proof.amount)
            count += 1
        assert total == int(roots.assets[asset].sum)
    assert count > 15


def test_proofs__of_nobody_and_nothing__not_found(day: DayProofs) -> None:
    with pytest.raises(UnknownAsset):
        day.inclusion("NONE", "alice")
    for asset, account in (("FLUX", "nobody"), ("FLUX", "@treasury:FLUX"), ("RENDER", "alice")):
        with pytest.raises(NotFound, match=f"{account} is owed no {asset}"):
            day.inclusion(asset, account)


@pytest.mark.parametrize("secret", [b"", b"x" * 31])
def test_secret__too_short__malformed(whole_story: Service, secret: bytes) -> None:
    with pytest.raises(Malformed, match="32 are the least"):
        proofs(whole_story, secret)


@pytest.mark.parametrize("name", ["", "today", "2026-3-2", "2026-03-02\n", "２０２６-03-02"])
def test_day__that_is_none__malformed(whole_story: Service, name: str) -> None:
    with pytest.raises(Malformed, match="is no day"):
        proofs(whole_story, day=name)


def test_proofs__later_commands__change_nothing() -> None:
    service = told(commands=story()[:20])
    early = proofs(service)
    before = proofs(service).roots()
    tell(service, story()[20:30])
    assert early.roots() == before
    assert proofs(service).roots() != before


def test_roots__bind_desk_day_position_and_secret(whole_story: Service) -> None:
    """Everything but the balances differs: no root may stand for another one."""
    state, head, desk = whole_story.state, whole_story.head, b"d" * 32
    made = {
        daily_roots(state, *given_).assets["FLUX"].root
        for given_ in (
            (desk, head, SECRET, "2026-03-02"),
            (b"e" * 32, head, SECRET, "2026-03-02"),
            (desk, Head(head.seq, b"x" * 32), SECRET, "2026-03-02"),
            (desk, Head(head.seq + 1, head.digest), SECRET, "2026-03-02"),
            (desk, head, b"t" * 32, "2026-03-02"),
            (desk, head, SECRET, "2026-03-03"),
        )
    }
    assert len(made) == 6


def test_salts__tell_neighbours_nothing(whole_story: Service, day: DayProofs) -> None:
    """No salt comes twice: not for two holders, not for two assets, not on two days; and places do not follow names."""
    other = proofs(whole_story, day="2026-03-03")
    accounts = [(code, name) for code, found in owed(whole_story.state).items() for name in found]
    salts = [one.inclusion(*account).salt for one in (day, other) for account in accounts]
    assert len(set(salts)) == 2 * len(accounts)
    leaves = day._tree("CSPR")[1]
    assert [leaf.salt for leaf in leaves] == sorted(leaf.salt for leaf in leaves)
    shown = msgspec.json.encode(day.inclusion("FLUX", "alice")).decode()
    for name in ("bob", "operator", "@"):
        assert name not in shown


def test_details__of_a_log_entry__and_back(day: DayProofs) -> None:
    roots = day.roots()
    details = liabilities.as_details(roots)
    assert all(isinstance(value, str | int | list) for value in details.values())
    assert liabilities.from_details(msgspec.json.decode(msgspec.json.encode(details))) == roots
    for field in details:
        with pytest.raises(Malformed, match="no roots of liabilities"):
            liabilities.from_details({name: value for name, value in details.items() if name != field})
    for broken in (["FLUX"], ["FLUX 8 x y"], ["FLUX 8 1 " + "g" * 64], 7, "text"):
        with pytest.raises(Malformed, match="no roots of liabilities"):
            liabilities.from_details({**details, "roots": broken})  # type: ignore[dict-item]


# --- checking, by the library and by the script that holders run ------------------------------------------------------


def documents(day: DayProofs, account: str = "alice", asset: str = "FLUX") -> tuple[dict[str, Any], dict[str, Any]]:
    return msgspec.to_builtins(day.inclusion(asset, account)), msgspec.to_builtins(day.roots())


def ours(proof: dict[str, Any], roots: dict[str, Any]) -> str | None:
    """What the library says."""
    try:
        return problem(msgspec.convert(proof, Inclusion), msgspec.convert(roots, DailyRoots))
    except msgspec.ValidationError as error:
        return str(error)


def theirs(proof: dict[str, Any], roots: dict[str, Any]) -> str | None:
    """What the script says."""
    try:
        check_inclusion.check(proof, roots, None)
    except check_inclusion.Refused as why:
        return str(why)
    return None


def run(folder: Path, proof: Any, roots: Any, *more: str) -> subprocess.CompletedProcess[str]:
    """The script as a holder runs it: a bare Python, without the project on its path."""
    for name, content in (("proof.json", proof), ("roots.json", roots)):
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, "proof.json", "roots.json", *more],
        cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"},
    )  # fmt: skip


def test_script__honest_proof__says_what_it_checked(day: DayProofs, tmp_path: Path) -> None:
    proof, roots = documents(day, "alice", "VG")
    answer = run(tmp_path, proof, roots, "alice")
    assert (answer.returncode, answer.stderr) == (0, "")
    for said in ("alice is owed ", "term stakes 15000", "record 33", "2026-03-02", roots["assets"]["VG"]["root"]):
        assert said in answer.stdout
    answer = run(tmp_path, proof, roots, "bob")
    assert answer.returncode == 1
    assert "is for alice, not for bob" in answer.stderr


@pytest.mark.parametrize(
    ("proof", "roots"),
    [("", "{}"), ("[]", "{}"), ("{}", "{}"), ('{"format": "holdfast inclusion 1"}', "{}"), ("[" * 100_000, "{}"),
     ('{"format": "holdfast inclusion 1", "format": "holdfast inclusion 1"}', '{"format": "holdfast liabilities 1"}')],
)  # fmt: skip
def test_script__no_documents__refused(tmp_path: Path, proof: str, roots: str) -> None:
    answer = run(tmp_path, proof, roots)
    assert answer.returncode == 1
    assert "NOT hold" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_script__no_files__refused(tmp_path: Path) -> None:
    for given_ in ([], ["a"], ["a", "b"], ["a", "b", "c", "d"]):
        done = subprocess.run([sys.executable, SCRIPT, *given_], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 1


def test_script__a_name_twice__refused(day: DayProofs, tmp_path: Path) -> None:
    """Two amounts in one document: other programs might show the other one."""
    proof, roots = documents(day)
    twice = json.dumps(proof).replace('"amount":', '"amount": "1", "amount":')
    answer = run(tmp_path, twice, roots)
    assert answer.returncode == 1
    assert "given twice" in answer.stderr


_OTHER: dict[str, Any] = {
    "format": "holdfast inclusion 2", "desk": "0" * 64, "day": "2026-03-03", "seq": 32, "digest": "0" * 64,
    "at": "2026-03-02T00:00:00Z", "asset": "VG", "decimals": 7, "account": "bob", "amount": "1", "salt": "0" * 64,
    "parts": {"balance": "1"}, "path": [],
}  # fmt: skip


@pytest.mark.parametrize("field", _OTHER)
def test_check__another_value_anywhere__refused_by_both(day: DayProofs, tmp_path: Path, field: str) -> None:
    proof, roots = documents(day)
    changed = {**proof, field: _OTHER[field]}
    assert changed != proof
    assert ours(changed, roots)
    if field != "format":  # `read` looks at that
        assert theirs(changed, roots)
    assert run(tmp_path, changed, roots).returncode == 1
    without = {name: value for name, value in proof.items() if name != field}
    assert ours(without, roots)
    assert run(tmp_path, without, roots).returncode == 1


@pytest.mark.parametrize("field", ["sum", "root", "decimals"])
def test_check__another_root_published__refused_by_both(day: DayProofs, field: str) -> None:
    proof, roots = documents(day)
    other = {"sum": "1", "root": "0" * 64, "decimals": 9}[field]
    changed = {**roots, "assets": {**roots["assets"], "FLUX": {**roots["assets"]["FLUX"], field: other}}}
    assert ours(proof, changed)
    assert theirs(proof, changed)
    del changed["assets"]["FLUX"]
    assert "no root was published for FLUX" in str(ours(proof, changed))
    assert "no root was published for FLUX" in str(theirs(proof, changed))


def test_check__a_desk_that_understates__caught_by_who_is_left_out(day: DayProofs, whole_story: Service) -> None:
    """The desk publishes the tree without carol's position: she has no proof for that root, the others have."""
    cheat = proofs(whole_story)
    cheat._owed["CSPR"] = {account: parts for account, parts in cheat._owed["CSPR"].items() if account != "carol"}
    published = cheat.roots()
    assert int(published.assets["CSPR"].sum) < int(day.roots().assets["CSPR"].sum)
    assert problem(day.inclusion("CSPR", "carol"), published) is not None
    assert problem(cheat.inclusion("CSPR", DESK), published) is None
    with pytest.raises(NotFound):
        cheat.inclusion("CSPR", "carol")


def mutated(data: st.DataObject, document: Any) -> Any:
    """A document with one thing in it changed, somewhere."""
    if isinstance(document, dict):
        key = data.draw(st.sampled_from(sorted(document)))
        return {**document, key: mutated(data, document[key])}
    if isinstance(document, list) and document:
        at = data.draw(st.integers(0, len(document) - 1))
        choices = [
            [*document[:at], mutated(data, document[at]), *document[at + 1 :]],
            document[:at] + document[at + 1 :], [*document, document[at]], document[::-1],
        ]  # fmt: skip
        return data.draw(st.sampled_from(choices))
    if isinstance(document, str):
        at = data.draw(st.integers(0, max(len(document) - 1, 0)))
        one = data.draw(st.sampled_from("0159af-xZ \n．٣"))
        choices = [document[:at] + one + document[at + 1 :], document + one, one + document, document[:at], "left"]
        return data.draw(st.sampled_from([*choices, None, 0, "-" + document, "0" + document]))
    return data.draw(st.sampled_from([document, str(document), True, -1, 2**70, None, {}, []]))


@settings(max_examples=400)
@given(st.data())
def test_check__whatever_is_changed__library_and_script_agree(day: DayProofs, data: st.DataObject) -> None:
    proof, roots = documents(day, *data.draw(st.sampled_from([("alice", "VG"), ("carol", "CSPR"), (DESK, "FLUX")])))
    changed = mutated(data, proof) if data.draw(st.booleans()) else proof
    published = mutated(data, roots) if changed is proof else roots
    if (changed, published) == (proof, roots):
        assert ours(proof, roots) is theirs(proof, roots) is None
        return
    others = {code for code in roots["assets"] if code != proof["asset"]}
    if changed is proof and {k: v for k, v in published["assets"].items() if k not in others} == {
        k: v for k, v in roots["assets"].items() if k not in others
    } and {**published, "assets": 0, "format": 0} == {**roots, "assets": 0, "format": 0}:  # fmt: skip
        return  # another asset's root, or the format that `read` looks at: nothing of this proof's
    if {**changed, "format": 0} == {**proof, "format": 0} and published is roots:
        return
    assert ours(changed, published) is not None
    assert theirs(changed, published) is not None


def test_start_of_the_story__is_what_the_tests_think(whole_story: Service) -> None:
    assert whole_story.state.now >= START
    assert whole_story.state.positions["carol"].status == "unbonding"
