"""How the operating system tells one process from all others, and what became of it. Reads /proc; ends nothing."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from remediate.records.signs import Fate, Process

_PROC = Path("/proc")
_STATE, _STARTED = 0, 19  # proc(5), /proc/PID/stat: fields 3 and 22, counted behind the name in brackets


def this_process() -> Process:
    """The one that asks."""
    stat = _stat_of(os.getpid())
    return Process(machine=socket.gethostname(), pid=os.getpid(), boot=_boot(), started=stat[_STARTED] if stat else "")


def since_boot() -> float:
    """Seconds on a clock that nobody sets and that counts while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def is_of_this_boot(process: Process) -> bool:
    """Whether its numbers and `since_boot` mean here what they meant there."""
    return bool(process.boot) and process.boot == _boot()


def fate_of(process: Process) -> Fate:
    """What became of it. One of another boot of the same machine cannot be told from one of a namesake."""
    if not process.started or not is_of_this_boot(process):
        return Fate.UNKNOWN
    stat = _stat_of(process.pid)
    if stat is None:
        return Fate.UNKNOWN if _is_there(process.pid) else Fate.GONE
    if stat[_STARTED] != process.started or stat[_STATE] in "ZXx":
        return Fate.GONE
    return Fate.STOPPED if stat[_STATE] in "Tt" else Fate.LIVES


def _stat_of(pid: int) -> list[str] | None:
    """The fields behind the name, which may hold blanks and brackets itself; None when there are none to see."""
    try:
        return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _is_there(pid: int) -> bool:
    """Some machines show nobody the processes of others (proc(5), hidepid), but tell that they may not be signalled."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _boot() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:  # not Linux
        return ""
