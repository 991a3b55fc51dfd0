"""What one account holds."""

from __future__ import annotations

from typing import Any

from holdfast.errors import UnknownAsset
from holdfast.primitives.clock import format_instant
from holdfast.protocol.state import State

View = dict[str, Any]


def account(state: State, name: str, asset: str | None = None) -> View:
    """An account's balances, and those that are frozen. With `asset` that one alone, also where it is 0.

    Units:   text in whole tokens; balances of 0 left out unless asked for.
    Raises:  UnknownAsset.
    """
    if asset is not None and asset not in state.assets:
        raise UnknownAsset(f"There is no asset {asset} on this desk.", asset=asset)
    held = state.book.holdings(name)
    codes = list(held) if asset is None else [asset]
    return {
        "seq": state.seq,
        "at": format_instant(state.now),
        "account": name,
        "balances": {code: state.assets[code].text(held.get(code, 0)) for code in codes},
        "frozen": [code for code in sorted(state.assets) if state.is_frozen(code, name)],
    }
