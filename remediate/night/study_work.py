"""What every way of correcting a study shares: one function that may be killed anywhere, and its folders in the spool.

How a study is corrected stands in `study_job` (by storing it again) and `message_job` (by telling the archive).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from remediate.errors import ArchiveError, ClaimLostError, SpoolError
from remediate.night.admission import Gate, lease_of
from remediate.night.intent import Details, LeftOut, Preparation, Prepared
from remediate.night.retention import waiting_of
from remediate.night.status import ORIGINALS
from remediate.night.study_states import StudyOutcome, StudyStates
from remediate.night.warm_up import Ramp
from remediate.ports import Archive, Spool, Vault
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import Claim, EventType, Intent, StudyRow
from remediate.records.states import State
from remediate.study_reasons import WorkReason


class StudyJobs(Protocol):
    """What a batch asks of a worker."""

    def run(self, claim: Claim, study_uid: str) -> StudyOutcome:
        """Carry one study of the claim as far as it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyWork(StudyStates, ABC):
    """Everything that work on a study needs; one per worker, since it holds the worker's own associations."""

    vault: Vault
    archive: Archive
    spool: Spool
    gate: Gate
    ramp: Ramp
    preparation: Preparation

    def run(self, claim: Claim, study_uid: str) -> StudyOutcome:
        """Carry one study as far as it goes. Never raises for what archives and disks do."""
        row = self.studies.study(study_uid)
        if row is None:
            raise ValueError("a claim names a study that was never surveyed")
        try:
            return self._guarded(claim, row)
        except ClaimLostError:  # frozen past the lease: whoever has the patient now looks at the archive first
            return not_now(row)

    def _guarded(self, claim: Claim, row: StudyRow) -> StudyOutcome:
        study_uid = row.study_instance_uid
        try:
            return self._advance(claim, row)
        except ArchiveError as error:
            told: Details = {"transient": error.transient, "told": error.message.en}
            lasting = error.of_one_exchange and not self.gate.is_over() and self._archive_answers()
            reason = WorkReason.EXCHANGE_IMPOSSIBLE if lasting else WorkReason.ARCHIVE_UNREACHABLE
            return replace(self._failed(claim, study_uid, reason, told), told=error.sentence)
        except SpoolError:
            return self._failed(claim, study_uid, WorkReason.SPOOL_FAILED)

    def _archive_answers(self) -> bool:
        """Whether a fault that will not pass is about this study: an archive that turns us away does so for all."""
        try:
            self.archive.echo()
        except ArchiveError:
            return False
        return True

    @abstractmethod
    def _advance(self, claim: Claim, row: StudyRow) -> StudyOutcome: ...

    def _may_write(self, claim: Claim, row: StudyRow) -> bool:
        """Wait for the batch's careful start, keeping the claim. False when the batch stops or it is lost."""
        entered = False
        while not (entered or self.gate.switch.stopped):
            entered = self.ramp.enter(row.study_instance_uid, self.settings.lease_seconds / 4)
            if not self.work.renew(claim, lease_of(self.settings), now=self.clock()):
                return False
        return entered

    def _waits(self, uid: str) -> bool:
        """Whether the last correction was never read back whole: its originals stay until `verify` has done so."""
        kept = waiting_of(self.events, uid)
        return kept is not None and not kept.proven

    def _wait(self, claim: Claim, row: StudyRow) -> StudyOutcome:
        uid, reason = row.study_instance_uid, WorkReason.ORIGINALS_WAIT
        if row.state not in (State.PLANNED, State.FAILED):
            return self._failed(claim, uid, reason)
        self._move(claim, uid, State.DRIFTED, reason)
        return StudyOutcome(state=State.DRIFTED, reason=reason)

    def _write_intent(self, claim: Claim, row: StudyRow, prepared: Prepared) -> Intent:
        folder = self._originals(claim, row.study_instance_uid)
        self.spool.make_durable(folder)
        told: Details = {ORIGINALS: _place(claim, folder), **prepared.details}
        uid, reason = row.study_instance_uid, WorkReason.WRITTEN_DOWN
        event = self._event(EventType.INTENT, claim, uid, State.INTENT, reason, told)
        return self.vault.write_intent(claim, row.study_instance_uid, prepared.objects, folder.name, event)

    def _left_out(self, claim: Claim, row: StudyRow, left: LeftOut) -> StudyOutcome:
        uid = row.study_instance_uid
        if left.evidence is not None:
            self.studies.save_evidence(left.evidence, now=self.clock())
        if left.stays:
            outcome = self._left_alone(claim, uid, left.reason, left.details)
        elif left.state is State.FAILED:
            outcome = self._failed(claim, uid, left.reason, left.details)
        else:
            self._move(claim, uid, left.state, left.reason, left.details)
            outcome = StudyOutcome(state=left.state, reason=left.reason)
        self._clear(claim, uid)
        return outcome

    def _originals_of(self, claim: Claim, row: StudyRow, intent: Intent) -> dict[str, ReceivedObject] | StudyOutcome:
        """The originals of an open intent by SOP Instance UID, or why nothing can be done with it."""
        uid = row.study_instance_uid
        if intent.plan_id != claim.plan_id:
            return StudyOutcome(state=row.state, reason=WorkReason.OTHER_PLAN)
        self._clear(claim, uid, keep=intent.spool_folder)
        folder = self.spool.folder(uid, intent.spool_folder)
        originals = {o.sop_instance_uid: o for o in self.spool.received(folder)}
        if any(item.sop_instance_uid not in originals for item in intent.objects):
            return self._not_here(claim, row, _place(claim, folder))
        return originals

    def _not_here(self, claim: Claim, row: StudyRow, here: str) -> StudyOutcome:
        """The originals are not in our spool. In another machine's they are no trouble of this batch; if they are gone,
        a person must look. Neither is an attempt."""
        uid = row.study_instance_uid
        intents = self.events.events(studies={uid}, type_=EventType.INTENT)
        place = [str(entry.event.details.get(ORIGINALS, "")) for entry in intents][-1:]
        if place and place[0] not in ("", here):
            reason, told, state = WorkReason.ORIGINALS_ELSEWHERE, {ORIGINALS: place[0]}, State.INTENT
        else:
            reason, told, state = WorkReason.ORIGINALS_GONE, {}, State.FAILED
        self.events.record(self._event(EventType.STATE, claim, uid, row.state, reason, told))
        return StudyOutcome(state=state, reason=reason)

    def _move_to_stored(self, claim: Claim, uid: str, row: StudyRow, reason: WorkReason) -> None:
        if row.state is not State.STORED:
            self._move(claim, uid, State.STORED, reason)

    def _originals(self, claim: Claim, uid: str) -> Path:
        """Where the originals arrive under this claim: sealed by its batch's own key, which the ledger keeps."""
        return self.spool.folder(uid, folder_of("original", claim), key_name=claim.batch_id)

    def _discard(self, claim: Claim, uid: str) -> None:
        """No intent was written under this claim: nothing of the patient that arrived under it stays on our disk."""
        self.spool.remove(self._originals(claim, uid))

    def _clear(self, claim: Claim, uid: str, *, keep: str = "") -> bool:
        """Remove what this claim and those before it left of a study, except the folder named `keep`.

        False when the claim is no longer ours, and then nothing is removed. The folders are listed before the claim is
        asked for: what a later claim makes is not among them, however long this worker is frozen in between. Without
        `keep` there must be no unsettled intent.
        """
        found = self.spool.parts(uid)
        if not self.work.holds(claim, now=self.clock()):
            return False
        for folder in found:
            if folder.name != keep:
                self.spool.remove(folder)
        return True


def _place(claim: Claim, folder: Path) -> str:
    """Machine and folder of the spool in which a study's folder lies."""
    return f"{claim.owner.partition('/')[0]}:{folder.parent.parent}"


def folder_of(what: str, claim: Claim) -> str:
    """A folder's name that no other claim's folder has: whoever wakes after its claim was lost writes in its own."""
    return f"{what}-{claim.unit_id}-{claim.fence}"


def not_now(row: StudyRow) -> StudyOutcome:
    """The study stays as it is: the batch stops, or another worker has the patient."""
    return StudyOutcome(state=row.state, reason=row.reason, finished=False)
