"""A whole night on a real Orthanc, looked at with DCMTK: what a hospital would check before it trusts the tool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID
from remediate.records.states import State
from tests.acceptance.orthanc_copies import send_as_before
from tests.acceptance.orthanc_hospital import Night, dataset, fill, numbers_like_bsn
from tests.servers import StartArchive
from tests.workplace import Workplace

pytestmark = [pytest.mark.orthanc, pytest.mark.dcmtk]

STUDIES = 36
"""The fewest that hold every variant that is planned."""


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


def held(night: Night, name: str, study: str) -> dict[str, bytes]:
    """Data set bytes of what was retrieved before under a name."""
    folder = night.folder / "getscu" / name / study
    return {path.name: dataset(path.read_bytes()) for path in sorted(folder.iterdir())}


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


def test_a_night_is_rolled_back_and_that_is_rolled_back(night: Night) -> None:
    """Last, because it changes the archive. First one study, previewed; then the rest of the plan; then back again."""
    one = next(s.study_instance_uid for s in night.hospital.studies if s.truth.variant.startswith("other-patient-ids"))
    why = ("--by", "reviewer", "--why", "test")
    preview = night.answer("rollback", "--study", one, *why, "--preview")
    assert (preview["studies"], preview["restored"]) == (1, 0)
    assert night.get(one, "previewed") == held(night, "after", one), "a preview stores nothing"
    assert night.answer("rollback", "--study", one, *why)["restored"] == 1
    assert night.get(one, "one") == held(night, "before", one)
    rest = night.answer("rollback", night.plan, *why)
    assert rest["restored"] == rest["studies"] == len(night.planned()) - 1
    for study in night.retrievable():
        assert night.get(study, "restored") == held(night, "before", study)
    again = night.answer("rollback", rest["plan"], *why)
    assert again["restored"] == rest["restored"]
    for study in set(night.retrievable()) - {one}:
        assert night.get(study, "corrected again") == held(night, "after", study)
    assert night.answer("ledger", "verify")["ok"]


def test_a_second_orthanc_with_the_old_header_feeds_it_back_and_both_are_put_right(
    night: Night, start_orthanc: StartArchive
) -> None:
    """After the roll-backs: the first study is as it was, all others are corrected."""
    place = Workplace(folder=night.folder, hospital=night.hospital, port=night.server.dicom)
    rolled_back = {uid for uid, state in place.states().items() if state is State.ROLLED_BACK}
    corrected = set(night.retrievable()) - rolled_back
    held = [study for study in night.hospital.studies if study.study_instance_uid in corrected][:3]
    fed = held[0].study_instance_uid
    with start_orthanc("overwriting") as vna:
        send_as_before(vna, held)
        node = {"host": "127.0.0.1", "port": vna.dicom, "called_ae_title": vna.aet, "update": "c-store"}
        place.configure(copies={"vna": node})
        place.must("doctor", "--probe")
        plan = place.must("plan").answer
        place.must("approve", plan["path"], "--by", "reviewer")
        send_as_before(night.server, held[:1])
        found = place.must("verify", "--copies", "--study", fed, code=2).answer
        assert {one["reason"] for one in found["different"]} == {"old-header-back"}
        assert found["copies"][0]["states"] == {"old-header": 1}
        (updated,) = place.must("execute", plan["plan"], "--copies", "--now").answer["copies"]
        assert (updated["updated"], updated["stopped_because"]) == (len(held) - 1, None)
        assert updated["reasons"] == {"archive-differs": 1}, "a copy gets what its archive holds at that moment"
        again = place.must("plan").answer
        assert again["counts"]["planned"] == 1
        place.must("approve", again["path"], "--by", "reviewer")
        assert place.must("execute", again["path"], "--now").answer["verified"] == 1
        (updated,) = place.must("execute", again["path"], "--copies", "--now").answer["copies"]
        assert (updated["updated"], updated["reasons"]) == (1, {})
        last = place.must("verify", "--copies").answer
        assert last["different"] == []
        assert (last["copies"][0]["held"], last["copies"][0]["right"]) == (len(held), len(held))
    assert place.must("ledger", "verify").answer["ok"]
