"""Sends a study's objects, corrected or as they were, asking before each whether it still may; concludes nothing.

An archive without room for an object is given time: out of resources (A7xx, PS3.4 table B.2-1) says that nothing was
kept, so the same object may be sent again, after waits that grow and are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

from tenacity import RetryCallState, Retrying, retry_if_result, wait_exponential, wait_random

from remediate.errors import SpoolError
from remediate.night.read_back import intended_bytes, object_of
from remediate.night.turn import Begun
from remediate.ports import Spool
from remediate.reasons.study import WorkReason
from remediate.records.dicom import OutgoingObject, ReceivedObject, StoreResult, StoreVerdict
from remediate.records.ledger import IntentObject
from remediate.records.signs import Hold
from remediate.texts.language import Sentence, both

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 60.0
"""Waits for room; both with up to `FIRST_SECONDS` on top, so that several workers do not return all at once."""

_RENEW_EVERY = 100
"""Objects between two prolongations of the claim; each is a durable write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How far sending came. Complete when all went out and the archive refused none."""

    objects: int
    nbytes: int
    complete: bool
    problem: WorkReason | None = None  # what the archive answered, None when it was us who stopped
    status: str = ""  # its DIMSE status, such as A700h
    warnings: str = ""  # DIMSE statuses of objects that it took with a warning, such as "B007h"
    busy: int = 0  # objects for which it had no room at first
    absences: int = 0  # times that the archive had refused everything before
    again: int = 0  # times that sending went on after the archive had been away

    def then(self, rest: Sent) -> Sent:
        """With what was sent once the archive was back, and how that ended."""
        return replace(
            rest,
            objects=self.objects + rest.objects,
            nbytes=self.nbytes + rest.nbytes,
            warnings=" ".join(sorted({*self.warnings.split(), *rest.warnings.split()})),
            busy=self.busy + rest.busy,
            again=self.again + 1,
        )


def send(begun: Begun, wanted: Sequence[str], *, as_before: bool = False, at_hand: bool = False) -> Sent:
    """Send the wanted objects in the intent's order; `as_before` sends the originals back.

    Stops at the first that the archive does not take, even after waits where it has no room. Raises `SpoolError` when
    an original is not the one that the ledger wrote down, and `ArchiveError` when no association can be had. `at_hand`
    says that the intent was made from these originals just now: then their seal is proof enough, and no digest is
    computed again.
    """
    objects = nbytes = busy = 0
    seats = begun.turn.hands.gate.seats
    absences = seats.absences
    warnings: set[str] = set()

    def outgoing(names: Sequence[str]) -> Iterator[OutgoingObject]:
        return _outgoing(begun, names, as_before, at_hand)

    for answer in begun.turn.hands.archive.store(outgoing(wanted)):
        result: StoreResult | None = answer
        if is_busy(result):
            busy += 1
            result = _given_time(begun, answer, outgoing)
        if result is None:
            break
        if result.verdict not in (StoreVerdict.STORED, StoreVerdict.WARNING):
            unknown = result.verdict is StoreVerdict.UNKNOWN
            return Sent(
                objects=objects,
                nbytes=nbytes,
                complete=False,
                problem=WorkReason.STORE_UNKNOWN if unknown else WorkReason.STORE_REFUSED,
                status=_hex(result.status),
                busy=busy,
                absences=absences,
            )
        seats.stored()
        if result.verdict is StoreVerdict.WARNING:
            warnings.add(_hex(result.status))
        objects += 1
        nbytes += begun.originals[result.sop_instance_uid].nbytes
    complete = objects == len(wanted)
    return Sent(objects=objects, nbytes=nbytes, complete=complete, warnings=" ".join(sorted(warnings)), busy=busy)


def _given_time(
    begun: Begun, first: StoreResult, outgoing: Callable[[Sequence[str]], Iterator[OutgoingObject]]
) -> StoreResult | None:
    """The answer to one object after waits; None when we stopped meanwhile, or another worker has the patient."""
    hands, seats, told = begun.turn.hands, begun.turn.hands.gate.seats, both(_hex(first.status))
    taken = seats.taken

    def again() -> StoreResult | None:
        if hands.gate.switch.stopped or (hands.gate.is_over() and seats.taken == taken):
            return None
        return next(iter(hands.archive.store(outgoing([first.sop_instance_uid]))), None)

    def wait(seconds: float) -> None:
        seats.refused(told)
        hands.gate.wait(seconds)

    with hands.gate.pulse.holding(Hold.ROOM, told):
        return patiently(
            first,
            again,
            retries=hands.store_retries,
            wait=wait,
            patience=hands.settings.patience_seconds,
            others_go=lambda: seats.taken > taken,
        )


def _outgoing(begun: Begun, wanted: Sequence[str], as_before: bool, at_hand: bool) -> Iterator[OutgoingObject]:
    """Ends early when the batch stops or the fence is lost; originals go back even when the batch stops."""
    turn, names = begun.turn, set(wanted)
    chosen = [item for item in begun.intent.objects if item.sop_instance_uid in names]
    for number, item in enumerate(chosen):
        original = begun.originals[item.sop_instance_uid]
        if turn.hands.gate.before_object(original.nbytes, even_if_stopped=as_before) is not None:
            return
        if not (turn.renew() if number % _RENEW_EVERY == 0 else turn.holds()):
            return
        yield outgoing_object(turn.hands.spool, item, original, as_before=as_before, at_hand=at_hand)


def outgoing_object(
    spool: Spool, item: IntentObject, original: ReceivedObject, *, as_before: bool, at_hand: bool = False
) -> OutgoingObject:
    """One object of an intent as it is to be stored, or as it was; arguments and `SpoolError` as `send` has them."""
    content = intended_bytes(item, spool.read(original), as_before=as_before)
    if not at_hand and content.sha256() != (item.before_sha256 if as_before else item.intended_sha256):
        raise SpoolError(
            Sentence(
                "An original in the spool is not the one that the ledger wrote down.",
                "Een origineel in de spool is niet het origineel dat het logboek noteerde.",
            )
        )
    return object_of(item, content)


def _hex(status: int | None) -> str:
    return "" if status is None else f"{status:04X}h"


def is_busy(result: StoreResult | None) -> bool:
    """Whether the archive kept nothing, and may take it later."""
    return result is not None and result.verdict is StoreVerdict.BUSY


def patiently(
    first: StoreResult,
    again: Callable[[], StoreResult | None],
    *,
    retries: int,
    wait: Callable[[float], None],
    patience: float = 0,
    others_go: Callable[[], bool] = lambda: False,
) -> StoreResult | None:
    """The last answer: the first, or while it is busy what `again` got after a wait, asked at most `retries` times; an
    archive that takes nothing from anybody is asked for `patience` seconds, unless `others_go` meanwhile.

    `again` sends the object once more, and answers None when nothing may be sent any more; `wait` takes seconds.
    """

    def is_enough(state: RetryCallState) -> bool:
        waited = state.seconds_since_start or 0
        return state.attempt_number > retries and (waited >= patience or others_go())

    tries = chain((lambda: first,), repeat(again))
    retrying = Retrying(
        stop=is_enough,
        wait=wait_exponential(multiplier=FIRST_SECONDS, max=LONGEST_SECONDS) + wait_random(0, FIRST_SECONDS),
        retry=retry_if_result(is_busy),
        sleep=wait,
        retry_error_callback=lambda last: last.outcome.result() if last.outcome else None,
    )
    return retrying(lambda: next(tries)())
