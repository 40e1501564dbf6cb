"""Takes a study list that was exported out of an archive's database into the ledger; looks at no header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from remediate.header.evidence_reader import EvidenceSettings
from remediate.ports import Events, FoundStore
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, NewEvent
from remediate.survey.study_list import LeftOutRow, Overview, look_through
from remediate.tables.faults import SWALLOWS_ROWS

_CHUNK = 5_000
MOST_NAMED = 10_000
"""Lines that are named one by one; those beyond are counted."""
_DOUBTFUL = 10
"""A list of which more than one row in so many is left out is not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What a list held."""

    studies: int  # distinct ones
    new: int
    undated: int
    in_two_ways: int  # studies of which rows say different things about the patient
    left_out: tuple[LeftOutRow, ...]  # the first `MOST_NAMED`, by line
    reasons: Mapping[str, int]  # lines left out, by reason
    overview: Overview

    @property
    def lines_left_out(self) -> int:
        """How many lines, all of them."""
        return sum(self.reasons.values())

    @property
    def is_complete(self) -> bool:
        """Every row is a study's, and what it says could be read, as far as the archive itself holds what can be."""
        misread = any(one.cells > one.impossible or one.is_doubtful for one in self.overview.unread)
        return not self.reasons and not misread

    @property
    def is_doubtful(self) -> bool:
        """The list as a whole is not understood: rows may be swallowed, or too much of it cannot be read."""
        swallowed = any(fault.value in self.reasons for fault in SWALLOWS_ROWS)
        too_many = self.lines_left_out * _DOUBTFUL > self.overview.rows
        return not self.studies or swallowed or too_many or any(one.is_doubtful for one in self.overview.unread)


def import_studies(
    path: Path,
    *,
    surveyed: FoundStore,
    events: Events,
    settings: EvidenceSettings,
    now: datetime,
    date_format: str = "",
) -> ImportResult:
    """Import every row. Raises `RemediateError` when the file is no such list, before anything is saved."""
    listed = look_through(path, date_format)
    studies = new = undated = in_two_ways = 0
    left_out: list[LeftOutRow] = []
    reasons: Counter[str] = Counter()
    items = listed.studies(settings)
    while chunk := list(islice(items, _CHUNK)):
        found = [item for item in chunk if isinstance(item, FoundStudy)]
        lines = [item for item in chunk if isinstance(item, LeftOutRow)]
        new += len(found) - len(surveyed.sources([study.study_instance_uid for study in found]))
        surveyed.save_found(found, now=now)
        studies += len(found)
        undated += sum(not study.study_date for study in found)
        in_two_ways += sum(bool(study.others) for study in found)
        left_out += lines[: MOST_NAMED - len(left_out)]
        reasons.update(item.reason.value for item in lines)
    result = ImportResult(
        studies=studies,
        new=new,
        undated=undated,
        in_two_ways=in_two_ways,
        left_out=tuple(left_out),
        reasons=dict(reasons),
        overview=listed.overview,
    )
    details = {"studies": studies, "new": new, "undated": undated, "rejected": result.lines_left_out,
               "complete": result.is_complete}  # fmt: skip
    events.record(NewEvent(type=EventType.SURVEY_IMPORT, at=now, details=details))
    return result
