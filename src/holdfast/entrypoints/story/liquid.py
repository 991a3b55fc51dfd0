"""InfraStaking: a liquid vault from the first deposit to a redemption."""

from __future__ import annotations

from holdfast.entrypoints.story.stage import Figure, Stage
from holdfast.primitives.clock import DAY


def play(stage: Stage) -> None:
    """1,000 FLUX become 1,000 vFLUX; rewards unlock over seven days; a redemption pays its share of them."""
    stage.teller.chapter("InfraStaking: a liquid vault for FLUX")
    _deposit(stage)
    _rewards(stage)
    _redeem(stage)


def _deposit(stage: Stage) -> None:
    stage.do("vault.create", "operator", asset="FLUX")
    for holder, amount in (("alice", "1000"), ("bob", "500"), ("operator", "105")):
        stage.do("faucet.drip", holder, asset="FLUX", amount=amount)
    first = stage.do("vault.deposit", "alice", vault="FLUX", assets="1000", min_shares="1000")
    second = stage.do("vault.deposit", "bob", vault="FLUX", assets="500")
    back = stage.preview("vault.redeem", "alice", vault="FLUX", shares="1000")
    stage.teller.say(
        "Alice puts 1,000 FLUX into the vault and Bob 500. Shares cost what they stand for, so as long as there is "
        "neither gain nor loss they are exactly 1:1."
    )
    stage.figures(
        Figure("Alice's shares", first["shares"], "1000", "vFLUX", "1,000 × (0 + 1) / (0 + 1)"),
        Figure("Bob's shares", second["shares"], "500", "vFLUX", "500, still 1:1"),
        Figure("Alice's would pay at once", back["assets"], "1000", "FLUX", "back 1:1 as well"),
        Figure("all shares stand for", _vault(stage, "total_assets"), "1500", "FLUX", "1,000 + 500"),
    )


def _rewards(stage: Stage) -> None:
    stage.do("vault.add_rewards", "operator", vault="FLUX", assets="105")
    stage.teller.say(
        "105 FLUX of rewards come in. They unlock over seven days, second by second, so nobody gains by coming just "
        "before a reward and leaving just after it."
    )
    before = _vault(stage, "total_assets")
    stage.later(seconds=7 * DAY // 2)
    _pass(stage)
    half, locked = _vault(stage, "total_assets"), _vault(stage, "locked_profit")
    stage.later(seconds=7 * DAY // 2)
    _pass(stage)
    stage.figures(
        Figure("at once, all shares stand for", before, "1500", "FLUX", "the 105 are locked"),
        Figure("after 3½ days", half, "1552.5", "FLUX", "1,500 + 105 / 2"),
        Figure("still locked then", locked, "52.5", "FLUX", "105 / 2"),
        Figure("after 7 days", _vault(stage, "total_assets"), "1605", "FLUX", "1,500 + 105"),
    )


def _redeem(stage: Stage) -> None:
    paid = stage.do("vault.redeem", "alice", vault="FLUX", shares="1000")
    stage.teller.say(
        "Alice gives all her shares back. They earned 7 %; what she is paid is rounded down, against her, and the "
        "last digit stays with Bob, who keeps his."
    )
    stage.figures(
        Figure("Alice is paid", paid["assets"], "1069.99999999", "FLUX", "1,000 × 1.07, floored"),
        Figure("left for Bob's shares", _vault(stage, "total_assets"), "535.00000001", "FLUX", "1,605 less Alice's"),
        Figure("Alice's shares now", stage.balance("vFLUX", "alice"), "0", "vFLUX", "1,000 - 1,000"),
    )


def _pass(stage: Stage) -> None:
    """Views are of the desk's present second, which is that of its last record: settle an empty queue."""
    stage.do("vault.settle", "keeper", vault="FLUX")


def _vault(stage: Stage, field: str) -> str:
    return str(stage.view()["vaults"]["FLUX"][field])
