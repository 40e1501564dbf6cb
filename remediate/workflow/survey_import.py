"""Reads a study list that was exported out of an archive's database into the ledger; looks at no header.

Columns are DICOM keywords (design.md, `survey import`); other columns are left alone.
"""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from pydicom.uid import ImplicitVRLittleEndian

from remediate.errors import RemediateError, UsageError
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.refusal import Refusal
from remediate.identity.evidence import Evidence, Flag
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, NewEvent
from remediate.workflow.ports import Ledger

_NEEDED = ("StudyInstanceUID", "PatientID")
_CHUNK = 5_000
TAGS = {
    "PatientName": 0x00100010,
    "PatientID": 0x00100020,
    "IssuerOfPatientID": 0x00100021,
    "PatientBirthDate": 0x00100030,
    "PatientSex": 0x00100040,
    "OtherPatientIDs": 0x00101000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What the list held."""

    studies: int
    new: int
    undated: int
    rejected: tuple[tuple[int, str], ...]  # line and reason


def import_studies(path: Path, *, ledger: Ledger, settings: EvidenceSettings, now: datetime) -> ImportResult:
    """Import every row. Raises `RemediateError` when the file is no such list."""
    studies = new = undated = 0
    rejected: list[tuple[int, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(file.read(4096), file, path)
            while chunk := list(islice(rows, _CHUNK)):
                found = []
                for line, row in chunk:
                    if not (row.get("StudyInstanceUID") or "").strip():
                        rejected.append((line, "no StudyInstanceUID"))
                        continue
                    found.append(_study(row, settings))
                before = sum(1 for study in found if ledger.study(study.study_instance_uid) is None)
                ledger.save_found(found, now=now)
                studies += len(found)
                new += before
                undated += sum(1 for study in found if not study.study_date)
    except UnicodeDecodeError:
        raise RemediateError(f"{path} is not UTF-8.", advice="Export it as UTF-8.") from None
    details = {"studies": studies, "new": new, "undated": undated, "rejected": len(rejected)}
    ledger.record(NewEvent(type=EventType.SURVEY_IMPORT, at=now, details=details))
    return ImportResult(studies=studies, new=new, undated=undated, rejected=tuple(rejected))


def _rows(sample: str, file: TextIO, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    header = sample.splitlines()[0] if sample else ""
    delimiter = max(";,\t", key=header.count)
    file.seek(0)
    reader = csv.DictReader(file, delimiter=delimiter)
    names = [name.strip().lstrip("\ufeff") for name in reader.fieldnames or ()]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise UsageError(
            f"{path} has no column {' and no column '.join(missing)}.", advice="Columns are named by DICOM keyword."
        )
    reader.fieldnames = names
    for row in reader:
        yield reader.line_num, {key: value or "" for key, value in row.items() if key}


def _study(row: dict[str, str], settings: EvidenceSettings) -> FoundStudy:
    def value(name: str) -> str:
        return row.get(name, "").strip()

    instances = value("NumberOfStudyRelatedInstances")
    return FoundStudy(
        study_instance_uid=value("StudyInstanceUID"),
        study_date=value("StudyDate").replace("-", ""),
        modalities=tuple(sorted(filter(None, value("ModalitiesInStudy").replace(",", "\\").split("\\")))),
        institution_name=value("InstitutionName"),
        instances=int(instances) if instances.isdigit() else None,
        evidence=_evidence({keyword: value(keyword) for keyword in TAGS}, settings),
        answers_other_ids=False,
    )


def _evidence(values: dict[str, str], settings: EvidenceSettings) -> Evidence:
    """Read the row as if it were a header, so that a list and an object are judged by one reader."""
    values["PatientBirthDate"] = values["PatientBirthDate"].replace("-", "")
    elements = {TAGS[keyword]: value for keyword, value in values.items() if value}
    found = read_evidence(_encoded(elements), ImplicitVRLittleEndian, settings)
    return Evidence(flags=frozenset({Flag.UNPARSABLE})) if isinstance(found, Refusal) else found


def _encoded(elements: dict[int, str]) -> bytes:
    """Implicit VR little endian (PS3.5 7.1.3), in UTF-8."""
    elements = {0x00080005: "ISO_IR 192", **elements}
    encoded = bytearray()
    for tag, text in sorted(elements.items()):
        data = text.encode()
        data += b" " * (len(data) % 2)
        encoded += struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(data)) + data
    return bytes(encoded)
