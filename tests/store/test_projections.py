"""Postings and balances for ordinary SQL: they agree with the journal at their cursor; dropped, they are rebuilt.

One suite for both databases; what only one of them has stands in files of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.journals import story, tell, told
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, NoDesk
from holdfast.store import projected
from holdfast.store.projected import Entry
from holdfast.wire import codec
from store.tabled import KINDS, Tabled, held


@pytest.fixture(params=sorted(KINDS))
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tabled]:
    """A place where no desk is yet."""
    made = KINDS[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(blank: Tabled) -> Tabled:
    return blank.start()


# --- following ------------------------------------------------------------------------------------------------------


def test_catch_up__no_desk__unavailable(blank: Tabled) -> None:
    with pytest.raises(NoDesk, match="no desk in this"):
        blank.tables.catch_up()
    with pytest.raises(NoDesk, match="no desk in this"):
        blank.tables.rebuild()


def test_catch_up__an_empty_journal(desk: Tabled) -> None:
    assert desk.tables.position() == 0
    assert desk.tables.catch_up() == 0
    desk.agrees()


def test_catch_up__after_every_command__agrees_with_the_state(desk: Tabled) -> None:
    for submission in story():
        desk.service.submit(*submission)
        assert desk.tables.catch_up() == desk.service.head.seq
        desk.agrees()
    assert desk.tables.catch_up() == desk.service.head.seq
    step_by_step = desk.everything()
    desk.tables.rebuild()
    assert desk.everything() == step_by_step, "followed step by step, and built from scratch"


def test_catch_up__in_small_lots__the_same_tables(desk: Tabled, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    at_once = desk.everything()
    desk.tables.drop()
    assert desk.tables.position() == 0
    reached: list[int] = []
    monkeypatch.setattr(desk.module, "LOT", 4)
    desk.tables.catch_up(reached.append)
    assert reached[0] == 4
    assert reached[-1] == len(story())
    assert desk.everything() == at_once
    desk.agrees()


def test_tables__are_the_same_on_both_databases(tmp_path: Path) -> None:
    found = []
    for kind in KINDS.values():
        made = kind(tmp_path).start()
        tell(made.service, story())
        made.tables.catch_up()
        found.append((made.everything(), made.tables.statement("alice", limit=1_000)))
        made.close()
    assert found[0] == found[1]


def test_posting__every_one_of_the_journal(desk: Tabled) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    kept = {(row[0], row[1]): row for row in desk.table("posting")}
    count = 0
    for row in desk.service.store.rows():
        body = projected.read(row)
        for line, posting in enumerate(getattr(body.outcome, "postings", ())):
            _, _, at, kind, command_id, asset, amount, _, debit, credit, _, _ = kept[row.seq, line]
            assert (at, kind, command_id) == (row.at, body.command.type, row.id)
            assert (asset, amount, debit, credit) == (posting.asset, str(posting.amount), posting.debit, posting.credit)
            count += 1
    assert len(kept) == count > 30
    assert desk.query("SELECT count(*) FROM entry") == [(2 * count,)]


def test_amounts__as_large_as_u512__stay_exact(desk: Tabled) -> None:
    largest = 2**512 - 1
    text = f"{largest // 10**9}.{largest % 10**9:09}"
    for number, amount in enumerate((text, f"{2**63 // 10**9 + 1}.000000007", "0.000000001")):
        command = codec.command("asset.mint", f"m-{number}", "operator", asset="CSPR", to=f"h-{number}", amount=amount)
        assert desk.service.submit(command).status == "applied"
        if number == 0:
            burn = codec.command("asset.burn", "burn", "h-0", asset="CSPR", amount=f"{largest // 10**9 - 2**40}")
            assert desk.service.submit(burn).status == "applied"
    desk.tables.catch_up()
    desk.agrees()
    sql = "SELECT CAST(amount AS TEXT), CAST(tokens AS TEXT), CAST(credit_balance AS TEXT) FROM posting WHERE seq = 1"
    assert desk.query(sql) == [(str(largest), text, text)]
    assert len(str(largest)) == 155
    assert desk.balances()["h-2", "CSPR"] == ("1", "0.000000001")
    assert desk.tables.statement("h-2")[0].tokens == "0.000000001"


def test_catch_up__while_commands_come_in__never_out_of_step(desk: Tabled) -> None:
    desk.tables.catch_up()
    for start in range(0, len(story()), 5):
        tell(desk.service, story()[start : start + 5])
        desk.db.execute("BEGIN")
        (seq,) = desk.query("SELECT seq FROM projection")[0]
        store = desk.opened()
        state, _, _ = rebuild(store, upto=seq)
        store.close()
        assert desk.balances() == held(state), "the tables are not those of their cursor"
        desk.db.execute("COMMIT")
        desk.tables.catch_up()
    desk.agrees()


def test_catch_up__several_at_once__each_record_once(desk: Tabled, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    alone = desk.everything()
    desk.tables.drop()
    monkeypatch.setattr(desk.module, "LOT", 3)
    others = [desk.new_tables() for _ in range(4)]
    failures: list[Exception] = []

    def work(tables: Any) -> None:
        try:
            tables.catch_up()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(tables,)) for tables in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for tables in others:
        tables.close()
    assert failures == []
    assert desk.everything() == alone
    desk.agrees()


# --- healing --------------------------------------------------------------------------------------------------------

DAMAGE = [
    "UPDATE balance SET amount = '1', tokens = '1'",
    "DELETE FROM posting WHERE seq > 5",
    "DROP TABLE balance",
    "DROP VIEW entry",
    "UPDATE projection SET seq = 3",
    "UPDATE projection SET version = 0",
    "UPDATE projection SET digest = {blob}",
    "DELETE FROM projection",
    "UPDATE posting SET amount = '7', debit = credit, credit = debit, command_id = 'x'",
]


@pytest.mark.parametrize("sql", DAMAGE)
def test_rebuild__whatever_was_done_to_the_tables__heals(desk: Tabled, sql: str) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    whole, head = desk.everything(), desk.service.store.head()
    desk.sql(sql.format(blob=desk.blob))
    assert desk.tables.rebuild() == head.seq
    assert desk.everything() == whole
    desk.agrees()
    assert desk.service.store.head() == head


@pytest.mark.parametrize("sql", [DAMAGE[2], *DAMAGE[4:8]])
def test_catch_up__tables_of_another_version_or_journal__builds_anew(desk: Tabled, sql: str) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    whole = desk.everything()
    desk.sql(sql.format(blob=desk.blob))
    desk.tables.catch_up()
    assert desk.everything() == whole


def test_drop__the_desk_is_the_same(desk: Tabled) -> None:
    tell(desk.service, story()[:30])
    desk.tables.catch_up()
    desk.tables.drop()
    desk.tables.drop()
    tell(desk.service, story()[30:])
    store = desk.opened()
    assert Service(store).head == told().head
    store.close()
    for name in ("posting", "balance", "entry", "projection", "projected_asset"):
        with pytest.raises(Exception, match=r"no such table|does not exist"):
            desk.query(f"SELECT * FROM {name}")  # noqa: S608


def test_catch_up__an_unreadable_record__corrupt_and_stands_before_it(desk: Tabled) -> None:
    tell(desk.service, story()[:20])
    desk.tables.catch_up()
    tell(desk.service, story()[20:])
    desk.sql(f"UPDATE journal SET body = {desk.blob} WHERE seq = 30")  # noqa: S608
    with pytest.raises(Corrupt, match="record 30 cannot be read"):
        desk.tables.catch_up()
    assert desk.tables.position() == 20


# --- an account's statement -----------------------------------------------------------------------------------------


def test_statement__adds_up_to_the_balance(desk: Tabled) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    balances = desk.balances()
    for account, asset in balances:
        entries = desk.tables.statement(account, asset=asset, limit=1_000)
        total = sum(int(entry.amount) * (1 if entry.direction == "in" else -1) for entry in entries)
        assert str(total) == balances[account, asset][0]
        assert entries[0].balance == balances[account, asset][1], "the newest line shows the balance"
        assert [(e.seq, e.line) for e in entries] == sorted(((e.seq, e.line) for e in entries), reverse=True)


def test_statement__in_pages__the_whole(desk: Tabled) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    whole = desk.tables.statement("alice", limit=1_000)
    assert len(whole) > 10
    paged: list[Entry] = []
    while page := desk.tables.statement("alice", before=(paged[-1].seq, paged[-1].line) if paged else None, limit=3):
        paged += page
    assert paged == whole
    assert desk.tables.statement("nobody") == []
    assert {entry.asset for entry in desk.tables.statement("alice", asset="VG")} == {"VG"}


def test_docstring__its_queries_run_and_say_what_they_should(desk: Tabled) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    text = desk.module.__doc__ or ""
    block = text[text.index("    -- an account's statement") :]
    queries = [query for query in block.split(";") if "SELECT" in query]
    assert len(queries) == 3
    lines, holders, last = ([tuple(row) for row in desk.db.execute(query)] for query in queries)
    expected = desk.tables.statement("alice", limit=20)
    assert [(row[0], row[3], row[4], str(row[5]), row[6], str(row[7])) for row in lines] == [
        (e.seq, e.direction, e.counter_account, e.tokens, e.asset, e.balance) for e in expected
    ]
    assert str(lines[-1][1]).startswith("2026-01-01 00:00")
    state = desk.service.state
    most = sorted(((units, account) for account, units in state.book.balances["FLUX"].items()), reverse=True)
    assert [(account, str(tokens)) for account, tokens in holders] == [
        (account, state.assets["FLUX"].text(units)) for units, account in most
    ]
    if len(last[0]) == 1:
        day = [e for e in desk.tables.statement("alice", limit=1_000) if e.at < 1767225600 + 86_400]
        assert last == [(len(day),)]
    else:
        assert last == [(code, 0, supply) for code, supply in sorted(state.book.issued.items()) if supply]
