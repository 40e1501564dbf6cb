"""Works out, from the objects themselves, what one study's intent is: for a correction and for its reversal.

Retrieves and reads; stores nothing and writes no state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Protocol

from remediate.header.changes import Correction, ElementChange
from remediate.header.correction import Provenance, plan_correction
from remediate.header.dataset import HeldDataSet, corrected
from remediate.header.evidence_reader import EvidenceSettings
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.header.reversal import reversal
from remediate.header.tags import ISSUER_OF_PATIENT_ID, PATIENT_BIRTH_DATE, PATIENT_ID, PATIENT_NAME, PATIENT_SEX
from remediate.identity.evidence import Evidence, Source, StudyEvidence
from remediate.plan.judge import Judge, Judgement
from remediate.plan.reverse import reverses
from remediate.ports import Archive, Spool, Vault
from remediate.reasons.study import WorkReason
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import AS_FOUND, Intent, IntentObject, PlannedStudy, StudyRow
from remediate.records.states import OPEN, State
from remediate.survey.fetch import (
    NotInHand,
    beside_index,
    evidence_intended,
    evidence_of_objects,
    fetch_study,
    headers_of_objects,
)

Details = Mapping[str, str | int | float | bool | None]

DECISION = ("decided_by", "decided_account", "decided_at", "overrode")
"""In the details of the events that begin and end a correction which rests on a person's decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Originals safe in the spool, and what is to become of each."""

    originals: tuple[ReceivedObject, ...]
    objects: tuple[IntentObject, ...]
    alike: frozenset[str] = frozenset()  # SOP Instance UIDs; see `alike`
    details: Details = field(default_factory=dict)  # for the intent's event: how found, on whose decision it rests


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The study is not touched in this batch."""

    state: State  # DRIFTED, FAILED or CORRECT
    reason: WorkReason
    details: Details = field(default_factory=dict)
    evidence: StudyEvidence | None = None  # what was learnt on the way
    stays: bool = False  # the study keeps its state, and only this plan is done with it, for good


class Preparation(Protocol):
    """How a plan of one kind prepares a study."""

    @property
    def starts_from(self) -> frozenset[State]:
        """States from which a study of such a plan may be begun."""

    def prepare(self, row: StudyRow, folder: Path) -> Prepared | LeftOut:
        """Retrieve the study into `folder` and work out the intent."""

    def still_agrees(self, row: StudyRow, originals: tuple[ReceivedObject, ...]) -> bool:
        """Whether what an unsettled intent rests on still holds."""

    def evidence(self, study_uid: str, objects: tuple[ReceivedObject, ...]) -> StudyEvidence | Refusal:
        """What objects that were read back claim."""

    def intended(
        self, intent: Intent, originals: Mapping[str, ReceivedObject], alike: frozenset[str]
    ) -> StudyEvidence | Refusal:
        """What the objects of an intent claim as they were stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claims:
    """What objects claim is read alike, whichever way a study goes."""

    spool: Spool
    evidence_settings: EvidenceSettings

    def evidence(self, study_uid: str, objects: tuple[ReceivedObject, ...]) -> StudyEvidence | Refusal:
        """See `Preparation`."""
        return evidence_of_objects(self.spool, study_uid, objects, self.evidence_settings)

    def intended(
        self, intent: Intent, originals: Mapping[str, ReceivedObject], alike: frozenset[str]
    ) -> StudyEvidence | Refusal:
        """See `Preparation`."""
        return evidence_intended(self.spool, intent, originals, self.evidence_settings, alike)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionPreparation(_Claims):
    """Prepares corrections: every object is read again and judged again before anything is written."""

    starts_from: ClassVar[frozenset[State]] = frozenset({State.PLANNED, State.FAILED})

    archive: Archive
    judge: Judge
    items: Mapping[str, PlannedStudy]  # the approved plan's planned studies
    provenance: Provenance
    withdrawn: bool = False  # what was begun under the plan goes back to what it was

    def prepare(self, row: StudyRow, folder: Path) -> Prepared | LeftOut:
        """See `Preparation`."""
        uid = row.study_instance_uid
        in_hand = fetch_study(self.archive, uid, folder)
        if isinstance(in_hand, NotInHand):
            gone = in_hand.reason is WorkReason.NOT_IN_ARCHIVE
            state = State.DRIFTED if gone else State.FAILED
            return LeftOut(state=state, reason=in_hand.reason, details=in_hand.details)
        headers = headers_of_objects(self.spool, uid, in_hand.objects, self.evidence_settings)
        if isinstance(headers, Refusal):
            return LeftOut(state=State.DRIFTED, reason=WorkReason.IDENTITY_CHANGED)
        evidence = _beside_the_index(headers.evidence, row)
        judgement = self.judge.judge(evidence)
        differs = evidence is not headers.evidence
        drift = WorkReason.IDENTITY_CHANGED if differs else self._drift(row, judgement, len(in_hand.objects))
        if drift is not None:
            details = {"reasons": " ".join(judgement.reasons)}
            return LeftOut(state=State.DRIFTED, reason=drift, details=details, evidence=evidence)
        prepared = self._corrections(in_hand.objects, judgement, headers.by_object)
        if isinstance(prepared, LeftOut):
            return prepared
        return replace(prepared, details={AS_FOUND: judgement.reasons[0], **_decided(judgement)})

    def still_agrees(self, row: StudyRow, originals: tuple[ReceivedObject, ...]) -> bool:
        """See `Preparation`: the EPD must still say what it said when the plan was made."""
        if self.withdrawn:
            return False
        item = self.items.get(row.study_instance_uid)
        evidence = self.evidence(row.study_instance_uid, originals)
        if item is None or isinstance(evidence, Refusal):
            return False
        judgement = self.judge.judge(evidence)
        return judgement.bsn is not None and self._fingerprint(judgement) == item.fingerprint

    def _drift(self, row: StudyRow, judgement: Judgement, instances: int) -> WorkReason | None:
        item = self.items[row.study_instance_uid]
        if item.instances is not None and item.instances != instances:
            return WorkReason.INSTANCES_CHANGED
        if row.evidence.source is not Source.INDEX and not _same_identity(row.evidence, judgement.evidence):
            return WorkReason.IDENTITY_CHANGED
        if judgement.bsn is None:
            return WorkReason.NO_LONGER_AGREES
        return WorkReason.EPD_CHANGED if self._fingerprint(judgement) != item.fingerprint else None

    def _fingerprint(self, judgement: Judgement) -> str:
        """As the plan has it."""
        return judgement.fingerprint

    def _corrections(
        self, objects: tuple[ReceivedObject, ...], judgement: Judgement, headers: Mapping[str, Evidence]
    ) -> Prepared | LeftOut:
        intents = []
        for item in objects:
            intent = self._object(item, judgement)
            if isinstance(intent, Refusal):
                details = {"refusal": intent.reason.value}
                return LeftOut(
                    state=State.DRIFTED,
                    reason=WorkReason.CORRECTION_REFUSED,
                    details=details,
                    evidence=judgement.evidence,
                )
            intents.append(intent)
        if all(intent.correction.is_empty for intent in intents):
            return LeftOut(state=State.CORRECT, reason=WorkReason.ALREADY_CORRECT, evidence=judgement.evidence)
        return Prepared(originals=objects, objects=tuple(intents), alike=alike(intents, headers))

    def _object(self, item: ReceivedObject, judgement: Judgement) -> IntentObject | Refusal:
        if judgement.bsn is None:
            raise ValueError("only an agreed study is corrected")
        before = self.spool.read(item)
        correction = plan_correction(
            before.header,
            item.transfer_syntax_uid,
            bsn=judgement.bsn,
            profile=self.judge.profile,
            provenance=self.provenance,
        )
        return correction if isinstance(correction, Refusal) else intent_object(item, before, correction)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalPreparation(_Claims):
    """Prepares rollbacks: each object must still be what we made of it, and comes out as it was retrieved before that.

    A plan reverses the intents that it names and no others: what happened to a study since is never undone by it.
    """

    starts_from: ClassVar[frozenset[State]] = frozenset(State) - OPEN - {State.QUARANTINED}

    archive: Archive
    vault: Vault
    items: Mapping[str, PlannedStudy]  # the approved plan's studies
    withdrawn: bool = False  # see `CorrectionPreparation`

    def prepare(self, row: StudyRow, folder: Path) -> Prepared | LeftOut:
        """See `Preparation`."""
        uid = row.study_instance_uid
        done = self._to_reverse(row)
        if done is None:
            return _left_alone(WorkReason.CHANGED_SINCE)
        in_hand = fetch_study(self.archive, uid, folder)
        if isinstance(in_hand, NotInHand) and in_hand.reason is WorkReason.NOT_IN_ARCHIVE:
            return _left_alone(in_hand.reason)
        if isinstance(in_hand, NotInHand):
            return LeftOut(state=State.FAILED, reason=in_hand.reason, details=in_hand.details)
        corrected = {item.sop_instance_uid: item for item in done.objects}
        intents = []
        for item in in_hand.objects:
            intent = self._object(item, corrected.get(item.sop_instance_uid))
            if isinstance(intent, Refusal):
                return _left_alone(WorkReason.CHANGED_SINCE)
            intents.append(intent)
        return Prepared(originals=in_hand.objects, objects=tuple(intents))

    def still_agrees(self, row: StudyRow, originals: tuple[ReceivedObject, ...]) -> bool:  # noqa: ARG002
        """See `Preparation`: going back rests on nothing but the objects themselves."""
        return not self.withdrawn

    def _to_reverse(self, row: StudyRow) -> Intent | None:
        uid = row.study_instance_uid
        done = self.vault.last_undone(uid) if row.state is State.ROLLED_BACK else self.vault.last_verified(uid)
        return done if done is not None and self.items[uid].fingerprint == reverses(done) else None

    def _object(self, item: ReceivedObject, done: IntentObject | None) -> IntentObject | Refusal:
        """An object that came later, or that needed no correction, stays as it is."""
        before = self.spool.read(item)
        if done is None or done.correction.is_empty:
            return intent_object(item, before, Correction(transfer_syntax_uid=item.transfer_syntax_uid, changes=()))
        back = reversal(done.correction, before.header)
        if isinstance(back, Refusal):
            return back
        intent = intent_object(item, before, back)
        if isinstance(intent, IntentObject) and intent.intended_sha256 != done.before_sha256:
            return Refusal(
                reason=HeaderReason.EXPECTATION, detail="the rest of the object is no longer what was retrieved"
            )
        return intent


def _left_alone(reason: WorkReason) -> LeftOut:
    """What others changed since is theirs: it stays, and this roll-back never does it silently on a later night."""
    return LeftOut(state=State.DRIFTED, reason=reason, stays=True)


def intent_object(item: ReceivedObject, before: HeldDataSet, correction: Correction) -> IntentObject | Refusal:
    """What is about to happen to one object, with the digests that prove it."""
    after = corrected(correction, before)
    if isinstance(after, Refusal):
        return after
    unchanged = corrected(Correction(transfer_syntax_uid=item.transfer_syntax_uid), before)
    if isinstance(unchanged, Refusal):
        return unchanged
    return IntentObject(
        sop_instance_uid=item.sop_instance_uid,
        sop_class_uid=item.sop_class_uid,
        transfer_syntax_uid=item.transfer_syntax_uid,
        before_sha256=unchanged.sha256(),
        intended_sha256=after.sha256(),
        correction=correction,
    )


def alike(objects: Iterable[IntentObject], headers: Mapping[str, Evidence]) -> frozenset[str]:
    """Objects that claim the same as another one and get the same change: what that one claims afterwards, they do.

    Not where the change reaches what a header says of the person: references inside an object are judged by that.
    """
    seen: set[tuple[Evidence, tuple[ElementChange, ...]]] = set()
    found = set()
    for item in objects:
        if any(change.tag in _PERSON for change in item.correction.changes):
            continue
        kind = (headers[item.sop_instance_uid], item.correction.changes)
        if kind in seen:
            found.add(item.sop_instance_uid)
        seen.add(kind)
    return frozenset(found)


_PERSON = frozenset({PATIENT_NAME, PATIENT_ID, ISSUER_OF_PATIENT_ID, PATIENT_BIRTH_DATE, PATIENT_SEX})


def _decided(judgement: Judgement) -> Details:
    told = judgement.decided_by
    if told is None:
        return {}
    return dict(zip(DECISION, (told.person, told.account, told.at, " ".join(told.overrode)), strict=True))


def _beside_the_index(read: StudyEvidence, row: StudyRow) -> StudyEvidence:
    """What the objects say, and what the plan rested on where that was the archive's index and it names another."""
    planned = row.evidence
    return beside_index(read, planned.headers[0]) if planned.source is Source.INDEX and planned.headers else read


def _same_identity(planned: StudyEvidence, found: StudyEvidence) -> bool:
    """Whether every header found names a person that the plan's evidence named."""

    def person(evidence: StudyEvidence) -> set[tuple[str, ...]]:
        return {(h.patient_id, h.issuer, h.patient_name, h.birth_date, h.sex) for h in evidence.headers}

    return person(found) <= person(planned)
