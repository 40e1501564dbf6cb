"""What ctrl-c does while the program is loaded, and once its command has ended: a line at most, never a traceback."""

from __future__ import annotations

import os
import signal
import sys


def leave_at_once() -> None:
    """From now on, until `hand_back`: nothing was begun, so nothing has to be put right."""
    signal.signal(signal.SIGINT, _leave)


def hand_back() -> None:
    """The command is loaded, and answers itself; what others set stays."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def ignore() -> None:
    """The command has ended and said how."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _leave(_number: int, _frame: object) -> None:
    words = "afgebroken" if "nl" in sys.argv else "broken off"
    os.write(2, f"remediate: {words}.\n".encode())
    os._exit(1)
