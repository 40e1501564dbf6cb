"""Every event says who acted, who answers for it, and under which program and configuration."""

from __future__ import annotations

from remediate.ledger.database import Database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    NOW,
    WHO,
    begin,
    event,
    move,
    new_ledger,
    night,
    planned_ledger,
    start_batch,
    take_claim,
)


def _approved(ledger: SqlLedger, *people: str) -> str:
    plan = planned_ledger(ledger, 4)
    for person in people:
        ledger.approve(plan, event(EventType.APPROVED, plan=plan, actor=person))
    return plan


def test_the_people_who_approved_answer_for_what_the_system_does(ledger: SqlLedger) -> None:
    plan = _approved(ledger, "A. Reviewer", "B. Second")
    claim = take_claim(ledger, start_batch(ledger, plan))
    study = claim.studies[0]
    begin(ledger, claim, study)
    move(ledger, claim, study, State.STORED, State.VERIFIED)
    found = [entry.event for entry in ledger.events(study=study)]
    assert [item.type for item in found] == [EventType.INTENT, EventType.STATE, EventType.STATE]
    assert {item.responsible for item in found} == {"A. Reviewer; B. Second"}


def test_a_person_who_acts_answers_for_it(ledger: SqlLedger) -> None:
    plan = _approved(ledger, "A. Reviewer")
    (approved,) = ledger.events(type_=EventType.APPROVED)
    assert approved.event.responsible == "A. Reviewer"
    ledger.record(event(EventType.KEY_USE, actor="P. Officer", plan=plan))
    ledger.record(event(EventType.EXPORT, actor="robot", responsible="P. Officer"))
    *_, seen, exported = ledger.events()
    assert (seen.event.responsible, exported.event.responsible) == ("P. Officer", "P. Officer")


def test_what_runs_without_a_plan_has_the_configured_person_or_the_account(database: Database, keys: Keys) -> None:
    new_ledger(database, keys).record(event(EventType.SURVEY))
    named = SqlLedger.open(database, keys, **WHO, responsible="Head of radiology")
    named.record(event(EventType.SURVEY), event(EventType.RETRIEVED, plan="unapproved"))
    found = [entry.event.responsible for entry in named.events(after=1)]
    assert found == ["remediate", "Head of radiology", "Head of radiology"]
    assert named.verify().problems == ()


def test_another_configuration_or_program_is_an_event_before_anything_it_does(database: Database, keys: Keys) -> None:
    new_ledger(database, keys).record(*night(2))
    other = SqlLedger.open(database, keys, **(WHO | {"config_digest": "d" * 52}))
    other.record(*night(3))
    other.record(*night(1))
    newer = SqlLedger.open(database, keys, **(WHO | {"config_digest": "d" * 52, "software": "remediate 0.2.0"}))
    newer.record(event())
    changes = list(newer.events(type_=EventType.CONFIG_CHANGED))
    assert [entry.seq for entry in changes] == [4, 9]
    assert changes[0].event.details == {
        "config": "d" * 52,
        "config_before": "c" * 52,
        "software_before": "remediate 0.1.0",
    }
    assert (changes[1].software, changes[1].event.details["software_before"]) == ("remediate 0.2.0", "remediate 0.1.0")
    assert newer.verify().problems == ()


def test_opening_alone_writes_nothing(database: Database, keys: Keys) -> None:
    new_ledger(database, keys)
    other = SqlLedger.open(database, keys, **(WHO | {"config_digest": "d" * 52}))
    assert other.verify().events == 1


def test_events_are_found_by_who_acted_or_answers(ledger: SqlLedger) -> None:
    plan = _approved(ledger, "Anna de Vries")
    ledger.record(event(plan=plan), event(EventType.KEY_USE, actor="Bert"), event(at=NOW))
    by = {name: [entry.event.type for entry in ledger.events(person=name)] for name in ("anna", "BERT", "carla")}
    assert by == {"anna": [EventType.APPROVED, EventType.STATE], "BERT": [EventType.KEY_USE], "carla": []}
