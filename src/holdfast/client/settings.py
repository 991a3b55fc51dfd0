"""What a client is made with, the same for both kinds of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import httpx

from holdfast.client.credentials import Credentials, read_signing_key
from holdfast.client.exchanging import Retries, Terms
from holdfast.errors import Malformed
from holdfast.primitives.clock import Clock, system_clock

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=30.0, pool=5.0)
"""Seconds until a connection stands, until an answer comes on (an audit export sends as it reads), until ours is
taken, and until one of our connections is free."""

STREAM_SILENCE = 45.0
"""Seconds of silence after which an event stream is taken for dead: the server says something every 15."""


class Settings:
    """A server's address, who asks there, and how patiently."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        signing_key: bytes | None = None,
        signing_key_file: str | None = None,
        session: str | None = None,
        step_up: Callable[[str], Any] | None = None,
        timeout: float | httpx.Timeout | None = None,
        retries: Retries | None = None,
        clock: Clock = system_clock,
        plain_http: bool = False,
    ) -> None:
        if signing_key_file is not None:
            if signing_key is not None:
                raise Malformed("State the signing key or its file, not both.", field="signing_key_file")
            signing_key = read_signing_key(signing_key_file)
        self.base = base_url(url)
        self.credentials = Credentials(api_key, signing_key, session)
        self.local = _is_here(self.base.host)
        if self.base.scheme == "http" and self.credentials.secret and not (self.local or plain_http):
            raise Malformed(
                f"{self.base}: over plain http everybody on the way could read the key; write https://.", field="url"
            )
        self.timeout = TIMEOUT if timeout is None else httpx.Timeout(timeout)
        self.retries = Retries() if retries is None else retries
        self.step_up = step_up
        self._clock = clock

    @property
    def terms(self) -> Terms:
        """What exchanges go by."""
        agent = f"holdfast-client/{version('holdfast')}"
        return Terms(self.credentials, self.retries, self._clock, self.step_up is not None, agent)

    def options(self) -> dict[str, Any]:
        """How httpx is set up. What the environment says of proxies does not count for this machine's own servers."""
        return {"timeout": self.timeout, "follow_redirects": False, "trust_env": not self.local}

    def url(self, target: str) -> httpx.URL:
        """The whole address of a path and query, exactly as they are signed."""
        return self.base.copy_with(raw_path=self.base.raw_path.rstrip(b"/") + target.encode("ascii"))


def base_url(url: str) -> httpx.URL:
    """A server's address. Raises: Malformed for one that is none, or that holds a name and password."""
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise Malformed("This is no address of a server; write https://desk.example.org.", field="url") from None
    if found.scheme not in ("http", "https") or not found.host or found.query or found.fragment:
        raise Malformed(f"{url[:100]}: write a server's address like https://desk.example.org.", field="url")
    if found.userinfo:
        raise Malformed("The address holds a name or password; leave them out, and send an API key.", field="url")
    if found.path.rstrip("/"):
        raise Malformed(f"{url[:100]}: leave the path out; the API is below /v1 of the address.", field="url")
    return found


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
