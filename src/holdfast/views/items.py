"""One record of each table as lists and single answers show it: as in the whole state, and what that leaves out."""

from __future__ import annotations

from typing import Any

from holdfast.protocol.depin_epochs import shares_now
from holdfast.protocol.records import Booster, Plan, Resource
from holdfast.protocol.state import State
from holdfast.views import contributions, restaking
from holdfast.views.state import allowance, live

View = dict[str, Any]


def booster(state: State, record: Booster) -> View:
    """A booster and the term stake that used it."""
    return {"owner": record.owner, "status": record.status, "stake": record.stake}


class Resources:
    """Resources with what they would get now; what a network would pay is worked out once for all of them."""

    def __init__(self) -> None:
        self._expected: dict[str, dict[str, int]] = {}

    def __call__(self, state: State, record: Resource) -> View:
        expected = self._expected.get(record.network)
        if expected is None:
            expected = self._expected[record.network] = shares_now(state, state.networks[record.network])
        return contributions.resource(state, record, expected.get(record.id, 0))


class Plans:
    """Plans with whether they still fit; that is worked out once for all of them."""

    def __init__(self) -> None:
        self._found: dict[str, View] | None = None

    def __call__(self, state: State, record: Plan) -> View:
        if self._found is None:
            self._found = restaking.plans(state)
        return self._found[record.id]


class Networks:
    """Contribution networks with their attestors, which are looked up once for all of them."""

    def __init__(self) -> None:
        self._found: dict[str, View] | None = None

    def __call__(self, state: State, record: Any) -> View:
        if self._found is None:
            self._found = contributions.networks(state)
        found: View = self._found[record.id]
        return found


def account(state: State, name: str, given: list[str]) -> View:
    """An account: balances, assets in which it is frozen, and what it lets others move; `given` are allowances' ids.

    Units: text in whole tokens; balances of 0 and spent or expired allowances left out.
    """
    allowed = (state.allowances[one] for one in given)
    return {
        "account": name,
        "balances": {code: state.assets[code].text(units) for code, units in state.book.holdings(name).items()},
        "frozen": [code for code in sorted(state.assets) if state.is_frozen(code, name)],
        "allowances": [allowance(state, one) for one in allowed if live(state, one)],
    }
