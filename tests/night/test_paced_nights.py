"""Whole nights at their own pace: open associations, an archive that refuses a while, ceilings, the second night."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Break, ConversationEnding, Delay, Faults, Phase, Rejection, StorePolicy, nth
from remediate.dicom import retrying
from remediate.ledger.database import Database
from remediate.ledger.tables.schema import work_units
from remediate.night import ceilings, execute, hand_out, pace, seats, sending, study_job
from remediate.night.execute import written_well
from remediate.night.gate import Gate, StopSwitch
from remediate.night.intent import CorrectionPreparation
from remediate.night.pace import Pace
from remediate.night.seats import Seats
from remediate.records.ledger import EventType, NewEvent
from remediate.wiring import now
from tests.workplace import Workplace, assert_corrected, shared_workplace


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 3)


@contextmanager
def counted(archive: EmbeddedArchive) -> Iterator[list[int]]:
    """How many associations are open, every twentieth of a second."""
    numbers: list[int] = []
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.05):
            server = archive._server
            numbers.append(len(server.active_associations) if server else 0)

    thread = threading.Thread(target=count)
    thread.start()
    yield numbers
    over.set()
    thread.join()


def test_who_waits_for_the_ramp_has_no_association_open(place: Workplace) -> None:
    """One study is stored slowly; the others are read and wait: the third in the seat that the second left."""
    place.configure(execute={"ramp": [1], "associations": 3})
    slowly = Faults(delays=(Delay(phase=Phase.STORE, seconds=1.5, on=nth(1)),))
    with place.archive(slowly) as archive, counted(archive) as numbers:
        place.must("execute", place.plan, "--now")
        assert_corrected(archive, place.planned())
    with place.session(exclusive=False) as work:
        told = [entry.event.type for entry in work.ledger.events()]
    assert told[: told.index(EventType.STORED)].count(EventType.RETRIEVED) == 3
    assert max(numbers) > 1
    assert max(len(list(same)) for number, same in groupby(numbers) if number == 1) >= 15, numbers


@pytest.fixture
def quick() -> Iterator[None]:
    with patch.object(retrying, "FIRST_SECONDS", 0.01), patch.object(sending, "FIRST_SECONDS", 0.01):
        yield


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "refusing",
    [
        Faults(reject=Rejection.CONGESTION, reject_on=range(3, 11)),
        Faults(store_status=0xA700, store_status_on=range(1, 9)),
        Faults(store_status=0xA700, store_status_on=range(2, 9)),
    ],
    ids=["no association", "no room", "no room in the middle of a study"],
)
def test_an_archive_that_refuses_for_a_while_costs_no_study_an_attempt(place: Workplace, refusing: Faults) -> None:
    place.configure(archive={"retries": 0}, execute={"patience_seconds": 60, "breaker": 1, "ramp": [1]})
    with place.archive(refusing) as archive:
        answer = place.must("execute", place.plan, "--now").answer
        assert (answer["verified"], answer["failed"], answer["remaining"]) == (len(place.planned()), 0, 0)
        assert_corrected(archive, place.planned())
    with place.session(exclusive=False) as work:
        assert {row.attempts for row in work.ledger.studies()} == {0}


@pytest.mark.usefixtures("quick")
def test_a_study_goes_on_where_the_archive_went_away_while_it_was_stored(place: Workplace) -> None:
    """It is looked at what the archive has, and the rest is sent after all; nothing failed, and no breaker opens."""
    place.configure(archive={"retries": 0}, execute={"patience_seconds": 60, "breaker": 1, "associations": 1})
    gone = Faults(breaks=(Break(phase=Phase.STORE, by=ConversationEnding.RESTART, on=nth(2)),))
    with place.archive(gone) as archive:
        with patch.object(pace, "AWAY_SECONDS", 0.0), patch.object(pace, "ASK_SECONDS", 0.01):
            answer = place.must("execute", place.plan, "--now").answer
        assert (answer["failed"], answer["verified"]) == (0, len(place.planned()))
        assert_corrected(archive, place.planned())
    with place.session(exclusive=False) as work:
        assert {row.attempts for row in work.ledger.studies()} == {0}
        stored = [entry.event.details for entry in work.ledger.events(type_=EventType.STORED)]
    assert [details.get("again", 0) for details in stored] == [1] + [0] * (len(stored) - 1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "may_not_go_on",
    [
        lambda: patch.object(study_job, "_GOES_ON", frozenset()),
        lambda: patch.object(CorrectionPreparation, "still_agrees", return_value=False),
    ],
    ids=["unknown content", "the EPD changed"],
)
def test_an_archive_that_goes_away_while_it_stores_costs_no_attempt(
    place: Workplace, may_not_go_on: Callable[[], Any]
) -> None:
    """What it broke off, and what may not go on, waits for the next batch; another, later in the night, is not hit."""
    place.configure(archive={"retries": 0}, execute={"patience_seconds": 60, "breaker": 2, "associations": 1})
    gone = Faults(breaks=(Break(phase=Phase.STORE, by=ConversationEnding.RESTART, on=nth(2)),))
    away = (patch.object(pace, "AWAY_SECONDS", 0.0), patch.object(pace, "ASK_SECONDS", 0.01))
    with place.archive(gone), away[0], away[1], may_not_go_on():
        answer = place.must("execute", place.plan, "--now", code=1).answer
    assert (answer["failed"], answer["verified"]) == (1, len(place.planned()) - 1)
    with place.session(exclusive=False) as work:
        assert {row.attempts for row in work.ledger.studies()} == {0}


@pytest.mark.usefixtures("quick")
def test_an_archive_that_refuses_longer_than_there_is_patience_is_told_as_before(place: Workplace) -> None:
    place.configure(archive={"retries": 0}, execute={"patience_seconds": 0.05, "breaker": 1, "associations": 1})
    with place.archive() as archive:
        archive.faults = Faults(reject=Rejection.CONGESTION, reject_on=range(2, 9_999))
        answer = place.must("execute", place.plan, "--now", code=1).answer
    assert answer["stopped_because"] == "breaker"
    with place.session(exclusive=False) as work:
        assert {row.attempts for row in work.ledger.studies()} == {0}


def test_the_second_night_goes_on_where_the_first_ended(place: Workplace) -> None:
    """The ramp counts what was verified under the plan since the last trouble; the pace begins with the number that was
    found, and one that was set was not found."""
    place.configure(execute={"ramp": [1, 1, 9], "associations": 3})
    plan = "plan-0001"
    with place.archive() as archive:
        place.must("execute", place.plan, "--now", "--max-studies", "1", code=3)
        with place.session(exclusive=False) as work:
            assert written_well(work.ledger, work.ledger, plan, 11) == 1
            assert written_well(work.ledger, work.ledger, "plan-0002", 11) == 0
        place.configure(execute={"pace": "fixed", "associations": 2})
        archive.faults = Faults(store_policy=StorePolicy.IGNORE)
        place.must("execute", place.plan, "--now", "--max-studies", "1", code=2)
        with place.session(exclusive=False) as work:
            assert written_well(work.ledger, work.ledger, plan, 11) == 0
            assert ceilings.found_before(work.ledger) == 3


def test_a_ceiling_is_lowered_while_work_runs_and_never_raised(place: Workplace) -> None:
    place.configure(execute={"associations": 4, "limits": {"objects_per_second": 10}})
    answer = place.must("limit", "--associations", "2", "--studies-per-hour", "60").answer
    assert answer["ceilings"] == {"associations": 2, "objects_per_second": 10, "studies_per_hour": 60}
    assert place.json("limit", "--associations", "5").code == 64
    assert place.json("limit", "--objects-per-second", "11").code == 64
    assert place.json("limit", "--show", "--as-configured").code == 64
    with place.session() as work:
        given = Pace(4, 0.0, first=4)
        gate = Gate(
            control=work.ledger,
            settings=work.config.execute,
            clock=now,
            switch=StopSwitch(),
            seats=Seats(given),
            asked=lambda: ceilings.asked(work.ledger),
        )
        assert (given.ceiling, gate.limits.studies_per_hour, gate.limits.objects_per_second) == (2, 60, 10)
        ceilings.ask(work.ledger, {"associations": 1}, NewEvent(type=EventType.CONTROL, at=now()))
        gate.heed_ceilings()
        assert (given.allowed, gate.limits.studies_per_hour) == (1, None)
        told = [entry.event for entry in work.ledger.events(type_=EventType.CONTROL)]
        assert told[0].actor == work.account
        assert (told[0].details["associations"], told[0].details["studies_per_hour"]) == (2, 60)
    assert place.must("limit", "--as-configured").answer["ceilings"] == {"associations": 4, "objects_per_second": 10}


@pytest.fixture
def far_ahead() -> Iterator[None]:
    """However slow the machine is, what is left is claimed in one go."""
    with patch.object(hand_out, "AHEAD_SECONDS", 600.0):
        yield


@pytest.mark.usefixtures("far_ahead")
def test_what_was_claimed_ahead_and_not_begun_is_nobodys_when_the_batch_ends(place: Workplace) -> None:
    place.configure(execute={"associations": 1})
    with place.archive():
        place.must("execute", place.plan, "--now", "--max-studies", "1", code=3)
    with place.session(exclusive=False) as work:
        assert work.ledger.held() == ()
        assert sorted(fences(work.database)) == [1, 1, 1], "the third was claimed with the second"


@pytest.mark.usefixtures("far_ahead")
def test_what_was_claimed_ahead_goes_back_while_a_study_takes_long(place: Workplace) -> None:
    place.configure(execute={"associations": 1})
    slowly = Faults(delays=(Delay(phase=Phase.STORE, seconds=0.1),))
    with place.archive(slowly), patch.object(execute, "LATE_SECONDS", 0.0), patch.object(seats, "LOOK_EVERY", 0.05):
        place.must("execute", place.plan, "--now")
    with place.session(exclusive=False) as work:
        assert sorted(fences(work.database)) == [1, 1, 2], "the third was claimed twice"


def fences(database: Database) -> list[int]:
    """How often each patient was handed out."""
    with database.read() as connection:
        return list(connection.execute(select(work_units.c.fence)).scalars())
