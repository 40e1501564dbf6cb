"""A folder in which a synthetic hospital was surveyed, for measuring: no archive runs, the headers are read directly.

And the truth about each study, told from how the generator made it, without asking the code that measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from remediate.demo.epd_files import write_epd
from remediate.demo.hospital import Hospital, Study
from remediate.demo.objects import study_objects
from remediate.demo.part10 import DicomObject
from remediate.demo.variants import complete_item
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.identity.evidence import Evidence, Source, StudyEvidence
from remediate.records.dicom import FoundStudy
from tests.workplace import Workplace, free_port, load_epd

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MISPLACED, MISSING, WAITING, CORRECT, EXCEPTED = "misplaced", "missing", "waiting", "correct", "excepted"


def surveyed_place(folder: Path, hospital: Hospital, others: Iterable[Study] = ()) -> Workplace:
    """Keys, ledger, EPD files and a survey with a header of each series; nothing planned, no EPD loaded."""
    place = Workplace(folder=folder, hospital=hospital, port=free_port())
    folder.mkdir(parents=True, exist_ok=True)
    place.configure()
    write_epd(hospital, folder / "epd")
    place.must("init", "--dir", str(folder))
    studies = [*hospital.studies, *others]
    with place.session(exclusive=True) as work:
        headers = {study.study_instance_uid: headers_of(study) for study in studies}
        work.ledger.save_found([_found(study, headers[study.study_instance_uid][0]) for study in studies], now=NOW)
        for study in studies:
            uid = study.study_instance_uid
            work.ledger.save_evidence(_read(study, headers[uid]), now=NOW)
    return place


def planned_place(folder: Path, hospital: Hospital) -> Workplace:
    """The same, with the EPD loaded and a plan made."""
    place = surveyed_place(folder, hospital)
    load_epd(place)
    place.must("plan", "--out", str(folder / "plans" / "plan-0001"))
    return place


def headers_of(study: Study) -> tuple[Evidence, ...]:
    """What the first object of each series says, in order, each once."""
    first = {item.sop_instance_uid.rpartition(".")[0]: item for item in reversed(list(_objects(study)))}
    read = [
        read_evidence(item.dataset_bytes, item.transfer_syntax_uid, EvidenceSettings())
        for _, item in sorted(first.items())
    ]
    return tuple(dict.fromkeys(one for one in read if isinstance(one, Evidence)))


def _objects(study: Study):  # type: ignore[no-untyped-def]
    return study_objects(study.frame, study.case, study.shape)


def _found(study: Study, evidence: Evidence) -> FoundStudy:
    return FoundStudy(
        study_instance_uid=study.study_instance_uid,
        study_date=study.study_date,
        modalities=tuple(sorted({series.modality for series in study.shape})),
        institution_name=study.frame.institution_name,
        station_name=f"{study.shape[0].modality}{1 + study.frame.number % 3}",
        accession_number=f"ACC{study.frame.number:06d}",
        instances=sum(series.instances for series in study.shape),
        evidence=evidence,
    )


def _read(study: Study, headers: tuple[Evidence, ...]) -> StudyEvidence:
    return StudyEvidence(
        study_instance_uid=study.study_instance_uid,
        study_date=study.study_date,
        source=Source.PROBE,
        headers=headers,
    )


def put_right(study: Study) -> list[DicomObject]:
    """The study as somebody else put it right behind our back."""
    assert study.truth.bsn is not None
    identity = replace(study.case.identity, other_patient_ids=(), items=(complete_item(study.truth.bsn.digits),))
    if identity.patient_id == study.truth.bsn.digits:
        identity = replace(identity, patient_id="A-1")
    return list(study_objects(study.frame, replace(study.case, identity=identity), study.shape))


def truth_of(study: Study) -> str:
    """Where the BSN of a study stands, by how the generator made it."""
    state = study.truth.expected_state
    if state in ("correct", "excluded", "review"):
        return {"correct": CORRECT, "excluded": EXCEPTED, "review": WAITING}[state]
    assert study.truth.bsn is not None
    identity, digits = study.case.identity, study.truth.bsn.digits
    texts = (identity.patient_id, *identity.other_patient_ids, *(item.patient_id or "" for item in identity.items))
    return MISPLACED if any(digits in text for text in texts) else MISSING


def truths(studies: Iterable[Study], groups: Callable[[Study], Iterable[str]]) -> dict[str, Counter[str]]:
    """How many studies of each group stand where."""
    found: dict[str, Counter[str]] = {}
    for study in studies:
        for group in groups(study):
            found.setdefault(group, Counter())[truth_of(study)] += 1
    return found


DIMENSIONS: dict[str, Callable[[Study], Iterable[str]]] = {
    "year": lambda study: [study.study_date[:4] or "undated"],
    "modality": lambda study: sorted({series.modality for series in study.shape}),
    "institution": lambda study: [study.frame.institution_name],
    "station": lambda study: [f"{study.shape[0].modality}{1 + study.frame.number % 3}"],
    "department": lambda _: ["unknown"],
}
