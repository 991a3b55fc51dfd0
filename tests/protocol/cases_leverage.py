"""Checks in order: validators, eras, reserve, leveraged positions (rules 4)."""

from __future__ import annotations

from precedence import TOO_FINE, TOO_LARGE, Break, Case, absent, both, do, drained, frozen, full, never, unknown

from support import Desk

_ZERO = Break("zero_amount", {"amount": "0"})
_NO_CSPR = absent("CSPR")
_V1 = do("validator.register", "operator", validator="v1", commission_bps=500, maximum_delegation="5000")
_V2 = do("validator.register", "operator", validator="v2", commission_bps=500)
_NO_VALIDATOR = unknown("unknown_validator", validator="v9")


def _reserve(desk: Desk) -> None:
    desk.mint("CSPR", "operator", "1000")
    desk.ok("leverage.provide_reserve", "operator", amount="1000")


def _open(holder: str, deposit: str, leverage: int, validator: str = "v2") -> None:
    return both(
        do("asset.mint", "operator", asset="CSPR", to=holder, amount=deposit),
        do("leverage.open_position", holder, deposit=deposit, leverage=leverage, validator=validator),
    )  # type: ignore[return-value]


def _close(holder: str) -> None:
    return do("leverage.request_close_position", holder)  # type: ignore[return-value]


def _pool_lost(desk: Desk) -> None:
    _open("carol", "500", 1, "v1")(desk)
    desk.send("network.end_era", "oracle", era=desk.state.era + 1, rewards={}, slashes={"v1": 10_000})


def _debt_token_gone(holder: str) -> object:
    def give_away(desk: Desk) -> None:
        amount = desk.balance("mCSPR", holder)
        desk.send("asset.transfer", holder, asset="mCSPR", to="elsewhere", amount=amount)

    return give_away


def _one_of_each(desk: Desk) -> None:
    """alice can finalize; carol is active; erin unbonds and is short of mCSPR; frank has no debt and is frozen."""
    both(_V2, _reserve)(desk)
    both(_open("alice", "250", 2), _open("carol", "500", 1), _open("erin", "250", 2), _open("frank", "500", 1))(desk)
    both(_close("alice"), _close("frank"))(desk)
    desk.eras(3)
    both(_close("erin"), _debt_token_gone("erin"))(desk)
    desk.eras(4)
    desk.freeze("CSPR", "frank")


def _mine(holder: str) -> dict[str, str]:
    return {"actor": holder, "holder": holder}


def _under_water(desk: Desk) -> None:
    """alice is past her threshold at v1; carol has no debt; erin has none either and unbonds."""
    both(_V1, _V2, _reserve)(desk)
    both(_open("alice", "100", 5, "v1"), _open("carol", "500", 1), _open("erin", "500", 1), _close("erin"))(desk)
    desk.end_era(v1=1_000)


CASES = [
    Case(
        "validator.register",
        "operator",
        {"validator": "v1", "commission_bps": 10_000, "minimum_delegation": "600", "maximum_delegation": "700"},
        exists=(_NO_CSPR,),
        amounts=("minimum_delegation", "maximum_delegation"),
        checks=(Break("validator_exists", state=_V1),),
    ),
    Case("validator.set_active", "operator", {"validator": "v1", "active": False}, _V1, exists=(_NO_VALIDATOR,)),
    Case(
        "leverage.provide_reserve",
        "operator",
        {"amount": "5"},
        do("asset.mint", "operator", asset="CSPR", to="operator", amount="5"),
        exists=(_NO_CSPR,),
        amounts=("amount",),
        checks=(_ZERO, drained("CSPR", "operator"), frozen("CSPR", "operator")),
    ),
    Case(
        "leverage.withdraw_reserve",
        "operator",
        {"amount": "5"},
        _reserve,
        exists=(_NO_CSPR,),
        amounts=("amount",),
        checks=(
            _ZERO,
            Break("reserve_below_minimum", state=do("leverage.withdraw_reserve", "operator", amount="996")),
            frozen("CSPR", "operator"),
        ),
    ),
    Case(
        "leverage.open_position",
        "alice",
        {"deposit": "500", "leverage": 2, "validator": "v1"},
        both(_V1, _V2, _reserve, do("asset.mint", "operator", asset="CSPR", to="alice", amount="500")),
        exists=(_NO_CSPR,),
        amounts=("deposit",),
        checks=(
            Break("zero_amount", {"deposit": "0"}),
            Break("leverage_out_of_range", {"leverage": 6}),
            Break("position_exists", state=_open("alice", "500", 1)),
            unknown("unknown_validator", validator="v9"),
            Break("validator_inactive", state=do("validator.set_active", "operator", validator="v1", active=False)),
            Break("below_minimum_delegation", {"deposit": "1"}),
            Break("above_maximum_delegation", {"deposit": "3000"}),
            Break("ltv_exceeded", {"leverage": 4}),
            drained("CSPR", "alice"),
            Break("insufficient_reserve", state=do("leverage.withdraw_reserve", "operator", amount="600")),
            Break("zero_shares", state=_pool_lost),
            frozen("CSPR", "alice"),
            never("amount_overflow"),
        ),
        tables={"leverage": {"maximum_ltv_bps": 7_000}},
    ),
    Case(
        "leverage.request_close_position",
        "alice",
        {},
        both(_V2, _open("alice", "500", 1)),
        checks=(
            Break("no_position", {"actor": "nobody"}),
            Break("position_not_active", state=_close("alice")),
        ),
    ),
    Case(
        "leverage.finalize_close_position",
        "alice",
        {"holder": "alice"},
        _one_of_each,
        checks=(
            Break("no_position", {"holder": "nobody"}),
            Break("not_authorized", {"actor": "bob"}),
            Break("not_authorized", {"actor": "bob", "holder": "carol"}),
            Break("not_authorized", {"actor": "bob", "holder": "erin"}),
            Break("position_not_unbonding", _mine("carol")),
            Break("unbonding_not_complete", _mine("erin")),
            Break("insufficient_debt_token", state=_debt_token_gone("alice")),
            Break("account_frozen", _mine("frank"), excludes=("insufficient_debt_token",)),
        ),
    ),
    Case(
        "leverage.liquidate",
        "bob",
        {"holder": "alice"},
        _under_water,
        checks=(
            Break("no_position", {"holder": "nobody"}),
            Break("position_not_active", state=_close("alice")),
            Break("position_not_active", {"holder": "erin"}),
            Break("position_healthy", {"holder": "carol"}, excludes=("position_not_active",)),
        ),
    ),
    Case(
        "network.end_era",
        "oracle",
        {"era": 1, "rewards": {"v1": "5"}, "slashes": {"v1": 100}},
        both(_V1, _V2, _open("alice", "500", 1, "v1")),
        exists=(
            _NO_CSPR,
            unknown("unknown_validator", rewards={"v9": TOO_FINE}),
            unknown("unknown_validator", slashes={"v9": 1}),
        ),
        arguments=(
            Break("malformed", {"rewards": {"v1": TOO_FINE}}),
            Break("amount_overflow", {"rewards": {"v1": TOO_LARGE}}),
        ),
        checks=(Break("era_out_of_order", {"era": 2}), full("CSPR")),
    ),
]
