"""Structs are read from many threads at once, also for the first time."""

from __future__ import annotations

import subprocess
import sys

import pytest

RACE = """
import sys, threading
from holdfast.wire import struct_kinds

DEFINED = '''
from msgspec import Meta, Struct
from typing import Annotated, Literal
class Inner(Struct, frozen=True):
    amount: Annotated[int, Meta(ge=0)]
    side: Literal["debit", "credit"] = "debit"
class Kind(Struct, frozen=True, tag="kind"):
    id: str
    parts: tuple[Inner, ...] = ()
    named: dict[str, list[Inner]] = {}
'''
sys.setswitchinterval(1e-6)
for _ in range(200):
    names = {"__name__": "holdfast.made_up"}
    exec(DEFINED, names)
    kind, together = names["Kind"], threading.Barrier(3)

    def read():
        together.wait()
        {read}
        assert found.parts[0].amount == 1

    threads = [threading.Thread(target=read) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print("alive")
"""

BODY = """b'{"type":"kind","id":"1","parts":[{"amount":1}]}'"""


@pytest.mark.parametrize(
    "read",
    [
        f"found = struct_kinds.json_reader(kind)({BODY})",
        f"struct_kinds.make_ready(); found = __import__('msgspec').json.decode({BODY}, type=kind)",
    ],
    ids=["json_reader", "make_ready"],
)
def test_first_read_by_three_threads_at_once__the_process_lives(read: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RACE.replace("{read}", read)], check=False, capture_output=True, text=True, timeout=120
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "alive"), ran.stderr[-2_000:]


def test_server__every_struct_is_ready_before_the_first_request() -> None:
    """In a process of its own: here other tests may have made them ready."""
    code = """
import sys, tempfile
from holdfast.entrypoints.http.logs import server_log
from holdfast.entrypoints.http import serving
from holdfast.wire import struct_kinds
from holdfast.settings import ServerSettings
folder = tempfile.mkdtemp()
settings = ServerSettings(db=f"sqlite:{folder}/desk.db", secret_file=f"{folder}/secret")
server = serving.open_server(settings, server_log("text", "error"))
serving.uvicorn_server(server)
print(len(struct_kinds._ready) > 300, struct_kinds.unready())
serving.close(server)
"""
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == "True []", ran.stdout[-2_000:] + ran.stderr[-2_000:]
