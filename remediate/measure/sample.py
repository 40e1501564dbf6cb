"""A sample that was looked at and what it proves: share, interval, verdict, needed size. Retrieves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from remediate.measure.coverage import often
from remediate.measure.intervals import (
    Interval,
    Looked,
    Verdict,
    bounds,
    interval,
    least_to_show,
    needed_size,
    verdict,
)
from remediate.measure.strata import Drawn
from remediate.plan.categories import NOT_COUNTED, RIGHT, Category
from remediate.records.measurements import KeptMeasurement
from remediate.shares import TARGET, outward, share_of

ARCHIVE = "archive"
"""The source of a sample that was drawn from everything that was surveyed."""

POWER = 0.8
"""How likely a sample of the needed size shows what is true."""

ASSUMED_SHARE = 0.98
"""True share for which a sample is planned when nothing better is known: what a hospital near its goal has."""

LARGEST = 20_000
"""Studies in one sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInSample:
    """What was found in one study that was drawn."""

    study_instance_uid: str
    stratum: str
    category: Category | None  # None: nobody could look
    reason: str  # why it is not right, or why nobody could look
    as_surveyed: bool  # the ledger says the same about right or not right


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample with everything that is needed to draw it again."""

    source: str  # `ARCHIVE`, or the list of jobs from which it was drawn
    population: int
    seed: int
    by: tuple[str, ...]  # dimensions by which it is told apart
    confidence: float
    drawn: tuple[Drawn, ...]
    seen: tuple[SeenInSample, ...]
    target: float = TARGET

    @property
    def judged(self) -> tuple[SeenInSample, ...]:
        """Those that were looked at and count."""
        return tuple(one for one in self.seen if one.category is not None and one.category not in NOT_COUNTED)

    @property
    def unseen(self) -> tuple[SeenInSample, ...]:
        """Those that were drawn and could not be looked at."""
        return tuple(one for one in self.seen if one.category is None)

    @property
    def right(self) -> int:
        """How many of the judged have the BSN in the right place in every series."""
        return sum(one.category in RIGHT for one in self.judged)

    def strata(self) -> list[tuple[int, int]]:
        """Judged and right, of each stratum."""
        judged = Counter(one.stratum for one in self.judged)
        right = Counter(one.stratum for one in self.judged if one.category in RIGHT)
        return [(judged[stratum.name], right[stratum.name]) for stratum in self.drawn]

    @property
    def looked(self) -> Looked:
        """The sample as statistics see it. What turned out not to count is no part of the population either."""
        found = len(self.judged)
        no_part = len(self.seen) - found - len(self.unseen)
        return Looked(
            correct=self.right,
            drawn=found + len(self.unseen),
            population=self.population - no_part,
            unseen=len(self.unseen),
        )

    def interval(self) -> Interval | None:
        """The exact two-sided interval; None when nothing was judged."""
        return interval(self.looked, self.confidence) if self.judged else None

    def bounds(self) -> Interval | None:
        """Each end by itself, as the verdict takes it; None when nothing was judged."""
        return bounds(self.looked, self.confidence) if self.judged else None

    def verdict(self) -> Verdict:
        """Whether "above the target" is shown, refuted, or neither."""
        return verdict(self.looked, target=self.target, confidence=self.confidence)

    def needed(self, share: float) -> int | None:
        """The size that shows "above the target" with probability `POWER` when the true share is `share`."""
        if not self.population:
            return None
        return needed_size(
            population=self.population, target=self.target, confidence=self.confidence, share=share, power=POWER
        )

    def least(self) -> int | None:
        """The smallest sample that shows it, when everything in it is right."""
        whole, target, confidence = self.population, self.target, self.confidence
        sizes = range(1, whole + 1)
        return next((n for n in sizes if _may_show(n, whole, target, confidence)), None)


def _may_show(size: int, population: int, target: float, confidence: float) -> bool:
    return least_to_show(size, population=population, target=target, confidence=confidence) is not None


def default_size(population: int, share: float | None, *, confidence: float) -> int:
    """How many to draw when nobody says: enough to show "above the target" at the share that coverage tells."""
    if not population:
        return 1
    assumed = share if share is not None and share > TARGET else ASSUMED_SHARE
    size = needed_size(population=population, target=TARGET, confidence=confidence, share=assumed, power=POWER)
    return min(size or population, population, LARGEST)


def sample_json(sample: Sample) -> dict[str, Any]:
    """What `measure sample` answers, and what the ledger keeps."""
    between, single, judged = sample.interval(), sample.bounds(), len(sample.judged)
    return {
        "source": sample.source,
        "studies": judged,
        "correct": sample.right,
        "share": share_of(sample.right, judged),
        "target": sample.target,
        "population": sample.looked.population,
        "drawn": len(sample.seen),
        "seed": sample.seed,
        "strata_by": list(sample.by),
        "confidence": sample.confidence,
        "interval": list(outward(between.low, between.high)) if between else None,
        "one_sided": list(outward(single.low, single.high)) if single else None,
        "verdict": sample.verdict().value,
        "needed": {
            "all_correct": sample.least(),
            "at_found_share": sample.needed(sample.right / judged) if judged else None,
            "at_98_percent": sample.needed(ASSUMED_SHARE),
            "power": POWER,
        },
        "by": {"stratum": _strata_json(sample)},
        "exceptions": _counted(one.reason for one in sample.seen if one.category in NOT_COUNTED),
        "wrong": _counted(one.reason for one in sample.judged if one.category not in RIGHT),
        "unseen": _counted(one.reason for one in sample.unseen),
        "otherwise_than_surveyed": sum(not one.as_surveyed for one in sample.seen),
        "looked_at": [
            {
                "study_instance_uid": one.study_instance_uid,
                "stratum": one.stratum,
                "category": one.category.value if one.category else None,
                "reason": one.reason,
            }
            for one in sample.seen
        ],
    }


def draws_so_far(kept: Iterable[KeptMeasurement], figures: Mapping[str, Any]) -> dict[str, int]:
    """Which draw this is of those from its source, and in how many of them the claim was shown, this one included.

    The same studies are the same draw, looked at again: a seed draws others once studies came or went.
    """
    drawn: dict[frozenset[str], bool] = {}
    for one in (*(known.figures for known in kept), figures):
        if one["source"] == figures["source"]:
            key = frozenset(seen["study_instance_uid"] for seen in one["looked_at"])
            drawn[key] = one["verdict"] == Verdict.SHOWN
            number = list(drawn).index(key) + 1
    return {"number": number, "draws": len(drawn), "shown": sum(drawn.values())}


def _strata_json(sample: Sample) -> dict[str, Any]:
    return {
        stratum.name: {
            "studies": judged,
            "correct": right,
            "share": share_of(right, judged),
            "population": stratum.studies,
            "drawn": len(stratum.uids),
        }
        for stratum, (judged, right) in zip(sample.drawn, sample.strata(), strict=True)
    }


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    return often(Counter(reasons))
