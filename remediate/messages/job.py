"""One study from claim to verified by telling its archive of the patient, as one function that may be killed anywhere.

A message concerns all studies of a patient: their intents are written together, it is sent once in a batch, and each
study is done when reading back shows it. Knows the order of the steps; what a message says, `messages` tells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remediate.config.hl7 import Hl7OutputSettings
from remediate.errors import ClaimLostError, MessageError
from remediate.identity.evidence import StudyEvidence
from remediate.messages.intent import MessagePreparation, whole_or_none
from remediate.messages.read_back import MessageEye, Showing, Shown
from remediate.night.admission import lease_of
from remediate.night.intent import Details, LeftOut, Prepared
from remediate.night.read_back import strange_details, strange_reason
from remediate.night.retention import kept_details
from remediate.night.study_states import StudyOutcome
from remediate.night.study_work import StudyWork, folder_of, not_now
from remediate.plan.verification_means import Means
from remediate.ports import MessageSender, PlanStore
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import Claim, EventType, Intent, StudyRow
from remediate.records.messages import Acknowledgement, MessageAnswer, PatientUpdate
from remediate.records.states import OPEN, State
from remediate.study_reasons import StopReason, WorkReason

_MESSAGE_BYTES = 1_000
"""What a message counts for under the ceiling of bytes; it is one object under those of objects."""

_NOT_ACCEPTED: Mapping[MessageAnswer, WorkReason] = {
    MessageAnswer.REFUSED: WorkReason.MESSAGE_REFUSED,
    MessageAnswer.UNREACHABLE: WorkReason.RECEIVER_UNREACHABLE,
}
"""Answers after which nothing can have changed in the archive; any other silence means: look."""

_SAYS: Mapping[MessageAnswer, WorkReason] = {MessageAnswer.ACCEPTED: WorkReason.ACKNOWLEDGED, **_NOT_ACCEPTED}

_NOT_YET = StudyOutcome(state=State.INTENT, reason=WorkReason.WRITTEN_DOWN, finished=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageJob(StudyWork):
    """Corrects studies by message; one per worker."""

    preparation: MessagePreparation
    plans: PlanStore  # tells what this batch brought about so far
    sender: MessageSender | None  # None: what is configured is not what was approved; it is only looked
    output: Hl7OutputSettings
    answers: dict[str, Acknowledgement] = field(default_factory=dict)  # by MSH-10: what is sent once is not sent again

    def _advance(self, claim: Claim, row: StudyRow) -> StudyOutcome:
        uid = row.study_instance_uid
        intent = self.vault.open_intent(uid)
        if intent is not None:
            return self._resume(claim, row, intent) if self._may_write(claim, row) else not_now(row)
        if row.state not in self.preparation.starts_from:
            return StudyOutcome(state=row.state, reason=row.reason)
        if self._waits(uid):
            return self._wait(claim, row)
        prepared = self._begin(claim) if self._may_write(claim, row) else None
        if prepared is None:
            return not_now(row)
        mine = prepared[uid]
        if isinstance(mine, LeftOut):
            return self._left_out(claim, row, mine)
        intent = self.vault.open_intent(uid)
        update = self.preparation.update_of(row, mine.originals)
        if intent is None or update is None:
            raise ValueError("an intent was written on facts that do not hold")
        return self._tell(claim, row, intent, {item.sop_instance_uid: item for item in mine.originals}, update)

    # All studies of the patient, before anything is sent.

    def _begin(self, claim: Claim) -> Mapping[str, Prepared | LeftOut] | None:
        """Prepare what is not begun of the patient's studies, and write all intents if every one agrees.

        None when the claim was lost.
        """
        rows = [row for row in self.studies.studies_named(claim.studies) if self._is_fresh(row)]
        prepared: dict[str, Prepared | LeftOut] = {}
        for row in rows:
            prepared[row.study_instance_uid] = self._prepared(claim, row)
        settled = whole_or_none(prepared, agree=self._agree(claim, rows, prepared))
        if not self.work.renew(claim, lease_of(self.settings), now=self.clock()):
            for row in rows:
                self._discard(claim, row.study_instance_uid)
            return None
        for row in rows:
            one = settled[row.study_instance_uid]
            if isinstance(one, Prepared):
                self._write_intent(claim, row, one)
            elif one.reason is not WorkReason.ORIGINALS_WAIT:
                self._clear(claim, row.study_instance_uid)
        return settled

    def _prepared(self, claim: Claim, row: StudyRow) -> Prepared | LeftOut:
        uid = row.study_instance_uid
        if self._waits(uid):
            return LeftOut(state=State.DRIFTED, reason=WorkReason.ORIGINALS_WAIT)
        if not self._clear(claim, uid):
            raise ClaimLostError
        return self.preparation.prepare(row, self._originals(claim, uid))

    def _is_fresh(self, row: StudyRow) -> bool:
        is_begun = self.vault.open_intent(row.study_instance_uid) is not None
        return row.state in self.preparation.starts_from and not is_begun

    def _agree(self, claim: Claim, rows: list[StudyRow], prepared: Mapping[str, Prepared | LeftOut]) -> bool:
        """Whether one message says what is right for all of them, and for whatever else the archive has."""
        told = [
            self.preparation.update_of(row, one.originals)
            for row in rows
            if isinstance(one := prepared[row.study_instance_uid], Prepared)
        ]
        if not told:
            return True
        first = told[0]
        ours = frozenset(claim.studies)
        return first is not None and all(one == first for one in told) and self.preparation.others_agree(first, ours)

    # After an interruption, or a failure in an earlier batch: look first.

    def _resume(self, claim: Claim, row: StudyRow, intent: Intent) -> StudyOutcome:
        uid = row.study_instance_uid
        originals = self._originals_of(claim, row, intent)
        if isinstance(originals, StudyOutcome):
            return originals
        if row.state not in OPEN:
            self._move(claim, uid, State.INTENT, WorkReason.WRITTEN_DOWN, {"again": True})
        seen = self._look(claim, row, intent, originals)
        if seen.shown is not Shown.NOT_YET:
            return self._conclude(claim, intent, originals, seen, WorkReason.SETTLED)
        update = self.preparation.update_of(row, tuple(originals.values()))
        if update is None:
            return self._let_go(claim, uid, self.preparation.lapsed)
        if self.sender is None:
            return self._let_go(claim, uid, WorkReason.RECEIVER_UNREACHABLE)
        if row.state is State.STORED:
            return self._await(claim, row, intent, originals)
        fellows = self._begin(claim)
        if fellows is None:
            return _NOT_YET
        if any(isinstance(one, LeftOut) and one.state is not State.CORRECT for one in fellows.values()):
            return self._failed(claim, uid, WorkReason.PATIENT_NOT_WHOLE)
        if not self.preparation.others_agree(update, frozenset(claim.studies)):
            return self._failed(claim, uid, WorkReason.PATIENT_NOT_WHOLE)
        return self._tell(claim, row, intent, originals, update)

    def _let_go(self, claim: Claim, uid: str, reason: WorkReason) -> StudyOutcome:
        """The archive shows nothing of a message, and it may not be sent any more: the study is judged anew."""
        self._move(claim, uid, State.DRIFTED, reason)
        self._clear(claim, uid)
        return StudyOutcome(state=State.DRIFTED, reason=reason)

    # Send, read back, conclude.

    def _tell(
        self,
        claim: Claim,
        row: StudyRow,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        update: PatientUpdate,
    ) -> StudyOutcome:
        uid = row.study_instance_uid
        control_id = self.preparation.messages.control_id(claim.plan_id, update)
        if control_id not in self.answers:
            if self.gate.before_object(_MESSAGE_BYTES) is not None or not self._still_ours(claim):
                return _NOT_YET
            try:
                self._send(claim, uid, control_id, update)
            except MessageError:
                return self._failed(claim, uid, WorkReason.MESSAGE_NOT_MADE)
        answer = self.answers[control_id]
        if answer.answer is MessageAnswer.ACCEPTED:
            self._move(claim, uid, State.STORED, WorkReason.ACKNOWLEDGED, {"control_id": control_id})
            return self._await(claim, row, intent, originals)
        if answer.answer in _NOT_ACCEPTED:
            details: Details = {"code": answer.code, "error": answer.error}
            return self._failed(claim, uid, _NOT_ACCEPTED[answer.answer], details)
        seen = self._look(claim, row, intent, originals)
        if seen.shown is not Shown.NOT_YET:
            return self._conclude(claim, intent, originals, seen, WorkReason.SETTLED)
        return self._failed(claim, uid, WorkReason.MESSAGE_UNANSWERED, {"answer": answer.answer.value})

    def _send(self, claim: Claim, uid: str, control_id: str, update: PatientUpdate) -> None:
        if self.sender is None:
            answer = Acknowledgement(answer=MessageAnswer.UNREACHABLE)
        else:
            answer = self.sender.send(update, control_id=control_id, at=self.clock())
        self.answers[control_id] = answer
        details = {"event": self.output.event, "control_id": control_id, "code": answer.code, "error": answer.error}
        reason = _SAYS.get(answer.answer, WorkReason.MESSAGE_UNANSWERED)
        event = self._event(EventType.MESSAGE, claim, uid, State.INTENT, reason, details)
        self.events.record(event)

    def _still_ours(self, claim: Claim) -> bool:
        renewed = self.work.renew(claim, lease_of(self.settings), now=self.clock())
        return renewed and self.work.holds(claim, now=self.clock())

    def _await(
        self, claim: Claim, row: StudyRow, intent: Intent, originals: Mapping[str, ReceivedObject]
    ) -> StudyOutcome:
        """Archives apply messages when they come to it: ask now and then, and judge by everything at the end."""
        for _ in range(math.ceil(self.output.applied_within / self.output.look_every)):
            if self._glance(claim, row):
                break
            if self.gate.switch.wait(self.output.look_every):
                return StudyOutcome(state=State.STORED, reason=WorkReason.ACKNOWLEDGED, finished=False)
        seen = self._look(claim, row, intent, originals)
        return self._conclude(claim, intent, originals, seen, WorkReason.READ_BACK)

    def _glance(self, claim: Claim, row: StudyRow) -> bool:
        return self._eye.glance(row, self._read_back_folder(claim, row.study_instance_uid))

    def _look(self, claim: Claim, row: StudyRow, intent: Intent, originals: Mapping[str, ReceivedObject]) -> Showing:
        return self._eye.look(row, intent, originals, self._read_back_folder(claim, row.study_instance_uid))

    def _read_back_folder(self, claim: Claim, uid: str) -> Path:
        """Empty."""
        self.spool.remove(self.spool.folder(uid, folder_of("read-back", claim)))
        return self.spool.folder(uid, folder_of("read-back", claim))

    @property
    def _eye(self) -> MessageEye:
        return MessageEye(archive=self.archive, spool=self.spool, preparation=self.preparation)

    def _conclude(
        self, claim: Claim, intent: Intent, originals: Mapping[str, ReceivedObject], seen: Showing, reason: WorkReason
    ) -> StudyOutcome:
        uid = intent.study_instance_uid
        match seen.shown:
            case Shown.APPLIED:
                return self._verified(claim, intent, originals, seen, reason)
            case Shown.NOT_YET:
                return self._without_effect(claim, uid)
            case Shown.NOT_HANDED_OVER:
                return self._failed(claim, uid, WorkReason.RETRIEVE_INCOMPLETE)
            case Shown.MISSING:
                return self._failed(claim, uid, WorkReason.INSTANCE_LOST, mismatch=True)
            case Shown.NUMBER_LOST:
                return self._quarantine(claim, uid, WorkReason.NUMBER_LOST, mismatch=True)
            case Shown.STRANGE:
                strange = seen.strange
                return self._quarantine(claim, uid, strange_reason(strange), strange_details(strange), mismatch=True)
            case Shown.REST_CHANGED:
                elements: Details = {"elements": " ".join(seen.tags[:20])}
                return self._quarantine(claim, uid, WorkReason.READ_BACK_DIFFERS, elements, mismatch=True)

    def _without_effect(self, claim: Claim, uid: str) -> StudyOutcome:
        """Where no message of this batch had any effect it is the receiver's fault and no attempt of the study, and
        sending it more tells nobody anything."""
        if self.plans.plan_progress(claim.plan_id, claim.batch_id).done_studies:
            return self._failed(claim, uid, WorkReason.MESSAGE_NOT_APPLIED)
        self.gate.switch.stop(StopReason.WITHOUT_EFFECT)
        return self._failed(claim, uid, WorkReason.MESSAGE_NOT_APPLIED, attempt=False)

    def _verified(
        self, claim: Claim, intent: Intent, originals: Mapping[str, ReceivedObject], seen: Showing, reason: WorkReason
    ) -> StudyOutcome:
        uid = intent.study_instance_uid
        evidence = self.preparation.evidence(uid, seen.objects)
        row = self.studies.study(uid)
        if row is not None:
            self._move_to_stored(claim, uid, row, WorkReason.SETTLED)
        count = len(intent.objects)
        kept = kept_details(self.settings.spool, Means.EVERY, originals)
        details: Details = {"instances": count, "stored": 0, "by": Means.EVERY.value, "read_back": count, **kept}
        self._move(claim, uid, State.VERIFIED, reason, details)
        if isinstance(evidence, StudyEvidence):
            self.studies.save_evidence(evidence, now=self.clock())
        stays = bool(kept) or self.settings.spool.keep_days > 0
        self._clear(claim, uid, keep=intent.spool_folder if stays else "")
        return StudyOutcome(state=State.VERIFIED, reason=reason, instances=count, read_back=count)
