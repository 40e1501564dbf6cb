"""Any moment may be the last: kill -9 during `execute` at named steps and at any moment, then `execute` again."""

from __future__ import annotations

import pytest

from tests.night.kills import ANY, Aim, assert_whole, killer
from tests.night.watched import Moment
from tests.workplace import Workplace, shared_workplace

AIMS = (
    Aim(step="retrieved", moment=Moment.AFTER),
    Aim(step="made durable", moment=Moment.AFTER),
    Aim(step="intent written", moment=Moment.AFTER),
    Aim(step="object stored", moment=Moment.AFTER, nth=2),
    Aim(step="originals found", moment=Moment.AFTER),
    Aim(step="state stored", moment=Moment.BEFORE),
    Aim(step="read back", moment=Moment.AFTER),
    Aim(step="state verified", moment=Moment.BEFORE),
    Aim(step="state verified", moment=Moment.AFTER),
    Aim(step="originals removed", moment=Moment.DURING),
    Aim(step=ANY, seconds=0.25),
    Aim(step="batch closed", moment=Moment.BEFORE),
)
"""In the order in which one plan's work meets them, each run going on where the last was killed."""


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Two planned studies."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 2)


def test_a_dozen_kills_leave_nothing_half_done(place: Workplace) -> None:
    place.configure(execute={"lease_seconds": 600})  # a dead worker's claims are freed at once, not after the lease
    with place.archive() as archive, killer() as killed:
        missed = [str(aim) for aim in AIMS if not killed.kill(place, aim) and aim.seconds is None]
        assert missed == [], "runs ended before they could be killed"
        assert_whole(place, archive)
