"""VG staking: example 3 of the document, down to the last reinvestment, and where the tax goes."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.story.stage import Figure, Stage
from holdfast.primitives.clock import format_instant


def play(stage: Stage) -> None:
    """15,000 VG with a booster: 46 days, then 10,500 for 63, then 7,350 for 130."""
    stage.teller.chapter("VG: a term stake with a booster, reinvested twice")
    _keys(stage)
    opened = _stake(stage)
    _first_term(stage, opened)
    _second_term(stage)
    _last_term(stage)
    _fees(stage)


def _keys(stage: Stage) -> None:
    dan = stage.do("fee_key.issue", "operator", to="dan", locked_lp=500)
    erin = stage.do("fee_key.issue", "operator", to="erin", locked_lp=1_250)
    stage.teller.say("Dan and Erin hold fee keys for 500 and 1,250 units of locked LP; a key's tier multiplies them.")
    stage.figures(
        Figure("weight of Dan's key", dan["weight"], "5000000", dan["tier"], "500 × 10,000"),
        Figure("weight of Erin's key", erin["weight"], "15000000", erin["tier"], "1,250 × 12,000"),
    )


def _stake(stage: Stage) -> dict[str, Any]:
    stage.do("faucet.drip", "carol", asset="VC", amount="1000000")
    stage.do("faucet.drip", "carol", asset="VG", amount="16500")
    booster = stage.do("booster.stake", "carol")
    opened = stage.do("term.stake", "carol", amount="15000", booster=booster["booster"])
    stage.teller.say(
        "Carol locks 1,000,000 VC for 90 days, gets a booster at once and stakes 15,000 VG with it. The tax of 10 % "
        "is paid on top. P = 90 × (1 - log10(15,000 / 100) × 0.15) × (1 - 0.25) = 45.5 days, rounded up."
    )
    stage.figures(
        Figure("locked for", opened["period_days"], 46, "days", "45.47 rounded up"),
        Figure("tax on top", opened["tax"], "1500", "VG", "15,000 × 10 %"),
        Figure("Carol's VG left", stage.balance("VG", "carol"), "0", "VG", "16,500 - 15,000 - 1,500"),
        Figure("to the fee keys", stage.balance("VG", "@fees:VG"), "750", "VG", "50 % of 1,500"),
        Figure("to buyback and burn", stage.balance("VG", "@buyback:VG"), "450", "VG", "30 %"),
        Figure("to the treasury", stage.balance("VG", "@treasury:VG"), "300", "VG", "the rest"),
    )
    return opened


def _first_term(stage: Stage, opened: dict[str, Any]) -> None:
    stage.later(days=45)
    stage.refused("not_matured", "term.unstake", "carol", stake="vg-1")
    stage.later(days=1)
    paid = stage.do("term.unstake", "carol", stake="vg-1")
    second = stage.view()["stakes"]["vg-2"]
    stage.teller.say(
        "A day early the desk refuses; on day 46 Carol unstakes. From 10,000 VG on, 70 % are staked again without the "
        "booster, and 30 % are paid, less 10 %."
    )
    stage.figures(
        Figure("unlocks", opened["unlocks_at"], format_instant(stage.now), "", "46 days to the second"),
        Figure("paid", paid["paid"], "4050", "VG", "15,000 × 30 % × 90 %"),
        Figure("tax", paid["tax"], "450", "VG", "4,500 × 10 %"),
        Figure("staked again", second["amount"], "10500", "VG", "15,000 × 70 %"),
        Figure("for", second["period_days"], 63, "days", "90 × 0.69682 = 62.71"),
        Figure("its booster", second["booster"], None, "", "one booster, one stake"),
    )


def _second_term(stage: Stage) -> None:
    stage.later(days=44)
    back = stage.do("booster.unstake", "carol", stake="vc-1")
    stage.later(days=19)
    paid = stage.do("term.unstake", "keeper", stake="vg-2")
    third = stage.view()["stakes"]["vg-3"]
    stage.teller.say(
        "On day 90 the VC comes back. On day 109 a keeper unstakes for Carol, who is paid all the same. What is "
        "staked now is below 10,000 VG: a base period of 180 days, and no reinvestment any more."
    )
    stage.figures(
        Figure("VC given back", back["paid"], "1000000", "VC", "untaxed"),
        Figure("paid", paid["paid"], "2835", "VG", "10,500 × 30 % × 90 %"),
        Figure("staked again", third["amount"], "7350", "VG", "10,500 × 70 %"),
        Figure("for", third["period_days"], 130, "days", "180 × 0.72006 = 129.6"),
        Figure("reinvested after that", third["auto_reinvest"], False, "", "7,350 < 10,000"),
    )


def _last_term(stage: Stage) -> None:
    stage.later(days=130)
    paid = stage.do("term.unstake", "carol", stake="vg-3")
    stage.teller.say("On day 239 the last stake is paid out whole, less its tax, and nothing is staked any more.")
    stage.figures(
        Figure("paid", paid["paid"], "6615", "VG", "7,350 × 90 %"),
        Figure("paid in all", stage.balance("VG", "carol"), "13500", "VG", "4,050 + 2,835 + 6,615"),
        Figure("still staked", stage.view()["term_pool"]["total_staked"], "0", "VG", "all is out"),
    )


def _fees(stage: Stage) -> None:
    claimed = stage.do("fee_key.claim", "dan", key="key-1")
    stage.teller.say("The four taxes were 1,500, 450, 315 and 735 VG, 3,000 in all. Dan claims his share of the fees.")
    stage.figures(
        Figure("Dan is paid", claimed["paid"], "375", "VG", "3,000 × 50 % × 5/20"),
        Figure("Erin can claim", stage.view()["fee_keys"]["key-2"]["claimable"], "1125", "VG", "3,000 × 50 % × 15/20"),
        Figure("for buyback and burn", stage.balance("VG", "@buyback:VG"), "900", "VG", "3,000 × 30 %"),
        Figure("in the treasury", stage.balance("VG", "@treasury:VG"), "600", "VG", "3,000 × 20 %"),
    )
