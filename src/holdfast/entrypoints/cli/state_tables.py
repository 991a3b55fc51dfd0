"""The desk as tables: what there is, at most 80 columns, long tables cut with a note."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.entrypoints.cli.columns import Columns, fit
from holdfast.entrypoints.cli.words import minute, percent, visible

ROWS = 20
"""Rows that a table shows unless all are asked for."""

PLAIN_FROM = 200
"""Rows beyond which a table is printed in plain lines."""

View = dict[str, Any]
Cells = tuple[Any, ...]


class Section(NamedTuple):
    """One table: in headings `>` sets a column to the right, `~` marks names that may be shortened."""

    title: str
    headings: tuple[str, ...]
    rows: Callable[[View], Iterable[Cells]]
    count: Callable[[View], int]


def show(out: Console, state: View, *, name: str, digest: str, everything: bool = False) -> None:
    """Print the desk."""
    out.print(Text(visible(f"{name} at record {state['seq']:,}, {state['at']}, era {state['era']}"), "bold"))
    out.print(Text(f"digest {digest}", "dim"))
    if not any(section.count(state) for section in SECTIONS):
        out.print("Nothing is here yet.")
    for section in SECTIONS:
        count = section.count(state)
        if count:
            rows = section.rows(state)
            out.print()
            title = f"{section.title} ({count:,})" if count > 1 else section.title
            show_table(out, section.headings, rows if everything else islice(rows, ROWS), title=title)
            if not everything and count > ROWS:
                out.print(Text(f"… {count - ROWS:,} more; --all shows them, --json gives them whole", "dim"))


def show_table(out: Console, headings: tuple[str, ...], rows: Iterable[Cells], *, title: str = "") -> None:
    """Print a table whose cells never break; a very long one in plain lines, which are quicker."""
    page = fit(headings, ([_cell(value) for value in row] for row in rows), out.width)
    if len(page) > PLAIN_FROM:
        out.print(Text(title, "bold"))
        print(Columns(*headings).page(page))
        return
    built = Table(
        title=Text(title) if title else None, title_justify="left", title_style="bold", box=SIMPLE_HEAD,
        show_edge=False, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    for heading in headings:
        built.add_column(heading.lstrip("~>"), justify="right" if heading[:1] == ">" else "left", no_wrap=True)
    for row in page:
        built.add_row(*map(Text, row))
    out.print(built)


def _cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return visible(str(value))


def _balances(state: View) -> Iterator[Cells]:
    for account, holdings in state["balances"].items():
        for position, (asset, amount) in enumerate(holdings.items()):
            yield account if not position else "", asset, amount


def _vaults(state: View) -> Iterator[Cells]:
    for name, v in state["vaults"].items():
        yield name, v["total_assets"], v["total_shares"], v["idle"], v["locked_profit"], "paused" * v["paused"]


def _exits(state: View) -> Iterator[Cells]:
    for name, e in state["exits"].items():
        yield name, e["vault"], e["owner"], e["shares"], e["assets"], e["status"]


def _strategies(state: View) -> Iterator[Cells]:
    for name, s in state["strategies"].items():
        rate = percent(s["marginal_rate_bps"])
        yield name, s["vault"], s["deployed"], s["unwinding"], s["cap"], rate, "disabled" * (s["status"] == "disabled")


def _unwinds(state: View) -> Iterator[Cells]:
    for name, u in state["unwinds"].items():
        yield name, u["strategy"], u["amount"], minute(u["ready_at"]), minute(u["expires_at"] or ""), u["status"]


def _stakes(state: View) -> Iterator[Cells]:
    for name, s in state["stakes"].items():
        yield name, s["owner"], s["amount"], s["period_days"], minute(s["unlocks_at"]), s["status"], s["booster"]


def _boosters(state: View) -> Iterator[Cells]:
    for name, b in state["boosters"].items():
        yield name, b["owner"], b["status"], b["stake"]


def _booster_stakes(state: View) -> Iterator[Cells]:
    for name, s in state["booster_stakes"].items():
        yield name, s["owner"], s["amount"], minute(s["unlocks_at"]), s["status"], s["booster"]


def _keys(state: View) -> Iterator[Cells]:
    for name, k in state["fee_keys"].items():
        yield name, k["owner"], k["tier"], k["weight"], k["claimable"]


def _positions(state: View) -> Iterator[Cells]:
    for name, p in state["positions"].items():
        yield (
            name, p["status"], p["value"], p["debt"], "" if p["ltv_bps"] is None else percent(p["ltv_bps"]),
            "now" if p["can_finalize"] else p["claimable_era"], p["validator"],
        )  # fmt: skip


def _validators(state: View) -> Iterator[Cells]:
    for name, v in state["validators"].items():
        yield name, percent(v["commission_bps"]), "active" if v["active"] else "inactive", v["pool_assets"]


def _networks(state: View) -> Iterator[Cells]:
    for name, n in state["networks"].items():
        yield name, n["epoch"], minute(n["epoch_ends_at"]), n["payable"], n["reward_asset"], n["scored"], n["held"]


def _resources(state: View) -> Iterator[Cells]:
    for name, r in state["resources"].items():
        yield name, r["network"], r["owner"], r["capacity"], r["unit"], r["vault"], r["expected_reward"]


def _reserve(state: View) -> Iterator[Cells]:
    r = state["reserve"]
    yield r["liquid"], r["lent"], r["minimum"], r["available"], r["bad_debt"]


def _pool(state: View) -> Iterator[Cells]:
    p = state["term_pool"]
    yield (
        p["total_staked"], p["active_stakes"], p["stakers"], p["active_with_booster"], p["active_auto_reinvest"]
    )  # fmt: skip


def _length(key: str) -> Callable[[View], int]:
    return lambda state: len(state[key])


SECTIONS = (
    Section(
        "Balances", ("~account", "asset", ">amount"), _balances,
        lambda state: sum(len(held) for held in state["balances"].values()),
    ),
    Section("Supply", ("asset", ">amount"), lambda state: state["supply"].items(), _length("supply")),
    Section("Vaults", ("~vault", ">assets", ">shares", ">idle", ">locked", ""), _vaults, _length("vaults")),
    Section("Exit queue", ("id", "~vault", "~owner", ">shares", ">assets", "status"), _exits, _length("exits")),
    Section(
        "Strategies", ("~strategy", "~vault", ">deployed", ">leaving", ">cap", ">next", ""), _strategies,
        _length("strategies"),
    ),
    Section(
        "On the way home", ("id", "~strategy", ">amount", "ready", "until", "status"), _unwinds, _length("unwinds")
    ),
    Section(
        "Contribution networks", ("~network", ">epoch", "ends", ">payable", "asset", ">scored", ">held"), _networks,
        _length("networks"),
    ),
    Section(
        "Resources", ("~resource", "~network", "~owner", ">capacity", "unit", "~vault", ">expected"), _resources,
        _length("resources"),
    ),
    Section(
        "Term pool", (">staked", ">stakes", ">stakers", ">boosted", ">reinvesting"), _pool,
        lambda state: int(bool(state["stakes"])),
    ),
    Section(
        "Term stakes", ("id", "~owner", ">amount", ">days", "unlocks", "status", "booster"), _stakes, _length("stakes")
    ),
    Section("Boosters", ("id", "~owner", "status", "stake"), _boosters, _length("boosters")),
    Section(
        "Booster stakes", ("id", "~owner", ">amount", "unlocks", "status", "booster"), _booster_stakes,
        _length("booster_stakes"),
    ),
    Section("Fee keys", ("id", "~owner", "tier", ">weight", ">claimable"), _keys, _length("fee_keys")),
    Section(
        "Positions", ("~holder", "status", ">value", ">debt", ">LTV", ">due", "~validator"), _positions,
        _length("positions"),
    ),
    Section(
        "Reserve", (">liquid", ">lent", ">minimum", ">available", ">bad debt"), _reserve,
        lambda state: int(any(amount != "0" for amount in state["reserve"].values())),
    ),
    Section("Validators", ("~validator", ">fee", "", ">delegated"), _validators, _length("validators")),
)  # fmt: skip
