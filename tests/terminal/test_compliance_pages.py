"""Compliance in the terminal: attestations, freezes and clawbacks with their reasons, providers, sealed amounts."""

from __future__ import annotations

import json
import re

from browser import Desk, accessible, looks, shot
from confirming import agree
from plain import Plain
from playwright.sync_api import expect
from signing import App

from attesting import key_of, public_key
from holdfast.identity import disclosure
from holdfast.identity.attestation_statements import message
from holdfast.identity.attestations import Provider, of_account
from holdfast.identity.measures import Measure
from holdfast.identity.policies.installed import install
from holdfast.identity.policies.rules import convert
from holdfast.primitives.clock import DAY
from serving import House
from signed_requests import Signer
from support import START

UNITS = 10**8
REFUSED = r"status of 4\d\d"


def attested(house: House, account: str = "bob", **more: object) -> str:
    claim = {"account": account, "kind": "kyc", "jurisdiction": "DE", "valid_from": START, "valid_until": None,
             "reference": "n-1"} | more  # fmt: skip
    made = Signer(house, "olga")("POST", "/v1/attestations", {"provider": "notary", "claim": claim})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def furnish(house: House) -> None:
    """Attestations in every state, a provider with a key, and measures: done, refused, lifted."""
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1000")
    olga = Signer(house, "olga")
    attested(house)
    ended = attested(house, kind="residence", jurisdiction="*", valid_until=START + DAY)
    attested(house, "alice", kind="sanctions_clear", valid_from=START + 90 * DAY)
    house.of("olga").post(f"/v1/attestations/alice/{attested(house, 'alice')}/revoke", json={"why": "he moved"})
    assert ended
    house.later(2 * DAY)
    key = {"title": "ACME KYC", "public_key": public_key("acme"), "kinds": ["kyc", "aml"]}
    assert olga("PUT", "/v1/attestation-providers/acme", key).status_code == 200
    why = {"asset": "FLUX", "account": "bob", "reason": "order of a court", "reference": "case-17"}
    for number, (route, more) in enumerate((
        ("freeze", {}), ("thaw", {"reason": "order lifted"}), ("freeze", {"reason": "a new order"}),
        ("clawback", {"amount": "12.5"}), ("clawback", {"amount": "99999"}),
    )):  # fmt: skip
        olga("POST", f"/v1/compliance/{route}", why | more, **{"Idempotency-Key": f"m-{number}"})
    house.do("asset.set_authorized", "operator", asset="VG", account="alice", authorized=False)


# --- looks --------------------------------------------------------------------------------------------------------


def test_pages__look(desk: Desk, house: House) -> None:
    furnish(house)
    looks(desk, "olga", "/compliance", "compliance")
    looks(desk, "olga", "/compliance/measures", "compliance-measures")
    page = desk("olga", "/compliance/measures")  # where there is room an amount stands in one line
    heights = page.locator("#measures td .n").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert heights and max(heights) < 30
    looks(desk, "olga", "/compliance/providers", "compliance-providers")
    looks(desk, "olga", "/compliance/sealing", "compliance-sealing")


def test_forms__look(desk: Desk, house: House) -> None:
    furnish(house)
    looks(desk, "olga", "/do/compliance.attest?back=/compliance", "compliance-attest")
    looks(desk, "olga", "/do/compliance.clawback?from=bob&asset=FLUX&back=/compliance/measures", "compliance-clawback")
    looks(desk, "olga", "/people/bob", "person-holder")


def test_nothing_yet__looks(desk: Desk) -> None:
    looks(desk, "anna", "/compliance", "compliance-empty")
    looks(desk, "anna", "/compliance/measures", "compliance-measures-empty")
    looks(desk, "anna", "/compliance/providers", "compliance-providers-empty")


# --- who may what ---------------------------------------------------------------------------------------------------


def test_an_auditor__sees_everything_and_changes_nothing(house: House) -> None:
    furnish(house)
    for path in ("/compliance", "/compliance/measures", "/compliance/providers", "/compliance/sealing"):
        at = Plain(house, "anna").go(path)
        assert at.status == 200
        assert "/do/compliance" not in at.answer.text and "/do/disclosure" not in at.answer.text
        assert 'name="f.' not in at.answer.text
        assert ">Compliance</a>" in at.answer.text
    assert ">Compliance</a>" not in Plain(house, "alice").go("/").answer.text
    refused = Plain(house, "alice").go("/compliance/measures")
    assert refused.status == 403
    assert "compliance.read" in refused.text


def test_one_holder_alone__and_what_is_no_account(house: House) -> None:
    furnish(house)
    at = Plain(house, "anna").go("/compliance?account=alice")
    assert "on no sanctions list" in at.text and "residence" not in at.text
    assert "he moved" in at.text
    assert "Nothing is attested about this account" in Plain(house, "anna").go("/compliance?account=nobody").text
    for path in ("/compliance", "/compliance/measures"):
        wrong = Plain(house, "anna").go(f"{path}?account=no%20account!")
        assert wrong.status == 200
        assert 'aria-invalid="true"' in wrong.answer.text
        assert 'value="no account!"' in wrong.answer.text
    measures = Plain(house, "anna").go("/compliance/measures?account=alice")
    assert "not taken on this page" in measures.text and "a new order" not in measures.text


# --- attestations ---------------------------------------------------------------------------------------------------


def test_attestation__recorded_with_a_factor_then_withdrawn(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/compliance?account=bob")
    page.get_by_role("link", name="Record an attestation").click()
    expect(page.get_by_label("Account")).to_have_value("bob")
    expect(page.get_by_label("Counts from")).to_have_value("2026-01-01")
    page.get_by_label("Provider", exact=True).fill("notary")
    page.get_by_label("What", exact=True).fill("kyc")
    page.get_by_label("Where it counts").fill("DE")
    page.get_by_label("Counts until").fill("2027-01-01")
    page.get_by_label("Provider's reference").fill("n-4711")
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    page.get_by_text("The attestation is recorded.").wait_for()
    (made,) = of_account(house.office, "bob")
    assert (made.provider, made.kind, made.jurisdiction, made.reference) == ("notary", "kyc", "DE", "n-4711")
    assert (made.valid_from, made.valid_until, made.recorded_by) == (START, 1_798_761_600, "olga")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_label("Reason").fill("the document was forged")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("dialog")).to_contain_text("ends at once, for good")
    agree(page)
    page.get_by_text("The attestation is withdrawn.").wait_for()
    expect(page.locator("#attestations")).to_contain_text("the document was forged")
    (made,) = of_account(house.office, "bob")
    assert (made.revoked_by, made.why) == ("olga", "the document was forged")


def test_attestation__refused__said_at_its_field_and_nothing_lost(desk: Desk, house: House) -> None:
    furnish(house)
    app = App(house, "olga")
    page = desk("olga", "/do/compliance.attest?account=bob&provider=acme&kind=kyc&reference=r-1&back=/compliance")
    desk.window_of(page).allow(REFUSED)
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    form = page.locator("form.act:visible").last
    expect(form.locator(".field.wrong")).to_contain_text("acme signs its statements")
    expect(form.get_by_label("Provider's reference")).to_have_value("r-1")
    expect(form.locator(".field.wrong input")).to_have_value("acme")
    form.get_by_label("Provider", exact=True).fill("notary")
    form.get_by_label("Provider's reference").fill("Bob Miller, Long Street 1")
    form.get_by_role("button", name="Review").click()
    agree(page, app)
    form = page.locator("form.act:visible").last
    expect(form.locator(".field.wrong input")).to_have_value("Bob Miller, Long Street 1")
    assert len(of_account(house.office, "bob")) == 2


def test_signed_statement__taken_byte_for_byte_and_once(desk: Desk, house: House) -> None:
    furnish(house)
    claim = {"account": "bob", "kind": "aml", "jurisdiction": "FR", "valid_from": START, "valid_until": None,
             "reference": "r-9"}  # fmt: skip
    whole = {"format": "holdfast attestation 1", "desk": house.server.desk_id, "provider": "acme", "id": "s-1",
             "action": "attest", "claim": claim}  # fmt: skip
    text = json.dumps(whole, indent=2) + "\n"  # as a file has it: several lines, and a line feed at its end
    signature = key_of("acme").sign(message(text)).hex()
    page = desk("olga", "/compliance")
    desk.window_of(page).allow(REFUSED)
    for outcome in ("taken", "used"):
        page.goto("/do/compliance.statement?back=/compliance")
        page.get_by_label("Provider").select_option("acme")
        page.get_by_label("Statement", exact=True).fill(text)
        page.get_by_label("Signature").fill(signature)
        page.get_by_role("button", name="Review").click()
        agree(page)
        if outcome == "taken":
            page.get_by_text("The statement is taken.").wait_for()
            assert of_account(house.office, "bob")[-1].statement == "s-1"
        else:
            wrong = page.locator(".field.wrong", has_text="taken or revoked already").last
            expect(wrong.locator("textarea")).to_have_value(re.compile("s-1"))
    assert [one.reference for one in of_account(house.office, "bob")] == ["n-1", "n-1", "r-9"]


def test_provider__registered_given_another_key_and_removed_with_what_he_said(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/compliance/providers")
    page.get_by_role("link", name="Register a provider").click()
    page.get_by_label("Short name").fill("acme")
    page.get_by_label("Shown name").fill("ACME KYC")
    page.get_by_label("Public key").fill(public_key("acme"))
    page.get_by_label("May attest").fill("kyc, aml")
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    page.get_by_text("The provider is registered.").wait_for()
    found = house.office.get(Provider, "acme")
    assert found is not None
    assert (found.title, found.public_key, found.kinds) == ("ACME KYC", public_key("acme"), ("kyc", "aml"))
    page.get_by_role("link", name="Another key").click()
    expect(page.get_by_label("Shown name")).to_have_value("ACME KYC")
    expect(page.get_by_label("May attest")).to_have_value("kyc aml")
    page.get_by_label("Public key").fill(public_key("other"))
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    page.get_by_text("The provider is registered.").wait_for()
    assert house.office.get(Provider, "acme").public_key == public_key("other")  # type: ignore[union-attr]
    page.get_by_role("link", name="Remove").click()
    page.get_by_label("Withdraw everything that he attested").check()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("dialog").locator("pre")).to_contain_text("acme?revoke=true")
    agree(page)
    page.get_by_text("Nothing more is taken from this provider.").wait_for()
    assert house.office.get(Provider, "acme") is None


# --- measures -------------------------------------------------------------------------------------------------------


def test_freeze_thaw_and_claw_back__each_with_its_reason(desk: Desk, house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1000")
    app = App(house, "olga")
    page = desk("olga", "/compliance/measures")
    page.get_by_role("link", name="Freeze", exact=True).click()
    page.get_by_label("Account", exact=True).fill("bob")
    page.get_by_label("Asset").select_option("FLUX")
    page.get_by_label("Reason").fill("order of a court")
    page.get_by_label("Case").fill("case-17")
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("until it is thawed")
    expect(dialog.locator("pre").first).to_contain_text("POST /v1/compliance/freeze")
    expect(dialog.locator("pre").first).to_contain_text("order of a court")
    accessible(page)
    shot(page, "compliance-freeze-confirm")
    agree(page, app)
    page.wait_for_url(re.compile("/receipt/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")
    assert house.state.is_frozen("FLUX", "bob")
    (measure,) = house.office.all(Measure).values()
    assert (measure.measure, measure.reason, measure.reference, measure.status) == (
        "freeze", "order of a court", "case-17", "done",
    )  # fmt: skip
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/compliance/measures")
    expect(page.locator("#frozen")).to_contain_text("order of a court")
    page.get_by_role("link", name="Claw back").click()
    page.get_by_label("Account", exact=True).fill("bob")
    page.get_by_label("Asset").select_option("FLUX")
    page.get_by_label("Amount").fill("1,250")
    page.get_by_label("Reason").fill("a court's judgement")
    page.get_by_role("button", name="Review").click()
    form = page.locator("form.act")
    expect(form.locator(".field.wrong")).to_contain_text("Amount")
    expect(form.get_by_label("Reason")).to_have_value("a court's judgement")
    form.get_by_label("Amount").fill("250")
    form.get_by_role("button", name="Review").click()
    expect(dialog).to_contain_text("cannot be undone")
    agree(page, app)
    page.wait_for_url(re.compile("/receipt/"))
    assert house.state.book.balance("FLUX", "bob") == 750 * UNITS
    page.goto("/compliance/measures?account=bob")
    page.get_by_role("link", name="Thaw").click()
    expect(page.get_by_label("Account", exact=True)).to_have_value("bob")
    expect(page.get_by_label("Asset")).to_have_value("FLUX")
    page.get_by_label("Reason").fill("order lifted")
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    page.wait_for_url(re.compile("/receipt/"))
    assert not house.state.is_frozen("FLUX", "bob")
    assert [one.reason for one in house.office.all(Measure).values()] == [
        "order of a court", "a court's judgement", "order lifted",
    ]  # fmt: skip


def test_measure__sent_twice__done_once(desk: Desk, house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1000")
    app = App(house, "olga")
    at = Plain(house, "olga").go("/do/compliance.clawback?from=bob&asset=FLUX&back=/compliance/measures")
    at.send("/do/preview", f_amount="10", f_reason="judgement")
    form = at.form("/do/commit")
    again = dict(form.fields)
    at.send("/do/commit", code=app.code())
    assert at.path.startswith("/receipt/")
    assert house.state.book.balance("FLUX", "bob") == 990 * UNITS
    cookies = "; ".join(f"{name}={value}" for name, value in at.cookies.items())
    answer = at.client.post("/do/commit", data=again, headers={"Cookie": cookies, "Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/receipt/")
    assert house.state.book.balance("FLUX", "bob") == 990 * UNITS
    assert len(house.office.all(Measure)) == 1


def test_measure__under_four_eyes__proposed_with_the_reason_as_its_note(desk: Desk, house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="bob", amount="1000")
    app = App(house, "olga")
    assert Signer(house, "olga")("PUT", "/v1/groups/board", {"members": ["paul"]}).status_code == 200
    install(house.office, convert({"rules": [{
        "name": "two", "action": "require_approvals", "commands": ["asset.*"], "approvals": [{"group": "board"}]}]}),
        by="olga")  # fmt: skip
    page = desk("olga", "/do/compliance.freeze?account=bob&asset=FLUX&back=/compliance/measures")
    page.get_by_label("Reason").fill("order of a court")
    page.get_by_label("Case").fill("case-17")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_label("Note for the approvers")).to_have_value("order of a court (case-17)")
    agree(page, app if page.locator("#step-up-code").count() else None, "Propose")
    page.wait_for_url(re.compile("/approvals/"))
    expect(page.locator("main")).to_contain_text("order of a court (case-17)")
    assert not house.state.is_frozen("FLUX", "bob")
    assert house.office.all(Measure) == {}


def test_all_commands__lead_to_the_forms_that_ask_for_a_reason(house: House) -> None:
    page = Plain(house, "olga").go("/commands").answer.text
    for name in ("freeze", "thaw", "clawback"):
        assert f'href="/do/compliance.{name}?back=/commands"' in page
    assert "/do/compliance." not in Plain(house, "alice").go("/commands").answer.text


def test_frozen__as_of_a_moment(house: House) -> None:
    furnish(house)
    before = Plain(house, "anna").go("/compliance/measures?as_of=2026-01-02T00:00")
    assert before.status == 200
    assert "Nothing is frozen" in before.text and "order of a court" not in before.text
    assert "a new order" in Plain(house, "anna").go("/compliance/measures").text


def test_attestations__as_of_a_moment_what_was_known_then(house: House) -> None:
    attested(house)
    name = attested(house, kind="residence", valid_until=START + DAY)
    house.later(2 * DAY)
    attested(house, kind="aml")
    house.of("olga").post(f"/v1/attestations/bob/{name}/revoke", json={"why": "too late"})
    then = Plain(house, "anna").go("/compliance?as_of=2026-01-01T12:00").text
    assert "AML" not in then and "too late" not in then
    assert then.count("in force") == 2
    now = Plain(house, "anna").go("/compliance").text
    assert "AML" in now and "too late" in now
    assert now.count("in force") == 2


def test_a_holders_page_of_people__what_is_attested_and_frozen(house: House) -> None:
    furnish(house)
    text = Plain(house, "olga").go("/people/bob").text
    assert "identity (KYC)" in text and "1 more has ended" in text
    assert "FLUX" in text and "a new order" in text
    assert 'href="/compliance/measures?account=bob"' in Plain(house, "olga").go("/people/bob").answer.text


# --- sealed amounts -------------------------------------------------------------------------------------------------


def test_sealing__auditor_named_switched_on_rotated_and_off(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/compliance/sealing")
    expect(page.locator("#sealing")).to_contain_text("not published")
    expect(page.locator("#is-not")).to_contain_text("No zero-knowledge proof")
    for title, key in (("Old Bank Audit", "85" * 32), ("New Audit Ltd", "09" + "00" * 31)):
        form = page.locator("#auditor form")
        form.get_by_label("Auditor").fill(title)
        form.get_by_label("Public key").fill(key)
        form.get_by_role("button", name="Review").click()
        if title.startswith("New"):
            expect(page.get_by_role("dialog")).to_contain_text("Old Bank Audit opens nothing")
        agree(page, app)
        page.get_by_text("From now on every record is sealed for this auditor.").wait_for()
        named = disclosure.view(house.office, house.server.desk_id).auditor
        assert named is not None
        assert (named.title, named.public_key) == (title, key)
        if title.startswith("Old"):
            page.get_by_role("button", name="Publish sealed records").click()
            expect(page.get_by_role("dialog")).to_contain_text("Whoever copies something keeps his copy")
            agree(page, app)
            page.get_by_text("Changed.").wait_for()
            assert disclosure.is_on(house.office)
    page.get_by_role("button", name="Publish them no more").click()
    agree(page, app)
    page.get_by_text("Changed.").wait_for()
    expect(page.locator("#sealing")).to_contain_text("not published")
    assert not disclosure.is_on(house.office)


def test_sealing__a_key_that_is_none__said_at_its_field(desk: Desk, house: House) -> None:
    app = App(house, "olga")
    page = desk("olga", "/compliance/sealing")
    desk.window_of(page).allow(REFUSED)
    page.get_by_role("textbox", name="Auditor").fill("Old Bank Audit")
    page.get_by_label("Public key").fill("no key")
    page.get_by_role("button", name="Review").click()
    agree(page, app)
    wrong = page.locator(".field.wrong:visible").last
    expect(wrong).to_contain_text("Public key")
    expect(wrong.locator("input")).to_have_value("no key")
    assert disclosure.view(house.office, house.server.desk_id).auditor is None
