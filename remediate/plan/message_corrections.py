"""Corrections that go as HL7 messages: what each patient's message says, and which patients it would wrong. Sends none.

A message changes what an archive knows of a patient, and so every study filed under that number: a patient is only
planned where each of these studies agrees with the same BSN.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from remediate.config.hl7 import Hl7OutputSettings
from remediate.config.settings import Config
from remediate.digests import sha256_text
from remediate.errors import PlanError
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import Strength, StudyEvidence
from remediate.plan.judge import Judge, Judgement
from remediate.plan.lines import canonical
from remediate.plan.planning import plan_item
from remediate.ports import Archive, Events, FactStore, InventoryStore, PlanStore, Pseudonym, StudyStore
from remediate.reasons.study import PlanReason
from remediate.records.dicom import StudyQuery
from remediate.records.ledger import EventType, NewEvent, PlanItem
from remediate.records.messages import PatientUpdate
from remediate.records.states import SET_APART, State
from remediate.texts.language import Sentence

Filed = tuple[str, str]
"""A patient as the archive files it: Patient ID and its issuer."""

FILE = "messages.hl7"
"""Where messages go that remediate does not send; it stands beside plan.json."""

_PAGE = 1_000
_CONTROL_ID_LENGTH = 20  # MSH-10 in versions up to 2.6
_NOT_ONE_NUMBER = frozenset("*?\\")  # wildcards and the separator of values (PS3.4 C.2.2.2, PS3.5 6.4)
_AGREED = (State.PLANNED, State.CORRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """How the corrections of a plan become messages, under one configuration."""

    pseudonym: Pseudonym
    settings: Hl7OutputSettings
    default_issuer: str
    undecided: Collection[Filed] = frozenset()  # patients of whom not every study is certain; see `undecided_patients`

    def update(self, judgement: Judgement) -> PatientUpdate | None:
        """What the archive would be told; None when there is no agreement, or no message that could say it."""
        patient, filed = judgement.patient, filed_under(judgement.evidence, self.default_issuer)
        if patient is None or judgement.bsn is None or filed is None:
            return None
        if _NOT_ONE_NUMBER.intersection(filed[0]) or _is_own_number(judgement.evidence, judgement.bsn):
            return None
        update = PatientUpdate(
            patient_id=filed[0],
            issuer=filed[1],
            bsn=judgement.bsn,
            name=patient.name,
            birth_date=patient.birth_date,
            sex=patient.sex,
        )
        return update if self._fits(update) else None

    def _fits(self, update: PatientUpdate) -> bool:
        name = update.name
        said = (update.patient_id, update.issuer, name.surname, name.partner_surname, name.given_names, name.initials)
        try:
            "".join(said).encode(self.settings.codec)
        except UnicodeEncodeError:
            return False
        return True

    def fingerprint(self, judgement: Judgement) -> str:
        """Keyed digest of the facts of the decision and of all that the message says; "" where there is none."""
        update = self.update(judgement)
        if update is None:
            return ""
        return self.pseudonym("message", f"{judgement.fingerprint}\n{update.facts()}")

    def item(self, study_instance_uid: str, instances: int | None, judgement: Judgement) -> PlanItem:
        """One line of a plan of messages; see `plan_item`."""
        item = plan_item(study_instance_uid, instances, judgement)
        if item.state is not State.PLANNED:
            return item
        if self.update(judgement) is None:
            return _for_a_person(item, PlanReason.NOT_BY_MESSAGE)
        if filed_under(judgement.evidence, self.default_issuer) in self.undecided:
            return _for_a_person(item, PlanReason.OTHER_STUDY_UNDECIDED)
        told = (f"tell: ADT^{self.settings.event} PID-3, and the EPD's name, birth date and sex",)
        return replace(item, corrections=(*item.corrections, *told), fingerprint=self.fingerprint(judgement))

    def control_id(self, occasion: str, update: PatientUpdate) -> str:
        """MSH-10: the same for the same patient on the same occasion, such as a plan, however often it is sent."""
        return self.pseudonym("control-id", f"{occasion}\n{update.facts()}")[:_CONTROL_ID_LENGTH]


def _for_a_person(item: PlanItem, reason: PlanReason) -> PlanItem:
    return replace(item, state=State.REVIEW, reasons=(reason,), corrections=(), bsn_masked="", fingerprint="")


def tell_written(events: Events, plan_id: str, digest: str, number: int, *, now: datetime, actor: str) -> None:
    """Record that so many messages, which hold BSNs, were written beside the plan, and the digest of their file."""
    details: dict[str, str | int | float | bool | None] = {"what": "messages", "lines": number, FILE: digest}
    events.record(NewEvent(type=EventType.EXPORT, at=now, actor=actor, plan=plan_id, details=details))


def require_messages(events: Events, plan_id: str, files: Mapping[str, str]) -> None:
    """Raises `PlanError` where the messages beside a plan, by its files' digests, are not those written with it."""
    exports = (entry.event for entry in events.events(type_=EventType.EXPORT))
    written = [event.details[FILE] for event in exports if event.plan == plan_id and FILE in event.details]
    if FILE in files and written[-1:] != [files[FILE]]:
        raise PlanError(
            Sentence(
                f"The {FILE} of {plan_id} is not the one that was made with it: somebody changed it.",
                f"De {FILE} van {plan_id} is niet die welke ermee is gemaakt: iemand heeft het bestand gewijzigd.",
            ),
            advice=Sentence(
                "Nothing was approved. Let nobody send it; run `remediate plan` again.",
                "Er is niets goedgekeurd. Laat niemand het versturen; voer `remediate plan` opnieuw uit.",
            ),
        )


def filed_under(evidence: StudyEvidence, default_issuer: str) -> Filed | None:
    """The one patient under whom every object of a study stands; None when there is none."""
    found = {(header.patient_id, header.issuer or default_issuer) for header in evidence.headers}
    if len(found) != 1:
        return None
    (filed,) = found
    return filed if filed[0] else None


def _is_own_number(evidence: StudyEvidence, bsn: Bsn) -> bool:
    """The archive files the patient under the BSN: then another number has to take its place, and nothing be added."""
    claims = (claim for h in evidence.headers for claim in h.claims if claim.strength is not Strength.PART)
    return any(claim.value == bsn and claim.path == "(0010,0020)" for claim in claims)


def undecided_patients(
    studies: StudyStore, inventory: InventoryStore, judge: Judge, default_issuer: str
) -> frozenset[Filed]:
    """Patients of whom some study is not certain, or names another person, or was set apart."""
    undecided: set[Filed] = set()
    last: tuple[Filed, Bsn] | None = None
    for filed, bsn in _by_patient(inventory, judge, default_issuer):
        if bsn is None or (last is not None and last[0] == filed and last[1] != bsn):
            undecided.add(filed)
        if bsn is not None:
            last = filed, bsn
    for row in studies.studies((*SET_APART, State.EXCLUDED)):
        found = filed_under(row.evidence, default_issuer)
        if found is not None and (row.state in SET_APART or not agrees(judge.judge(row.evidence))):
            undecided.add(found)
    return frozenset(undecided)


def _by_patient(inventory: InventoryStore, judge: Judge, default_issuer: str) -> Iterator[tuple[Filed, Bsn | None]]:
    """What all headers of the inventory lead to, those of a patient together; None where it is not certain.

    Headers of one study that name several patients are certain of none of them.
    """
    for page in inventory.headers_of_patients(0, 1):
        studies = [StudyEvidence(study_instance_uid="", headers=headers) for _, headers in page]
        for evidence, judgement in zip(studies, judge.prove_many(studies), strict=True):
            filed = filed_under(evidence, default_issuer)
            if filed is not None:
                yield filed, judgement.bsn if agrees(judgement) else None
            else:
                for header in evidence.headers:
                    yield (header.patient_id, header.issuer or default_issuer), None


def agrees(judgement: Judgement) -> bool:
    """Whether a study is certain of its BSN, wherever that stands now."""
    return judgement.bsn is not None and judgement.state in _AGREED


def others_agree(
    node: Archive, known: StudyStore, judge: Judge, update: PatientUpdate, ours: Collection[str], *, find_cap: int
) -> bool:
    """Whether every study that a node files under this patient, besides ours, is known and certain of the same BSN.

    An answer of `find_cap` studies or more may not be all. Raises `ArchiveError`.
    """
    answer = node.find_studies(StudyQuery(patient_id=update.patient_id))
    if not answer.complete or len(answer.studies) >= find_cap:
        return False
    uids = {
        study.study_instance_uid
        for study in answer.studies
        if study.evidence.issuer in ("", update.issuer) and study.study_instance_uid not in ours
    }
    rows = known.studies_named(uids)
    if len(rows) != len(uids) or any(row.state in SET_APART for row in rows):
        return False
    judgements = judge.judge_many([row.evidence for row in rows])
    return all(agrees(judgement) and judgement.bsn == update.bsn for judgement in judgements)


def updates_of(
    plans: PlanStore, studies: StudyStore, judge: Judge, messages: Messages, plan_id: str
) -> Iterator[tuple[str, PatientUpdate]]:
    """Every message of a plan once, with its MSH-10, in the order of the first study of each patient."""
    seen: set[str] = set()
    planned = plans.planned_studies(plan_id)
    while page := [study.study_instance_uid for study in islice(planned, _PAGE)]:
        for judgement in judge.judge_many([row.evidence for row in studies.studies_named(page)]):
            update = messages.update(judgement)
            if update is not None and (control_id := messages.control_id(plan_id, update)) not in seen:
                seen.add(control_id)
                yield control_id, update


def output_of(config: Config) -> Mapping[str, str]:
    """What an approval binds of a plan of messages: where they go, what they are and say of us. {} where objects are
    stored."""
    if config.archive.correct_by != "hl7":
        return {}
    return config.hl7_output.terms


def sentence_of_output(output: Mapping[str, str]) -> Sentence:
    """Where the corrections of a plan of messages go, for whoever approves it."""
    told = f"ADT^{output['event']}"
    if output["to"] == FILE:
        return Sentence(
            f"Corrections are HL7 messages ({told}) in {FILE}; nothing is stored, and nobody sends them.",
            f"Correcties zijn HL7-berichten ({told}) in {FILE}; er wordt niets opgeslagen, en niemand verstuurt ze.",
        )
    return Sentence(
        f"Corrections go as HL7 messages ({told}) to {output['to']}; nothing is stored.",
        f"Correcties gaan als HL7-berichten ({told}) naar {output['to']}; er wordt niets opgeslagen.",
    )


def output_digest(output: Mapping[str, str]) -> str:
    """SHA-256 (base32); "" for no messages."""
    return sha256_text(canonical(dict(output))) if output else ""


def keep_output(facts: FactStore, plan_id: str, output: Mapping[str, str], *, now: datetime, actor: str) -> None:
    """Write down that a plan's corrections go as messages, before the plan is kept."""
    if output:
        details = {"to": output["to"], "event": output["event"]}
        event = NewEvent(type=EventType.MESSAGES_PLANNED, at=now, actor=actor, plan=plan_id, details=details)
        facts.set_fact(_fact(plan_id), output_digest(output), event)


def kept_output(facts: FactStore, plan_id: str) -> str:
    """The digest of the output of a plan of messages; "" for a plan that stores objects."""
    return facts.fact(_fact(plan_id))


def _fact(plan_id: str) -> str:
    return f"messages of {plan_id}"
