"""Step-up: a factor for exactly one request, from one session, once, for five minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import (
    BadPasskey,
    Malformed,
    Rejected,
    SecondFactorMissing,
    SignInFailed,
    StepUpRequired,
    TooManyAttempts,
    Unauthenticated,
)
from holdfast.identity.records import Proof
from holdfast.identity.step_up import canonical, hash_of
from passkey_device import Device
from reception import HOME, ORIGIN, Pair, Reception, race, stellar, stellar_signature, won

BODY = {"type": "asset.transfer", "asset": "FLUX", "to": "bob", "amount": "100"}
REQUEST = hash_of("POST", "/v1/commands", BODY, id="order-1")


@pytest.fixture
def desk() -> Reception:
    return Reception()


@pytest.fixture
def olga(desk: Reception) -> Any:
    return desk.first()


def proven(desk: Reception, opened: Any, request: str = REQUEST) -> Any:
    """A proof by code, and the session's new token."""
    desk.later(30)
    return desk.identity.step_up.with_code(desk.session(opened), request, desk.code("olga"), HOME)


def consume(desk: Reception, opened: Any, proof: str, request: str = REQUEST) -> str:
    return desk.identity.step_up.consume(desk.principal(opened), request, proof)


# --- the hash ---------------------------------------------------------------------------------------------------------


def test_hash__is_of_the_canonical_form() -> None:
    assert canonical("POST", "/v1/commands", {"b": 1, "a": ["ü", None, True]}, query="x=1", id="k") == (
        b'holdfast request 1\n["POST","/v1/commands","x=1","k",{"a":["\xc3\xbc",null,true],"b":1}]'
    )
    assert hash_of("POST", "/", {"a": 1, "b": 2}) == hash_of("POST", "/", {"b": 2, "a": 1})


@pytest.mark.parametrize(
    "other",
    [
        hash_of("PUT", "/v1/commands", BODY, id="order-1"),
        hash_of("POST", "/v1/command", BODY, id="order-1"),
        hash_of("POST", "/v1/commands", BODY, id="order-2"),
        hash_of("POST", "/v1/commands", BODY),
        hash_of("POST", "/v1/commands", BODY, id="order-1", query="atomic=true"),
        hash_of("POST", "/v1/commands", BODY | {"amount": "1000"}, id="order-1"),
        hash_of("POST", "/v1/commands", BODY | {"to": "bub"}, id="order-1"),
        hash_of("POST", "/v1/commands", BODY | {"memo": ""}, id="order-1"),
        hash_of("POST", "/v1/commands", BODY | {"amount": 100}, id="order-1"),
        hash_of("POST", "/v1/commands", None, id="order-1"),
    ],
)
def test_hash__of_another_request__is_another(other: str) -> None:
    assert other != REQUEST


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(plain, plain)
def test_hash__differs_where_the_body_does(one: Any, two: Any) -> None:
    assert (repr(one) == repr(two) or _same(one, two)) == (hash_of("POST", "/", one) == hash_of("POST", "/", two))


def _same(one: Any, two: Any) -> bool:
    """Equal as JSON: 1 is not true."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(_same(a, b) for a, b in zip(one, two, strict=True))
    return type(one) is type(two) and bool(one == two)


@pytest.mark.parametrize("body", [1.5, {"a": [float("nan")]}, {1: "x"}, {"a": "\ud800"}, object(), b"x"])
def test_hash__of_what_has_no_one_form__is_malformed(body: Any) -> None:
    with pytest.raises(Malformed):
        hash_of("POST", "/", body)


# --- proofs -----------------------------------------------------------------------------------------------------------


def test_proof__is_good_once_for_its_request(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    assert consume(desk, done.opened, done.proof) == "totp"
    with pytest.raises(StepUpRequired):
        consume(desk, done.opened, done.proof)
    assert [entry.about for entry in desk.log("step_up.used")] == [REQUEST]


def test_proof__gives_the_session_a_new_token(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    assert done.opened.session == olga.session
    with pytest.raises(Unauthenticated):
        desk.session(olga)
    assert desk.principal(done.opened).proved_at == desk.clock.now


def test_proof__for_one_changed_byte__fails(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    changed = hash_of("POST", "/v1/commands", BODY | {"amount": "101"}, id="order-1")
    with pytest.raises(StepUpRequired):
        consume(desk, done.opened, done.proof, changed)
    with pytest.raises(StepUpRequired):  # and was lost by the attempt
        consume(desk, done.opened, done.proof)


def test_proof__of_another_session__fails(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    other = desk.signed_in("olga")
    with pytest.raises(StepUpRequired):
        consume(desk, other, done.proof)
    assert consume(desk, done.opened, done.proof) == "totp"  # who does not have it cannot spoil it either


def test_proof__after_five_minutes__fails(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    desk.later(299)
    principal = desk.principal(done.opened)
    desk.later(1)
    with pytest.raises(StepUpRequired):
        desk.identity.step_up.consume(principal, REQUEST, done.proof)
    desk.identity.tidy()
    assert not desk.office.all(Proof)


def test_proof__of_a_session_that_has_ended__fails(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    principal = desk.principal(done.opened)
    desk.identity.sessions.end("olga", done.opened.session, HOME)
    with pytest.raises(StepUpRequired):
        desk.identity.step_up.consume(principal, REQUEST, done.proof)


def test_proof__made_up_or_none__fails(desk: Reception, olga: Any) -> None:
    for proof in ("", "hfp_x", "\ud800"):
        with pytest.raises(StepUpRequired):
            consume(desk, olga, proof)
    assert [entry.details["times"] for entry in desk.log("step_up.refused")] == [1, 2]


def test_proof__in_twenty_threads_on_two_servers__is_used_once(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    done = proven(pair.one, pair.one.signed_in("olga"))
    principal = pair.one.principal(done.opened)
    pair.two.office.refresh()
    results = race(
        lambda: pair.one.identity.step_up.consume(principal, REQUEST, done.proof),
        lambda: pair.two.identity.step_up.consume(principal, REQUEST, done.proof),
    )
    assert won(results) == ["totp"]
    pair.close()


# --- factors ----------------------------------------------------------------------------------------------------------


def test_code__again_or_wrong__is_refused_and_delayed(desk: Reception, olga: Any) -> None:
    step_up, session = desk.identity.step_up, desk.session(olga)
    code = desk.code("olga")
    done = step_up.with_code(session, REQUEST, code, HOME)
    session = desk.session(done.opened)
    for wrong in (code, "000000", "", "12345६"):
        with pytest.raises((SignInFailed, TooManyAttempts)):
            step_up.with_code(session, REQUEST, wrong, HOME)
    with pytest.raises(TooManyAttempts):
        step_up.with_code(session, REQUEST, desk.code("olga"), HOME)


def test_passkey__signs_a_challenge_made_of_the_hash(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga, Device(origin=ORIGIN))
    opened = desk.signed_in("olga")
    session, step_up = desk.session(opened), desk.identity.step_up
    asked = step_up.begin(session, REQUEST, "passkey")
    assert asked.options is not None
    answer = device.get(asked.options)
    other = hash_of("POST", "/v1/commands", BODY | {"amount": "101"}, id="order-1")
    with pytest.raises(BadPasskey):  # the answer for one request is none for another
        step_up.with_passkey(session, other, asked.challenge, answer, HOME)
    done = step_up.with_passkey(session, REQUEST, asked.challenge, answer, HOME)
    assert consume(desk, done.opened, done.proof) == "passkey"
    with pytest.raises(SignInFailed):
        step_up.with_passkey(desk.session(done.opened), REQUEST, asked.challenge, answer, HOME)


def test_passkey__an_answer_from_signing_in_or_another_session__is_refused(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga, Device(origin=ORIGIN))
    session, step_up = desk.session(desk.signed_in("olga")), desk.identity.step_up
    other = desk.session(desk.signed_in("olga"))
    asked = desk.identity.sign_in.passkey_asked()
    with pytest.raises(BadPasskey):
        step_up.with_passkey(session, REQUEST, asked.challenge, device.get(asked.options), HOME)
    begun = step_up.begin(session, REQUEST, "passkey")
    assert begun.options is not None
    with pytest.raises(BadPasskey):
        step_up.with_passkey(other, REQUEST, begun.challenge, device.get(begun.options), HOME)


def test_wallet__signs_a_text_with_the_hash(desk: Reception) -> None:
    key = Ed25519PrivateKey.generate()
    asked = desk.identity.wallets.asked(stellar(key))
    opened = desk.identity.wallets.finish(asked.address, asked.challenge, stellar_signature(key, asked.text), HOME)
    session, step_up = desk.session(opened), desk.identity.step_up
    assert step_up.methods(session) == ("wallet",)
    begun = step_up.begin(session, REQUEST, "wallet")
    assert begun.text is not None
    assert REQUEST in begun.text
    with pytest.raises(SignInFailed):
        wrong = stellar_signature(key, begun.text.replace(REQUEST, "0" * 64))
        step_up.with_wallet(session, REQUEST, begun.challenge, wrong, HOME)
    with pytest.raises(SignInFailed):
        step_up.with_wallet(session, "0" * 64, begun.challenge, stellar_signature(key, begun.text), HOME)
    done = step_up.with_wallet(session, REQUEST, begun.challenge, stellar_signature(key, begun.text), HOME)
    assert consume(desk, done.opened, done.proof) == "wallet"


def test_begin__only_what_one_has_in_a_complete_session(desk: Reception, olga: Any) -> None:
    step_up = desk.identity.step_up
    assert step_up.methods(desk.session(olga)) == ("totp",)
    with pytest.raises(Rejected):
        step_up.begin(desk.session(olga), REQUEST, "passkey")
    with pytest.raises(Malformed):
        step_up.begin(desk.session(olga), "not a hash", "totp")
    half = desk.session(desk.by_password("olga"))
    with pytest.raises(SecondFactorMissing):
        step_up.begin(half, REQUEST, "totp")
    with pytest.raises(SecondFactorMissing):
        step_up.with_code(half, REQUEST, desk.code("olga"), HOME)


def test_recovery_codes__confirm_nothing(desk: Reception, olga: Any) -> None:
    with pytest.raises(SignInFailed):
        desk.identity.step_up.with_code(desk.session(olga), REQUEST, desk.recovery["olga"][0], HOME)


def test_another_authenticator_app__can_be_confirmed_by_the_one_in_use(desk: Reception, olga: Any) -> None:
    asked = desk.identity.enrolment.totp_asked(desk.session(olga))
    done = proven(desk, olga)  # the step-up comes between the new secret and its first code
    before, desk.secrets["olga"] = desk.secrets["olga"], asked.secret
    enrolled = desk.identity.enrolment.totp_finish(desk.session(done.opened), desk.code("olga"), HOME)
    assert not enrolled.recovery_codes  # those of the first time stay good
    with pytest.raises(SignInFailed):
        desk.identity.enrolment.totp_finish(desk.session(enrolled.opened), desk.code("olga"), HOME)
    desk.later(30)
    desk.signed_in("olga")
    desk.secrets["olga"] = before
    with pytest.raises(SignInFailed):
        desk.signed_in("olga")


def test_api_key__has_no_proofs(desk: Reception, olga: Any) -> None:
    done = proven(desk, olga)
    boss = desk.principal(done.opened)
    made = desk.identity.api_keys.create(boss, "robot", expires=desk.clock.now + 1_000)
    robot = desk.identity.api_keys.authenticate(made.token, HOME)
    with pytest.raises(StepUpRequired):
        desk.identity.step_up.consume(robot, REQUEST, done.proof)
