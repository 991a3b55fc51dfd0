"""Requests over many connections at once, each waiting for its own answer: requests per second and waiting times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

Request = Callable[[int, int], bytes]
"""The bytes of one connection's n-th request."""


class Load(NamedTuple):
    """What came of it: requests a second, and milliseconds that 99 of 100 waited at most."""

    rate: float
    late: float


def http(method: str, path: str, token: str = "", body: bytes = b"", key: str = "") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run(port: int, connections: int, each: int, request: Request) -> Load:
    """Send `each` requests over each of the connections. Raises: RuntimeError for an answer that is not 200."""
    return asyncio.run(_run(port, connections, each, request))


async def _run(port: int, connections: int, each: int, request: Request) -> Load:
    waits: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(_connection(port, number, each, request, waits) for number in range(connections)))
    seconds = time.perf_counter() - start
    waits.sort()
    return Load(connections * each / seconds, waits[int(len(waits) * 0.99)] * 1_000)


async def _connection(port: int, number: int, each: int, request: Request, waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for turn in range(each):
            start = time.perf_counter()
            writer.write(request(number, turn))
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            body = await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
            waits.append(time.perf_counter() - start)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{head[:60]!r}: {body[:300]!r}")
    finally:
        writer.close()


async def _stream(port: int, token: str, opened: list[int], ready: asyncio.Event, wanted: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        writer.write(http("GET", "/v1/events", token))
        await reader.readuntil(b"\r\n\r\n")
        opened[0] += 1
        if opened[0] == wanted:
            ready.set()
        while await reader.read(2**20):
            pass  # what is told is looked at in the tests; here the client should cost little
    finally:
        writer.close()


async def _streams(port: int, token: str, number: int, meanwhile: Callable[[], Load]) -> Load:
    opened, ready = [0], asyncio.Event()
    tasks = [asyncio.create_task(_stream(port, token, opened, ready, number)) for _ in range(number)]
    try:
        async with asyncio.timeout(60):
            await ready.wait()
        return await asyncio.to_thread(meanwhile)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def with_streams(port: int, token: str, number: int, meanwhile: Callable[[], Load]) -> Load:
    """The same load while `number` event streams are open."""
    return asyncio.run(_streams(port, token, number, meanwhile))
