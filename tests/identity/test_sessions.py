"""Sessions: what is stored of them, how long they last, and what ends them at once."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.errors import SignInFailed, Unauthenticated, UnknownSession, WeakPassword
from holdfast.identity import sessions as module
from holdfast.identity.records import Session
from holdfast.identity.roles import Grant
from holdfast.identity.services import Identity
from holdfast.identity.sessions import csrf_matches, csrf_token
from holdfast.identity.tokens import hash_token
from reception import AWAY, HOME, PASSWORD, Pair, Reception

MINUTE, HOUR = 60, 3_600


@pytest.fixture
def desk() -> Reception:
    return Reception()


@pytest.fixture
def olga(desk: Reception) -> Any:
    return desk.first()


@pytest.fixture
def hugo(desk: Reception, olga: Any) -> Any:
    """A holder."""
    return desk.add(desk.principal(olga), "hugo", "holder")


def test_token__is_long_and_stored_hashed(desk: Reception, hugo: Any) -> None:
    secret = hugo.token.partition("_")[2]
    assert len(secret) >= 22  # of base64url: 132 bits and more
    kept = desk.office.get(Session, hugo.session)
    assert kept is not None
    assert kept.token == hash_token(hugo.token)
    assert secret not in str(kept)


def test_token__changed_or_of_another_session__is_nobody(desk: Reception, olga: Any, hugo: Any) -> None:
    id, _, secret = hugo.token.partition(".")
    other = olga.token.partition(".")[0]
    for token in ("", ".", id, f"{id}.", f"{other}.{secret}", hugo.token[:-1], hugo.token + "x", "ü.ü", "\ud800"):
        with pytest.raises(Unauthenticated):
            desk.identity.sessions.find(token)


def test_idle__a_holder_has_an_hour(desk: Reception, hugo: Any) -> None:
    for _ in range(3):
        desk.session(hugo)
        desk.later(HOUR - 1)
        desk.session(hugo)
    desk.later(HOUR)
    with pytest.raises(Unauthenticated):
        desk.session(hugo)


def test_overall__a_holder_has_a_day(desk: Reception, hugo: Any) -> None:
    start = desk.session(hugo).created
    while desk.clock.now + HOUR // 2 < start + 24 * HOUR:
        desk.later(HOUR // 2)
        desk.session(hugo)
    desk.clock.now = start + 24 * HOUR - 1
    desk.session(hugo)
    desk.later(1)
    with pytest.raises(Unauthenticated):
        desk.session(hugo)


def test_idle__an_operator_has_fifteen_minutes(desk: Reception, olga: Any) -> None:
    desk.session(olga)
    desk.later(15 * MINUTE - 1)
    desk.session(olga)
    desk.later(15 * MINUTE)
    with pytest.raises(Unauthenticated):
        desk.session(olga)


def test_overall__an_operator_has_twelve_hours(desk: Reception, olga: Any) -> None:
    start = desk.session(olga).created
    while desk.clock.now + 10 * MINUTE < start + 12 * HOUR:
        desk.later(10 * MINUTE)
        desk.session(olga)
    desk.clock.now = start + 12 * HOUR - 1
    desk.session(olga)
    desk.later(1)
    with pytest.raises(Unauthenticated):
        desk.session(olga)


def test_limits__follow_the_role_in_open_sessions(desk: Reception, olga: Any, hugo: Any) -> None:
    desk.session(hugo)
    desk.identity.people.grant(desk.principal(olga), "hugo", Grant("operator"))
    desk.later(20 * MINUTE)
    with pytest.raises(Unauthenticated):
        desk.session(hugo)


def test_renewal__does_not_prolong_a_session(desk: Reception, hugo: Any) -> None:
    start = desk.session(hugo).created
    desk.later(50 * MINUTE)
    opened = desk.identity.enrolment.change_password(desk.session(hugo), PASSWORD, "quiet lantern harbour", HOME)
    assert opened.expires == start + 24 * HOUR


def test_last_seen__is_kept_in_memory_and_written_together(desk: Reception, olga: Any, hugo: Any) -> None:
    version = desk.office.version
    desk.later(100)
    for _ in range(50):
        desk.session(hugo)
        desk.session(olga)
    assert desk.office.version == version
    assert desk.identity.sessions.list("hugo")[0].last_seen == desk.clock.now
    assert desk.identity.sessions.flush() == 2
    assert desk.office.version == version + 1
    assert desk.identity.sessions.flush() == 0
    assert desk.office.version == version + 1
    kept = desk.office.get(Session, hugo.session)
    assert kept is not None
    assert kept.last_seen == desk.clock.now
    restarted = Identity(desk.office)  # a new process knows what was written
    desk.later(HOUR - 1)
    assert restarted.sessions.find(hugo.token).person == "hugo"


def test_list__shows_devices_without_secrets(desk: Reception, hugo: Any) -> None:
    phone = desk.signed_in("hugo", AWAY)
    shown = desk.identity.sessions.list("hugo", current=phone.session)
    assert [(one.address, one.agent, one.current) for one in shown] == [
        ("198.51.100.9", "curl", True),
        ("203.0.113.7", "Firefox", False),
    ]
    assert phone.token.partition(".")[2] not in str(shown)


def test_logout__ends_at_once(desk: Reception, hugo: Any) -> None:
    seen = []
    desk.office.watch(seen.append)
    desk.identity.sessions.end("hugo", hugo.session, HOME)
    with pytest.raises(Unauthenticated):
        desk.session(hugo)
    assert seen == [frozenset({("session", hugo.session)})]  # so that open streams end too
    entry = desk.log("session.ended")[-1]
    assert (entry.by, entry.about, entry.details) == ("hugo", hugo.session, {"why": "logout"})


def test_end__of_another_person__is_unknown(desk: Reception, olga: Any, hugo: Any) -> None:
    with pytest.raises(UnknownSession):
        desk.identity.sessions.end("hugo", olga.session, HOME)
    desk.session(olga)


def test_end_all__but_this_one(desk: Reception, olga: Any, hugo: Any) -> None:
    others = [desk.signed_in("hugo") for _ in range(3)]
    assert desk.identity.sessions.end_all("hugo", HOME, but=others[0].session) == 3
    desk.session(others[0])
    for gone in (hugo, others[1], others[2]):
        with pytest.raises(Unauthenticated):
            desk.session(gone)
    assert desk.office.get(Session, olga.session) is not None


def test_password_change__ends_all_others_and_renews_this_one(desk: Reception, hugo: Any) -> None:
    phone = desk.signed_in("hugo", AWAY)
    half = desk.by_password("hugo")
    fresh = desk.identity.enrolment.change_password(desk.session(phone), PASSWORD, "quiet lantern harbour", AWAY)
    for gone in (hugo, phone, half):
        with pytest.raises(Unauthenticated):
            desk.session(gone)
    desk.principal(fresh)
    with pytest.raises(SignInFailed):
        desk.by_password("hugo")
    desk.by_password("hugo", "quiet lantern harbour")


def test_password_change__needs_the_present_one_and_a_good_new_one(desk: Reception, hugo: Any) -> None:
    session = desk.session(hugo)
    with pytest.raises(SignInFailed):
        desk.identity.enrolment.change_password(session, "not the present one", "quiet lantern harbour", HOME)
    for weak in ("short", "password123", "hugohugohugo"):
        with pytest.raises(WeakPassword):
            desk.identity.enrolment.change_password(session, PASSWORD, weak, HOME)
    desk.session(hugo)


def test_disabling__ends_all_at_once(desk: Reception, olga: Any, hugo: Any) -> None:
    half = desk.by_password("hugo")
    desk.identity.people.disable(desk.principal(olga), "hugo")
    for gone in (hugo, half):
        with pytest.raises(Unauthenticated):
            desk.session(gone)
    assert not desk.identity.sessions.list("hugo")
    assert desk.log("person.disabled")[-1].details == {"sessions": 2, "keys": 0}
    desk.identity.people.enable(desk.principal(desk.signed_in("olga")), "hugo")
    with pytest.raises(Unauthenticated):  # for good
        desk.session(hugo)


def test_another_process__ends_what_this_one_opened(tmp_path: Any) -> None:
    pair = Pair(tmp_path)
    opened = pair.one.signed_in("olga")
    pair.two.office.refresh()
    pair.two.identity.sessions.end("olga", opened.session, HOME)
    pair.one.office.refresh()
    with pytest.raises(Unauthenticated):
        pair.one.session(opened)
    pair.close()


def test_too_many_sessions__the_oldest_of_the_stage_ends(desk: Reception, hugo: Any) -> None:
    opened = [desk.by_password("hugo") for _ in range(module.MOST + 1)]
    with pytest.raises(Unauthenticated):
        desk.session(opened[0])
    desk.session(opened[1])
    desk.session(hugo)  # unfinished sign-ins push out no complete session


def test_csrf__belongs_to_the_token(desk: Reception, olga: Any, hugo: Any) -> None:
    assert hugo.csrf == csrf_token(hugo.token)
    assert csrf_matches(hugo.token, hugo.csrf)
    for wrong in ("", olga.csrf, hugo.csrf[:-1], hugo.csrf + "=", "ü", "\ud800"):
        assert not csrf_matches(hugo.token, wrong)
    assert hugo.token.partition("_")[2][:8] not in hugo.csrf


def test_expired_sessions__are_cleared_away(desk: Reception, olga: Any, hugo: Any) -> None:
    desk.later(25 * HOUR)
    assert len(desk.office.all(Session)) == 2
    desk.identity.tidy()
    assert not desk.office.all(Session)
