"""Takes a sample (steekproef): draws studies, retrieves one object of each series, judges the headers. Stores nothing.

What the archive hands over decides, not what the survey said. A study that cannot be looked at is named, and counts
against whatever is to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from remediate.header.evidence_reader import EvidenceSettings
from remediate.identity.evidence import Flag, StudyEvidence
from remediate.measure.coverage import UNKNOWN, groups
from remediate.measure.jobs import SentJobs
from remediate.measure.places import judged_place
from remediate.measure.reasons import MeasureReason
from remediate.measure.sample import ARCHIVE, Sample, SeenInSample
from remediate.measure.strata import draw
from remediate.measure.undecided import Undecided, judged_standings
from remediate.plan.categories import NOT_COUNTED, RIGHT, UNJUDGED, Category, category, standing_of
from remediate.plan.judge import Judge
from remediate.ports import Archive, CensusStore, Clock, Events, Spool, StudyStore
from remediate.reasons.study import PlanReason
from remediate.records.ledger import EventType, NewEvent
from remediate.records.measurements import CensusRow
from remediate.records.states import State
from remediate.survey.fetch import evidence_of_objects
from remediate.survey.headers import one_of_each

_FOLDER = "sample"

Listed = Iterable[tuple[str, CensusRow]]
"""Study Instance UIDs with where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingFrame:
    """From which studies a sample is drawn, and those of them that were wrong when they were sent."""

    source: str
    listed: Listed
    alike: Callable[[], Iterable[CensusRow]]  # the same, one row for many where they are told together
    sent_wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surveyed:
    """Everything that was surveyed; what no plan has decided yet stands where a plan would put it."""

    census: CensusStore
    undecided: Undecided

    def __iter__(self) -> Iterator[tuple[str, CensusRow]]:
        return ((uid, row) for uid, row, _ in self.undecided.placed(self.census.listed()))

    def alike(self) -> Iterable[CensusRow]:
        """The same, one row for all studies that are alike where the ledger can tell them together."""
        return (row for _, row, _ in self.undecided.placed(("", row) for row in self.census.census()))


def stored(census: CensusStore, undecided: Undecided) -> SamplingFrame:
    """Everything that was surveyed."""
    surveyed = _Surveyed(census=census, undecided=undecided)
    return SamplingFrame(source=ARCHIVE, listed=surveyed, alike=surveyed.alike)


def sent(jobs: SentJobs, census: CensusStore, studies: StudyStore, judge: Judge, *, source: str) -> SamplingFrame:
    """Every study that was sent and that the ledger knows, once however often it was sent."""
    known = {
        uid: found.category
        for uid, found in jobs.whole.sent.items()
        if isinstance(found.category, Category) or found.category is MeasureReason.NOT_LOOKED_AT
    }
    standings = judged_standings(known, census, studies, judge)
    wrong = frozenset(uid for uid, found in known.items() if isinstance(found, Category) and found not in RIGHT)
    return SamplingFrame(source=source, listed=sorted(standings.items()), alike=standings.values, sent_wrong=wrong)


def known_share(frame: SamplingFrame) -> tuple[int, float | None]:
    """How many studies of a frame count, and which share of them the ledger takes for right."""
    studies = judged = right = 0
    for row in frame.alike():
        found = standing_of(row)
        studies += 0 if found in NOT_COUNTED else row.studies
        judged += 0 if found in UNJUDGED else row.studies
        right += row.studies if found in RIGHT else 0
    return studies, right / judged if judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """Takes samples of one archive."""

    archive: Archive
    census: CensusStore
    studies: StudyStore
    events: Events
    spool: Spool
    judge: Judge
    evidence_settings: EvidenceSettings
    clock: Clock
    progress: Callable[[int], object] = lambda _: None

    def take(self, frame: SamplingFrame, *, size: int, seed: int, by: Sequence[str], confidence: float) -> Sample:
        """Draw and look. Raises `ArchiveError` when the archive cannot be reached."""
        drawn = draw(_strata(frame.listed, by), size=size, seed=seed)
        named = [uid for stratum in drawn for uid in stratum.uids]
        standings = judged_standings(named, self.census, self.studies, self.judge)
        seen = []
        for stratum in drawn:
            for uid in stratum.uids:
                row = standings.get(uid)
                standing = Category.NOT_LOOKED_AT if row is None else standing_of(row)
                known = None if standing is Category.NOT_LOOKED_AT else standing in RIGHT
                seen.append(self._look(stratum.name, uid, known=known, sent_wrong=uid in frame.sent_wrong))
                self.progress(1)
        return Sample(
            source=frame.source,
            population=sum(stratum.studies for stratum in drawn),
            seed=seed,
            by=tuple(by),
            confidence=confidence,
            drawn=drawn,
            seen=tuple(seen),
        )

    def _look(self, stratum: str, uid: str, *, known: bool | None, sent_wrong: bool) -> SeenInSample:
        read = self._read(uid)
        if isinstance(read, StudyEvidence):
            found, reason = self._judged(read)
        else:
            found, reason = None, read.value
        details: dict[str, str | int | float | bool | None] = {"why": "measure sample"}
        event = NewEvent(type=EventType.HEADER_PROBE, at=self.clock(), study=uid, reason=reason, details=details)
        self.events.record(event)  # who looked into whose study (NEN 7513)
        as_surveyed = found is None or known is None or (found in RIGHT) == known
        if found in RIGHT and sent_wrong:
            found, reason = Category.MISPLACED, MeasureReason.CORRECTED_AFTERWARDS.value
        return SeenInSample(
            study_instance_uid=uid, stratum=stratum, category=found, reason=reason, as_surveyed=as_surveyed
        )

    def _judged(self, evidence: StudyEvidence) -> tuple[Category, str]:
        judgement = self.judge.judge(evidence)
        place = judged_place(evidence, self.judge.profile, judgement.patient)
        if judgement.state in (State.CORRECT, State.EXCLUDED) or place == PlanReason.IN_PLACE:
            return category(judgement.state, judgement.reasons[0]), judgement.reasons[0]
        return category(State.PLANNED, place), str(place)

    def _read(self, uid: str) -> StudyEvidence | MeasureReason:
        """The header of one object of each series, or why not."""
        wanted = one_of_each(self.archive.find_instances(uid), by_series=True)
        if not wanted:
            return MeasureReason.GONE
        self.spool.remove(self.spool.folder(_FOLDER))
        folder = self.spool.folder(_FOLDER)
        asked = {instance.sop_instance_uid for instance in wanted}
        received = self.archive.retrieve(uid, wanted, folder).received
        objects = tuple(item for item in received if item.sop_instance_uid in asked)
        evidence = evidence_of_objects(self.spool, uid, objects, self.evidence_settings)
        self.spool.remove(folder)
        if len(objects) < len(wanted):
            return MeasureReason.INCOMPLETE
        if not isinstance(evidence, StudyEvidence) or any(Flag.UNPARSABLE in one.flags for one in evidence.headers):
            return MeasureReason.UNREADABLE
        return evidence


def _strata(listed: Listed, by: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The stratum of each study that counts in coverage."""
    known: dict[CensusRow, str | None] = {}
    for uid, row in listed:
        if row not in known:
            counts = standing_of(row) not in NOT_COUNTED
            known[row] = stratum_of(row, by) if counts else None
        stratum = known[row]
        if stratum is not None:
            yield stratum, uid


def stratum_of(row: CensusRow, by: Sequence[str]) -> str:
    """The names of a study's groups, together. One with two modalities belongs to the pair of them."""
    pair = ("+".join(row.modalities),) if row.modalities else ()
    names = dict(groups(row._replace(modalities=pair)))
    return " / ".join(names.get(dimension, UNKNOWN) for dimension in by)
