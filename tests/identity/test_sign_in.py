"""Signing in: two factors, each once; nobody learns who exists; and nothing works that was used before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.errors import (
    BadPasskey,
    LastFactor,
    LinkNotValid,
    SecondFactorMissing,
    SignInFailed,
    Unauthenticated,
    WeakPassword,
)
from holdfast.identity import passwords
from holdfast.identity.records import Credentials, PasskeyOwner, Person, Where
from passkey_device import PRESENT, VERIFIED, Device
from reception import AWAY, HOME, ORIGIN, PASSWORD, Pair, Reception, race, stellar, stellar_signature, won


@pytest.fixture
def desk() -> Reception:
    """A reception with one person of each kind that the tests need."""
    return Reception()


@pytest.fixture
def olga(desk: Reception) -> Any:
    return desk.first()


@pytest.fixture
def pair(tmp_path: Path) -> Any:
    made = Pair(tmp_path)
    yield made
    made.close()


# --- password and code -----------------------------------------------------------------------------------------------


def test_sign_in__unknown_wrong_disabled__are_the_same_answer(
    desk: Reception, olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(desk.principal(olga), "dora", "holder")
    desk.identity.people.disable(desk.principal(olga), "dora")
    checked: list[bool] = []
    real = passwords.check_password
    monkeypatch.setattr(
        passwords, "check_password", lambda stored, text: [checked.append(stored is None), real(stored, text)][1]
    )
    told = set()
    writes = []
    for name, password in [("nobody.here", PASSWORD), ("olga", "wrong"), ("dora", PASSWORD), ("\x00" * 99, "x")]:
        before = desk.office.version
        with pytest.raises(SignInFailed) as caught:
            desk.by_password(name, password, Where(f"192.0.2.{len(writes)}"))
        told.add((caught.value.message, tuple(caught.value.details)))
        writes.append(desk.office.version - before)
    assert len(told) == 1
    assert checked == [True, False, True, True]  # each takes one argon2, a real hash or the one of nobody
    assert len(set(writes)) == 1  # and the same writes


def test_sign_in__a_password_alone__opens_nothing(desk: Reception, olga: Any) -> None:
    half = desk.by_password("olga")
    assert half.stage == "password"
    with pytest.raises(SecondFactorMissing) as caught:
        desk.principal(half)
    assert caught.value.details == {"stage": "password"}
    with pytest.raises(SecondFactorMissing):
        desk.identity.enrolment.totp_asked(desk.session(half))
    with pytest.raises(SecondFactorMissing):
        desk.identity.enrolment.change_password(desk.session(half), PASSWORD, "another one entirely", HOME)
    with pytest.raises(SecondFactorMissing):
        desk.identity.enrolment.new_recovery_codes(desk.session(half), HOME)


def test_sign_in__password_and_code__is_complete_with_a_new_token(desk: Reception, olga: Any) -> None:
    half = desk.by_password("olga", where=AWAY)
    full = desk.identity.sign_in.with_code(desk.session(half), desk.code("olga"), AWAY)
    assert (full.stage, full.person, full.session) == ("full", "olga", half.session)
    assert full.token != half.token
    assert desk.principal(full).roles == ("operator",)
    with pytest.raises(Unauthenticated):
        desk.session(half)
    assert [(e.by, e.where, e.details["factor"]) for e in desk.log("session.completed")][-1] == (
        "olga", "198.51.100.9", "totp",
    )  # fmt: skip


def test_sign_in__a_code_again__is_refused(desk: Reception, olga: Any) -> None:
    code = desk.code("olga")
    desk.identity.sign_in.with_code(desk.session(desk.by_password("olga")), code, HOME)
    with pytest.raises(SignInFailed):
        desk.identity.sign_in.with_code(desk.session(desk.by_password("olga")), code, HOME)
    desk.later(30)
    desk.identity.sign_in.with_code(desk.session(desk.by_password("olga")), desk.code("olga"), HOME)


def test_sign_in__one_code_in_twenty_threads_on_two_servers__works_once(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.identity.throttle.FREE", {"person": 999, "factor": 999, "address": 999})
    code = pair.one.code("olga")
    opened = [pair.one.by_password("olga") for _ in range(20)]
    pair.two.office.refresh()
    sessions = [pair.one.session(half) for half in opened]
    attempts = [
        lambda s=session, r=(pair.one, pair.two)[n % 2]: r.identity.sign_in.with_code(s, code, Where())  # type: ignore[misc]
        for n, session in enumerate(sessions)
    ]
    assert len(won(race(*attempts))) == 1


def test_sign_in__a_recovery_code__works_once_and_tells_what_is_left(desk: Reception, olga: Any) -> None:
    code = desk.recovery["olga"][0]
    opened = desk.identity.sign_in.with_recovery_code(desk.session(desk.by_password("olga")), code.upper(), HOME)
    assert (opened.stage, opened.recovery_left) == ("full", 9)
    assert desk.principal(opened).factor == "recovery"
    assert desk.log("recovery.used")[-1].details == {"left": 9}
    with pytest.raises(SignInFailed):
        desk.identity.sign_in.with_recovery_code(desk.session(desk.by_password("olga")), code, HOME)


def test_sign_in__a_recovery_code_race__works_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.identity.throttle.FREE", {"person": 999, "factor": 999, "address": 999})
    code = pair.one.recovery["olga"][0]
    sessions = [pair.one.session(pair.one.by_password("olga")) for _ in range(20)]
    pair.two.office.refresh()
    attempts = [
        lambda s=session, r=(pair.one, pair.two)[n % 2]: r.identity.sign_in.with_recovery_code(s, code, Where())  # type: ignore[misc]
        for n, session in enumerate(sessions)
    ]
    assert len(won(race(*attempts))) == 1
    pair.one.office.refresh()
    assert pair.one.identity.people.view("olga").recovery_left == 9


def test_sign_in__new_recovery_codes__void_the_old(desk: Reception, olga: Any) -> None:
    fresh = desk.identity.enrolment.new_recovery_codes(desk.session(olga), HOME)
    with pytest.raises(SignInFailed):
        half = desk.by_password("olga")
        desk.identity.sign_in.with_recovery_code(desk.session(half), desk.recovery["olga"][1], HOME)
    desk.identity.sign_in.with_recovery_code(desk.session(desk.by_password("olga")), fresh[0], HOME)


def test_sign_in__a_session_waits_five_minutes_for_its_second_factor(desk: Reception, olga: Any) -> None:
    half = desk.by_password("olga")
    desk.later(299)
    desk.session(half)
    desk.later(1)
    with pytest.raises(Unauthenticated):
        desk.session(half)


def test_sign_in__a_request_that_came_too_late__completes_nothing_again(desk: Reception, olga: Any) -> None:
    before = desk.session(desk.by_password("olga"))
    full = desk.identity.sign_in.with_code(before, desk.code("olga"), HOME)
    with pytest.raises(SignInFailed):  # it was on its way while the other one was answered
        desk.identity.sign_in.with_recovery_code(before, desk.recovery["olga"][0], HOME)
    desk.session(full)
    assert desk.identity.people.view("olga").recovery_left == 10


def test_sign_in__a_complete_session__takes_no_second_factor(desk: Reception, olga: Any) -> None:
    with pytest.raises(SecondFactorMissing):
        desk.identity.sign_in.with_code(desk.session(olga), desk.code("olga"), HOME)


def test_sign_in__no_secret_is_in_the_log_or_in_a_view(desk: Reception, olga: Any) -> None:
    desk.passkey(desk.signed_in("olga"))
    half = desk.by_password("olga")
    with pytest.raises(SignInFailed):
        desk.by_password("olga-and-a-typed-password", "hunter2 hunter2")
    told = str([*desk.office.log(), desk.identity.people.list(), desk.identity.sessions.list("olga")])
    kept = desk.office.get(Credentials, "olga")
    assert kept is not None
    for secret in (PASSWORD, half.token, desk.secrets["olga"], kept.password, kept.totp, *kept.recovery):
        assert str(secret) not in told
    assert "typed" not in told


# --- passkeys --------------------------------------------------------------------------------------------------------


def test_passkey__alone__is_a_complete_sign_in(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    asked = desk.identity.sign_in.passkey_asked()
    opened = desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), AWAY)
    assert (opened.stage, opened.person) == ("full", "olga")
    assert desk.principal(opened).factor == "passkey"


def test_passkey__as_second_factor__completes_the_session(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    half = desk.by_password("olga")
    session = desk.session(half)
    asked = desk.identity.sign_in.passkey_asked(session)
    assert len(asked.options["allowCredentials"]) == 1
    opened = desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), AWAY, session)
    assert (opened.stage, opened.session) == ("full", half.session)


def test_passkey__one_answer_in_twenty_threads__works_once(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga, Device(origin=ORIGIN))  # without a counter: only the challenge is used up
    asked = desk.identity.sign_in.passkey_asked()
    answer = device.get(asked.options)
    results = race(lambda: desk.identity.sign_in.with_passkey(asked.challenge, answer, HOME))
    assert len(won(results)) == 1


def test_passkey__an_answer_on_two_servers__works_once(pair: Pair) -> None:
    device = pair.one.passkey(pair.one.signed_in("olga"), Device(origin=ORIGIN))
    asked = pair.one.identity.sign_in.passkey_asked()
    answer = device.get(asked.options)
    pair.two.office.refresh()
    results = race(
        lambda: pair.one.identity.sign_in.with_passkey(asked.challenge, answer, HOME),
        lambda: pair.two.identity.sign_in.with_passkey(asked.challenge, answer, HOME),
    )
    assert len(won(results)) == 1


def test_passkey__challenges_are_bound_to_purpose_and_session_and_time(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    one, two = desk.session(desk.by_password("olga")), desk.session(desk.by_password("olga"))
    asked = desk.identity.sign_in.passkey_asked(one)
    with pytest.raises(BadPasskey):  # another session
        desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME, two)
    with pytest.raises(BadPasskey):  # another purpose
        desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME)
    desk.later(299)
    late = device.get(asked.options)
    desk.later(1)
    with pytest.raises(SignInFailed):
        desk.identity.sign_in.with_passkey(asked.challenge, late, HOME)
    with pytest.raises(SignInFailed):
        desk.identity.sign_in.with_passkey("made up", late, HOME)
    asked = desk.identity.sign_in.passkey_asked()
    issued, _, nonce = asked.challenge.partition(".")
    with pytest.raises(BadPasskey):  # its time cannot be moved
        desk.identity.sign_in.with_passkey(f"{int(issued) + 9}.{nonce}", device.get(asked.options), HOME)


def test_passkey__without_verification_of_the_person__is_refused(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    asked = desk.identity.sign_in.passkey_asked()
    with pytest.raises(BadPasskey):
        desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options, flags=PRESENT), HOME)
    with pytest.raises(BadPasskey):
        framed = device.get(asked.options, flags=PRESENT | VERIFIED, crossOrigin=True)
        desk.identity.sign_in.with_passkey(asked.challenge, framed, HOME)


def test_passkey__of_a_disabled_person__lets_nobody_in(desk: Reception, olga: Any) -> None:
    device = desk.passkey(desk.add(desk.principal(olga), "dora", "holder"))
    desk.identity.people.disable(desk.principal(olga), "dora")
    asked = desk.identity.sign_in.passkey_asked()
    with pytest.raises(SignInFailed):
        desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME)


def test_passkey__of_another_person__cannot_be_registered_or_used(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    dora = desk.add(desk.principal(desk.signed_in("olga")), "dora", "holder")
    with pytest.raises(BadPasskey):
        desk.passkey(dora, device)
    half = desk.session(desk.by_password("dora"))
    asked = desk.identity.sign_in.passkey_asked(half)
    with pytest.raises(BadPasskey):
        desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME, half)


def test_passkey__the_only_second_factor__cannot_be_removed(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    session = desk.session(desk.signed_in("olga"))
    (key,) = desk.identity.enrolment.passkeys("olga")
    desk.identity.enrolment.totp_remove(session, HOME)
    with pytest.raises(LastFactor):
        desk.identity.enrolment.passkey_remove(session, key.id, HOME)
    assert len(desk.office.all(PasskeyOwner)) == 1
    asked = desk.identity.sign_in.passkey_asked()
    desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME)


# --- wallets ---------------------------------------------------------------------------------------------------------


def test_wallet__unknown__becomes_a_holder_whose_account_is_the_address(desk: Reception, olga: Any) -> None:
    key = Ed25519PrivateKey.generate()
    asked = desk.identity.wallets.asked(stellar(key))
    signature = stellar_signature(key, asked.text)
    opened = desk.identity.wallets.finish(asked.address, asked.challenge, signature, HOME)
    who = desk.principal(opened)
    assert (who.person, who.account, who.roles, who.factor) == (asked.address, asked.address, ("holder",), "wallet")
    assert who.accounts == (asked.address,)
    with pytest.raises(SignInFailed):  # the same signature again
        desk.identity.wallets.finish(asked.address, asked.challenge, signature, HOME)
    again = desk.identity.wallets.asked(asked.address)
    desk.identity.wallets.finish(asked.address, again.challenge, stellar_signature(key, again.text), HOME)
    assert [entry.about for entry in desk.log("wallet.joined")] == [asked.address]


def test_wallet__one_signature_in_twenty_threads__works_once(desk: Reception, olga: Any) -> None:
    key = Ed25519PrivateKey.generate()
    asked = desk.identity.wallets.asked(stellar(key))
    signature = stellar_signature(key, asked.text)
    results = race(lambda: desk.identity.wallets.finish(asked.address, asked.challenge, signature, HOME))
    assert len(won(results)) == 1
    assert len(desk.log("wallet.joined")) == 1


def test_wallet__another_key_address_or_time__is_refused(desk: Reception, olga: Any) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    asked = desk.identity.wallets.asked(stellar(key))
    with pytest.raises(SignInFailed):
        desk.identity.wallets.finish(asked.address, asked.challenge, stellar_signature(other, asked.text), HOME)
    with pytest.raises(SignInFailed):  # a challenge made for another address
        desk.identity.wallets.finish(stellar(other), asked.challenge, stellar_signature(other, asked.text), HOME)
    desk.later(300)
    with pytest.raises(SignInFailed):
        desk.identity.wallets.finish(asked.address, asked.challenge, stellar_signature(key, asked.text), HOME)
    assert desk.office.get(Person, asked.address) is None


def test_wallet__unknown_where_the_settings_close_the_door__is_refused() -> None:
    desk = Reception(wallet_sign_up=False)
    key = Ed25519PrivateKey.generate()
    asked = desk.identity.wallets.asked(stellar(key))
    with pytest.raises(SignInFailed):
        desk.identity.wallets.finish(asked.address, asked.challenge, stellar_signature(key, asked.text), HOME)
    assert not desk.office.all(Person)


def test_wallet__disabled__is_refused(desk: Reception, olga: Any) -> None:
    key = Ed25519PrivateKey.generate()
    asked = desk.identity.wallets.asked(stellar(key))
    opened = desk.identity.wallets.finish(asked.address, asked.challenge, stellar_signature(key, asked.text), HOME)
    desk.identity.people.disable(desk.principal(olga), asked.address)
    with pytest.raises(Unauthenticated):
        desk.session(opened)
    asked = desk.identity.wallets.asked(asked.address)
    with pytest.raises(SignInFailed):
        desk.identity.wallets.finish(asked.address, asked.challenge, stellar_signature(key, asked.text), HOME)


# --- links, enrolment ------------------------------------------------------------------------------------------------


def test_bootstrap__works_once_and_never_again(desk: Reception) -> None:
    token = desk.identity.bootstrap.open()
    second = desk.identity.bootstrap.open()  # another server prints its own
    assert token and second and token != second
    with pytest.raises(LinkNotValid):
        desk.identity.bootstrap.claim("hfb_made-up", "olga", PASSWORD, HOME)
    with pytest.raises(WeakPassword):
        desk.identity.bootstrap.claim(token, "olga", "password1", HOME)
    assert desk.identity.bootstrap.claim(token, "olga", PASSWORD, HOME).stage == "enrol"
    for used in (token, second):
        with pytest.raises(LinkNotValid):
            desk.identity.bootstrap.claim(used, "mallory", PASSWORD, HOME)
    assert desk.identity.bootstrap.open() is None
    assert not desk.identity.bootstrap.is_open()


def test_bootstrap__in_twenty_threads__makes_one_operator(pair: Pair, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/other.db"
    bootstrap.create_desk(url, Genesis()).close()
    one = Reception(bootstrap.open_documents(url, create=True))
    two = Reception(bootstrap.open_documents(url, create=True))
    tokens = [one.identity.bootstrap.open(), two.identity.bootstrap.open()]
    one.office.refresh()
    results = race(
        lambda: one.identity.bootstrap.claim(str(tokens[0]), "olga", PASSWORD, HOME),
        lambda: two.identity.bootstrap.claim(str(tokens[1]), "mallory", PASSWORD, HOME),
    )
    one.office.refresh()
    assert len(won(results)) == 1
    assert len(one.office.all(Person)) == 1
    for desk in (one, two):
        desk.office.close()


def test_bootstrap__an_old_link__is_void(desk: Reception) -> None:
    token = desk.identity.bootstrap.open()
    desk.later(86_400)
    with pytest.raises(LinkNotValid):
        desk.identity.bootstrap.claim(str(token), "olga", PASSWORD, HOME)


def test_enrol__by_password_alone__cannot_add_to_what_is_set_up(desk: Reception, olga: Any) -> None:
    """Whoever learned the password of somebody without a second factor yet has no way in once there is one."""
    invited = desk.identity.people.add(desk.principal(olga), "dora")
    first = desk.identity.enrolment.accept(invited.token, PASSWORD, HOME)
    thief = desk.by_password("dora", where=AWAY)
    session = desk.session(thief)
    asked = desk.identity.enrolment.passkey_asked(session)
    desk.enrol(first)
    with pytest.raises(SignInFailed):
        answer = Device(origin=ORIGIN).create(asked.options)
        desk.identity.enrolment.passkey_finish(session, asked.challenge, answer, AWAY)
    with pytest.raises(SecondFactorMissing):
        desk.principal(thief)


def test_secrets__are_sealed_with_the_servers_key() -> None:
    desk = Reception(secret_key=b"0" * 32)
    desk.first()
    kept = desk.office.get(Credentials, "olga")
    assert kept is not None
    assert kept.totp is not None
    assert kept.totp.startswith("sealed1:")
    assert desk.secrets["olga"] not in kept.totp
    desk.signed_in("olga")
