"""Sends a study's objects, corrected or as they were, asking before each whether it still may; concludes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from remediate.config.execute import ExecuteSettings
from remediate.errors import SpoolError
from remediate.night.admission import Gate, lease_of
from remediate.night.read_back import intended_bytes, object_of
from remediate.night.retry_store import is_busy, patiently
from remediate.ports import Archive, Clock, Spool, WorkStore
from remediate.records.dicom import OutgoingObject, ReceivedObject, StoreResult, StoreVerdict
from remediate.records.ledger import Claim, Intent
from remediate.records.signs import Hold
from remediate.study_reasons import WorkReason
from remediate.texts.language import Sentence, both

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySender:
    """Sends under one batch's ceilings and one claim's fence."""

    archive: Archive
    work: WorkStore
    spool: Spool
    clock: Clock
    gate: Gate
    settings: ExecuteSettings
    retries: int = 0  # of an object for which the archive has no room

    def send(
        self,
        claim: Claim,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        wanted: Sequence[str],
        *,
        as_before: bool = False,
        at_hand: bool = False,
    ) -> Sent:
        """Send the wanted objects in the intent's order; `as_before` sends the originals back.

        Stops at the first that the archive does not take, even after waits where it has no room. Raises `SpoolError`
        when an original is not the one that the ledger wrote down, and `ArchiveError` when no association can be had.
        `at_hand` says that the intent was made from these originals just now: then their seal is proof enough, and no
        digest is computed again.
        """
        objects = nbytes = busy = 0
        warnings: set[str] = set()

        def outgoing(names: Sequence[str]) -> Iterator[OutgoingObject]:
            return self._outgoing(claim, intent, originals, names, as_before, at_hand)

        for answer in self.archive.store(outgoing(wanted)):
            result: StoreResult | None = answer
            if is_busy(result):
                busy += 1
                result = self._patiently(answer, outgoing)
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
                )
            if result.verdict is StoreVerdict.WARNING:
                warnings.add(_hex(result.status))
            objects += 1
            nbytes += originals[result.sop_instance_uid].nbytes
        complete = objects == len(wanted)
        return Sent(objects=objects, nbytes=nbytes, complete=complete, warnings=" ".join(sorted(warnings)), busy=busy)

    def _patiently(
        self, first: StoreResult, outgoing: Callable[[Sequence[str]], Iterator[OutgoingObject]]
    ) -> StoreResult | None:
        """The answer to one object after waits; None when we stopped meanwhile, or another worker has the patient."""

        def again() -> StoreResult | None:
            if self.gate.switch.stopped:
                return None
            return next(iter(self.archive.store(outgoing([first.sop_instance_uid]))), None)

        with self.gate.pulse.holding(Hold.ROOM, both(_hex(first.status))):
            return patiently(first, again, retries=self.retries, wait=self.gate.wait)

    def _outgoing(
        self,
        claim: Claim,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        wanted: Sequence[str],
        as_before: bool,
        at_hand: bool,
    ) -> Iterator[OutgoingObject]:
        """Ends early when the batch stops or the fence is lost; originals go back even when the batch stops."""
        names = set(wanted)
        chosen = [item for item in intent.objects if item.sop_instance_uid in names]
        for number, item in enumerate(chosen):
            original = originals[item.sop_instance_uid]
            if self.gate.before_object(original.nbytes, even_if_stopped=as_before) is not None:
                return
            if not self._still_ours(claim, renew=number % _RENEW_EVERY == 0):
                return
            content = intended_bytes(item, self.spool.read(original), as_before=as_before)
            if not at_hand and content.sha256() != (item.before_sha256 if as_before else item.intended_sha256):
                raise SpoolError(
                    Sentence(
                        "An original in the spool is not the one that the ledger wrote down.",
                        "Een origineel in de spool is niet het origineel dat het logboek noteerde.",
                    )
                )
            yield object_of(item, content)

    def _still_ours(self, claim: Claim, *, renew: bool) -> bool:
        if renew and not self.work.renew(claim, lease_of(self.settings), now=self.clock()):
            return False
        return self.work.holds(claim, now=self.clock())


def _hex(status: int | None) -> str:
    return "" if status is None else f"{status:04X}h"
