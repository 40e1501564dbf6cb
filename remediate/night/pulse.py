"""What a batch does at this moment, for whoever asks from elsewhere; told by its workers. Decides and stops nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from remediate.errors import LedgerError
from remediate.night.pace_words import PaceWhy
from remediate.ports import BatchStore, Clock
from remediate.program_log import Happened, tell
from remediate.records.signs import NOTHING, Doing, Hold
from remediate.texts.language import Sentence

BEAT_SECONDS = 5.0
"""Between two signs of life; one that says something new comes at once."""

PACE_SECONDS = 60.0
"""Between two lines of the program log that tell the pace."""

RECENT_SECONDS = 600.0
"""The last minutes, over which a pace is told."""


class _Waiting(NamedTuple):
    since: datetime
    told: Sentence


class _Ended(NamedTuple):
    at: float  # on the steady clock
    objects: int


def _untold(_hold: Hold, _told: Sentence, _over: bool) -> None:
    """Nobody looks on."""


def _present() -> datetime:
    return datetime.now(UTC)


class Pulse:
    """Of one batch; safe for use by several threads.

    `changed` is set whenever something begins or stops to hold work up. `on_hold` hears of it once when it begins, with
    what the archive answered, and once when it is over.
    """

    def __init__(
        self,
        *,
        clock: Clock = _present,
        steady: Callable[[], float] = time.monotonic,
        until: datetime | None = None,
        ignores_window: bool = False,
        on_hold: Callable[[Hold, Sentence, bool], object] = _untold,
        pace: Callable[[], tuple[int | None, PaceWhy | None]] = lambda: (None, None),
    ) -> None:
        self._clock, self._steady = clock, steady
        self._until, self._ignores_window = until, ignores_window
        self._on_hold = on_hold
        self._pace = pace
        self._studies = self._objects = self._in_hand = 0
        self._began = steady()
        self._paused = 0.0  # seconds, all in all
        self._ended: deque[_Ended] = deque()
        self._held: dict[Hold, _Waiting] = {}
        self._holders: Counter[Hold] = Counter()
        self._lock = threading.Lock()
        self.changed = threading.Event()

    def begin(self) -> None:
        """A study is taken in hand."""
        with self._lock:
            self._in_hand += 1

    def end(self, objects: int) -> None:
        """It is no longer in hand, so many of its objects were stored; also when it was left for later."""
        with self._lock:
            self._in_hand -= 1
            self._studies += 1
            self._objects += objects
            self._ended.append(_Ended(self._working(), objects))
            while self._ended[0].at < self._working() - RECENT_SECONDS:
                self._ended.popleft()

    @contextmanager
    def holding(self, hold: Hold, told: Sentence = NOTHING) -> Iterator[None]:
        """Work of this thread waits for the length of the block."""
        self.hold(hold, told)
        try:
            yield
        finally:
            self.let_go(hold)

    def hold(self, hold: Hold, told: Sentence = NOTHING, *, seconds: float = 0.0) -> None:
        """One worker more waits, for so many seconds already; `told` is what the archive answered."""
        with self._lock:
            self._holders[hold] += 1
            began = self._held.get(hold)
            self._held[hold] = _Waiting(began.since if began else self._clock() - timedelta(seconds=seconds), told)
            paused_since = self._steady()
            if hold is Hold.PAUSED and began is None:
                self._paused -= paused_since
        self.changed.set()
        if began is None:
            tell(Happened.HELD_UP, hold=hold)
            self._on_hold(hold, told, False)

    def tell(self, hold: Hold, told: Sentence) -> None:
        """What was answered meanwhile to a worker that waits."""
        with self._lock:
            if began := self._held.get(hold):
                self._held[hold] = began._replace(told=told)

    def let_go(self, hold: Hold, told: Sentence = NOTHING) -> None:
        """One worker less; `told` is why, where it waited in vain."""
        with self._lock:
            self._holders[hold] -= 1
            over = self._holders[hold] <= 0 and self._held.pop(hold, None) is not None
            if over and hold is Hold.PAUSED:
                self._paused += self._steady()
        if over:
            self.changed.set()
            tell(Happened.GOES_ON, hold=hold)
            self._on_hold(hold, told, True)

    def doing(self) -> Doing:
        """At this moment."""
        at_a_time, why = self._pace()
        with self._lock:
            hold = next((hold for hold in Hold if hold in self._held), None)
            waiting = self._held[hold] if hold else None
            present = self._working()
            recent = [one for one in self._ended if one.at >= present - RECENT_SECONDS]
            return Doing(
                studies=self._studies,
                objects=self._objects,
                in_hand=self._in_hand,
                recent_studies=len(recent),
                recent_objects=sum(one.objects for one in recent),
                recent_seconds=round(min(present, RECENT_SECONDS), 3),
                hold=hold,
                since=waiting.since if waiting else None,
                told=waiting.told if waiting else NOTHING,
                until=self._until,
                ignores_window=self._ignores_window,
                at_a_time=at_a_time,
                pace=why.told if why else NOTHING,
                pace_code=why.code if why else None,
            )

    def _working(self) -> float:
        """Seconds of work since the batch began: without those for which an operator had it wait."""
        present = self._steady()
        paused = self._paused + (present if Hold.PAUSED in self._held else 0.0)
        return present - self._began - paused


IN_VAIN = Sentence("no answer within the time that it had", "geen antwoord binnen de tijd die het had")


class ArchiveEar:
    """Hears of one worker how each exchange with the archive ended, what went wrong or nothing, and of silence in it
    (`remediate.dicom.sockets.Listener`)."""

    def __init__(self, pulse: Pulse, refused: Callable[[Sentence], object] = lambda _: None) -> None:
        """`refused` hears of what went wrong, each time."""
        self._pulse = pulse
        self._refused = refused
        self._waits = False

    def __call__(self, told: Sentence | None) -> None:
        """Between the first that fails and the next that does not, the archive keeps the worker waiting."""
        waits, self._waits = self._waits, bool(told)
        if told:
            self._refused(told)
        if told and waits:
            self._pulse.tell(Hold.ARCHIVE, told)
        elif told:
            self._pulse.hold(Hold.ARCHIVE, told)
        elif waits:
            self._pulse.let_go(Hold.ARCHIVE)

    def silent(self, asked: str, *, seconds: float, allowed: float) -> None:
        """It is no failure yet."""
        self._pulse.hold(Hold.ANSWER, waited_for(asked, allowed), seconds=seconds)

    def heard(self) -> None:
        """The answer, or a part of it."""
        self._pulse.let_go(Hold.ANSWER)

    def gave_up(self) -> None:
        """What that means, the exchange tells when it ends."""
        self._pulse.let_go(Hold.ANSWER, IN_VAIN)


def waited_for(asked: str, allowed: float) -> Sentence:
    """What the archive is to answer, and how long it may take."""
    return Sentence(f"{asked}, for which it has {allowed:.0f} s", f"{asked}, waarvoor het {allowed:.0f} s heeft")


@contextmanager
def beating(batches: BatchStore, batch_id: str, pulse: Pulse, since_boot: Callable[[], float]) -> Iterator[None]:
    """A thread gives signs of life for the length of the block, the last one at its end: that stays. Work never fails
    for want of one."""
    over = threading.Event()

    def beat() -> None:
        told_at = time.monotonic()
        while True:
            pulse.changed.clear()
            is_last = over.is_set()
            with suppress(LedgerError):  # whoever writes what was done will say so
                batches.sign(batch_id, pulse.doing(), steady=since_boot())
            if is_last:
                return
            if time.monotonic() - told_at >= PACE_SECONDS:
                told_at = time.monotonic()
                _tell_pace(batch_id, pulse.doing())
            pulse.changed.wait(BEAT_SECONDS)

    thread = threading.Thread(target=beat, name="life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        pulse.changed.set()
        thread.join()


def _tell_pace(batch_id: str, doing: Doing) -> None:
    pace = doing.recent_objects / max(doing.recent_seconds, 0.001)
    tell(Happened.PACE, batch=batch_id, studies=doing.studies, instances=doing.objects, objects_a_second=pace)
