"""A disk in memory, as a VFS of APSW, on which the power can be cut at any write, sync or deletion.

What was written since a file's last sync is kept apart. At a cut any part of it survives: whole writes, single sectors,
a torn piece of one, or nothing; a truncation may be lost; a file that was never synced may be gone, and a deleted one
may be there again. Reads see all writes, as a page cache shows them; that is why killing a process proves nothing here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random
from typing import Any

import apsw

SECTOR = 512
PATH = "/desk.db"

Write = tuple[int, bytes]
_numbers = itertools.count()

FULL, FSYNC, IO = apsw.SQLITE_FULL, apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR


def error(code: int) -> apsw.Error:
    """What APSW raises for a result code of SQLite."""
    kinds: dict[int, type[apsw.Error]] = {FULL: apsw.FullError}
    made = kinds.get(code, apsw.IOError)(f"injected {code}")
    made.result, made.extendedresult = code & 0xFF, code
    return made


class Content:
    """A file: what is read, what surely survives, and what was changed since the last sync."""

    def __init__(self, kept: bytes = b"", *, linked: bool = False) -> None:
        self.now = bytearray(kept)
        self.kept = bytearray(kept)
        self.since: list[Write | int] = []
        self.linked = linked

    def write(self, data: bytes, offset: int) -> None:
        _put(self.now, data, offset)
        self.since.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.now[size:]
        self.since.append(size)

    def sync(self) -> None:
        self._replay(self.kept, self.since)
        self.since.clear()
        self.linked = True

    def survivors(self, rng: Random) -> bytes:
        """What the disk holds when the power is back."""
        survived: list[Write | int] = []
        share = rng.choice((0, 0, 25, 50, 75, 100))
        for change in self.since:
            if isinstance(change, int):
                survived += [change] if rng.randrange(100) < share else []
                continue
            offset, data = change
            for start in range(0, len(data), SECTOR):
                if rng.randrange(100) < share:
                    torn = rng.randrange(SECTOR) if rng.randrange(20) == 0 else SECTOR
                    survived.append((offset + start, data[start : start + torn]))
        disk = bytearray(self.kept)
        self._replay(disk, survived)
        return bytes(disk)

    @staticmethod
    def _replay(disk: bytearray, changes: list[Write | int]) -> None:
        for change in changes:
            if isinstance(change, int):
                del disk[change:]
            else:
                _put(disk, change[1], change[0])


class Disk:
    """The files; `before` is asked ahead of every write, sync and deletion, and may raise."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = {name: Content(kept, linked=True) for name, kept in (files or {}).items()}
        self.deleted: dict[str, bytes] = {}
        self.operations = 0
        self.cut_at: int | None = None
        self.dead = False
        self.before: Callable[[str, str], None] = lambda what, name: None
        self.vfs = _Vfs(self)

    def step(self, what: str, name: str) -> None:
        self.operations += 1
        if self.cut_at is not None and self.operations >= self.cut_at:
            self.dead = True
        self.alive()
        self.before(what, name)

    def alive(self) -> None:
        if self.dead:
            raise error(IO)

    def after_cut(self, rng: Random) -> Disk:
        """The disk as the next start finds it. What the dead process still does reaches this one no more."""
        left = {name: kept for name, kept in self.deleted.items() if rng.random() < 0.3}
        for name, content in self.files.items():
            if content.linked or rng.random() < 0.5:
                left[name] = content.survivors(rng)
        self.dead, self.cut_at = False, None
        return Disk(left)

    def connect(self, path: str) -> apsw.Connection:
        """For SqliteStore; exclusive, since a VFS in Python has no shared memory for the WAL's index."""
        db = apsw.Connection(PATH, vfs=self.vfs.vfs_name)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        return db


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.vfs_name = f"storm-{next(_numbers)}"
        super().__init__(self.vfs_name, base="")

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, name: str, flags: int) -> bool:
        return name in self.disk.files

    def xDelete(self, name: str, sync_directory: bool) -> None:
        self.disk.step("delete", name)
        gone = self.disk.files.pop(name, None)
        if gone is not None and not sync_directory:
            self.disk.deleted[name] = bytes(gone.kept)

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        path = name if isinstance(name, str) or name is None else name.filename()
        flags[1] = flags[0]
        if path is None:
            return _File(self.disk, "temporary", Content())
        if path not in self.disk.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise error(apsw.SQLITE_CANTOPEN)
            self.disk.alive()
            self.disk.files[path] = Content()
        return _File(self.disk, path, self.disk.files[path])


class _File:
    def __init__(self, disk: Disk, name: str, content: Content) -> None:
        self.disk = disk
        self.name = name
        self.content = content

    def xRead(self, amount: int, offset: int) -> bytes:
        self.disk.alive()
        return bytes(self.content.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.step("write", self.name)
        self.content.write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:
        self.disk.step("truncate", self.name)
        self.content.truncate(size)

    def xSync(self, flags: int) -> None:
        self.disk.step("sync", self.name)
        self.content.sync()
        for content in self.disk.files.values():  # the folder is synced with the first file in it
            content.linked = True
        self.disk.deleted.clear()

    def xFileSize(self) -> int:
        self.disk.alive()
        return len(self.content.now)

    def xLock(self, level: int) -> None:
        """One connection only."""

    def xUnlock(self, level: int) -> None:
        """One connection only."""

    def xCheckReservedLock(self) -> bool:
        return False

    def xClose(self) -> None:
        """Nothing to let go of; closing syncs nothing."""

    def xFileControl(self, operation: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return SECTOR

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


def _put(disk: bytearray, data: bytes, offset: int) -> None:
    if len(disk) < offset:
        disk.extend(bytes(offset - len(disk)))
    disk[offset : offset + len(data)] = data
