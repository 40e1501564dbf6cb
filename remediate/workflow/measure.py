"""Counts how many surveyed studies carry the BSN in the right place, and where the others are. Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from remediate.records.ledger import StudyRow
from remediate.records.states import State
from remediate.workflow.judgement import Judge, Judgement
from remediate.workflow.plan import CHUNK
from remediate.workflow.ports import Ledger

TARGET = 0.95
"""Twiin: in more than 95 % of what is sent, the BSN stands in the right place."""


@dataclass(slots=True)
class Share:
    """Correct studies of a group; exceptions are not in `studies`."""

    studies: int = 0
    correct: int = 0

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 for an empty group, which misses nothing."""
        return round(self.correct / self.studies, 4) if self.studies else 1.0

    def add(self, correct: bool) -> None:
        """Count one study."""
        self.studies += 1
        self.correct += correct


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The number that this project exists for. The denominator leaves the exceptions out."""

    whole: Share
    by: Mapping[str, Mapping[str, Share]]  # year, modality, institution -> group -> share
    exceptions: Mapping[str, int]  # by rule
    wrong: Mapping[str, int]  # why the others are not correct, by reason code
    target: float = field(default=TARGET)

    @property
    def reached(self) -> bool:
        """More than the target, as Twiin asks."""
        return self.whole.correct > self.target * self.whole.studies


def measure_survey(ledger: Ledger, judge: Judge) -> Coverage:
    """Coverage of everything that was surveyed, by the same judgement that plans."""
    whole = Share()
    by: dict[str, dict[str, Share]] = {"year": {}, "modality": {}, "institution": {}}
    exceptions: dict[str, int] = defaultdict(int)
    wrong: dict[str, int] = defaultdict(int)
    for row, judgement in _judged(ledger, judge):
        if judgement.state is State.EXCLUDED:
            exceptions[judgement.reasons[0]] += 1
            continue
        correct = judgement.state is State.CORRECT
        whole.add(correct)
        for dimension, group in groups(row):
            by[dimension].setdefault(group, Share()).add(correct)
        if not correct:
            wrong[judgement.reasons[0]] += 1
    ordered = {dimension: dict(sorted(found.items())) for dimension, found in by.items()}
    return Coverage(whole=whole, by=ordered, exceptions=dict(exceptions), wrong=dict(wrong))


def _judged(ledger: Ledger, judge: Judge) -> Iterator[tuple[StudyRow, Judgement]]:
    rows = ledger.studies()
    while chunk := list(islice(rows, CHUNK)):
        yield from zip(chunk, judge.judge_many([row.evidence for row in chunk]), strict=True)


def groups(row: StudyRow) -> Iterator[tuple[str, str]]:
    """The groups that a study counts in; a study with two modalities counts in both."""
    year = row.study_date[:4]
    yield "year", year if year.isdigit() else "undated"
    for modality in row.modalities or ("unknown",):
        yield "modality", modality
    yield "institution", row.institution_name or "unknown"
