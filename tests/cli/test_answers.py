"""What commands answer: one JSON document with the keys of the design, wherever --json stands, and exit codes."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from remediate.records.ledger import EventType, NewEvent
from remediate.records.states import State
from remediate.wiring import now
from tests.workplace import Ran, Workplace, everything, free_port, load_epd, new_workplace, run

KEYS = {
    "survey": {"studies", "new", "queries", "complete", "undated"},
    "epd load": {"files", "records", "patients", "merges", "rejected"},
    "plan": {"plan", "digest", "path", "counts", "reasons", "coverage"},
    "execute": {"batch", "verified", "failed", "drifted", "quarantined", "remaining", "stopped_because", "instances",
                "bytes", "seconds"},
    "verify": {"checked", "same", "different"},
    "ledger verify": {"ok", "events", "checkpoints", "problems"},
    "measure": {"studies", "correct", "share", "target", "by", "exceptions"},
    "measure survey": {"studies", "correct", "share", "target", "by", "exceptions"},
    "rollback": {"plan", "studies", "instances", "restored"},
}  # fmt: skip


def both(place: Workplace, *arguments: str, code: int = 0) -> tuple[Ran, Ran]:
    """The command with --json before and after its name."""
    before, after = place.run("--json", *arguments), place.run(*arguments, "--json")
    assert (before.code, after.code) == (code, code), before.err + after.err
    return before, after


def test_every_command_answers_one_document_with_the_keys_of_the_design(place: Workplace) -> None:
    files = [str(place.folder / "epd" / name) for name in ("patienten.csv", "adt.hl7", "zorgdomein.hl7")]
    study = place.planned()[0].study_instance_uid
    with place.archive():
        for words, more, code in (
            (("survey",), (), 0),
            (("epd", "load"), files, 0),
            (("plan",), (), 0),
            (("plan", "--detailed-exitcode"), (), 2),
            (("execute",), (place.plan, "--now", "--max-studies", "1"), 3),
            (("execute",), (place.plan, "--now"), 0),
            (("verify",), (), 0),
            (("verify",), (place.plan, "--sample", "50"), 0),
            (("verify",), ("--study", study), 0),
            (("ledger", "verify"), (), 0),
            (("ledger", "list"), (), 0),
            (("ledger", "show"), (study,), 0),
            (("measure",), (), 0),
            (("measure", "survey"), (), 0),
            (("status",), (), 0),
            (("pause",), (), 0),
            (("resume",), (), 0),
            (("doctor",), (), 0),
        ):
            for ran in both(place, *words, *more, code=code):
                answer = ran.answer
                assert isinstance(answer, dict)
                assert KEYS.get(" ".join(w for w in words if not w.startswith("-")), set()) <= set(answer), words
                assert ran.err == "", words


def test_the_plan_file_holds_what_the_design_says(place: Workplace) -> None:
    plan = json.loads(Path(place.plan).read_text())
    wanted = {
        "study_instance_uid",
        "patient_id",
        "issuer",
        "epd_patient_id",
        "state",
        "reasons",
        "proofs",
        "corrections",
    }
    assert all(wanted <= set(study) for study in plan["studies"])
    assert {study["state"] for study in plan["studies"]} <= {"correct", "planned", "review", "excluded"}
    files = {path.name: path.stat().st_mode & 0o777 for path in Path(place.plan).parent.iterdir()}
    assert files == dict.fromkeys(("plan.json", "plan.csv", "review.csv", "plan.html", "order.csv"), 0o600)


def test_a_second_run_does_nothing(place: Workplace) -> None:
    with place.archive():
        done = place.must("execute", place.plan, "--now").answer
        assert done["verified"] == len(place.planned())
        after = everything(place.folder / "archive")
        again = place.must("execute", place.plan, "--now").answer
        assert (again["verified"], again["instances"], again["remaining"]) == (0, 0, 0)
        place.must("survey")
        assert place.must("plan", "--detailed-exitcode").answer["counts"]["planned"] == 0
    assert everything(place.folder / "archive") == after


def test_verify_finds_what_was_changed_in_the_archive_behind_our_back(place: Workplace) -> None:
    with place.archive():
        place.must("execute", place.plan, "--now")
        original, other = place.planned()[0], place.planned()[1]
        first = next(iter(original.objects()))
    with place.archive() as archive:
        archive.store_directly([first])
        gone = sorted((place.folder / "archive" / other.study_instance_uid).glob("*"))[0]
        gone.unlink()
        archive.restart()
        ran = place.json("verify")
        assert ran.code == 2
        reasons = {one["sop_instance_uid"]: one["reason"] for one in ran.answer["different"]}
    assert reasons.pop(first.sop_instance_uid) == "old-header-back"
    assert list(reasons.values()) == ["object-missing"]


def test_status_exits_2_while_work_is_left(place: Workplace) -> None:
    assert place.must("status", code=2).answer["pending"] == len(place.planned())
    with place.archive():
        place.must("execute", place.plan, "--now")
    assert place.must("status").answer["pending"] == 0


def test_status_tells_what_to_do_next_and_when_it_will_be_done(place: Workplace) -> None:
    planned = place.planned()
    place.configure(execute={"window": {"from": "00:00", "to": "00:00"}})
    before = place.json("status").answer
    assert (before["running"], before["plan"], before["left"]["studies"]) == (False, "plan-0001", len(planned))
    assert before["left"]["objects"] == sum(len(list(study.objects())) for study in planned)
    assert "Next: remediate execute plan-0001" in place.run("status").out
    with place.archive():
        place.must("execute", place.plan, "--now", "--max-studies", str(len(planned) - 1), code=3)
    asked = datetime.now(UTC).replace(second=0, microsecond=0)  # it tells minutes
    after = place.json("status").answer
    assert after["left"]["studies"] == 1
    if after["objects_a_second"]:
        assert datetime.fromisoformat(after["done_at"]) >= asked  # in the window: a moment from now
        place.configure(execute={"limits": {"objects_per_second": 0.5}})
        assert place.must("status", code=2).answer["objects_a_second"] == 0.5, "no more than the ceilings of today"
        place.configure(approval={"people": 2})
        waiting = place.must("status", code=2).answer
        assert (waiting["state"], waiting["done_at"]) == ("approval-missing", None)
        assert "Pace" not in place.run("status").out


def test_a_study_leaves_quarantine_only_by_a_person_with_a_reason(place: Workplace) -> None:
    uid = place.planned()[0].study_instance_uid
    assert "not in quarantine" in place.must("release", uid, "--by", "A. Reviewer", "--why", "x", code=1).one_line
    with place.session() as work:
        for step in (State.INTENT, State.QUARANTINED):
            work.ledger.move(uid, step, NewEvent(type=EventType.STATE, at=now(), reason="unknown-content"))
    assert "--by NAME" in place.must("release", uid, "--by", " ", "--why", "looked", code=64).one_line
    place.must("release", uid, "--by", "A. Reviewer", "--why", "restored by hand")
    with place.session() as work:
        *_, last = work.ledger.events(study=uid)
        assert work.ledger.study(uid).state is State.SURVEYED
    assert (last.event.actor, last.event.reason) == ("A. Reviewer", "released-by-person")
    with place.archive():
        assert place.must("plan").answer["counts"]["planned"] == len(place.planned())


def test_max_studies_and_until_stop_with_3_and_work_left(place: Workplace) -> None:
    with place.archive():
        ran = place.json("execute", place.plan, "--now", "--max-studies", "2")
        assert (ran.code, ran.answer["stopped_because"], ran.answer["verified"]) == (3, "max-studies", 2)
        assert ran.answer["remaining"] == len(place.planned()) - 2


def test_init_makes_a_workplace_once_and_keeps_what_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("--json", "--config", "config.yaml", "init", "--dir", str(tmp_path))
    assert made.code == 0, made.err
    assert made.answer["kept"] == {"config": False, "keys": False, "ledger": False}
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix in (".yaml", ".json")}
    assert set(files) == {"config.yaml", "keys.json"}
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    again = run("--json", "init", "--dir", str(tmp_path))
    assert again.answer["kept"] == {"config": True, "keys": True, "ledger": True}
    assert again.answer["ledger"] == made.answer["ledger"]
    monkeypatch.chdir(tmp_path)  # where --config names a folder, that is the place
    assert run("--json", "--config", "b/hospital.yaml", "init").answer["kept"]["config"] is False
    assert {path.name for path in (tmp_path / "b").iterdir()} >= {"hospital.yaml", "keys.json", "ledger.db"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name in files} == files


def test_init_with_new_keys_never_opens_an_old_ledger(tmp_path: Path) -> None:
    assert run("init", "--dir", str(tmp_path)).code == 0
    (tmp_path / "keys.json").unlink()
    ran = run("init", "--dir", str(tmp_path))
    assert ran.code == 1
    assert "key" in ran.one_line.lower()


def test_a_dutch_reader_gets_dutch(place: Workplace) -> None:
    ran = place.run("--lang", "nl", "plan")
    assert "Het BSN staat in" in ran.out
    assert "Nu: " in ran.out


def study_list(folder: Path) -> Path:
    """An archive's own list of the hospital's studies, as `survey import` takes it."""
    path = folder / "studies.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(
            ["StudyInstanceUID", "PatientID", "IssuerOfPatientID", "OtherPatientIDs", "PatientName",
             "PatientBirthDate", "PatientSex", "StudyDate", "ModalitiesInStudy", "NumberOfStudyRelatedInstances"]
        )  # fmt: skip
        for study in build_hospital(12).studies:
            who = study.case.identity
            writer.writerow(
                [study.study_instance_uid, who.patient_id, who.issuer, "\\".join(who.other_patient_ids),
                 who.patient_name, who.birth_date, who.sex, study.study_date, "CT", len(list(study.objects()))]
            )  # fmt: skip
        writer.writerow(["", "1234567"])
    return path


def test_an_imported_study_list_is_planned_and_executed_with_headers_checked(tmp_path: Path) -> None:
    place = new_workplace(tmp_path / "place", build_hospital(12), free_port())
    with place.archive():
        answer = place.must("survey", "import", str(study_list(tmp_path))).answer
        assert (answer["studies"], answer["new"], answer["queries"]) == (12, 12, 0)
        assert answer["complete"] is False, "a line without a study was left out"
        assert len(answer["rejected"]) == 1
        load_epd(place)
        place.must("doctor", "--probe")
        made = place.must("plan").answer
        place.must("approve", made["path"], "--by", "A. Reviewer")
        done = place.run("--json", "execute", made["path"], "--now").answer
    states = place.states()
    for study in place.hospital.studies:
        if study.truth.expected_state == "planned":
            assert states[study.study_instance_uid] == "verified", study.truth.variant
        else:
            assert states[study.study_instance_uid] not in ("verified", "stored", "intent"), study.truth.variant
    assert done["failed"] == done["quarantined"] == 0


@pytest.mark.parametrize("content", ["", "StudyInstanceUID\n1.2\n", "a;b\n1;2\n"])
def test_a_list_without_the_needed_columns_is_refused(place: Workplace, content: str) -> None:
    path = place.folder / "list.csv"
    path.write_text(content)
    ran = place.json("survey", "import", str(path))
    assert ran.code == 64
    assert "PatientID" in ran.one_line
