"""The first page for each role: holdings, earnings, what needs somebody, the desk's health."""

from __future__ import annotations

import pytest
from browser import Desk, accessible, fits, looks, shot
from plain import Plain
from test_approvals_pages import PAY, furnish, propose

from holdfast.entrypoints.terminal.figures import is_dust
from holdfast.entrypoints.terminal.sparkline import line_of
from holdfast.identity.roles import Grant
from serving import House
from support import DAY


@pytest.mark.parametrize("person", ["alice", "olga", "paul", "anna"])
def test_looks(rich_desk: Desk, person: str) -> None:
    looks(rich_desk, person, "/", f"overview-{person}")


def test_looks_empty(desk: Desk) -> None:
    for person in ("alice", "otto", "nora", "kira"):
        page = desk(person, "/")
        if person == "nora":  # without any role not even the stream of events is open
            desk.window_of(page).allow("403")
        fits(page)
        accessible(page)
        shot(page, f"overview-empty-{person}")
        page.context.close()


def test_what_needs_me__is_done_from_here(desk: Desk, house: House) -> None:
    house.do("asset.mint", "operator", asset="VG", to="alice", amount="20000")
    house.do("fee_key.issue", "operator", to="alice", locked_lp=10)
    house.do("term.stake", "alice", amount="15000")
    page = desk("alice", "/")
    needs = page.locator("#needs")
    assert "A fee key has fees" in needs.inner_text()
    assert "stake can be taken out" not in needs.inner_text()
    house.later(61 * DAY)
    page = desk("alice", "/")
    needs = page.locator("#needs")
    needs.get_by_text("A stake can be taken out").wait_for()
    needs.get_by_role("button", name="Unstake").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    page.get_by_role("heading", name="Done").wait_for()
    assert house.state.stakes["vg-1"].unstaked


def test_earned__a_deposit_is_no_profit(house: House) -> None:
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0)
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="1000")
    house.do("vault.deposit", "alice", vault="FLUX", assets="1000")
    before = Plain(house, "alice").go("/").text
    assert "What it earned" in before
    assert "+1,000" not in before
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="50")
    at = Plain(house, "alice").go("/")
    assert "+50" in at.text or "+49.99" in at.text


def test_earned__what_rounding_leaves_to_the_vault_is_no_loss(house: House) -> None:
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0)
    for holder in ("bob", "alice", "operator"):
        house.do("asset.mint", "operator", asset="FLUX", to=holder, amount="1000")
    house.do("vault.deposit", "bob", vault="FLUX", assets="700")
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="0.00000333")
    house.do("vault.deposit", "alice", vault="FLUX", assets="100")
    at = Plain(house, "alice").go("/")
    assert house.of("alice").get("/v1/me/earnings").json()["total"]["FLUX"]["all"]["net"] == "-0.00000001"
    assert "\u22120.00000001" in at.text  # exact all the same
    assert 'delta down"' not in at.answer.text
    assert "A loss in the last digit alone is rounding" in at.text
    house.do("vault.report_loss", "operator", vault="FLUX", assets="0.000001")
    at = Plain(house, "alice").go("/")
    assert 'delta down"' in at.answer.text


@pytest.mark.parametrize(
    ("text", "decimals", "dust"),
    [("-0.00000001", 8, True), ("-0.00000009", 8, True), ("-0.0000001", 8, False), ("-1.00000001", 8, False),
     ("0.00000001", 8, False), ("0", 8, False), ("-0.00000001", 18, False), ("-1", 0, False), ("-0.01", 2, False)],
)  # fmt: skip
def test_dust__a_loss_in_the_last_digit_alone(text: str, decimals: int, dust: bool) -> None:
    assert is_dust(text, decimals) is dust


def test_grown__a_small_chart_with_its_figures(rich: House) -> None:
    at = Plain(rich, "alice").go("/")
    assert "How shares grew" in at.text and "<polyline points=" in at.answer.text
    told = rich.of("alice").get("/v1/vaults/FLUX/rates?every=3600&limit=100").json()["items"]
    for one in told:
        assert one["rate"] in at.text  # as a table as well
    assert "How shares grew" not in Plain(rich, "nora").go("/").text
    assert at.go("/?as_of=2026-01-01T00:30").status == 200


@pytest.mark.parametrize(
    ("values", "line"),
    [((), ""), (("1",), "0,80"), (("1", "1"), "0,80 1000,80"), (("1", "2", "1.5"), "0,150 500,10 1000,80"),
     (("1.000000000000000001", "1.000000000000000003", "1.000000000000000002"), "0,150 500,10 1000,80")],
)  # fmt: skip
def test_sparkline__the_least_at_the_bottom(values: tuple[str, ...], line: str) -> None:
    assert line_of(values) == line


def test_a_narrow_role__sees_what_it_may(house: House) -> None:
    house.add("vera", Grant("holder", ("own.read", "vault.*")))
    house.do("vault.create", "operator", asset="FLUX")
    house.do("asset.mint", "operator", asset="FLUX", to="vera", amount="100")
    house.do("vault.deposit", "vera", vault="FLUX", assets="50")
    at = Plain(house, "vera").go("/")
    assert at.status == 200 and "vFLUX" in at.text and "How shares grew" not in at.text


def test_debt_token__said_what_it_is(rich: House) -> None:
    for lang, word in (("en", "debt token"), ("ru", "долговой токен")):
        at = Plain(rich, "alice", lang=lang)
        assert word in at.go("/").text and f"mCSPR {word}" in at.text
        assert word in at.go("/leverage").text


def test_staff__sees_health_and_refusals(desk: Desk, house: House) -> None:
    assert house.send("term.stake", "alice", amount="5").status == "rejected"
    page = desk("anna", "/")
    assert "below_minimum_stake" in page.locator("#refusals").inner_text()
    assert "not verified yet" in page.locator("#desk").inner_text()
    page = desk("olga", "/")
    assert "not in this server" in page.locator("#desk").inner_text()
    page = desk("alice", "/")
    assert page.locator("#desk").count() == 0
    assert page.locator("#refusals").count() == 0


def test_as_of_the_past(rich_desk: Desk, rich: House) -> None:
    for person in ("alice", "olga"):
        page = rich_desk(person, f"/?as_of={rich.state.seq - 5}")
        accessible(page)


def test_the_first_page_weighs_less_than_100_kb(rich_desk: Desk, rich: House) -> None:
    sizes: dict[str, int] = {}
    page = rich_desk.window("alice").context.new_page()
    page.on("requestfinished", lambda request: sizes.__setitem__(request.url, request.sizes()["responseBodySize"]))
    page.goto("/", wait_until="load")
    page.wait_for_timeout(300)
    static = {url: size for url, size in sizes.items() if "/v1/" not in url}
    assert len(static) >= 4
    assert 10_000 < sum(static.values()) < 100_000, static


def test_a_position_near_liquidation__its_holder_and_staff_are_told(house: House) -> None:
    for asset, to, amount in (("CSPR", "alice", "2000"), ("CSPR", "operator", "100000")):
        house.do("asset.mint", "operator", asset=asset, to=to, amount=amount)
    house.do("validator.register", "operator", validator="v1", commission_bps=500)
    house.do("leverage.provide_reserve", "operator", amount="50000")
    house.do("leverage.open_position", "alice", deposit="200", leverage=5, validator="v1")
    for person in ("alice", "olga", "paul"):
        assert "near liquidation" in Plain(house, person).go("/").text, person
    assert "near liquidation" not in Plain(house, "bob").go("/").text


def test_what_waits_for_approval__stands_first(house: House) -> None:
    olga = furnish(house)
    name = propose(olga, PAY)
    at = Plain(house, "paul").go("/")
    waits = " ".join(at.text.split())
    assert "asset.transfer" not in waits  # a name for programs
    assert "proposal Transfer" in waits
    for figure in ("Amount", PAY["amount"], "To", PAY["to"]):
        assert figure in waits
    assert f"/approvals/{name}" in at.answer.text
    assert "proposal Transfer" not in " ".join(Plain(house, "alice").go("/").text.split())


def test_balances__lead_to_how_they_came_about(rich: House) -> None:
    at = Plain(rich, "alice").go("/")
    for asset, held in rich.of("alice").get("/v1/me/portfolio").json()["balances"].items():
        assert f'href="/explain/alice/{asset}"' in at.answer.text, held
    at.go("/explain/alice/VG")
    assert at.path.startswith("/journal/")
    for path in ("/vaults", "/vaults/FLUX"):
        assert 'href="/explain/alice/vFLUX"' in at.go(path).answer.text
    assert 'href="/explain/alice/FLUX"' in at.answer.text
    past = at.go("/vaults/FLUX?as_of=2026-01-01T00:10").answer.text
    assert "/explain/alice/vFLUX?as_of=2026-01-01T00%3A10" in past


def test_earned__also_of_the_past(house: House) -> None:
    for holder, amount in (("alice", "1000"), ("operator", "100")):
        house.do("asset.mint", "operator", asset="FLUX", to=holder, amount=amount)
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0)
    house.do("vault.deposit", "alice", vault="FLUX", assets="1000")
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="40")
    house.later(86_400)
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="60")
    at = Plain(house, "alice").go("/")
    assert "+100" in at.text
    at.go("/?as_of=2026-01-01T12:00")
    assert "+40" in at.text and "+100" not in at.text


def test_at_work__everything_with_its_asset_and_of_a_position_what_is_ones_own(house: House) -> None:
    for asset, to, amount in (
        ("CSPR", "alice", "400"), ("CSPR", "operator", "9000"), ("VC", "alice", "1000000"), ("VG", "alice", "5500"),
    ):  # fmt: skip
        house.do("asset.mint", "operator", asset=asset, to=to, amount=amount)
    house.do("validator.register", "operator", validator="v1", commission_bps=500)
    house.do("leverage.provide_reserve", "operator", amount="9000")
    house.do("leverage.open_position", "alice", deposit="400", leverage=4, validator="v1")
    house.do("booster.stake", "alice")
    house.do("term.stake", "alice", amount="5000")
    told = " ".join(Plain(house, "alice").go("/").text.split())
    assert "Position 4× 400 CSPR yours; worth 1,600, debt 1,200" in told
    assert "Locked for a booster vc-1 1,000,000" in told
    assert "Stake vg-1 5,000 VG" in told


def test_what_can_be_claimed__is_what_is_paid_and_a_position_short_of_its_tokens_says_so(house: House) -> None:
    for holder, asset, amount in (
        ("alice", "VG", "20000"), ("alice", "CSPR", "1000"), ("operator", "CSPR", "9000"),
    ):  # fmt: skip
        house.do("asset.mint", "operator", asset=asset, to=holder, amount=amount)
    house.do("validator.register", "operator", validator="v1", commission_bps=500)
    house.do("leverage.provide_reserve", "operator", amount="9000")
    house.do("term.stake", "alice", amount="15000")
    house.do("leverage.open_position", "alice", deposit="500", leverage=3, validator="v1")
    house.do("leverage.request_close_position", "alice")
    for era in range(1, 8):
        house.do("network.end_era", "oracle", era=era, rewards={})
    house.later(86_400 * 200)
    at = Plain(house, "alice").go("/")
    assert "4,050 VG" in at.text, "after tax, as soon as the clock says so"
    assert "can be closed for good and pays: 500 CSPR" in at.text
    house.do("asset.transfer", "alice", asset="mCSPR", to="bob", amount="1")
    at.go("/")
    assert "closed for good" not in at.text
    assert "return its debt tokens first: 1,000" in at.text
