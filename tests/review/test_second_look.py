"""Second looks: drawn so that nobody chooses, blind, and without effect until two people agree or a third decided."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.digests import sha256_text
from remediate.errors import LedgerError
from remediate.records.ledger import EventType
from remediate.records.reviews import Decision, ReviewDecision, Round, Stage
from remediate.records.states import State
from remediate.review.second_look import agreement, categories, is_drawn, settle
from remediate.review.words import ReviewProblem
from tests.review.reviewing_world import START, World, either, other, record, somebody_is_quicker, world

__all__ = ["either", "world"]


def pseudonym(kind: str, text: str) -> str:
    """Like the ledger's."""
    return sha256_text(f"{kind} {text}".encode())


# Kappa

WORDS = st.sampled_from(["confirm", "exclude", "split", "confirm-another"])


@given(st.lists(st.tuples(WORDS, WORDS), max_size=60))
def test_kappa_is_what_the_table_of_both_says(pairs: list[tuple[str, str]]) -> None:
    """By exact fractions over the whole table, as the definition has it."""
    found = agreement(pairs)
    names = sorted({name for pair in pairs for name in pair})
    table = {(a, b): sum(pair == (a, b) for pair in pairs) for a in names for b in names}
    assert (found.pairs, found.agreed) == (len(pairs), sum(table[a, a] for a in names))
    if not pairs:
        assert found.kappa is None
        return
    number = len(pairs)
    observed = Fraction(found.agreed, number)
    expected = sum(
        (Fraction(sum(table[a, b] for b in names) * sum(table[b, a] for b in names), number**2) for a in names),
        Fraction(0),
    )
    if expected == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(float((observed - expected) / (1 - expected)), abs=1e-12)


def test_kappa_of_a_known_table() -> None:
    """Fifty proposals, read by two: 20 yes by both, 15 no by both, 5 and 10 apart; kappa 0.40."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert agreement(pairs).kappa == pytest.approx(0.4)
    assert agreement(pairs).share == pytest.approx(0.7)


# The draw


def test_of_many_studies_the_share_is_drawn_and_the_same_each_time() -> None:
    uids = [f"1.2.{number}" for number in range(4_000)]
    drawn = [uid for uid in uids if is_drawn(pseudonym, uid, 0.05)]
    assert 140 < len(drawn) < 260
    assert drawn == [uid for uid in uids if is_drawn(pseudonym, uid, 0.05)]
    assert set(drawn) < {uid for uid in uids if is_drawn(pseudonym, uid, 0.1)}
    assert not any(is_drawn(pseudonym, uid, 0) for uid in uids)
    assert all(is_drawn(pseudonym, uid, 1) for uid in uids)


# What becomes of decisions


def made(account: str, decision: str, seen: str = "a", person: str = "") -> ReviewDecision:
    """What somebody decided."""
    return ReviewDecision(
        study_instance_uid="1.2.1", decision=Decision(decision), seen=seen, settled="", person=person or account,
        account=account, at=START, why="why",
    )  # fmt: skip


STEP = st.builds(
    made,
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from(["confirm", "exclude", "split"]),
    st.sampled_from(["one", "two"]),
)


@given(st.lists(STEP, max_size=8))
def test_of_a_drawn_study_nothing_counts_before_two_people_agree_or_a_third_decides(
    steps: list[ReviewDecision],
) -> None:
    pending: Round | None = None
    looked: list[ReviewDecision] = []
    for step in steps:
        found = settle(step, pending, drawn=True, shown={"one", "two"})
        if found.problem is not None:
            assert step.account in {one.account for one in looked}
            continue
        if looked and looked[-1].account == step.account:
            looked.pop()
        looked.append(step)
        assert len({one.account for one in looked}) == len(looked)
        if found.decision is None:
            assert found.round is not None
            pending = found.round
            assert pending.stage is (Stage.SECOND if len(looked) == 1 else Stage.THIRD)
            continue
        assert found.round is not None
        assert found.round.is_closed
        assert len(found.decision.seconded) == len(looked) - 1
        first, *others = looked
        same = len(looked) == 2 and first.decision is others[0].decision
        assert same or len(looked) == 3
        if same and first.decision is Decision.CONFIRM:
            assert first.seen == others[0].seen
        pending, looked = None, []


def test_two_accounts_of_one_name_are_no_two_people() -> None:
    pending = Round(study_instance_uid="1.2.1", first=made("a", "confirm", person="J. de Vries"))
    found = settle(made("b", "confirm", person="J.  de vries"), pending, drawn=True, shown={"a"})
    assert found.problem is ReviewProblem.ANOTHER_PERSON


def test_two_who_confirm_other_candidates_do_not_agree() -> None:
    one = Round(study_instance_uid="1.2.1", first=made("a", "confirm", "x"), second=made("b", "confirm", "y"))
    assert categories(one) == ("confirm", "confirm-another")


# On a ledger


@pytest.fixture
def drawn(world: World) -> World:
    """Every study is drawn; one waits."""
    world.configure(second_look_share=1)
    world.survey("1.2.1")
    world.plan()
    return world


def waiting(world: World, account: str) -> list[str]:
    return [entry.study_instance_uid for one in world.ledger.queue_patients(account) for entry in one.entries]


def test_the_second_decides_without_seeing_the_first_and_both_count_among_the_four_eyes(drawn: World) -> None:
    first = drawn.decide("anna", "1.2.1")
    assert (len(first.decisions), len(first.waiting)) == (0, 1)
    assert drawn.ledger.reviews(["1.2.1"]) == {}
    assert drawn.items()["1.2.1"].state is State.REVIEW
    assert (waiting(drawn, "anna"), waiting(drawn, "bram")) == ([], ["1.2.1"])
    told = [entry.event for entry in drawn.ledger.events(study="1.2.1")]
    assert "confirm" not in " ".join(str(event.details) for event in told if event.type is EventType.REVIEW_LOOK)
    second = drawn.decide("bram", "1.2.1")
    assert len(second.decisions) == 1
    document = drawn.plan()
    (item,) = document.items
    assert item.state is State.PLANNED
    assert item.decision is not None
    assert (item.decision.account, item.decision.seconded) == ("bram", ("anna",))
    head = drawn.ledger.plan(document.plan_id)
    assert head is not None
    assert head.deciders == ("anna", "bram")
    assert agreement(map(categories, drawn.ledger.pairs())).agreed == 1
    assert not drawn.ledger.verify().problems


def test_where_two_differ_nothing_is_done_until_a_third_decides(drawn: World) -> None:
    drawn.decide("anna", "1.2.1")
    assert len(drawn.decide("bram", "1.2.1", "exclude").waiting) == 1
    assert drawn.items()["1.2.1"].state is State.REVIEW
    assert [waiting(drawn, who) for who in ("anna", "bram", "cees")] == [[], [], ["1.2.1"]]
    for account in ("anna", "bram"):
        (refused,) = drawn.decide(account, "1.2.1", "split").rejected
        assert refused.problem is ReviewProblem.ANOTHER_PERSON
    assert len(drawn.decide("cees", "1.2.1").decisions) == 1
    item = drawn.items()["1.2.1"]
    assert item.state is State.PLANNED
    assert item.decision is not None
    assert item.decision.seconded == ("anna", "bram")
    found = agreement(map(categories, drawn.ledger.pairs()))
    assert (found.pairs, found.agreed) == (1, 0)


def test_once_the_facts_changed_it_begins_anew(drawn: World) -> None:
    drawn.decide("anna", "1.2.1")
    drawn.tell(record(2, birth_date="19800218"))
    drawn.plan()
    assert waiting(drawn, "anna") == ["1.2.1"]
    assert len(drawn.decide("bram", "1.2.1").waiting) == 1
    assert drawn.ledger.reviews(["1.2.1"]) == {}


def test_the_first_may_think_again_and_take_it_back(drawn: World) -> None:
    drawn.decide("anna", "1.2.1")
    assert drawn.desk("bram").undo("1.2.1", person="Dr bram", now=drawn.now) is ReviewProblem.NOTHING_TO_UNDO
    assert len(drawn.decide("anna", "1.2.1", "exclude").waiting) == 1
    assert drawn.desk("anna").undo("1.2.1", person="Dr anna", now=drawn.now) is None
    assert waiting(drawn, "anna") == ["1.2.1"]
    assert drawn.ledger.second_looks() == {Stage.SECOND: 0, Stage.THIRD: 0}
    assert Counter(entry.event.type for entry in drawn.ledger.events(study="1.2.1"))[EventType.REVIEW_LOOK] == 3


def test_what_is_left_out_at_once_waits_for_nobody(drawn: World) -> None:
    drawn.decide("anna", "1.2.1")
    assert len(drawn.decide("bram", "1.2.1", "exclude", alone=False, at_once=True).decisions) == 1
    assert drawn.items()["1.2.1"].state is State.EXCLUDED
    assert drawn.ledger.second_looks()[Stage.SECOND] == 0


def test_a_pair_that_differs_is_one_whatever_becomes_of_the_facts(drawn: World) -> None:
    drawn.decide("anna", "1.2.1")
    drawn.decide("bram", "1.2.1", "exclude")
    drawn.tell(record(2, birth_date="19800218"))
    drawn.plan()
    assert len(drawn.decide("cees", "1.2.1").waiting) == 1
    assert drawn.ledger.second_looks() == {Stage.SECOND: 1, Stage.THIRD: 0}
    assert len(drawn.decide("dirk", "1.2.1").decisions) == 1
    found = agreement(map(categories, drawn.ledger.pairs()))
    assert (found.pairs, found.agreed) == (2, 1)
    assert drawn.ledger.pairs_so_far() == 2


# At once: whoever comes later did not know of the other, and is told


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("later", ["confirm", "exclude"])
def test_of_two_who_look_at_once_the_later_one_is_told(
    either: World, monkeypatch: pytest.MonkeyPatch, before: int, later: str
) -> None:
    either.configure(second_look_share=1)
    either.survey("1.2.1")
    either.plan()
    for account, decision in (("anna", "confirm"), ("bram", "exclude"))[:before]:
        either.decide(account, "1.2.1", decision)
    somebody_is_quicker(either, monkeypatch, lambda: either.decide("cees", "1.2.1"))
    with pytest.raises(LedgerError, match="at the same moment"):
        either.decide("dirk", "1.2.1", later)
    rounds = either.ledger.open_rounds(["1.2.1"]).values()
    assert [one.account for kept in rounds for one in kept.looked] == [["cees"], [], []][before]
    assert [*either.ledger.reviews(["1.2.1"])] == ["1.2.1"] * (before > 0)
    assert "dirk" not in {entry.event.actor for entry in either.ledger.events(study="1.2.1")}


def test_who_takes_back_what_somebody_looks_at_meanwhile_is_told_and_so_is_the_other(
    drawn: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undone() -> object:
        return drawn.desk("anna").undo("1.2.1", person="Dr anna", now=drawn.now)

    drawn.decide("anna", "1.2.1")
    somebody_is_quicker(drawn, monkeypatch, undone)
    with pytest.raises(LedgerError, match="at the same moment"):
        drawn.decide("bram", "1.2.1")
    assert drawn.ledger.reviews(["1.2.1"]) == {}
    drawn.decide("anna", "1.2.1")
    somebody_is_quicker(drawn, monkeypatch, lambda: drawn.decide("bram", "1.2.1"))
    with pytest.raises(LedgerError, match="at the same moment"):
        undone()
    assert [*drawn.ledger.reviews(["1.2.1"])] == ["1.2.1"]
    assert drawn.ledger.pairs_so_far() == 1


def test_who_looks_at_what_somebody_leaves_out_meanwhile_is_told(drawn: World, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_is_quicker(drawn, monkeypatch, lambda: drawn.decide("anna", "1.2.1", "exclude", alone=False, at_once=True))
    with pytest.raises(LedgerError, match="at the same moment"):
        drawn.decide("bram", "1.2.1")
    assert drawn.ledger.second_looks() == {Stage.SECOND: 0, Stage.THIRD: 0}


# Other ends of a decision


def test_what_the_archive_is_to_split_waits_for_nobody_until_it_changed(world: World) -> None:
    world.survey("1.2.1")
    world.plan()
    world.decide("anna", "1.2.1", "split")
    item = world.items()["1.2.1"]
    assert (item.state, item.reasons[0]) == (State.REVIEW, "split-asked")
    assert waiting(world, "bram") == []
    world.ledger.save_found([], now=world.now)
    world.survey("1.2.1", other(birth_date="19800216"))
    assert world.items()["1.2.1"].reasons[0] == "decision-lapsed"
    assert waiting(world, "bram") == ["1.2.1"]


def test_undoing_brings_back_what_was_there_before(world: World) -> None:
    world.survey("1.2.1")
    world.plan()
    world.decide("anna", "1.2.1", "exclude")
    world.tell(record(2, birth_date="19800218"))
    world.plan()
    world.decide("anna", "1.2.1")
    assert world.items()["1.2.1"].state is State.PLANNED
    assert world.desk("bram").undo("1.2.1", person="Dr bram", now=world.now) is ReviewProblem.NOTHING_TO_UNDO
    assert world.desk("anna").undo("1.2.1", person="Dr anna", now=world.now) is None
    assert waiting(world, "bram") == ["1.2.1"]
    assert world.items()["1.2.1"].reasons[0] == "decision-lapsed"
    world.tell(record(3))
    assert world.items()["1.2.1"].state is State.EXCLUDED
    assert not world.ledger.verify().problems


def test_nobody_decides_about_what_somebody_else_has_in_hand(world: World) -> None:
    world.survey("1.2.1")
    world.plan()
    length = world.now - START
    world.ledger.lease_review("1.2.1", "bram", "Dr bram", length, now=world.now)
    (refused,) = world.decide("anna", "1.2.1").rejected
    assert refused.problem is ReviewProblem.IN_OTHER_HANDS
    world.steps += 60
    assert len(world.decide("anna", "1.2.1").decisions) == 1
