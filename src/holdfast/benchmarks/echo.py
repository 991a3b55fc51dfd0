"""A bare echo of the same framework: what a request costs before the desk has done anything. See `bench --server`."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    message: Any = await receive()
    body: bytes = message.get("body", b"")
    size = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", size)]
    start: Any = {"type": "http.response.start", "status": 200, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def main() -> None:
    """Serve on the port that the first argument names."""
    app = Litestar([asgi("/echo", copy_scope=False)(_echo)], openapi_config=None, logging_config=None)
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off", ws="none")


if __name__ == "__main__":
    main()
