"""Tells a copy of a patient by HL7 message, and answers what became of it; what the copy holds then, others look at.

A message concerns every study that the copy files under the patient: it is sent only where all of these are known and
certain of the same BSN, and once in a run. It says what the EPD says of the patient at this moment. Nothing takes a
BSN back: the patient's other studies may have it by right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remediate.config.hl7 import Hl7OutputSettings
from remediate.identity.evidence import StudyEvidence
from remediate.plan.judge import Judge
from remediate.plan.message_corrections import Messages, agrees, filed_under, others_agree
from remediate.ports import Archive, Clock, MessageSender, StudyStore
from remediate.reasons.copy import CopyReason
from remediate.reasons.study import WorkReason
from remediate.records.copies import CopyIntent, Finished
from remediate.records.ledger import EventType, NewEvent
from remediate.records.messages import Acknowledgement, MessageAnswer, PatientUpdate

MESSAGE_BYTES = 1_000
"""What a message counts for under the ceiling of bytes; it is one object under those of objects."""

_SAYS: Mapping[MessageAnswer, WorkReason] = {
    MessageAnswer.ACCEPTED: WorkReason.ACKNOWLEDGED,
    MessageAnswer.REFUSED: WorkReason.MESSAGE_REFUSED,
    MessageAnswer.UNREACHABLE: WorkReason.RECEIVER_UNREACHABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMessages:
    """The HL7 interface of one copy, for one run."""

    copy: Archive
    studies: StudyStore
    judge: Judge
    messages: Messages
    sender: MessageSender
    settings: Hl7OutputSettings
    clock: Clock
    find_cap: int
    sent: dict[str, Acknowledgement] = field(default_factory=dict, repr=False)  # by what was told

    def update(self, finished: Finished, theirs: StudyEvidence | None) -> PatientUpdate | WorkReason | CopyReason:
        """What the copy is to know of the patient, or why nothing can be told. Raises `ArchiveError`.

        `theirs` is what the copy's objects claim: it must file the patient under the archive's number.
        """
        if finished.is_undone:
            return CopyReason.NOT_TAKEN_BACK
        uid = finished.intent.study_instance_uid
        row = self.studies.study(uid)
        if row is None or theirs is None:
            return CopyReason.NOT_THE_PATIENT
        judgement, there = self.judge.judge(row.evidence), self.judge.judge(theirs)
        update = self.messages.update(judgement) if agrees(judgement) else None
        if update is None:
            return WorkReason.MESSAGE_NOT_MADE
        filed = filed_under(theirs, self.messages.default_issuer)
        if filed != (update.patient_id, update.issuer) or not agrees(there) or there.bsn != update.bsn:
            return CopyReason.NOT_THE_PATIENT
        agree = others_agree(self.copy, self.studies, self.judge, update, {uid}, find_cap=self.find_cap)
        return update if agree else WorkReason.PATIENT_NOT_WHOLE

    def was_told(self, update: PatientUpdate) -> Acknowledgement | None:
        """The answer to the same in this run; None when it was not sent."""
        return self.sent.get(update.facts())

    def tell(self, begun: CopyIntent, update: PatientUpdate) -> tuple[Acknowledgement, NewEvent]:
        """Send it, under an MSH-10 that stays the same for this intent however often: the answer, and its event.

        Raises `MessageError` where no message can be made.
        """
        control_id, at = self.messages.control_id(f"copy intent {begun.copy_intent_id}", update), self.clock()
        answer = self.sender.send(update, control_id=control_id, at=at)
        self.sent[update.facts()] = answer
        intent = begun.finished.intent
        event = NewEvent(
            type=EventType.MESSAGE,
            at=at,
            study=intent.study_instance_uid,
            plan=begun.plan_id,
            batch=intent.batch_id,
            reason=_SAYS.get(answer.answer, WorkReason.MESSAGE_UNANSWERED).value,
            details={
                "copy": begun.copy,
                "event": self.settings.event,
                "control_id": control_id,
                "code": answer.code,
                "error": answer.error,
            },
        )
        return answer, event
