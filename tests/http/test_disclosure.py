"""Selective disclosure: who opens which amounts; and whether a holder sees another's amounts anywhere at all."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from holdfast.entrypoints.cli.app import run
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.errors import SealBroken
from holdfast.identity import disclosure
from holdfast.identity.disclosure import Opened, Published, open_published
from holdfast.identity.proof_days import ProofDay
from holdfast.identity.sealing import SealingKey, fingerprint, new_sealing_key
from holdfast.primitives.clock import DAY
from holdfast.protocol.commands import COMMANDS
from holdfast.views import sealed
from serving import House, code, serving
from signed_requests import Signer

ALICE, BOB, AUDITOR, OTHER = (new_sealing_key() for _ in range(4))


@pytest.fixture
def house(tmp_path: Any) -> Iterator[House]:
    with serving(f"sqlite:{tmp_path}/desk.db") as made:
        made.do("asset.mint", "operator", asset="FLUX", to="alice", amount="7001.25")
        made.do("asset.mint", "operator", asset="FLUX", to="bob", amount="8002.5")
        yield made


def switch(house: House, auditor: SealingKey | None = AUDITOR) -> None:
    olga = Signer(house, "olga")
    assert olga("PUT", "/v1/disclosure", {"on": True}).status_code == 200
    if auditor is not None:
        name(house, auditor)
    for person, key in (("alice", ALICE), ("bob", BOB)):
        answer = Signer(house, person)("PUT", "/v1/me/disclosure-key", {"public_key": key.public.hex()})
        assert answer.status_code == 200, answer.text


def name(house: House, auditor: SealingKey) -> None:
    given = {"title": "Old Bank Audit", "public_key": auditor.public.hex()}
    assert Signer(house, "olga")("PUT", "/v1/disclosure/auditor", given).status_code == 200


def published(house: House, person: str = "nora", **query: Any) -> list[Published]:
    answer = house.of(person).get("/v1/disclosure/records", params=query)
    assert answer.status_code == 200, answer.text
    return msgspec.convert(answer.json()["items"], list[Published])


def opened(records: list[Published], key: SealingKey) -> str:
    """Everything that a key opens, and what is not sealed, as text."""
    return json.dumps([open_published(one, key.private).record for one in records])


# --- who opens what ---------------------------------------------------------------------------------------------------


def test_records__seen_by_everybody_opened_by_owner_and_auditor_alone(house: House) -> None:
    switch(house)
    house.do("asset.transfer", "alice", asset="FLUX", to="bob", amount="31.4159")
    house.do("vault.create", "operator", asset="FLUX")
    house.do("vault.deposit", "bob", vault="FLUX", assets="27.1828")
    records = published(house)
    plain = json.dumps([one.record for one in records])
    assert [one.record["type"] for one in records] == [
        "asset.mint", "asset.mint", "asset.transfer", "vault.create", "vault.deposit",
    ]  # fmt: skip
    assert all(figure not in plain for figure in ("7001", "8002", "31.4", "27.1", "house-"))
    assert records[2].record["command"]["to"] == "bob" and records[2].record["postings"][0]["debit"] == "alice"
    mine, his, every, none = (opened(records, key) for key in (ALICE, BOB, AUDITOR, OTHER))
    assert "7001.25" in mine and "31.4159" in mine and "8002.5" not in mine and "27.1828" not in mine
    assert "8002.5" in his and "31.4159" in his and "27.1828" in his and "7001.25" not in his
    assert all(figure in every for figure in ("7001.25", "8002.5", "31.4159", "27.1828", "house-1"))
    assert none == plain
    assert json.loads(mine)[2]["postings"][0]["amount"] == "31.4159"


def test_records__that_touch_many__each_opens_his_own_alone(house: House) -> None:
    """A settlement pays many at once: one data key for all of it would tell each what the others got."""
    house.do("vault.create", "operator", asset="FLUX")
    for holder, amount in (("alice", "4321.5"), ("bob", "1234.5")):
        house.do("vault.deposit", holder, vault="FLUX", assets=amount)
    for holder, shares in (("alice", "617.25"), ("bob", "271.75")):
        house.do("vault.request_redeem", holder, vault="FLUX", shares=shares, receiver=holder)
    settled = house.do("vault.settle", "keeper", vault="FLUX")
    assert settled
    house.do("vault.claim", "alice", request="exit-1")
    switch(house)
    records = published(house)
    mine, his = opened(records, ALICE), opened(records, BOB)
    assert "617.25" in mine and "271.75" not in mine
    assert "271.75" in his and "617.25" not in his
    keeper = [one for one in records if one.record["actor"] == "keeper"]
    assert keeper and all(
        part.field != "own" or len(part.sealed.envelopes) == 1 for one in keeper for part in one.parts
    )


def test_records__refused_commands__tell_the_code_alone(house: House) -> None:
    switch(house)
    assert house.send("asset.transfer", "alice", asset="FLUX", to="bob", amount="9999.75").status == "rejected"
    record = published(house, after=house.service.head.seq - 1)[0]
    assert record.record["error"]["code"] == "insufficient_balance"
    assert "9999.75" not in json.dumps(record.record) and "7001" not in json.dumps(record.record)
    assert "9999.75" in opened([record], ALICE) and "9999.75" not in opened([record], BOB)


def test_records__of_small_and_large_amounts__have_ciphertexts_of_one_length(house: House) -> None:
    switch(house)
    for amount in ("1", "123456789.12345678"):
        house.do("asset.mint", "operator", asset="FLUX", to="alice", amount=amount)
    small, large = published(house, after=house.service.head.seq - 2)
    lengths = [[len(part.sealed.ciphertext) for part in one.parts if part.field != "records"] for one in (small, large)]
    assert lengths[0] == lengths[1] and "123456789.12345678" in opened([large], ALICE)


def test_records__in_pages_to_the_journals_end(house: House) -> None:
    switch(house, auditor=None)
    for _ in range(45):
        house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1")
    found, after = [], 0
    while after is not None:
        page = house.of("nora").get("/v1/disclosure/records", params={"after": after, "limit": 30}).json()
        found += [one["record"]["seq"] for one in page["items"]]
        after = page["next"]
    assert found == list(range(1, house.service.head.seq + 1))


def test_records__not_switched_on__none(house: House) -> None:
    answer = house.of("alice").get("/v1/disclosure/records")
    assert (answer.status_code, code(answer)) == (409, "disclosure_off")
    switch(house)
    assert published(house)
    assert Signer(house, "olga")("PUT", "/v1/disclosure", {"on": False}).status_code == 200
    assert code(house.of("alice").get("/v1/disclosure/records")) == "disclosure_off"
    words = [entry.what for entry in house.office.log() if entry.what.startswith("disclosure.")]
    assert words == ["disclosure.on", "disclosure.auditor", "disclosure.key", "disclosure.key", "disclosure.off"]


def test_switch_auditor_and_key__need_a_proof_and_a_key_that_is_one(house: House) -> None:
    key = {"public_key": ALICE.public.hex()}
    assert code(house.of("olga").put("/v1/disclosure", json={"on": True})) == "step_up_required"
    assert code(house.of("olga").put("/v1/disclosure/auditor", json=key | {"title": "A"})) == "step_up_required"
    assert code(house.of("alice").put("/v1/me/disclosure-key", json=key)) == "step_up_required"
    weak = {"public_key": "00" * 32}
    assert code(Signer(house, "alice")("PUT", "/v1/me/disclosure-key", weak)) == "malformed"
    assert code(Signer(house, "olga")("PUT", "/v1/disclosure/auditor", weak | {"title": "A"})) == "malformed"
    assert house.of("alice").get("/v1/me/disclosure-key").json() == {"key": None}


def test_somebody_disabled_or_elsewhere__nothing_is_sealed_for_him(house: House) -> None:
    switch(house)
    person = house.office.get(disclosure.Person, "bob")
    assert person is not None and "8002.5" in opened(published(house), BOB)
    with house.office.write() as t:
        t.put(msgspec.structs.replace(person, disabled=house.clock.now))
    assert "8002.5" not in opened(published(house), BOB)
    with house.office.write() as t:
        t.put(msgspec.structs.replace(person, account="robert"))
    assert "8002.5" not in opened(published(house), BOB)


# --- the auditor changes ----------------------------------------------------------------------------------------------


def test_new_auditor__opens_the_past_and_what_comes_the_former_only_what_he_has(house: House) -> None:
    switch(house)
    old = published(house)
    name(house, OTHER)
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="55.125")
    new = published(house)
    assert "55.125" in opened(new, OTHER) and "7001.25" in opened(new, OTHER)
    assert opened(new, AUDITOR) == json.dumps([one.record for one in new])
    assert "7001.25" in opened(old, AUDITOR), "he keeps what he could open: no promise is made that he could not"
    assert [part.sealed.ciphertext for one in old for part in one.parts] == [
        part.sealed.ciphertext for one in new[: len(old)] for part in one.parts
    ], "only envelopes are made anew"
    entry = [found for found in house.office.log() if found.what == "disclosure.auditor"][-1]
    assert entry.details == {"fingerprint": fingerprint(OTHER.public), "former": fingerprint(AUDITOR.public)}


def test_rewrap__of_an_old_record_for_the_present_auditor(house: House) -> None:
    switch(house)
    old = published(house)[0]
    name(house, OTHER)
    anna = house.of("anna")
    answer = anna.post("/v1/disclosure/rewrap", json=msgspec.to_builtins(old))
    assert answer.status_code == 200, answer.text
    again = msgspec.convert(answer.json(), Published)
    assert "7001.25" in opened([again], OTHER) and "7001.25" not in opened([again], ALICE)
    changed = msgspec.to_builtins(old)
    changed["record"]["actor"] = "mallory"
    assert code(anna.post("/v1/disclosure/rewrap", json=changed)) == "seal_broken"
    assert house.of("olga").post("/v1/disclosure/rewrap", json=msgspec.to_builtins(old)).status_code == 403


def test_rewrap__of_what_a_former_secret_sealed(house: House) -> None:
    switch(house)
    old = published(house)[0]
    secret, house.server.secret = house.server.secret, b"n" * 32
    house.server.secrets = (house.server.secret,)
    body = msgspec.to_builtins(old)
    assert code(house.of("anna").post("/v1/disclosure/rewrap", json=body)) == "seal_broken"
    house.server.secrets = (house.server.secret, secret)
    assert house.of("anna").post("/v1/disclosure/rewrap", json=body).status_code == 200
    assert published(house)[0].parts[0].sealed.ciphertext != old.parts[0].sealed.ciphertext


def test_digest__of_the_last_record__is_not_told_where_amounts_are_sealed(house: House) -> None:
    """Whoever knows all of a record but its amount could try amounts until the digest fits."""
    told = {person: house.of(person).get("/v1/supply").headers for person in ("alice", "anna")}
    assert all("holdfast-digest" in headers for headers in told.values())
    switch(house)
    told = {person: house.of(person).get("/v1/supply").headers for person in ("alice", "anna")}
    assert "holdfast-digest" not in told["alice"] and "holdfast-seq" in told["alice"]
    assert "holdfast-digest" in told["anna"]
    assert house.service.head.digest.hex() not in house.of("nora").get("/v1/disclosure/records").text


# --- opening offline --------------------------------------------------------------------------------------------------


def change(record: dict[str, Any], path: str, value: Any) -> Published:
    copy = json.loads(json.dumps(record))
    sealed.put(copy, path, value)
    return msgspec.convert(copy, Published)


@pytest.mark.parametrize(
    ("path", "value"),
    [("record.actor", "bob"), ("record.seq", 9), ("record.postings.0.credit", "bob"), ("record.at", "x"),
     ("desk", "0" * 64), ("record.command.asset", "VG"), ("parts.0.field", "records")],
)  # fmt: skip
def test_open__of_what_was_changed_in_the_clear__refused(house: House, path: str, value: Any) -> None:
    switch(house)
    record = msgspec.to_builtins(published(house)[0])
    assert isinstance(open_published(msgspec.convert(record, Published), AUDITOR.private), Opened)
    with pytest.raises(SealBroken):
        open_published(change(record, path, value), AUDITOR.private)


def test_cli__makes_a_key_and_opens_a_page(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, page = tmp_path / "mine.key", tmp_path / "page.json"
    assert run(["disclose", "key", str(file), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(["disclose", "key", str(file)]) == 2, "a key is never written over"
    switch(house)
    given = Signer(house, "alice")("PUT", "/v1/me/disclosure-key", {"public_key": made["public_key"]})
    assert given.json()["key"]["fingerprint"] == made["fingerprint"]
    page.write_text(house.of("nora").get("/v1/disclosure/records").text, "utf-8")
    capsys.readouterr()
    assert run(["disclose", "open", str(page), "--key", str(file)]) == 0
    out = capsys.readouterr().out
    assert "7001.25 FLUX  @issuance -> alice" in out and "sealed FLUX  @issuance -> bob" in out and "8002" not in out
    assert run(["disclose", "open", str(page), "--key", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["postings"][0]["amount"] == "7001.25"
    page.write_text(page.read_text("utf-8").replace('"actor":"operator"', '"actor":"mallory"'), "utf-8")
    assert run(["disclose", "open", str(page), "--key", str(file)]) == 6
    file.chmod(0o644)
    assert run(["disclose", "open", str(page), "--key", str(file)]) == 2
    assert "chmod 600" in capsys.readouterr().err


# --- the mask ---------------------------------------------------------------------------------------------------------


def test_mask__of_every_command__shows_chosen_fields_alone() -> None:
    """What a command says how much of is sealed; a new command's fields are, unless they name somebody or something."""
    shown = {name: sealed._shown_fields(kind) for name, kind in COMMANDS.items()}
    everything = {field for fields in shown.values() for field in fields}
    assert everything == {
        "account", "active", "actor", "admin", "asset", "attestor", "authorized", "booster", "expires_at", "from",
        "holder", "key", "kind", "network", "owner", "plan", "protocol", "receiver", "request", "resource",
        "reward_asset", "role", "spender", "stake", "strategy", "to", "unit", "validator", "vault",
    }  # fmt: skip
    assert shown["asset.transfer"] == {"actor", "asset", "to"}
    assert shown["vault.deposit"] == {"actor", "vault", "receiver"}


# --- who sees what elsewhere ------------------------------------------------------------------------------------------

BOBS = ("6131.71717171", "413.31313131", "217.91919191", "373.53535353", "829.59595959", "151.61616161", "92711.8181")
"""Amounts that are bob's, and that no total of the desk has."""


def figures() -> list[str]:
    """How they might be told: in whole tokens, and in base units of 8 or 9 decimals."""
    found = [*BOBS]
    for amount in BOBS:
        whole, _, rest = amount.partition(".")
        found += [whole + rest.ljust(decimals, "0") for decimals in (8, 9)]
    return found


def furnish(house: House) -> None:
    do = house.do
    for asset, holder, amount in (
        ("FLUX", "bob", BOBS[0]), ("FLUX", "operator", "77777"), ("VG", "alice", "33000"), ("VG", "bob", "44000"),
        ("VC", "bob", "3000000"), ("CSPR", "alice", "2000"), ("CSPR", "bob", "2000"), ("CSPR", "operator", "50000"),
    ):  # fmt: skip
        do("asset.mint", "operator", asset=asset, to=holder, amount=amount)
    do("vault.create", "operator", asset="FLUX")
    do("vault.deposit", "alice", vault="FLUX", assets="1000.12121212")
    do("vault.deposit", "bob", vault="FLUX", assets=BOBS[1])
    do("asset.mint", "operator", asset="FLUX", to="zoe", amount="33")
    do("vault.deposit", "zoe", vault="FLUX", assets="33")
    do("vault.request_redeem", "bob", vault="FLUX", shares=BOBS[2])
    for other in ("zoe", "alice"):  # a total of one alone would be his amount
        do("vault.request_redeem", other, vault="FLUX", shares="10.12121212")
    do("asset.transfer", "bob", asset="FLUX", to="operator", amount=BOBS[3])
    do("asset.approve", "bob", asset="FLUX", spender="zoe", amount=BOBS[4], expires_at="2026-12-31T00:00:00Z")
    do("term.stake", "alice", amount="5000.12121212")
    do("term.stake", "bob", amount=BOBS[5])
    do("buyback.set_price", "oracle", vg_per_vc="0.01")
    do("booster.stake", "bob")
    do("fee_key.issue", "operator", to="bob", locked_lp=98989)
    do("validator.register", "operator", validator="v1", commission_bps=500)
    do("leverage.provide_reserve", "operator", amount="20000")
    do("leverage.open_position", "alice", deposit="200.12121212", leverage=4, validator="v1")
    do("leverage.open_position", "bob", deposit="829.59595959", leverage=2, validator="v1")
    assert house.send("asset.transfer", "bob", asset="FLUX", to="alice", amount=BOBS[6]).status == "rejected"
    house.later(DAY)
    end = time.monotonic() + 20
    while house.office.get(ProofDay, "2026-01-01") is None:
        assert time.monotonic() < end
        time.sleep(0.02)


def names_of_bobs(house: House) -> list[str]:
    """What bob's things are called: ids that a curious holder might put into a path."""
    state = house.state
    found = ["bob", "FLUX", "vFLUX", "VG", "@desk", "1", "2", "3", "2026-01-01"]
    for table in ("stakes", "boosters", "booster_stakes", "fee_keys", "exits"):
        found += [name for name, one in getattr(state, table).items() if one.owner == "bob"]
    return [*found, str(house.service.head.seq), str(house.service.head.seq - 1)]


def requests(house: House) -> list[tuple[str, str]]:
    """Every GET route, with bob's names in its path, and with a query that asks for what is bob's."""
    made = []
    for route in ROUTES:
        if route.method != "GET" or route.path in ("/v1/events",):
            continue
        fields = re.findall(r"{(\w+)}", route.path)
        paths = {route.path}
        for field in fields:
            paths = {path.replace(f"{{{field}}}", name) for path in paths for name in names_of_bobs(house)}
        query = getattr(route.query, "__struct_encode_fields__", ())
        for path in sorted(paths):
            made.append((route.path, path))
            if "vault" in query:
                made += [(route.path, f"{path}?vault=FLUX{more}") for more in ("", "&holder=bob", "&shares=3")]
            askable = [name for name in ("owner", "account", "actor", "person", "holder") if name in query]
            made += [(route.path, f"{path}?{name}=bob") for name in askable]
    return made


@pytest.mark.parametrize("on", [False, True], ids=["plain", "disclosed"])
def test_no_route__shows_a_holder_what_another_has(house: House, on: bool) -> None:
    furnish(house)
    if on:
        switch(house)
    alice, wanted = house.of("alice"), figures()
    answered: dict[str, int] = {}
    for route, path in requests(house):
        answer = alice.get(path)
        assert answer.status_code < 500, (path, answer.text)
        seen = answer.text + str(answer.headers)
        if route == "/v1/me/proofs/{day}/{asset}":  # a way shows the sums beside it, without names: see proofs.md
            assert answer.status_code != 200 or "bob" not in seen
            seen = re.sub(r'"sum":"[0-9]+"', "", seen)
        assert [figure for figure in wanted if figure in seen] == [], f"{path} shows {answer.text[:2000]}"
        answered[route] = max(answered.get(route, 0), answer.status_code == 200)
    assert sum(answered.values()) >= 35, "most of what a holder may ask was answered"
    seen = events(house, "alice")
    assert seen.count("\nid: ") >= 3 and [figure for figure in wanted if figure in seen] == []
    mine = events(house, "bob")
    assert all(amount in mine for amount in BOBS[1:4]), "these are figures that a stream shows to their owner"


def events(house: House, person: str) -> str:
    """What the event stream tells somebody of the whole past."""
    last, told = house.service.head.seq, ""
    marker = house.do("asset.mint", "operator", asset="RENDER", to=person, amount="1")
    assert marker
    with house.of(person).stream("GET", "/v1/events", params={"after": 0}) as stream:
        for part in stream.iter_text():
            told += part
            if f"id: {last + 1}\n" in told:
                return told
    raise AssertionError("the stream ended")
