"""A process that forks itself for each command and lets the child be killed -9 at a named step, or after some time.

Reads one JSON request a line, answers one JSON line. Forking spares the start of an interpreter for each of hundreds
of kills; it opens no database, no socket and no thread itself, so that a child begins as any process does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

import remediate.cli.night.execution  # noqa: F401 - imported once, for all children
from remediate.cli.main import invoke
from tests.night.watched import Moment, watched


def _work(request: dict[str, Any]) -> int:
    """In the child: the command, killed by its own hand when the step comes for the n-th time."""
    left = request["nth"]

    def watch(step: str, moment: Moment) -> None:
        nonlocal left
        if (step, moment.value) == (request["step"], request["moment"]):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    with watched(watch):
        return invoke(request["arguments"])


def _child(request: dict[str, Any]) -> None:
    said = os.open(request["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    try:
        code = _work(request)
    except BaseException:  # noqa: BLE001 - a bug belongs in the file, and the child must not live on as the parent
        sys.excepthook(*sys.exc_info())
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _wait(pid: int, seconds: float | None) -> int:
    """The child's wait status; killed from outside when its time is over."""
    if seconds is not None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return status
            time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def main() -> None:
    """Until stdin ends."""
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(request)
        status = _wait(pid, request["seconds"])
        answer = {"killed": os.WIFSIGNALED(status), "code": os.waitstatus_to_exitcode(status)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
