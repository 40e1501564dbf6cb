"""Whether work may go on, and when a night ends: window, deadline, operator, signal, ceilings, breaker.

Touches no archive. Asked before each study and, for what must not wait, before each object.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from remediate.config.execute import ExecuteSettings
from remediate.night.ceilings import apply
from remediate.night.exchange_times import ExchangeTimes
from remediate.night.pulse import Pulse
from remediate.night.seats import SLICE_SECONDS, Seats
from remediate.night.study_times import StudyTimes, Told
from remediate.ports import Clock, ControlStore
from remediate.reasons.study import StopReason
from remediate.records.ledger import RunMode
from remediate.records.signs import Hold
from remediate.window import closes_at, is_open


class StopSwitch:
    """Set once, by a signal handler or the first serious fault; read everywhere between two objects."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason: StopReason | None = None

    def stop(self, reason: StopReason) -> None:
        """Ask everybody to stop; the first reason stands."""
        if self.reason is None:
            self.reason = reason
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep, unless stopped. True when stopped."""
        return self._event.wait(seconds)

    @property
    def stopped(self) -> bool:
        """Whether anybody asked."""
        return self._event.is_set()


BOOK_SECONDS = 3.0
"""Between two shares of the associations; a ceiling that changes is heeded at once."""

Book = Callable[[int, int], int]
"""Of the associations in use here and the ceiling over all processes: how many are ours."""


@dataclass(kw_only=True)
class Gate:
    """Shared by all workers of one batch, and made when that begins. `quota` counts studies, None is no ceiling."""

    control: ControlStore
    settings: ExecuteSettings
    clock: Clock
    switch: StopSwitch
    steady: Callable[[], float] = time.monotonic  # seconds on a clock that nobody can set
    ignore_window: bool = False
    until: datetime | None = None
    quota: int | None = None
    pulse: Pulse = field(default_factory=Pulse)  # told of what keeps work waiting
    seats: Seats = field(default_factory=Seats)  # as many work at a time as these let
    asked: Callable[[], Mapping[str, float]] = dict  # ceilings that people ask for at this moment
    times: StudyTimes = field(default_factory=lambda: StudyTimes(Told(0, 0)))  # how long a study takes
    exchanges: ExchangeTimes = field(default_factory=ExchangeTimes)  # how long the archive took
    book: Book | None = None  # shares the associations with other processes
    is_forbidden: Callable[[], bool] = lambda: False  # whether another process read back something else than it sent
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._begun, self._started = self.clock(), self.steady()
        self._heeded: Mapping[str, float] | None = None
        self._book_at = self._started
        self.heed_ceilings()

    @property
    def seconds(self) -> float:
        """How long the batch has worked, whatever was done to the clock on the wall."""
        return self.steady() - self._started

    def heed_ceilings(self) -> None:
        """Those that hold at this moment."""
        asked = self.asked()
        if asked != self._heeded:
            ceilings = apply(self.control, self.settings, asked)
            self._book_at = self._started
            self._heeded, self.limits, self._ceiling = asked, ceilings.limits, ceilings.associations
            if self.book is None:
                self.seats.limit(self._ceiling)
        if self.book is not None and self.steady() >= self._book_at:
            self._book_at = self.steady() + BOOK_SECONDS
            self.seats.share(self._ceiling, self.book(self.seats.in_use, self._ceiling))
        if not self.switch.stopped and self.is_forbidden():
            self.switch.stop(StopReason.VERIFICATION_MISMATCH)

    def before_study(self, *, is_kept: bool = False) -> StopReason | None:
        """The reason to stop now; None lets one more study in and counts it. Waits while paused or at a ceiling.

        `is_kept`: its place within the quota was kept before, and is counted.
        """
        while True:
            reason = self.over() if is_kept else self._closed()
            if reason is not None:
                return reason
            if self.control.control() is RunMode.PAUSE:
                self._wait_for_resume()
                continue
            wait = self._take({"studies_per_hour": 1.0})
            if wait == 0.0:
                return None if is_kept else self._admit()
            with self.away():
                self.switch.wait(min(wait, SLICE_SECONDS))

    def keep(self, studies: int) -> int:
        """Keep places within the quota for further studies of a patient in hand, as far as there are any; answers how
        many. Else the patients behind would use up a night's quota, and one that comes first stay half done."""
        with self._lock:
            if self.quota is None:
                return 0
            kept = min(studies, max(self.quota, 0))
            self.quota -= kept
        return kept

    def give_back(self, kept: int) -> None:
        """Places that were kept and not needed."""
        with self._lock:
            if self.quota is not None:
                self.quota += kept

    def sit(self) -> StopReason | None:
        """Wait for a seat for the next study; the reason to stop when there is none any more."""
        return None if self.seats.take(self.is_over) else self.over()

    def next_seat(self) -> StopReason | None:
        """Before a further study of the same patient those of others have their turn, where they wait."""
        return None if self.seats.give_way(self.is_over) else self.over()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """What is waited for in the block is none of the archive's doing: others may have the seat."""
        with self.seats.away(self._let_stand):
            yield

    def _let_stand(self) -> bool:
        """Whether a study in hand waits no longer for a seat: an archive that refuses everything would keep it beyond
        the end of the night."""
        return self.switch.stopped or (self.seats.is_away and self.is_over())

    def has_time_for(self, objects: int | None) -> bool:
        """Whether a study of so many objects, begun now, would be done before work must end."""
        ends = self._ends_at()
        return ends is None or self._latest() + timedelta(seconds=self.times.expected(objects)) <= ends

    def before_begin(self) -> StopReason | None:
        """Why nothing can be begun at this moment, before there is a batch; None when something can."""
        return self._closed()

    def before_object(self, nbytes: int, *, even_if_stopped: bool = False) -> StopReason | None:
        """Wait for the ceilings by object and byte; only a signal or stop ends it before the study is done.

        What puts a study back as it was goes on even then.
        """
        self.seats.keep(self._let_stand)
        while True:
            if self.switch.stopped and not even_if_stopped:
                return self.switch.reason
            wait = self._take({"objects_per_second": 1.0, "objects_per_hour": 1.0, "bytes_per_second": float(nbytes)})
            if wait == 0.0:
                return None
            self.switch.wait(min(wait, SLICE_SECONDS))

    def wait(self, seconds: float) -> None:
        """Sleep in the middle of a study; a signal, the breaker or an operator's `stop` ends it, and then the batch."""
        until = self.steady() + seconds
        with self.away():
            while not self.switch.stopped and (left := until - self.steady()) > 0:
                self.switch.wait(min(left, SLICE_SECONDS))
                if self.control.control() is RunMode.STOP:
                    self.switch.stop(StopReason.STOP_ASKED)

    def report(self, *, failed: bool) -> None:
        """Count failures in a row; too many open the breaker."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= self.settings.breaker:
                self.switch.stop(StopReason.BREAKER)

    def is_over(self) -> bool:
        """Whether work is to end as soon as it can: nothing that failed is tried again then."""
        return self.over() is not None

    def _wait_for_resume(self) -> None:
        with self.away(), self.pulse.holding(Hold.PAUSED):
            while self._closed() is None and self.control.control() is RunMode.PAUSE:
                self.switch.wait(SLICE_SECONDS)

    def _closed(self) -> StopReason | None:
        over = self.over()
        if over is None and self.quota is not None and self.quota <= 0:
            return StopReason.MAX_STUDIES
        return over

    def over(self) -> StopReason | None:
        """Why work is to end, whatever is left of the quota; None while it may go on."""
        if self.switch.stopped:
            return self.switch.reason
        if self.control.control() is RunMode.STOP:
            return StopReason.STOP_ASKED
        if self.until is not None and self._latest() >= self.until:
            return StopReason.UNTIL_REACHED
        if not self.ignore_window and not all(is_open(self.settings.window, moment) for moment in self._moments()):
            return StopReason.WINDOW_CLOSED
        return None

    def _moments(self) -> tuple[datetime, datetime]:
        """Now, by the clock on the wall and by a steady one: one that is set in mid-batch may end the work, and never
        prolongs it."""
        return self.clock(), self._begun + timedelta(seconds=self.seconds)

    def _latest(self) -> datetime:
        return max(self._moments()).astimezone(UTC)

    def _ends_at(self) -> datetime | None:
        """When work must end, in UTC; None where nothing says so."""
        closes = None if self.ignore_window else closes_at(self.settings.window, self._latest())
        return min((moment.astimezone(UTC) for moment in (self.until, closes) if moment is not None), default=None)

    def _admit(self) -> StopReason | None:
        with self._lock:
            if self.quota is not None:
                if self.quota <= 0:
                    return StopReason.MAX_STUDIES
                self.quota -= 1
        return None

    def _take(self, tokens: dict[str, float]) -> float:
        wanted = {name: n for name, n in tokens.items() if getattr(self.limits, name) is not None}
        return self.control.take(wanted, now=self.clock()) if wanted else 0.0


def lease_of(settings: ExecuteSettings) -> timedelta:
    """How long a claim holds without being renewed."""
    return timedelta(seconds=settings.lease_seconds)
