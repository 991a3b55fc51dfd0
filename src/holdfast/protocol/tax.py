"""The tax and its way: fee keys, buyback, and the rest to the treasury (rules 3.4)."""

from __future__ import annotations

from msgspec import Struct

from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, nonzero
from holdfast.primitives.fixed_point import FLOOR, bps_of
from holdfast.protocol import reward_index
from holdfast.protocol.outcome import Event
from holdfast.protocol.records import Asset, FeePool
from holdfast.protocol.state import State


class Taxed(Struct, frozen=True):
    """What collecting a tax does: the tax in whole tokens, postings, the fee pool's new record, and the event."""

    text: str = "0"
    postings: tuple[Posting, ...] = ()
    records: tuple[FeePool, ...] = ()
    events: tuple[Event, ...] = ()


def fee_pool(state: State) -> FeePool:
    """The term asset's fee pool as it stands; empty before the first key."""
    asset = state.parameters.term.asset
    return state.fee_pools.get(asset) or FeePool(asset, 0, 0, 0)


def collect(state: State, asset: Asset, payer: str, tax: int) -> Taxed:
    """Split `tax` base units from `payer`: fee keys, buyback, treasury.

    Formula:   fees = floor(tax · 5,000 / 10,000), buyback = floor(tax · 3,000 / 10,000), rest to the treasury
    Rounding:  floor twice; the treasury gets the rest, so nothing is stranded.
    Postings:  payer -> @fees, payer -> @buyback, payer -> @treasury.
    Source:    VG, tax split; decision V6. The fee keys' share of another asset goes to its treasury.
    """
    if tax == 0:
        return Taxed()
    shares = state.parameters.tax
    fees = bps_of(tax, shares.fee_keys_bps, rounding=FLOOR)
    buyback = bps_of(tax, shares.buyback_bps, rounding=FLOOR)
    pools: tuple[FeePool, ...] = ()
    if asset.id != state.parameters.term.asset:
        fees = 0
    elif (pool := fee_pool(state)).weight:
        pools = (reward_index.accrue(pool, fees),)
    treasury = tax - fees - buyback
    tell, code = asset.text, asset.id
    text = tell(tax)
    return Taxed(
        text,
        nonzero(
            Posting(code, payer, chart.fees(code), fees),
            Posting(code, payer, chart.buyback(code), buyback),
            Posting(code, payer, chart.treasury(code), treasury),
        ),
        pools,
        (
            {
                "type": "tax.distributed",
                "asset": code,
                "tax": text,
                "fees": tell(fees),
                "buyback": tell(buyback),
                "treasury": tell(treasury),
            },
        ),
    )
