"""Opening positions, the reserve, validators (rules 4.1, 4.2)."""

from __future__ import annotations

import pytest

from holdfast.engine.genesis import STANDARD_ASSETS, Genesis
from support import Desk


# --- open -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("leverage", [0, 6, 2**53 - 1])
def test_open__leverage_outside_1_to_5__leverage_out_of_range(desk: Desk, leverage: int) -> None:
    desk.lender()
    desk.mint("CSPR", "alice", "1000")
    desk.no(
        "leverage_out_of_range", "leverage.open_position", "alice", deposit="500", leverage=leverage, validator="v1"
    )


@pytest.mark.parametrize("leverage", ["2", 2.5, 2.0, True, -1, None])
def test_open__leverage_is_no_json_integer__malformed(desk: Desk, leverage: object) -> None:
    desk.lender()
    desk.no("malformed", "leverage.open_position", "alice", deposit="500", leverage=leverage, validator="v1")


@pytest.mark.parametrize(
    ("leverage", "total", "debt", "ltv_bps"),
    [(1, "100", "0", 0), (2, "200", "100", 5_000), (3, "300", "200", 6_667), (4, "400", "300", 7_500),
     (5, "500", "400", 8_000)],
)  # fmt: skip
def test_open__1x_to_5x__debt_is_deposit_times_one_less(leverage: int, total: str, debt: str, ltv_bps: int) -> None:
    desk = Desk(leverage={"minimum_delegation": "100"})
    desk.lender()
    assert desk.open("alice", "100", leverage) == {
        "total_staked": total, "debt": debt, "ltv_bps": ltv_bps, "leverage": leverage, "validator": "v1",
    }  # fmt: skip
    assert desk.balance("mCSPR", "alice") == debt
    assert desk.balance("CSPR", "@delegated:CSPR") == total
    assert desk.view("validators", "v1", "pool_shares") == total


def test_open__total_of_500__applied_a_mote_less_not(desk: Desk) -> None:
    desk.lender()
    desk.mint("CSPR", "alice", "1000")
    open_ = {"leverage": 1, "validator": "v1"}
    desk.no("below_minimum_delegation", "leverage.open_position", "alice", deposit="499.999999999", **open_)
    desk.ok("leverage.open_position", "alice", deposit="500", **open_)
    desk.no("position_exists", "leverage.open_position", "alice", deposit="500", **open_)


def test_open__limits_of_the_validator__count_beside_the_desks(desk: Desk) -> None:
    desk.ok(
        "validator.register", "operator", validator="v1", commission_bps=0, minimum_delegation="600",
        maximum_delegation="700",
    )  # fmt: skip
    desk.mint("CSPR", "alice", "1000")
    open_ = {"leverage": 1, "validator": "v1"}
    desk.no("below_minimum_delegation", "leverage.open_position", "alice", deposit="599.999999999", **open_)
    desk.no("above_maximum_delegation", "leverage.open_position", "alice", deposit="700.000000001", **open_)
    desk.ok("leverage.open_position", "alice", deposit="700", **open_)
    desk.mint("CSPR", "bob", "600")
    desk.ok("leverage.open_position", "bob", deposit="600", **open_)


def test_open__ltv_at_the_desks_limit__applied_above_not() -> None:
    desk = Desk(leverage={"maximum_ltv_bps": 7_500})
    desk.lender()
    desk.mint("CSPR", "alice", "1000")
    desk.no("ltv_exceeded", "leverage.open_position", "alice", deposit="500", leverage=5, validator="v1")
    desk.ok("leverage.open_position", "alice", deposit="500", leverage=4, validator="v1")


def test_open__inactive_validator__refused_those_it_has_stay(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.ok("validator.set_active", "operator", validator="v1", active=False)
    desk.mint("CSPR", "bob", "500")
    desk.no("validator_inactive", "leverage.open_position", "bob", deposit="500", leverage=1, validator="v1")
    desk.end_era({"v1": "1"})
    assert desk.view("positions", "alice", "value") == "501"
    desk.ok("validator.set_active", "operator", validator="v1", active=True)
    desk.ok("leverage.open_position", "bob", deposit="500", leverage=1, validator="v1")


def test_open__pool_grew__shares_floored(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.end_era({"v1": "250"})
    desk.open("bob", "500", 1)  # floor(500 · 500 / 750)
    assert desk.view("validators", "v1", "pool_shares") == "833.333333333"
    assert desk.view("positions", "bob", "value") == "499.999999999"


def test_open__pool_that_lost_everything__zero_shares(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.end_era(v1=10_000)
    desk.mint("CSPR", "bob", "500")
    desk.no("zero_shares", "leverage.open_position", "bob", deposit="500", leverage=1, validator="v1")
    desk.ok("leverage.request_close_position", "alice")
    desk.ok("leverage.open_position", "bob", deposit="500", leverage=1, validator="v1")
    assert desk.view("validators", "v1", "pool_shares") == "500"


def test_open__pool_so_rich_that_no_share_results__zero_shares(desk: Desk) -> None:
    desk.ok("validator.register", "operator", validator="v1", commission_bps=0)
    desk.open("alice", "500", 1)
    desk.end_era({"v1": "5" + "0" * 13})
    desk.mint("CSPR", "bob", "1000")
    open_ = {"leverage": 1, "validator": "v1"}
    desk.ok("leverage.open_position", "bob", deposit="500", **open_)
    desk.end_era({"v1": "5" + "0" * 40})
    desk.mint("CSPR", "carol", "500")
    desk.no("zero_shares", "leverage.open_position", "carol", deposit="500", **open_)


# --- reserve --------------------------------------------------------------------------------------------------------
def test_open__lends_to_exactly_20_percent__a_mote_more_not(desk: Desk) -> None:
    desk.lender("1000")
    desk.mint("CSPR", "alice", "1000")
    open_ = {"leverage": 2, "validator": "v1"}
    details = desk.no("insufficient_reserve", "leverage.open_position", "alice", deposit="800.000000001", **open_)
    assert details == {"available": "800", "needed": "800.000000001"}
    desk.ok("leverage.open_position", "alice", deposit="800", **open_)
    assert desk.view("reserve") == {
        "liquid": "200", "lent": "800", "capacity": "1000", "minimum": "200", "available": "0", "withdrawable": "0",
        "bad_debt": "0",
    }  # fmt: skip


def test_open__at_1x__asks_no_reserve(desk: Desk) -> None:
    desk.ok("validator.register", "operator", validator="v1", commission_bps=0)
    desk.open("alice", "500", 1)
    assert desk.view("reserve", "lent") == "0"
    assert desk.units("mCSPR", "alice") == 0


def test_reserve__minimum_of_an_odd_capacity__ceiled(desk: Desk) -> None:
    desk.mint("CSPR", "operator", "0.000000001")
    desk.ok("leverage.provide_reserve", "operator", amount="0.000000001")
    assert (desk.view("reserve", "minimum"), desk.view("reserve", "available")) == ("0.000000001", "0")


def test_withdraw_reserve__down_to_20_percent_of_what_remains(desk: Desk) -> None:
    desk.lender("1000")
    desk.open("alice", "400", 2)  # 600 liquid, 400 lent
    desk.no("reserve_below_minimum", "leverage.withdraw_reserve", "operator", amount="500.000000001")
    desk.ok("leverage.withdraw_reserve", "operator", amount="500")  # 100 of 500
    desk.no("reserve_below_minimum", "leverage.withdraw_reserve", "operator", amount="0.000000001")


@pytest.mark.parametrize("minimum_bps", [0, 1, 2_000, 3_333, 9_999, 10_000])
@pytest.mark.parametrize("lent", ["0", "500", "500.000000001", "777.777777777"])
def test_withdraw_reserve__the_most_that_is_shown_goes_and_a_mote_more_does_not(minimum_bps: int, lent: str) -> None:
    desk = Desk(leverage={"minimum_reserve_bps": minimum_bps})
    desk.lender("100000")
    if lent != "0" and minimum_bps < 9_999:
        desk.open("alice", lent, 2)
    asset, most = desk.state.assets["CSPR"], desk.view("reserve", "withdrawable")
    more = asset.text(asset.units(most) + 1)
    desk.no("reserve_below_minimum", "leverage.withdraw_reserve", "operator", amount=more)
    if most != "0":
        desk.ok("leverage.withdraw_reserve", "operator", amount=most)
        assert desk.view("reserve", "withdrawable") == "0"


def test_withdraw_reserve__more_than_is_liquid__reserve_below_minimum(desk: Desk) -> None:
    desk.lender("1000")
    desk.no("reserve_below_minimum", "leverage.withdraw_reserve", "operator", amount="1000.000000001")
    desk.ok("leverage.withdraw_reserve", "operator", amount="1000")


@pytest.mark.parametrize("kind", ["leverage.provide_reserve", "leverage.withdraw_reserve"])
def test_reserve__no_operator__not_authorized(desk: Desk, kind: str) -> None:
    desk.no("not_authorized", kind, "keeper", amount="1")


# --- validators -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("commission_bps", [10_001, -1, "5"])
def test_register__commission_outside_its_bounds__malformed(desk: Desk, commission_bps: object) -> None:
    desk.no("malformed", "validator.register", "operator", validator="v1", commission_bps=commission_bps)


def test_register__minimum_above_maximum__malformed(desk: Desk) -> None:
    limits = {"minimum_delegation": "500.000000001", "maximum_delegation": "500"}
    desk.no("malformed", "validator.register", "operator", validator="v9", commission_bps=0, **limits)


def test_register__twice__validator_exists(desk: Desk) -> None:
    desk.lender()
    desk.no("validator_exists", "validator.register", "operator", validator="v1", commission_bps=1)
    desk.no("malformed", "validator.register", "operator", validator="@v1", commission_bps=1)


def test_debt_token__made_by_people__is_refused_and_nothing_is_delegated() -> None:
    """Whoever could mint it would bring about what only debt may: the desk would stop as corrupt."""
    desk = Desk(Genesis(assets=tuple(asset for asset in STANDARD_ASSETS if asset.code != "mCSPR")))
    desk.no("asset_exists", "asset.create", "operator", asset="mCSPR", decimals=9, range="u512")
    desk.ok("validator.register", "operator", validator="v1", commission_bps=0)
    desk.ok("asset.mint", "operator", asset="CSPR", to="alice", amount="500")
    desk.no("unknown_asset", "leverage.open_position", "alice", deposit="500", leverage=1, validator="v1")


def test_debt_token__code_of_a_vaults_share__asset_exists() -> None:
    desk = Desk(leverage={"debt_asset": "vX"})
    desk.no("asset_exists", "vault.create", "operator", asset="FLUX", vault="X")
