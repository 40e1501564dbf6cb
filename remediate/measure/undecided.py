"""Where studies would stand that no plan has decided yet: judged now as a plan judges, counted without being kept.

Few are judged one by one; many by their headers, once for all studies that have the same.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryFile

from remediate.measure.places import judged_place
from remediate.plan.judge import Judge, Judgement
from remediate.plan.kept_decisions import birth_date, may_be_later
from remediate.plan.processes import WORTH_SHARING, in_shares
from remediate.plan.processes import judged as judge_page
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

    def placed(self, rows: Iterable[tuple[str, CensusRow]]) -> Iterator[tuple[str, CensusRow, bool]]:
        """These, and where a plan would put each study that none has decided yet, which the last value says of it.

        Rows of alike studies without a UID will do.
        """
        waiting = others = 0
        for uid, row in rows:
            if row.state is State.SURVEYED:
                waiting += row.studies
            else:
                others += row.studies
                yield uid, row, False
        if waiting:
            yield from ((uid, row, True) for uid, row in self._listed(part=waiting / (waiting + others)))

    def _listed(self, *, part: float) -> Iterator[tuple[str, CensusRow]]:
        """Every study in state SURVEYED, its UID with the standing that it would get; `part` is how many of all these
        are."""
        return self._one_by_one() if part < FEW else self._by_headers()

    def _one_by_one(self) -> Iterator[tuple[str, CensusRow]]:
        uids = iter(self.census.in_state(State.SURVEYED))
        while chunk := list(islice(uids, _CHUNK)):
            yield from judged(self.studies.studies_named(chunk), self.judge)
            self.progress(len(chunk))

    def _by_headers(self) -> Iterator[tuple[str, CensusRow]]:
        standings = self._standings_of_headers()
        alone: list[str] = []
        reviewed = self.census.reviewed()
        for number, (uid, study_date, headers_id, row) in enumerate(self.census.undecided(), start=1):
            state, reason, born = standings.of(headers_id)
            if uid in reviewed or not (not study_date or may_be_later(study_date, born)):
                alone.append(uid)
            else:
                yield uid, row._replace(state=state, reason=reason)
            if number % _CHUNK == 0:
                self.progress(_CHUNK)
        for start in range(0, len(alone), _CHUNK):
            yield from judged(self.studies.studies_named(alone[start : start + _CHUNK]), self.judge)

    def _standings_of_headers(self) -> HeaderStandings:
        has_registry = self.judge.registry.patients() > 0
        highest = self.inventory.highest_headers_id()
        shares = max(1, self.processes) if highest >= WORTH_SHARING else 1
        with ExitStack() as stack:
            files = [stack.enter_context(TemporaryFile("w+", dir=self.folder)) for _ in range(shares)]

            def work(share: int, shares: int) -> None:
                files[share].seek(0)
                files[share].truncate()
                for page in self.inventory.headers_of_patients(share, shares):
                    for key, found, _ in judge_page(self.judge, page):
                        told = (*standing(found, self.judge, has_registry=has_registry), birth_date(found))
                        files[share].write(f"{json.dumps([key, *told])}\n")
                files[share].flush()

            in_shares(self.inventory.let_go, work, shares)
            standings = HeaderStandings(highest)
            for file in files:
                file.seek(0)
                for line in file:
                    standings.add(*json.loads(line))
        return standings


class HeaderStandings:
    """Where studies with the same headers would stand, by the headers' key: six bytes each."""

    def __init__(self, highest_key: int) -> None:
        self._kinds: list[tuple[State, str]] = []
        self._numbers: dict[tuple[State, str], int] = {}
        self._kind_of = array("H", bytes(2 * (highest_key + 1)))  # 0: nothing was judged
        self._born_of = array("i", bytes(4 * (highest_key + 1)))  # 0: no birth date

    def add(self, key: int, state: str, reason: str, born: str) -> None:
        """What was judged about headers; `born` as a DA, or ""."""
        kind = State(state), reason
        if kind not in self._numbers:
            self._kinds.append(kind)
            self._numbers[kind] = len(self._kinds)
        self._kind_of[key], self._born_of[key] = self._numbers[kind], int(born or 0)

    def of(self, key: int) -> tuple[State, str, str]:
        """State, reason and birth date ("" when there is none). Raises KeyError when nothing was judged."""
        number = self._kind_of[key]
        if not number:
            raise KeyError(key)
        born = self._born_of[key]
        return *self._kinds[number - 1], f"{born:08d}" if born else ""


def judged_standings(
    uids: Collection[str], census: CensusStore, studies: StudyStore, judge: Judge
) -> dict[str, CensusRow]:
    """Where these studies stand; those that no plan has decided yet as a plan would judge them now."""
    found = dict(census.standings(uids))
    undecided = [uid for uid, row in found.items() if row.state is State.SURVEYED]
    found.update(judged(studies.studies_named(undecided), judge))
    return found


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
