"""`worker`: works as `execute` does, and says who has what in hand; several machines are in test_postgresql_walk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from remediate.cli.night import worker
from remediate.processes import since_boot, this_process
from remediate.records.ledger import EventType, LedgerEvent, NewEvent
from remediate.records.states import State
from remediate.wiring import now
from tests.workplace import Workplace, shared_workplace

WHO = ("--by", "N. Operator", "--why", "its disk broke")


@pytest.fixture
def place(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 3).copy(tmp_path / "place")


def test_one_process_works_on_an_embedded_ledger_until_nothing_is_left(place: Workplace) -> None:
    with place.archive():
        told = place.run("worker", "--once", "--now")
        assert told.code == 0, told.err
        assert "verified  3" in told.out
        assert place.run("worker", "--once", "--now").code == 0
    states = place.states()
    assert {states[study.study_instance_uid] for study in place.planned()} == {State.VERIFIED}


def test_several_processes_take_a_database_that_serves_several(place: Workplace) -> None:
    refused = place.run("worker", "--processes", "2")
    assert refused.code == 64
    assert "PostgreSQL" in refused.one_line


def test_outside_the_window_once_does_nothing(place: Workplace) -> None:
    hour = (now() + timedelta(hours=3)).strftime("%H:00")
    later = (now() + timedelta(hours=4)).strftime("%H:00")
    place.configure(execute={"window": {"from": hour, "to": later, "timezone": "UTC"}})
    assert place.run("worker", "--once").code == 3
    with place.session(exclusive=False) as work:
        assert work.ledger.batches() == ()


def test_the_code_of_a_night_is_its_worst_plans(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two plans the first fails and the second is done."""
    results, codes = iter(("failed", "done", None)), {"failed": 1, "done": 0}

    class Result:
        stopped_because = None

        def __init__(self, how: str) -> None:
            self.how = how

    monkeypatch.setattr(worker, "exit_code", lambda result: codes[result.how])
    monkeypatch.setattr(worker._Nights, "_next_plan", lambda _: Result(how) if (how := next(results)) else None)
    assert place.run("worker", "--once", "--now").code == 1


def _hand_out(place: Workplace, owner: str) -> tuple[str, ...]:
    """One patient to a worker, in a batch of its own; answers the studies."""
    with place.session(exclusive=False) as work:
        opened = NewEvent(type=EventType.BATCH_OPENED, at=now(), plan="plan-0001")
        batch = work.ledger.open_batch("plan-0001", opened)
        (claim,) = work.ledger.claim(batch.batch_id, owner, timedelta(hours=4), now=now())
        return claim.studies


def test_work_of_a_machine_that_is_gone_is_given_back_by_a_person(place: Workplace) -> None:
    elsewhere = this_process()._replace(machine="pacs-2", boot="another")
    uids = _hand_out(place, f"{elsewhere.name}/0")
    for command in (("status",), ("worker", "--list")):
        (told,) = place.json(*command).answer["in_hand"]
        assert (told["machine"], told["pid"], told["studies"]) == ("pacs-2", elsewhere.pid, list(uids))
        assert told["life"] in ("no-sign-of-life", "silent", "gone")
    assert "pacs-2" in place.run("worker", "--list").out
    assert place.run("worker", "--requeue").code == 64
    back = place.must("worker", "--requeue", *WHO).answer["requeued"]
    assert [one["studies"] for one in back] == [list(uids)]
    assert place.json("worker", "--list").answer["in_hand"] == []
    (noted,) = [
        entry.event
        for entry in _events(place)
        if entry.event.type is EventType.CONTROL and "requeued" in entry.event.details
    ]
    assert noted.actor == "N. Operator"
    assert noted.details["why"] == "its disk broke"


def test_work_of_a_worker_that_lives_is_not_given_back(place: Workplace) -> None:
    with place.session(exclusive=False) as work:
        opened = NewEvent(type=EventType.BATCH_OPENED, at=now(), plan="plan-0001")
        batch = work.ledger.open_batch("plan-0001", opened, process=this_process(), steady=since_boot())
        assert work.ledger.claim(batch.batch_id, f"{this_process().name}/0", timedelta(hours=4), now=now())
    refused = place.run("worker", "--requeue", *WHO)
    assert refused.code == 1
    assert "sign of life" in refused.one_line
    assert len(place.json("worker", "--list").answer["in_hand"]) == 1


def _events(place: Workplace) -> list[LedgerEvent]:
    with place.session(exclusive=False) as work:
        return list(work.ledger.events())
