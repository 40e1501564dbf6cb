"""Joins the list of sent jobs with the studies: how often the BSN went along properly, and why sending failed.

A study counts as it was when it was sent: one that was corrected afterwards went out wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from remediate.records.measurements import CensusRow
from remediate.records.states import State
from remediate.workflow.judgement import Judge
from remediate.workflow.measure.categories import NOT_COUNTED, RIGHT, Category, category
from remediate.workflow.measure.coverage import TARGET, more_than, often, share_of
from remediate.workflow.measure.job_list import Job, JobList, JobState
from remediate.workflow.measure.reasons import MeasureReason
from remediate.workflow.measure.undecided import judged
from remediate.workflow.ports import Ledger

UNDATED, NOWHERE = "undated", "unknown"
_LINES_NAMED = 20


@dataclass(slots=True)
class JobGroup:
    """Jobs of one week, destination or type."""

    states: Counter[JobState] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of finished jobs that were judged and went wrong
    excepted: Counter[str] = field(default_factory=Counter)
    not_judged: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    studies: int = 0  # finished, judged, no exception: the denominator
    correct: int = 0

    def add(self, job: Job, found: Found | None) -> None:
        """Count one job; `found` is what became of its study when it finished."""
        self.states[job.state] += 1
        if job.state is JobState.FAILED:
            self.failures[job.reason or NOWHERE] += 1
        if found is None:
            return
        if isinstance(found.category, MeasureReason):
            self.not_judged[found.category] += 1
        elif found.category in NOT_COUNTED:
            self.excepted[found.reason] += 1
        else:
            self.studies += 1
            self.correct += found.category in RIGHT
            if found.category not in RIGHT:
                self.reasons[found.reason] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a study was when it was sent; a `MeasureReason` where nobody can say."""

    category: Category | MeasureReason
    reason: str = ""
    study_instance_uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentJobs:
    """What the list tells, whole and by group."""

    listed: JobList
    whole: JobGroup
    by: Mapping[str, Mapping[str, JobGroup]]  # week, destination, type
    found: Mapping[int, Found]  # by line, of finished jobs
    first: date | None
    last: date | None
    target: float = TARGET


def measure_jobs(listed: JobList, *, ledger: Ledger, judge: Judge) -> SentJobs:
    """Count every job of the list, with the studies as the ledger knows them."""
    finished = [job for job in listed.jobs if job.state is JobState.FINISHED]
    found = _Joining(ledger, judge).join(finished)
    whole = JobGroup()
    by: dict[str, dict[str, JobGroup]] = {"week": {}, "destination": {}, "type": {}}
    for job in listed.jobs:
        names = {"week": week_of(job.at), "destination": job.destination or NOWHERE, "type": job.type.value}
        whole.add(job, found.get(job.line))
        for dimension, name in names.items():
            by[dimension].setdefault(name, JobGroup()).add(job, found.get(job.line))
    days = [job.at.date() for job in listed.jobs if job.at]
    first, last = (min(days), max(days)) if days else (None, None)
    if first and last:
        for week in _weeks(first, last):
            by["week"].setdefault(week, JobGroup())  # an empty week is told too
    ordered = {dimension: dict(sorted(groups.items())) for dimension, groups in by.items()}
    return SentJobs(listed=listed, whole=whole, by=ordered, found=found, first=first, last=last)


class _Joining:
    """Finds the study of each finished job, and how it was then."""

    def __init__(self, ledger: Ledger, judge: Judge) -> None:
        self._ledger = ledger
        self._judge = judge

    def join(self, jobs: Iterable[Job]) -> dict[int, Found]:
        jobs = tuple(jobs)
        uids = self._uids(jobs)
        known = {uid for uid in uids.values() if isinstance(uid, str)}
        standings = self._standings(known)
        corrections = self._ledger.corrections_of(known)
        found: dict[int, Found] = {}
        for job in jobs:
            uid = uids[job.line]
            if isinstance(uid, MeasureReason):
                found[job.line] = Found(category=uid)
            elif uid not in standings:
                found[job.line] = Found(category=MeasureReason.STUDY_UNKNOWN)
            else:
                found[job.line] = as_sent(uid, standings[uid], corrections.get(uid, ()), job.at)
        return found

    def _uids(self, jobs: tuple[Job, ...]) -> dict[int, str | MeasureReason]:
        numbers = {job.accession_number for job in jobs if not job.study_instance_uid and job.accession_number}
        by_number = self._ledger.by_accession(numbers)
        return {job.line: _uid_of(job, by_number) for job in jobs}

    def _standings(self, uids: set[str]) -> dict[str, CensusRow]:
        standings = dict(self._ledger.standings(uids))
        undecided = [uid for uid, row in standings.items() if row.state is State.SURVEYED]
        standings.update(judged(self._ledger.studies_named(undecided), self._judge))
        return standings


def _uid_of(job: Job, by_number: Mapping[str, tuple[str, ...]]) -> str | MeasureReason:
    if job.study_instance_uid:
        return job.study_instance_uid
    if not job.accession_number:
        return MeasureReason.NO_STUDY
    found = by_number.get(job.accession_number, ())
    if len(found) > 1:
        return MeasureReason.STUDY_AMBIGUOUS
    return found[0] if found else MeasureReason.STUDY_UNKNOWN


def as_sent(uid: str, row: CensusRow, corrections: tuple[tuple[datetime, bool], ...], at: datetime | None) -> Found:
    """How a study was at a moment (None: as it is now), from how it is now and when it was corrected or put back."""
    now = category(row.state, row.reason)
    if at is None or not corrections:
        return Found(category=now, reason=row.reason, study_instance_uid=uid)
    earlier = [corrected for moment, corrected in corrections if moment <= at]
    if not earlier:
        reason = MeasureReason.CORRECTED_AFTERWARDS.value
        return Found(category=Category.MISPLACED, reason=reason, study_instance_uid=uid)
    if earlier[-1]:
        return Found(category=Category.CORRECTED, reason="", study_instance_uid=uid)
    return Found(category=Category.SET_ASIDE, reason=State.ROLLED_BACK.value, study_instance_uid=uid)


def week_of(moment: datetime | None) -> str:
    """ISO 8601 week such as 2026-W05, in the list's own time zone."""
    if moment is None:
        return UNDATED
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def _weeks(first: date, last: date) -> Iterator[str]:
    day = first - timedelta(days=first.weekday())
    while day <= last:
        year, week, _ = day.isocalendar()
        yield f"{year}-W{week:02d}"
        day += timedelta(weeks=1)


def jobs_json(sent: SentJobs) -> dict[str, Any]:
    """What `measure jobs` answers, and what the ledger keeps."""
    whole = sent.whole
    weeks = sent.by["week"]
    return {
        **_group_json(whole),
        "target": sent.target,
        "reached": more_than(whole.correct, whole.studies, sent.target) if whole.studies else None,
        "lines": sent.listed.lines,
        "jobs": whole.states.total(),
        "period": {
            "from": sent.first.isoformat() if sent.first else None,
            "to": sent.last.isoformat() if sent.last else None,
            "weeks": sum(name != UNDATED for name in weeks),
            "empty_weeks": sum(not group.states for group in weeks.values()),
        },
        "by": {
            dimension: {name: _group_json(group) for name, group in groups.items()}
            for dimension, groups in sent.by.items()
        },
        "problems": _problems_json(sent),
        "absent_columns": list(sent.listed.absent),
    }


def _group_json(group: JobGroup) -> dict[str, Any]:
    return {
        "studies": group.studies,
        "correct": group.correct,
        "share": share_of(group.correct, group.studies),
        **{state.value: group.states[state] for state in JobState},
        "exceptions": often(group.excepted),
        "wrong": often(group.reasons),
        "not_judged": often(group.not_judged),
        "failures": often(group.failures),
    }


def _problems_json(sent: SentJobs) -> dict[str, Any]:
    lines: dict[MeasureReason, list[int]] = defaultdict(list)
    words: dict[MeasureReason, Counter[str]] = defaultdict(Counter)
    for problem in sent.listed.problems:
        lines[problem.reason].append(problem.line)
        words[problem.reason][problem.word] += 1
    for line, found in sent.found.items():
        if isinstance(found.category, MeasureReason):
            lines[found.category].append(line)
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
