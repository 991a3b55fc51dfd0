"""The pages of the audit: the log, the journal, any record explained, everything verified."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Desk, looks
from plain import Plain
from playwright.sync_api import Page, expect

import holdfast
from holdfast.entrypoints.terminal.folding import lines
from holdfast.entrypoints.terminal.language import words
from serving import House


def seq_of(house: House, kind: str, actor: str) -> int:
    found = house.of("olga").get("/v1/journal", params={"type": kind, "actor": actor}).json()
    return int(found["items"][0]["seq"])


def test_log__looks(rich_desk: Desk) -> None:
    looks(rich_desk, "anna", "/audit", "audit-log")


def test_journal__looks(rich_desk: Desk) -> None:
    looks(rich_desk, "anna", "/journal", "audit-journal")


def test_record__looks(rich_desk: Desk, rich: House) -> None:
    looks(rich_desk, "anna", f"/journal/{seq_of(rich, 'term.stake', 'alice')}?before=1", "audit-record")


def test_verify__looks(rich_desk: Desk) -> None:
    looks(rich_desk, "anna", "/audit/verify", "audit-verify")


def rows(page: Page) -> list[str]:
    return page.locator("#entries tbody tr, #records tbody tr").all_inner_texts()


def test_log__filters_and_pages(rich_desk: Desk) -> None:
    page = rich_desk("anna", "/audit")
    assert len(rows(page)) == 50
    first = rows(page)[0]
    page.get_by_role("link", name="Next page").click()
    assert rows(page)[0] != first
    page.get_by_role("link", name="First page").click()
    assert rows(page)[0] == first
    page.get_by_label("Who", exact=True).fill("alice")
    page.get_by_label("What").fill("vault.")
    page.get_by_label("Source").select_option("journal")
    page.locator("form.filters button").click()
    found = rows(page)
    assert found
    assert all("vault." in one and "alice" in one for one in found)
    assert page.get_by_label("Who", exact=True).input_value() == "alice"
    page.get_by_role("link", name="Clear filters").first.click()
    assert len(rows(page)) == 50


def test_log__nothing_matches(rich_desk: Desk) -> None:
    page = rich_desk("anna", "/audit?who=nobody-of-this-name")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_log__until_and_order(rich_desk: Desk) -> None:
    page = rich_desk("anna", "/audit?until=2026-01-01T00:30&order=oldest&source=journal")
    assert "asset.create" in rows(page)[0] or "asset.mint" in rows(page)[0]
    assert not any("depin.close_epoch" in one for one in rows(page))


def test_log__entry_leads_to_the_journal(rich_desk: Desk, rich: House) -> None:
    seq = seq_of(rich, "term.stake", "alice")
    page = rich_desk("anna", "/audit?what=term.stake&who=alice&order=oldest")
    page.locator("summary").get_by_text(f"Journal {seq}", exact=True).click()
    page.get_by_role("link", name=f"Record {seq}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Record {seq}")


@pytest.mark.parametrize("form", ["ndjson", "csv", "syslog"])
def test_log__exports(rich_desk: Desk, form: str) -> None:
    page = rich_desk("anna", "/audit?who=alice&source=journal")
    names = {"ndjson": "Export JSON lines", "csv": "Export CSV", "syslog": "Export syslog"}
    with page.expect_download() as waiting:
        page.get_by_role("link", name=names[form]).click()
    text = waiting.value.path().read_text()
    assert "term.stake" in text
    assert "bob" not in text.replace("to bob", "").split("term.stake")[0][:1]
    assert waiting.value.suggested_filename == f"audit.{form}"


def test_record__every_number_of_it(rich_desk: Desk, rich: House) -> None:
    seq = seq_of(rich, "vault.deposit", "alice")
    page = rich_desk("anna", f"/journal/{seq}")
    postings = page.locator("#postings tbody tr").all_inner_texts()
    assert len(postings) == 2
    assert "1,000" in postings[0]
    expect(page.locator("#formula")).to_contain_text("floor(assets · (supply + 1) / (total_assets + 1))")
    expect(page.locator("#inputs")).to_contain_text("1,000 FLUX")
    told = rich.of("anna").get(f"/v1/journal/{seq}").json()
    expect(page.locator("#chain")).to_contain_text(told["digest"])
    expect(page.locator("#chain")).to_contain_text(told["previous"])
    page.get_by_role("link", name="Next record").click()
    expect(page.locator("#chain")).to_contain_text(told["digest"])  # it is the previous one there
    page.get_by_role("link", name="Previous record").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Record {seq}")


def told_of(house: House, kind: str) -> str:
    """What stands on the pages of all records of this kind of command, beside their bytes."""
    found = house.of("anna").get("/v1/journal", params={"type": kind, "limit": 50}).json()["items"]
    assert found, kind
    pages = [Plain(house, "anna").go(f"/journal/{one['seq']}").text for one in found]
    return " ".join(one[one.index("Inputs") : one.index("Place in the chain")] for one in pages).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("asset.approve", ("Amount 7 VG", "Ends at 2026-12-31 00:00 UTC")),
        ("vault.create", ("Profit unlocks over 7 d", "Performance fee 10 %")),
        ("vault.add_rewards", ("Profit locked", "94.5 FLUX", "2026-01-08 01:00 UTC")),
        ("vault.request_redeem", ("Shares 100 vFLUX",)),
        ("term.stake", ("Amount 15,000 VG", "10,500 VG")),
        ("booster.stake", ("1,000,000 VC",)),
        ("strategy.add", ("Cooldown 1 d", "from 0: 5 %; from 500: 3 %", "1,000 FLUX")),
        ("strategy.deallocate", ("Amount 100 FLUX",)),
        ("portfolio.plan", ("lend 300 → ",)),
        ("leverage.open_position", ("200 CSPR", "600 CSPR")),
        ("network.end_era", ("Ended at 2026-01-01 01:00 UTC",)),
        ("buyback.set_price", ("Price 0.01",)),
        ("depin.add_network", ("Length of an epoch 1 h 0 min", "100 FLUX")),
        ("depin.register_resource", ("Capacity 2 gpu", "resource card")),
        ("depin.report", ("2026-01-01 01:00 UTC – 2026-01-01 01:10 UTC", "Uptime, basis points 10000 100 %")),
    ],
)  # fmt: skip
def test_record__amounts_in_their_asset_and_instants_as_instants(
    rich: House, kind: str, words: tuple[str, ...]
) -> None:
    told = told_of(rich, kind)
    for one in words:
        assert one in told, told
    figures = re.findall(r"(?<![0-9a-f.])[0-9]{10,}(?![0-9a-f])", told)  # base units, Unix seconds
    assert not figures or kind in ("depin.report", "term.stake")  # a score, and sums per weight: no amounts


def test_record__before_and_after(rich_desk: Desk, rich: House) -> None:
    seq = seq_of(rich, "vault.add_rewards", "operator")
    page = rich_desk("anna", f"/journal/{seq}")
    page.get_by_role("link", name="Compare with what was there before").click()
    changed = page.locator("#changed tr.own").all_inner_texts()
    assert changed
    assert all("changed" in one for one in changed)


def test_record__a_holder_sees_his_own_and_what_touched_him(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", f"/journal/{seq_of(rich, 'vault.deposit', 'alice')}")
    expect(page.locator("#inputs")).to_contain_text("1,000 FLUX")
    expect(page.locator("#changed")).to_have_count(0)
    page.goto(f"/journal/{seq_of(rich, 'asset.mint', 'operator')}")
    expect(page.get_by_text("Somebody else's command")).to_be_visible()
    expect(page.locator("#postings")).to_contain_text("5,000")
    rich_desk.window_of(page).allow(r"404")
    assert page.goto(f"/journal/{seq_of(rich, 'vault.deposit', 'bob')}").status == 404  # type: ignore[union-attr]


def test_record__refused_command(rich_desk: Desk, rich: House) -> None:
    found = rich.of("anna").get("/v1/journal", params={"type": "vault.redeem"}).json()["items"][-1]
    page = rich_desk("anna", f"/journal/{found['seq']}", lang="ru")
    expect(page.get_by_text("Команда отклонена")).to_be_visible()
    expect(page.get_by_text("Ничего не перемещено")).to_be_visible()


def test_journal__pages_and_filters(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("anna", "/journal")
    assert rows(page)[0].startswith(str(rich.state.seq))
    page.get_by_label("Command").fill("term.stake")
    page.get_by_label("Acting account").fill("alice")
    page.locator("form.filters button").click()
    assert len(rows(page)) == 2
    page.goto("/journal?type=not-a-type")
    expect(page.get_by_role("alert")).to_be_visible()


def test_journal__as_of_the_past__later_records_are_not_there(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("anna", "/journal?as_of=7")
    assert rows(page)[0].startswith("7")
    expect(page.locator(".banner.past")).to_be_visible()
    page.goto("/audit?as_of=7&source=journal")
    at = rich.of("anna").get("/v1/journal/7").json()["at"]
    assert rows(page)
    last = page.locator("#entries tbody time").first.get_attribute("datetime")
    assert last is not None
    assert last <= at


def test_alike_records_by_the_clock__one_line_that_opens(desk: Desk, house: House) -> None:
    for number in range(1, 6):
        house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1")
        for era in range(10):
            house.later(60)
            house.do("network.end_era", "oracle", era=number * 10 + era - 9, rewards={})
    page = desk("anna", "/journal")
    assert len(rows(page)) == 10  # as many as people did: all 55 records are on the page
    assert "46–55" in rows(page)[0] and "10 alike" in rows(page)[0]
    page.get_by_role("link", name="Show each").click()
    assert len(rows(page)) == 50
    page.get_by_role("link", name="Put alike records").click()
    assert len(rows(page)) == 10
    page.goto("/journal?type=network.end_era")
    assert len(rows(page)) == 50  # who asks for them has each
    page.goto("/audit?source=journal")
    assert len(rows(page)) == 10 and "10 alike" in rows(page)[0]
    page.goto("/audit?source=journal&order=oldest")
    assert "alike" not in rows(page)[0] and "10 alike" in rows(page)[1]
    page.goto("/audit?source=journal&who=oracle")
    assert len(rows(page)) == 50
    looks(desk, "anna", "/journal", "audit-folded")
    looks(desk, "anna", "/audit", "audit-log-folded")


@pytest.mark.parametrize(("alike", "shown"), [(2, 2), (3, 1)])
def test_folding__three_and_more_and_never_what_was_refused(alike: int, shown: int) -> None:
    done = {"actor": "keeper", "type": "depin.close_epoch", "status": "applied"}
    assert len(lines([done | {"seq": seq} for seq in range(alike)], fold=True)) == shown
    assert len(lines([done | {"seq": seq, "status": "rejected"} for seq in range(alike)], fold=True)) == alike
    assert len(lines([done | {"seq": seq, "type": "strategy.report"} for seq in range(alike)], fold=True)) == alike


def test_verify__runs_to_its_result(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("anna", "/audit/verify")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("Everything is in order.")).to_be_visible()
    expect(page.locator("#job")).to_contain_text(str(rich.state.seq))
    digest = rich.of("anna").get(f"/v1/journal/{rich.state.seq}").json()["digest"]
    expect(page.locator("#job")).to_contain_text(digest)


def test_verify__a_head_noted_elsewhere_that_is_another__named(rich_desk: Desk) -> None:
    page = rich_desk("anna", "/audit/verify", lang="ru")
    page.get_by_text("Сверить с отпечатками").click()
    page.get_by_label("Номер записи").fill("5")
    page.get_by_label("Отпечаток записи").fill("ab" * 32)
    page.get_by_role("button", name="Проверить сейчас").click()
    expect(page.get_by_text("Что-то не так.")).to_be_visible()
    expect(page.locator("#job li.bad").first).to_contain_text("5")


def test_verify__a_digest_that_is_none__typed_text_stays(rich_desk: Desk) -> None:
    page = rich_desk("anna", "/audit/verify")
    rich_desk.window_of(page).allow(r"400")
    page.get_by_text("Compare with heads").click()
    page.get_by_label("Digest of the record").fill("xyz")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Digest of the record").input_value() == "xyz"


def test_holder__is_led_to_what_is_his(rich_desk: Desk) -> None:
    page = rich_desk("paul", "/audit")
    assert re.search("/journal$", page.url)


def test_explain__leads_from_a_balance_to_its_record(rich_desk: Desk, rich: House) -> None:
    totals = rich.of("alice").get("/v1/accounts/alice/totals").json()["items"]
    flux = next(one for one in totals if one["asset"] == "FLUX")
    page = rich_desk("alice", "/explain/alice/FLUX")
    assert page.url.endswith(f"/journal/{flux['last']}")
    page.goto("/explain/alice/RENDER")
    expect(page.get_by_text("has never held RENDER")).to_be_visible()


def test_log__what_people_did_is_told_in_words(house: House) -> None:
    with house.server.office.write() as t:
        t.log("session.completed", by="alice", about="0123")
    for lang, said in (("en", "Signed in session.completed"), ("ru", "Вход выполнен session.completed")):
        assert said in Plain(house, "anna", lang).go("/audit").text


def test_log__every_event_that_the_house_notes_has_words() -> None:
    noted = {
        name
        for path in Path(holdfast.__file__).parent.rglob("*.py")
        for name in re.findall(r'\.(?:log|note)\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text("utf-8"))
    }
    assert len(noted) > 30
    for language in ("en", "ru"):
        lacking = [one for one in sorted(noted) if f"log.what_{one.replace('.', '_')}" not in words(language)]
        assert lacking == [], language
