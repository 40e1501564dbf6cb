"""How far a command is, on stderr: a bar on a terminal, else an occasional line. Counts nothing by itself."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol

from tqdm import tqdm

EVERY_SECONDS = 600.0
"""Between two lines; a tenth of the whole is told sooner, but never within `SOONEST_SECONDS`."""
SOONEST_SECONDS = 60.0


class ProgressBar(Protocol):
    """What commands tell of; as tqdm has it."""

    n: float
    total: float | None

    def update(self, n: float = 1) -> object:
        """So many more."""

    def set_description(self, desc: str) -> object:
        """What is worked on now."""

    def set_postfix_str(self, s: str) -> object:
        """How the last one ended."""

    def __enter__(self) -> Any: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


def bar(*, total: int | None, unit: str, what: str) -> ProgressBar:
    """On a terminal; gone when the work is done."""
    made: ProgressBar = tqdm(total=total, unit=f" {unit}", desc=what, file=sys.stderr, leave=False, dynamic_ncols=True)
    return made


class Lines:
    """Where nobody looks on: a line now and then, so that whoever reads the log later sees how the night went.

    Safe for use by several threads. `amount` says how much of how much, `more` what else is known at that moment.
    """

    def __init__(
        self,
        *,
        total: int | None,
        amount: Callable[[float, float | None], str],
        what: str,
        moment: Callable[[datetime], str],
        say: Callable[[str], object],
        more: Callable[[], str] = str,
    ) -> None:
        self.total: float | None = total
        self.n: float = 0
        self._amount, self._what, self._moment = amount, what, moment
        self._more, self._say = more, say
        self._told_at, self._told = time.monotonic(), 0.0
        self._lock = threading.Lock()

    def update(self, n: float = 1) -> None:
        """So many more; says so when it is time."""
        with self._lock:
            self.n += n
            passed = time.monotonic() - self._told_at
            tenth = bool(self.total) and self.n - self._told >= float(self.total or 0) / 10
            if passed < (SOONEST_SECONDS if tenth else EVERY_SECONDS):
                return
            self._told_at, self._told = time.monotonic(), self.n
            line = self._line()
        self._say(line)

    def _line(self) -> str:
        done, more = self._amount(self.n, self.total), self._more()
        return f"{self._moment(datetime.now(UTC))}  {self._what}: {done}{f', {more}' if more else ''}"

    def set_description(self, desc: str) -> None:
        """What is worked on now."""
        with self._lock:
            self._what = desc

    def set_postfix_str(self, s: str) -> None:
        """A line says nothing of a single one."""

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """What was done, the command itself says."""
