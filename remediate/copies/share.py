"""Which share of what a copy holds is as in the archive, and how sure that is. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remediate.measure.intervals import Interval, endless_interval
from remediate.records.copies import RIGHT, CopyState
from remediate.shares import outward, share_of

_UNSEEN = (CopyState.UNKNOWN, CopyState.NOT_COMPARABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyShare:
    """Of the studies that a copy holds; what it does not hold is neither right nor wrong."""

    held: int
    right: int
    unseen: int  # of those held: nobody could tell
    interval: Interval | None  # None where it holds nothing

    @property
    def share(self) -> float | None:
        """What could not be seen does not count as right; None where it holds nothing."""
        return share_of(self.right, self.held)


def copy_share(states: Mapping[CopyState, int], *, is_sample: bool, confidence: float) -> CopyShare:
    """Of a random sample the exact interval of Clopper and Pearson, since nobody knows how many of the others it holds;
    where every study was asked for, what is unseen is all that is not known."""
    right = sum(states.get(state, 0) for state in RIGHT)
    unseen = sum(states.get(state, 0) for state in _UNSEEN)
    held = sum(states.values()) - states.get(CopyState.NONE, 0)
    if not held:
        return CopyShare(held=0, right=0, unseen=0, interval=None)
    low, high = right / held, (right + unseen) / held
    if is_sample:
        low = endless_interval(right, held, confidence).low
        high = endless_interval(right + unseen, held, confidence).high
    low, high = outward(low, high)
    return CopyShare(
        held=held, right=right, unseen=unseen, interval=Interval(low=low, high=high, confidence=confidence)
    )
