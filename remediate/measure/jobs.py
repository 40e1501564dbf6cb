"""Joins the list of sent jobs with the studies: of how many the BSN went along properly, and why sending failed.

A study counts as it was when it was sent: one that was corrected afterwards went out wrong. Jobs and studies are
counted apart: a study that was sent several times counts once, as its worst sending. What nobody can judge is said, and
bounds what may be claimed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from remediate.measure.coverage import often
from remediate.measure.intervals import Looked, interval
from remediate.measure.job_list import JobList, JobState, ListedJob
from remediate.measure.moments import at_moment
from remediate.measure.reasons import MeasureReason
from remediate.measure.undecided import judged_standings
from remediate.plan.categories import NOT_COUNTED, RIGHT, Category
from remediate.plan.judge import Judge
from remediate.ports import CensusStore, StudyStore
from remediate.shares import TARGET, more_than, outward, share_of

UNDATED, NOWHERE = "undated", "unknown"
CONFIDENCE = 0.95
"""Of the interval for all that was sent, from what could be judged."""

_LINES_NAMED = 20


class FoundWhenSent(NamedTuple):
    """How a study was when it was sent; a `MeasureReason` where nobody can say."""

    category: Category | MeasureReason
    reason: str = ""

    @property
    def rank(self) -> int:
        """The worst of several sendings counts: an exception, right, not judged, wrong."""
        if isinstance(self.category, MeasureReason):
            return 2
        return 0 if self.category in NOT_COUNTED else 1 if self.category in RIGHT else 3


class Sending(NamedTuple):
    """One study of one finished job."""

    study: str  # its UID; where that is unknown what the list tells, or the line
    found: FoundWhenSent


@dataclass(slots=True)
class JobGroup:
    """Jobs of one week, destination or type, and the studies that were sent by them."""

    states: Counter[JobState] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    sendings: int = 0  # of a study each
    sent: dict[str, FoundWhenSent] = field(default_factory=dict, repr=False)  # by study, its worst sending

    def add(self, job: ListedJob, sendings: Iterable[Sending]) -> None:
        """Count one job, and what became of the studies that it sent."""
        self.states[job.state] += 1
        if job.state is JobState.FAILED:
            self.failures[job.reason or NOWHERE] += 1
        for study, found in sendings:
            self.sendings += 1
            known = self.sent.get(study)
            if known is None or found.rank > known.rank:
                self.sent[study] = found


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTally:
    """The studies that a group of jobs sent, counted."""

    sent: int  # without exceptions
    studies: int  # of these judged: the denominator of a share
    correct: int
    wrong: Mapping[str, int]
    not_judged: Mapping[str, int]
    exceptions: Mapping[str, int]

    @property
    def unjudged(self) -> int:
        """Sent, but nobody can say how."""
        return self.sent - self.studies

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The share of all that was sent, if all of the unjudged were wrong, and if all were right."""
        if not self.sent:
            return None
        return outward(self.correct / self.sent, (self.correct + self.unjudged) / self.sent)


def tally(group: JobGroup) -> JobTally:
    """Counts the studies of a group."""
    counted = Counter(group.sent.values())
    wrong, not_judged, exceptions = Counter[str](), Counter[str](), Counter[str]()
    correct = 0
    for found, studies in counted.items():
        if isinstance(found.category, MeasureReason):
            not_judged[found.category] += studies
        elif found.category in NOT_COUNTED:
            exceptions[found.reason] += studies
        elif found.category in RIGHT:
            correct += studies
        else:
            wrong[found.reason] += studies
    studies = correct + wrong.total()
    return JobTally(
        sent=studies + not_judged.total(),
        studies=studies,
        correct=correct,
        wrong=often(wrong),
        not_judged=often(not_judged),
        exceptions=often(exceptions),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SentJobs:
    """What the list tells, whole and by group."""

    listed: JobList
    whole: JobGroup
    by: Mapping[str, Mapping[str, JobGroup]]  # week, destination, type
    sendings: Mapping[int, Sequence[Sending]]  # by line, of finished jobs
    first: date | None
    last: date | None
    target: float = TARGET

    @property
    def unread(self) -> int:
        """Lines and jobs of which nobody knows whether they sent anything."""
        damaged = (MeasureReason.ROW_WIDTH, MeasureReason.ROW_DAMAGED)
        lines = sum(problem.reason in damaged for problem in self.listed.problems)
        return lines + self.whole.states[JobState.UNKNOWN]


def measure_jobs(listed: JobList, *, census: CensusStore, studies: StudyStore, judge: Judge) -> SentJobs:
    """Count every job of the list, with the studies as the ledger knows them."""
    finished = [job for job in listed.jobs if job.state is JobState.FINISHED]
    sendings = _Joining(census, studies, judge).join(finished)
    whole = JobGroup()
    by: dict[str, dict[str, JobGroup]] = {"week": {}, "destination": {}, "type": {}}
    for job in listed.jobs:
        sent = sendings.get(job.line, ())
        whole.add(job, sent)
        _group(by["week"], week_of(job.day)).add(job, sent)
        _group(by["destination"], job.destination or NOWHERE).add(job, sent)
        _group(by["type"], job.type.value).add(job, sent)
    days = [job.day for job in listed.jobs if job.day]
    first, last = (min(days), max(days)) if days else (None, None)
    if first and last:
        for week in _weeks(first, last):
            _group(by["week"], week)  # an empty week is told too
    ordered = {dimension: dict(sorted(groups.items())) for dimension, groups in by.items()}
    return SentJobs(listed=listed, whole=whole, by=ordered, sendings=sendings, first=first, last=last)


def _group(groups: dict[str, JobGroup], name: str) -> JobGroup:
    found = groups.get(name)
    if found is None:
        found = groups[name] = JobGroup()
    return found


def never_surveyed(sent: SentJobs, census: CensusStore) -> tuple[frozenset[str], frozenset[str]]:
    """The Study Instance UIDs, and the Accession Numbers, of finished jobs that the ledger does not know."""
    finished = [job for job in sent.listed.jobs if job.state is JobState.FINISHED]
    uids = {uid for job in finished for uid in job.study_instance_uids}
    by_number = _by_accession(census, finished)
    numbers = {number for job in finished for number in _told(job, by_number)}
    return frozenset(uids - census.standings(uids).keys()), frozenset(numbers - by_number.keys())


def _by_accession(census: CensusStore, jobs: Sequence[ListedJob]) -> Mapping[str, tuple[str, ...]]:
    """The studies under each number, and under each part of one with blanks in it: several may share a cell."""
    numbers = {number for job in jobs for number in job.accession_numbers}
    return census.by_accession(numbers | {part for number in numbers for part in number.split()})


def _told(job: ListedJob, by_number: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The Accession Numbers of a job: blanks stand in one, or between several where all of these are known."""
    for number in job.accession_numbers:
        parts = number.split()
        are_several = number not in by_number and len(parts) > 1 and all(part in by_number for part in parts)
        yield from parts if are_several else (number,)


class _Joining:
    """Finds the studies of each finished job, and how they were then."""

    def __init__(self, census: CensusStore, studies: StudyStore, judge: Judge) -> None:
        self._census = census
        self._studies = studies
        self._judge = judge
        self._alike: dict[FoundWhenSent, FoundWhenSent] = {}

    def join(self, jobs: Sequence[ListedJob]) -> dict[int, tuple[Sending, ...]]:
        by_number = _by_accession(self._census, jobs)
        known = {uid for job in jobs for uid in job.study_instance_uids}
        known |= {uids[0] for uids in by_number.values() if len(uids) == 1}
        standings = judged_standings(known, self._census, self._studies, self._judge)
        moments = self._census.moments(known)

        def found(uid: str, job: ListedJob) -> Sending:
            if uid not in standings:
                return Sending(uid, _UNKNOWN)
            over_time = moments[uid]
            changed = bool(over_time.corrections) or over_time.same_since > over_time.first_seen
            if job.at is None and changed and not job.may_be:  # nobody knows whether that was before or after
                return Sending(uid, _TIME_UNKNOWN)
            sent = {FoundWhenSent(*at_moment(standings[uid], over_time, at)) for at in job.may_be or (job.at,)}
            one = sent.pop()
            return Sending(uid, _TIME_UNKNOWN if sent else self._alike.setdefault(one, one))

        joined: dict[int, tuple[Sending, ...]] = {}
        for job in jobs:
            sendings = [found(uid, job) for uid in job.study_instance_uids]
            for number in _told(job, by_number):
                uids = by_number.get(number, ())
                unclear = _AMBIGUOUS if len(uids) > 1 else _UNKNOWN
                sendings.append(found(uids[0], job) if len(uids) == 1 else Sending(f"number {number}", unclear))
            joined[job.line] = tuple(sendings) or (Sending(f"line {job.line}", _NO_STUDY),)
        return joined


_UNKNOWN = FoundWhenSent(MeasureReason.STUDY_UNKNOWN)
_AMBIGUOUS = FoundWhenSent(MeasureReason.STUDY_AMBIGUOUS)
_TIME_UNKNOWN = FoundWhenSent(MeasureReason.JOB_TIME_UNKNOWN)
_NO_STUDY = FoundWhenSent(MeasureReason.NO_STUDY)


@lru_cache(maxsize=1 << 14)
def week_of(day: date | None) -> str:
    """ISO 8601 week such as 2026-W05, in the list's own time zone."""
    if day is None:
        return UNDATED
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _weeks(first: date, last: date) -> Iterator[str]:
    day = first - timedelta(days=first.weekday())
    while day <= last:
        year, week, _ = day.isocalendar()
        yield f"{year}-W{week:02d}"
        day += timedelta(weeks=1)


def reached(counted: JobTally, *, unread: int, target: float) -> bool | None:
    """Whether more than the target went out right; None where what nobody could judge or read decides."""
    least = counted.sent + unread
    if not counted.sent:
        return None
    if more_than(counted.correct, least, target):
        return True
    return None if more_than(counted.correct + counted.unjudged + unread, least, target) else False


def jobs_json(sent: SentJobs) -> dict[str, Any]:
    """What `measure jobs` answers, and what the ledger keeps."""
    counted, asked = tally(sent.whole), sent.listed.period
    weeks = sent.by["week"]
    return {
        **_group_json(sent.whole),
        "interval": _interval(counted),
        "confidence": CONFIDENCE,
        "unread": sent.unread,
        "target": sent.target,
        "reached": reached(counted, unread=sent.unread, target=sent.target),
        "lines": sent.listed.lines,
        "jobs": sent.whole.states.total(),
        "period": {
            "from": sent.first.isoformat() if sent.first else None,
            "to": sent.last.isoformat() if sent.last else None,
            "weeks": sum(name != UNDATED for name in weeks),
            "empty_weeks": sum(not group.states for group in weeks.values()),
            "asked_from": asked.first.isoformat() if asked.first else None,
            "asked_to": asked.last.isoformat() if asked.last else None,
            "outside": sent.listed.outside,
        },
        "by": {
            dimension: {name: _group_json(group) for name, group in groups.items()}
            for dimension, groups in sent.by.items()
        },
        "problems": _problems_json(sent),
        "absent_columns": list(sent.listed.absent),
    }


def _interval(counted: JobTally) -> list[float] | None:
    """For all that was sent, taking what could be judged for a random part of it."""
    if not counted.studies:
        return None
    looked = Looked(correct=counted.correct, drawn=counted.studies, population=counted.sent)
    found = interval(looked, CONFIDENCE)
    return list(outward(found.low, found.high))


def _group_json(group: JobGroup) -> dict[str, Any]:
    counted = tally(group)
    return {
        "studies": counted.studies,
        "correct": counted.correct,
        "share": share_of(counted.correct, counted.studies),
        "sent": counted.sent,
        "unjudged": counted.unjudged,
        "bounds": list(counted.bounds) if counted.bounds else None,
        "sendings": group.sendings,
        **{state.value: group.states[state] for state in JobState},
        "exceptions": counted.exceptions,
        "wrong": counted.wrong,
        "not_judged": counted.not_judged,
        "failures": often(group.failures),
    }


def _problems_json(sent: SentJobs) -> dict[str, Any]:
    lines: dict[MeasureReason, list[int]] = defaultdict(list)
    words: dict[MeasureReason, Counter[str]] = defaultdict(Counter)
    for problem in sent.listed.problems:
        lines[problem.reason].append(problem.line)
        words[problem.reason][problem.word] += 1
    for line, sendings in sent.sendings.items():
        for reason in {one.found.category for one in sendings}:
            if isinstance(reason, MeasureReason):
                lines[reason].append(line)
    return {
        reason.value: {
            "number": len(found),
            "lines": found[:_LINES_NAMED],
            "words": {word or "(empty)": number for word, number in sorted(words[reason].items())}
            if reason in (MeasureReason.STATE_UNKNOWN, MeasureReason.TYPE_UNKNOWN)
            else {},
        }
        for reason, found in sorted(lines.items())
    }
