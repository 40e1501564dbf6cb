"""A gateway's list of sent jobs over the synthetic hospital, with the faults that real lists have; sends nothing."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from remediate.demo.hospital import Hospital, Study

DESTINATIONS = ("Ziekenhuis Noord", "Kliniek Zuid", "Huisartsenpost")
FAILURES = ("Association rejected by remote", "Timeout after 300 s", "Out of resources (A700)")
EMPTY_WEEK = 4
"""This many weeks before the last one, nothing was sent: a holiday."""

Outcome = Literal["finished", "failed", "waiting"]
_HEADER = ("time", "type", "state", "study_instance_uid", "accession_number", "destination", "reason")
_FORMS = ("%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentJob:
    """One job as it happened: the truth behind a line."""

    at: datetime  # wall-clock time, as the list has it
    study: Study = field(repr=False)
    destination: str
    type: Literal["DICOM Send", "E-mail"]
    outcome: Outcome
    reason: str = ""


def sent_jobs(hospital: Hospital, *, until: datetime, weeks: int = 10, seed: int = 1) -> tuple[SentJob, ...]:
    """Jobs of the weeks before a moment, oldest first; the same for the same arguments."""
    rng = random.Random(seed)  # noqa: S311 - reproducible test data, not a secret
    jobs = []
    for study in hospital.studies:
        for _ in range(rng.choice((1, 1, 2))):
            jobs.append(_job(study, rng, until, weeks))
    return tuple(sorted(jobs, key=lambda job: job.at))


def _job(study: Study, rng: random.Random, until: datetime, weeks: int) -> SentJob:
    week = rng.choice([number for number in range(weeks) if number != EMPTY_WEEK])
    monday = until - timedelta(days=until.weekday() + 7 * week)
    at = monday.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(minutes=rng.randrange(4 * 24 * 60))
    outcome: Outcome = rng.choices(("finished", "failed", "waiting"), (0.85, 0.1, 0.05))[0]
    return SentJob(
        at=min(at, until),
        study=study,
        destination=rng.choice(DESTINATIONS),
        type=rng.choices(("DICOM Send", "E-mail"), (0.9, 0.1))[0],
        outcome=outcome,
        reason=rng.choice(FAILURES) if outcome == "failed" else "",
    )


def write_sent_jobs(jobs: tuple[SentJob, ...], path: Path) -> Path:
    """Write the list as a gateway exports it: two date formats, some studies by accession number only, bad lines."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADER)
    for number, job in enumerate(jobs):
        writer.writerow(_line(job, by_accession=number % 5 == 4, form=_FORMS[number % 2]))
    if jobs:
        writer.writerows(_bad_lines(jobs[-1]))
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def _line(job: SentJob, *, by_accession: bool, form: str) -> tuple[str, ...]:
    uid = "" if by_accession else job.study.study_instance_uid
    number = f"ACC{job.study.frame.number:06d}"
    return job.at.strftime(form), job.type, job.outcome, uid, number, job.destination, job.reason


BAD_LINES = 6
"""How many lines `write_sent_jobs` adds that need a look."""


def _bad_lines(job: SentJob) -> Iterator[tuple[str, ...]]:
    time, kind, _, uid, number, destination, _ = _line(job, by_accession=False, form=_FORMS[0])
    yield time, kind, "paused by operator", uid, number, destination, ""
    yield "yesterday", kind, "finished", uid, number, destination, ""
    yield time, kind, "finished", "1.2.826.0.1.3680043.8.498.404", "", destination, ""
    yield time, kind, "finished", "", "", destination, ""
    yield time, kind, "finished", "", "ACC404404", destination, ""
    yield time, kind
