"""The cautious beginning of a plan: few studies are written until those are verified. Reading may go ahead of it.

Knows neither archive nor ledger. A worker whose study is read and judged waits here until the step has room; where
several processes work on the plan, one of them makes the beginning for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from remediate.night.gate import StopSwitch
from remediate.night.seats import SLICE_SECONDS
from remediate.reasons.study import StopReason


class Ramp:
    """Steps of so many studies each; the next step begins when all of one were written without trouble.

    After the last step nothing is held back. Safe for use by several threads.
    """

    def __init__(
        self, steps: Sequence[int], switch: StopSwitch, *, done: int = 0, behind: Callable[[], int | None] | None = None
    ) -> None:
        """`done` studies were written without trouble before, in earlier batches of the plan. `behind` says so of a
        later moment, and None while another process makes the beginning."""
        self._all = tuple(steps)
        self._behind = behind
        self._begin(done)
        self._switch = switch
        self._writing: set[str] = set()
        self._troubled = False
        self._changed = threading.Condition()

    def _begin(self, done: int) -> None:
        self._steps = list(self._all)
        while self._steps and done >= self._steps[0]:
            done -= self._steps.pop(0)
        if self._steps:
            self._steps[0] -= done
        self._room = self._steps.pop(0) if self._steps else None  # None: the ramp is over

    def enter(self, study_uid: str, seconds: float) -> bool:
        """Wait so long at most until this study may be written; False when it may not yet, or the batch stops. Entering
        twice counts once."""
        until = time.monotonic() + seconds
        with self._changed:
            while not self._switch.stopped:
                self._follow()
                if self._room is None or study_uid in self._writing:
                    return True
                if self._room and self._behind is None:
                    self._room -= 1
                    self._writing.add(study_uid)
                    return True
                if (left := until - time.monotonic()) <= 0:
                    break
                self._changed.wait(min(left, SLICE_SECONDS))
        return False

    def _follow(self) -> None:
        """Ask whether another process still makes the beginning; within the lock."""
        if self._room and self._behind is not None and (done := self._behind()) is not None:
            self._behind = None
            self._begin(done)

    def leave(self, study_uid: str, *, troubled: bool) -> None:
        """The study ended. Trouble with one that was written stops the batch at the step's end; one that was never
        begun, or could not be read, says nothing of what writing does, and the breaker counts it."""
        with self._changed:
            if self._room is None or study_uid not in self._writing:
                return
            self._writing.remove(study_uid)
            self._troubled = self._troubled or troubled
            if not self._room and not self._writing:
                self._end_step()
            self._changed.notify_all()

    def _end_step(self) -> None:
        if self._troubled:
            self._switch.stop(StopReason.RAMP_FAILED)
        self._room = self._steps.pop(0) if self._steps else None
