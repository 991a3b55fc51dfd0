"""Whatever happens on a desk: views and quotes say what the commands then do, or what the postings add up to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from command_makers import HOLDERS
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from test_machine import EveryCommand

from holdfast.engine import machine
from holdfast.engine.journal import Receipt, recorded_answer
from holdfast.errors import HoldfastError
from holdfast.ledger.chart import ISSUANCE, is_protocol
from holdfast.primitives.fixed_point import FLOOR
from holdfast.protocol import liquid_vault
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.shares import to_assets
from holdfast.protocol.state import State
from holdfast.views import exit_plan, tax_totals
from holdfast.views.account_book import account_book, held
from holdfast.views.as_of import Position, last_at, state_at
from holdfast.views.earnings import PERIODS, Earnings
from holdfast.views.effects import effects
from holdfast.views.listing import Listing
from holdfast.views.portfolio import portfolio
from holdfast.views.state import whole
from holdfast.views.statement import Place, Query, page, statement
from holdfast.views.timeline import HOUR
from support import DAY

Flows = list[tuple[int, str, str, int]]
"""(second, account, vault, base units taken out less put in)."""


def worth(state: State, account: str, name: str, second: int) -> int:
    """What an account's shares and exit requests in a vault are good for, from a whole state."""
    vault = state.vaults[name]
    totals = liquid_vault.totals(state, vault, second)
    shares = state.book.balance(vault.share, account)
    total = totals.assets if shares and shares == totals.shares else to_assets(shares, totals, rounding=FLOOR)
    for one in state.exits.values():
        if (one.owner, one.vault) == (account, name) and one.status == "claimable":
            total += one.assets
        elif (one.owner, one.vault) == (account, name) and one.status == "pending":
            total += min(one.assets, to_assets(one.shares, totals, rounding=FLOOR))
    return total


def signed(asset: Any, text: str) -> int:
    return -asset.units(text[1:]) if text.startswith("-") else int(asset.units(text))


class EveryView(EveryCommand):
    """The machine over all commands; views are asked before and after each step."""

    flows: Flows
    worths: dict[tuple[str, str], list[tuple[int, int]]]

    def step(self, kind: str, actor: str, fields: dict[str, Any]) -> None:
        if not hasattr(self, "flows"):
            self.flows, self.wholes = [], {}
        desk, state = self.desk, self.desk.state
        sent = desk.fields(kind, actor, **fields)
        told: tuple[Receipt, Outcome | None] | None = None
        shown = None
        try:
            command = desk.command(kind, actor, **{**fields, "id": sent["id"]})
            told = desk.service.foresee(command, desk.now)
            shown = None if told[1] is None else effects(state, told[1])
        except HoldfastError:
            pass
        desk._count -= 1
        before = state.seq
        super().step(kind, actor, fields)
        receipt = self.sent[-1][1]
        if told is not None:
            assert told[0].status == receipt.status
            assert (told[0].result, told[0].events, told[0].error) == (receipt.result, receipt.events, receipt.error)
        if shown is not None:
            for change in shown.balances:
                assert state.assets[change.asset].text(state.book.balance(change.asset, change.account)) == change.after
        if state.seq > before:
            self._flows(kind, state)
            self.wholes[state.seq] = whole(state)

    def _flows(self, kind: str, state: State) -> None:
        """What went into vaults and came out of them, by what was really paid, else by the worth of the shares."""
        _, answer = recorded_answer(self.desk.store.row(state.seq))
        if not isinstance(answer, Outcome):
            return
        moved: dict[tuple[str, str], int] = defaultdict(int)
        of_share = {vault.share: vault for vault in state.vaults.values()}
        for posting in answer.postings:
            if vault := of_share.get(posting.asset):
                moved[posting.debit, vault.id] -= posting.amount
                moved[posting.credit, vault.id] += posting.amount
        for (account, name), shares in moved.items():
            if is_protocol(account) or not shares or kind in ("vault.request_redeem", "vault.cancel_redeem"):
                continue
            vault = state.vaults[name]
            if kind in ("vault.deposit", "vault.mint", "vault.withdraw", "vault.redeem"):
                paid = state.assets[vault.asset].units(answer.result["assets"])
            else:
                totals = liquid_vault.totals(state, vault, state.now)
                every = abs(shares) == totals.shares
                paid = totals.assets if every else to_assets(abs(shares), totals, rounding=FLOOR)
            self.flows.append((state.now, account, name, paid if shares < 0 else -paid))
        if kind == "vault.claim":
            request = state.exits[answer.result["request"]]
            self.flows.append((state.now, request.owner, request.vault, request.assets))

    def teardown(self) -> None:
        """Replaying is the other machine's; the dear views are looked at once."""
        if not hasattr(self, "desk"):
            return
        self.earnings_are_worth_and_flows()
        self.statements_add_up()
        self.taxes_are_what_was_posted()
        self.past_is_what_it_was()
        self.claims_are_what_the_commands_pay()
        self.ways_out_are_what_the_commands_do()

    def earnings_are_worth_and_flows(self) -> None:
        desk, state = self.desk, self.desk.state
        found = Earnings(self.genesis)
        found.take(desk.store.rows())
        pasts = {}
        for days in PERIODS:
            begin = (state.now - days * DAY) // HOUR * HOUR
            pasts[f"{days}d"] = begin, state_at(desk.store, Position(last_at(desk.store, state.seq, begin), begin))[0]
        for holder in (*HOLDERS, "operator"):
            told = found.of(holder)
            for item in told["vaults"]:
                name, asset = item["id"], state.assets[item["asset"]]
                mine = [(at, flow) for at, who, vault, flow in self.flows if (who, vault) == (holder, name)]
                now = worth(state, holder, name, state.now)
                assert signed(asset, item["all"]["net"]) == now + sum(flow for _, flow in mine)
                for period, (begin, past) in pasts.items():
                    before = worth(past, holder, name, max(begin, past.now)) if name in past.vaults else 0
                    moved = sum(flow for at, flow in mine if at > begin)
                    assert signed(asset, item[period]["net"]) == now - before + moved
            for code, by in told["total"].items():
                asset = state.assets[code]
                kinds = ("vaults", "stakes", "positions", "fee_keys")
                items = [item for kind in kinds for item in told[kind] if item["asset"] == code]
                for period in by:
                    for side in ("net", "gross"):
                        parts = sum(signed(asset, item[period][side]) for item in items)
                        assert signed(asset, by[period][side]) == parts
            self._position_earned(told, holder)

    def _position_earned(self, told: dict[str, Any], holder: str) -> None:
        """By the CSPR that really moved between the holder and the position, and what closing it now would leave."""
        state = self.desk.state
        paid = 0
        for row in self.desk.store.rows():
            _, answer = recorded_answer(row)
            for posting in answer.postings if isinstance(answer, Outcome) else ():
                if posting.asset == "CSPR" and posting.debit == holder and posting.credit == "@delegated:CSPR":
                    paid -= posting.amount
                elif posting.asset == "CSPR" and posting.credit == holder and posting.debit == "@unbonding:CSPR":
                    paid += posting.amount
        for item in told["positions"]:
            view = whole(state)["positions"][holder]
            asset = state.assets["CSPR"]
            value, debt, interest = (asset.units(view[name]) for name in ("value", "debt", "interest"))
            assert signed(asset, item["all"]["net"]) == paid + max(value - debt - interest, 0)

    def statements_add_up(self) -> None:
        desk, state = self.desk, self.desk.state
        assets = state.assets
        rows = list(desk.store.rows())
        middle = rows[len(rows) // 2].at
        for account in (*HOLDERS, "operator", "@vault:FLUX", "@treasury:VG", "@treasury:FLUX", ISSUANCE):
            for since in (None, middle, middle + 1):
                book = account_book(
                    desk.store, assets, account, since=since, upto=state.seq, ledger=held(state, account), most=10**6
                )
                for one in book.totals:
                    moved: dict[str, int] = defaultdict(int)
                    opening = closing = 0
                    for row in rows:
                        _, answer = recorded_answer(row)
                        for posting in answer.postings if isinstance(answer, Outcome) else ():
                            if posting.asset != one.asset:
                                continue
                            for side, sign in ((posting.debit, -1), (posting.credit, 1)):
                                if side == account:
                                    closing += sign * posting.amount
                                    if since is not None and row.at < since:
                                        opening += sign * posting.amount
                                    else:
                                        moved["received" if sign > 0 else "sent"] += posting.amount
                    asset = assets[one.asset]
                    assert signed(asset, one.opening) == opening
                    assert signed(asset, one.closing) == closing
                    assert asset.units(one.received) == moved["received"]
                    assert asset.units(one.sent) == moved["sent"]
                query = Query(account, None, since)
                lines = list(statement(desk.store, self.genesis, query))
                assert lines == book.lines
                pages, place = [], Place()
                while place is not None:
                    found = page(desk.store, assets, query, place, 3, state.seq)
                    pages += found.items
                    place = found.next
                assert pages == lines

    def taxes_are_what_was_posted(self) -> None:
        """Each distribution goes to the three accounts in full, by the rule's formula."""
        posted: dict[tuple[str, str], int] = defaultdict(int)
        state = self.desk.state
        for row in self.desk.store.rows():
            _, answer = recorded_answer(row)
            if not isinstance(answer, Outcome):
                continue
            for event in answer.events:
                if event["type"] == "tax.distributed":
                    asset = state.assets[event["asset"]]
                    tax, fees, buyback, treasury = (
                        asset.units(event[name]) for name in ("tax", "fees", "buyback", "treasury")
                    )
                    assert (buyback, tax) == (tax * 3_000 // 10_000, fees + buyback + treasury)
                    if asset.id == "VG":
                        assert fees == tax * 5_000 // 10_000
                    else:
                        assert fees == 0
                    for name, units in (("tax", tax), ("fees", fees), ("buyback", buyback), ("treasury", treasury)):
                        posted[asset.id, name] += units
                    for account, units in (("@fees:", fees), ("@buyback:", buyback), ("@treasury:", treasury)):
                        credited = sum(
                            posting.amount
                            for posting in answer.postings
                            if (posting.credit, posting.asset) == (account + asset.id, asset.id)
                        )
                        assert credited >= units
        found = tax_totals.tax_totals(self.desk.store.rows())
        assert {
            (code, name): state.assets[code].units(text) for code, by in found.items() for name, text in by.items()
        } == {key: units for key, units in posted.items() if key[0] in found}

    def past_is_what_it_was(self) -> None:
        state = self.desk.state
        for seq in {1, state.seq // 3, state.seq // 2, state.seq}:
            past, _ = state_at(self.desk.store, Position(seq))
            assert whole(past) == self.wholes[seq]

    def claims_are_what_the_commands_pay(self) -> None:
        desk, state = self.desk, self.desk.state
        listing = Listing(state)
        for holder in HOLDERS:
            claims = portfolio(state, listing, holder)["claimable"]
            for claim in claims:
                fields = dict(claim["command"])
                outcome = machine.decide(state, desk.command(fields.pop("type"), holder, **fields), state.now)
                paid_to = state.exits[claim["id"]].receiver if claim["kind"] == "exit" else holder
                paid = sum(p.amount for p in outcome.postings if (p.asset, p.credit) == (claim["asset"], paid_to))
                assert state.assets[claim["asset"]].text(paid) == claim["amount"], claim

    def ways_out_are_what_the_commands_do(self) -> None:
        state = self.desk.state
        for name in state.vaults:
            vault = state.vaults[name]
            for holder in HOLDERS:
                whole_ = state.book.balance(vault.share, holder)
                for shares in {whole_, whole_ // 2, whole_ // 3, 1}:
                    try:
                        found = exit_plan.routes(state, name, shares, holder, state.now)
                    except HoldfastError as error:
                        assert error.code in ("zero_amount", "insufficient_balance")
                        found = exit_plan.requests(state, name, holder, state.now)
                    for route in found:
                        self._way(vault, holder, route)

    def _way(self, vault: Any, holder: str, route: exit_plan.Route) -> None:
        state, text = self.desk.state, self.desk.state.assets[vault.asset].text
        if route.kind == "instant":
            got = self._decided(state, state.now, "vault.redeem", holder, vault=vault.id, shares=text(route.shares))
            assert route.possible == (got is not None)
            assert got is None or got.result["assets"] == text(route.assets)
        elif route.kind == "queue":
            fields = {"vault": vault.id, "shares": text(route.shares)}
            got = self._decided(state, state.now, "vault.request_redeem", holder, **fields)
            assert route.possible == (got is not None)
            assert got is None or got.result["assets"] == text(route.assets)
        elif route.kind in ("claim", "cancel request"):
            kind = "vault.claim" if route.kind == "claim" else "vault.cancel_redeem"
            got = self._decided(state, state.now, kind, holder, vault=vault.id, request=route.request)
            assert route.possible == (got is not None), (route, state.is_frozen(vault.asset, holder))
            if got is not None and kind == "vault.claim":
                assert got.result["assets"] == text(route.assets)
        elif route.kind == "wait for profit" and route.ready_at == vault.locked_until:
            later = state.branch()
            later.now = vault.locked_until
            fields = {"vault": vault.id, "shares": text(route.shares)}
            got = self._decided(later, later.now, "vault.redeem", holder, **fields)
            if got is not None:
                assert got.result["assets"] == text(route.assets)

    def _decided(self, state: State, now: int, kind: str, actor: str, **fields: Any) -> Outcome | None:
        try:
            return machine.decide(state, self.desk.command(kind, actor, **fields), now)
        except HoldfastError:
            return None


def test_views__after_any_commands__say_what_is_and_what_then_happens() -> None:
    run_state_machine_as_test(EveryView, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
