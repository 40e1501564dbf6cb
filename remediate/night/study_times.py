"""How long a study will take a worker, by how long the last ones took: what may still be begun before work must end.

Knows no archive and no clock on the wall; of the ledger, what an earlier batch learnt.
"""

from __future__ import annotations

import threading
from collections import deque
from math import ceil
from typing import NamedTuple

from remediate.ports import BatchStore

SLOWEST, SLOWEST_STUDY = 30.0, 600.0
"""Seconds an object, and besides them a study, before anything was measured: a last batch for which the archive was
away for hours says nothing of tonight, and must not keep tonight from measuring."""

LAST = 20
"""Studies by which the next is judged: an archive that got slower is soon seen as it is now."""


class _Took(NamedTuple):
    objects: int
    seconds: float


class Told(NamedTuple):
    """What a study takes one worker, in milliseconds: besides its objects, and each of them."""

    study_ms: int
    object_ms: int


class StudyTimes:
    """Learns from each study that stored anything; safe for use by several threads.

    `before` is what one worker is thought to need before anything was measured, such as an earlier batch learnt.
    """

    def __init__(self, before: Told) -> None:
        self._study = min(before.study_ms / 1000, SLOWEST_STUDY)
        self._object = min(before.object_ms / 1000, SLOWEST)
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
                return self._study + self._object * max(objects or 1, 1)
            study, each = self._measured()
            average = sum(one.objects for one in self._last) / len(self._last)
            return study + each * (objects if objects is not None else average)

    def done_within(self, seconds: float) -> int:
        """How many studies such as the last one worker does in so many seconds; 0 before anything was measured."""
        with self._lock:
            return int(seconds * len(self._last) / max(sum(one.seconds for one in self._last), 1e-3))

    def learnt(self) -> Told | None:
        """For a later batch; None where nothing was measured."""
        with self._lock:
            return Told(*(ceil(1000 * seconds) for seconds in self._measured())) if self._last else None

    def _measured(self) -> tuple[float, float]:
        """Seconds of the quickest study, and of the average object; within the lock."""
        each = sum(one.seconds for one in self._last) / sum(one.objects for one in self._last)
        return min(one.seconds for one in self._last), each


def of_earlier(batches: BatchStore, plan_id: str) -> Told | None:
    """What the last batch learnt that measured anything, of this plan before others; None where none did."""
    measured = [batch for batch in batches.batches() if batch.counts.keys() >= set(Told._fields)]
    last = next((batch for batch in measured if batch.plan_id == plan_id), next(iter(measured), None))
    return None if last is None else Told(*(last.counts[name] for name in Told._fields))
