"""Growing delays: per person and address, the same for all servers, and never in the way of a passkey."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.errors import SignInFailed, TooManyAttempts, TooManyRequests
from holdfast.identity.records import Attempts, Where
from holdfast.identity.throttle import LONGEST, Throttle, delay, keys
from reception import AWAY, HOME, Pair, Reception, race, won


@pytest.fixture
def desk() -> Reception:
    return Reception()


@pytest.fixture
def olga(desk: Reception) -> Any:
    return desk.first()


def wrong(desk: Reception, name: str = "olga", where: Where = HOME) -> int:
    """One wrong password: the seconds that must pass first, if any."""
    try:
        desk.by_password(name, "not the password", where)
    except SignInFailed:
        return 0
    except TooManyAttempts as error:
        wait = error.details["retry_after"]
        assert isinstance(wait, int)
        return wait
    raise AssertionError("let in")


def test_delay__is_the_table_that_is_stated() -> None:
    assert [delay("person", n) for n in range(1, 16)] == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert [delay("factor", n) for n in (1, 2, 3, 4)] == [0, 0, 1, 2]
    assert [delay("address", n) for n in (1, 19, 20, 21, 29, 30, 31)] == [0, 0, 1, 2, 512, 900, 900]
    assert delay("person", 10**6) == LONGEST
    assert TooManyAttempts.status == 429
    assert issubclass(TooManyAttempts, TooManyRequests)


def test_failures__make_each_next_one_wait_longer(desk: Reception, olga: Any) -> None:
    waits = []
    for n in range(14):
        where = Where(f"192.0.2.{n}")  # of all addresses: what counts is the person
        wait = wrong(desk, where=where)
        if wait:
            desk.later(wait - 1)
            assert wrong(desk, where=where) == 1
            desk.later(1)
            assert wrong(desk, where=where) == 0
        waits.append(wait)
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]


def test_delay__holds_for_the_right_password_too(desk: Reception, olga: Any) -> None:
    for _ in range(3):
        wrong(desk)
    with pytest.raises(TooManyAttempts):
        desk.by_password("olga")
    desk.later(1)
    desk.by_password("olga")


def test_success__ends_the_count_of_the_person_but_not_of_the_address(desk: Reception, olga: Any) -> None:
    for _ in range(2):
        wrong(desk)
    desk.by_password("olga")
    for _ in range(2):
        assert wrong(desk) == 0
    assert desk.office.get(Attempts, f"address:{HOME.address}").failures == 4  # type: ignore[union-attr]


def test_unknown_people__are_delayed_alike(desk: Reception, olga: Any) -> None:
    for name in ("olga", "nobody.here"):
        where = Where("192.0.2.1" if name == "olga" else "192.0.2.2")
        assert [wrong(desk, name, where) for _ in range(4)] == [0, 0, 0, 1]


def test_address__that_tries_many_names__is_delayed(desk: Reception, olga: Any) -> None:
    waits = [wrong(desk, f"name{n}", AWAY) for n in range(22)]
    assert waits == [0] * 20 + [1, 1]
    assert wrong(desk, "name99", Where("192.0.2.77")) == 0


def test_address__of_version_six__counts_as_its_network() -> None:
    first = keys("person", "olga", Where("2001:db8:1:2:aaaa::1"))[1]
    assert first == keys("person", "olga", Where("2001:db8:1:2:bbbb::2"))[1]
    assert first != keys("person", "olga", Where("2001:db8:1:3::1"))[1]
    assert keys("person", "olga", Where("::ffff:192.0.2.1"))[1] == "address:192.0.2.1"
    assert len(keys("person", "olga", Where("not an address"))) == 1


def test_names__are_not_stored(desk: Reception, olga: Any) -> None:
    wrong(desk, "my-secret-by-mistake")
    assert "mistake" not in str(dict(desk.office.all(Attempts)))


def test_codes__have_a_count_of_their_own_that_the_password_does_not_end(desk: Reception, olga: Any) -> None:
    for _ in range(3):
        with pytest.raises(SignInFailed):
            desk.identity.sign_in.with_code(desk.session(desk.by_password("olga")), "000000", HOME)
    half = desk.session(desk.by_password("olga"))
    for give in (desk.identity.sign_in.with_code, desk.identity.sign_in.with_recovery_code):
        with pytest.raises(TooManyAttempts):
            give(half, desk.code("olga"), HOME)
    desk.later(1)
    desk.identity.sign_in.with_code(half, desk.code("olga"), HOME)


def test_passkey__is_never_delayed(desk: Reception, olga: Any) -> None:
    device = desk.passkey(olga)
    for n in range(30):
        wrong(desk)
        desk.later(n)
    assert wrong(desk) > 0
    asked = desk.identity.sign_in.passkey_asked()
    opened = desk.identity.sign_in.with_passkey(asked.challenge, device.get(asked.options), HOME)
    assert desk.principal(opened).person == "olga"


def test_guesses_that_race__are_all_counted(tmp_path: Any) -> None:
    pair = Pair(tmp_path)
    results = race(
        lambda: pair.one.by_password("olga", "wrong", Where()), lambda: pair.two.by_password("olga", "wrong", Where())
    )
    assert sum(isinstance(result, SignInFailed) for result in results) == 3
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 17
    assert not won(results)
    pair.close()


def test_counts__are_forgotten_after_a_day(desk: Reception, olga: Any) -> None:
    for _ in range(3):
        wrong(desk)
    desk.later(86_400)
    desk.identity.tidy()
    assert not desk.office.all(Attempts)
    assert [wrong(desk) for _ in range(3)] == [0, 0, 0]


def test_log__has_an_entry_per_power_of_two(desk: Reception, olga: Any) -> None:
    for _ in range(9):
        desk.later(wrong(desk))
        wrong(desk)
        desk.later(600)
    entries = [entry for entry in desk.log("sign_in.refused") if entry.details["factor"] == "password"]
    assert [entry.details["times"] for entry in entries][:4] == [1, 2, 4, 8]
    assert {entry.by for entry in entries} == {"olga"}
    assert {entry.where for entry in entries} == {HOME.address}


def test_attempt__without_anything_to_count__writes_nothing(desk: Reception) -> None:
    version = desk.office.version
    assert Throttle(desk.office).attempt(()).counts == ()
    assert desk.office.version == version
