"""An office with people in it, and devices that sign for them: what the tests of signing in share."""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.errors import HoldfastError
from holdfast.identity.doorway import Naming
from holdfast.identity.entries import LogEntry
from holdfast.identity.office import Office
from holdfast.identity.principal import Principal
from holdfast.identity.records import Session, Where
from holdfast.identity.roles import Grant, Role
from holdfast.identity.services import Identity
from holdfast.identity.sessions import Opened
from holdfast.primitives.clock import FixedClock
from holdfast.store.documents import Documents
from holdfast.store.documents.memory import MemoryDocuments
from passkey_device import Device
from support import START

PASSWORD = "violet anchor tuesday"  # noqa: S105 - of nobody
HOME = Where("203.0.113.7", "Firefox")
AWAY = Where("198.51.100.9", "curl")
ORIGIN = "https://desk.example"
RACERS = 20


class Reception:
    """Identity services with a hand-set clock, and the authenticator apps of everybody."""

    def __init__(self, documents: Documents | None = None, clock: FixedClock | None = None, **how: Any) -> None:
        self.clock = clock or FixedClock(START)
        self.office = Office(MemoryDocuments() if documents is None else documents, self.clock)
        self.identity = Identity(self.office, Naming("Holdfast", ORIGIN), **how)
        self.secrets: dict[str, str] = {}
        self.recovery: dict[str, tuple[str, ...]] = {}

    def later(self, seconds: int) -> None:
        self.clock.now += seconds

    # --- people -----------------------------------------------------------------------------------------------------

    def first(self, name: str = "olga") -> Opened:
        """The first operator, by the link of the first start."""
        token = self.identity.bootstrap.open()
        assert token is not None
        return self.enrol(self.identity.bootstrap.claim(token, name, PASSWORD, HOME))

    def enrol(self, opened: Opened) -> Opened:
        """Set up an authenticator app in a session of stage `enrol`."""
        session = self.session(opened)
        self.secrets[opened.person] = self.identity.enrolment.totp_asked(session).secret
        done = self.identity.enrolment.totp_finish(session, self.code(opened.person), HOME)
        self.recovery[opened.person] = done.recovery_codes
        self.later(60)  # so that the next code is another one
        return done.opened

    def add(self, by: Principal, name: str, *roles: Role, **how: Any) -> Opened:
        """A person who has accepted his invitation, with these roles."""
        grants = [Grant(role) for role in roles]
        invited = self.identity.people.add(by, name, grants=grants, **how)
        return self.enrol(self.identity.enrolment.accept(invited.token, PASSWORD, HOME))

    def passkey(self, opened: Opened, device: Device | None = None) -> Device:
        """A passkey for somebody who is signed in."""
        device = device or Device(origin=ORIGIN, counts=True)
        asked = self.identity.enrolment.passkey_asked(self.session(opened))
        self.identity.enrolment.passkey_finish(
            self.session(opened), asked.challenge, device.create(asked.options), HOME
        )
        return device

    # --- signing in -------------------------------------------------------------------------------------------------

    def code(self, name: str) -> str:
        """What the person's authenticator app shows now."""
        return str(pyotp.TOTP(self.secrets[name]).at(self.clock.now))

    def by_password(self, name: str, password: str = PASSWORD, where: Where = HOME) -> Opened:
        return self.identity.sign_in.with_password(name, password, where)

    def signed_in(self, name: str, where: Where = HOME) -> Opened:
        """A complete session, by password and code."""
        self.later(30)
        half = self.by_password(name, where=where)
        return self.identity.sign_in.with_code(self.session(half), self.code(name), where)

    def session(self, opened: Opened) -> Session:
        return self.identity.sessions.find(opened.token)

    def principal(self, opened: Opened) -> Principal:
        return self.identity.sessions.principal(self.session(opened), HOME.address)

    # --- looking ----------------------------------------------------------------------------------------------------

    def log(self, what: str = "") -> list[LogEntry]:
        return [entry for entry in self.office.log() if entry.what.startswith(what)]


class Pair:
    """Two servers of one office, each with its own connection."""

    def __init__(self, path: Path) -> None:
        clock = FixedClock(START)
        url = f"sqlite:{path}/desk.db"
        bootstrap.create_desk(url, Genesis()).close()
        self.one = Reception(bootstrap.open_documents(url, create=True), clock)
        self.two = Reception(bootstrap.open_documents(url, create=True), clock)
        self.one.first()
        self.two.office.refresh()
        self.two.secrets = self.one.secrets

    def close(self) -> None:
        self.one.office.close()
        self.two.office.close()


def stellar(key: Ed25519PrivateKey) -> str:
    """The Stellar address of a key."""
    raw = bytes([6 << 3]) + key.public_key().public_bytes_raw()
    return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode()


def stellar_signature(key: Ed25519PrivateKey, text: str) -> str:
    """A Stellar wallet's signature of a text (SEP-53), in hex."""
    return key.sign(hashlib.sha256(b"Stellar Signed Message:\n" + text.encode()).digest()).hex()


def race(*attempts: Callable[[], Any], racers: int = RACERS) -> list[Any]:
    """Do the attempts in turn, all at once in many threads; each one's result or error."""
    gate = threading.Barrier(racers)

    def run(number: int) -> Any:
        gate.wait(30)
        try:
            return attempts[number % len(attempts)]()
        except HoldfastError as error:
            return error

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))


def won(results: list[Any]) -> list[Any]:
    """What succeeded."""
    return [result for result in results if not isinstance(result, HoldfastError)]
