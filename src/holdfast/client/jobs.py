"""Long work on the server: waited for, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from holdfast.client.groups import named
from holdfast.client.problems import error_told
from holdfast.client.requests import Request
from holdfast.client.shapes.policies import Job
from holdfast.client.transport import AsyncTransport, Transport

FIRST_LOOK, LONGEST_LOOK = 0.1, 2.0
"""Seconds between looks: they double, so that short work is not waited for long and long work not asked for often."""

Progress = Callable[[int, int], object]
"""Is told how much is done, and of how much."""


def asked(job: str) -> Request:
    """How far it is."""
    return Request(method="GET", path=f"/v1/jobs/{named(job)}", again=True)


class Jobs:
    """Long work."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def wait(self, job: Job, progress: Progress = lambda done, total: None) -> Job:
        """Wait until it is done; the job with its result. Raises: what it failed with; UnknownJob as NotFound."""
        look = FIRST_LOOK
        while not is_over(job, progress):
            self._transport.sleep(look)
            look = min(look * 2, LONGEST_LOOK)
            job = cast(Job, self._transport.ask(asked(job["id"])))
        return job


class AsyncJobs:
    """Long work."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def wait(self, job: Job, progress: Progress = lambda done, total: None) -> Job:
        """Wait until it is done; the job with its result. Raises: what it failed with."""
        look = FIRST_LOOK
        while not is_over(job, progress):
            await asyncio.sleep(look)
            look = min(look * 2, LONGEST_LOOK)
            job = cast(Job, await self._transport.ask(asked(job["id"])))
        return job


def is_over(job: Job, progress: Progress) -> bool:
    """Whether it is done; tells how far it is. Raises: what it failed with."""
    progress(job["progress"], job["total"])
    error = job["error"]
    if job["status"] == "failed":
        raise error_told(error or {})
    return job["status"] == "done"
