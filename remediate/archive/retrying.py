"""Another try, only for listed transient failures of operations that change nothing; never for a store.

Waits grow and are jittered, so that several workers do not return all at once; tries are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from remediate.archive.faults import TRANSIENT, LinkError

T = TypeVar("T")

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0


def may_try_again(error: BaseException) -> bool:
    """Association time-out, abort, refused TCP and the like; nothing that the archive refused."""
    return isinstance(error, LinkError) and error.fault in TRANSIENT


def never() -> bool:
    """Nobody wants the work to end."""
    return False


def with_retries(
    operation: Callable[[], T],
    *,
    retries: int,
    sleep: Callable[[float], None],
    ending: Callable[[], bool] = never,
    hear: Callable[[str], object] = lambda told: None,
) -> T:
    """Call `operation`, and again at most `retries` times, unless work is to end. Raises the last error as it is.

    `hear` is told after each try what went wrong, in one line; "" when nothing did.
    """

    def once() -> T:
        try:
            answer = operation()
        except LinkError as error:
            hear(str(error) if may_try_again(error) else "")
            raise
        hear("")
        return answer

    retrying = Retrying(
        stop=stop_after_attempt(retries + 1),
        wait=wait_exponential(multiplier=FIRST_SECONDS, max=LONGEST_SECONDS) + wait_random(0, FIRST_SECONDS),
        retry=retry_if_exception(lambda error: may_try_again(error) and not ending()),
        sleep=sleep,
        reraise=True,
    )
    return retrying(once)
