"""Sending webhooks: one sender beside the requests, an endpoint at a time in its order, never into our own network."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

import httpx

from holdfast.engine.following import Recorded
from holdfast.engine.journal import Row, recorded_answer
from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http import answers
from holdfast.entrypoints.http.server import Server
from holdfast.errors import HoldfastError, Unavailable
from holdfast.identity import webhook_signatures as signatures
from holdfast.identity.webhooks import Delivery, Webhook
from holdfast.views.activity import activity, seen_by

TIMEOUT = 15.0
"""Seconds that an endpoint has to answer."""
LOT = 200
"""Records that are read at once."""
LOOK_SECONDS = 1.0
"""How often it is looked whether something is to be tried again."""
PACE = 0.05
"""For how long records gather before it is looked who wants them."""
_GONE = 410


class Unreachable(HoldfastError, code="unreachable"):
    """The endpoint cannot be sent to: its address is not allowed, or nothing answers there."""


class Sender:
    """Sends what is due to every endpoint; each has its own task while it has something to get."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._name = secrets.token_hex(8)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._http = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    async def run(self) -> None:
        """Until the server stops."""
        server, told = self._server, asyncio.Event()
        server.feed.when_told(lambda _: told.set())
        try:
            while not server.stopping.is_set():
                told.clear()
                try:
                    await self._look()
                except Unavailable as error:
                    server.log.warning("webhooks wait for the store", error=error.message)
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), LOOK_SECONDS)
                    await asyncio.sleep(PACE)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            await self._http.aclose()

    async def _look(self) -> None:
        await self._server.fresh()
        for webhook in self._server.office.all(Webhook):
            if webhook not in self._busy:
                task = asyncio.create_task(self._send_all(webhook))
                self._busy[webhook] = task
                task.add_done_callback(partial(self._over, webhook))

    def _over(self, webhook: str, _: asyncio.Task[None]) -> None:
        self._busy.pop(webhook, None)

    async def _send_all(self, name: str) -> None:
        """Send to one endpoint until it has everything, or an attempt fails."""
        server, webhooks = self._server, self._server.webhooks
        while not server.stopping.is_set():
            at = await asyncio.to_thread(webhooks.claim, name, self._name, server.feed.seq)
            webhook = server.office.get(Webhook, name)
            if at is None or webhook is None:
                return
            try:
                await self._send_lot(webhook, at)
            except Unreachable as error:
                server.metrics.webhooks.labels("failed").inc()
                gone = error.details.get("status") == _GONE
                await asyncio.to_thread(webhooks.failed, name, error.message, gone=gone)
                return
            except Unavailable as error:
                server.log.warning("webhooks wait for the store", error=error.message)
                return

    async def _send_lot(self, webhook: Webhook, at: Delivery) -> None:
        """The next records, one after another; what was taken is kept at the latest when one is not."""
        again = at.again < at.again_upto
        start, end = (at.again, at.again_upto) if again else (at.cursor, self._server.feed.seq)
        rows = await self._server.readers.read(lambda store: _rows(store, start, min(end, start + LOT)))
        taken = start
        try:
            for row in rows:
                record = Recorded(row, *recorded_answer(row))
                if self._server.webhooks.wants(webhook, str(record.command.__struct_config__.tag)):
                    await self._send(webhook, record)
                    self._server.metrics.webhooks.labels("delivered").inc()
                taken = row.seq
        finally:
            if taken > start:
                keep = self._server.webhooks.taken
                await asyncio.shield(asyncio.to_thread(keep, webhook.id, taken, again=again))

    async def _send(self, webhook: Webhook, record: Recorded) -> None:
        item = activity(record)
        told = {"type": item.type, "timestamp": item.at, "data": seen_by(item, None)}
        await self.post(webhook, f"{webhook.id}-{item.seq}", answers.encode(told))

    async def post(self, webhook: Webhook, message: str, body: bytes) -> None:
        """One attempt. Raises: Unreachable."""
        now = self._server.office.now()
        headers = {
            "content-type": "application/json",
            "user-agent": "holdfast-webhooks",
            signatures.ID_HEADER: message,
            signatures.TIMESTAMP_HEADER: str(now),
            signatures.SIGNATURE_HEADER: signatures.sign(self._server.webhooks.keys(webhook), message, now, body),
        }
        parts = urlsplit(webhook.url)
        host = parts.hostname or ""
        address = await self._address(host, parts.port or (443 if parts.scheme == "https" else 80))
        shown = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        url = parts._replace(netloc=f"{shown}{port}").geturl()
        headers["host"] = parts.netloc
        try:
            names = {"sni_hostname": host.encode("idna").decode()}
            async with (
                asyncio.timeout(TIMEOUT),
                self._http.stream("POST", url, content=body, headers=headers, extensions=names) as reply,
            ):
                status, taken = reply.status_code, reply.is_success  # nothing of its body is read: it may have no end
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise Unreachable(f"{host}: {type(error).__name__}") from None
        if not taken:
            raise Unreachable(f"{host} answered {status}", status=status)

    async def _address(self, host: str, port: int) -> str:
        """The address that is connected to: looked up once and checked, so that the name cannot move in between."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise Unreachable(f"{host}: no such host") from None
        addresses = [str(entry[4][0]) for entry in found]
        if not self._server.settings.webhooks_to_private and not all(map(is_public, addresses)):
            raise Unreachable(f"{host}: its address lies inside a network, which the settings do not allow")
        return addresses[0]


_NAT64, _6TO4 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses of the open internet."""
_NOWHERE = tuple(map(ipaddress.ip_network, ("2001::/23", "3fff::/20", "192.88.99.0/24")))
"""Addresses that Python may hold for public: Teredo and other protocols' own, examples of books, relays of 6to4."""


def is_public(text: str) -> bool:
    """Whether an address lies in the open internet; one that only wraps an IPv4 address counts as that one does.

    Wrapped are IPv4-mapped addresses, those of NAT64 and of 6to4. Refused are also groups (multicast), what is
    reserved, and other ways of translation.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or (address.sixtofour if address in _6TO4 else None)
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if address not in _UNICAST:
            return False
    elif address.is_multicast or address.is_reserved:
        return False
    return address.is_global and not any(address in network for network in _NOWHERE)


def _rows(store: JournalStore, after: int, upto: int) -> list[Row]:
    return list(store.rows(after, upto))


async def send_webhooks(server: Server) -> None:
    """See `Sender`; part of what runs beside the requests."""
    server.sender = Sender(server)
    await server.sender.run()
