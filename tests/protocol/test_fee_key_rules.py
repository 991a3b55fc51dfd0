"""Fee keys: tiers, sharing by weight, claims, transfer (rules 3.6)."""

from __future__ import annotations

import pytest

from holdfast.engine.genesis import STANDARD_ASSETS, Genesis
from support import Desk


def tax(desk: Desk, amount: str = "1000") -> None:
    """Let a tax of a tenth of `amount` be paid; half of it belongs to the fee keys."""
    desk.mint("VG", "payer", amount)
    desk.ok("asset.transfer", "payer", asset="VG", to="sink", amount=amount)


def key(desk: Desk, holder: str, locked_lp: int) -> str:
    return str(desk.ok("fee_key.issue", "operator", to=holder, locked_lp=locked_lp)["key"])


def test_issue__no_term_asset_on_the_desk__unknown_asset() -> None:
    desk = Desk(Genesis(assets=tuple(asset for asset in STANDARD_ASSETS if asset.code != "VG")))
    desk.no("unknown_asset", "fee_key.issue", "operator", to="alice", locked_lp=0)
    assert desk.view("fee_keys") == {}


def test_issue__zero__zero_amount(desk: Desk) -> None:
    desk.no("zero_amount", "fee_key.issue", "operator", to="alice", locked_lp=0)


@pytest.mark.parametrize("locked_lp", ["5", 5.0, 5.5, True, -1, None, 2**53])
def test_issue__locked_lp_is_no_json_integer__malformed(desk: Desk, locked_lp: object) -> None:
    desk.no("malformed", "fee_key.issue", "operator", to="alice", locked_lp=locked_lp)


@pytest.mark.parametrize(
    ("locked_lp", "tier", "weight"),
    [
        (1, "common", 10_000),
        (999, "common", 9_990_000),
        (1_000, "rare", 12_000_000),
        (9_999, "rare", 119_988_000),
        (10_000, "epic", 150_000_000),
        (99_999, "epic", 1_499_985_000),
        (100_000, "legendary", 2_000_000_000),
        (2**53 - 1, "legendary", (2**53 - 1) * 20_000),
    ],
)
def test_issue__each_tier_from_its_bound_on(desk: Desk, locked_lp: int, tier: str, weight: int) -> None:
    result = desk.ok("fee_key.issue", "operator", to="alice", locked_lp=locked_lp)
    assert result == {"key": "key-1", "tier": tier, "weight": str(weight)}


def test_claim__two_keys__share_by_weight_from_their_issue_on(desk: Desk) -> None:
    key(desk, "alice", 100)
    tax(desk)  # 50 to the keys: all alice's
    key(desk, "bob", 300)
    tax(desk)  # 50: 12.5 and 37.5
    assert desk.ok("fee_key.claim", "alice", key="key-1")["paid"] == "62.5"
    desk.no("nothing_to_claim", "fee_key.claim", "alice", key="key-1")
    assert desk.ok("fee_key.claim", "bob", key="key-2")["paid"] == "37.5"
    assert (desk.balance("VG", "alice"), desk.balance("VG", "@fees:VG")) == ("62.5", "0")


def test_claim__again_and_again__all_that_was_paid_is_remembered(desk: Desk) -> None:
    key(desk, "alice", 1)
    for _ in range(3):
        tax(desk)
        assert desk.ok("fee_key.claim", "alice", key="key-1")["paid"] == "50"
    assert desk.view("fee_keys", "key-1", "paid") == "150"
    desk.no("nothing_to_claim", "fee_key.claim", "alice", key="key-1")


def test_claim__fees_that_came_before_any_key__are_the_first_ones(desk: Desk) -> None:
    tax(desk)
    tax(desk)
    key(desk, "alice", 1)
    key(desk, "bob", 1_000_000)
    desk.no("nothing_to_claim", "fee_key.claim", "bob", key="key-2")
    assert desk.ok("fee_key.claim", "alice", key="key-1")["paid"] == "100"


def test_claim__indivisible_fee__floored_and_the_remainder_kept(desk: Desk) -> None:
    for holder in ("a", "b", "c"):
        key(desk, holder, 1)
    tax(desk, "0.00000002")  # tax 2 units, 1 for three keys
    desk.no("nothing_to_claim", "fee_key.claim", "a", key="key-1")
    tax(desk, "0.00000004")  # 2 more: 3 units for three keys
    assert desk.ok("fee_key.claim", "a", key="key-1")["paid"] == "0.000000001"
    assert desk.ok("fee_key.claim", "b", key="key-2")["paid"] == "0.000000001"
    assert desk.ok("fee_key.claim", "c", key="key-3")["paid"] == "0.000000001"
    assert desk.units("VG", "@fees:VG") == 0


def test_transfer__unclaimed_fees_go_along__and_only_once(desk: Desk) -> None:
    key(desk, "alice", 1)
    tax(desk)
    desk.ok("fee_key.transfer", "alice", key="key-1", to="bob")
    desk.no("not_authorized", "fee_key.claim", "alice", key="key-1")
    desk.no("not_authorized", "fee_key.transfer", "alice", key="key-1", to="alice")
    assert desk.ok("fee_key.claim", "bob", key="key-1")["paid"] == "50"
    desk.ok("fee_key.transfer", "bob", key="key-1", to="alice")
    desk.no("nothing_to_claim", "fee_key.claim", "alice", key="key-1")


def test_claim__frozen_owner__waits(desk: Desk) -> None:
    key(desk, "alice", 1)
    tax(desk)
    desk.freeze("VG", "alice")
    desk.no("account_frozen", "fee_key.claim", "alice", key="key-1")
    desk.freeze("VG", "alice", thaw=True)
    assert desk.ok("fee_key.claim", "alice", key="key-1")["paid"] == "50"


def test_claim__tax_of_another_asset__adds_nothing(desk: Desk) -> None:
    key(desk, "alice", 1)
    desk.ok("asset.create", "operator", asset="TAX", decimals=9, transfer_tax_bps=2_000)
    desk.mint("TAX", "payer", "100")
    desk.ok("asset.transfer", "payer", asset="TAX", to="sink", amount="100")
    desk.no("nothing_to_claim", "fee_key.claim", "alice", key="key-1")
