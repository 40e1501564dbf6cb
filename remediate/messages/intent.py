"""Prepares the studies of one patient for a message: each is read and judged again, and so is all that the archive has
besides of that patient. Sends nothing and writes no state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from remediate.header.dataset import HeldDataSet
from remediate.header.patient_elements import patient_elements
from remediate.header.refusal import Refusal
from remediate.identity.evidence import Evidence
from remediate.night.intent import CorrectionPreparation, LeftOut, Prepared, intent_object
from remediate.plan.judge import Judgement
from remediate.plan.message_corrections import Messages, others_agree
from remediate.ports import StudyStore
from remediate.reasons.study import WorkReason
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import IntentObject, StudyRow
from remediate.records.messages import PatientUpdate
from remediate.records.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePreparation(CorrectionPreparation):
    """Prepares messages. An intent's objects hold the patient elements of before, and a digest of all the rest."""

    studies: StudyStore
    messages: Messages
    find_cap: int  # studies of one patient from which on a C-FIND may not have told all

    def update_of(self, row: StudyRow, originals: tuple[ReceivedObject, ...]) -> PatientUpdate | None:
        """What the archive is to be told; None when the plan was withdrawn or its facts no longer hold."""
        if self.withdrawn:
            return None
        evidence = self.evidence(row.study_instance_uid, originals)
        item = self.items.get(row.study_instance_uid)
        if item is None or isinstance(evidence, Refusal):
            return None
        judgement = self.judge.judge(evidence)
        return self.messages.update(judgement) if self._fingerprint(judgement) == item.fingerprint else None

    @property
    def lapsed(self) -> WorkReason:
        """Why there is nothing to tell any more."""
        return WorkReason.PLAN_WITHDRAWN if self.withdrawn else WorkReason.EPD_CHANGED

    def is_applied(self, row: StudyRow, objects: tuple[ReceivedObject, ...]) -> bool:
        """Whether objects that were read back carry the planned patient's BSN in its place, and nothing to clear."""
        evidence = self.evidence(row.study_instance_uid, objects)
        item = self.items.get(row.study_instance_uid)
        if item is None or isinstance(evidence, Refusal):
            return False
        judgement = self.judge.judge(evidence)
        return judgement.state is State.CORRECT and self._fingerprint(judgement) == item.fingerprint

    def others_agree(self, update: PatientUpdate, ours: Collection[str]) -> bool:
        """See `others_agree` of `plan/message_corrections`."""
        return others_agree(self.archive, self.studies, self.judge, update, ours, find_cap=self.find_cap)

    def _fingerprint(self, judgement: Judgement) -> str:
        return self.messages.fingerprint(judgement)

    def _corrections(
        self,
        objects: tuple[ReceivedObject, ...],
        judgement: Judgement,
        headers: Mapping[str, Evidence],  # noqa: ARG002 - every object is looked at
    ) -> Prepared | LeftOut:
        if judgement.state is State.CORRECT:
            return LeftOut(state=State.CORRECT, reason=WorkReason.ALREADY_CORRECT, evidence=judgement.evidence)
        intents = []
        for item in objects:
            intent = told_object(item, self.spool.read(item))
            if isinstance(intent, Refusal):
                details = {"refusal": intent.reason.value}
                refused = WorkReason.CORRECTION_REFUSED
                return LeftOut(state=State.DRIFTED, reason=refused, details=details, evidence=judgement.evidence)
            intents.append(intent)
        return Prepared(originals=objects, objects=tuple(intents))


def told_object(item: ReceivedObject, before: HeldDataSet) -> IntentObject | Refusal:
    """What is known of one object before its archive is told: the patient elements, and the digest of all the rest."""
    lifted = patient_elements(before.header, item.transfer_syntax_uid)
    if isinstance(lifted, Refusal):
        return lifted
    return intent_object(item, before, lifted)


def whole_or_none(prepared: Mapping[str, Prepared | LeftOut], *, agree: bool) -> Mapping[str, Prepared | LeftOut]:
    """Where one study of a patient is left out, or they do not agree, nothing can be told of that patient: all are."""
    obstacles = [one for one in prepared.values() if isinstance(one, LeftOut) and one.state is not State.CORRECT]
    if agree and not obstacles:
        return prepared
    only_failed = agree and all(one.state is State.FAILED for one in obstacles)
    left = LeftOut(state=State.FAILED if only_failed else State.DRIFTED, reason=WorkReason.PATIENT_NOT_WHOLE)
    return {uid: left if isinstance(one, Prepared) else one for uid, one in prepared.items()}
