"""Hands the patients of a plan to the workers of one process, a few claimed in one go. Does nothing to a study.

Of studies that take a moment as many are claimed as are done in the next seconds; of others one patient at a time. What
nobody comes to meanwhile goes back, in its place in the plan's order.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from remediate.night.gate import Gate
from remediate.ports import WorkStore
from remediate.records.ledger import BatchRow, Claim

AHEAD_SECONDS, MOST_AHEAD = 2.0, 32
"""As many patients are claimed in one go as all workers here will do in so many seconds, or so many patients."""

LATE_SECONDS = 10.0
"""What was claimed and not begun for so long goes back: another process may be free for it."""

STAY_SECONDS = 1.0
"""Between two looks at whether another worker left something."""


class Handed(NamedTuple):
    """A patient in a worker's hands."""

    claim: Claim
    at: float  # when it was claimed, by the batch's own clock


@dataclass(kw_only=True)
class HandOut:
    """Of one batch; safe for use by several threads."""

    work: WorkStore
    gate: Gate
    batch: BatchRow
    owner: str  # names this process
    lease: timedelta
    is_gone: Callable[[str], bool]  # whether the process that a claim names is known to have ended
    stays: bool  # until other workers are done with the plan too, for what they may leave
    _ahead: deque[Handed] = field(default_factory=deque)
    _claims: int = 0  # made so far
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Handed | None:
        """The next patient; None when nothing is left for this process."""
        while True:
            with self._lock:
                self._let_go(LATE_SECONDS)
                if self._ahead or self._claim():
                    return self._ahead.popleft()
            gone = frozenset(filter(self.is_gone, self.work.owners()))
            if not self.work.take_back(gone) and not self._stay():
                return None

    def let_go(self, seconds: float = 0.0) -> None:
        """What was claimed so many seconds ago, and not begun, is free for others."""
        with self._lock:
            self._let_go(seconds)

    def _claim(self) -> bool:
        self._claims += 1
        workers, at = self.gate.seats.in_use, self.gate.seconds
        claims = self.work.claim(
            self.batch.batch_id,
            f"{self.owner}/{self._claims}",  # the fence may come back after a server failed, and this name does not
            self.lease,
            now=self.gate.clock(),
            most=min(max(self.gate.times.done_within(AHEAD_SECONDS * workers), 1), MOST_AHEAD),
        )
        self._ahead.extend(Handed(claim, at) for claim in claims)
        return bool(claims)

    def _let_go(self, seconds: float) -> None:
        while self._ahead and self.gate.seconds - self._ahead[0].at >= seconds:
            self.work.finish(self._ahead.popleft().claim, done=False, keeps_place=True)

    def _stay(self) -> bool:
        """Wait for a moment while other workers have patients of the plan; False when there is nothing to wait for."""
        if not self.stays or self.gate.over() is not None:
            return False
        if all(owner.startswith(f"{self.owner}/") for owner in self.work.owners(self.batch.plan_id)):
            return False
        with self.gate.away():
            self.gate.switch.wait(STAY_SECONDS)
        return True
