"""Reads the gateway's list of sent jobs (CSV) as configured; every line is a job or is named. Looks no study up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from remediate.config.measure import JobListSettings
from remediate.errors import EmptyTableError, UsageError
from remediate.header.uids import uid_problem
from remediate.measure.address_book import AddressBook
from remediate.measure.names import shown_reason
from remediate.measure.reasons import MeasureReason
from remediate.tables.columns import plain_name
from remediate.tables.faults import RowFault
from remediate.tables.reader import Misfit, Table, configured_format, open_table
from remediate.texts.language import Sentence, both

_NEEDED = ("time", "state")
_STUDY = ("study_instance_uid", "accession_number")
_OFTEN_ABSENT = "job"
"""Few gateways tell it: only where a column was configured for it is its absence worth a word."""

FIRST_DAY = date(1993, 1, 1)
"""DICOM is not older; spreadsheets and clocks without a battery write 1899, 1970 or 1980."""

_BETWEEN_UIDS = re.compile(r"[\s,;|\\+&/'\"=\[\](){}<>]+")
"""What programs write between UIDs and around them: DICOM's own sign, and those of lists in other languages."""
_BETWEEN_NUMBERS = re.compile(r"\s*[,;|\\\n\r+&]\s*")
_WRITTEN_AS_LIST = re.compile(r"(?s)\[(.*)\]|\((.*)\)|\{(.*)\}")
_FIXED = {
    "%d": r"(?P<d>\d{1,2})", "%m": r"(?P<m>\d{1,2})", "%Y": r"(?P<Y>\d{4})", "%H": r"(?P<H>\d{1,2})",
    "%M": r"(?P<M>\d{1,2})", "%S": r"(?P<S>\d{1,2})",
}  # fmt: skip


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


class ListedJob(NamedTuple):
    """One line of the list."""

    line: int
    at: datetime | None  # aware; None when unreadable, or when the clock showed that time twice or never
    day: date | None  # in the list's own time zone; None when unreadable or impossible
    type: JobType
    state: JobState
    study_instance_uids: tuple[str, ...]
    accession_numbers: tuple[str, ...]  # where no Study Instance UID is told: each of one study
    destination: str
    reason: str  # why it failed, without numbers
    may_be: tuple[datetime, ...] = ()  # where the clock showed the time twice, or never: each moment that may be meant


class Problem(NamedTuple):
    """Something about one line that people must hear."""

    line: int
    reason: MeasureReason
    word: str = ""  # the word that is not known; never a number or a name


class Period(NamedTuple):
    """Days of which the jobs count, both included; None: no bound."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it; a job without a day lies in the unbounded one only."""
        if day is None:
            return self.first is None and self.last is None
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


_EVER = Period()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """Every line of one file."""

    jobs: tuple[ListedJob, ...] = field(repr=False)
    problems: tuple[Problem, ...]
    lines: int
    absent: tuple[str, ...]  # our names of configured columns that the file lacks
    period: Period = _EVER  # that was asked for
    outside: int = 0  # jobs that lie outside it, or of which nobody knows whether they do


_NO_BOOK = AddressBook()


def read_job_list(
    path: Path, settings: JobListSettings, *, today: date, period: Period = _EVER, book: AddressBook = _NO_BOOK
) -> JobList:
    """Read the whole list; jobs that lie after `today` have an impossible date. Destinations count as `book` has them.

    Raises `UsageError` when it lacks a column that is needed, `RemediateError` when it cannot be read.
    """
    try:
        form = configured_format(path, settings.delimiter, settings.encoding, setting="measure.jobs")
        with open_table(path, form, header_line=settings.header_line) as table:
            reading = _Reading(settings, _columns(path, table.names, settings), today, book)
            return reading.read(table, period)
    except EmptyTableError:
        raise _without(path, [both(settings.columns.get(name, name)) for name in _NEEDED]) from None


def _columns(path: Path, header: list[str], settings: JobListSettings) -> Mapping[str, int]:
    """Where our columns stand in the file."""
    found = {ours: header.index(theirs) for ours, theirs in settings.columns.items() if theirs in header}
    missing = [both(settings.columns.get(name, name)) for name in _NEEDED if name not in found]
    if not any(name in found for name in _STUDY):
        either = [settings.columns.get(name, name) for name in _STUDY]
        missing.append(Sentence(" or ".join(either), " of ".join(either)))
    if missing:
        raise _without(path, missing)
    twice = [theirs for theirs in settings.columns.values() if header.count(theirs) > 1]
    if twice:
        raise UsageError(
            Sentence(
                f"{path} has more than one column {', '.join(twice)}.",
                f"{path} heeft meer dan één kolom {', '.join(twice)}.",
            ),
            advice=Sentence("Leave out the wrong one.", "Laat de verkeerde weg."),
        )
    return found


def _without(path: Path, missing: Sequence[Sentence]) -> UsageError:
    return UsageError(
        Sentence(
            f"{path} has no column {', no column '.join(one.en for one in missing)}.",
            f"{path} heeft geen kolom {', geen kolom '.join(one.nl for one in missing)}.",
        ),
        advice=Sentence(
            f"Say in measure.jobs how your gateway writes its list: remediate measure jobs --propose {path.name}",
            f"Zeg in measure.jobs hoe uw gateway de lijst schrijft: remediate measure jobs --propose {path.name}",
        ),
    )


class _Reading:
    """One pass over the lines."""

    def __init__(self, settings: JobListSettings, columns: Mapping[str, int], today: date, book: AddressBook) -> None:
        self._settings = settings
        self._columns = columns
        self._zone = ZoneInfo(settings.timezone)
        self._last_day = today + timedelta(days=1)  # a gateway's clock may be ahead, or its time zone
        self._may_change_on = lru_cache(maxsize=1 << 12)(self._may_change)
        self._forms = [moment_reader(form) for form in settings.time_formats]
        states, types = (ListWords(words.model_dump()).meaning for words in (settings.states, settings.types))
        self._states = lru_cache(maxsize=1 << 12)(lambda word: JobState(states(word) or JobState.UNKNOWN))
        self._types = lru_cache(maxsize=1 << 12)(lambda word: JobType(types(word) or JobType.UNKNOWN))
        self._destination = lru_cache(maxsize=1 << 14)(book.shown)
        self._problems: list[Problem] = []

    def read(self, table: Table, period: Period) -> JobList:
        """Every line of a list."""
        jobs: list[_Numbered] = []
        seen: set[bytes] = set()
        lines = outside = 0
        for row in table.rows(range(len(table.names))):  # all columns: lines that differ anywhere are two jobs
            lines += 1
            if isinstance(row, Misfit):
                self._problems.append(_misfit(row))
                continue
            key = blake2b("\0".join(row.cells).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            if key in seen:
                self._problems.append(Problem(row.line, MeasureReason.DUPLICATE_ROW))
                continue
            seen.add(key)
            before = len(self._problems)
            found = self._job(row.line, row.cells)
            if period.holds(found.job.day):
                jobs.append(found)
            else:
                outside += 1
                if found.job.day is not None:  # that nobody knows when it was stays worth a word
                    del self._problems[before:]
        return JobList(
            jobs=tuple(self._as_they_ended(jobs)),
            problems=tuple(self._problems),
            lines=lines,
            absent=tuple(name for name, theirs in self._settings.columns.items() if self._is_missed(name, theirs)),
            period=period,
            outside=outside,
        )

    def _is_missed(self, name: str, theirs: str) -> bool:
        return name not in self._columns and (name, theirs) != (_OFTEN_ABSENT, _OFTEN_ABSENT)

    def _as_they_ended(self, jobs: list[_Numbered]) -> Iterator[ListedJob]:
        """Each job once: of several lines with one job number, study and destination the last one counts."""
        told: set[str] = set()
        again: set[str] = set()  # mostly few: what is kept of each is large
        for number, _ in jobs:
            (again if number in told else told).add(number)
        last: dict[tuple[str, ...], int] = {}
        for at, (number, job) in enumerate(jobs):
            if number and number in again:
                key = (number, job.destination, *job.study_instance_uids, *job.accession_numbers)
                known = last.get(key)
                if known is None or _is_later(job, jobs[known][1]):
                    last[key] = at
        kept = set(last.values())
        for at, (number, job) in enumerate(jobs):
            if not number or number not in again or at in kept:
                yield job
            else:
                self._problems.append(Problem(job.line, MeasureReason.EARLIER_ROW))

    def _job(self, line: int, cells: Sequence[str]) -> _Numbered:
        def cell(name: str) -> str:
            return cells[self._columns[name]] if name in self._columns else ""

        at, day, may_be = self._moment(line, cell("time"))
        uids = self._uids(line, cell("study_instance_uid"))
        job = ListedJob(
            line=line,
            at=at,
            day=day,
            type=self._type(line, cell("type")),
            state=self._state(line, cell("state")),
            study_instance_uids=uids,
            accession_numbers=() if uids else _numbers(cell("accession_number")),
            destination=self._destination(cell("destination")),
            reason=shown_reason(cell("reason")),
            may_be=may_be,
        )
        return _Numbered(cell("job"), job)

    def _moment(self, line: int, text: str) -> tuple[datetime | None, date | None, tuple[datetime, ...]]:
        """When a job was, where one moment is meant; its day; and where the clock leaves two, both."""
        found = {moment for read in self._forms if (moment := read(text)) is not None}
        reason: MeasureReason | None = None
        if len(found) != 1:
            reason = MeasureReason.TIME_AMBIGUOUS if found else MeasureReason.TIME_UNREADABLE
            self._problems.append(Problem(line, reason))
            return None, None, ()
        moment = found.pop()
        day = moment.date()
        if not FIRST_DAY <= day <= self._last_day:
            self._problems.append(Problem(line, MeasureReason.TIME_IMPOSSIBLE))
            return None, None, ()
        if moment.tzinfo is not None:
            return moment, moment.astimezone(self._zone).date(), ()
        if not self._may_change_on(day):
            return moment.replace(tzinfo=self._zone), day, ()
        first, second = (moment.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        if (before := first.utcoffset()) == (after := second.utcoffset()):
            return first, day, ()
        assert before is not None
        assert after is not None
        reason = MeasureReason.TIME_SKIPPED if before < after else MeasureReason.TIME_TWICE  # PEP 495
        self._problems.append(Problem(line, reason))
        return None, day, (first, second)

    def _may_change(self, day: date) -> bool:
        """Whether the clock may be put forward or back on this day."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self._zone)
        return len({(noon + timedelta(days=days)).utcoffset() for days in (-1, 0, 1)}) > 1

    def _uids(self, line: int, text: str) -> tuple[str, ...]:
        """Every study that a cell names; that part of it is no UID is told."""
        if not uid_problem(text):  # as nearly every line has it
            return (text,)
        parts = [part for part in _BETWEEN_UIDS.split(text) if part]
        uids = tuple(dict.fromkeys(part for part in parts if not uid_problem(part)))
        if uids and len(uids) < len(set(parts)):
            self._problems.append(Problem(line, MeasureReason.STUDY_UNREADABLE))
        return uids

    def _state(self, line: int, word: str) -> JobState:
        known = self._states(word)
        if known is JobState.UNKNOWN:
            self._problems.append(Problem(line, MeasureReason.STATE_UNKNOWN, shown_reason(word)))
        return known

    def _type(self, line: int, word: str) -> JobType:
        known = self._types(word)
        if known is JobType.UNKNOWN and "type" in self._columns:
            self._problems.append(Problem(line, MeasureReason.TYPE_UNKNOWN, shown_reason(word)))
        return known


class _Numbered(NamedTuple):
    """A job with its number in the gateway, which is compared and not kept."""

    number: str
    job: ListedJob


_ORDER = (JobState.UNKNOWN, JobState.WAITING, JobState.FAILED, JobState.FINISHED)


def _is_later(job: ListedJob, earlier: ListedJob) -> bool:
    """Whether the second of two lines about one job tells how it ended: the later one; where they are of one moment, or
    nobody knows the moment of both, the one further on."""
    if job.at and earlier.at and job.at != earlier.at:
        return job.at > earlier.at
    return _ORDER.index(job.state) >= _ORDER.index(earlier.state)


def _misfit(row: Misfit) -> Problem:
    if row.fault is RowFault.ROW_LENGTH:
        return Problem(row.line, MeasureReason.ROW_WIDTH)
    return Problem(row.line, MeasureReason.ROW_DAMAGED, row.fault.value)


class ListWords:
    """Words of a list for what we know by names of our own, whatever their capitals, blanks and hyphens."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._exact = {word: ours for ours, theirs in words.items() for word in theirs}
        spelled = {(plain_name(word), ours) for word, ours in self._exact.items()}
        often = Counter(plain for plain, _ in spelled)
        self._plain = {plain: ours for plain, ours in spelled if plain and often[plain] == 1}

    def meaning(self, word: str) -> str:
        """Our name for what a word means; "" of one that is not known."""
        return self._exact.get(word) or self._plain.get(plain_name(word), "")


def _numbers(text: str) -> tuple[str, ...]:
    """The Accession Numbers of a cell; blanks are part of one."""
    text = text.strip()
    if as_list := _WRITTEN_AS_LIST.fullmatch(text):
        text = next(filter(None, as_list.groups()), "")
    parts = (part.strip("'\" ") for part in _BETWEEN_NUMBERS.split(text))
    return tuple(dict.fromkeys(filter(None, parts)))


def moment_reader(form: str) -> Callable[[str], datetime | None]:
    """A reader of moments in exactly this form, as `strptime` reads them; ten times as fast where the form is usual."""
    parts = re.split(r"(%.)", form)
    directives = parts[1::2]
    if set(directives) <= _FIXED.keys() and len(set(directives)) == len(directives):
        plain = (re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(part)) for part in parts[::2])
        texts = [part for pair in zip(plain, [*map(_FIXED.__getitem__, directives), ""], strict=True) for part in pair]
        return _matching(re.compile("".join(texts), re.ASCII))

    def read(text: str) -> datetime | None:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
        except ValueError:
            return None

    return read


def _matching(pattern: re.Pattern[str]) -> Callable[[str], datetime | None]:
    places = [pattern.groupindex[name] for name in "YmdHMS" if name in pattern.groupindex]

    def read(text: str) -> datetime | None:
        match = pattern.fullmatch(text)
        if match is None:
            return None
        try:
            return datetime(*map(int, match.group(*places)))  # type: ignore[arg-type]  # noqa: DTZ001 - the zone follows
        except ValueError:
            return None

    return read
