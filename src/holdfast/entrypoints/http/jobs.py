"""Long work that somebody asked for: it runs in a thread, tells how far it is, and keeps its result for a while."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from holdfast.engine.rebuild import Progress
from holdfast.entrypoints.http.readers import LONG, Readers
from holdfast.errors import HoldfastError, NotFound, TooManyRequests

MOST, EACH = 50, 10
"""Jobs that a server keeps, and those of one person; his oldest that are over are forgotten first, then anybody's."""
MOST_RUNNING = LONG
"""Jobs that run at the same time; of one person one."""

Work = Callable[[Progress], Any]


class UnknownJob(NotFound, code="unknown_job"):
    """There is no such job on this server: jobs are the server's that took them, and are forgotten after a while."""


class Job(Struct):
    """A piece of work: how far it is, and what came of it."""

    id: str
    kind: str
    by: str
    status: Literal["running", "done", "failed"] = "running"
    progress: int = 0
    total: int = 0
    result: Any = None
    error: dict[str, Any] | None = None


class Jobs:
    """The jobs of one server."""

    def __init__(self, readers: Readers, log: Any) -> None:
        self._readers = readers
        self._log = log
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, kind: str, by: str, total: int, work: Work) -> Job:
        """Begin a job; `work` is told where to report its progress. Raises: TooManyRequests."""
        running = [job.by for job in self._jobs.values() if job.status == "running"]
        if len(running) >= MOST_RUNNING or by in running:
            raise TooManyRequests("Other long work is running. Try again when it is done.", retry_after=5)
        self._forget([job.id for job in self._jobs.values() if job.by == by], EACH - 1)
        self._forget(list(self._jobs), MOST - 1)
        job = self._jobs.setdefault(name := secrets.token_hex(8), Job(name, kind, by, total=total))
        task = asyncio.create_task(self._run(job, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def get(self, job_id: str, by: str) -> Job:
        """A job of this person. Raises: UnknownJob."""
        job = self._jobs.get(job_id)
        if job is None or job.by != by:
            raise UnknownJob(f"There is no job {job_id[:32]} of yours on this server.")
        return job

    def _forget(self, kept: list[str], most: int) -> None:
        """Of these jobs, the oldest that are over, until there are no more than so many."""
        over = [name for name in kept if self._jobs[name].status != "running"]
        for name in over[: max(len(kept) - most, 0)]:
            del self._jobs[name]

    async def _run(self, job: Job, work: Work) -> None:
        def told(seq: int) -> None:
            job.progress = seq
            self._readers.require_open()

        try:
            job.result = await self._readers.run_long(lambda: work(told))
            job.status, job.progress = "done", job.total
        except HoldfastError as error:
            job.error = {"code": error.code, "message": error.message, "details": dict(error.details)}
            job.status = "failed"
        except Exception:
            self._log.exception("job failed", kind=job.kind)
            job.error = {"code": "internal_error", "message": "The server made a mistake; its log has the details."}
            job.status = "failed"
