"""A stake with all that it was reinvested from and in: what it did, and what it will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast.primitives.clock import DAY, format_instant
from holdfast.protocol.records import Stake
from holdfast.protocol.state import State
from holdfast.views import quotes
from holdfast.views import state as views
from holdfast.views.earned_stakes import End
from holdfast.views.quote_answers import term_stake

View = dict[str, Any]


def stake_chain(state: State, name: str, known: Sequence[tuple[str, End | None]]) -> View:
    """The chain that a stake belongs to, as of a state; `known` are its stakes with their ends, maybe later ones too.

    Formula:   what is to come is reckoned as `quotes.term_chain`, each stake unstaked at the second it unlocks, or
               now where that is over
    Units:     text in whole tokens.
    """
    p = state.parameters.term
    asset = state.assets[p.asset]
    there = [(state.stakes[one], end) for one, end in known if one in state.stakes]
    links = [_link(state, record, end) for record, end in there]
    last = there[-1][0]
    planned: list[View] = []
    paid = sum(asset.units(end.paid) for record, end in there if record.unstaked and end is not None)
    still, complete = 0, True
    if not last.unstaked:
        still = quotes.of_stake(p, asset, last.amount, boosted=last.booster is not None).paid
    if not last.unstaked and last.auto_reinvest:
        chain = quotes.reinvestments(p, asset, last.reinvest_amount)
        begins, complete = max(last.unlocks_at, state.now), chain.complete
        still += chain.paid
        for link in chain.links:
            told = {key: value for key, value in term_stake(asset, link.quote).items() if key not in _ONLY_FIRST}
            starts, unlocks = (format_instant(begins + day * DAY) for day in (link.starts_day, link.unlocks_day))
            planned.append({"starts_at": starts, "unlocks_at": unlocks, **told})
    return {
        "asset": asset.id,
        "stake": name,
        "stakes": links,
        "planned": planned,
        "complete": complete,
        "paid": asset.text(paid),
        "still_to_pay": asset.text(still),
    }


_ONLY_FIRST = ("tax", "total_cost", "booster")


def _link(state: State, record: Stake, end: End | None) -> View:
    """A stake with what its end paid, or will pay."""
    asset = state.assets[state.parameters.term.asset]
    told = {"id": record.id, **views.stake(state, record)}
    if record.unstaked and end is not None:
        return {**told, "unstaked_at": format_instant(end.at), "paid": end.paid, "unstake_tax": end.tax}
    quote = quotes.of_stake(state.parameters.term, asset, record.amount, boosted=record.booster is not None)
    paid, tax = asset.text(quote.paid), asset.text(quote.unstake_tax)
    return {**told, "unstaked_at": None, "paid": paid, "unstake_tax": tax}
