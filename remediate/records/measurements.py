"""What passes between ledger and measuring: groups of studies with their number, kept measurements. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from remediate.records.states import State


class CensusRow(NamedTuple):
    """Studies that stand in the same state for the same reason and belong to the same groups."""

    state: State
    reason: str
    year: str  # first four characters of Study Date, as they stand
    modalities: tuple[str, ...]
    institution: str  # Institution Name (0008,0080)
    station: str  # Station Name (0008,1010)
    department: str  # Institutional Department Name (0008,1040)
    studies: int = 1
    looked_at: bool = True  # a header was read, or the archive's index answers where a BSN may stand
    found: str = ""  # the reason as found, before our first correction; "" when nothing was corrected
    gone: bool = False  # the last complete survey did not find it


class Arrival(NamedTuple):
    """One study as the inflow needs it."""

    study_instance_uid: str
    study_date: str  # as the index has it
    first_seen: datetime  # aware
    changed_since: bool  # the archive is known to hold it otherwise than at first, our own corrections apart
    row: CensusRow


class Looks(NamedTuple):
    """When the archive was looked at, and what was new each time."""

    first: datetime  # aware
    last: datetime  # aware, to the day
    new: Mapping[tuple[datetime, str], int]  # studies by hour (aware) in which they were first seen, and Study Date


class Seen(NamedTuple):
    """When the archive was last seen to have its studies, as ISO days; "" where it has none."""

    first: str
    last: str
    old: int  # studies last seen before the day from which on that is old


NEVER = Seen("", "", 0)

_HOUR = len("2026-11-28T12")


def day_in(moment: str, zone: tzinfo) -> str:
    """The ISO day, in a zone, of a moment as the ledger keeps it (ISO, UTC, to the hour at least); "" of none."""
    return _day_in(moment[:_HOUR], zone)


@lru_cache(maxsize=1 << 12)
def _day_in(hour: str, zone: tzinfo) -> str:
    if len(hour) < _HOUR:
        return hour
    return datetime.fromisoformat(hour).replace(tzinfo=UTC).astimezone(zone).date().isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What is known of one study over time; all moments are aware."""

    first_seen: datetime
    last_seen: datetime  # to the day
    same_since: datetime  # since when the archive is known to hold what it holds now, our own corrections apart
    found: str  # as in `CensusRow`
    corrections: tuple[tuple[datetime, bool], ...] = ()  # when we corrected it (True) or put it back (False), in order


class MeasurementKind(StrEnum):
    """What was measured."""

    SURVEY = "survey"
    SAMPLE = "sample"
    JOBS = "jobs"
    RECEIVED = "received"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMeasurement:
    """One measurement as the ledger keeps it: counts, shares and names of groups, nothing about one patient."""

    number: int  # from 1, in order of keeping
    kind: MeasurementKind
    at: datetime  # aware
    figures: Mapping[str, Any]
