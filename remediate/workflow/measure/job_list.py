"""Reads the gateway's list of sent jobs (CSV) as configured; every line is a job or is named. Looks no study up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from remediate.errors import EmptyTableError, UsageError
from remediate.header.uids import uid_problem
from remediate.measure_settings import JobListSettings
from remediate.tables.faults import RowFault
from remediate.tables.reader import Misfit, Table, configured_format, open_table
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
        form = configured_format(path, settings.delimiter, settings.encoding, setting="measure.jobs")
        with open_table(path, form) as table:
            return _Reading(settings, _columns(path, table.names, settings)).read(table)
    except EmptyTableError:
        raise _without(path, [settings.columns.get(name, name) for name in _NEEDED]) from None


def _columns(path: Path, header: list[str], settings: JobListSettings) -> Mapping[str, int]:
    """Where our columns stand in the file."""
    found = {ours: header.index(theirs) for ours, theirs in settings.columns.items() if theirs in header}
    missing = [settings.columns.get(name, name) for name in _NEEDED if name not in found]
    if not any(name in found for name in _STUDY):
        missing.append(" or ".join(settings.columns.get(name, name) for name in _STUDY))
    if missing:
        raise _without(path, missing)
    twice = [theirs for theirs in settings.columns.values() if header.count(theirs) > 1]
    if twice:
        raise UsageError(f"{path} has more than one column {', '.join(twice)}.", advice="Leave out the wrong one.")
    return found


def _without(path: Path, missing: list[str]) -> UsageError:
    return UsageError(
        f"{path} has no column {', no column '.join(missing)}.",
        advice="Say in measure.jobs.columns (and .delimiter) how your gateway writes its list.",
    )


class _Reading:
    """One pass over the lines."""

    def __init__(self, settings: JobListSettings, columns: Mapping[str, int]) -> None:
        self._settings = settings
        self._columns = columns
        self._zone = ZoneInfo(settings.timezone)
        self._states = _words(settings.states.model_dump())
        self._types = _words(settings.types.model_dump())
        self._problems: list[Problem] = []

    def read(self, table: Table) -> JobList:
        """Every line of a list."""
        jobs: list[Job] = []
        seen: set[tuple[str, ...]] = set()
        lines = 0
        for row in table.rows(range(len(table.names))):  # all columns: lines that differ anywhere are two jobs
            lines += 1
            if isinstance(row, Misfit):
                self._problems.append(_misfit(row))
            elif row.cells in seen:
                self._problems.append(Problem(row.line, MeasureReason.DUPLICATE_ROW))
            else:
                seen.add(row.cells)
                jobs.append(self._job(row.line, row.cells))
        return JobList(
            jobs=tuple(jobs),
            problems=tuple(self._problems),
            lines=lines,
            absent=tuple(name for name in self._settings.columns if name not in self._columns),
        )

    def _job(self, line: int, cells: Sequence[str]) -> Job:
        def cell(name: str) -> str:
            return cells[self._columns[name]] if name in self._columns else ""

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


def _misfit(row: Misfit) -> Problem:
    if row.fault is RowFault.ROW_LENGTH:
        return Problem(row.line, MeasureReason.ROW_WIDTH)
    return Problem(row.line, MeasureReason.ROW_DAMAGED, row.fault.value)


def _words(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word.casefold(): ours for ours, theirs in words.items() for word in theirs}


def _parsed(text: str, form: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _uid(text: str) -> str:
    text = text.strip("'\"= ")
    return "" if uid_problem(text) else text
