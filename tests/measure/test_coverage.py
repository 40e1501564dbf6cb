"""Coverage of the synthetic hospital against the truth about each of its studies, and what counts in it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from remediate.demo.hospital import build_hospital
from remediate.identity.verdicts import MatchReason
from remediate.plan.categories import NOT_COUNTED, RIGHT, Category, category
from remediate.reasons.study import PlanReason, WorkReason
from remediate.records.states import State
from tests.measured_hospital import (
    CORRECT,
    DIMENSIONS,
    EXCEPTED,
    MISPLACED,
    MISSING,
    WAITING,
    planned_place,
    surveyed_place,
    truth_of,
    truths,
)
from tests.workplace import Workplace, load_epd


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Every case of the hospital, planned."""
    return planned_place(tmp_path_factory.mktemp("measured"), build_hospital(60))


def check(answer: dict[str, Any], expected: Counter[str]) -> None:
    """One group's figures against the truth."""
    counted = answer["categories"]
    assert answer["studies"] == expected.total() - expected[EXCEPTED]
    assert answer["correct"] == expected[CORRECT]
    assert counted.get("misplaced", 0) == expected[MISPLACED]
    assert counted.get("missing", 0) == expected[MISSING]
    assert counted.get("conflicting", 0) + counted.get("unproven", 0) == expected[WAITING]
    assert counted.get("excepted", 0) == expected[EXCEPTED]
    if answer["studies"]:
        assert answer["share"] == round(answer["correct"] / answer["studies"], 6)
    else:
        assert answer["share"] is None


def check_all(answer: dict[str, Any], place: Workplace) -> None:
    """Every figure, whole and by group."""
    check(answer, Counter(truth_of(study) for study in place.hospital.studies))
    for dimension, groups in DIMENSIONS.items():
        expected = truths(place.hospital.studies, groups)
        assert set(answer["by"][dimension]) == set(expected)
        for name, group in answer["by"][dimension].items():
            check(group, expected[name])


def test_every_figure_is_the_generators_truth(planned: Workplace) -> None:
    answer = planned.must("measure").answer
    check_all(answer, planned)
    assert answer["undecided"] == 0
    assert answer["target"] == 0.95
    excepted = Counter(s.truth.variant for s in planned.hospital.studies if s.truth.expected_state == "excluded")
    excepted["test-patient"] = excepted.pop("phantom")
    assert answer["exceptions"] == dict(excepted)


def test_before_any_plan_the_same_figures_come_from_judging_now(tmp_path: Path) -> None:
    place = surveyed_place(tmp_path / "place", build_hospital(60))
    load_epd(place)
    answer = place.must("measure", "survey").answer
    check_all(answer, place)
    assert answer["undecided"] == answer["surveyed"] == 60
    assert answer["plan"] is None


def test_without_an_epd_the_headers_tell_where_the_bsn_stands(tmp_path: Path) -> None:
    place = surveyed_place(tmp_path / "place", build_hospital(36))
    counted = place.must("measure").answer["categories"]
    assert counted["conflicting"] == 0, "nobody is known whom anything could contradict"
    for study in place.hospital.studies:
        if study.truth.expected_state in ("correct", "planned"):
            counted[truth_of(study)] -= 1
    assert min(counted.values()) >= 0
    looking_right = [study for study in place.hospital.studies if study.truth.variant == "bsn-of-another-patient"]
    assert counted["correct"] == len(looking_right), "somebody else's BSN, in the right place: only an EPD could tell"


def test_the_projection_is_the_plans(planned: Workplace) -> None:
    answer = planned.must("measure").answer
    coverage = json.loads(Path(planned.plan).read_text())["coverage"]
    assert answer["share"] == coverage["before"]
    assert answer["projected"]["share"] == coverage["after"]
    by_year = answer["by"]["year"].values()
    assert sum(group["projected"] for group in by_year) == answer["projected"]["correct"]
    assert answer["still_needed"] + answer["correct"] == int(answer["studies"] * 0.95) + 1


def test_variants_and_reasons_are_the_plans(planned: Workplace) -> None:
    plan = json.loads(Path(planned.plan).read_text())
    answer = planned.must("measure").answer
    wanted = dict(plan["reasons"])
    for reason in (*answer["exceptions"], "in-place", "in-place-unconfirmed"):
        wanted.pop(reason, None)
    assert answer["wrong"] == wanted
    assert sum(answer["wrong"].values()) == answer["studies"] - answer["correct"]


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_category_and_only_named_reasons_leave_the_denominator(state: State) -> None:
    reasons = ["", *PlanReason, *WorkReason, *MatchReason]
    found = {reason: category(state, str(reason)) for reason in reasons}
    left_out = {reason for reason, one in found.items() if one in NOT_COUNTED}
    if state is State.EXCLUDED:
        exceptions = {MatchReason.NEWBORN, MatchReason.FOREIGNER, MatchReason.EMERGENCY, MatchReason.TEST_PATIENT}
        assert left_out == {*exceptions, PlanReason.PROBE_STUDY}
    else:
        assert left_out == set()
    assert any(one in RIGHT for one in found.values()) == (state in (State.CORRECT, State.VERIFIED))


def test_what_a_person_set_aside_or_rolled_back_counts_as_not_right() -> None:
    assert category(State.EXCLUDED, PlanReason.EXCLUDED_BY_PERSON) is Category.SET_ASIDE
    assert category(State.ROLLED_BACK, WorkReason.RESTORED) is Category.SET_ASIDE
    assert Category.SET_ASIDE not in NOT_COUNTED | RIGHT
