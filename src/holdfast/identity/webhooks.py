"""Webhooks: where records are sent, how far each endpoint has come, and when it is tried again.

An endpoint gets its records in the journal's order, one after another, each until it is taken (2xx). A record's id is
the same at every attempt, also when it is sent again because somebody asked for a range: receivers keep each id once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from msgspec import Struct, structs

from holdfast.errors import Malformed, Rejected, UnknownWebhook
from holdfast.identity import webhook_signatures
from holdfast.identity.office import Kept, Office
from holdfast.identity.principal import Principal
from holdfast.identity.secret_box import SecretBox
from holdfast.protocol.commands import COMMANDS

RETRIES = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
"""Seconds from a failed attempt to the next; after the last one the endpoint is switched off."""
MOST = 50
"""Endpoints of a desk."""
LEASE = 30
"""Seconds for which one server alone sends to an endpoint, unless it says again that it does."""
OVERLAP = 86_400
"""Seconds for which the old secret signs too after a new one was made."""


class Webhook(Kept, frozen=True, tag="webhook"):
    """An endpoint. `types` are command types or patterns; `secrets` are sealed, the newest first."""

    id: str
    url: str
    types: tuple[str, ...]
    secrets: tuple[str, ...]
    by: str
    created: int
    active: bool = True
    why: str = ""
    old_until: int = 0


class Delivery(Kept, frozen=True, tag="webhook_delivery"):
    """How far an endpoint has come: the last record it took, or what it is being sent again."""

    id: str
    cursor: int
    failures: int = 0
    next_at: int = 0
    error: str = ""
    again: int = 0
    again_upto: int = 0
    server: str = ""
    leased_until: int = 0


class WebhookView(Struct, frozen=True):
    """An endpoint as those see it who keep it: never its secret."""

    id: str
    url: str
    types: tuple[str, ...]
    by: str
    created: int
    active: bool
    why: str
    cursor: int
    failures: int
    next_at: int
    error: str


class WithSecret(Struct, frozen=True):
    """An endpoint with its secret, shown this once."""

    secret: str
    webhook: WebhookView


class Webhooks:
    """The endpoints of an office."""

    def __init__(self, office: Office, box: SecretBox, *, private: bool) -> None:
        """`private`: whether endpoints may be reached without TLS and inside the own network."""
        self._office = office
        self._box = box
        self._private = private
        office.all(Webhook), office.all(Delivery)

    # --- keeping ----------------------------------------------------------------------------------------------------

    def views(self) -> tuple[WebhookView, ...]:
        """All endpoints."""
        return tuple(self.view(found) for found in self._office.all(Webhook).values())

    def get(self, webhook: str) -> Webhook:
        """One endpoint. Raises: UnknownWebhook."""
        found = self._office.get(Webhook, webhook)
        if found is None:
            raise UnknownWebhook(f"There is no webhook {webhook[:60]}.", webhook=webhook[:60])
        return found

    def view(self, webhook: Webhook) -> WebhookView:
        """An endpoint and how far it is."""
        at = self._office.get(Delivery, webhook.id) or Delivery(webhook.id, 0)
        return WebhookView(
            webhook.id, webhook.url, webhook.types, webhook.by, webhook.created, webhook.active, webhook.why,
            at.cursor, at.failures, at.next_at, at.error,
        )  # fmt: skip

    def add(self, by: Principal, url: str, types: Iterable[str], head: int) -> WithSecret:
        """A new endpoint, which gets what happens after record `head`. Raises: Malformed, Rejected (too many)."""
        patterns, secret = _types(types), webhook_signatures.new_secret()
        self._require_url(url)
        with self._office.write() as t:
            if len(t.all(Webhook)) >= MOST:
                raise Rejected(f"A desk has at most {MOST} webhooks.")
            name = secrets.token_hex(6)
            made = Webhook(name, url, patterns, (self._box.seal(secret, name),), by.person, t.now)
            t.put(made, Delivery(name, head))
            t.log("webhook.added", by=by.person, about=name, where=by.address, url=url, types=list(patterns))
        return WithSecret(secret, self.view(made))

    def remove(self, by: Principal, webhook: str) -> None:
        """Send nothing more to an endpoint. Raises: UnknownWebhook."""
        with self._office.write() as t:
            found = self.get(webhook)
            t.delete(Webhook, webhook)
            t.delete(Delivery, webhook)
            t.log("webhook.removed", by=by.person, about=webhook, where=by.address, url=found.url)

    def rotate(self, by: Principal, webhook: str) -> WithSecret:
        """A new secret; for a day the old one signs too. Raises: UnknownWebhook."""
        secret = webhook_signatures.new_secret()
        with self._office.write() as t:
            found = self.get(webhook)
            changed = structs.replace(
                found, secrets=(self._box.seal(secret, webhook), found.secrets[0]), old_until=t.now + OVERLAP
            )
            t.put(changed)
            t.log("webhook.rotated", by=by.person, about=webhook, where=by.address)
        return WithSecret(secret, self.view(changed))

    def replay(self, by: Principal, webhook: str, after: int, upto: int) -> WebhookView:
        """Send the records with after < number <= upto again, before anything new; an endpoint that was switched off
        is switched on.

        Raises: UnknownWebhook, Malformed.
        """
        with self._office.write() as t:
            found, at = self.get(webhook), t.get(Delivery, webhook) or Delivery(webhook, 0)
            upto = min(upto, at.cursor)
            if after > upto:
                raise Malformed(f"after: the endpoint has been sent records up to {at.cursor}.", field="after")
            t.put(
                structs.replace(found, active=True, why=""),
                structs.replace(at, again=after, again_upto=upto, failures=0, next_at=0, error=""),
            )
            t.log("webhook.replayed", by=by.person, about=webhook, where=by.address, after=after, upto=upto)
        return self.view(self.get(webhook))

    def enable(self, by: Principal, webhook: str) -> WebhookView:
        """Switch an endpoint on again; it goes on where it stopped. Raises: UnknownWebhook."""
        return self.replay(by, webhook, 0, 0)

    # --- sending ----------------------------------------------------------------------------------------------------

    def keys(self, webhook: Webhook) -> list[str]:
        """The secrets that sign now, the newest first."""
        kept = webhook.secrets if self._office.now() < webhook.old_until else webhook.secrets[:1]
        return [self._box.open(sealed, webhook.id) for sealed in kept]

    def claim(self, webhook: str, server: str, head: int) -> Delivery | None:
        """How far an endpoint is, if it has something to get now and no other server sends to it."""
        now, at = self._office.now(), self._office.get(Delivery, webhook)
        found = self._office.get(Webhook, webhook)
        if at is None or found is None or not found.active or now < at.next_at:
            return None
        if at.again >= at.again_upto and at.cursor >= head:
            return None
        if at.server != server and now < at.leased_until:
            return None
        with self._office.write() as t:
            at = t.get(Delivery, webhook)
            if at is None or (at.server != server and t.now < at.leased_until):
                return None
            at = structs.replace(at, server=server, leased_until=t.now + LEASE)
            t.put(at)
        return at

    def taken(self, webhook: str, seq: int, *, again: bool) -> None:
        """The endpoint took everything up to this record."""
        with self._office.write() as t:
            at = t.get(Delivery, webhook)
            if at is not None:
                place = {"again": max(seq, at.again)} if again else {"cursor": max(seq, at.cursor)}
                lease = t.now + LEASE
                t.put(structs.replace(at, failures=0, next_at=0, error="", leased_until=lease, **place))

    def failed(self, webhook: str, error: str, *, gone: bool = False) -> None:
        """An attempt failed: it is tried again later, or the endpoint is switched off and the log says so."""
        with self._office.write() as t:
            at, found = t.get(Delivery, webhook), t.get(Webhook, webhook)
            if at is None or found is None:
                return
            over = gone or at.failures >= len(RETRIES)
            wait = 0 if over else RETRIES[at.failures]
            t.put(structs.replace(at, failures=at.failures + 1, next_at=t.now + wait, error=error, leased_until=0))
            if over:
                t.put(structs.replace(found, active=False, why=error))
                t.log("webhook.disabled", by="server", about=webhook, why=error, cursor=at.cursor)

    def wants(self, webhook: Webhook, kind: str) -> bool:
        """Whether records of this type go to the endpoint."""
        return any(fnmatchcase(kind, pattern) for pattern in webhook.types)

    def _require_url(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.hostname and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
        except ValueError:
            usable = False
        schemes = ("https", "http") if self._private else ("https",)
        if not usable or parts.scheme not in schemes or parts.username or parts.fragment or len(url) > 2_000:
            raise Malformed(
                f"url: write {' or '.join(f'{scheme}://' for scheme in schemes)}host/path, without name or password.",
                field="url",
            )


def _types(types: Iterable[str]) -> tuple[str, ...]:
    patterns = tuple(dict.fromkeys(types))
    for pattern in patterns:
        if not any(fnmatchcase(kind, pattern) for kind in COMMANDS):
            raise Malformed(f"types: {pattern[:60]!r} matches no command.", field="types")
    if not 0 < len(patterns) <= 100:
        raise Malformed("types: name 1 to 100 command types, or * for all.", field="types")
    return patterns
