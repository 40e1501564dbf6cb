"""What was expected of a week, of what is sent, against what was measured. An expectation is that of before it began.

The weeks stand in a fact of the ledger, by ISO week: an expectation of a week that has begun is never made anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from remediate.measure.jobs import UNDATED, week_of

EXPECTED = "expected-sent"
"""The ledger's fact."""


def expected_of(text: str) -> dict[str, float]:
    """The expected share by ISO week, as the fact holds it; none where it was never set."""
    return dict(json.loads(text)) if text else {}


def expected_text(known: Mapping[str, float], course: Iterable[tuple[date, float]], today: date) -> str:
    """The fact with a new course: what was expected of weeks that have begun stays as it is."""
    this = week_of(today)
    ahead = {week: share for day, share in course if (week := week_of(day)) > this}
    kept = {week: share for week, share in known.items() if week <= this}
    return json.dumps(kept | ahead, sort_keys=True, separators=(",", ":"))


def against_measured(known: Mapping[str, float], weeks: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Each measured week of which something was expected: both shares."""
    return {
        week: {"expected": known[week], "measured": group["share"]}
        for week, group in weeks.items()
        if week in known and week != UNDATED
    }
