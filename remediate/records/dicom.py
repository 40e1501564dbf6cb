"""What passes between the archive's edge and the use cases: found, received, outgoing and stored objects.

Values only; nothing here talks to an archive or decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from remediate.header.buffers import Buffer
from remediate.identity.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyQuery:
    """Matching keys of one Study Root C-FIND at study level (PS3.4 C.6.2). Empty keys match everything."""

    date_from: date | None = None  # Study Date range, both ends included
    date_to: date | None = None
    time_range: str = ""  # Study Time range, e.g. "000000-115959"
    patient_id: str = ""  # single value or wildcard
    study_instance_uid: str = ""
    accession_number: str = ""
    briefly: bool = (
        False  # answer nothing but UID, Study Date and Patient ID, which an index answers several times faster
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStudy:
    """One study as the archive's index describes it; stale after an overwrite in some archives."""

    study_instance_uid: str
    study_date: str = ""  # DA as it stands; "" when the study is undated
    study_time: str = ""
    modalities: tuple[str, ...] = ()  # Modalities in Study, sorted
    institution_name: str = ""
    station_name: str = ""
    referring_department: str = ""
    accession_number: str = ""
    instances: int | None = None  # Number of Study Related Instances; None when the archive does not say
    evidence: Evidence = field(repr=False)
    others: tuple[Evidence, ...] = field(default=(), repr=False)  # what else was said of the same study, each once
    answers_other_ids: bool = False  # the index returned (0010,1000) and (0010,1002), so no header probe is needed


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAnswer:
    """All responses to one query. `complete` only when the final status was Success (0x0000)."""

    studies: tuple[FoundStudy, ...]
    complete: bool
    status: int | None  # final DIMSE status; None when none came
    cut_at: int | None = None  # studies after which we took no more (archive.find_most)
    no_uids: tuple[str, ...] = field(default=(), repr=False)  # what stood for Study Instance UIDs and is none; left out


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInstance:
    """One object as the index lists it at image level."""

    sop_instance_uid: str
    sop_class_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str = ""  # Available Transfer Syntax UID (0008,3002) where the archive answers it
    modality: str = ""  # of its series, where the archive answers it


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedObject:
    """One object safe on disk as a Part 10 file whose data set is byte for byte what the archive sent."""

    study_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    path: Path
    nbytes: int  # of the data set


class TransferProblem(StrEnum):
    """What can be wrong with a retrieval; each names one instance or the whole operation."""

    MISSING = "instance-missing"
    DUPLICATE_DIFFERS = "duplicate-instance-differs"
    UNEXPECTED = "unexpected-instance"
    FOREIGN_STUDY = "foreign-study"
    FAILED_SUBOPERATIONS = "failed-sub-operations"
    NO_FINAL_STATUS = "no-final-status"
    REFUSED = "retrieve-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """Every instance asked for, accounted for: received, the same as expected, or named in `problems` with its UID
    ("" for the whole)."""

    received: tuple[ReceivedObject, ...]
    status: int | None  # final DIMSE status; None when none came
    problems: tuple[tuple[TransferProblem, str], ...] = ()
    same: frozenset[str] = frozenset()  # came byte for byte as the caller expected, so they are not on disk

    @property
    def complete(self) -> bool:
        """All there and nothing strange; the status alone is never believed."""
        return not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingObject:
    """One object to store: its data set as consecutive parts, sent as they are in `transfer_syntax_uid`. `parts` can be
    iterated over as often as needed."""

    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    parts: Iterable[Buffer] = field(repr=False)
    nbytes: int


ExpectedObject = Callable[[str], OutgoingObject | None]
"""What an object should be, by SOP Instance UID; None when it is wanted on disk whatever it is."""


def nothing_expected(_: str) -> None:
    """Every object is wanted on disk."""


class StoreVerdict(StrEnum):
    """What a C-STORE response means for us (PS3.4 table B.2-1 and PS3.7 annex C)."""

    STORED = "stored"  # 0000: said to be stored, to be read back
    WARNING = "stored-with-warning"  # B000, B006, B007: recorded, to be read back
    BUSY = "busy"  # A7xx and other refusals that may pass
    REFUSED = "refused"  # final
    UNKNOWN = "unknown"  # no response, abort or time-out: look at the archive


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResult:
    """The answer to one C-STORE. Proves nothing about what the archive holds."""

    sop_instance_uid: str
    verdict: StoreVerdict
    status: int | None
