"""Where studies would stand that no plan has decided yet: judged now as a plan judges, counted without being kept.

Few are judged one by one; many by their headers, once for all studies that have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from remediate.measure.places import judged_place
from remediate.plan.judge import Judge, Judgement
from remediate.plan.lines import LineFrame, Template
from remediate.plan.processes import judge_headers
from remediate.ports import CensusStore, InventoryStore, StudyStore
from remediate.records.ledger import StudyRow
from remediate.records.measurements import CensusRow
from remediate.records.states import State

FEW = 0.02
"""Part of all studies up to which they are judged one by one."""

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Judges them; temporary files without a name stand in `folder`."""

    census: CensusStore
    studies: StudyStore
    inventory: InventoryStore
    judge: Judge
    processes: int = 1
    folder: str = "."
    progress: Callable[[int], object] = lambda _: None

    def rows(self, *, part: float) -> Iterator[CensusRow]:
        """Every study in state SURVEYED with the standing that it would get; `part` is how many of all these are."""
        return self._one_by_one() if part < FEW else self._by_headers()

    def _one_by_one(self) -> Iterator[CensusRow]:
        uids = iter(self.census.in_state(State.SURVEYED))
        while chunk := list(islice(uids, _CHUNK)):
            for _, row in judged(self.studies.studies_named(chunk), self.judge):
                yield row
            self.progress(len(chunk))

    def _by_headers(self) -> Iterator[CensusRow]:
        has_registry = self.judge.registry.patients() > 0

        def describe(found: Judgement) -> Template:
            return Template(LineFrame("", "", "", *standing(found, self.judge, has_registry=has_registry)), "", "", "")

        memory = judge_headers(self.inventory, self.judge, describe, processes=self.processes, folder=self.folder)
        alone: list[str] = []
        reviewed = self.census.reviewed()
        for number, (uid, study_date, headers_id, row) in enumerate(self.census.undecided(), start=1):
            known = memory.recall(headers_id)
            if uid in reviewed or not known.holds_on(study_date):
                alone.append(uid)
            else:
                yield row._replace(state=known.template.state, reason=known.template.reason)
            if number % _CHUNK == 0:
                self.progress(_CHUNK)
        memory.close()
        for start in range(0, len(alone), _CHUNK):
            for _, row in judged(self.studies.studies_named(alone[start : start + _CHUNK]), self.judge):
                yield row


def judged(rows: Iterable[StudyRow], judge: Judge) -> Iterator[tuple[str, CensusRow]]:
    """Where each study would stand, with its UID."""
    rows = iter(rows)
    has_registry = judge.registry.patients() > 0
    while chunk := list(islice(rows, _CHUNK)):
        judgements = judge.judge_many([row.evidence for row in chunk])
        for row, judgement in zip(chunk, judgements, strict=True):
            state, reason = standing(judgement, judge, has_registry=has_registry)
            yield row.study_instance_uid, _census_row(row, state, reason)


def standing(judgement: Judgement, judge: Judge, *, has_registry: bool) -> tuple[State, str]:
    """State and reason that a plan would give. Without an EPD nobody is known, and the headers alone tell why."""
    state, reason = judgement.state, judgement.reasons[0]
    if state in (State.REVIEW, State.CORRECT) and not has_registry:
        reason = judged_place(judgement.evidence, judge.profile, judgement.patient)
    return state, str(reason)


def _census_row(row: StudyRow, state: State, reason: str) -> CensusRow:
    return CensusRow(
        state,
        reason,
        row.study_date[:4],
        row.modalities,
        row.institution_name,
        row.station_name,
        row.referring_department,
        looked_at=row.looked_at,
        found=row.found,
        gone=row.gone,
    )
