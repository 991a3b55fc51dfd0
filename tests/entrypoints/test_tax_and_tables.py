"""`holdfast tax` and `holdfast tables`: views that are read from the journal when they are asked for."""

import json
import sqlite3

STORY = [
    {"actor": "operator", "type": "asset.mint", "asset": "VG", "to": "alice", "amount": "2100"},
    {"actor": "alice", "type": "term.stake", "amount": "1000"},
    {"actor": "alice", "type": "asset.transfer", "asset": "VG", "to": "bob", "amount": "0.000000009"},
    {"actor": "alice", "type": "asset.transfer", "asset": "VG", "to": "bob", "amount": "999.999999991"},
]


def told(cli, folder):
    (folder / "story.jsonl").write_text("".join(json.dumps(line) + "\n" for line in STORY), encoding="utf-8")
    assert cli("run", "story.jsonl", "--db", "desk.db", "--json").code == 0


def test_tax__no_tax_yet__says_so(cli, folder):
    assert cli("init", "--db", "desk.db").code == 0
    assert "No tax has been collected yet." in cli("tax", "--db", "desk.db").out


def test_tax__stake_and_transfers__sums_by_destination(cli, folder):
    told(cli, folder)
    totals = json.loads(cli("tax", "--db", "desk.db", "--json").out)
    assert totals == {
        "VG": {"tax": "199.999999999", "fees": "99.999999999", "buyback": "59.999999999", "treasury": "40.000000001"}
    }
    assert "199.999999999" in cli("tax", "--db", "desk.db").out


def test_tax__of_a_desks_largest_amount__is_told(cli, folder):
    most = str(2**512 - 1)
    lines = [
        {"type": "asset.create", "decimals": 0, "range": "u512", "transfer_tax_bps": 2_000},
        {"type": "asset.mint", "to": "operator", "amount": most},
        {"type": "asset.transfer", "to": "bob", "amount": most},
    ]
    story = "".join(json.dumps({"actor": "operator", "asset": "BIG", **line}) + "\n" for line in lines)
    (folder / "story.jsonl").write_text(story, encoding="utf-8")
    assert cli("run", "story.jsonl", "--db", "desk.db", "--json").code == 0
    assert cli("tax", "--db", "desk.db", "--json").document["BIG"]["tax"] == str((2**512 - 1) // 5)


def test_tables__a_desk__are_there_for_sql_and_can_be_dropped(cli, folder):
    told(cli, folder)
    assert json.loads(cli("tables", "--db", "desk.db", "--json").out) == {"seq": 4, "dropped": False}
    db = sqlite3.connect(folder / "desk.db")
    assert db.execute("SELECT tokens FROM balance WHERE account = 'bob'").fetchall() == [("900.000000001",)]
    assert cli("tables", "--db", "desk.db", "--drop").code == 0
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'balance'").fetchone() == (0,)
    assert json.loads(cli("tables", "--db", "desk.db", "--rebuild", "--json").out)["seq"] == 4
    db.close()


def test_tables__rebuild_and_drop_at_once__is_refused(cli, folder):
    assert cli("tables", "--rebuild", "--drop").code == 2
