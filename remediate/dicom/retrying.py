"""Another try, only for listed transient failures of operations that change nothing; never for a store.

Waits grow and are jittered, so that several workers do not return all at once; tries are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tenacity import (
    AttemptManager,
    RetryCallState,
    Retrying,
    retry_if_exception,
    wait_exponential,
    wait_random,
)

from remediate.dicom.faults import TRANSIENT, LinkError
from remediate.texts.language import Sentence

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0


def may_try_again(error: BaseException) -> bool:
    """Association time-out, abort, refused TCP and the like; nothing that the archive refused."""
    return isinstance(error, LinkError) and error.fault in TRANSIENT


def never() -> bool:
    """Nobody wants the work to end."""
    return False


def unheard(_told: Sentence | None) -> None:
    """Nobody asks how a try ended."""


def tries(
    *,
    retries: int,
    sleep: Callable[[float], None],
    patience: float = 0,
    ending: Callable[[], bool] = never,
    hear: Callable[[Sentence | None], object] = unheard,
) -> Iterator[AttemptManager]:
    """One try after the other, each a context around the operation, until one goes well: at most `retries` more than
    the first, and none once work is to end. Raises the last error as it is.

    While no association can be had, nothing was asked: then it is tried again for `patience` seconds at least.
    `hear` is told before each wait what went wrong, and None when a try went well.
    """

    def is_enough(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        lets_in = not (isinstance(error, LinkError) and error.while_opening)
        return state.attempt_number > retries and (lets_in or (state.seconds_since_start or 0) >= patience)

    def failed(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        hear(error.sentence if isinstance(error, LinkError) else None)

    yield from Retrying(
        stop=is_enough,
        wait=wait_exponential(multiplier=FIRST_SECONDS, max=LONGEST_SECONDS) + wait_random(0, FIRST_SECONDS),
        retry=retry_if_exception(lambda error: may_try_again(error) and not ending()),
        sleep=sleep,
        before_sleep=failed,
        reraise=True,
    )
    hear(None)
