"""Static files: read and compressed once, at addresses with the hash of them all, so that browsers keep them."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static"

KINDS = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}

STYLES = "terminal.css"
"""All of `css/*.css` in the order of their names, as one file."""


class File(NamedTuple):
    """One file as it is sent."""

    kind: bytes
    body: bytes
    zipped: bytes | None


class Files:
    """All static files of the package."""

    def __init__(self, folder: Path = FOLDER) -> None:
        bodies = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in KINDS
        }
        styles = [name for name in bodies if name.startswith("css/")]
        bodies[STYLES] = b"\n".join(bodies.pop(name) for name in styles)
        digest = hashlib.sha256()
        for name, body in bodies.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
        self.hash = digest.hexdigest()[:16]
        self._files = {name: _file(name, body) for name, body in bodies.items()}

    def address(self, name: str) -> str:
        """Where a file is. Raises: KeyError for one that there is not."""
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.hash}/{name}"

    def find(self, path: str) -> File | None:
        """The file at an address; those of another version are not there any more."""
        hash_, _, name = path.removeprefix("/static/").partition("/")
        return self._files.get(name) if hash_ == self.hash else None


def _file(name: str, body: bytes) -> File:
    zipped = gzip.compress(body, 9, mtime=0)
    return File(KINDS[Path(name).suffix], body, zipped if len(zipped) < len(body) else None)
