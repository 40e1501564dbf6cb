"""What a person decided holds for a later study only where everything that the person saw is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from remediate.config.people import ApprovalSettings
from remediate.errors import LedgerError
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import BsnClaim, Flag, Place, Source, Strength
from remediate.ledger.tables.schema import reviews
from remediate.ledger.tables.study import headers, studies
from remediate.plan.approval import missing_approvals
from remediate.records.ledger import EventType
from remediate.records.reviews import Decision
from remediate.records.states import State
from remediate.review import memory
from remediate.review.words import ReviewProblem
from tests.review.reviewing_world import (
    BSN,
    HEADER,
    WHY,
    World,
    either,
    other,
    record,
    somebody_is_quicker,
    world,
)

__all__ = ["either", "world"]


def confirmed(world: World) -> World:
    """One study, confirmed by one reviewer."""
    world.survey("1.2.1")
    world.plan()
    assert len(world.decide("anna", "1.2.1").decisions) == 1
    return world


def test_a_later_study_with_the_same_header_and_patient_is_decided_likewise_and_says_so(either: World) -> None:
    world = confirmed(either)
    world.survey("1.2.2", study_date="20260601")
    document = world.plan()
    first, second = document.items
    assert (first.state, second.state) == (State.PLANNED, State.PLANNED)
    assert first.decision is not None
    assert second.decision is not None
    assert (first.decision.remembered, second.decision.remembered) == (False, True)
    assert (second.decision.person, second.decision.account) == ("Dr anna", "anna")
    assert second.decision.at == first.decision.at
    assert document.tally.remembered() == 1
    head = world.ledger.plan(document.plan_id)
    assert head is not None
    assert head.deciders == ("anna",)
    assert missing_approvals(head, ApprovalSettings()) is not None
    told = [entry.event for entry in world.ledger.events(type_=EventType.REVIEW_DECISION)]
    assert told[-1].details["remembered_from"] == "1.2.1"
    assert (told[-1].actor, told[-1].responsible) == ("", "Dr anna")
    assert not world.ledger.verify().problems


CLAIM = BsnClaim(place=Place.OTHER_PATIENT_IDS, path="(0010,1000)[0]", strength=Strength.EXPLICIT, value=Bsn(BSN))

OTHER_HEADERS = {
    "another name": other(patient_name="Jansen^Anne"),
    "a name in other signs": other(patient_name="JANSEN^ANNA"),
    "another birth date": other(birth_date="19800216"),
    "no birth date": other(birth_date=""),
    "another sex": other(sex="M"),
    "an issuer": other(issuer="HOSPITAL"),
    "a number in other signs": other(patient_id="04711"),
    "a BSN": other(claims=(CLAIM,)),
    "a flag": other(flags=frozenset({Flag.ENCAPSULATED_DOCUMENT})),
}


@pytest.mark.parametrize("said", OTHER_HEADERS.values(), ids=OTHER_HEADERS.keys())
def test_a_study_of_another_header_is_not_covered(world: World, said: object) -> None:
    confirmed(world).survey("1.2.2", said)  # type: ignore[arg-type]
    item = world.items()["1.2.2"]
    assert item.decision is None
    assert "confirmed-by-person" not in item.proofs


FACTS: dict[str, Callable[[World], None]] = {
    "another birth date in the EPD": lambda world: world.tell(record(2, birth_date="19800216")),
    "another name in the EPD": lambda world: world.tell(record(2, given="Anne")),
    "a BSN that is no longer verified": lambda world: world.tell(record(2, verified=False)),
    "another BSN": lambda world: world.tell(record(2, bsn="999990020")),
    "the BSN with somebody else as well": lambda world: world.tell(record(2, "4712", surname="Smit")),
    "somebody else who fits": lambda world: world.tell(
        record(2, "4712", birth_date="19800215", bsn="999990020")
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", FACTS.values(), ids=FACTS.keys())
def test_once_a_fact_changed_a_person_looks_again(world: World, change: Callable[[World], None]) -> None:
    confirmed(world)
    change(world)
    world.survey("1.2.2")
    found = world.items()
    assert [found[uid].state for uid in ("1.2.1", "1.2.2")] == [State.REVIEW, State.REVIEW]


def test_a_study_from_before_birth_is_not_covered(world: World) -> None:
    confirmed(world).survey("1.2.2", study_date="19750101")
    assert world.items()["1.2.2"].state is State.REVIEW


def test_a_study_that_was_read_otherwise_is_not_covered(world: World) -> None:
    confirmed(world).survey("1.2.2")
    (row,) = world.ledger.studies_named(["1.2.2"])
    world.ledger.save_evidence(replace(row.evidence, source=Source.PROBE), now=world.now)
    assert world.items()["1.2.2"].state is State.REVIEW


def test_a_study_that_was_there_when_somebody_decided_is_not_covered(world: World) -> None:
    """Who decided saw both, and decided about one."""
    world.survey("1.2.2")
    confirmed(world)
    assert world.items()["1.2.2"].state is State.REVIEW


def test_an_exclusion_is_remembered_and_one_without_a_candidate_is_not(world: World) -> None:
    world.survey("1.2.1")
    unknown = other(patient_id="9999")
    world.survey("1.3.1", unknown)
    world.plan()
    world.decide("anna", "1.2.1", "exclude")
    world.decide("anna", "1.3.1", "exclude")
    world.survey("1.2.2")
    world.survey("1.3.2", unknown)
    found = world.items()
    assert (found["1.2.2"].state, found["1.3.2"].state) == (State.EXCLUDED, State.REVIEW)
    assert found["1.2.2"].decision is not None
    assert found["1.2.2"].decision.remembered


@pytest.mark.parametrize("how", [{"alone": False}, {"alone": False, "at_once": True}])
def test_what_was_decided_for_many_at_once_is_not_remembered(world: World, how: dict[str, bool]) -> None:
    world.survey("1.2.1")
    world.plan()
    world.decide("anna", "1.2.1", **how)
    world.survey("1.2.2")
    assert world.items()["1.2.2"].state is State.REVIEW


def test_people_who_decided_differently_about_the_same_leave_the_next_to_people(world: World) -> None:
    world.survey("1.2.1")
    world.survey("1.2.2")
    world.plan()
    world.decide("anna", "1.2.1")
    world.decide("bram", "1.2.2", "exclude")
    world.survey("1.2.3")
    assert world.items()["1.2.3"].state is State.REVIEW


def test_what_was_rolled_back_is_not_repeated(world: World) -> None:
    confirmed(world).survey("1.2.2")
    with world.database.begin() as connection:
        connection.execute(
            update(studies).where(studies.c.study_instance_uid == "1.2.1").values(state=State.ROLLED_BACK.value)
        )
    assert world.items()["1.2.2"].state is State.REVIEW


def test_who_takes_a_decision_back_takes_it_back_for_later_studies_too(either: World) -> None:
    world = confirmed(either)
    world.survey("1.2.2")
    assert world.items()["1.2.2"].state is State.PLANNED
    assert world.desk("anna").undo("1.2.1", person="Dr anna", now=world.now) is None
    found = world.items()
    assert [found[uid].state for uid in ("1.2.1", "1.2.2")] == [State.REVIEW, State.REVIEW]
    world.survey("1.2.3")
    assert world.items()["1.2.3"].state is State.REVIEW
    assert not world.ledger.verify().problems


def test_what_is_carried_is_no_ground_for_more(world: World) -> None:
    """One step from what somebody saw, never two."""
    confirmed(world).survey("1.2.2")
    world.plan()
    world.desk("anna").undo("1.2.1", person="Dr anna", now=world.now)
    assert not list(world.ledger.remembered())


def test_a_study_that_is_drawn_for_a_second_look_is_not_covered(world: World) -> None:
    confirmed(world).survey("1.2.2")
    world.configure(second_look_share=1)
    assert world.items()["1.2.2"].state is State.REVIEW


def test_whoever_wants_none_of_it_says_so(world: World) -> None:
    world.configure(remember=False)
    confirmed(world).survey("1.2.2")
    assert world.items()["1.2.2"].state is State.REVIEW
    world.configure(remember=True)
    assert world.items()["1.2.2"].state is State.REVIEW  # it was not kept as one to be remembered


def test_the_policy_stands_above_what_is_remembered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where everything else would say that two studies are the same."""
    monkeypatch.setattr(memory, "memory_of", lambda *_: "the same")
    monkeypatch.setattr("remediate.review.queue.memory_of", lambda *_: "the same")
    confirmed(world).survey("1.2.2")
    world.tell(record(2, verified=False))
    assert world.items()["1.2.2"].state is State.REVIEW


def test_whoever_can_write_in_the_database_makes_nothing_be_remembered(world: World) -> None:
    """The columns only find; what is sealed decides."""
    confirmed(world).survey("1.2.2", other(birth_date="19800216"))
    with world.database.begin() as connection:
        theirs = select(headers.c.digest).join(studies, studies.c.headers_id == headers.c.headers_id)
        digest = connection.execute(theirs.where(studies.c.study_instance_uid == "1.2.2")).scalar_one()
        connection.execute(update(reviews).values(headers_digest=digest))
    assert [uid for uid, _ in world.ledger.remembered()] == ["1.2.2"]
    assert world.items()["1.2.2"].state is State.REVIEW
    assert HEADER.birth_date == "19800215"
    assert Decision.CONFIRM in {one.decision for one in world.ledger.reviews(["1.2.1"]).values()}


def left_out(world: World, account: str, uid: str, *, back: bool = False) -> list[ReviewProblem]:
    """As `review exclude` does it; what was refused."""
    desk = world.desk(account)
    taken = desk.take(desk.leaving_out([uid], WHY, back=back), person=account, now=world.now, alone=False, at_once=True)
    return [one.problem for one in taken.rejected]


def test_what_was_carried_falls_when_somebody_else_decides_otherwise_about_the_earlier_study(either: World) -> None:
    world = confirmed(either)
    world.survey("1.2.2")
    assert world.items()["1.2.2"].state is State.PLANNED
    assert left_out(world, "bert", "1.2.1") == []
    assert world.judge.judge(world.ledger.studies_named(["1.2.2"])[0].evidence).state is State.REVIEW, "also tonight"
    found = world.items()
    assert (found["1.2.1"].state, found["1.2.2"].state) == (State.EXCLUDED, State.REVIEW)
    assert found["1.2.2"].reasons[0] == "decision-lapsed"
    assert [line.study_instance_uid for line in world.desk("carl").rows()] == ["1.2.2"]


@pytest.mark.parametrize("state", [State.ROLLED_BACK, State.QUARANTINED])
def test_what_was_carried_falls_when_the_earlier_study_goes_wrong(world: World, state: State) -> None:
    confirmed(world).survey("1.2.2")
    assert world.items()["1.2.2"].state is State.PLANNED
    with world.database.begin() as connection:
        first = update(studies).where(studies.c.study_instance_uid == "1.2.1")
        connection.execute(first.values(state=state.value))
    assert world.items()["1.2.2"].state is State.REVIEW


def test_what_came_back_by_undoing_does_not_outlive_the_earlier_decision(world: World) -> None:
    confirmed(world).survey("1.2.2")
    world.plan()
    assert left_out(world, "bert", "1.2.2") == []
    assert world.desk("anna").undo("1.2.1", person="Dr anna", now=world.now) is None
    assert world.desk("bert").undo("1.2.2", person="Dr bert", now=world.now) is None
    assert world.items()["1.2.2"].state is State.REVIEW


def test_taking_an_exclusion_back_confirms_nobody(world: World) -> None:
    world.configure(second_look_share=1.0)
    world.survey("1.2.1")
    world.plan()
    assert left_out(world, "anna", "1.2.1", back=True) == [ReviewProblem.NOT_LEFT_OUT]
    assert left_out(world, "anna", "1.2.1") == []
    assert world.items()["1.2.1"].state is State.EXCLUDED
    assert left_out(world, "bert", "1.2.1", back=True) == []
    assert world.ledger.queue_entry("1.2.1") is not None, "it waits again"
    item = world.items()["1.2.1"]
    assert (item.state, item.decision) == (State.REVIEW, None)
    assert left_out(world, "bert", "1.2.1", back=True) == [ReviewProblem.NOT_LEFT_OUT]


def test_what_is_carried_gives_way_to_who_decides_meanwhile(either: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = confirmed(either)
    world.survey("1.2.2")
    somebody_is_quicker(world, monkeypatch, lambda: left_out(world, "bert", "1.2.2"))
    item = world.items()["1.2.2"]
    assert item.state is State.EXCLUDED
    told = [entry.event for entry in world.ledger.events(type_=EventType.REVIEW_DECISION)]
    assert told[-1].actor == "bert"
    assert not world.ledger.verify().problems


def test_of_two_who_decide_at_once_the_later_one_is_told(either: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = either
    world.survey("1.2.1")
    world.plan()
    somebody_is_quicker(world, monkeypatch, lambda: left_out(world, "bert", "1.2.1"))
    with pytest.raises(LedgerError, match="at the same moment"):
        world.decide("anna", "1.2.1")
    assert world.items()["1.2.1"].state is State.EXCLUDED


def test_nobody_types_that_something_was_taken_back(world: World) -> None:
    confirmed(world)
    line, *_ = [*world.desk("bert").leaving_out(["1.2.1"], WHY, back=True)]
    (refused,) = world.desk("bert").take([line], person="bert", now=world.now).rejected
    assert refused.problem is ReviewProblem.UNKNOWN_DECISION
