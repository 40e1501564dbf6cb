"""The table of exit codes in README.md: what a name that is not there, an approval that lacks and work left answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from tests.measured_inflow import TODAY, inflow_place, steady, survey
from tests.workplace import Workplace, free_port, planned_workplace

HOSPITAL = build_hospital(60)
OURS = [study for study in HOSPITAL.studies if study.truth.expected_state == "planned"][:2]
WHO = ("--by", "Jan Smit", "--why", "test")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return planned_workplace(tmp_path_factory.mktemp("place"), HOSPITAL, free_port(), OURS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve", "plan-0099", "--by", "Jan Smit"),
        ("execute", "plan-0099"),
        ("ledger", "show", "1.2.9"),
        ("originals", "1.2.9", "--to", "there", *WHO),
        ("release", "1.2.9", *WHO),
        ("rollback", "plan-0099", *WHO),
        ("rollback", "--batch", "batch-0099", *WHO),
        ("rollback", "--study", "1.2.9", *WHO),
        ("verify", "plan-0099"),
        ("verify", "--study", "1.2.9"),
        ("withdraw", "plan-0099", *WHO),
    ],
    ids=" ".join,
)
def test_a_plan_batch_or_study_that_is_not_there_is_an_error_and_no_wrong_call(
    place: Workplace, arguments: tuple[str, ...]
) -> None:
    ran = place.json(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.one_line.startswith("remediate: ")


def test_work_left_an_approval_that_lacks_and_nothing_left(place: Workplace, tmp_path: Path) -> None:
    made = place.must("plan").answer["plan"]
    place.must("plan", "--detailed-exitcode", code=2)
    place.must("status", code=2)
    assert "approvals" in place.must("execute", place.must("plan").answer["plan"], code=1).one_line
    place.must("approve", place.must("plan").answer["plan"], "--by", "Jan Smit")
    newest = place.must("status", code=2).answer["plan"]
    assert newest != made
    with place.archive():
        place.must("execute", newest, "--now", "--max-studies", "1", code=3)
        place.must("execute", newest, "--now")
        place.must("status")
        place.configure(approval={"people": 2})
        waiting = place.must("rollback", "--study", OURS[0].study_instance_uid, *WHO, code=2).answer
        assert (waiting["restored"], waiting["remaining"]) == (0, 1), "its plan waits for a second person"
        place.must("execute", waiting["plan"], "--now", code=1)


def test_a_fall_of_the_inflow_is_a_code_of_its_own_and_no_error(tmp_path: Path) -> None:
    inflow = inflow_place(tmp_path / "inflow")
    inflow.must("measure", "new", code=1)
    steadily = steady(60, 3, 1.0, came=TODAY)
    survey(inflow, steadily)
    inflow.must("measure", "new")
    fell = steady(60, 3, 1.0, until=TODAY, came=TODAY)[:-15] + steady(5, 3, 0.0, came=TODAY)
    survey(inflow, fell, first=1_000)
    inflow.must("measure", "new", code=2)
