"""A desk with something of everything, of alice's and of bob's."""

from __future__ import annotations

from attesting import public_key, signed
from holdfast.wire import codec
from serving import House
from support import DAY, START


def furnish(house: House) -> None:
    """Vaults with deposits, profit and exits; stakes, boosters and keys; positions; a network with resources."""
    do = house.do
    for asset, holder, amount in (
        ("FLUX", "alice", "5000"), ("FLUX", "bob", "2000"), ("FLUX", "operator", "9000"), ("VG", "alice", "90000"),
        ("VG", "bob", "40000"), ("VC", "alice", "3000000"), ("VC", "bob", "3000000"), ("CSPR", "alice", "2000"),
        ("CSPR", "bob", "2000"), ("CSPR", "operator", "100000"),
    ):  # fmt: skip
        do("asset.mint", "operator", asset=asset, to=holder, amount=amount)
    do("vault.create", "operator", asset="FLUX", performance_fee_bps=1000)
    do("vault.deposit", "alice", vault="FLUX", assets="1000")
    do("vault.deposit", "bob", vault="FLUX", assets="500")
    do("strategy.add", "operator", vault="FLUX", strategy="lend", protocol="BENQI", cap="1000",
       yield_curve=[["0", 500], ["500", 300]], cooldown_seconds=DAY, redemption_window_seconds=DAY)  # fmt: skip
    do("strategy.allocate", "operator", vault="FLUX", strategy="lend", amount="400")
    do("strategy.deallocate", "operator", strategy="lend", amount="100")
    do("portfolio.plan", "operator", vault="FLUX")
    house.later(3600)
    do("vault.add_rewards", "operator", vault="FLUX", assets="105")
    do("vault.request_redeem", "alice", vault="FLUX", shares="100")
    do("vault.request_redeem", "bob", vault="FLUX", shares="50")
    do("vault.settle", "keeper", vault="FLUX", limit=1)
    _stakes(house)
    _positions(house)
    _network(house)
    do("asset.approve", "alice", asset="VG", spender="bob", amount="7", expires_at="2026-12-31T00:00:00Z")
    do("asset.approve", "bob", asset="VG", spender="alice", amount="8", expires_at="2026-12-31T00:00:00Z")
    do("asset.set_authorized", "operator", asset="RENDER", account="bob", authorized=False)
    assert house.send("vault.redeem", "bob", vault="FLUX", shares="999999").status == "rejected"


def furnish_with_command(house: House) -> None:
    """As `furnish`, and a command `c-1` as olga would have sent it; then somebody waits in the queue again."""
    furnish(house)
    house.service.submit(codec.command("vault.settle", "olga/c-1", "keeper", vault="FLUX"))
    house.do("vault.request_redeem", "bob", vault="FLUX", shares="25")


def _stakes(house: House) -> None:
    do = house.do
    do("buyback.set_price", "oracle", vg_per_vc="0.01")
    for holder in ("alice", "bob"):
        do("booster.stake", holder)
    do("fee_key.issue", "operator", to="alice", locked_lp=5000)
    do("fee_key.issue", "operator", to="bob", locked_lp=100)
    do("term.stake", "alice", amount="15000", booster="booster-1")
    do("term.stake", "alice", amount="500")
    do("term.stake", "bob", amount="700")


def _positions(house: House) -> None:
    do = house.do
    do("validator.register", "operator", validator="v1", commission_bps=500)
    do("leverage.provide_reserve", "operator", amount="50000")
    do("leverage.open_position", "alice", deposit="200", leverage=4, validator="v1")
    do("leverage.open_position", "bob", deposit="300", leverage=2, validator="v1")
    do("network.end_era", "oracle", era=1, rewards={"v1": "30"})
    do("leverage.request_close_position", "bob")


def _network(house: House) -> None:
    do = house.do
    do("depin.add_network", "operator", network="net", reward_asset="FLUX", epoch_seconds=3600,
       emission_per_epoch="100")  # fmt: skip
    do("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("probe"))
    do("depin.fund", "operator", network="net", amount="1000")
    do("depin.register_resource", "alice", network="net", kind="gpu", unit="gpu", capacity="2", resource="card")
    do("depin.register_resource", "bob", network="net", kind="gpu", unit="gpu", capacity="1", resource="board")
    house.later(600)
    for resource in ("card", "board"):
        fields = signed("net", resource, START + 3600, START + 4200)
        do("depin.report", "probe", **fields)
    house.later(3600)
    do("depin.close_epoch", "keeper", network="net")
