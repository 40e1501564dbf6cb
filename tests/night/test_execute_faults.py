"""Faults in the middle of the work that want more than one run or another plan; the others are rows of a matrix."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remediate.demo.faults import Break, Faults, Phase, StorePolicy, nth
from remediate.dicom.client import DicomArchive
from remediate.errors import ArchiveError
from remediate.header.dataset import HeldDataSet
from remediate.records.dicom import ReceivedObject, Retrieval
from remediate.records.states import State
from remediate.spool.folder_spool import FolderSpool
from tests.night.watched import Moment, watched
from tests.workplace import Workplace, assert_corrected, everything, shared_workplace


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Four planned studies are enough to see a batch stop or go on."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 5)


def one_worker(place: Workplace) -> None:
    place.configure(archive={"retries": 0}, execute={"associations": 1, "breaker": 3})


def test_a_quarantined_study_is_left_to_a_person(place: Workplace) -> None:
    one_worker(place)
    with place.archive(Faults(store_policy=StorePolicy.TRANSCODE)) as archive:
        place.must("execute", place.plan, "--now", code=2)
        (apart,) = [uid for uid, state in place.states().items() if state is State.QUARANTINED]
        held = archive.objects(apart)
        archive.faults = Faults()
        place.must("doctor", "--probe")
        assert place.must("execute", place.plan, "--now").answer["verified"] == len(place.planned()) - 1
        assert archive.objects(apart) == held
    assert place.states()[apart] is State.QUARANTINED


def test_the_person_is_told_in_one_line_why_the_batch_stopped(place: Workplace) -> None:
    one_worker(place)
    with place.archive(Faults(store_policy=StorePolicy.IGNORE)):
        ran = place.run("execute", place.plan, "--now")
    stopped = [line for line in ran.out.splitlines() if line.startswith("Stopped:")]
    assert len(stopped) == 1
    assert "verification-mismatch" in stopped[0]
    assert "kept the old object" in ran.out


def test_a_study_that_fails_again_and_again_is_set_apart_with_its_originals(place: Workplace) -> None:
    one_worker(place)
    place.configure(execute={"attempts": 2, "breaker": 50})
    with place.archive(Faults(store_status=0xA700)):
        assert place.must("execute", place.plan, "--now", code=1).answer["failed"] == len(place.planned())
        assert place.must("execute", place.plan, "--now", code=1).answer["quarantined"] == len(place.planned())
        assert place.must("execute", place.plan, "--now").answer["remaining"] == 0
    kept = {path.name for path in (place.folder / "spool").iterdir()}
    assert {study.study_instance_uid for study in place.planned()} <= kept
    assert {place.reasons()[s.study_instance_uid] for s in place.planned()} == {"too-many-attempts"}
    study = place.planned()[0]
    to = ("--to", str(place.folder / "back"), "--by", "A. Reviewer", "--why", "objects missing")
    place.must("originals", study.study_instance_uid, *to)
    written = {path.name: path for path in (place.folder / "back").iterdir()}
    assert {f"{one.sop_instance_uid}.dcm" for one in study.objects()} == set(written)
    for one in study.objects():
        assert written[f"{one.sop_instance_uid}.dcm"].read_bytes().endswith(one.dataset_bytes)
    assert "exists already" in place.must("originals", study.study_instance_uid, *to, code=1).one_line
    assert "no originals" in place.must("originals", "1.2.3", *to, code=1).one_line


@pytest.mark.parametrize("policy", [StorePolicy.RENAME, StorePolicy.FORK_INSTANCE])
@pytest.mark.parametrize("dies", [True, False])
def test_what_an_archive_kept_under_other_names_is_noticed_after_an_interruption(
    place: Workplace, policy: StorePolicy, dies: bool
) -> None:
    """Cured since, it would take what is missing; its copies would stand beside."""
    one_worker(place)
    stored = 0

    def watch(step: str, moment: Moment) -> None:
        nonlocal stored
        stored += step == "object stored" and moment is Moment.AFTER
        if dies and stored == 2:
            raise KeyboardInterrupt

    breaks = () if dies else (Break(phase=Phase.STORE, on=nth(2)),)
    with place.archive(Faults(store_policy=policy, breaks=breaks)) as archive:
        with watched(watch), contextlib.suppress(KeyboardInterrupt):
            place.run("execute", place.plan, "--now", "--max-studies", "1")
        archive.faults = Faults()
        place.must("doctor", "--probe")
        place.json("execute", place.plan, "--now", "--max-studies", "1")
    assert list(place.reasons().values()).count("forked") == 1


def test_a_study_over_which_no_exchange_is_possible_is_set_apart_and_an_archive_that_turns_us_away_sets_none_apart(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_worker(place)
    place.configure(execute={"attempts": 2})
    one = place.planned()[0].study_instance_uid
    retrieve, echo = DicomArchive.retrieve, DicomArchive.echo
    broken, echoes = ArchiveError("The archive broke the rules of DICOM.", of_one_exchange=True), 0

    def no_retrieval(archive: DicomArchive, uid: str, *more: Any) -> Retrieval:
        if uid == one or turned_away:
            raise broken
        return retrieve(archive, uid, *more)

    def only_the_first_echo(archive: DicomArchive) -> None:
        nonlocal echoes
        echoes += 1
        if turned_away and echoes > 1:
            raise broken
        echo(archive)

    monkeypatch.setattr(DicomArchive, "retrieve", no_retrieval)
    monkeypatch.setattr(DicomArchive, "echo", only_the_first_echo)
    with place.archive():
        turned_away = True
        for _ in range(3):
            echoes = 0
            place.must("execute", place.plan, "--now", code=1)
        assert State.QUARANTINED not in place.states().values()
        turned_away = False
        place.must("execute", place.plan, "--now", code=1)
        assert place.reasons()[one] == "exchange-impossible"
        place.must("execute", place.plan, "--now", code=1)
        assert (place.states()[one], place.reasons()[one]) == (State.QUARANTINED, "too-many-attempts")


def test_an_original_that_is_not_the_one_written_down_is_never_stored(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash the archive lost an object, and our disk holds another one under its name."""
    one_worker(place)

    def watch(step: str, moment: Moment) -> None:
        if step == "intent written" and moment is Moment.AFTER:
            raise KeyboardInterrupt

    with place.archive() as archive:
        with watched(watch), contextlib.suppress(KeyboardInterrupt):
            place.run("execute", place.plan, "--now", "--max-studies", "1")
        (begun,) = [uid for uid, state in place.states().items() if state is State.INTENT]
        lost, other, *_ = sorted(item.sop_instance_uid for item in archive.objects(begun))
    (place.folder / "archive" / begun / f"{lost}.dcm").unlink()
    read = FolderSpool.read

    def swapped(spool: FolderSpool, item: ReceivedObject) -> HeldDataSet:
        if item.sop_instance_uid == lost and item.path.parent.name.startswith("original"):
            item = next(one for one in spool.received(item.path.parent) if one.sop_instance_uid == other)
        return read(spool, item)

    with place.archive() as archive:
        monkeypatch.setattr(FolderSpool, "read", swapped)
        place.json("execute", place.plan, "--now", "--max-studies", "1")
        assert lost not in {item.sop_instance_uid for item in archive.objects(begun)}
        assert place.reasons()[begun] == "spool-failed"
        monkeypatch.undo()
        place.must("execute", place.plan, "--now")
        assert_corrected(archive, place.planned())


def test_a_disk_with_too_little_room_stops_the_batch_before_the_first_study(place: Workplace) -> None:
    place.configure(execute={"spool": {"min_free_bytes": 10**15}})
    before = everything(place.folder / "archive")
    with place.archive():
        ran = place.json("execute", place.plan, "--now")
        assert (ran.code, ran.answer["stopped_because"], ran.answer["verified"]) == (3, "spool-full", 0)
        assert everything(place.folder / "archive") == before
        place.configure(execute={"spool": {"min_free_bytes": 0}})
        assert place.must("execute", place.plan, "--now").answer["verified"] == len(place.planned())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 kB, where we may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=32k,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_runs_full_while_receiving_loses_nothing(place: Workplace, small_disk: Path) -> None:
    one_worker(place)
    place.configure(execute={"spool": {"folder": str(small_disk), "min_free_bytes": 0}})
    before = everything(place.folder / "archive")
    with place.archive() as archive:
        ran = place.json("execute", place.plan, "--now")
        assert ran.code == 1
        failed = {uid for uid, state in place.states().items() if state is State.FAILED}
        assert failed
        assert {place.reasons()[uid] for uid in failed} == {"spool-failed"}
        assert set(everything(place.folder / "archive")) == set(before)
        subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
        place.must("execute", place.plan, "--now")
        assert_corrected(archive, place.planned())


def test_a_patient_record_that_changed_since_the_plan_is_drift(place: Workplace) -> None:
    """The EPD withdraws a BSN between plan and execution: nothing is written for that patient."""
    study = place.planned()[0]
    number = study.case.identity.patient_id
    person = next(one for one in place.hospital.people if one.number == number)
    assert study.truth.bsn is not None
    change = place.folder / "change.hl7"
    sent = f"{datetime.now(ZoneInfo('Europe/Amsterdam')):%Y%m%d%H%M%S}"  # later than the extract that was loaded
    change.write_bytes(
        f"MSH|^~\\&|EPD|HOSPITAL|REMEDIATE||{sent}||ADT^A31|X1|P|2.4||||||8859/1\rEVN|A31|{sent}\r"
        f'PID|1||{number}^^^HOSPITAL^PI~""^^^NLMINBIZA^NNNLD||{person.name.surname}||19500505|{person.sex}\r'.encode(
            "latin-1"
        )
    )
    place.must("epd", "load", str(change))
    with place.archive() as archive:
        before = archive.objects(study.study_instance_uid)
        answer = place.must("execute", place.plan, "--now").answer
        assert answer["drifted"] >= 1
        assert archive.objects(study.study_instance_uid) == before
    assert place.states()[study.study_instance_uid] is State.DRIFTED


def test_a_study_that_went_since_the_plan_is_drift(place: Workplace) -> None:
    gone = place.planned()[1].study_instance_uid
    for path in (place.folder / "archive" / gone).iterdir():
        path.unlink()
    with place.archive():
        assert place.must("execute", place.plan, "--now").answer["drifted"] == 1
    assert place.reasons()[gone] == "not-in-archive"


def test_a_study_that_lost_an_object_since_the_plan_is_drift(place: Workplace) -> None:
    study = place.planned()[0]
    next((place.folder / "archive" / study.study_instance_uid).iterdir()).unlink()
    with place.archive() as archive:
        before = archive.objects(study.study_instance_uid)
        assert place.must("execute", place.plan, "--now").answer["drifted"] == 1
        assert archive.objects(study.study_instance_uid) == before
    assert place.reasons()[study.study_instance_uid] == "instances-changed"
