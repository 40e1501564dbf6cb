"""Lets as many workers work on the archive as its pace allows; who waits for something else leaves its seat.

The oldest study goes first: it may be half stored. Measures nothing itself: the edge tells what each exchange took.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from remediate.errors import ArchiveError, LedgerError
from remediate.night.pace import Pace
from remediate.night.pace_words import PaceWhy
from remediate.records.signs import PaceReason
from remediate.texts.language import Sentence

MANY = 10_000
SLICE_SECONDS = 0.5
"""Between two looks at whether waiting is to end."""
LOOK_EVERY, ECHO_EVERY = 1.0, 15.0
"""Seconds between two looks at pace and ceilings, and between two C-ECHOs."""
_OTHERS = PaceWhy(
    PaceReason.OTHERS_HAVE_ALL,
    Sentence(
        "Nothing goes here: other workers have all associations that the archive may be given.",
        "Hier loopt niets: andere workers hebben alle associaties die het archief mag krijgen.",
    ),
)


class Seats:
    """Of one batch; safe for use by several threads. A thread that has no seat may leave it, and nothing happens."""

    def __init__(self, pace: Pace | None = None, steady: Callable[[], float] = time.monotonic) -> None:
        """Without a pace nobody waits."""
        self._pace = pace or Pace(MANY, steady(), fixed=True)
        self._steady = steady
        self._numbers: dict[int, int] = {}  # of the studies at work, by thread: the lowest began first
        self._waiting: set[int] = set()
        self._last = 0
        self._ours = MANY  # of the archive's seats, where other processes work on it too
        self.absences = 0  # times that the archive began to refuse everything
        self.taken = 0  # objects that the archive took
        self._free = threading.Condition()

    def take(self, ends: Callable[[], bool]) -> bool:
        """Wait for a seat for a new study; False when waiting is to end."""
        with self._free:
            self._last += 1
            number = self._last
        return self._sit(number, ends)

    def give_way(self, ends: Callable[[], bool]) -> bool:
        """Let those go first who wait; False when waiting is to end. One who has no seat needs none."""
        with self._free:
            is_seated, is_wanted = threading.get_ident() in self._numbers, bool(self._waiting)
        if not is_seated or not is_wanted:
            return True
        self.leave()
        return self.take(ends)

    def leave(self) -> None:
        """The study is done with."""
        self._rise()

    @contextlib.contextmanager
    def away(self, ends: Callable[[], bool]) -> Iterator[None]:
        """Without a seat for the length of the block, and then with one again, before all younger studies; without
        one when waiting is to end, for what was begun has to be concluded."""
        number = self._rise()
        try:
            yield
        finally:
            if number is not None:
                self._sit(number, ends)

    def keep(self, ends: Callable[[], bool]) -> None:
        """Between two objects: while there are too many, the youngest studies wait for the others."""
        with self._free:
            number = self._numbers.get(threading.get_ident())
            older = sum(other < number for other in self._numbers.values()) if number is not None else 0
            is_asked = not self._pace.is_away and older < min(self._pace.allowed, self._ours)
        if number is not None and not is_asked:
            with self.away(ends):
                pass

    def _sit(self, number: int, ends: Callable[[], bool]) -> bool:
        with self._free:
            self._waiting.add(number)
        try:
            while not ends():
                with self._free:
                    if self._is_next(number) or (self._free.wait(SLICE_SECONDS) and self._is_next(number)):
                        self._numbers[threading.get_ident()] = number
                        self._pace.busy(len(self._numbers), self._steady())
                        return True
            return False
        finally:
            with self._free:
                self._waiting.discard(number)
                self._free.notify_all()

    def _is_next(self, number: int) -> bool:
        """Within the lock."""
        at_work = len(self._numbers)
        is_free = at_work < self._ours and number == min(self._waiting)
        return is_free and self._pace.admits(at_work, self._steady())

    def _rise(self) -> int | None:
        with self._free:
            number = self._numbers.pop(threading.get_ident(), None)
            if number is not None:
                self._pace.busy(len(self._numbers), self._steady())
                self._free.notify_all()
        return number

    # What the edge tells.

    def moved(self, what: str, nbytes: int, seconds: float) -> None:
        """One object came or went."""
        self._tell(lambda at: self._pace.moved(what, nbytes, seconds, at))

    def stored(self) -> None:
        """The archive took an object."""
        with self._free:
            self.taken += 1

    def echoed(self, seconds: float) -> None:
        """A C-ECHO over an association of its own was answered."""
        self._tell(lambda at: self._pace.echoed(seconds, at))

    def refused(self, told: Sentence) -> None:
        """The archive let nobody in, broke off, had no room or did not answer in time."""
        self._tell(lambda at: self._pace.refused(told, at))

    def limit(self, ceiling: int) -> None:
        """Another ceiling from now on."""
        self._tell(lambda at: self._pace.limit(ceiling, at))

    def share(self, ceiling: int, ours: int) -> None:
        """Of a ceiling over all processes so many seats are for this one; none while the others have them all."""
        with self._free:
            if self._ours != ours:
                self._ours = ours
                self._free.notify_all()
        self.limit(min(ceiling, max(ours, 1)))

    @property
    def in_use(self) -> int:
        """How many studies have a seat."""
        with self._free:
            return len(self._numbers)

    def look(self) -> None:
        """Time passed."""
        self._tell(self._pace.look)

    def _tell(self, tell: Callable[[float], object]) -> None:
        """And wake who waits, where more may work than before."""
        with self._free:
            before = self._pace.allowed, self._pace.is_away
            tell(self._steady())
            after = self._pace.allowed, self._pace.is_away
            self.absences += after[1] > before[1]
            if before != after:
                self._free.notify_all()

    # What is shown.

    def told(self) -> tuple[int, PaceWhy]:
        """How many may work at this moment, and why."""
        with self._free:
            if not self._ours:
                return 0, _OTHERS
            return (0 if self._pace.is_away else self._pace.allowed), self._pace.reason

    @property
    def is_away(self) -> bool:
        """Whether the archive refuses everything, and is only asked now and then."""
        return self._pace.is_away

    @property
    def settled(self) -> int | None:
        """The number that is known to be good; None where it was set, which tells nothing."""
        return self._pace.settled


@contextlib.contextmanager
def watching(seats: Seats, limits: Callable[[], object], echo: Callable[[], object] | None = None) -> Iterator[None]:
    """Threads let time pass, heed the ceilings and ask for a C-ECHO now and then, for the length of the block.

    `echo` raises `ArchiveError` where none is answered: whoever works hears that as well. Nobody waits for its end.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_EVERY):
            with contextlib.suppress(LedgerError):  # whoever writes what was done will say so
                limits()
            seats.look()

    def listen() -> None:
        while echo is not None and not over.wait(ECHO_EVERY):
            if seats.is_away:
                continue  # it is asked by who has work for it
            begun = time.monotonic()
            with contextlib.suppress(ArchiveError):
                echo()
                seats.echoed(time.monotonic() - begun)

    threads = [threading.Thread(target=each, name="pace", daemon=True) for each in (watch, listen)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        threads[0].join()
