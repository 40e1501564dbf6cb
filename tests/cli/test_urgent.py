"""`now`: one patient's studies at once, under the same rules; the number never stands on the command line."""

from __future__ import annotations

import io
import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remediate.cli import urgent
from remediate.demo.hospital import Study, build_hospital
from remediate.dicom.client import DicomArchive
from remediate.plan.approval import approve
from remediate.plan.document import PlanDocument
from remediate.probe.probing import withdraw_probe
from remediate.processes import this_process
from remediate.records.dicom import FindAnswer, FoundStudy, StudyQuery
from remediate.records.ledger import EventType, NewEvent, PlanRow
from remediate.records.states import State
from remediate.report.leak_scan import numbers_in
from remediate.report.plan_files import write_plan_files
from remediate.wiring import now, worker_name
from tests.workplace import Workplace, assert_corrected, free_port, planned_workplace


def patient_of(place: Workplace, uid: str) -> str:
    studies = json.loads(Path(place.plan).read_text())["studies"]
    return next(str(one["patient_id"]) for one in studies if one["study_instance_uid"] == uid)


def some_planned(place: Workplace, number: int = 0) -> Study:
    return sorted(place.planned(), key=lambda study: study.study_instance_uid)[number]


def test_one_patient_is_corrected_at_once_and_the_plan_of_the_night_stays(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = some_planned(place)
    number = patient_of(place, study.study_instance_uid)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
    place.must("plan")  # which waits for its approval, and is not superseded
    with place.archive() as archive:
        began = time.monotonic()
        ran = place.must("now", "--patient", "--by", "A. de Groot")
        assert time.monotonic() - began < 10
        assert_corrected(archive, [study])
    assert ran.answer["counts"]["planned"] >= 1
    assert ran.answer["batch"]["verified"] == ran.answer["counts"]["planned"]
    states = place.states()
    assert states[study.study_instance_uid] is State.VERIFIED
    assert sum(state is State.VERIFIED for state in states.values()) == ran.answer["counts"]["planned"]
    assert next(numbers_in(ran.out.encode()), None) is None
    with place.session(exclusive=False) as work:
        assert not any(head.superseded for head in work.ledger.plans())
        made = [entry.event for entry in work.ledger.events(type_=EventType.PLANNED)][-1]
        assert made.plan == ran.answer["plan"]
    with place.archive():  # what the night had planned goes on, and finds this patient done
        place.must("execute", place.plan, "--now")
    assert all(place.states()[one.study_instance_uid] is State.VERIFIED for one in place.planned())
    place.must("ledger", "verify")


def test_four_eyes_hold_and_the_step_is_what_the_other_types(place: Workplace) -> None:
    place.configure(approval={"people": 2})
    study = some_planned(place)
    with place.archive() as archive:
        ran = place.run("now", "--study", study.study_instance_uid, "--by", "A. de Groot")
        assert ran.code == 2
        assert "the other person types: remediate approve plan-0002 --by NAME; then: remediate execute" in ran.out
        assert place.states()[study.study_instance_uid] is State.PLANNED
        again = place.run("approve", "plan-0002", "--by", "A. de Groot")
        assert "approved plan-0002 already" in again.err
        with place.acting_as("other"):
            place.must("approve", "plan-0002", "--by", "B. Klein")
        place.must("execute", "plan-0002", "--now")
        assert_corrected(archive, [study])


def test_it_waits_for_the_other_and_goes_on(place: Workplace) -> None:
    place.configure(approval={"people": 2}, report={"language": "nl"})
    study = some_planned(place, 1)
    with place.archive() as archive:
        process = place.start("now", "--study", study.study_instance_uid, "--by", "A. de Groot", "--wait", "5")
        try:
            while not approved_once(place, process):
                time.sleep(0.1)
            with place.acting_as("other"):
                place.must("approve", "plan-0002", "--by", "B. Klein")
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 0, err
        assert "de andere persoon typt: remediate" in err
        assert_corrected(archive, [study])
    assert next(numbers_in(out.encode()), None) is None


def test_while_it_waits_the_archive_is_found_to_store_otherwise(place: Workplace) -> None:
    place.configure(approval={"people": 2})
    study = some_planned(place, 1)
    with place.archive() as archive:
        before = archive.objects(study.study_instance_uid)
        process = place.start("now", "--study", study.study_instance_uid, "--by", "A. de Groot", "--wait", "5")
        try:
            while not approved_once(place, process):
                time.sleep(0.1)
            with place.session() as work:
                withdraw_probe(work.ledger, "batch-0001", now=now())
            with place.acting_as("other"):
                place.must("approve", "plan-0002", "--by", "B. Klein")
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 1
        assert "so nothing more is stored" in err
        assert archive.objects(study.study_instance_uid) == before


def test_while_it_waits_somebody_withdraws_it(place: Workplace) -> None:
    place.configure(approval={"people": 2})
    with place.archive():
        process = place.start("now", "--study", some_planned(place).study_instance_uid, "--by", "A", "--wait", "5")
        try:
            while not approved_once(place, process):
                time.sleep(0.1)
            place.must("withdraw", "plan-0002", "--by", "B. Klein", "--why", "not this one")
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert "plan-0002 was withdrawn." in err
    assert "Next:" not in out


def test_what_stands_when_the_archive_goes_after_the_approval_is_said(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is approved, and a night would carry it out: that nothing was begun is not all there is to say."""
    with place.archive() as archive:

        def approve_and_lose(*arguments: Any, **more: Any) -> PlanRow:
            archive.__exit__(None, None, None)
            return approve(*arguments, **more)

        monkeypatch.setattr(urgent, "approve", approve_and_lose)
        ran = place.run("now", "--study", some_planned(place).study_instance_uid, "--by", "A. de Groot")
    assert ran.code == 1
    assert "Nothing in the archive was changed. The approval of plan-0002 stands: `remediate execute" in ran.err
    assert "Nothing was begun" not in ran.err


def test_an_archive_that_cuts_off_what_it_lists_of_the_patient_is_not_believed_whole(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the inventory knows is put right; that there may be more is said, and is no 0."""
    real = DicomArchive.find_studies

    def cut_off(self: DicomArchive, query: StudyQuery) -> FindAnswer:
        return replace(real(self, query), complete=not query.patient_id)

    monkeypatch.setattr(DicomArchive, "find_studies", cut_off)
    study = some_planned(place)
    with place.archive() as archive:
        for expected in ("Next: remediate verify", "Nothing is to be corrected."):
            ran = place.run("now", "--study", study.study_instance_uid, "--by", "A. de Groot")
            assert ran.code == 2
            assert expected in ran.out
            assert "may have left out studies of this patient" in ran.err
            assert_corrected(archive, [study])


@pytest.mark.postgresql
def test_what_a_night_takes_up_while_it_is_judged_stays_with_that_night(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intent of a study that is being stored is never let go of: the originals hang on it."""
    place = planned_workplace(tmp_path / "place", build_hospital(2), free_port(), ledger_url=postgresql_url)
    study = some_planned(place)
    with place.archive() as archive, place.session(exclusive=False) as night:
        opened = NewEvent(type=EventType.BATCH_OPENED, at=now(), plan="plan-0001")
        batch = night.ledger.open_batch("plan-0001", opened, process=this_process())

        def judged(document: PlanDocument, *arguments: Any, **more: Any) -> Mapping[str, str]:
            """A worker claims the patient and writes its intent down between judging and keeping."""
            claims = night.ledger.claim(batch.batch_id, worker_name(), timedelta(hours=1), now=now(), most=9)
            claim = next(one for one in claims if study.study_instance_uid in one.studies)
            folder = f"original-{claim.unit_id}-{claim.fence}"
            told = NewEvent(type=EventType.INTENT, at=now(), study=study.study_instance_uid, plan="plan-0001",
                            batch=batch.batch_id, state=State.INTENT, reason="written-down")  # fmt: skip
            night.ledger.write_intent(claim, study.study_instance_uid, (), folder, told)
            return write_plan_files(document, *arguments, **more)

        monkeypatch.setattr(urgent, "write_plan_files", judged)
        ran = place.run("now", "--study", study.study_instance_uid, "--by", "A. de Groot")
        assert night.ledger.open_intent(study.study_instance_uid) is not None
        assert place.states()[study.study_instance_uid] is State.INTENT
        assert ran.code == 3
        assert "Other processes have their patients in hand" in ran.out
        assert "No work is left" not in ran.out
        assert archive.objects(study.study_instance_uid) == tuple(study.objects())


def approved_once(place: Workplace, process: subprocess.Popen[str]) -> bool:
    assert process.poll() is None, process.communicate()
    with place.session(exclusive=False) as work:
        head = work.ledger.plan("plan-0002")
    return head is not None and len(head.approvals) == 1


def test_what_is_not_proven_stays_with_a_person(place: Workplace) -> None:
    studies = json.loads(Path(place.plan).read_text())["studies"]
    uid = next(one["study_instance_uid"] for one in studies if one["state"] == "review")
    before = place.states()
    with place.archive():
        ran = place.run("now", "--study", uid, "--by", "A. de Groot")
    assert ran.code == 2
    assert "Nothing is to be corrected." in ran.out
    assert "remediate review list" in ran.out
    assert place.states() == before


def test_what_no_plan_left_to_people_yet_is_sent_to_the_next_plan(place: Workplace) -> None:
    uid = next(uid for uid, state in place.states().items() if state is State.REVIEW)
    with place.session() as work:
        found = work.ledger.study(uid)
        assert found is not None
        evidence = found.evidence.headers[0]
        told = FoundStudy(study_instance_uid=uid, study_date="20200102", evidence=evidence)  # as if it came in anew
        work.ledger.save_found([told], now=now())
    assert place.states()[uid] is State.SURVEYED
    with place.archive():
        ran = place.run("now", "--study", uid, "--by", "A. de Groot")
    assert ran.code == 2
    assert "Next: remediate plan, remediate review list" in ran.out


def test_what_was_set_apart_is_looked_at_in_the_ledger(place: Workplace) -> None:
    uid = some_planned(place).study_instance_uid
    with place.session() as work:
        for state in (State.INTENT, State.QUARANTINED):
            moved = NewEvent(type=EventType.STATE, at=now(), actor="", study=uid, reason=state.value)
            work.ledger.move(uid, state, moved)
    with place.archive():
        ran = place.run("now", "--study", uid, "--by", "A. de Groot")
    assert ran.code == 2
    assert f"Next: remediate ledger show {uid}" in ran.out


def test_a_number_of_two_people_corrects_nobody(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One person's hospital number is another one's BSN."""
    study = some_planned(place)
    assert study.truth.bsn is not None
    rows = (place.folder / "epd" / "patienten.csv").read_text(encoding="utf-8-sig").splitlines()
    row = next(row for row in rows[1:] if study.truth.bsn.digits not in row and row.split(";")[0])
    number = row.split(";")[0]
    more = place.folder / "more.csv"
    more.write_text("\n".join([rows[0], row.replace(number, study.truth.bsn.digits, 1)]))
    place.must("epd", "load", str(more))
    before = place.states()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{study.truth.bsn.digits}\n"))
    with place.archive():
        ran = place.run("now", "--patient", "--by", "A. de Groot")
    assert ran.code == 64
    assert "That number leads to more than one patient." in ran.err
    assert place.states() == before


@pytest.mark.parametrize("typed", ["*", "1.2.*", "nonsense", "999990019"])
def test_no_study_instance_uid_is_no_study(place: Workplace, typed: str) -> None:
    ran = place.run("now", "--study", typed, "--by", "A. de Groot")
    assert ran.code == 64
    assert "That is no Study Instance UID." in ran.err


@pytest.mark.parametrize("typed", ["", "*", "12?4"])
def test_no_number_is_no_patient(place: Workplace, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    ran = place.run("now", "--patient", "--by", "A. de Groot")
    assert ran.code == 64
    assert "That is no patient's number." in ran.err


def test_a_number_that_nobody_has_is_said_and_not_repeated(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("999911120\n"))
    with place.archive():
        ran = place.run("now", "--patient", "--by", "A. de Groot")
    assert ran.code == 1
    assert "The inventory has no such study." in ran.err
    assert "999911120" not in ran.err + ran.out


def test_while_a_night_holds_the_ledger_it_says_how_to_come_in_between(place: Workplace) -> None:
    with place.session(exclusive=True):
        ran = place.run("now", "--study", some_planned(place).study_instance_uid, "--by", "A. de Groot")
    assert ran.code == 1
    assert "`remediate stop` lets it end after the study in hand" in ran.err


def test_what_a_plan_says_of_others_is_still_told_after_one_patients_plan(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for access is told by the newest plan that judged the study, not by that of somebody else."""
    study, other = some_planned(place), some_planned(place, 2)
    with place.archive():
        place.must("now", "--study", study.study_instance_uid, "--by", "A. de Groot")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{patient_of(place, other.study_instance_uid)}\n"))
    answer = place.must("ledger", "patient").answer
    told = next(one for one in answer["studies"] if one["study_instance_uid"] == other.study_instance_uid)
    assert [each["plan"] for each in told["plans"]] == ["plan-0001"]
