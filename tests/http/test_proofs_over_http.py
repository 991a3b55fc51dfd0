"""Proofs of liabilities over HTTP: roots once a day, and for each holder a proof that he checks offline."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.entrypoints.http.proofs import Proofs
from holdfast.errors import Unavailable
from holdfast.identity import proof_days
from holdfast.identity.proof_days import MOST_MADE_UP, ProofDay, due
from holdfast.primitives.clock import DAY, FixedClock
from holdfast.views import liabilities
from holdfast.views.liabilities import AssetRoot, DailyRoots, from_details
from offices import Place
from serving import House, code, serving
from support import START

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_inclusion.py"
FIRST = "2026-01-01"


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        furnish(made)
        yield made


def furnish(house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="500")
    house.do("vault.create", "operator", asset="FLUX")
    house.do("vault.deposit", "alice", vault="FLUX", assets="250")


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not until():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.02)


def next_day(house: House, day: str = FIRST) -> None:
    """Let the day end, and its roots be published."""
    house.later(DAY)
    wait(lambda: house.office.get(ProofDay, day) is not None)


def entries(house: House) -> list[Any]:
    return [entry for entry in house.office.log() if entry.what == "proof.published"]


def test_a_day__published_once_it_is_over_and_checked_offline(house: House, tmp_path: Path) -> None:
    assert house.of("alice").get("/v1/proofs").json() == {"items": [], "next": None}
    assert code(house.of("alice").get(f"/v1/me/proofs/{FIRST}/FLUX")) == "unknown_proof"
    next_day(house)
    house.do("asset.transfer", "alice", asset="FLUX", to="bob", amount="700")
    roots = house.of("bob").get(f"/v1/proofs/{FIRST}").json()
    assert (roots["at"], roots["seq"], roots["assets"]["FLUX"]["sum"]) == ("2026-01-01T23:59:59Z", 4, str(1500 * 10**8))
    assert house.of("nora").get(f"/v1/proofs/{FIRST}").status_code == 403
    one = house.of("bob").get(f"/v1/proofs/{FIRST}/vFLUX")
    assert one.json() == roots | {"assets": {"vFLUX": roots["assets"]["vFLUX"]}}
    proof = house.of("alice").get(f"/v1/me/proofs/{FIRST}/FLUX")
    assert proof.status_code == 200, proof.text
    assert (proof.json()["account"], proof.json()["amount"]) == ("alice", str(750 * 10**8))
    assert check(tmp_path, proof.json(), house.of("bob").get(f"/v1/proofs/{FIRST}/FLUX").json(), "alice") == 0
    assert check(tmp_path, proof.json(), one.json(), "alice") == 1
    assert check(tmp_path, proof.json() | {"amount": str(749 * 10**8)}, roots, "alice") == 1
    assert check(tmp_path, proof.json(), roots, "bob") == 1


def check(folder: Path, proof: Any, roots: Any, account: str) -> int:
    """What a holder does, with Python and the script alone."""
    for name, document in (("proof.json", proof), ("roots.json", roots)):
        (folder / name).write_text(json.dumps(document), "utf-8")
    command = [sys.executable, "-I", str(SCRIPT), "proof.json", "roots.json", account]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_proof__one_gets_his_own_alone(house: House) -> None:
    next_day(house)
    alice = house.of("alice")
    assert code(alice.get(f"/v1/me/proofs/{FIRST}/FLUX", params={"account": "bob"})) == "unknown_account"
    assert code(alice.get(f"/v1/me/proofs/{FIRST}/FLUX", params={"account": "@desk"})) == "unknown_account"
    assert code(house.of("bob").get(f"/v1/me/proofs/{FIRST}/vFLUX")) == "not_found"
    assert code(alice.get(f"/v1/me/proofs/{FIRST}/NONE")) == "unknown_proof"
    assert code(alice.get("/v1/me/proofs/2026-01-02/FLUX")) == "unknown_proof"
    for account, amount in (("alice", 750), ("bob", 500), ("@desk", 250)):
        got = house.of("anna").get(f"/v1/me/proofs/{FIRST}/FLUX", params={"account": account}).json()
        assert got["amount"] == str(amount * 10**8)


def test_log__holds_the_roots_and_whose_server_came_second_adds_none(house: House) -> None:
    next_day(house)
    published = house.office.all(ProofDay)[FIRST].roots
    assert [from_details(entry.details) for entry in entries(house)] == [published]
    assert proof_days.publish(house.office, published) is False and len(entries(house)) == 1
    other = DailyRoots("holdfast liabilities 1", "0" * 64, FIRST, 9, "0" * 64, "2026-01-01T00:00:00Z", {})
    assert proof_days.publish(house.office, other) is False
    assert house.office.all(ProofDay)[FIRST].roots == published


def test_several_servers__publish_each_day_once_and_prove_alike(tmp_path: Path) -> None:
    db, clock = f"sqlite:{tmp_path}/desk.db", FixedClock(START)
    with serving(db, clock=clock) as one, serving(db, clock=clock) as two:
        furnish(one)
        wait(lambda: two.service.head.seq == one.service.head.seq)
        for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
            clock.now += DAY
            for house in (one, two):
                wait(lambda house=house, day=day: house.office.get(ProofDay, day) is not None)  # type: ignore[misc]
        assert [entry.about for entry in entries(one)] == ["2026-01-01", "2026-01-02", "2026-01-03"]
        mine = [house.of("alice").get("/v1/me/proofs/2026-01-02/FLUX").json() for house in (one, two)]
        assert mine[0] == mine[1] and mine[0]["amount"] == str(750 * 10**8)
        first = one.of("bob").get("/v1/proofs", params={"limit": 2}).json()
        rest = one.of("bob").get("/v1/proofs", params={"limit": 2, "cursor": first["next"]}).json()
        assert [page["day"] for page in first["items"] + rest["items"]] == ["2026-01-03", "2026-01-02", "2026-01-01"]
        assert one.office.verify() == one.office.head.seq


def test_days_without_a_server__made_up_for_when_one_starts(tmp_path: Path) -> None:
    db, clock = f"sqlite:{tmp_path}/desk.db", FixedClock(START)
    with serving(db, clock=clock) as house:
        furnish(house)
        next_day(house)
        house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1")
    clock.now += 3 * DAY
    with serving(db, clock=clock) as house:
        wait(lambda: house.office.get(ProofDay, "2026-01-04") is not None)
        sums = [(day, one.roots.seq, one.roots.assets["FLUX"].sum) for day, one in house.office.all(ProofDay).items()]
        assert sums == [
            ("2026-01-01", 4, "150000000000"), ("2026-01-02", 5, "150100000000"), ("2026-01-03", 5, "150100000000"),
            ("2026-01-04", 5, "150100000000"),
        ]  # fmt: skip


def test_new_secret__days_before_are_proved_with_the_former_one(house: House, tmp_path: Path) -> None:
    next_day(house)
    server = house.server

    def proofs(*secrets: bytes) -> None:
        server.proofs = Proofs(house.office, server.readers, server.moments, server.desk_id, secrets)

    proofs(b"n" * 32)
    answer = house.of("alice").get(f"/v1/me/proofs/{FIRST}/FLUX")
    assert (answer.status_code, code(answer)) == (503, Unavailable.code)
    proofs(b"n" * 32, server.secret)
    proof, roots = (
        house.of("alice").get(path).json() for path in (f"/v1/me/proofs/{FIRST}/FLUX", f"/v1/proofs/{FIRST}")
    )
    assert check(tmp_path, proof, roots, "alice") == 0


def test_salts__come_from_a_secret_of_their_own(house: House) -> None:
    next_day(house)
    given = house.of("alice").get(f"/v1/me/proofs/{FIRST}/FLUX").json()
    assert proof_days.salt_secret(house.server.secret) != house.server.secret
    trees = liabilities.DayProofs(
        house.state, bytes.fromhex(house.server.desk_id), house.service.head, house.server.secret, FIRST
    )
    assert trees.inclusion("FLUX", "alice").salt != given["salt"]


@pytest.mark.parametrize(
    ("published", "first", "now", "found"),
    [
        ([], START, START, []),
        ([], START, START + DAY - 1, []),
        ([], START, START + DAY, ["2026-01-01"]),
        ([], START + DAY + 5, START + DAY + 9, []),
        ([], START, START + 5 * DAY, ["2026-01-05"]),
        (["2026-01-01"], START, START + DAY, []),
        (["2026-01-01"], START, START + 3 * DAY + 7, ["2026-01-02", "2026-01-03"]),
        (["2026-01-09"], START, START + 3 * DAY, []),
    ],
)
def test_due__days_that_are_over_and_lack_their_roots(
    published: list[str], first: int, now: int, found: list[str]
) -> None:
    assert due(published, first, now) == found


def test_due__after_a_long_pause__bounded() -> None:
    assert len(due(["2026-01-01"], START, START + 400 * DAY)) == MOST_MADE_UP


def test_roots_of_many_assets__are_several_entries_of_one_transaction() -> None:
    at = Place()
    assets = {f"A{number}": AssetRoot(8, "1", f"{number:064x}") for number in range(250)}
    roots = DailyRoots("holdfast liabilities 1", "0" * 64, FIRST, 9, "0" * 64, "2026-01-01T23:59:59Z", assets)
    assert proof_days.publish(at.office, roots)
    told = [entry.details for entry in at.office.log()]
    assert [one.pop("part") for one in told] == ["1 of 3", "2 of 3", "3 of 3"]
    found = {code: root for one in told for code, root in from_details(one).assets.items()}
    assert found == assets
