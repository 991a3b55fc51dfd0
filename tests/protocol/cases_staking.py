"""Checks in order: term staking, boosters, fee keys, buyback, treasury (rules 3)."""

from __future__ import annotations

from precedence import UNKNOWN_ASSET, Break, Case, Change, absent, both, do, drained, frozen, unknown

from support import DAY, Desk

_STRANGER = Break("not_authorized", {"actor": "bob"})
_ZERO = Break("zero_amount", {"amount": "0"})


def _given(account: str, asset: str, amount: str) -> Change:
    return do("asset.mint", "operator", asset=asset, to=account, amount=amount)


def _stake(account: str, amount: str, booster: str | None = None) -> Change:
    return both(
        _given(account, "VG", "20000"),
        lambda desk: desk.send("term.stake", account, amount=amount, booster=booster),
    )


def _wait(days: int) -> Change:
    return lambda desk: desk.later(days * DAY)


_BOOSTER = both(_given("alice", "VC", "1000000"), do("booster.stake", "alice"))


def _booster_gone(desk: Desk) -> None:
    """The booster expires with its stake; in another's hands it is used."""
    if (owner := desk.state.boosters["booster-1"].owner) == "alice":
        desk.later(90 * DAY)
        desk.send("booster.unstake", "alice", stake="vc-1")
    else:
        _stake(owner, "100", "booster-1")(desk)


def _no_price(desk: Desk) -> None:
    desk.state.prices.clear()


_SOLD_OUT = both(_given("carol", "VC", "1000"), do("buyback.sell", "carol", vc="600"))
_SPENT = do("treasury.spend", "operator", asset="VG", to="carol", amount="196", memo="")

CASES = [
    Case(
        "term.stake",
        "alice",
        {"amount": "1000", "booster": "booster-1"},
        both(_BOOSTER, _given("alice", "VG", "1100")),
        exists=(absent("VG"),),
        amounts=("amount",),
        checks=(
            Break("below_minimum_stake", {"amount": "99.999999999"}),
            drained("VG", "alice"),
            unknown("unknown_booster", booster="booster-9"),
            Break("not_authorized", state=do("booster.transfer", "alice", booster="booster-1", to="bob")),
            Break("booster_not_active", state=_booster_gone),
            frozen("VG", "alice"),
        ),
    ),
    Case(
        "term.unstake",
        "alice",
        {"stake": "vg-1"},
        both(_stake("alice", "1000"), _wait(153), _stake("alice", "1000")),
        exists=(unknown("unknown_stake", stake="vg-9"),),
        checks=(
            _STRANGER,
            Break("already_unstaked", state=do("term.unstake", "alice", stake="vg-1")),
            Break("not_matured", {"stake": "vg-2"}, excludes=("already_unstaked",)),
            frozen("VG", "alice"),
        ),
    ),
    Case(
        "booster.stake",
        "alice",
        {},
        _given("alice", "VC", "1000000"),
        exists=(absent("VC"),),
        checks=(drained("VC", "alice"), frozen("VC", "alice")),
    ),
    Case(
        "booster.unstake",
        "alice",
        {"stake": "vc-1"},
        both(_BOOSTER, _wait(90), _BOOSTER),
        exists=(unknown("unknown_stake", stake="vc-9"),),
        checks=(
            _STRANGER,
            Break("already_unstaked", state=do("booster.unstake", "alice", stake="vc-1")),
            Break("not_matured", {"stake": "vc-2"}, excludes=("already_unstaked",)),
            frozen("VC", "alice"),
        ),
    ),
    Case(
        "booster.transfer",
        "alice",
        {"booster": "booster-1", "to": "bob"},
        _BOOSTER,
        exists=(unknown("unknown_booster", booster="booster-9"),),
        checks=(Break("not_authorized", {"actor": "carol"}), Break("booster_not_active", state=_booster_gone)),
    ),
    Case(
        "fee_key.issue",
        "operator",
        {"to": "alice", "locked_lp": 1},
        exists=(absent("VG"),),
        checks=(Break("zero_amount", {"locked_lp": 0}),),
    ),
    Case(
        "fee_key.claim",
        "alice",
        {"key": "key-1"},
        both(do("fee_key.issue", "operator", to="alice", locked_lp=5), _stake("carol", "1000")),
        exists=(unknown("unknown_key", key="key-9"),),
        checks=(
            _STRANGER,
            Break("nothing_to_claim", state=do("fee_key.claim", "alice", key="key-1")),
            frozen("VG", "alice"),
        ),
    ),
    Case(
        "fee_key.transfer",
        "alice",
        {"key": "key-1", "to": "carol"},
        do("fee_key.issue", "operator", to="alice", locked_lp=5),
        exists=(unknown("unknown_key", key="key-9"),),
        checks=(_STRANGER,),
    ),
    Case(
        "buyback.set_price",
        "oracle",
        {"vg_per_vc": "0.5"},
        amounts=("vg_per_vc",),
        checks=(Break("zero_amount", {"vg_per_vc": "0"}),),
    ),
    Case(
        "buyback.sell",
        "alice",
        {"vc": "5", "min_vg": "2.5"},
        both(_stake("carol", "10000"), _given("alice", "VC", "5"), do("buyback.set_price", "oracle", vg_per_vc="0.5")),
        exists=(absent("VC"), absent("VG")),
        amounts=("vc", "min_vg"),
        checks=(
            Break("zero_amount", {"vc": "0"}),
            Break("no_price", state=_no_price),
            Break("stale_price", state=lambda desk: desk.later(DAY + 1)),
            drained("VC", "alice"),
            Break("zero_assets", {"vc": "0.000000001"}),
            Break("slippage", {"min_vg": "2.500000001"}),
            Break("insufficient_liquidity", state=_SOLD_OUT),
            frozen("VC", "alice"),
            frozen("VG", "alice"),
        ),
    ),
    Case(
        "treasury.spend",
        "operator",
        {"asset": "VG", "to": "alice", "amount": "5", "memo": "for the well"},
        _stake("carol", "10000"),
        exists=(UNKNOWN_ASSET,),
        amounts=("amount",),
        checks=(_ZERO, Break("insufficient_balance", state=_SPENT), frozen("VG", "alice")),
    ),
]
