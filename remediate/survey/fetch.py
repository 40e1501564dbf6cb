"""Brings a whole study to the spool and accounts for every instance; reads headers, decides nothing about identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from remediate.header.evidence_reader import EvidenceSettings, read_evidence, study_fields
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.header.splice import apply
from remediate.identity.evidence import Evidence, Flag, Source, StudyEvidence
from remediate.ports import Archive, Spool
from remediate.reasons.study import WorkReason
from remediate.records.dicom import FoundInstance, ReceivedObject, TransferProblem
from remediate.records.ledger import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyInHand:
    """Every object of a study, safe on disk and accounted for."""

    objects: tuple[ReceivedObject, ...]  # sorted by SOP Instance UID
    nbytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInHand:
    """The study could not be brought in whole; nothing may be stored."""

    reason: WorkReason
    details: dict[str, str | int]  # counts and codes


def fetch_study(archive: Archive, study_uid: str, folder: Path) -> StudyInHand | NotInHand:
    """List the study at image level, retrieve all of it, and compare: requested, received, or named as missing."""
    listed = archive.find_instances(study_uid)
    if not listed:
        return NotInHand(reason=WorkReason.NOT_IN_ARCHIVE, details={"instances": 0})
    retrieval = archive.retrieve(study_uid, listed, folder)
    problems = [*retrieval.problems, *_mislabelled(study_uid, listed, retrieval.received)]
    if problems:
        names = sorted({problem.value for problem, _ in problems})
        return NotInHand(
            reason=WorkReason.RETRIEVE_INCOMPLETE,
            details={"listed": len(listed), "received": len(retrieval.received), "problems": ",".join(names)},
        )
    objects = tuple(sorted(retrieval.received, key=lambda item: item.sop_instance_uid))
    return StudyInHand(objects=objects, nbytes=sum(item.nbytes for item in objects))


def _mislabelled(
    study_uid: str, listed: tuple[FoundInstance, ...], received: tuple[ReceivedObject, ...]
) -> list[tuple[TransferProblem, str]]:
    wanted = {instance.sop_instance_uid for instance in listed}
    got = {item.sop_instance_uid for item in received}
    return [
        *((TransferProblem.MISSING, uid) for uid in sorted(wanted - got)),
        *((TransferProblem.UNEXPECTED, uid) for uid in sorted(got - wanted)),
        *((TransferProblem.FOREIGN_STUDY, o.sop_instance_uid) for o in received if o.study_instance_uid != study_uid),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyHeaders:
    """What every object of a study claims."""

    evidence: StudyEvidence  # distinct over the objects
    by_object: Mapping[str, Evidence] = field(repr=False)  # by SOP Instance UID


def headers_of_objects(
    spool: Spool, study_uid: str, objects: tuple[ReceivedObject, ...], settings: EvidenceSettings
) -> StudyHeaders | Refusal:
    """Read every header. A Refusal when one is another object's."""
    found: dict[str, Evidence] = {}
    study_date = ""
    for item in objects:
        data = spool.read(item).header
        fields = study_fields(data, item.transfer_syntax_uid)
        if isinstance(fields, Refusal):
            found[item.sop_instance_uid] = _UNPARSABLE
            continue
        if (fields.study_instance_uid, fields.sop_instance_uid) != (study_uid, item.sop_instance_uid):
            return Refusal(reason=HeaderReason.IDENTITY_CONFLICT, detail="the header names another study or object")
        study_date = study_date or fields.study_date
        evidence = read_evidence(data, item.transfer_syntax_uid, settings)
        found[item.sop_instance_uid] = _UNPARSABLE if isinstance(evidence, Refusal) else evidence
    distinct = tuple(dict.fromkeys(found.values()))
    evidence_of_all = StudyEvidence(
        study_instance_uid=study_uid, study_date=study_date, source=Source.OBJECTS, headers=distinct
    )
    return StudyHeaders(evidence=evidence_of_all, by_object=found)


def evidence_of_objects(
    spool: Spool, study_uid: str, objects: tuple[ReceivedObject, ...], settings: EvidenceSettings
) -> StudyEvidence | Refusal:
    """The distinct evidence of the study. A Refusal when a header is another object's."""
    headers = headers_of_objects(spool, study_uid, objects, settings)
    return headers if isinstance(headers, Refusal) else headers.evidence


def beside_index(read: StudyEvidence, index: Evidence) -> StudyEvidence:
    """What was read of a study; the index stays beside it where it names another person, so that the match sees both.

    Fields that the index leaves out say nothing; only a different value is another person.
    """

    def same_person(header: Evidence) -> bool:
        pairs = (
            (header.patient_id, index.patient_id),
            (header.birth_date, index.birth_date),
            (header.sex, index.sex),
        )
        return all(not said or said == ours for ours, said in pairs)

    return read if any(map(same_person, read.headers)) else replace(read, headers=(*read.headers, index))


def evidence_intended(
    spool: Spool,
    intent: Intent,
    originals: Mapping[str, ReceivedObject],
    settings: EvidenceSettings,
    besides: frozenset[str] = frozenset(),
) -> StudyEvidence | Refusal:
    """What the objects of an intent claim as they were stored, those `besides` left out: they claim what others do.

    A Refusal when a correction no longer fits the original.
    """
    headers: list[Evidence] = []
    study_date = ""
    for item in intent.objects:
        if item.sop_instance_uid in besides:
            continue
        stored = apply(item.correction, spool.read(originals[item.sop_instance_uid]).header)
        if isinstance(stored, Refusal):
            return stored
        data = stored.join()
        fields = study_fields(data, item.transfer_syntax_uid)
        study_date = study_date or ("" if isinstance(fields, Refusal) else fields.study_date)
        evidence = read_evidence(data, item.transfer_syntax_uid, settings)
        headers.append(_UNPARSABLE if isinstance(evidence, Refusal) else evidence)
    return StudyEvidence(
        study_instance_uid=intent.study_instance_uid,
        study_date=study_date,
        source=Source.OBJECTS,
        headers=tuple(dict.fromkeys(headers)),
    )


_UNPARSABLE = Evidence(flags=frozenset({Flag.UNPARSABLE}))
