"""The worked examples of the protocol pages: every scenario is run, every figure of the table behind it computed.

A ```jsonl block is a scenario for an empty desk. The table that follows it names a command in its first column; every
other column's head ends with a path in code font, into the receipt (`result.shares`, `error.code`) or into the state
right after that command (`vaults.FLUX.total_assets`). A cell of `–` says that there is nothing there.
"""

from __future__ import annotations

import json
import re
from decimal import ROUND_CEILING, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from documents import FENCE, ROOT, Table, name, tables_after

from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service
from holdfast.protocol.leverage import ltv_bps
from holdfast.store.memory import MemoryStore
from holdfast.views.state import whole
from holdfast.wire import codec

PROTOCOL_PAGES = sorted((ROOT / "docs" / "protocols").glob("*.md"))


def examples(page: Path) -> list[tuple[str, Table]]:
    text = page.read_text("utf-8")
    return [(m["text"], tables_after(text, m.end())) for m in FENCE.finditer(text) if m["kind"] == "jsonl"]


ALL = [
    pytest.param(scenario, table, id=f"{name(page)}:{table.line}")
    for page in PROTOCOL_PAGES
    for scenario, table in examples(page)
]


def run(scenario: str) -> dict[str, dict[str, Any]]:
    """Receipt and state after each command, by its id."""
    service = Service.create(MemoryStore(), Genesis())
    after = {}
    for line in scenario.splitlines():
        submission = codec.decode(json.loads(line))
        receipt = codec.receipt_object(service.submit(submission.command, submission.at))
        after[submission.command.id] = whole(service.state) | receipt
    return after


def at_path(document: Any, path: str) -> str:
    """What stands at a dotted path, as a cell shows it."""
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    if document is None:
        return "–"
    return str(document).lower() if isinstance(document, bool) else str(document)


def computed(scenario: str, table: Table) -> list[list[str]]:
    after = run(scenario)
    paths = [re.findall(r"`([^`]+)`", cell)[-1] for cell in table.head[1:]]
    return [[row[0], *(at_path(after[row[0].strip("`")], path) for path in paths)] for row in table.rows]


@pytest.mark.parametrize(("scenario", "table"), ALL)
def test_worked_example(scenario: str, table: Table) -> None:
    shown = [[row[0], *(cell.replace(",", "").strip("*") for cell in row[1:])] for row in table.rows]
    assert shown == computed(scenario, table)


@pytest.mark.parametrize(("scenario", "table"), ALL)
def test_every_refusal_of_a_worked_example_is_shown(scenario: str, table: Table) -> None:
    refused = {key for key, after in run(scenario).items() if after["status"] == "rejected"}
    assert refused <= {row[0].strip("`") for row in table.rows}


def marked(page: str, marker: str) -> Table:
    """The table behind `<!-- computed: marker -->` on a protocol page."""
    text = (ROOT / "docs" / "protocols" / page).read_text("utf-8")
    return tables_after(text, text.index(f"<!-- computed: {marker} -->"))


def test_leverage_of_the_leverage_page() -> None:
    table = marked("leveraged-delegation.md", "leverage")
    assert len(table.rows) == 5
    for deposit, times, total, debt, ltv in table.rows:
        equity, leverage = int(deposit), int(times.removesuffix("x"))
        assert (int(total), int(debt)) == (equity * leverage, equity * (leverage - 1))
        assert int(ltv.removesuffix(" bps").replace(",", "")) == ltv_bps(int(debt), int(total))


def test_exact_periods_of_the_term_page() -> None:
    """The table marked `computed: periods`: P to three digits, and the days after rounding up and clamping."""
    table = marked("term-staking.md", "periods")
    assert len(table.rows) >= 8
    with localcontext() as context:
        context.prec = 60
        for amount, booster, base, exact, days in table.rows:
            tokens = Decimal(amount.replace(",", ""))
            c = Decimal(90 if tokens >= 10_000 else 180)
            period = c * (1 - (tokens / 100).log10() * Decimal("0.15")) * (Decimal("0.75") if booster == "yes" else 1)
            assert Decimal(base) == c
            assert booster in {"yes", "no"}
            assert Decimal(exact) == period.quantize(Decimal("0.001"))
            assert int(days) == min(max(int(period.to_integral_value(ROUND_CEILING)), 30), 180)
