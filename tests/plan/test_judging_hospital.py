"""What is decided about the synthetic hospital, against the truth about each of its studies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from remediate.plan.document import from_json
from remediate.records.states import State
from tests.workplace import PLAN, DemoRun, Workplace, free_port, load_epd, new_workplace

UNTOUCHED = {State.VERIFIED, State.STORED, State.INTENT, State.FAILED, State.QUARANTINED}
"""States that mean that something was stored, or nearly."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Every case of the hospital, planned on a header of each series."""
    folder = tmp_path_factory.mktemp("judged")
    place = new_workplace(folder, build_hospital(60), free_port())
    with place.archive():
        place.must("survey", "--headers", "series")
        load_epd(place)
        place.must("plan", "--out", str(folder / "plans" / "plan-0001"))
    return place


def test_with_a_header_of_each_series_every_decision_is_the_truth(judged: Workplace) -> None:
    plan = json.loads(Path(judged.plan).read_text())
    decided = {study["study_instance_uid"]: study["state"] for study in plan["studies"]}
    truth = {study.study_instance_uid: study.truth.expected_state for study in judged.hospital.studies}
    wrong = {
        study.truth.variant: decided[study.study_instance_uid]
        for study in judged.hospital.studies
        if decided[study.study_instance_uid] != study.truth.expected_state
    }
    assert wrong == {}
    assert set(decided) == set(truth)


def test_the_planned_bsn_is_the_true_one_and_shown_masked_only(judged: Workplace) -> None:
    text = Path(judged.plan).read_text()
    document = from_json(text, name=PLAN)
    for item in document.items:
        truth = judged.hospital.study(item.study_instance_uid).truth
        if item.state is State.PLANNED:
            assert truth.bsn is not None
            assert item.bsn_masked == truth.bsn.masked
        else:
            assert item.bsn_masked == ""
        if truth.bsn is not None:
            assert truth.bsn.digits not in text


def test_every_planned_study_names_its_proofs_and_every_other_its_reason(judged: Workplace) -> None:
    document = from_json(Path(judged.plan).read_text(), name=PLAN)
    for item in document.items:
        assert item.reasons
        if item.state is State.PLANNED:
            assert {
                "bsn-valid",
                "bsn-verified",
                "bsn-unique",
                "birth-date-equal",
                "sex-equal",
                "surname-agrees",
            } <= set(item.proofs)
            assert item.corrections
            assert item.fingerprint


def test_on_the_index_alone_nothing_wrong_is_written(demo: DemoRun) -> None:
    """The demo's archive tells the other IDs by C-FIND, so it plans on the index; execution reads every object."""
    assert demo.code == 0, demo.err
    states = demo.place.states()
    for study in demo.hospital.studies:
        state = states[study.study_instance_uid]
        if study.truth.expected_state in ("review", "excluded"):
            assert state not in UNTOUCHED, study.truth.variant
        elif study.truth.expected_state == "planned":
            assert state in (State.VERIFIED, State.CORRECT), study.truth.variant


def test_every_planned_study_of_the_demo_was_verified_in_the_ledger(demo: DemoRun) -> None:
    with demo.place.session(exclusive=False) as work:
        for study in demo.hospital.studies:
            verified = work.ledger.last_verified(study.study_instance_uid)
            assert (verified is not None) == (study.truth.expected_state == "planned"), study.truth.variant


def test_nights_follow_from_objects_pace_and_window(place: Workplace) -> None:
    planned = json.loads(Path(place.plan).read_text())
    objects = sum(study["instances"] for study in planned["studies"] if study["state"] == "planned")
    assert planned["nights"] == pytest.approx(0.1)  # less than a tenth of a night, rounded up
    place.configure(execute={"limits": {"objects_per_hour": 2.0}, "window": {"from": "20:00", "to": "06:00"}})
    nights = place.must("plan").answer["nights"]
    assert nights == pytest.approx(objects / 2 / 10, abs=0.1)
    place.configure(execute={"limits": {"objects_per_hour": None, "studies_per_hour": 0.5}})
    assert place.must("plan").answer["nights"] == pytest.approx(len(place.planned()) / 0.5 / 10, abs=0.1)
