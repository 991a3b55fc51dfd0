"""The desk as callers see it: submit, preview, read. One writer, many commands to a commit, none answered before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock, RLock
from typing import NamedTuple

from holdfast.engine import answering, machine, snapshot
from holdfast.engine import genesis as genesis_module
from holdfast.engine.answering import Stopped
from holdfast.engine.following import Follower, Followers, Guard
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import (
    Head,
    Problem,
    Receipt,
    Row,
    chained,
    encode_entry,
    make_receipt,
    unrecorded,
    unrecorded_problem,
)
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import Progress, cut_short, fold_row, open_genesis, rebuild
from holdfast.errors import (
    CommandIdReused,
    Corrupt,
    Malformed,
    NotCarriedOut,
    TimeReversed,
    Unavailable,
)
from holdfast.primitives.clock import Clock, format_instant
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State

MAX_BATCH = 1_000
"""Commands that one commit takes at most; the rest wait for the next."""

SNAPSHOT_AFTER = 50_000
"""Records since the last snapshot from which on closing keeps a new one."""


class Submission(NamedTuple):
    """A command; in scenarios and simulations the second at which it happens; and who may still stop it."""

    command: Command
    at: int | None = None
    guard: Guard | None = None


class _Waiting:
    """A caller in line; `turn` is released when there is an answer, or when it is this caller's turn to lead."""

    __slots__ = ("error", "leads", "receipt", "submission", "turn")

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.receipt: Receipt | None = None
        self.error: BaseException | None = None
        self.leads = False
        self.turn = Lock()
        self.turn.acquire()


class Service:
    """One desk on one store. Safe to call from many threads.

    `clock` gives the second at which a command happens that states none; without a clock it is the desk's present one.
    Several services, in one process or many, may share a store: each catches up before it decides.
    """

    def __init__(self, store: JournalStore, clock: Clock | None = None, progress: Progress | None = None) -> None:
        self.store = store
        self.genesis = open_genesis(store)
        self._clock = clock
        self._lock = RLock()
        self._line: deque[_Waiting] = deque()
        self._line_lock = Lock()
        self._led = False
        self._state: State | None = None
        self.head = Head(0, b"")
        self.corruption: Corrupt | None = None
        with self._lock:
            self._open(progress)
        self._followers = Followers(self.head.seq)

    @classmethod
    def create(cls, store: JournalStore, genesis: Genesis, clock: Clock | None = None) -> Service:
        """Make a new desk in an empty store and open it.

        Raises: DeskExists if there is one already, Malformed for a genesis that does not fit.
        """
        store.create(genesis_module.check(genesis).encoded())
        return cls(store, clock)

    @property
    def state(self) -> State:
        """The present state, to be read only, and under `lock` where other threads write."""
        with self._lock:
            return self._current()

    @property
    def at_hand(self) -> bool:
        """Whether the state is in memory; after a failed commit the next who asks for it reads the journal."""
        return self._state is not None

    @property
    def lock(self) -> RLock:
        """Held while the state changes; hold it to read several things at one moment."""
        return self._lock

    def follow(self, follower: Follower) -> None:
        """Let somebody keep up with the journal, from the present record on."""
        with self._lock:
            self._current()
            self._tell_followers()  # first: what those before him were not told yet is not for him
            self._followers.add(follower)

    def unfollow(self, follower: Follower) -> None:
        """Tell this follower nothing any more."""
        with self._lock:
            self._followers.remove(follower)

    def submit(self, command: Command, at: int | None = None, guard: Guard | None = None) -> Receipt:
        """Carry out one command together with those of all other callers who wait: one commit for all of them.

        Raises: Unavailable (retry with the same id: it is done at most once), Corrupt (the desk takes no commands).
        """
        mine = _Waiting(Submission(command, at, guard))
        with self._line_lock:
            self._line.append(mine)
            mine.leads, self._led = not self._led, True
        if not mine.leads:
            try:
                mine.turn.acquire()
            except BaseException:
                self._leave(mine)
                raise
        if mine.receipt is None and mine.error is None:
            self._lead()
        if mine.receipt is None:
            raise mine.error or Unavailable("The command was not carried out; send it again with the same id.")
        return mine.receipt

    def submit_many(self, submissions: Sequence[Submission], *, atomic: bool = False) -> list[Receipt]:
        """Carry out commands in their order, in one commit; receipts in the same order.

        Each counts for itself. With `atomic` it is all or none: once one is refused, the others are answered
        `not_carried_out`, nothing is recorded and no id is used up.
        """
        with self._lock:
            return self._execute(submissions, atomic=atomic)

    def preview(self, command: Command, at: int | None = None, guard: Guard | None = None) -> Receipt:
        """The answer that the command would get now; nothing is kept."""
        return self.foresee(command, at, guard)[0]

    def foresee(
        self, command: Command, at: int | None = None, guard: Guard | None = None
    ) -> tuple[Receipt, Outcome | None]:
        """The answer that the command would get now with all its effects, None where it is refused; nothing is kept."""
        with self._lock:
            state = self._current()
            try:
                now = self._moment(state, at)
                answer = answering.answer(state, command, now, guard)
            except (Malformed, TimeReversed, Stopped) as refusal:
                return unrecorded(command.id, refusal.reason if isinstance(refusal, Stopped) else refusal), None
            if isinstance(answer, Problem):
                return unrecorded_problem(command.id, answer), None
            told = format_instant(now)
            return Receipt(command.id, at=told, status="applied", result=answer.result, events=answer.events), answer

    def catch_up(self) -> None:
        """Take over what other processes have written since."""
        with self._lock:
            state = self._current()
            for row in self.store.rows(after=self.head.seq):
                fold_row(state, self.head.digest, row)
                self.head = Head(row.seq, row.digest)
            self._tell_followers()

    def save_snapshot(self) -> None:
        """Keep the present state as a shortcut for the next opening."""
        with self._lock:
            state = self._current()
            if self.corruption is None and state.seq:
                self.store.save_snapshot(self.head, snapshot.dump(state))

    def close(self) -> None:
        """Let go of the store; everything answered is durable already. After many records a snapshot is kept."""
        with self._lock:
            try:
                kept = self.store.snapshot(self.head.seq)
                if self._state is not None and self.head.seq - (kept.head.seq if kept else 0) >= SNAPSHOT_AFTER:
                    self.save_snapshot()
            except (Unavailable, Corrupt):
                pass  # a snapshot is only a shortcut
            finally:
                self.store.close()

    def _open(self, progress: Progress | None = None) -> State:
        state, self.head, broken = rebuild(self.store, progress=progress)
        self._state, self.corruption = state, self.corruption or broken or cut_short(self.store)
        return state

    def _tell_followers(self) -> None:
        """Tell those who follow of records that this process did not decide."""
        known = self._followers.seq
        if known < self.head.seq:
            self._followers.catch_up(self.store.rows(after=known, upto=self.head.seq), self.head.seq)

    def _current(self) -> State:
        state = self._state
        if state is None:
            state = self._open()
            self._tell_followers()
        return state

    def _lead(self) -> None:
        """Answer everybody in line, this caller first; then the next in line leads, if there is one."""
        with self._line_lock:
            batch = [self._line.popleft() for _ in range(min(len(self._line), MAX_BATCH))]
        try:
            with self._lock:
                receipts = self._execute([waiting.submission for waiting in batch])
            for waiting, answer in zip(batch, receipts, strict=True):
                waiting.receipt = answer
        except BaseException as error:
            interrupted = Unavailable("The desk was interrupted; send the command again with the same id.")
            for waiting in batch:
                waiting.error = error if isinstance(error, Exception) else interrupted
            if not isinstance(error, Exception):
                raise
        finally:
            for waiting in batch[1:]:
                waiting.turn.release()
            with self._line_lock:
                self._hand_on()

    def _hand_on(self) -> None:
        self._led = bool(self._line)
        if self._led:
            self._line[0].leads = True
            self._line[0].turn.release()

    def _leave(self, mine: _Waiting) -> None:
        """A caller waits no longer (Ctrl-C); if it was his turn to lead by now, it is the next one's."""
        with self._line_lock:
            if mine in self._line:
                self._line.remove(mine)
            if mine.leads:
                self._hand_on()

    def _execute(self, submissions: Sequence[Submission], *, atomic: bool = False) -> list[Receipt]:
        state = self._current()
        if self.corruption is not None:
            raise self.corruption
        began = False
        try:
            head = self.store.begin([submission.command.id for submission in submissions])
            began = True
            self._catch_up_to(state, head)
            if atomic:
                state = state.branch()
            receipts, rows = self._decide_all(state, submissions, atomic=atomic)
            if rows:
                self.store.append(rows)
                self.store.commit()
                self._state, self.head = state, Head(rows[-1].seq, rows[-1].digest)
                self._followers.settle(self.head.seq)
            elif any(answer.replayed for answer in receipts):
                self.store.commit()  # the first answer may never have come; now it is as safe as any other
            else:
                self.store.rollback()
        except BaseException as error:
            self.store.rollback()
            self._followers.drop()
            if began:
                self._state = None  # what was applied in memory was not kept: the journal tells where we are
            if isinstance(error, Corrupt):
                self.corruption = error
            raise
        return receipts

    def _catch_up_to(self, state: State, head: Head) -> None:
        if head != self.head:
            if head.seq <= self.head.seq:
                raise Corrupt(f"the journal ends at record {head.seq} but was seen at record {self.head.seq}")
            self.catch_up()
        else:
            self._tell_followers()  # of what a commit in doubt turned out to be

    def _decide_all(
        self, state: State, submissions: Sequence[Submission], *, atomic: bool
    ) -> tuple[list[Receipt], list[Row]]:
        used = self.store.find([submission.command.id for submission in submissions])
        fresh: dict[str, Row] = {}
        receipts: list[Receipt] = []
        rows: list[Row] = []
        digest = self.head.digest
        for command, at, guard in submissions:
            try:
                if command.id in used or command.id in fresh:
                    earlier = fresh.get(command.id) or self.store.row(used[command.id])
                    first = answering.replayed(earlier, command)
                    if atomic and first.error:
                        return self._refuse_all(submissions, first)
                    receipts.append(first)
                    continue
                now = self._moment(state, at)
                answer = answering.answer(state, command, now, guard)
                if atomic and type(answer) is Problem:
                    return self._refuse_all(submissions, unrecorded_problem(command.id, answer))
            except (Malformed, CommandIdReused, TimeReversed, Stopped) as refusal:
                refused = unrecorded(command.id, refusal.reason if isinstance(refusal, Stopped) else refusal)
                if atomic:
                    return self._refuse_all(submissions, refused)
                receipts.append(refused)
                continue
            seq = state.seq + 1
            body = encode_entry(seq, now, machine.RULES_VERSION, command, answer)
            digest = chained(digest, body)
            row = Row(seq, now, command.id, body, digest)
            if type(answer) is Outcome:
                machine.apply(state, answer, seq, now)
            else:
                state.seq, state.now = seq, now
            fresh[command.id] = row
            rows.append(row)
            self._followers.take(row, command, answer)
            receipts.append(make_receipt(row, answer))
        return receipts, rows

    def _refuse_all(self, submissions: Sequence[Submission], refused: Receipt) -> tuple[list[Receipt], list[Row]]:
        """The answers of an atomic bulk of which one is refused."""
        self._followers.drop()
        why = NotCarriedOut(f"{refused.id} was refused, and with it the whole bulk.", id=refused.id)
        answers = [unrecorded(submission.command.id, why) for submission in submissions]
        answers[[submission.command.id for submission in submissions].index(refused.id)] = refused
        return answers, []

    def _moment(self, state: State, at: int | None) -> int:
        """The second at which a command happens: never before the desk's present one."""
        if at is None:
            return state.now if self._clock is None else max(state.now, self._clock())
        if at < state.now:
            raise TimeReversed(
                f"at is {format_instant(at)}, the desk is at {format_instant(state.now)} already.", field="at"
            )
        return at
