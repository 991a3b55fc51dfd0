"""From a GPU to restaked vTokens and back: one journal from the first signed report to the last redemption."""

from __future__ import annotations

from holdfast.entrypoints.story.stage import Figure, Stage
from holdfast.networks import render
from holdfast.primitives.asset import format_units
from holdfast.primitives.clock import DAY, format_instant
from holdfast.primitives.signatures import report_message

HOUR = 3_600
NETWORK = "render-jobs"
ATTESTOR = "oracle"
JOBS = (("gpu-gia", "1.8098", 100), ("gpu-ivo", "1", 50))
"""Resource, compute multiplier, hours of jobs: Gia's card is the network's published example, Ivo's its yardstick."""


def play(stage: Stage) -> None:
    """A GPU earns, its reward is staked, the vToken restaked, deployed and redeemed."""
    stage.teller.chapter("From a GPU to restaked vTokens")
    _contribute(stage)
    _close(stage)
    _restake(stage)
    _deploy(stage)
    _leave(stage)


def _contribute(stage: Stage) -> None:
    jobs = next(c for c in render.network_commands(_emission()) if c["network"] == NETWORK)
    stage.do("vault.create", "operator", asset="RENDER")
    stage.do("depin.add_network", "operator", **{k: v for k, v in jobs.items() if k != "type"})
    key = _AttestorKey()
    stage.do("depin.add_attestor", "operator", network=NETWORK, attestor=ATTESTOR, public_key=key.public)
    stage.do("faucet.drip", "operator", asset="RENDER", amount=_emission())
    stage.do("depin.fund", "operator", network=NETWORK, amount=_emission())
    for (name, multiplier, _), vault in zip(JOBS, ("RENDER", None), strict=True):
        owner = name.removeprefix("gpu-")
        stage.do(
            "depin.register_resource", owner,
            network=NETWORK, resource=name, kind="gpu", capacity=multiplier, unit="cm", vault=vault,
        )  # fmt: skip
    stage.teller.say(
        "Gia and Ivo contribute a GPU each to a network that pays as Render does: 10 RENDER for a week of work, times "
        "the card's compute multiplier. Gia's card is the published example, 1.8098. Her rewards are staked at once."
    )
    start = stage.now
    stage.later(days=7)
    for number, (name, _, hours) in enumerate(JOBS, 1):
        stage.do("depin.report", ATTESTOR, **key.report(name, start, start + hours * HOUR, number))
    forged = key.report("gpu-ivo", start + 50 * HOUR, start + 51 * HOUR, 3) | {"quality_bps": 9_999}
    stage.refused("bad_signature", "depin.report", ATTESTOR, **forged)
    stage.refused("bad_interval", "depin.report", ATTESTOR, **key.report("gpu-ivo", start, start + HOUR, 3))


def _close(stage: Stage) -> None:
    closed = stage.do("depin.close_epoch", "keeper", network=NETWORK)
    stage.teller.say(
        "An attestor signs what they did: 100 hours and 50 hours of jobs. A report changed after signing is refused, "
        "and so is one for hours that were reported before. The week is closed and paid to the last unit."
    )
    stage.figures(
        Figure("paid for the week", closed["paid"], "13.74880952", "RENDER", "10 × (1.8098 × 100 + 50) / 168"),
        Figure(
            "Gia's, staked 1:1", stage.balance("vRENDER", "gia"), "10.77261904", "vRENDER", "10 × 1.8098 × 100 / 168"
        ),
        Figure("Ivo's, paid out", stage.balance("RENDER", "ivo"), "2.97619048", "RENDER", "10 × 50 / 168"),
    )


def _restake(stage: Stage) -> None:
    stage.do("vault.create", "operator", asset="vRENDER", vault="RESTAKED")
    restaked = stage.do("vault.deposit", "gia", vault="RESTAKED", assets="10")
    stage.do("vault.deposit", "ivo", vault="RENDER", assets="2.97619048")
    stage.teller.say(
        "Gia's receipt is an asset like any other. She restakes 10 vRENDER in a portfolio vault and has a receipt of "
        "the receipt. Ivo joins the first vault."
    )
    stage.figures(
        Figure("Gia's restaked receipt", restaked["shares"], "10", "vRESTAKED", "1:1"),
        Figure(
            "all RENDER at work", _vault(stage, "total_assets"), "13.74880952", "RENDER", "10.77261904 + 2.97619048"
        ),
    )


def _deploy(stage: Stage) -> None:
    for name, protocol, curve, cooldown, window in (
        ("liquid-15d", "benqi", [["0", 800], ["6", 400]], 15 * DAY, 2 * DAY),
        ("epochs-7d", "suzaku", [["0", 600]], 14 * DAY, 0),
    ):
        stage.do(
            "strategy.add", "operator", vault="RENDER", strategy=name, protocol=protocol, yield_curve=curve, cap="10",
            cooldown_seconds=cooldown, redemption_window_seconds=window,
        )  # fmt: skip
    plan = stage.do("portfolio.plan", "operator", vault="RENDER", buffer_bps=2_000, horizon_days=365)
    done = stage.do("portfolio.rebalance", "keeper", vault="RENDER", plan=plan["plan"])
    stage.do("strategy.report", "oracle", strategy="liquid-15d", gain="0.6")
    stage.later(days=7)
    stage.do("vault.settle", "keeper", vault="RENDER")
    moves = {move["strategy"]: move["to"] for move in plan["moves"]}
    stage.teller.say(
        "The vault keeps a fifth ready and lets the rest work in two strategies: 8 % on the first 6 RENDER of one and "
        "4 % beyond, 6 % on all of the other. The plan is exact and says why. The strategies gain 0.6 RENDER, which "
        "unlock over a week."
    )
    stage.figures(
        Figure("kept ready", plan["idle_buffer"], "2.74976191", "RENDER", "20 %, rounded up"),
        Figure("in liquid-15d", moves["liquid-15d"], "6", "RENDER", "up to where 8 % ends"),
        Figure("in epochs-7d", moves["epochs-7d"], "4.99904761", "RENDER", "the rest: 6 % is above 4 %"),
        Figure("deployed at once", done["deployed"], "10.99904761", "RENDER", "all of it was idle"),
        Figure("a week later", _vault(stage, "total_assets"), "14.34880952", "RENDER", "13.74880952 + 0.6"),
    )


def _leave(stage: Stage) -> None:
    stage.do("vault.redeem", "gia", vault="RESTAKED", shares="10")
    stage.refused("insufficient_liquidity", "vault.redeem", "gia", vault="RENDER", shares="10.77261904")
    asked = stage.do("vault.request_redeem", "gia", vault="RENDER", shares="10.77261904")
    for strategy, amount in (("liquid-15d", "6.6"), ("epochs-7d", "4.99904761")):
        stage.do("strategy.deallocate", "keeper", strategy=strategy, amount=amount)
    stage.later(days=15)
    for number in (1, 2):
        stage.do("strategy.complete", "keeper", request=f"unwind-{number}")
    stage.do("vault.settle", "keeper", vault="RENDER")
    paid = stage.do("vault.claim", "gia", request=asked["request"])
    stage.teller.say(
        "Gia gives the restaked receipt back, 1:1, and wants her RENDER. Most of it works in the strategies, so she "
        "joins the exit queue; 15 days later both cooldowns have ended and she is paid what she was quoted."
    )
    stage.figures(
        Figure("Gia is paid", paid["assets"], "11.24273766", "RENDER", "her share of 14.34880952"),
        Figure(
            "Ivo's part, with the dust", _vault(stage, "total_assets"), "3.10607186", "RENDER", "14.34880952 - Gia's"
        ),
        Figure("still deployed", _vault(stage, "deployed"), "0", "RENDER", "all is back"),
    )


class _AttestorKey:
    """The demo attestor's ed25519 key, always the same, so that the story's journal has the same digest each time."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(b"the attestor of the demo's story")
        self.public = self._key.public_key().public_bytes_raw().hex()

    def report(self, resource: str, start: int, end: int, sequence: int) -> dict[str, str | int]:
        """The fields of a signed report of undisturbed work."""
        message = report_message(NETWORK, resource, start, end, 10_000, 10_000, 10_000, sequence)
        return {
            "resource": resource, "from_": format_instant(start), "to": format_instant(end), "uptime_bps": 10_000,
            "quality_bps": 10_000, "availability_bps": 10_000, "sequence": sequence,
            "signature": self._key.sign(message).hex(),
        }  # fmt: skip


def _emission() -> str:
    """What the network pays for the week: both jobs together."""
    work = sum(int(multiplier.replace(".", "").ljust(5, "0")) * hours for _, multiplier, hours in JOBS)
    return format_units(render.job_reward(work * 10_000, HOUR), render.DECIMALS)


def _vault(stage: Stage, field: str) -> str:
    return str(stage.view()["vaults"]["RENDER"][field])
