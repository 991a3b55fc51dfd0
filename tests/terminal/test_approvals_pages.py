"""Approvals: the inbox, a proposal beside its present, changes of rules; approve, refuse, withdraw, carry out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser import Desk, accessible, looks, shot
from confirming import agree
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plain import Plain
from playwright.sync_api import expect
from signing import App, security_key

from holdfast.entrypoints.terminal import screens
from holdfast.entrypoints.terminal.forms import Values, amount, form, text
from holdfast.identity.policies import installed, rules
from reception import stellar, stellar_signature
from serving import House
from signed_requests import Signer

FOUR_EYES = {
    "rules": [
        {"name": "roles decide", "action": "allow"},
        {"name": "large payments", "action": "require_approvals", "commands": ["asset.transfer", "vault.redeem"],
         "per_command": {"above": "100"}, "approvals": [{"group": "approvers", "count": 1}]},
    ],
    "changes": [{"group": "approvers"}],
    "tolerance_bps": 100,
}  # fmt: skip
PAY = {"type": "asset.transfer", "actor": "operator", "asset": "FLUX", "to": "alice", "amount": "500"}
REDEEM = {"type": "vault.redeem", "actor": "operator", "vault": "FLUX", "shares": "300"}


def furnish(house: House) -> Signer:
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="5000")
    house.do("vault.create", "operator", asset="FLUX")
    house.do("vault.deposit", "operator", vault="FLUX", assets="1000")
    olga = Signer(house, "olga")
    olga("PUT", "/v1/groups/approvers", {"members": ["olga", "paul"]})
    assert olga("PUT", "/v1/policies", {"policies": FOUR_EYES, "expected": 1}).status_code == 200
    return olga


@pytest.fixture
def olga(house: House) -> Signer:
    return furnish(house)


def propose(olga: Signer, command: dict[str, Any], note: str = "rent for July") -> str:
    answer = olga("POST", "/v1/proposals", {"command": command, "note": note})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def state(house: House, name: str) -> str:
    return str(house.of("anna").get(f"/v1/proposals/{name}").json()["status"])


def test_inbox__looks(desk: Desk, house: House, olga: Signer) -> None:
    propose(olga, PAY)
    propose(olga, REDEEM, "")
    olga("PUT", "/v1/policies", {"policies": FOUR_EYES | {"tolerance_bps": 0}, "expected": 2})
    olga("PUT", "/v1/address-book/custodian", {"label": "Cold storage"})
    looks(desk, "paul", "/approvals", "approvals")


def test_inbox__empty_for_a_holder(desk: Desk, house: House) -> None:
    looks(desk, "alice", "/approvals", "approvals-empty")


def test_proposal__looks(desk: Desk, house: House, olga: Signer) -> None:
    name = propose(olga, REDEEM)
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="5")
    house.clock.now += 86_400
    looks(desk, "paul", f"/approvals/{name}", "approval")


def test_drift_beyond_the_tolerance__told(desk: Desk, house: House, olga: Signer) -> None:
    name = propose(olga, REDEEM)
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="500")
    house.clock.now += 86_400
    page = desk("paul", f"/approvals/{name}")
    expect(page.get_by_role("alert")).to_contain_text("beyond the tolerance")
    expect(page.locator("tr.beyond")).to_contain_text("beyond the tolerance")
    expect(page.locator("[data-hash-check]")).to_contain_text("Your browser has reckoned")
    looks(desk, "paul", f"/approvals/{name}", "approval-drift")


def test_approve__with_a_code_bound_to_the_hash(desk: Desk, house: House, olga: Signer) -> None:
    name, app = propose(olga, PAY), App(house, "paul")
    page = desk("paul", "/approvals")
    page.get_by_role("link", name="Transfer").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog")
    hash_ = house.of("paul").get(f"/v1/proposals/{name}").json()["hash"]
    dialog.get_by_text("Exactly what is sent").wait_for()
    assert hash_ in dialog.inner_text()
    agree(page, app)
    page.get_by_text("Approved.", exact=True).wait_for()
    assert state(house, name) == "approved"
    expect(page.locator("#approvals-given")).to_contain_text("complete")
    expect(page.locator(".why-not")).to_have_text("✓ You have approved this.")  # and not that he cannot
    hers, mine = App(house, "olga"), desk("olga", "/approvals")
    mine.locator("#waiting").get_by_role("link", name="Transfer").click()
    expect(mine.locator(".why-not")).to_have_text("You have proposed this: others approve it.")
    mine.get_by_role("button", name="Carry out").click()
    agree(mine, hers)
    mine.get_by_text("Carried out.", exact=True).wait_for()
    assert state(house, name) == "executed"
    assert house.state.book.balance("FLUX", "alice") == 500 * 10**8
    looks(desk, "anna", f"/approvals/{name}", "approval-executed")


def test_refuse__with_a_reason_that_stays(desk: Desk, house: House, olga: Signer) -> None:
    name = propose(olga, PAY)
    page = desk("paul", f"/approvals/{name}", lang="ru", width=360)
    page.get_by_text("Отклонить…").click()
    page.get_by_label("Причина").fill("Не в этом месяце")
    page.get_by_role("button", name="Отклонить", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить", exact=True).click()
    page.get_by_text("Не в этом месяце").wait_for()
    assert state(house, name) == "rejected"
    told = Plain(house, "olga").go("/approvals?box=over")
    assert "Не в этом месяце" in told.text


def test_withdraw__without_scripts(house: House, olga: Signer) -> None:
    name = propose(olga, PAY)
    at = Plain(house, "olga").go(f"/approvals/{name}")
    assert "You have proposed this: others approve it." in at.text
    at.send("form-approvals-cancel", f_why="paid already").send("/do/commit")
    assert at.path == f"/approvals/{name}" and "paid already" in at.text
    assert state(house, name) == "cancelled"


def test_not_open__said_where_it_stands(desk: Desk, house: House, olga: Signer) -> None:
    name = propose(olga, PAY)
    page = desk(
        "alice",
        f"/approvals/{name}",
    )
    desk.window_of(page).allow("404")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    auditor = desk("anna", f"/approvals/{name}")
    expect(auditor.locator(".why-not")).to_be_visible()
    assert auditor.get_by_role("button", name="Approve").count() == 0


def test_a_change_of_rules__its_difference_and_approval(desk: Desk, house: House, olga: Signer) -> None:
    rules = [FOUR_EYES["rules"][1] | {"per_command": {"above": "50"}}, FOUR_EYES["rules"][0],  # type: ignore[index]
             {"name": "no burning", "action": "block", "commands": ["asset.burn"]}]  # fmt: skip
    wanted = {**FOUR_EYES, "rules": rules, "tolerance_bps": 25}
    name = olga("PUT", "/v1/policies", {"policies": wanted, "expected": 2}).json()["change"]["id"]
    looks(desk, "paul", f"/approvals/{name}", "approval-change")
    app = App(house, "paul")
    page = desk("paul", f"/approvals/{name}")
    changed = page.locator("#difference")
    expect(changed.locator("li.added")).to_contain_text("no burning")
    expect(changed.locator("li.changed").first).to_contain_text("more than 100 at once")
    page.get_by_role("button", name="Approve", exact=True).click()
    agree(page, app)
    page.get_by_text("Approved.", exact=True).wait_for()
    assert house.of("anna").get("/v1/policies").json()["version"] == 3


@form("test.pay", "act.edit", text("to", label="field.to"), amount("amount"))
def pay(values: Values) -> dict[str, str]:
    """A payment of the desk, in a form that stands on no page."""
    return {"type": "asset.transfer", "actor": "operator", "asset": "FLUX", **values.given("to", "amount")}


@pytest.fixture
def pay_form() -> Iterator[str]:
    screens.FORMS["test.pay"] = pay
    yield "/do/test.pay?to=alice&amount=500"
    del screens.FORMS["test.pay"]


def test_propose_from_the_confirmation(desk: Desk, house: House, olga: Signer, pay_form: str) -> None:
    """The frame's own flow, where the policies want approval, asks for a factor and ends at the proposal's page."""
    app = App(house, "olga")
    page = desk("olga", pay_form)
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note for the approvers").fill("rent")
    dialog.get_by_label("authenticator app").fill(app.code())
    accessible(page)
    shot(page, "approvals-propose")
    dialog.get_by_role("button", name="Propose").click()
    page.wait_for_url(re.compile("/approvals/[0-9a-f]{10}"))
    expect(page.locator("#said")).to_contain_text("waits for approval")
    assert state(house, page.url.rpartition("/")[2]) == "pending"
    assert house.state.book.balance("FLUX", "alice") == 0


def waiting(house: House) -> list[dict[str, Any]]:
    return list(house.of("anna").get("/v1/proposals").json()["items"])


def test_propose__without_scripts_and_with_a_wrong_code_first(house: House, olga: Signer, pay_form: str) -> None:
    app = App(house, "olga")
    at = Plain(house, "olga").go(pay_form).send("/do/preview")
    at.send("/do/commit", note="rent\r\nfor July")
    assert "ask for approval" in at.text and not waiting(house), "nothing is proposed without a factor"
    assert at.form("/do/commit").fields["note"] == "rent for July"
    at.send("/do/commit", code="000000")
    assert not waiting(house)
    at.send("/do/commit", code=app.code())
    assert at.path.startswith("/approvals/")
    assert [one["note"] for one in waiting(house)] == ["rent for July"]


def test_propose__policies_changed_after_the_code__asked_again_for_what_is_sent_now(
    house: House, olga: Signer, pay_form: str
) -> None:
    app = App(house, "olga")
    free = FOUR_EYES | {"rules": FOUR_EYES["rules"][:1]}  # type: ignore[index]
    with house.office.write() as t:
        installed.put(t, rules.convert(free), by="tests")
    at = Plain(house, "olga").go(pay_form).send("/do/preview")
    assert "ask for approval" not in at.text
    with house.office.write() as t:
        installed.put(t, rules.convert(FOUR_EYES), by="tests")
    at.send("/do/commit", code=app.code())
    assert "something changed" in at.text and "ask for approval" in at.text and not waiting(house)
    at.send("/do/commit", code=app.code())
    assert at.path.startswith("/approvals/") and len(waiting(house)) == 1
    assert house.state.book.balance("FLUX", "alice") == 0


def test_propose__a_wallets_text_follows_the_note(desk: Desk, house: House, olga: Signer, pay_form: str) -> None:
    key = Ed25519PrivateKey.generate()
    house.add(stellar(key), "operator", wallet="stellar")
    page = desk(stellar(key), pay_form)
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    shown = dialog.locator("pre[data-wallet]")
    before = shown.text_content()
    dialog.get_by_label("Note for the approvers").fill("rent for July")
    dialog.get_by_label("Note for the approvers").blur()
    expect(shown).not_to_have_text(before or "")
    dialog.get_by_label("Signature").fill(stellar_signature(key, shown.text_content() or ""))
    dialog.get_by_role("button", name="Propose").click()
    page.wait_for_url(re.compile("/approvals/[0-9a-f]{10}"))
    assert [one["note"] for one in waiting(house)] == ["rent for July"]


def test_propose__a_passkey_confirms_the_note_too(desk: Desk, house: House, olga: Signer, pay_form: str) -> None:
    app = App(house, "olga")
    page = desk("olga", "/me")
    security_key(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("dialog").get_by_label("authenticator app").fill(app.code())
    page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    page.locator("#passkeys tbody tr").wait_for()
    page.goto(pay_form)
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note for the approvers").fill("rent for July")
    dialog.get_by_role("button", name="Confirm with a passkey").click()
    page.wait_for_url(re.compile("/approvals/[0-9a-f]{10}"))
    assert [one["note"] for one in waiting(house)] == ["rent for July"]
    used = [entry for entry in house.office.log() if entry.what == "step_up.used"][-1]
    assert used.details["factor"] == "passkey"
