"""Any moment may be the last: kill -9 during `execute`, then `execute` again."""

from __future__ import annotations

from kills import assert_whole, kill_after
from workplace import Workplace

MOMENTS = ((2, 0.0), (1, 0.03), (3, 0.01), (2, 0.06), (4, 0.0), (3, 0.02))
"""Events that the ledger gets before the kill, and seconds after the last of them."""


def test_six_kills_leave_nothing_half_done(place: Workplace) -> None:
    place.configure(execute={"lease_seconds": 600})  # a dead worker's claims are freed at once, not after the lease
    with place.archive() as archive:
        killed = [kill_after(place, *moment) for moment in MOMENTS]
        assert sum(killed) >= 4, "the runs ended before they could be killed"
        assert_whole(place, archive)
