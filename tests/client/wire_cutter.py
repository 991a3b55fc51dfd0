"""A proxy between a client and a server that cuts connections when it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LOT = 65_536


class WireCutter:
    """Passes bytes on. Of the next `after_request` requests the answer is lost once the server has given it;
    the next `before_request` connections end before anything reaches the server."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.after_request = 0
        self.before_request = 0
        self.passed = 0
        """Requests whose first bytes went to the server."""
        self.cut = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, run: object, *given: object) -> None:
        thread = threading.Thread(target=run, args=given, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.before_request:
                    self.before_request -= 1
                    self.cut += 1
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                self._open += [client, server]
                self._start(self._forth, client, server)
                self._start(self._back, client, server)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(LOT):
                self.passed += piece[:5] in (b"POST ", b"GET /", b"PUT /", b"DELET")
                server.sendall(piece)
        self._end(client, server)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(LOT):
                if self.after_request:
                    self.after_request -= 1
                    self.cut += 1
                    break
                client.sendall(piece)
        self._end(client, server)

    @staticmethod
    def _end(*both: socket.socket) -> None:
        for one in both:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut_all(self) -> None:
        """End every connection that is open."""
        self._end(*self._open)

    def close(self) -> None:
        """Take no more connections, end all."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()


@contextmanager
def wire_cutter(url: str) -> Iterator[WireCutter]:
    """A proxy before the server at `url`."""
    host, _, port = url.removeprefix("http://").partition(":")
    made = WireCutter((host, int(port)))
    try:
        yield made
    finally:
        made.close()
