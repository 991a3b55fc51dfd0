"""Reading auctions: both shapes, every wrapping, and a refusal that names file and field for everything else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casper_samples import (
    ANNA,
    BERT,
    CARL,
    DORA,
    EMIL,
    PURSE,
    delegator_v2,
    envelope,
    real,
    state_v1,
    state_v2,
    text,
    validator_v2,
    weights,
)

from holdfast.errors import Malformed
from holdfast.networks.casper import document
from holdfast.networks.casper.auction import WeightMismatch, check_weights, find_validator, parse_auction, read_auction
from holdfast.networks.casper.records import Delegation, Reservation, Unbond, UnbondPart

Document = dict[str, Any]


def refused(content: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse_auction(content, "sample.json")
    assert caught.value.details["file"] == "sample.json"
    assert "sample.json" in caught.value.message
    assert str(caught.value.details["field"]) in caught.value.message
    return caught.value


# --- files ------------------------------------------------------------------------------------------------------


def test_read_auction__no_such_file__names_it(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"nowhere\.json.*cannot be read"):
        read_auction(tmp_path / "nowhere.json")


def test_read_auction__called_gz_but_plain__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "auction.json.gz"
    path.write_bytes(text(state_v1()))
    with pytest.raises(Malformed, match="is not gzip"):
        read_auction(path)


@pytest.mark.parametrize("damage", [lambda b: b[:-20], lambda b: b[:40] + b"\x00\xff\x13" + b[43:]])
def test_read_auction__damaged_gzip__is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "auction.json.gz"
    path.write_bytes(damage(gzip.compress(text(state_v1()))))
    with pytest.raises(Malformed, match="is damaged gzip") as caught:
        read_auction(path)
    assert caught.value.details["file"] == str(path)


def test_read_auction__longer_than_allowed__is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", 100)
    path = tmp_path / "auction.json.gz"
    path.write_bytes(gzip.compress(text(state_v1())))
    with pytest.raises(Malformed, match="longer than 100 bytes"):
        read_auction(path)


@pytest.mark.parametrize("name", ["auction.json.gz", "auction.bin"])
def test_read_auction__gzip_whatever_its_name__is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text(envelope("auction_state", state_v1()))))
    assert read_auction(str(path)) == parse_auction(text(state_v1()))


# --- shapes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state_v1, state_v2])
def test_parse_auction__envelope_result_and_bare__are_the_same(state: Callable[[], Document]) -> None:
    whole = envelope("auction_state", state())
    bare = parse_auction(text(state()))
    assert parse_auction(text(whole)) == bare
    assert parse_auction(text(whole["result"])) == bare


def test_parse_auction__v1__gives_all_facts() -> None:
    auction = parse_auction(text(state_v1()))
    assert (auction.era, auction.block_height, auction.delegation_count) == (5, 77, 3)
    anna, bert, carl = auction.validators
    assert (anna.key, anna.stake, anna.commission_percent, anna.active) == (ANNA, 1_000, 10, True)
    assert anna.delegations == (Delegation(DORA, 300), Delegation(EMIL, 200))
    assert anna.total_stake == 1_500
    assert (anna.minimum_delegation, anna.maximum_delegation, anna.reserved_slots) == (None, None, 0)
    assert (bert.key, bert.active, bert.delegations) == (BERT, False, (Delegation(DORA, 7),))
    assert (carl.commission_percent, carl.delegations) == (100, ())
    assert auction.era_weights[1].weights == ((ANNA, 1_500), (CARL, 10))
    assert (auction.reservations, auction.unbonds) == ((), ())


def test_parse_auction__v2__gives_all_facts() -> None:
    auction = parse_auction(text(state_v2()))
    assert (auction.era, auction.block_height, auction.delegation_count) == (9, 88, 3)
    anna, bert = auction.validators
    assert anna.delegations == (Delegation(DORA, 300, 4), Delegation(f"purse-{PURSE}", 200))
    assert (anna.minimum_delegation, anna.maximum_delegation, anna.reserved_slots) == (250 * 10**9, 10**18, 3)
    assert (bert.active, bert.delegations) == (False, (Delegation(EMIL, 0),))
    assert auction.reservations == (Reservation(ANNA, DORA, 4),)
    assert auction.unbonds == (Unbond(ANNA, DORA, (UnbondPart(8, 4, None), UnbondPart(9, 5, BERT))),)


def test_parse_auction__v1_as_newer_nodes_wrap_it__is_the_same() -> None:
    state = state_v1()
    for entry in state["bids"]:
        bid = entry["bid"]
        bid["validator_public_key"] = entry["public_key"]
        bid["delegators"] = [
            {"delegator_public_key": d["public_key"], "delegator": {"staked_amount": d["staked_amount"]}}
            for d in bid["delegators"]
        ]
    assert parse_auction(text(state)) == parse_auction(text(state_v1()))


def test_parse_auction__v2_legacy_unified_bid__is_read() -> None:
    state = state_v2()
    unified = state_v1()["bids"][2]["bid"]
    state["bids"].append({"public_key": CARL, "bid": {"Unified": unified}})
    carl = find_validator(parse_auction(text(state)), CARL)
    assert carl is not None
    assert (carl.stake, carl.minimum_delegation) == (10, None)


def test_parse_auction__upper_case_keys__are_the_same_names() -> None:
    state = state_v1()
    state["bids"][0]["public_key"] = ANNA.upper()
    assert parse_auction(text(state)).validators[0].key == ANNA


@pytest.mark.parametrize(
    ("kind", "party"),
    [({"Validator": ANNA}, ANNA), ({"DelegatedPurse": PURSE}, f"purse-{PURSE}")],
)
def test_parse_auction__unbond_of_every_kind__names_the_party(kind: Document, party: str) -> None:
    state = state_v2()
    state["bids"][6]["bid"]["Unbond"]["unbond_kind"] = kind
    assert parse_auction(text(state)).unbonds[0].delegator == party


def test_parse_auction__no_bids__is_an_auction_without_validators() -> None:
    state = state_v1() | {"bids": []}
    assert parse_auction(text(state)).validators == ()


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"not json", b"{", b"\xff\xfe", text(state_v1())[:-9]])
def test_parse_auction__not_json__is_refused(content: bytes) -> None:
    assert "is not JSON" in refused(content).message


@pytest.mark.parametrize("content", [b"[]", b"3", b"null", b'{"result": []}', b'{"result": {"auction_state": null}}'])
def test_parse_auction__no_object__is_refused(content: bytes) -> None:
    assert "Expected `object`" in refused(content).message


@pytest.mark.parametrize("content", [b'{"a":' * 100_000, b'{"bids":' + b"[" * 100_000 + b"]" * 100_000 + b"}"])
def test_parse_auction__nested_too_deeply__is_refused(content: bytes) -> None:
    assert "nested too deeply" in refused(content).message


def test_parse_auction__error_answer__is_quoted() -> None:
    error = refused(text({"jsonrpc": "2.0", "id": 1, "error": {"code": -32001, "message": "No such block"}}))
    assert "No such block" in error.message
    assert error.details["field"] == "$.error"


def test_parse_auction__unknown_shape__says_what_is_expected() -> None:
    error = refused(text(state_v1() | {"bids": [{"public_key": ANNA, "bid": {"Future": {}}}]}))
    assert "Future" in error.message
    assert "staked_amount (v1)" in error.message
    assert error.details["field"] == "$.bids[0].bid"


def put(state: Document, path: list[Any], value: Any) -> Document:
    target: Any = state
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return state


V1_DELEGATOR = ["bids", 0, "bid", "delegators", 1]
V1_BAD: list[tuple[list[Any], Any, str]] = [
    (["bids", 0, "bid", "staked_amount"], "-1", "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], "1e9", "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], "", "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], " 1", "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], "\u0663", "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], str(2**512), "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], "9" * 5_000, "$.bids[0].bid.staked_amount"),
    (["bids", 0, "bid", "staked_amount"], 5, "$.bids[0].bid.staked_amount"),
    ([*V1_DELEGATOR, "staked_amount"], "-7", "$.bids[0].bid.delegators[1].staked_amount"),
    ([*V1_DELEGATOR, "staked_amount"], None, "$.bids[0].bid.delegators[1]"),
    ([*V1_DELEGATOR, "public_key"], "0199", "$.bids[0].bid.delegators[1].public_key"),
    ([*V1_DELEGATOR, "public_key"], DORA, "$.bids[0].bid.delegators[1]"),
    (["bids", 1, "public_key"], "03" + "a" * 64, "$.bids[1].public_key"),
    (["bids", 1, "public_key"], ANNA, "$.bids[1]"),
    (["bids", 1, "bid", "delegation_rate"], 101, "$.bids[1].bid.delegation_rate"),
    (["bids", 1, "bid", "delegation_rate"], -1, "$.bids[1].bid.delegation_rate"),
    (["bids", 1, "bid", "inactive"], "no", "$.bids[1].bid.inactive"),
    (["bids", 2, "bid"], {"Validator": {}}, "$.bids[2].bid"),
    (["block_height"], -1, "$.block_height"),
    (["block_height"], "77", "$.block_height"),
    (["era_validators"], [], "$.era_validators"),
    (["era_validators", 1, "era_id"], 7, "$.era_validators[1].era_id"),
    (["era_validators", 0, "validator_weights", 0, "weight"], "x", "$.era_validators[0].validator_weights[0].weight"),
    (["era_validators", 1, "validator_weights", 1, "public_key"], ANNA, "$.era_validators[1].validator_weights"),
]


@pytest.mark.parametrize(("path", "value", "field"), V1_BAD)
def test_parse_auction__bad_v1_field__is_named(path: list[Any], value: Any, field: str) -> None:
    assert refused(text(put(state_v1(), path, value))).details["field"] == field


V2_BAD: list[tuple[list[Any], Any, str]] = [
    (
        ["bids", 0, "bid", "Validator", "minimum_delegation_amount"],
        -1,
        ".bids[0].bid.Validator.minimum_delegation_amount",
    ),
    (
        ["bids", 0, "bid", "Validator", "maximum_delegation_amount"],
        "9",
        ".bids[0].bid.Validator.maximum_delegation_amount",
    ),
    (["bids", 1, "bid"], {}, ".bids[1].bid"),
    (["bids", 1, "bid", "Validator"], validator_v2(CARL, 1)["bid"]["Validator"], ".bids[1].bid"),
    (["bids", 1, "bid", "Novel"], {}, ".bids[1].bid"),
    (["bids", 1, "bid", "Delegator", "delegator_kind"], {}, ".bids[1].bid.Delegator.delegator_kind"),
    (["bids", 1, "bid", "Delegator", "delegator_kind"], {"Purse": "00"}, ".bids[1].bid.Delegator.delegator_kind.Purse"),
    (["bids", 1], delegator_v2(CARL, {"PublicKey": DORA}, 1), ".bids[1].bid.Delegator.validator_public_key"),
    (["bids", 3], delegator_v2(ANNA, {"PublicKey": DORA}, 1), ".bids[3]"),
    (["bids", 4], validator_v2(ANNA, 1), ".bids[4]"),
    (["bids", 5, "bid", "Reservation", "delegation_rate"], 200, ".bids[5].bid.Reservation.delegation_rate"),
    (["bids", 6, "bid", "Unbond", "unbond_kind"], {}, ".bids[6].bid.Unbond.unbond_kind"),
    (["bids", 6, "bid", "Unbond", "eras", 1, "amount"], "-5", ".bids[6].bid.Unbond.eras[1].amount"),
]


@pytest.mark.parametrize(("path", "value", "field"), V2_BAD)
def test_parse_auction__bad_v2_field__is_named(path: list[Any], value: Any, field: str) -> None:
    whole = envelope("auction_state", put(state_v2(), path, value))
    assert refused(text(whole)).details["field"] == f"$.result.auction_state{field}"


# --- weights ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state_v1, state_v2])
def test_check_weights__last_era_matches__is_ok(state: Callable[[], Document]) -> None:
    check = check_weights(parse_auction(text(state())))
    assert check.ok
    assert check.checked >= 1


def test_check_weights__other_weight_or_no_bid__is_listed() -> None:
    stranger = "01" + "99" * 32
    state = state_v1() | {"era_validators": weights((6, {ANNA: 1_501, CARL: 10, stranger: 4}))}
    check = check_weights(parse_auction(text(state)))
    assert not check.ok
    assert (check.era, check.checked) == (6, 3)
    assert check.mismatches == (WeightMismatch(ANNA, 1_501, 1_500), WeightMismatch(stranger, 4, None))


# --- the real ones ----------------------------------------------------------------------------------------------


def test_read_auction__real_era_7724_v1__has_the_known_counts() -> None:
    auction = read_auction(real("auction_info_era7724_v1.json.gz"))
    assert (auction.era, auction.block_height) == (7724, 1_412_462)
    assert (len(auction.validators), auction.delegation_count) == (1_617, 12_349)
    assert sum(validator.active for validator in auction.validators) == 400
    check = check_weights(auction)
    assert (check.ok, check.era, check.checked) == (True, 7725, 100)


def test_read_auction__real_era_16948_v2__has_the_known_counts() -> None:
    auction = read_auction(real("auction_info_era16948_v2.json.gz"))
    assert (auction.era, auction.block_height) == (16948, 4_628_886)
    assert (len(auction.validators), auction.delegation_count) == (12, 1_404)
    assert sum(validator.active for validator in auction.validators) == 7
    assert (len(auction.unbonds), len(auction.reservations)) == (21, 4)
    delegators = [d.delegator for validator in auction.validators for d in validator.delegations]
    assert sum(name.startswith("purse-") for name in delegators) == 1
    check = check_weights(auction)
    assert (check.ok, check.era, check.checked) == (True, 16950, 7)
