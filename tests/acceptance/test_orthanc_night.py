"""A whole night on a real Orthanc, looked at with DCMTK: what a hospital would check before it trusts the tool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import StartArchive
from orthanc_hospital import Night, fill, numbers_like_bsn

from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID

pytestmark = [pytest.mark.orthanc, pytest.mark.dcmtk]

STUDIES = 60
KILLS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8)
"""Seconds after a command's first work; ten moments of one job."""


@pytest.fixture(scope="module")
def night(start_orthanc: StartArchive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A finished night: everything planned was executed."""
    with start_orthanc("overwriting") as server:
        found = fill(server, tmp_path_factory.mktemp("night"), STUDIES)
        for study in found.retrievable():
            found.get(study, "before")
        plan = found.prepare()
        done = found.run("execute", plan, "--now")
        assert done.returncode == 0, done.stderr
        for study in found.retrievable():
            found.get(study, "after")
        yield found


def planned_studies(night: Night) -> list[str]:
    """Studies that the truth says are to be corrected."""
    return [study.study_instance_uid for study in night.hospital.studies if study.truth.expected_state == "planned"]


def held(night: Night, name: str, study: str) -> dict[str, bytes]:
    folder = night.folder / "getscu" / name / study
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_planned_study_is_verified_and_no_doubtful_one(night: Night) -> None:
    states = {s.study_instance_uid: s.truth.expected_state for s in night.hospital.studies}
    verified = {event["study"] for event in night.answer("ledger", "list", "--type", "verified")["events"]}
    assert verified == {uid for uid, state in states.items() if state == "planned"}
    assert night.answer("ledger", "verify")["ok"]


def test_dcmtk_finds_the_bsn_in_the_target_and_nowhere_else(night: Night) -> None:
    bsns = {study.study_instance_uid: study.truth.bsn for study in night.hospital.studies}
    for study in night.retrievable():
        bsn = bsns[study]
        assert bsn is not None
        dumps = list(night.dumps("after", study))
        assert dumps
        for dump in dumps:
            items = [item for item in re.split(r"^  \(fffe,e000\)", dump, flags=re.M) if f"[{BSN_AUTHORITY}" in item]
            assert len(items) == 1, "one item with the issuer"
            assert f"LO [{bsn.digits}" in items[0]
            assert BSN_OID in items[0]
            assert dump.count(bsn.digits) == 1, "and the number nowhere else"


def test_other_values_of_other_patient_ids_are_kept(night: Night) -> None:
    bsns = {study.study_instance_uid: study.truth.bsn for study in night.hospital.studies}
    kept = 0
    for study in night.retrievable():
        bsn = bsns[study]
        assert bsn is not None
        for before, after in zip(night.dumps("before", study), night.dumps("after", study), strict=True):
            others = [value for value in other_ids(before) if bsn.digits not in value.replace(".", "").replace(" ", "")]
            assert other_ids(after) == others
            kept += len(others)
    assert kept, "the hospital has such studies"


def other_ids(dump: str) -> list[str]:
    found = re.search(r"^\(0010,1000\) LO \[([^\]]*)\]", dump, re.MULTILINE)
    return found[1].strip().split("\\") if found else []


def test_a_second_run_does_nothing(night: Night) -> None:
    assert night.answer("survey")["complete"]
    done = night.run("--json", "plan", "--detailed-exitcode")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["planned"] == 0


def test_verify_reads_everything_back_again(night: Night) -> None:
    answer = night.answer("verify")
    assert answer["checked"] == answer["same"] > 0


def test_nothing_that_was_printed_looks_like_a_bsn(night: Night) -> None:
    assert not numbers_like_bsn("\n".join(night.printed))


def test_rollback_restores_the_bytes(night: Night) -> None:
    """Last, because it changes the archive."""
    study = next(
        s.study_instance_uid for s in night.hospital.studies if s.truth.variant.startswith("other-patient-ids")
    )
    preview = night.answer("rollback", "--study", study, "--by", "reviewer", "--why", "test", "--preview")
    assert (preview["studies"], preview["restored"]) == (1, 0)
    assert night.get(study, "previewed") == night.get(study, "again"), "a preview stores nothing"
    answer = night.answer("rollback", "--study", study, "--by", "reviewer", "--why", "test")
    assert answer["restored"] == 1
    night.get(study, "restored")
    assert held(night, "restored", study) == held(night, "before", study)
    assert night.answer("ledger", "verify")["ok"]


def test_a_stock_orthanc_is_found_out_and_refused(start_orthanc: StartArchive, tmp_path: Path) -> None:
    with start_orthanc("stock") as server:
        found = fill(server, tmp_path, 12)
        assert found.run("init").returncode == 0
        doctor = found.run("--json", "doctor", "--probe")
        assert doctor.returncode == 2
        assert json.loads(doctor.stdout)["probe"]["kind"] == "ignores"
        found.answer("survey")
        found.answer("epd", "load", *map(str, found.epd_files))
        plan = found.answer("plan")["plan"]
        found.answer("approve", plan, "--by", "reviewer")
        refused = found.run("execute", plan, "--now")
        assert refused.returncode == 1
        assert "ignores re-stored objects" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


def test_killed_at_ten_moments_and_finished(start_orthanc: StartArchive, tmp_path: Path) -> None:
    with start_orthanc("overwriting") as server:
        found = fill(server, tmp_path, 40)
        plan = found.prepare()
        begun = _seconds_until_work(found, plan)
        killed = sum(found.killed(begun + moment, "execute", plan, "--now") for moment in KILLS)
        assert killed, "at least one command was killed while it worked"
        done = found.run("execute", plan, "--now")
        assert done.returncode == 0, done.stdout + done.stderr
        expected = set(planned_studies(found))
        verified = {event["study"] for event in found.answer("ledger", "list", "--type", "verified")["events"]}
        assert verified == expected
        for study in found.retrievable():
            found.get(study, "killed")
            for dump in found.dumps("killed", study):
                assert dump.count(f"[{BSN_AUTHORITY}") == 1
        assert found.answer("ledger", "verify")["ok"]


def _seconds_until_work(found: Night, plan: str) -> float:
    """How long a command takes before it works, so that the kills hit the work on any machine."""
    import time

    begin = time.monotonic()
    assert found.run("execute", plan, "--now", "--max-studies", "1").returncode == 3
    return max(0.2, (time.monotonic() - begin) * 0.6)
