"""A desk in memory with terse verbs: what the tests of the rules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from holdfast.engine import machine
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.engine.ports import JournalStore
from holdfast.engine.service import Service
from holdfast.errors import HoldfastError
from holdfast.primitives.clock import format_instant, parse_instant
from holdfast.protocol import invariants
from holdfast.protocol.arguments import Command
from holdfast.protocol.indexes import branched
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.parameters import Parameters
from holdfast.protocol.state import State
from holdfast.store.memory import MemoryStore
from holdfast.views.state import whole
from holdfast.wire import codec

START = parse_instant("2026-01-01T00:00:00Z")
DAY = 86_400


def parameters(**tables: dict[str, Any]) -> Parameters:
    """Parameters with some values other than the default: parameters(leverage={"borrow_rate_bps": 500})."""
    return msgspec.convert(tables, Parameters)


class Desk:
    """One desk: `ok` and `no` send a command and insist on how it is answered; `now` is the hand-set clock."""

    def __init__(
        self, genesis: Genesis | None = None, store: JournalStore | None = None, **tables: dict[str, Any]
    ) -> None:
        if genesis is None:
            genesis = Genesis(parameters=parameters(**tables))
        self.store = MemoryStore() if store is None else store
        self.service = Service.create(self.store, genesis)
        self.now = START
        self._count = 0

    @property
    def state(self) -> State:
        return self.service.state

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    def fields(self, kind: str, actor: str, /, **fields: Any) -> dict[str, Any]:
        """A command as a JSON object with an id of its own; `from_` stands for `from`, None is left out."""
        self._count += 1
        given = {name.rstrip("_"): value for name, value in fields.items() if value is not None}
        return {"id": f"t-{self._count}", "at": format_instant(self.now), "actor": actor, "type": kind, **given}

    def post(self, fields: dict[str, Any]) -> Receipt:
        """Send a command given as a JSON object, as a door does."""
        try:
            command, at, _ = codec.decode(fields)
        except HoldfastError as error:
            return codec_receipt(fields, error)
        return self.service.submit(command, at)

    def send(self, kind: str, actor: str, /, **fields: Any) -> Receipt:
        """Send a command, whatever the answer."""
        return self.post(self.fields(kind, actor, **fields))

    def ok(self, kind: str, actor: str, /, **fields: Any) -> dict[str, Any]:
        """Send a command that must be applied; its result."""
        receipt = self.send(kind, actor, **fields)
        assert receipt.status == "applied", receipt.error
        self.check()
        assert isinstance(receipt.result, dict)
        return receipt.result

    def no(self, code: str, kind: str, actor: str, /, **fields: Any) -> dict[str, Any]:
        """Send a command that must be refused with `code` and change nothing; the refusal's details."""
        before = frozen_copy(self.state)
        receipt = self.send(kind, actor, **fields)
        assert receipt.status == "rejected", f"applied instead of {code}: {receipt.result}"
        assert isinstance(receipt.error, msgspec.Struct)
        assert receipt.error.code == code, receipt.error
        assert frozen_copy(self.state) == before, "a refused command changed the state"
        return receipt.error.details

    def check(self) -> None:
        """Every invariant holds."""
        assert list(invariants.broken(self.state)) == []

    def command(self, kind: str, actor: str, /, **fields: Any) -> Command:
        return codec.decode(self.fields(kind, actor, **fields)).command

    def decide(self, kind: str, actor: str, /, **fields: Any) -> Outcome:
        """What a command would do now; changes nothing."""
        return machine.decide(self.state, self.command(kind, actor, **fields), self.now)

    # --- looking ------------------------------------------------------------------------------------------------

    def units(self, asset: str, account: str) -> int:
        """A balance in base units."""
        return self.state.book.balance(asset, account)

    def balance(self, asset: str, account: str) -> str:
        """A balance in whole tokens."""
        return self.state.assets[asset].text(self.units(asset, account))

    def view(self, *path: str) -> Any:
        """Something out of the state's view: view("vaults", "FLUX", "idle")."""
        found: Any = whole(self.state)
        for step in path:
            found = found[step]
        return found

    # --- setting up ---------------------------------------------------------------------------------------------

    def mint(self, asset: str, to: str, amount: str) -> None:
        """Issue units to a holder (by the operator, every standard asset's admin)."""
        self.ok("asset.mint", "operator", asset=asset, to=to, amount=amount)

    def freeze(self, asset: str, account: str, *, thaw: bool = False) -> None:
        self.ok("asset.set_authorized", "operator", asset=asset, account=account, authorized=thaw)

    def approve(self, asset: str, owner: str, spender: str, amount: str, seconds: int = DAY) -> None:
        until = format_instant(self.now + seconds)
        self.ok("asset.approve", owner, asset=asset, spender=spender, amount=amount, expires_at=until)

    def vault(self, *deposits: tuple[str, str], **settings: Any) -> None:
        """A FLUX vault whose profit unlocks at once (unless stated), and holders' first deposits."""
        self.ok("vault.create", "operator", **{"asset": "FLUX", "profit_unlock_seconds": 0, **settings})
        for holder, assets in deposits:
            self.deposit(holder, assets, vault=settings.get("vault", "FLUX"))

    def deposit(self, holder: str, assets: str, vault: str = "FLUX") -> dict[str, Any]:
        """Mint a holder just these assets and deposit them."""
        self.mint(self.state.vaults[vault].asset, holder, assets)
        return self.ok("vault.deposit", holder, vault=vault, assets=assets)

    def reward(self, assets: str, vault: str = "FLUX") -> None:
        self.mint(self.state.vaults[vault].asset, "operator", assets)
        self.ok("vault.add_rewards", "operator", vault=vault, assets=assets)

    def lender(self, reserve: str = "100000", *validators: str) -> None:
        """Validators (v1 unless stated) and a reserve."""
        for validator in validators or ("v1",):
            self.ok("validator.register", "operator", validator=validator, commission_bps=500)
        self.mint("CSPR", "operator", reserve)
        self.ok("leverage.provide_reserve", "operator", amount=reserve)

    def open(self, holder: str, deposit: str, leverage: int, validator: str = "v1") -> dict[str, Any]:
        """Mint a holder the deposit and open a position with it."""
        self.mint("CSPR", holder, deposit)
        return self.ok("leverage.open_position", holder, deposit=deposit, leverage=leverage, validator=validator)

    def end_era(self, rewards: dict[str, str] | None = None, **slashes: int) -> dict[str, Any]:
        """End the present era: end_era({"v1": "10"}, v1=500)."""
        era = self.state.era + 1
        return self.ok("network.end_era", "oracle", era=era, rewards=rewards or {}, slashes=slashes or None)

    def eras(self, count: int) -> None:
        for _ in range(count):
            self.end_era()


def frozen_copy(state: State) -> dict[str, Any]:
    """All that a state holds but its place in the journal, as plain data that later changes do not reach."""
    indexes = state.indexes
    return {
        "balances": {asset: dict(accounts) for asset, accounts in state.book.balances.items() if accounts},
        "issued": {asset: units for asset, units in state.book.issued.items() if units},
        "tables": {name: dict(table) for name, table in state.tables().items()},
        "claims": {key: units for key, units in indexes.claims.items() if units},
        "frozen": set(indexes.frozen),
        "lent": indexes.lent,
        "unwinding": {strategy: list(pending) for strategy, pending in indexes.unwinding.items() if pending},
        "latest_plan": dict(indexes.latest_plan),
        "pending": {vault: list(queue) for vault, queue in indexes.pending.items() if queue},
        "quoted": {vault: units for vault, units in indexes.quoted.items() if units},
        "due": indexes.maturities.due(2**62),
        "scores": {name: dict(scores) for name, scores in indexes.contributions.scores.items()},
        "held": {name: dict(held) for name, held in indexes.contributions.held.items() if held},
        "holdings": branched(indexes.holdings),
    }


def codec_receipt(fields: dict[str, Any], error: HoldfastError) -> Receipt:
    """The answer to what is no command."""
    from holdfast.engine.journal import unrecorded

    return unrecorded(str(fields.get("id", "")), error)


def refused(code: str, call: Callable[[], object]) -> HoldfastError:
    """The error that `call` raises, which must have this code."""
    try:
        answer = call()
    except HoldfastError as error:
        assert error.code == code, f"{error.code} instead of {code}: {error}"
        return error
    raise AssertionError(f"nothing raised instead of {code}: {answer}")
