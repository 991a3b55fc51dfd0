"""Postings and balances for ordinary SQL: they agree with the journal at their cursor; dropped, they are rebuilt."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.journals import deposit, funded, story, tell, told
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, NoDesk, Unavailable
from holdfast.ledger.chart import ISSUANCE
from holdfast.primitives.asset import format_units
from holdfast.protocol.state import State
from holdfast.store import projections
from holdfast.store.projections import catch_up, drop, position, statement
from holdfast.store.sqlite import SqliteStore, connect
from holdfast.wire import codec
from store.shelves import HookedConnection


class Projected:
    """A desk in a file, and a connection of the SQL reader's own."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.service = told(SqliteStore(self.path, create=True), commands=[])
        self.db = connect(self.path)

    def agrees(self, seq: int | None = None) -> None:
        """Balances and assets are those of the state at this record (the last, unless stated)."""
        state, _, broken = rebuild(self.service.store, upto=seq)
        assert broken is None
        assert position(self.db) == state.seq
        assert balances(self.db) == held(state)


def held(state: State) -> dict[tuple[str, str], tuple[str, str]]:
    """All balances of a state as the table shows them, issuance with its sign."""
    found = {}
    for asset, accounts in state.book.balances.items():
        places = state.assets[asset].decimals
        for account, units in accounts.items():
            found[account, asset] = (str(units), format_units(units, places))
        if supply := state.book.supply(asset):
            found[ISSUANCE, asset] = (f"-{supply}", "-" + format_units(supply, places))
    return found


def balances(db: Any) -> dict[tuple[str, str], tuple[str, str]]:
    found = db.execute("SELECT account, asset, amount, tokens FROM balance")
    return {(account, asset): (amount, tokens) for account, asset, amount, tokens in found}


def everything(db: Any) -> list[list[Any]]:
    names = ("posting", "balance", "projected_asset")
    return [list(db.execute(f"SELECT * FROM {name} ORDER BY 1, 2")) for name in names]  # noqa: S608


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Projected]:
    made = Projected(tmp_path / "desk.db")
    yield made
    made.db.close()
    made.service.close()


# --- following ------------------------------------------------------------------------------------------------------


def test_catch_up__no_desk__unavailable(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "desk.db"), create=True)
    db = connect(store.path)
    with pytest.raises(NoDesk, match="no desk in this file"):
        catch_up(db)
    db.close()
    store.close()


def test_catch_up__an_empty_journal(desk: Projected) -> None:
    assert position(desk.db) == 0
    assert catch_up(desk.db) == 0
    desk.agrees()


def test_catch_up__after_every_command__agrees_with_the_state(desk: Projected) -> None:
    for submission in story():
        desk.service.submit(*submission)
        assert catch_up(desk.db) == desk.service.head.seq
        desk.agrees()
    assert catch_up(desk.db) == desk.service.head.seq


def test_catch_up__in_small_lots__the_same_tables(desk: Projected, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    at_once = everything(desk.db)
    drop(desk.db)
    assert position(desk.db) == 0
    reached: list[int] = []
    monkeypatch.setattr(projections, "LOT", 4)
    catch_up(desk.db, reached.append)
    assert reached[0] == 4
    assert reached[-1] == len(story())
    assert everything(desk.db) == at_once
    desk.agrees()


def test_posting__every_one_of_the_journal(desk: Projected) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    count = 0
    for row in desk.service.store.rows():
        body = projections._decode(row.body)
        for line, posting in enumerate(getattr(body.outcome, "postings", ())):
            found = desk.db.execute(
                "SELECT at, type, command_id, asset, amount, debit, credit FROM posting WHERE seq = ? AND line = ?",
                (row.seq, line),
            ).fetchone()
            assert found == (
                row.at, body.command.type, row.id, posting.asset, str(posting.amount), posting.debit, posting.credit
            )  # fmt: skip
            count += 1
    assert desk.db.execute("SELECT count(*) FROM posting").fetchone()[0] == count > 30
    assert desk.db.execute("SELECT count(*) FROM entry").fetchone()[0] == 2 * count


def test_amounts__beyond_what_sqlite_counts__stay_exact(desk: Projected) -> None:
    huge = (2**512 - 1) // 10**9
    for number, amount in enumerate((str(huge), f"{2**63 // 10**9 + 1}.000000007", "0.000000001")):
        command = codec.command("asset.mint", f"m-{number}", "operator", asset="CSPR", to=f"h-{number}", amount=amount)
        if number == 0:
            assert desk.service.submit(command).status == "applied"
            burn = codec.command("asset.burn", "burn", "h-0", asset="CSPR", amount=str(huge - 5))
            assert desk.service.submit(burn).status == "applied"
        else:
            assert desk.service.submit(command).status == "applied"
    catch_up(desk.db)
    desk.agrees()
    first = desk.db.execute("SELECT amount, tokens, typeof(amount), typeof(tokens) FROM posting WHERE seq = 1")
    assert first.fetchone() == (str(huge * 10**9), str(huge), "text", "text")
    assert balances(desk.db)["h-2", "CSPR"] == ("1", "0.000000001")


def test_tables__hold_text_wherever_there_is_money(desk: Projected) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    for table, columns in (
        ("posting", ("amount", "tokens", "debit_balance", "credit_balance")),
        ("balance", ("amount", "tokens")),
    ):
        for column in columns:
            assert list(desk.db.execute(f"SELECT DISTINCT typeof({column}) FROM {table}")) == [("text",)]  # noqa: S608


def test_catch_up__while_commands_come_in__never_out_of_step(desk: Projected) -> None:
    reader = connect(desk.path)
    catch_up(desk.db)
    for start in range(0, len(story()), 5):
        tell(desk.service, story()[start : start + 5])
        reader.execute("BEGIN")
        seq = position(reader)
        state, _, _ = rebuild(SqliteStore(desk.path), upto=seq)
        assert balances(reader) == held(state), "the tables are not those of their cursor"
        reader.execute("COMMIT")
        catch_up(desk.db)
    desk.agrees()
    reader.close()


def test_catch_up__two_at_once__each_record_once(desk: Projected, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process gets ahead between reading and writing a lot."""
    tell(desk.service, story())
    catch_up(desk.db)
    alone = everything(desk.db)
    drop(desk.db)
    monkeypatch.setattr(projections, "LOT", 6)
    other = connect(desk.path)
    ahead = [3]

    def before(sql: str) -> None:
        if sql == "BEGIN IMMEDIATE" and position(other) and ahead[0]:
            ahead[0] -= 1
            projections._take_lot(other)

    catch_up(HookedConnection(desk.db, before))
    assert ahead == [0]
    assert everything(desk.db) == alone
    other.close()


def test_catch_up__broken_off__stands_where_it_stood(desk: Projected, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each statement in turn; a later run makes it whole."""
    tell(desk.service, story())
    monkeypatch.setattr(projections, "LOT", 20)
    catch_up(desk.db)
    whole = everything(desk.db)
    for stop in range(1, 400):
        drop(desk.db)
        left = [stop]

        def before(sql: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0 and sql != "ROLLBACK":
                raise sqlite3.OperationalError("stop")

        try:
            catch_up(HookedConnection(desk.db, before))
        except (Corrupt, Unavailable, sqlite3.OperationalError):
            assert not desk.db.in_transaction
            if position(desk.db):
                desk.agrees(position(desk.db))
        if left[0] > 0:
            break
        if stop % 25 == 0:
            catch_up(desk.db)
            assert everything(desk.db) == whole
    assert stop > 100


def test_catch_up__locked__unavailable_and_as_before(desk: Projected) -> None:
    tell(desk.service, story()[:20])
    catch_up(desk.db)
    tell(desk.service, story()[20:])
    desk.db.execute("PRAGMA busy_timeout = 0")
    other = connect(desk.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="being written by another process"):
        catch_up(desk.db)
    other.execute("ROLLBACK")
    desk.agrees(20)
    catch_up(desk.db)
    desk.agrees()
    other.close()


# --- healing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE balance SET amount = '1', tokens = '1'",
        "DELETE FROM posting WHERE seq > 5",
        "DROP TABLE balance",
        "DROP VIEW entry",
        "UPDATE projection SET seq = 3",
        "UPDATE projection SET version = 0",
        "UPDATE projection SET digest = x'00'",
        "DELETE FROM projection",
        "REPLACE INTO posting SELECT seq, line, at, type, 'x', asset, '7', '7', credit, debit, '7', '7' FROM posting",
    ],
)
def test_rebuild__whatever_was_done_to_the_tables__heals(desk: Projected, sql: str) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    whole, head = everything(desk.db), desk.service.store.head()
    desk.db.execute(sql)
    assert projections.rebuild(desk.db) == head.seq
    assert everything(desk.db) == whole
    desk.agrees()
    assert desk.service.store.head() == head


@pytest.mark.parametrize(
    "sql",
    ["DROP TABLE balance", "UPDATE projection SET version = 0", "UPDATE projection SET digest = x'00'",
     "DELETE FROM projection", "UPDATE projection SET seq = 3"],
)  # fmt: skip
def test_catch_up__tables_of_another_version_or_journal__builds_anew(desk: Projected, sql: str) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    whole = everything(desk.db)
    desk.db.execute(sql)
    catch_up(desk.db)
    assert everything(desk.db) == whole


def test_drop__the_desk_is_the_same(desk: Projected) -> None:
    tell(desk.service, story()[:30])
    catch_up(desk.db)
    drop(desk.db)
    drop(desk.db)
    tell(desk.service, story()[30:])
    assert Service(SqliteStore(desk.path)).head == told().head
    names = {name for (name,) in desk.db.execute("SELECT name FROM sqlite_master")}
    assert names.isdisjoint({"posting", "balance", "entry", "projection", "projected_asset"})


def test_catch_up__an_unreadable_record__corrupt_and_stands_before_it(desk: Projected) -> None:
    tell(desk.service, story())
    desk.db.execute("UPDATE journal SET body = x'00' WHERE seq = 30")
    with pytest.raises(Corrupt, match="record 30 cannot be read"):
        catch_up(desk.db)
    assert position(desk.db) == 0


# --- an account's statement -----------------------------------------------------------------------------------------


def test_statement__adds_up_to_the_balance(desk: Projected) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    for account, asset in balances(desk.db):
        entries = statement(desk.db, account, asset=asset, limit=1_000)
        total = sum(int(entry.amount) * (1 if entry.direction == "in" else -1) for entry in entries)
        assert str(total) == balances(desk.db)[account, asset][0]
        assert entries[0].balance == balances(desk.db)[account, asset][1], "the newest line shows the balance"
        assert [(e.seq, e.line) for e in entries] == sorted(((e.seq, e.line) for e in entries), reverse=True)


def test_statement__in_pages__the_whole(desk: Projected) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    whole = statement(desk.db, "alice", limit=1_000)
    assert len(whole) > 10
    paged: list[projections.Entry] = []
    while page := statement(desk.db, "alice", before=(paged[-1].seq, paged[-1].line) if paged else None, limit=3):
        paged += page
    assert paged == whole
    assert statement(desk.db, "nobody") == []
    assert {entry.asset for entry in statement(desk.db, "alice", asset="VG")} == {"VG"}


def test_statement__of_a_long_journal__reads_only_its_page(desk: Projected) -> None:
    funded(desk.service, "alice", "bob")
    tell(desk.service, [deposit(n, "bob", "0.01") for n in range(3_000)])
    tell(desk.service, [deposit(5_000, "alice")])
    catch_up(desk.db)
    for account in ("alice", "bob"):
        steps = [0]
        desk.db.set_progress_handler(_counting(steps), 10)
        assert statement(desk.db, account, limit=2)[0].tokens in {"1", "0.01"}
        desk.db.set_progress_handler(None, 0)
        assert steps[0] < 100, "a statement looks through the journal"


def _counting(steps: list[int]) -> Callable[[], int]:
    def count() -> int:
        steps[0] += 1
        return 0

    return count


def test_docstring__its_queries_run_and_say_what_they_should(desk: Projected) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    text = projections.__doc__ or ""
    block = text[text.index("    -- an account's statement") :]
    queries = [query for query in block.split(";") if "SELECT" in query]
    assert len(queries) == 3
    lines, holders, moved = ([tuple(row) for row in desk.db.execute(query)] for query in queries)
    assert lines == [
        (e.seq, lines[n][1], e.type, e.direction, e.counter_account, e.tokens, e.asset, e.balance)
        for n, e in enumerate(statement(desk.db, "alice", limit=20))
    ]
    assert lines[-1][1].startswith("2026-01-01 00:00")
    state = desk.service.state
    expected = sorted(((units, account) for account, units in state.book.balances["FLUX"].items()), reverse=True)
    assert holders == [(account, state.assets["FLUX"].text(units)) for units, account in expected]
    day = [e for e in statement(desk.db, "alice", limit=1_000) if e.at < 1767225600 + 86_400]
    assert moved == [(len(day),)]
