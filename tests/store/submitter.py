"""A process that sends deposits to a desk, some under ids that others use as well, and prints what it was answered."""

from __future__ import annotations

import json
import sys

from holdfast import bootstrap
from holdfast.wire import codec


def main(path: str, worker: str) -> None:
    service = bootstrap.open_desk(path)
    for number in range(60):
        name = f"d-shared-{number // 3}" if number % 3 == 0 else f"d-{worker}-{number}"
        command = codec.command("vault.deposit", name, "alice", vault="FLUX", assets="0.5")
        answer = service.submit(command)
        print(json.dumps({"id": name, "seq": answer.seq, "digest": answer.digest, "replayed": answer.replayed}))
    service.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
