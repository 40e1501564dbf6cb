"""A plan that is taken back: nothing more is begun under it, what was begun goes back, and others have their night."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from remediate.demo.faults import Faults
from remediate.records.states import State
from tests.night.watched import Moment, watched
from tests.workplace import Workplace, assert_corrected, everything, shared_workplace

BY = ("--by", "A. Reviewer", "--why", "made on the wrong extract")


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return shared_workplace(tmp_path_factory.mktemp("approved"), 4)


def test_nothing_is_begun_under_a_withdrawn_plan(place: Workplace) -> None:
    before = everything(place.folder / "archive")
    answer = place.must("withdraw", place.plan, *BY).answer
    assert (answer["withdrawn"], answer["left"]) == (True, len(place.planned()))
    with place.archive():
        for arguments in ((place.plan,), ("plan-0001",)):
            assert "withdrawn" in place.must("execute", *arguments, "--now", code=1).one_line
        assert place.must("execute", "--approved", "--now").answer["batch"] is None
        assert everything(place.folder / "archive") == before
    assert "withdrawn" in place.must("approve", place.plan, "--by", "B. Second", code=1).one_line
    assert "already" in place.must("withdraw", place.plan, *BY, code=1).one_line
    assert place.must("ledger", "verify").answer["ok"]
    listed = place.run("ledger", "list").out
    assert "plan-withdrawn" in listed
    assert "wrong extract" in listed


def test_it_takes_a_name_and_a_reason(place: Workplace) -> None:
    for missing in (("--by", "A. Reviewer", "--why", " "), ("--by", " ", "--why", "why")):
        assert place.json("withdraw", place.plan, *missing).code == 64


@pytest.mark.parametrize("stored", [1, 3])
def test_what_was_begun_goes_back_and_what_is_verified_stays(place: Workplace, stored: int) -> None:
    """Killed after so many objects; withdrawn; the next run puts the study back before a new plan does its work."""
    place.configure(execute={"associations": 1})
    seen = 0

    def watch(step: str, moment: Moment) -> None:
        nonlocal seen
        seen += step == "object stored" and moment is Moment.AFTER
        if seen == stored:
            raise KeyboardInterrupt

    with place.archive() as archive:
        with watched(watch), contextlib.suppress(KeyboardInterrupt):
            place.run("execute", place.plan, "--now")
        (begun,) = [uid for uid, state in place.states().items() if state is State.INTENT]
        place.must("withdraw", place.plan, *BY)
        made = place.must("plan").answer["plan"]
        place.must("approve", made, "--by", "A. Reviewer")
        place.must("execute", made, "--now")
        originals = [s for s in place.planned() if s.study_instance_uid == begun]
        held = sorted(archive.objects(begun), key=lambda item: item.sop_instance_uid)
        assert held == sorted(originals[0].objects(), key=lambda item: item.sop_instance_uid)
        assert place.reasons()[begun] == "put-back"
        assert_corrected(archive, [s for s in place.planned() if s.study_instance_uid != begun])
        again = place.must("plan").answer
        assert again["counts"]["planned"] == 1
        place.must("approve", again["plan"], "--by", "A. Reviewer")
        place.must("execute", again["plan"], "--now")
        assert_corrected(archive, place.planned())
    assert place.must("ledger", "verify").answer["ok"]
    assert place.left_in_spool() == []


def test_a_plan_that_cannot_go_on_does_not_starve_the_next(place: Workplace) -> None:
    place.configure(identity={"placeholder_january_first": False})
    with place.archive(Faults()) as archive:
        assert "changed since" in place.must("execute", "--approved", "--now", code=1).one_line
        made = place.must("plan").answer["plan"]
        place.must("approve", made, "--by", "A. Reviewer")
        ran = place.run("execute", "--approved", "--now")
        assert ran.code == 0
        assert_corrected(archive, place.planned())


def test_a_plan_that_cannot_go_on_is_told_where_another_one_does_not_hold_what_it_has_left(place: Workplace) -> None:
    place.configure(identity={"placeholder_january_first": False}, approval={"people": 2})
    study = place.planned()[0]
    with place.archive() as archive:
        place.must("now", "--study", study.study_instance_uid, "--by", "A. Reviewer", code=2)
        with place.acting_as("other"):
            place.must("approve", "plan-0002", "--by", "B. Second")
        place.configure(approval={"people": 1})
        ran = place.run("execute", "--approved", "--now")
        assert ran.code == 0
        assert "plan-0001 is left out" in ran.err + ran.out
        assert_corrected(archive, [study])


def test_a_newer_plan_that_has_all_that_is_left_of_the_oldest_comes_before_it(place: Workplace) -> None:
    with place.archive():
        place.must("execute", place.plan, "--now", "--max-studies", "1", code=3)
        made = place.must("plan").answer["plan"]
        place.must("approve", made, "--by", "A. Reviewer")
        place.must("execute", "--approved", "--now", "--max-studies", "1", code=3)
    with place.session(exclusive=False) as work:
        assert work.ledger.batches()[0].plan_id == "plan-0002"


def test_a_person_leaves_a_proven_study_out_of_a_plan_even_once_it_is_approved(place: Workplace) -> None:
    first, other, *_ = (study.study_instance_uid for study in place.planned())
    why = ("--by", "A. Reviewer", "--why", "the ward says that this is somebody else")
    for missing in ((), ("--by", "A. Reviewer")):
        assert place.json("review", "exclude", first, *missing).code == 64
    proven = place.must("review", "exclude", first, "--back", *why, code=1).answer
    assert [line["reason"] for line in proven["rejected"]] == ["not-left-out"], "nobody confirms what is proven"
    unknown = place.must("review", "exclude", "1.2.3", first, *why, code=1).answer
    assert ([line["reason"] for line in unknown["rejected"]], unknown["excluded"]) == (["unknown-study"], 1)
    assert "  1.2.3: unknown-study." in place.run("review", "exclude", "1.2.3", *why).out, "who typed no line gets none"
    assert place.must("review", "exclude", other, *why).answer["excluded"] == 1
    assert place.must("review", "exclude", other, "--back", *why).answer["excluded"] == 0
    with place.archive() as archive:
        before = archive.objects(first)
        place.run("execute", place.plan, "--now")
        assert archive.objects(first) == before
        assert_corrected(archive, [study for study in place.planned() if study.study_instance_uid != first])
    assert (place.states()[first], place.reasons()[first]) == (State.DRIFTED, "no-longer-agrees")
    made = place.must("plan").answer
    assert (made["counts"]["planned"], place.states()[first]) == (0, State.EXCLUDED)
    (told,) = made["exclusions"] if "exclusions" in made else json.loads(Path(made["path"]).read_text())["exclusions"]
    assert (told["by"], told["why"], told["studies"]) == ("A. Reviewer", why[-1], 1)
    assert why[-1] in Path(made["path"]).with_name("plan.html").read_text()
    assert "review-decision" in place.run("ledger", "show", first).out
    place.must("review", "exclude", first, "--back", *why)
    assert place.must("plan").answer["counts"]["planned"] == 1
    done = place.must("review", "exclude", other, *why, code=1).answer
    assert [line["reason"] for line in done["rejected"]] == ["not-in-review"]
