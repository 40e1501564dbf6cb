"""`ledger patient`: one answer for a patient who asks, by hospital number or BSN, masked unless a reason is given."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from remediate.demo.hospital import Study
from tests.workplace import Ran, Workplace


@pytest.fixture(scope="module")
def place(approved: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    done = approved.copy(tmp_path_factory.mktemp("done") / "place")
    with done.archive():
        done.must("execute", "plan-0001", "--now")
    return done


def study_of(place: Workplace) -> tuple[Study, str, str]:
    """A corrected study with the hospital number under which it is filed, and its BSN."""
    study = place.planned()[0]
    with place.session(exclusive=False) as work:
        row = work.ledger.study(study.study_instance_uid)
    assert row is not None
    assert study.truth.bsn is not None
    return study, row.evidence.headers[0].patient_id, study.truth.bsn.digits


def asked(place: Workplace, monkeypatch: pytest.MonkeyPatch, number: str, *more: str, text: bool = False) -> Ran:
    monkeypatch.setattr("sys.stdin", io.StringIO(number + "\n"))
    return (place.run if text else place.json)("ledger", "patient", *more)


def test_hospital_number_and_bsn_lead_to_one_answer(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    study, number, bsn = study_of(place)
    by_number, by_bsn = (asked(place, monkeypatch, one).answer for one in (number, bsn))
    assert [one["study_instance_uid"] for one in by_number["studies"]] == [
        one["study_instance_uid"] for one in by_bsn["studies"]
    ]
    mine = next(one for one in by_number["studies"] if one["study_instance_uid"] == study.study_instance_uid)
    (plan,) = mine["plans"]
    assert (plan["plan"], plan["batches"]) == ("plan-0001", ["batch-0001"])
    assert plan["proofs"]
    assert [given["by"] for given in plan["approvals"]] == ["A. Reviewer"]
    assert mine["changed"]
    assert {"retrieved", "intent", "stored", "verified"} <= {one["type"] for one in mine["history"]}
    assert all((one["plan"], one["batch"]) == ("plan-0001", "batch-0001") for one in mine["history"] if one["batch"])
    lines = place.run("ledger", "show", study.study_instance_uid).out.splitlines()
    assert any("plan-0001  batch-0001" in line for line in lines)
    assert by_bsn["looked"][-1]["details"]["what"] == "answer for a patient", "the first question"


def test_a_study_that_was_only_planned_names_its_plan(
    approved: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = approved.copy(tmp_path / "planned")
    study, number, _ = study_of(place)
    answer = asked(place, monkeypatch, number).answer
    mine = next(one for one in answer["studies"] if one["study_instance_uid"] == study.study_instance_uid)
    (plan,) = mine["plans"]
    assert (plan["plan"], plan["batches"], mine["state"]) == ("plan-0001", [], "planned")
    assert plan["proofs"]
    place.must("review", "export", str(tmp_path / "all.csv"))
    looked = asked(place, monkeypatch, number).answer["looked"]
    assert "review export" in {one["details"]["what"] for one in looked}, "from the survey on a list may hold a study"


def test_values_are_masked_until_a_reason_is_given_and_written_down(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study, number, bsn = study_of(place)
    page = tmp_path / "answer.html"
    ran = asked(place, monkeypatch, number, "--out", str(page), text=True)
    assert ran.code == 0
    assert bsn not in ran.out + page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600
    assert study.study_instance_uid in page.read_text(encoding="utf-8")
    assert asked(place, monkeypatch, number, "--reveal").code == 64
    shown = asked(place, monkeypatch, number, "--reveal", "--by", "Jan Smit", "--why", "request", text=True)
    assert bsn in shown.out
    looked = asked(place, monkeypatch, number).answer["looked"]
    assert any(one["type"] == "key-use" and one["actor"] == "Jan Smit" for one in looked)
    dutch = place.folder / "numbers"
    dutch.write_text(f"{bsn}\n{number}\n", encoding="utf-8")
    told = place.run("--lang", "nl", "ledger", "patient", "--from-file", str(dutch)).out
    assert "Wat er met uw beeldonderzoeken is gedaan" in told
    assert "Goedgekeurd door: A. Reviewer" in told
    assert bsn not in told


def test_a_number_that_nobody_has_is_told_so(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = asked(place, monkeypatch, "77777777777", text=True)
    assert ran.code == 1
    assert "knows no study" in ran.out
    assert "77777777777" not in ran.out + ran.err


def test_it_tells_what_a_person_decided_and_who_looked_in_words(
    approved: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = approved.copy(tmp_path / "place")
    (row, *_) = (one for one in place.must("review", "list").answer["rows"] if one["may_confirm"])
    shown = place.must("review", "decide", row["group"], "confirm").answer["seen"]
    more = ("--seen", shown, "--by", "Jan Smit", "--why", "asked at the desk")
    place.must("review", "decide", row["group"], "confirm", *more)
    told = asked(place, monkeypatch, row["patient_id"], "--lang", "nl", text=True).out
    assert 'een mens besliste; bevestigen; "asked at the desk"; ertegen: ' in told
    account = place.must("ledger", "show", row["study_instance_uid"]).answer["events"][-1]["system_account"]
    who = f"Jan Smit (account {account})"
    assert f"; {who}\n" in told
    assert f"door {who}" in place.run("ledger", "show", row["study_instance_uid"], "--lang", "nl").out
    place.must("plan")
    planned = asked(place, monkeypatch, row["patient_id"], "--lang", "nl", text=True).out
    assert f'Beslist door: {who}: "asked at the desk"; ertegen: ' in planned
    place.must("review", "export", str(place.folder / "list.csv"))
    place.must("ledger", "export", str(place.folder / "all.csv"), "--format", "csv")
    place.must("ledger", "export", str(place.folder / "other.csv"), "--format", "csv", "--study", "1.2.3")
    ran = asked(place, monkeypatch, row["patient_id"], "--lang", "nl", text=True).out
    looked = ran.partition("Wie er keek")[2]
    assert "de lijst van twijfelgevallen" in looked
    assert "review" not in looked
    assert looked.count("gebeurtenissen van het logboek") == 1, (
        "an export of another study told nothing of this patient"
    )
