"""Ways in and out by the pages: enrolment, password and code, passkeys, recovery, wallets; devices and factors."""

from __future__ import annotations

import re

from browser import COOKIE, Desk, accessible, fits, looks, shot
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plain import Plain
from playwright.sync_api import Page
from signing import PASSWORD, App, security_key, shown

from holdfast.identity.records import Credentials
from reception import stellar, stellar_signature
from serving import House

REFUSED = r"status of 4\d\d"


def first_operator(desk: Desk, page: Page) -> str:
    """The token of the link that makes the first operator, opened."""
    token = desk.house.server.people.bootstrap.open()
    assert token is not None
    page.goto(f"/start#{token}")
    return token


def nobody(house: House) -> None:
    """Take all people away: a desk as it is at its first start."""
    from holdfast.identity.records import Person

    with house.office.write() as t:
        for name in list(house.office.all(Person)):
            t.delete(Person, name)


def test_first_operator__link_password_app_codes_overview(desk: Desk, house: House) -> None:
    nobody(house)
    window = desk.window()
    window.allow(REFUSED)
    page = window.context.new_page()
    first_operator(desk, page)
    assert page.url.endswith("/start")  # the token is out of the address
    page.get_by_label("Name to sign in with").fill("ola")
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_label("Name to sign in with").input_value() == "ola"
    page.locator("#i-password[aria-invalid=true]").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/enrol")
    accessible(page)
    shot(page, "enrol-en-1280")
    page.get_by_role("button", name="Use an authenticator app").click()
    page.get_by_role("img", name="QR code").wait_for()
    accessible(page)
    shot(page, "enrol-app-en-1280")
    secret = page.locator("code[data-copy]").inner_text()
    page.get_by_label("Code that the app shows").fill("000000")
    page.get_by_role("button", name="Go on").click()
    page.locator("[aria-invalid=true]").wait_for()
    assert page.locator("code[data-copy]").inner_text() == secret
    page.get_by_label("Code that the app shows").fill(shown(secret, house))
    page.get_by_role("button", name="Go on").click()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) >= 8
    accessible(page)
    heights = page.locator(".codes li").evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(heights) == {1}  # a code that is broken into lines is copied wrong
    page.emulate_media(media="print")
    assert not page.locator("[data-print]").is_visible()
    page.emulate_media(media="screen")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes
    page.reload()  # sends the form once more: the factor is set up, and the codes are not shown again
    page.wait_for_url("**/me")
    assert page.locator("#said").inner_text().startswith("Your second factor is set up.")
    assert "ola" in page.locator(".who").inner_text()


def test_invitation__passkey_then_passkey_alone(desk: Desk, house: House) -> None:
    invited = house.server.people.people.invite(_principal(house, "olga"), "alice")
    window = desk.window()
    page = window.context.new_page()
    security_key(page)
    page.goto(f"/invitation#{invited.token}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Make a passkey").click()
    page.locator(".codes li").first.wait_for()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{house.url}/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="One more step").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{house.url}/")


def _principal(house: House, name: str):  # type: ignore[no-untyped-def]
    sessions = house.server.sessions
    return sessions.principal(sessions.find(house.session(name)))


def test_a_passkey_that_is_not_there__said_and_nothing_lost(desk: Desk, house: House) -> None:
    window = desk.window()
    page = window.context.new_page()
    security_key(page)
    page.goto("/sign-in")
    page.get_by_label("Name").fill("alice")
    page.get_by_role("button", name="Use a passkey").click()
    page.locator("[data-passkey-wrong]", has_text=re.compile(".+")).wait_for()
    assert page.get_by_label("Name").input_value() == "alice"


def test_password_and_code__without_scripts(house: House) -> None:
    app = App(house, "alice")
    at = Plain(house).go("/me")
    assert at.path.startswith("/sign-in?next=")
    at.send("/do/sign-in", name="alice", password="wrong")  # noqa: S106 - of nobody
    assert at.status == 401
    assert at.form("/do/sign-in").fields["name"] == "alice"
    assert "Name or password does not fit" in at.text
    at.send("/do/sign-in", password=PASSWORD)
    at.send("/do/sign-in/code", code="000000")
    assert at.status == 401
    code = app.code()
    at.send("/do/sign-in/code", code=f"{code[:3]} {code[3:]}")
    assert at.path == "/me"
    assert "Where you are signed in" in at.text
    at.send("/do/sign-out")
    assert COOKIE not in at.cookies
    assert at.go("/me").path.startswith("/sign-in")


def test_recovery_code__once(house: House) -> None:
    App(house, "alice")
    shown_codes = _recovery_codes(house, "alice")
    at = Plain(house, lang="ru").go("/sign-in").send("/do/sign-in", name="alice", password=PASSWORD)
    at.send("/do/sign-in/recovery", recovery=shown_codes[0])
    assert "Вы вошли по коду восстановления" in at.text
    at.go("/do/me.recovery").send("/do/preview")
    assert "Код восстановления ничего не подтверждает" in at.text
    at = Plain(house).go("/sign-in").send("/do/sign-in", name="alice", password=PASSWORD)
    at.send("/do/sign-in/recovery", recovery=shown_codes[0])
    assert at.status == 401


def test_what_does_not_fit__is_said_by_its_field_in_russian(house: House) -> None:
    app, key = App(house, "alice"), Ed25519PrivateKey.generate()
    at = Plain(house, lang="ru").go("/sign-in").send("/do/sign-in", name="alice", password="wrong")  # noqa: S106
    assert "Имя или пароль не подходит." in at.text
    at.send("/do/sign-in", password=PASSWORD).send("/do/sign-in/code", code="000000")
    assert "Код не подходит или уже использован. Дождитесь следующего." in at.text
    at.go("/sign-in/wallet").send("/do/sign-in/wallet", address=stellar(key))
    at.send("/do/sign-in/wallet/finish", signature="00" * 64)
    assert "Подпись не подходит к этому тексту" in at.text and "Текст выше теперь новый" in at.text
    at = Plain(house, "alice", lang="ru").go("/me").send("/do/me/app").send("/do/preview", f_code="000000")
    at.send("/do/commit", code="000000")
    assert at.form("/do/commit").fields["code"] == ""
    at.send("/do/commit", code=app.code())  # this one fits: what does not is the new app's
    assert "Код не подходит" in at.text and at.form("/do/preview").fields["f.code"] == "000000"
    assert "Что именно, не сообщается" not in at.text


def _recovery_codes(house: House, name: str) -> tuple[str, ...]:
    from msgspec import structs

    from holdfast.identity import recovery

    codes, stored = recovery.new_codes()
    kept = house.office.get(Credentials, name)
    assert kept is not None
    with house.office.write() as t:
        t.put(structs.replace(kept, recovery=stored))
    return codes


def test_wallet__text_signature_account(house: House) -> None:
    key = Ed25519PrivateKey.generate()
    at = Plain(house).go("/sign-in/wallet").send("/do/sign-in/wallet", address="GNOTHING")
    assert at.status == 400
    assert at.form("/do/sign-in/wallet").fields["address"] == "GNOTHING"
    at.send("/do/sign-in/wallet", address=stellar(key))
    text = re.search(r"<pre[^>]*data-copy=\"[^\"]*\">(.*?)</pre>", at.answer.text, re.S)
    assert text is not None
    at.send("/do/sign-in/wallet/finish", signature="00" * 64)
    assert at.status == 401
    text = re.search(r"<pre[^>]*data-copy=\"[^\"]*\">(.*?)</pre>", at.answer.text, re.S)
    assert text is not None
    at.send("/do/sign-in/wallet/finish", signature=stellar_signature(key, text[1]))
    assert at.path == "/"
    assert stellar(key)[:8] in at.text


def test_next__never_another_site(house: House) -> None:
    app = App(house, "alice")
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        at = Plain(house).go("/sign-in?next=" + evil).send("/do/sign-in", name="alice", password=PASSWORD)
        at.send("/do/sign-in/code", code=app.code())
        assert at.path == "/", evil


def test_sessions__ended_one_by_one(house: House) -> None:
    at, other = Plain(house, "alice"), Plain(house, "alice")
    at.go("/me").send("/do/me/end-session")
    assert "That session has ended." in at.text
    assert "That session has ended." not in at.go("/me").text
    assert other.go("/vaults").path == "/sign-in?next=/vaults"
    assert "Your session has ended. Sign in, and you go on where you were." in other.text
    at.cookies = {COOKIE: "ended"}
    assert "nothing was done" in at.send("/do/me/app").text
    assert "has ended" not in Plain(house).go("/vaults").text  # who never was signed in is told nothing


def test_api_key__made_shown_once_revoked(house: House) -> None:
    app = App(house, "alice")
    at = Plain(house, "alice").go("/do/me.key.add?back=/me")
    at.send("/do/preview", f_title="bot", f_expires="2026-06-01", f_functions="term.* nonsense")
    at.send("/do/commit", code=app.code())
    assert "nonsense" in at.text
    at.send("/do/preview", f_functions="term.*").send("/do/commit", code=app.code())
    key = re.search(r"hf_[A-Za-z0-9_-]+", at.text)
    assert key is not None
    assert house.client(key[0]).get("/v1/me").json()["functions"]
    at.go("/me")
    assert key[0] not in at.answer.text
    _press(at, "me.key.revoke")
    at.send("/do/commit")
    assert house.client(key[0]).get("/v1/me").status_code == 401


def _press(at: Plain, name: str) -> None:
    """Press the button of the form with this name."""
    form = next(one for one in at._read.forms if one.fields.get("form") == name)
    at._read.forms = [form]
    at.send(form.action)


def test_factors__added_and_removed_by_confirmation(desk: Desk, house: House) -> None:
    app = App(house, "alice")
    page = desk("alice", "/me")
    desk.window_of(page).allow(REFUSED)
    security_key(page)
    page.get_by_role("button", name="Add a passkey").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code of your authenticator app").fill(app.code())
    dialog.get_by_role("button", name="Confirm").click()
    page.get_by_text("The new factor is set up.").wait_for()
    page.locator("#passkeys tbody tr").wait_for()
    page.locator("#factors").get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm with a passkey").click()
    page.get_by_text("The factor is removed.").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "The factor is removed."
    page.get_by_text("Your only one: add another before you remove it.").wait_for()
    assert not page.locator("#passkeys").get_by_role("button", name="Remove").count()
    accessible(page)


def test_the_last_factor__stays_and_what_is_left_is_another_try(house: House) -> None:
    app = App(house, "alice")
    at = Plain(house, "alice").go("/do/me.totp.remove?back=/me").send("/do/preview").send("/do/commit", code=app.code())
    assert "Add another first." in at.text
    assert "Try again" in at.text and "Review" not in at.text


def test_password__changed(house: House) -> None:
    app = App(house, "alice")
    other = Plain(house, "alice")
    at = Plain(house, "alice").go("/do/me.password?back=/me")
    at.send("/do/preview", f_present="wrong words here", f_new="another three words")
    at.send("/do/commit", code=app.code())
    at.send("/do/preview", f_present=PASSWORD, f_new="another three words")
    assert "another three words" not in at.text
    at.send("/do/commit", code=app.code())
    assert "The password is changed" in at.text
    assert other.go("/me").path.startswith("/sign-in")


def test_another_app__set_up(house: House) -> None:
    app = App(house, "alice")
    at = Plain(house, "alice").go("/me").send("/do/me/app")
    secret = at.form("/do/preview").fields["f.secret"]
    house.later(30)
    at.send("/do/preview", f_code=shown(secret, house))
    assert "one of the former app" in at.text
    at.send("/do/commit", code=shown(app.secret, house))
    assert "The new factor is set up." in at.text


def test_looks(desk: Desk) -> None:
    looks(desk, "", "/sign-in", "sign-in")
    looks(desk, "", "/sign-in/wallet", "sign-in-wallet")
    looks(desk, "", "/start", "start")
    looks(desk, "", "/invitation", "invitation")
    looks(desk, "alice", "/me", "me")
    page = desk("alice", "/do/me.key.add", width=360)
    fits(page)
    accessible(page)
