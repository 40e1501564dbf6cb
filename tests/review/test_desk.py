"""One reviewer's desk: what is seen and what is kept back, groups, and that nobody works on what another has."""

from __future__ import annotations

import pytest

from remediate.identity.differences import Comparison
from remediate.identity.verdicts import MatchReason
from remediate.records.ledger import EventType
from remediate.records.reviews import Decision
from remediate.review.desk import Desk
from remediate.review.marks import Span, days_beside
from remediate.review.words import ReviewProblem
from tests.review.reviewing_world import WHY, World, other, record, world

__all__ = ["world"]


def desk(world: World, account: str) -> Desk:
    """Somebody's."""
    return Desk(queue=world.desk(account), events=world.ledger, person=f"Dr {account}")


@pytest.fixture
def filled(world: World) -> World:
    """Two patients with several studies each, in two groups, and a study that nobody may confirm."""
    world.tell(record(2, "4712", surname="Smit", given="Piet", sex="M", bsn="999990020", birth_date="19700101"))
    world.tell(record(3, "4713", surname="Bos", given="Jan", sex="M", bsn="999990032", verified=False))
    for number in range(3):
        world.survey(f"1.2.{number}")
    for number in range(2):
        smit = other(patient_id="4712", patient_name="Smit^Piet", sex="F", birth_date="19700101")
        world.survey(f"1.3.{number}", smit)
    world.survey("1.4.1", other(patient_id="4713", patient_name="Bos^Jan", sex="M"))
    world.plan()
    return world


def test_a_page_has_the_studies_of_a_patient_together(filled: World) -> None:
    page = desk(filled, "anna").page(now=filled.now)
    assert sorted([entry.study_instance_uid for entry in one.entries] for one in page.patients) == [
        ["1.2.0", "1.2.1", "1.2.2"], ["1.3.0", "1.3.1"], ["1.4.1"],
    ]  # fmt: skip
    assert page.rows.keys() == {"1.2.0", "1.2.1", "1.2.2", "1.3.0", "1.3.1", "1.4.1"}


def test_an_item_tells_both_sides_and_what_stands_in_the_way_and_that_it_was_seen(filled: World) -> None:
    item = desk(filled, "anna").item("1.4.1", now=filled.now)
    assert item is not None
    (line,) = item.lines
    assert not line.may_confirm
    assert MatchReason.BSN_NOT_VERIFIED in line.not_negotiable
    assert line.birth_date == (Comparison.DAY_ONLY,)
    assert line.sides is not None
    assert days_beside("1980-02-15", "1980-02-14")[0][-1] == Span("15", True)
    (event,) = (entry.event for entry in filled.ledger.events(type_=EventType.KEY_USE))
    assert (event.study, event.actor) == ("1.4.1", "Dr anna")


def test_two_people_do_not_decide_about_one_study(filled: World) -> None:
    first = desk(filled, "anna").item("1.2.0", now=filled.now)
    second = desk(filled, "bram").item("1.2.0", now=filled.now)
    assert first is not None
    assert second is not None
    assert (first.lease.account, second.lease.account) == ("anna", "anna")
    assert desk(filled, "bram").page(now=filled.now).leases["1.2.0"].person == "Dr anna"
    line = second.lines[0]
    how = {"seen": line.seen, "epd_patient_id": line.epd_patient_id, "why": WHY}
    (refused,) = desk(filled, "bram").decide("1.2.0", "exclude", now=filled.now, **how).rejected
    assert refused.problem is ReviewProblem.IN_OTHER_HANDS
    assert not desk(filled, "anna").decide("1.2.0", "exclude", now=filled.now, **how).rejected
    assert desk(filled, "bram").page(now=filled.now).leases == {}


def test_one_goes_from_each_study_to_the_next_and_back(filled: World) -> None:
    ours = desk(filled, "anna")
    at, seen = ours.beside(None), []
    while at:
        seen.append(at)
        at = ours.beside(filled.ledger.queue_entry(at))
    assert sorted(seen) == ["1.2.0", "1.2.1", "1.2.2", "1.3.0", "1.3.1", "1.4.1"]
    assert ours.beside(filled.ledger.queue_entry(seen[3]), back=True) == seen[2]


def test_a_group_is_decided_as_it_was_shown_without_what_somebody_else_has_in_hand(filled: World) -> None:
    group = "birth-date-differs:day-only"
    desk(filled, "bram").item("1.2.1", now=filled.now)
    ours = desk(filled, "anna")
    shown = ours.preview(group, Decision.CONFIRM, now=filled.now)
    assert shown is not None
    assert [line.study_instance_uid for line in shown.lines] == ["1.2.0", "1.2.2"]
    how = {"seen": shown.digest, "why": WHY}
    assert ours.decide_group(group, Decision.CONFIRM, now=filled.now, seen="other", why=WHY)[1] is None
    assert ours.decide_group(group, Decision.EXCLUDE, now=filled.now, **how)[1] is None
    taken = ours.decide_group(group, Decision.CONFIRM, now=filled.now, **how)[1]
    assert taken is not None
    assert len(taken.decisions) == 2
    assert all(not one.memory for one in taken.decisions)


def test_what_two_decided_is_shown_to_the_third_only(filled: World) -> None:
    filled.configure(second_look_share=1)
    filled.decide("anna", "1.2.0")
    item = desk(filled, "bram").item("1.2.0", now=filled.now)
    assert item is not None
    assert item.others == ()
    filled.decide("bram", "1.2.0", "exclude")
    filled.ledger.end_leases("bram")
    for account, number in (("anna", 0), ("bram", 0), ("cees", 2)):
        item = desk(filled, account).item("1.2.0", now=filled.now)
        assert item is not None
        assert len(item.others) == number
        assert item.is_mine is not bool(number)


def test_the_order_of_candidates_tells_nothing_while_likeness_is_hidden(world: World) -> None:
    claimed = other(patient_id="4711")
    world.tell(record(2, "0815", surname="Jansen", given="Annie", bsn="999990020"))
    world.survey("1.2.1", claimed)
    world.plan()
    hidden = desk(world, "anna").item("1.2.1", now=world.now)
    assert hidden is not None
    assert hidden.hides_likeness
    assert [line.epd_patient_id for line in hidden.lines] == sorted(line.epd_patient_id for line in hidden.lines)


def test_agreement_is_told_with_its_number(filled: World) -> None:
    assert desk(filled, "anna").agreement().pairs == 0
    filled.configure(second_look_share=1)
    for number, second in ((0, "confirm"), (1, "exclude")):
        filled.decide("anna", f"1.2.{number}")
        filled.decide("bram", f"1.2.{number}", second)
    found = desk(filled, "anna").agreement()
    assert (found.pairs, found.agreed, found.kappa) == (2, 1, 0)


def test_what_was_decided_about_other_facts_is_shown_to_nobody_and_keeps_nobody_from_deciding(world: World) -> None:
    world.configure(second_look_share=1)
    world.survey("1.2.1")
    world.plan()
    world.decide("anna", "1.2.1")
    world.decide("bram", "1.2.1", "exclude")
    assert [line.study_instance_uid for line in world.desk("anna").rows()] == []
    world.tell(record(2, birth_date="19800218"))
    world.plan()
    for account in ("anna", "cees"):
        assert [line.study_instance_uid for line in world.desk(account).rows()] == ["1.2.1"]
        item = desk(world, account).item("1.2.1", now=world.now)
        assert item is not None
        assert (item.is_mine, item.others) == (False, ())
    assert len(world.decide("anna", "1.2.1").waiting) == 1
