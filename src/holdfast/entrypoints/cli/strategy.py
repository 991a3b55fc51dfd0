"""`holdfast strategy`: what is known of the protocols that strategies stand for."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.entrypoints.cli.options import Json


def presets(
    name: Annotated[str | None, typer.Argument(help="One preset, with a command to start from.")] = None,
    json: Json = False,
) -> None:
    """Waiting times of real restaking protocols, for strategy.add.

    \b
    Examples:
      holdfast strategy presets
      holdfast strategy presets benqi
    """
    import msgspec

    from holdfast.entrypoints.cli.figures import days, table
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.errors import Malformed
    from holdfast.networks.restaking_presets import FACTS_AS_OF, PRESETS
    from holdfast.primitives.clock import DAY

    if name is not None and name not in PRESETS:
        raise Malformed(f"There is no preset {name[:40]!r}; there are {', '.join(PRESETS)}.", field="NAME")
    chosen = PRESETS if name is None else {name: PRESETS[name]}
    if json:
        facts = {key: {"arguments": preset.arguments(), "note": preset.note} for key, preset in chosen.items()}
        emit({"facts_as_of": FACTS_AS_OF, "presets": facts})
        return
    out = console()
    rows = [
        (key, preset.protocol, days(preset.cooldown_seconds // DAY),
         days(preset.redemption_window_seconds // DAY) if preset.redemption_window_seconds else "none")
        for key, preset in chosen.items()
    ]  # fmt: skip
    out.print(table(("", "protocol", "cooldown", "then redeem within"), rows, left=(0, 1)))
    for key, preset in chosen.items():
        out.print(f"\n{key}: {preset.note}")
    out.print(f"\nFacts as of {FACTS_AS_OF}; rates, caps and losses are yours to state.")
    if name is not None:
        example = {
            "actor": "operator", "type": "strategy.add", "vault": "FLUX", "strategy": name,
            **chosen[name].arguments(), "yield_curve": [["0", 500]], "cap": "100000",
        }  # fmt: skip
        out.print("\nA command to start from; the curve and the cap are examples:\n")
        typer.echo(msgspec.json.encode(example).decode())
