"""Gives an archive that has no room for an object time: waits that grow, and are few; sends nothing itself.

Out of resources (A7xx, PS3.4 table B.2-1) says that nothing was kept, so the same object may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential, wait_random

from remediate.records.dicom import StoreResult, StoreVerdict

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 60.0
"""Both with up to `FIRST_SECONDS` on top, so that several workers do not return all at once."""


def is_busy(result: StoreResult | None) -> bool:
    """Whether the archive kept nothing, and may take it later."""
    return result is not None and result.verdict is StoreVerdict.BUSY


def patiently(
    first: StoreResult, again: Callable[[], StoreResult | None], *, retries: int, wait: Callable[[float], None]
) -> StoreResult | None:
    """The last answer: the first, or while it is busy what `again` got after a wait, asked at most `retries` times.

    `again` sends the object once more, and answers None when nothing may be sent any more; `wait` takes seconds.
    """
    tries = chain((lambda: first,), repeat(again))
    retrying = Retrying(
        stop=stop_after_attempt(retries + 1),
        wait=wait_exponential(multiplier=FIRST_SECONDS, max=LONGEST_SECONDS) + wait_random(0, FIRST_SECONDS),
        retry=retry_if_result(is_busy),
        sleep=wait,
        retry_error_callback=lambda last: last.outcome.result() if last.outcome else None,
    )
    return retrying(lambda: next(tries)())
