"""How long exchanges with the archive took in one batch, by operation: counted in steps, as monitoring reads them.

Knows neither archive nor ledger; nothing is decided by what stands here.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping

STEPS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Seconds up to which an exchange is counted; what took longer is counted under the last, `LONGER`."""
LONGER, MILLISECONDS = "+Inf", "ms"
_PREFIX = "took"


class ExchangeTimes:
    """Safe for use by several threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def took(self, operation: str, seconds: float) -> None:
        """One exchange was answered."""
        at = bisect_left(STEPS, seconds)
        step = f"{STEPS[at]:g}" if at < len(STEPS) else LONGER
        with self._lock:
            self._counts[f"{_PREFIX}:{operation}:{step}"] += 1
            self._seconds[operation] += seconds

    def counts(self) -> dict[str, int]:
        """For the batch's row: exchanges by operation and step, and milliseconds in all."""
        with self._lock:
            whole = {f"{_PREFIX}:{name}:{MILLISECONDS}": round(1000 * took) for name, took in self._seconds.items()}
            return {**self._counts, **whole}


def is_exchange(name: str) -> bool:
    """Whether a count of a batch is one of these."""
    return name.startswith(f"{_PREFIX}:")


def by_operation(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Of all batches together: by operation, by step or `MILLISECONDS`."""
    found: dict[str, dict[str, int]] = {}
    for name, number in sorted(counts.items()):
        if is_exchange(name):
            _, operation, step = name.split(":")
            found.setdefault(operation, {})[step] = number
    return found
