"""Magni: a position at five times leverage from opening to its payment, and one that is slashed and liquidated."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from holdfast.entrypoints.story.stage import Figure, Stage
from holdfast.errors import Malformed
from holdfast.networks.casper.records import Auction
from holdfast.networks.casper.scenario import register_commands as auction_commands
from holdfast.networks.cspr import cspr_motes, cspr_text
from holdfast.networks.devnet import (
    Devnet,
    DevnetValidator,
    builtin_devnet,
    make_devnet,
    next_era,
    register_commands,
    stakes_after,
)

ERAS = 12
"""Eras that the first position earns in: a day."""
SLASH_BPS = 700
BORROW_RATE_BPS = 500
"""What the demo's reserve takes a year: less than validators pay, so that borrowing is worth it."""
OPENING = cspr_motes("1000")
"""The larger of the two delegations, which both validators must take."""


class Network(Struct):
    """The devnet as it goes along, its validators, and the motes that the desk delegated to each."""

    devnet: Devnet
    first: DevnetValidator
    second: DevnetValidator
    stakes: dict[str, int]

    def end_era(self, stage: Stage, slashes: dict[str, int] | None = None) -> None:
        """One era passes: the network pays what it pays, and the oracle reports it."""
        self.devnet, command = next_era(self.devnet, self.stakes, slashes or {})
        self.stakes = stakes_after(self.stakes, command)
        stage.later(seconds=self.devnet.era_seconds)
        stage.many([command])


def play(stage: Stage, auction: Auction | None = None) -> None:
    """100 CSPR at 5x is closed after a day; 200 CSPR at 5x loses 7 % to a slash and is liquidated."""
    stage.teller.chapter("Magni: leveraged delegation on Casper")
    network = _prepare(stage, auction)
    _open(stage, network)
    proceeds = _earn_and_close(stage, network)
    left = _slash(stage, network)
    _settle(stage, network, proceeds, left)


def by_hand(devnet: Devnet, validator: DevnetValidator, stake: int, eras: int) -> int:
    """What a lone stake grows to: each era adds stake × rate × seconds / year × (1 - commission), rounded down."""
    share = Fraction(devnet.rate_bps, 10_000) * Fraction(devnet.era_seconds, 365 * 24 * 60 * 60)
    for _ in range(eras):
        stake += int(stake * share * (1 - Fraction(validator.commission_bps, 10_000)))
    return stake


def interest(debt: int, devnet: Devnet, eras: int) -> int:
    """What a debt owes after so many eras: each adds debt × rate × seconds / year, rounded up."""
    year = 10_000 * 365 * 24 * 60 * 60
    return eras * -(-debt * BORROW_RATE_BPS * devnet.era_seconds // year)


def _prepare(stage: Stage, auction: Auction | None) -> Network:
    if auction is None:
        devnet = builtin_devnet(at=stage.now)
        count = stage.many(register_commands(devnet))
        first, second = devnet.validators[0], devnet.validators[3]
        of = "the built-in devnet"
    else:
        first, second = _suitable(auction)
        devnet = make_devnet((first, second), rate_bps=800, at=stage.now)
        stage.many(auction_commands(auction))
        count, of = len(auction.validators), f"Casper's auction of era {auction.era:,}"
    stage.do("faucet.drip", "operator", asset="CSPR", amount="10000")
    stage.do("leverage.provide_reserve", "operator", amount="10000")
    stage.teller.say(
        f"{count:,} validators of {of} are registered, and the operator lends 10,000 CSPR to the reserve. Eras last "
        "two hours and pay 8 % a year, less the validator's commission; the reserve takes 5 % a year."
    )
    return Network(devnet, first, second, {})


def _suitable(auction: Auction) -> tuple[DevnetValidator, DevnetValidator]:
    """The two largest active validators whose limits take the story's delegations."""
    ranked = sorted(auction.validators, key=lambda validator: (-validator.total_stake, validator.key))
    found = [
        DevnetValidator(v.key, v.stake, v.commission_percent * 100)
        for v in ranked
        if v.active
        and (v.minimum_delegation or 0) * 2 <= OPENING
        and (v.maximum_delegation is None or v.maximum_delegation >= OPENING)
    ]
    if len(found) < 2:
        raise Malformed("The auction has fewer than two active validators that take 500 to 1,000 CSPR.", field="bids")
    return found[0], found[1]


def _open(stage: Stage, network: Network) -> None:
    stage.do("faucet.drip", "frank", asset="CSPR", amount="100")
    opened = stage.do("leverage.open_position", "frank", deposit="100", leverage=5, validator=network.first.name)
    network.stakes = {network.first.name: cspr_motes(opened["total_staked"])}
    view = stage.view()
    stage.teller.say(f"Frank delegates 100 CSPR at 5x to {_short(network.first.name)}; 400 come from the reserve.")
    stage.figures(
        Figure("delegated", opened["total_staked"], "500", "CSPR", "100 × 5"),
        Figure("debt, and mCSPR in hand", stage.balance("mCSPR", "frank"), "400", "mCSPR", "100 × (5 - 1)"),
        Figure("loan-to-value", opened["ltv_bps"], 8_000, "bps", "400 / 500"),
        Figure("health", view["positions"]["frank"]["health_factor_bps"], 10_625, "bps", "500 × 85 % / 400"),
        Figure("reserve still liquid", view["reserve"]["liquid"], "9600", "CSPR", "10,000 - 400"),
        Figure("of that must stay", view["reserve"]["minimum"], "2000", "CSPR", "20 % of 9,600 + 400"),
    )


def _earn_and_close(stage: Stage, network: Network) -> int:
    for _ in range(ERAS):
        network.end_era(stage)
    proceeds = by_hand(network.devnet, network.first, cspr_motes("500"), ERAS)
    worth = stage.view()["positions"]["frank"]["value"]
    closing = stage.do("leverage.request_close_position", "frank")
    network.stakes = {}
    stage.teller.say(
        f"{ERAS} eras pass, a day. The rewards are Frank's, on the borrowed part too. Then he asks to close: the whole "
        "value leaves the validator and unbonds for seven eras."
    )
    stage.figures(
        Figure("worth after a day", worth, cspr_text(proceeds), "CSPR", f"500, plus {ERAS} rewards, each floored"),
        Figure("unbonding", closing["proceeds"], cspr_text(proceeds), "CSPR", "all of it"),
        Figure("claimable in era", closing["claimable_era"], ERAS + 7, "", f"{ERAS} + 7"),
    )
    return proceeds


def _slash(stage: Stage, network: Network) -> int:
    """The position of Gina; what unbonds of it."""
    stage.do("faucet.drip", "gina", asset="CSPR", amount="200")
    stage.do("leverage.open_position", "gina", deposit="200", leverage=5, validator=network.second.name)
    stage.do("asset.transfer", "gina", asset="mCSPR", to="ivan", amount="300")
    stage.refused("position_healthy", "leverage.liquidate", "hank", holder="gina")
    network.stakes = {network.second.name: cspr_motes("1000")}
    network.end_era(stage, {network.second.name: SLASH_BPS})
    grown = by_hand(network.devnet, network.second, cspr_motes("1000"), 1)
    left = grown - grown * SLASH_BPS // 10_000
    worth, owed = stage.view()["positions"]["gina"], cspr_motes("800") + interest(cspr_motes("800"), network.devnet, 1)
    done = stage.do("leverage.liquidate", "hank", holder="gina")
    network.stakes = {}
    stage.teller.say(
        f"Gina opens 200 CSPR at 5x with {_short(network.second.name)} and sends 300 of her 800 mCSPR away. While she "
        "is healthy nobody can liquidate. Then the network slashes her validator by 7 %: the debt is more than 85 % of "
        "the value, and Hank liquidates. Frank's unbonding CSPR is not touched."
    )
    stage.figures(
        Figure("Gina's value", worth["value"], cspr_text(left), "CSPR", "1,000 and a reward, less 7 %"),
        Figure("loan-to-value", worth["ltv_bps"], -(-owed * 10_000 // left), "bps", "800 and interest / value"),
        Figure("unbonding", done["proceeds"], cspr_text(left), "CSPR", "all of it"),
    )
    return left


def _settle(stage: Stage, network: Network, proceeds: int, left: int) -> None:
    for _ in range(5):
        network.end_era(stage)
    stage.refused("unbonding_not_complete", "leverage.finalize_close_position", "frank")
    network.end_era(stage)
    frank = stage.do("leverage.finalize_close_position", "frank")
    network.end_era(stage)
    gina = stage.do("leverage.finalize_close_position", "hank", holder="gina")
    after = stage.view()
    his, hers = cspr_motes("400"), cspr_motes("800")
    his, hers = his + interest(his, network.devnet, ERAS + 7), hers + interest(hers, network.devnet, 1 + 7)
    stage.teller.say(
        "In era 18 it is too early; in era 19 Frank returns his 400 mCSPR and is paid. In era 20 Hank settles Gina's "
        "position: the reserve comes first, the rest is hers, and the 300 mCSPR she no longer has are written down."
    )
    stage.figures(
        Figure("Frank repays", frank["repaid"], cspr_text(his), "CSPR", "his debt, and 5 % a year for 19 eras"),
        Figure("Frank is paid", frank["paid"], cspr_text(proceeds - his), "CSPR", "value - debt and interest"),
        Figure("Frank's mCSPR", stage.balance("mCSPR", "frank"), "0", "mCSPR", "400 burned"),
        Figure(
            "Gina's debt repaid", gina["repaid"], cspr_text(hers), "CSPR", "out of the proceeds, with 8 eras' interest"
        ),
        Figure("Gina is paid", gina["paid"], cspr_text(left - hers), "CSPR", "value - debt and interest"),
        Figure("mCSPR not returned", gina["unreturned_debt_token"], "300", "mCSPR", "800 - 500"),
        Figure("bad debt", after["reserve"]["bad_debt"], "0", "CSPR", "the value was enough"),
        Figure(
            "reserve liquid again",
            after["reserve"]["liquid"],
            cspr_text(cspr_motes("8800") + his + hers),
            "CSPR",
            "9,600 - 800, and both came back with interest",
        ),
    )


def _short(name: str) -> str:
    """A validator's name; a public key with its middle left out."""
    return name if len(name) <= 24 else f"{name[:10]}…{name[-6:]}"
