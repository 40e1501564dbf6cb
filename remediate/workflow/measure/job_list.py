"""Reads the gateway's list of sent jobs (CSV) as configured; every line is a job or is named. Looks no study up."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from remediate.errors import RemediateError, UsageError
from remediate.measure_settings import JobListSettings
from remediate.workflow.measure.names import shown_name, shown_reason
from remediate.workflow.measure.reasons import MeasureReason

_NEEDED = ("time", "state")
_STUDY = ("study_instance_uid", "accession_number")


class JobState(StrEnum):
    """Where a job stands; UNKNOWN when its word is not configured."""

    WAITING = "waiting"
    FAILED = "failed"
    FINISHED = "finished"
    UNKNOWN = "unknown"


class JobType(StrEnum):
    """How a study was sent; UNKNOWN when its word is not configured or no column tells."""

    DICOM = "dicom"
    EMAIL = "email"
    UNKNOWN = "unknown"


class Job(NamedTuple):
    """One line of the list."""

    line: int
    at: datetime | None  # aware; None when unreadable
    type: JobType
    state: JobState
    study_instance_uid: str
    accession_number: str
    destination: str
    reason: str  # why it failed, without numbers


class Problem(NamedTuple):
    """Something about one line that people must hear."""

    line: int
    reason: MeasureReason
    word: str = ""  # the word that is not known; never a number or a name


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """Every line of one file."""

    jobs: tuple[Job, ...] = field(repr=False)
    problems: tuple[Problem, ...]
    lines: int
    absent: tuple[str, ...]  # our names of configured columns that the file lacks


def read_job_list(path: Path, settings: JobListSettings) -> JobList:
    """Read the whole list. Raises `UsageError` when it lacks a column that is needed, `RemediateError` when it cannot
    be read."""
    try:
        encoding = (
            "utf-8-sig" if settings.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else settings.encoding
        )
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=settings.delimiter)
            columns = _columns(path, [name.strip() for name in next(reader, [])], settings)
            return _Reading(settings, columns).read(reader)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        what = "is not CSV" if isinstance(error, csv.Error) else f"is not in the encoding {settings.encoding}"
        raise RemediateError(f"{path} {what}.", advice="See measure.jobs in the configuration.") from None


def _columns(path: Path, header: list[str], settings: JobListSettings) -> Mapping[str, int]:
    """Where our columns stand in the file."""
    found = {ours: header.index(theirs) for ours, theirs in settings.columns.items() if theirs in header}
    missing = [settings.columns.get(name, name) for name in _NEEDED if name not in found]
    if not any(name in found for name in _STUDY):
        missing.append(" or ".join(settings.columns.get(name, name) for name in _STUDY))
    if missing:
        raise UsageError(
            f"{path} has no column {', no column '.join(missing)}.",
            advice="Say in measure.jobs.columns (and .delimiter) how your gateway writes its list.",
        )
    return found


class _Reading:
    """One pass over the lines."""

    def __init__(self, settings: JobListSettings, columns: Mapping[str, int]) -> None:
        self._settings = settings
        self._columns = columns
        self._zone = ZoneInfo(settings.timezone)
        self._states = _words(settings.states.model_dump())
        self._types = _words(settings.types.model_dump())
        self._problems: list[Problem] = []

    def read(self, reader: Any) -> JobList:
        """Every line of a `csv.reader`, which has no public type."""
        jobs: list[Job] = []
        seen: set[tuple[str, ...]] = set()
        lines = 0
        width = max(self._columns.values()) + 1
        for line, cells in _numbered(reader):
            lines += 1
            key = tuple(cells)
            if len(cells) < width:
                self._problems.append(Problem(line, MeasureReason.ROW_WIDTH))
            elif key in seen:
                self._problems.append(Problem(line, MeasureReason.DUPLICATE_ROW))
            else:
                seen.add(key)
                jobs.append(self._job(line, cells))
        return JobList(
            jobs=tuple(jobs),
            problems=tuple(self._problems),
            lines=lines,
            absent=tuple(name for name in self._settings.columns if name not in self._columns),
        )

    def _job(self, line: int, cells: list[str]) -> Job:
        def cell(name: str) -> str:
            return cells[self._columns[name]].strip() if name in self._columns else ""

        return Job(
            line=line,
            at=self._moment(line, cell("time")),
            type=self._type(line, cell("type")),
            state=self._state(line, cell("state")),
            study_instance_uid=_uid(cell("study_instance_uid")),
            accession_number=cell("accession_number"),
            destination=shown_name(cell("destination")),
            reason=shown_reason(cell("reason")),
        )

    def _moment(self, line: int, text: str) -> datetime | None:
        found = {moment for form in self._settings.time_formats if (moment := _parsed(text, form, self._zone))}
        if len(found) == 1:
            return found.pop()
        reason = MeasureReason.TIME_AMBIGUOUS if found else MeasureReason.TIME_UNREADABLE
        self._problems.append(Problem(line, reason))
        return None

    def _state(self, line: int, word: str) -> JobState:
        known = self._states.get(word.casefold())
        if known is None:
            self._problems.append(Problem(line, MeasureReason.STATE_UNKNOWN, shown_reason(word)))
        return JobState(known) if known else JobState.UNKNOWN

    def _type(self, line: int, word: str) -> JobType:
        known = self._types.get(word.casefold())
        if known is None and "type" in self._columns:
            self._problems.append(Problem(line, MeasureReason.TYPE_UNKNOWN, shown_reason(word)))
        return JobType(known) if known else JobType.UNKNOWN


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Lines that hold anything, numbered as a person counts them in a text editor."""
    line = 2
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _words(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word.casefold(): ours for ours, theirs in words.items() for word in theirs}


def _parsed(text: str, form: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


_UID = re.compile(r"[0-9.]{1,64}")


def _uid(text: str) -> str:
    text = text.strip("'\"= ")
    return text if _UID.fullmatch(text) else ""
