"""A person's decision reaches the archive, holds on what was seen only, and never overrules the policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remediate.demo.hospital import Study
from remediate.demo.part10 import DicomObject
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.review_lists import (
    BY,
    CONFIRMABLE,
    OVERRULED,
    WHY,
    approve,
    bsn_of,
    decide,
    exported,
    fill,
    plan,
    read,
    study_of,
    uid_of,
    undecided_workplace,
)
from tests.workplace import Workplace, bsn_places

OTHERS = ("patient-unknown", "bsn-of-another-patient")


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Doubtful studies after their first plan; read only."""
    return undecided_workplace(tmp_path_factory.mktemp("undecided"), (*CONFIRMABLE, *OVERRULED, *OTHERS))


@pytest.fixture
def place(undecided: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return undecided.copy(tmp_path / "place")


def state_in(plan_file: str, uid: str) -> tuple[str, list[str], list[str]]:
    studies = json.loads(Path(plan_file).read_text())["studies"]
    found = next(study for study in studies if study["study_instance_uid"] == uid)
    return found["state"], found["reasons"], found["proofs"]


def run_approved(place: Workplace, plan_file: str) -> dict[str, int]:
    approve(place, plan_file)
    answer: dict[str, int] = place.must("execute", plan_file, "--now").answer
    return answer


def changed(study: Study, old: bytes, new: bytes) -> Sequence[DicomObject]:
    """The study's objects with one value replaced by another of the same length."""
    assert len(old) == len(new)
    found = list(study.objects())
    assert any(old in item.dataset_bytes for item in found)
    return [replace(item, dataset_bytes=item.dataset_bytes.replace(old, new)) for item in found]


def epd_change(place: Workplace, study: Study, birth_date: str) -> Path:
    """An A08 that gives the study's patient another birth date."""
    person = next(one for one in place.hospital.people if one.number == study.case.identity.patient_id)
    name = f"{person.name.surname}&{person.name.prefix}&{person.name.surname}^{person.name.given_names}^^^^^L"
    lines = (
        r"MSH|^~\&|EPD|HOSPITAL|REMEDIATE||20260110080000||ADT^A08|CHANGE1|P|2.4||||||UNICODE UTF-8",
        "EVN|A08|20260110080000",
        f"PID|1||{person.number}^^^HOSPITAL^PI~{person.bsn}^^^NLMINBIZA^NNNLD||{name}||{birth_date}|{person.sex}",
    )
    path = place.folder / "epd" / "change.hl7"
    path.write_text("".join(f"{line}\r" for line in lines), encoding="utf-8")
    return path


# Decisions that reach the archive


def test_confirmed_studies_are_corrected_and_verified_and_a_second_run_does_nothing(place: Workplace) -> None:
    uids = {variant: uid_of(place, variant) for variant in CONFIRMABLE}
    answer = decide(place, dict.fromkeys(uids.values(), "confirm")).answer
    assert (answer["confirmed"], answer["excluded"], answer["rejected"]) == (len(uids), 0, [])
    with place.archive() as archive:
        second = plan(place)
        for variant, uid in uids.items():
            state, _, proofs = state_in(second, uid)
            assert (state, proofs[-1]) == ("planned", "confirmed-by-person"), variant
        assert run_approved(place, second)["verified"] == len(uids)
        for variant in uids:
            study = study_of(place, variant)
            bsn = bsn_of(place.hospital, study)
            held = archive.objects(study.study_instance_uid)
            assert [bsn_places(item, bsn) for item in held] == [(1, 0, 0)] * len(list(study.objects()))
        place.must("survey", "--headers", "series")
        third = place.must("plan", "--detailed-exitcode", "--out", str(place.folder / "plans" / "plan-0003")).answer
        assert third["counts"]["planned"] == 0
        assert place.must("verify").answer["different"] == []
    states = place.states()
    assert {states[uid] for uid in uids.values()} == {State.VERIFIED}
    assert place.must("measure", "survey").answer["correct"] >= len(uids)
    assert place.must("ledger", "verify").answer["ok"]


def test_the_ledger_tells_who_decided_when_and_why(place: Workplace) -> None:
    uid = uid_of(place, "sex-differs")
    decide(place, {uid: "confirm"})
    with place.session(exclusive=False) as work:
        events = [entry.event for entry in work.ledger.events(type_=EventType.REVIEW_DECISION)]
        stored = work.ledger.reviews((uid,))[uid]
    assert [(e.study, e.actor, e.details["decision"], e.details["why"]) for e in events] == [(uid, BY, "confirm", WHY)]
    assert events[0].patient
    assert (stored.person, stored.at, stored.why) == (BY, events[0].at, WHY)


def test_an_excluded_study_stays_excluded_and_untouched(place: Workplace) -> None:
    uid, other = uid_of(place, "birth-date-differs"), uid_of(place, "patient-unknown")
    assert decide(place, {uid: "exclude", other: "exclude"}).answer["excluded"] == 2
    with place.archive() as archive:
        before = archive.objects(uid)
        for number in (2, 3):
            found = plan(place, number)
            for each in (uid, other):
                assert state_in(found, each)[:2] == ("excluded", ["excluded-by-person"])
            place.must("survey", "--headers", "series")
        assert archive.objects(uid) == before
    assert {row["StudyInstanceUID"] for row in read(exported(place))}.isdisjoint({uid, other})


def test_a_decided_study_leaves_the_queue_at_once_and_the_same_file_twice_is_once(place: Workplace) -> None:
    uid = uid_of(place, "sex-absent")
    before = place.must("review", "list").answer["studies"]
    path = exported(place)
    fill(path, lambda row: ("confirm", WHY) if row["StudyInstanceUID"] == uid else ("", ""))
    first = place.must("review", "import", str(path), "--by", BY).answer
    again = place.must("review", "import", str(path), "--by", BY).answer
    assert (first["confirmed"], first["unchanged"]) == (1, 0)
    assert (again["confirmed"], again["unchanged"]) == (0, 1)
    assert place.must("review", "list").answer["studies"] == before - 1
    assert len(place.must("ledger", "list", "--type", "review-decision").answer["events"]) == 1


def test_a_person_can_think_again_until_the_study_is_in_work(place: Workplace) -> None:
    uid = uid_of(place, "sex-absent")
    path = exported(place)
    with place.archive() as archive:
        before = archive.objects(uid)
        fill(path, lambda row: ("confirm", WHY) if row["StudyInstanceUID"] == uid else ("", ""))
        place.must("review", "import", str(path), "--by", BY)
        second = plan(place)
        approve(place, second)
        fill(path, lambda row: ("exclude", "was mistaken") if row["StudyInstanceUID"] == uid else ("", ""))
        place.must("review", "import", str(path), "--by", BY)
        assert place.must("execute", second, "--now").answer["drifted"] == 1
        assert archive.objects(uid) == before
        assert state_in(plan(place, 3), uid)[:2] == ("excluded", ["excluded-by-person"])


def test_a_decision_is_about_one_study_also_when_others_have_the_same_headers(place: Workplace) -> None:
    identity = study_of(place, "sex-absent").case.identity
    row = f"{identity.patient_id};{identity.patient_name};{identity.birth_date}"
    list_ = place.folder / "list.csv"
    uids = [f"1.2.3.4.{number}" for number in (1, 2, 3, 4)]
    lines = ("StudyInstanceUID;PatientID;PatientName;PatientBirthDate", *(f"{uid};{row}" for uid in uids))
    list_.write_text("\n".join(lines), encoding="utf-8")
    place.must("survey", "import", str(list_))
    plan(place)
    decide(place, {uids[1]: "confirm", uids[2]: "exclude"})
    found = plan(place, 3)
    assert [state_in(found, uid)[0] for uid in uids] == ["review", "planned", "excluded", "review"]


def test_what_was_written_cannot_be_decided_any_more(place: Workplace) -> None:
    uid = uid_of(place, "sex-absent")
    path = exported(place)
    fill(path, lambda row: ("confirm", WHY) if row["StudyInstanceUID"] == uid else ("", ""))
    place.must("review", "import", str(path), "--by", BY)
    with place.archive():
        run_approved(place, plan(place))
    fill(path, lambda row: ("exclude", WHY) if row["StudyInstanceUID"] == uid else ("", ""))
    rejected = place.must("review", "import", str(path), "--by", BY, code=1).answer["rejected"]
    assert [one["reason"] for one in rejected] == ["not-in-review"]
    assert place.states()[uid] == State.VERIFIED


# Decisions that no longer hold


@pytest.mark.parametrize("decision", ["confirm", "exclude"])
def test_a_changed_epd_record_ends_a_decision_and_the_person_sees_it_again(place: Workplace, decision: str) -> None:
    study = study_of(place, "sex-absent")
    uid = study.study_instance_uid
    old_export = exported(place)
    decide(place, {uid: decision})
    second = plan(place)
    assert state_in(second, uid)[0] == ("planned" if decision == "confirm" else "excluded")
    place.must("epd", "load", str(epd_change(place, study, "19610203")))
    if decision == "confirm":
        with place.archive() as archive:
            before = archive.objects(uid)
            assert run_approved(place, second)["drifted"] == 1
            assert archive.objects(uid) == before
    state, reasons, _ = state_in(plan(place, 3), uid)
    assert (state, reasons[0]) == ("review", "decision-lapsed")
    assert "birth-date-differs" in reasons
    row = next(r for r in place.must("review", "list").answer["rows"] if r["study_instance_uid"] == uid)
    assert row["lapsed"]
    fill(old_export, lambda row: (decision, WHY) if row["StudyInstanceUID"] == uid else ("", ""))
    rejected = place.must("review", "import", str(old_export), "--by", BY, code=1).answer["rejected"]
    assert [one["reason"] for one in rejected] == ["seen-changed"]


def test_a_changed_study_ends_a_decision(place: Workplace) -> None:
    study = study_of(place, "surname-differs")
    uid = study.study_instance_uid
    decide(place, {uid: "confirm"})
    with place.archive() as archive:
        archive.store_directly(changed(study, b"Oosterwold", b"Westerwold"))
        place.must("survey", "--headers", "series")
        state, reasons, _ = state_in(plan(place), uid)
        assert (state, reasons[:2]) == ("review", ["decision-lapsed", "surname-differs"])
        assert decide(place, {uid: "confirm"}).answer["confirmed"] == 1
        assert run_approved(place, plan(place, 3))["verified"] == 1


def test_objects_that_say_something_else_than_the_person_saw_are_drifted(place: Workplace) -> None:
    """Nobody surveys again between plan and execution: the objects themselves are the last word."""
    study = study_of(place, "birth-date-differs")
    uid = study.study_instance_uid
    decide(place, {uid: "confirm"})
    second = plan(place)
    born = study.case.identity.birth_date.encode()
    with place.archive() as archive:
        first, *rest = study.objects()
        other = replace(first, dataset_bytes=first.dataset_bytes.replace(born, b"19610203"))
        assert other != first
        archive.store_directly([other, *rest])
        before = archive.objects(uid)
        assert run_approved(place, second)["drifted"] == 1
        assert archive.objects(uid) == before
        assert state_in(plan(place, 3), uid)[1][0] == "decision-lapsed"


def test_a_decision_on_the_index_alone_does_not_hold_for_objects_that_tell_more(place: Workplace) -> None:
    study = study_of(place, "bsn-of-another-patient")
    uid = study.study_instance_uid
    rows = [row for row in read(exported(place)) if row["StudyInstanceUID"] == uid]
    assert [row["MayConfirm"] for row in rows] == ["yes", "no"]
    assert rows[0]["EpdPatientID"] != rows[1]["EpdPatientID"]
    with place.session() as work:
        row = work.ledger.study(uid)
        assert row is not None
        (header,) = row.evidence.headers
        thin = replace(row.evidence, headers=(replace(header, claims=(), sex=""),))
        work.ledger.save_evidence(thin, now=datetime.now(UTC))
    decide(place, {uid: "confirm"})
    with place.archive() as archive:
        before = archive.objects(uid)
        second = plan(place)
        assert state_in(second, uid)[0] == "planned"
        assert run_approved(place, second)["drifted"] == 1
        assert archive.objects(uid) == before


# What nobody can overrule


@pytest.mark.parametrize(("variant", "reason"), OVERRULED.items())
def test_nobody_overrules_the_policy(place: Workplace, variant: str, reason: str) -> None:
    uid = uid_of(place, variant)
    path = exported(place)
    lines = [n for n, row in enumerate(read(path), start=2) if row["StudyInstanceUID"] == uid]
    fill(path, lambda row: ("confirm", WHY) if row["StudyInstanceUID"] == uid else ("", ""))
    rows = [row for row in read(path) if row["StudyInstanceUID"] == uid]
    assert {row["MayConfirm"] for row in rows} == {"no"}
    rejected = place.must("review", "import", str(path), "--by", BY, code=1).answer["rejected"]
    if len(lines) == 1:
        assert [(one["line"], one["reason"]) for one in rejected] == [(lines[0], "not-negotiable")]
        assert reason in rejected[0]["policy"]
    else:
        assert {one["reason"] for one in rejected} == {"contradicting-lines"}
        answer = decide(place, {uid: "confirm"}, code=1).answer["rejected"]
        assert answer[0]["reason"] == "not-negotiable"
        assert reason in answer[0]["policy"]
    assert state_in(plan(place), uid)[0] == "review"


def test_a_stored_decision_cannot_be_forged_without_the_keys(place: Workplace) -> None:
    """Somebody who can write into the database moves one study's confirmation to another."""
    uid, victim = uid_of(place, "sex-absent"), uid_of(place, "birth-date-differs")
    decide(place, {uid: "confirm"})
    with place.session() as work:
        with work.database.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO reviews (study_instance_uid, sealed)"
                " SELECT ?, sealed FROM reviews WHERE study_instance_uid = ?",
                (victim, uid),
            )
        with pytest.raises(Exception, match="sealed value"):
            work.ledger.reviews((victim,))
    assert place.json("plan").code == 1


def test_likeliest_first_and_what_nobody_may_confirm_last(place: Workplace) -> None:
    rows = place.must("review", "list").answer["rows"]
    first = list({row["study_instance_uid"]: row for row in reversed(rows)}.values())[::-1]
    confirmable = [row["may_confirm"] for row in first]
    assert confirmable == sorted(confirmable, reverse=True)
    likeness = [row["likeness"] for row in first if row["may_confirm"]]
    assert likeness == sorted(likeness, reverse=True)
    assert len(likeness) >= len(CONFIRMABLE)
