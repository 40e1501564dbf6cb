"""How long a study will take a worker, by how long the last ones took: what may still be begun before work must end.

Knows neither archive nor ledger nor the clock on the wall.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

SLOWEST = 5.0
"""Seconds an object, before anything was measured: a last batch for which the archive was away for hours says nothing
of tonight, and must not keep tonight from measuring."""

LAST = 20
"""Studies by which the next is judged: an archive that got slower is soon seen as it is now."""


class _Took(NamedTuple):
    objects: int
    seconds: float


class StudyTimes:
    """Learns from each study that stored anything; safe for use by several threads.

    `seconds_an_object` is what one worker is thought to need before anything was measured.
    """

    def __init__(self, seconds_an_object: float) -> None:
        self._before = min(seconds_an_object, SLOWEST)
        self._last: deque[_Took] = deque(maxlen=LAST)
        self._lock = threading.Lock()

    def learn(self, objects: int, seconds: float) -> None:
        """A study took so long. One that stored nothing tells nothing."""
        if objects > 0:
            with self._lock:
                self._last.append(_Took(objects, seconds))

    def expected(self, objects: int | None) -> float:
        """Seconds that a study of so many objects will take; one of which nobody knows counts as the average.

        What any study takes besides its objects is in the time of the quickest, and once more in the average of an
        object: rather somewhat too long than too short.
        """
        with self._lock:
            if not self._last:
                return self._before * max(objects or 1, 1)
            number = sum(one.objects for one in self._last)
            each = sum(one.seconds for one in self._last) / number
            quickest = min(one.seconds for one in self._last)
            return quickest + each * (objects if objects is not None else number / len(self._last))
