"""API keys: worth no more than their person, ended at once, and signed where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from holdfast.errors import BadRequestSignature, Forbidden, Malformed, Unauthenticated, UnknownApiKey
from holdfast.identity.api_keys import NewApiKey
from holdfast.identity.principal import Principal
from holdfast.identity.records import ApiKey, Used, Where
from holdfast.identity.request_signatures import SignedRequest, sign
from holdfast.identity.roles import Grant
from reception import HOME, Pair, Reception, race, won

YEAR = 365 * 86_400


@pytest.fixture
def desk() -> Reception:
    return Reception()


@pytest.fixture
def boss(desk: Reception) -> Principal:
    return desk.principal(desk.first())


@pytest.fixture
def hugo(desk: Reception, boss: Principal) -> Principal:
    """A holder."""
    return desk.principal(desk.add(boss, "hugo", "holder"))


def key(desk: Reception, who: Principal, **how: Any) -> NewApiKey:
    return desk.identity.api_keys.create(who, "robot", **{"expires": desk.clock.now + YEAR, **how})


def use(desk: Reception, made: NewApiKey, where: Where = HOME, signed: SignedRequest | None = None) -> Principal:
    return desk.identity.api_keys.authenticate(made.token, where, signed)


def test_key__is_shown_once_and_stored_hashed(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo)
    assert made.token.startswith("hf_")
    assert len(made.token) >= 3 + 27  # of base64url: 162 bits and more
    kept = desk.office.get(ApiKey, made.key.id)
    assert kept is not None
    shown = str([kept, desk.identity.api_keys.list(), *desk.office.log()])
    assert made.token[3:] not in shown
    assert kept.token not in str([desk.identity.api_keys.list(), *desk.office.log()])


def test_key__acts_for_its_person(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo)
    who = use(desk, made)
    assert (who.person, who.account, who.api_key, who.session, who.factor) == (
        "hugo", "hugo", made.key.id, None, "api_key",
    )  # fmt: skip
    assert who.access.functions == hugo.access.functions
    assert who.proved_at == 0


def test_key__unknown_or_changed__is_nobody(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo)
    for token in ("", "hf_", "hf_" + "A" * 43, made.token[:-1], made.token + "A", made.token.upper(), "\ud800"):
        with pytest.raises(Unauthenticated):
            desk.identity.api_keys.authenticate(token, HOME)


def test_key__never_has_more_than_its_person(desk: Reception, boss: Principal, hugo: Principal) -> None:
    all_of_it, narrow = key(desk, hugo), key(desk, hugo, functions=("term.*", "audit.*"))
    assert set(use(desk, narrow).access.functions) == {"term.stake", "term.unstake"}
    with pytest.raises(Forbidden):
        key(desk, hugo, functions=("audit.read",))
    boss = desk.principal(desk.signed_in("olga"))
    desk.identity.people.grant(boss, "hugo", Grant("auditor"))
    assert set(use(desk, narrow).access.functions) == {"term.stake", "term.unstake", "audit.read", "audit.verify"}
    desk.identity.people.revoke(boss, "hugo", "auditor")
    desk.identity.people.revoke(boss, "hugo", "holder")
    assert not use(desk, all_of_it).access.functions


def test_key__makes_no_keys_and_no_people_beyond_it(desk: Reception, boss: Principal) -> None:
    narrow = use(desk, key(desk, boss, functions=("people.manage",)))
    with pytest.raises(Forbidden):
        key(desk, narrow)
    with pytest.raises(Forbidden):
        desk.identity.people.add(narrow, "eve", grants=[Grant("operator")])


@pytest.mark.parametrize("seconds", [0, -1, YEAR + 1])
def test_key__ends_in_the_future_within_a_year(desk: Reception, hugo: Principal, seconds: int) -> None:
    with pytest.raises(Malformed):
        key(desk, hugo, expires=desk.clock.now + seconds)


def test_key__ends_when_it_says(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo, expires=desk.clock.now + 100)
    desk.later(99)
    use(desk, made)
    desk.later(1)
    with pytest.raises(Unauthenticated):
        use(desk, made)
    assert not desk.identity.api_keys.list("hugo")


def test_key__revoked__ends_at_once(desk: Reception, boss: Principal, hugo: Principal) -> None:
    one, two = key(desk, hugo), key(desk, hugo)
    use(desk, one)
    desk.identity.api_keys.revoke(hugo, one.key.id)
    with pytest.raises(Unauthenticated):
        use(desk, one)
    desk.identity.api_keys.revoke(desk.principal(desk.signed_in("olga")), two.key.id)
    with pytest.raises(Unauthenticated):
        use(desk, two)
    with pytest.raises(UnknownApiKey):
        desk.identity.api_keys.revoke(hugo, key(desk, desk.principal(desk.signed_in("olga"))).key.id)
    assert [entry.about for entry in desk.log("api_key.revoked")] == [one.key.id, two.key.id]


def test_key__of_a_disabled_person__ends_at_once_and_for_good(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo)
    boss = desk.principal(desk.signed_in("olga"))
    desk.identity.people.disable(boss, "hugo")
    with pytest.raises(Unauthenticated):
        use(desk, made)
    desk.identity.people.enable(boss, "hugo")
    with pytest.raises(Unauthenticated):
        use(desk, made)


def test_key__bound_to_networks__works_from_there_only(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo, networks=("192.0.2.0/24", "2001:db8::/32", "198.51.100.7"))
    for address in ("192.0.2.1", "192.0.2.255", "2001:db8::1", "198.51.100.7", "::ffff:192.0.2.9"):
        use(desk, made, Where(address))
    told = set()
    for address in ("192.0.3.1", "198.51.100.8", "2001:db9::1", "", "not an address", "192.0.2.1, 192.0.2.2"):
        with pytest.raises(Unauthenticated) as caught:
            use(desk, made, Where(address))
        told.add(caught.value.message)
    with pytest.raises(Unauthenticated) as caught:
        desk.identity.api_keys.authenticate("hf_unknown", Where("192.0.2.1"))
    assert told == {caught.value.message}  # a thief is not told that it is the network
    for wrong in ("192.0.2.1/24", "nowhere", "", "192.0.2.0/33"):
        with pytest.raises(Malformed):
            key(desk, hugo, networks=(wrong,))


def test_key__functions_that_match_nothing__are_malformed(desk: Reception, hugo: Principal) -> None:
    for functions in ((), ("trem.*",), ("Term.*",), ("term.[s]take",)):
        with pytest.raises(Malformed):
            key(desk, hugo, functions=functions)


def test_refusals__are_logged_at_powers_of_two(desk: Reception, hugo: Principal) -> None:
    made = key(desk, hugo, networks=("192.0.2.0/24",))
    for _ in range(20):
        with pytest.raises(Unauthenticated):
            use(desk, made, Where("203.0.113.9"))
    assert [entry.details["times"] for entry in desk.log("api_key.refused")] == [1, 2, 4, 8, 16]
    assert {(entry.by, entry.where) for entry in desk.log("api_key.refused")} == {("hugo", "203.0.113.9")}


def test_last_used__is_kept_in_memory_and_written_together(desk: Reception, hugo: Principal) -> None:
    one, two = key(desk, hugo), key(desk, hugo)
    version = desk.office.version
    for _ in range(50):
        use(desk, one)
        use(desk, two)
    assert desk.office.version == version
    assert desk.identity.api_keys.list("hugo")[0].last_used == desk.clock.now
    assert desk.identity.api_keys.flush() == 2
    assert desk.office.version == version + 1
    assert desk.office.get(ApiKey, one.key.id).last_used == desk.clock.now  # type: ignore[union-attr]


# --- signed requests --------------------------------------------------------------------------------------------------


class Signer:
    """The holder of a key that must sign."""

    def __init__(self, desk: Reception, who: Principal, **how: Any) -> None:
        self.desk = desk
        self.private = Ed25519PrivateKey.generate()
        self.made = key(desk, who, public_key=self.private.public_key().public_bytes_raw().hex(), **how)
        self.count = 0

    def request(self, *, late: int = 0, number: str | None = None, **changes: Any) -> SignedRequest:
        self.count += 1
        time = self.desk.clock.now - late
        nonce = number or f"nonce-number-{self.count:06}"
        parts = ("POST", "/v1/commands", "", b'{"amount":"1"}', time, nonce)
        signature = sign(self.private.private_bytes_raw(), *parts, key=self.made.key.id)
        signed = SignedRequest(*parts[:4], str(time), nonce, signature)
        return structs.replace(signed, **changes)

    def use(self, signed: SignedRequest | None) -> Principal:
        return use(self.desk, self.made, signed=signed)


@pytest.fixture
def signer(desk: Reception, hugo: Principal) -> Signer:
    return Signer(desk, hugo)


def test_signed__a_request_proves_itself(desk: Reception, signer: Signer) -> None:
    who = signer.use(signer.request())
    assert (who.factor, who.proved_at) == ("signed_request", desk.clock.now)


def test_signed__the_key_alone_is_worth_nothing(signer: Signer) -> None:
    with pytest.raises(BadRequestSignature):
        signer.use(None)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/v1/commands/"},
        {"query": "atomic=true"},
        {"body": b'{"amount":"2"}'},
        {"time": "1767225601"},
        {"nonce": "another-nonce-000000"},
        {"signature": ""},
        {"id": "another"},
    ],
)
def test_signed__one_part_changed__is_refused(desk: Reception, signer: Signer, change: dict[str, Any]) -> None:
    with pytest.raises(BadRequestSignature):
        signer.use(signer.request(**change))
    assert not any(id.startswith("nonce") for id in desk.office.all(Used))


def test_signed__too_old_or_ahead__is_refused(signer: Signer) -> None:
    signer.use(signer.request(late=60))
    signer.use(signer.request(late=-60))
    for late in (61, -61):
        with pytest.raises(BadRequestSignature):
            signer.use(signer.request(late=late))


def test_signed__by_another_key__is_refused(desk: Reception, hugo: Principal, signer: Signer) -> None:
    other = Signer(desk, hugo)
    with pytest.raises(BadRequestSignature):
        signer.use(other.request())
    with pytest.raises(BadRequestSignature):  # nor is a signature believed that cannot be checked
        use(desk, key(desk, hugo), signed=signer.request())


def test_signed__a_nonce_works_once(desk: Reception, hugo: Principal, signer: Signer) -> None:
    request = signer.request(late=-60)
    signer.use(request)
    for _ in range(13):
        with pytest.raises(BadRequestSignature):
            signer.use(request)
        desk.later(10)
        desk.identity.tidy()
    other = Signer(desk, hugo)  # another key's nonces are its own
    other.use(other.request(number=request.nonce))
    desk.later(200)
    desk.identity.tidy()
    assert not any(id.startswith("nonce") for id in desk.office.all(Used))


def test_signed__one_nonce_in_twenty_threads_on_two_servers__works_once(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    signer = Signer(pair.one, pair.one.principal(pair.one.signed_in("olga")))
    pair.two.office.refresh()
    request = signer.request()
    results = race(
        lambda: pair.one.identity.api_keys.authenticate(signer.made.token, HOME, request),
        lambda: pair.two.identity.api_keys.authenticate(signer.made.token, HOME, request),
    )
    assert len(won(results)) == 1
    assert {type(result) for result in results if result not in won(results)} == {BadRequestSignature}
    pair.close()


def test_signed__a_public_key_that_is_none__is_malformed(desk: Reception, hugo: Principal) -> None:
    for public_key in ("", "00" * 32, "0" * 63, "G" * 64, "AB" * 32):
        with pytest.raises(Malformed):
            key(desk, hugo, public_key=public_key)
