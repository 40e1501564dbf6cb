"""Every command of the README on PostgreSQL, with a real archive: what no test runs from end to end does not work.

The server orders texts as Dutch does, lives in another time zone, is strict in its transactions and impatient.
"""

from __future__ import annotations

import csv
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine

from remediate.config.yaml_text import read_yaml
from remediate.demo.faults import Delay, Faults, Phase
from remediate.demo.hospital import build_hospital
from remediate.ledger.database import hold_lock
from remediate.processes import this_process
from remediate.records.signs import Holder
from remediate.records.states import State
from remediate.spool.files import SUFFIXES
from remediate.wiring import now
from tests.postgres_server import HOSTILE, PostgreSQL, running_postgresql
from tests.review_lists import CONFIRMABLE, approve, decide, plan, uid_of
from tests.workplace import Workplace, assert_corrected, free_port, planned_workplace

pytestmark = pytest.mark.postgresql

DUTCH = ("--locale=C", "--locale-provider=icu", "--icu-locale=nl-NL")
WHO = ("--by", "P. Officer", "--why", "yearly review")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server that somebody else set up."""
    with running_postgresql(DUTCH, **HOSTILE) as running:
        yield running


@pytest.fixture
def url(server: PostgreSQL) -> str:
    """An empty database on it, named as a README would."""
    with create_engine(server.url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS remediate WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE remediate")
    return f"postgresql://tests@/remediate?host={server.base}"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _first_night(place: Workplace, folder: Path) -> None:
    """Review, plan again, approve, execute, verify, report."""
    assert place.must("plan").answer["counts"]["review"]
    assert place.must("review", "list").answer
    uid = uid_of(place, CONFIRMABLE[0])
    decide(place, {uid: "confirm"})
    second = plan(place)
    planned = {
        row["StudyInstanceUID"] for row in _rows(Path(second).with_name("plan.csv")) if row["State"] == "planned"
    }
    assert uid in planned
    approve(place, second)
    assert place.must("execute", second, "--now", "--max-studies", "5", code=3).answer["verified"] == 5
    place.must("status", code=2)
    urgent = next(one for one, state in sorted(place.states().items()) if state is State.PLANNED and one != uid)
    assert place.must("now", "--study", urgent, "--by", "A. Reviewer").answer["batch"]["verified"]
    for switch in ("pause", "resume", "stop"):
        place.must(switch)
    done = place.must("execute", second, "--now").answer
    assert (done["failed"], done["remaining"]) == (0, 0)
    assert place.states()[uid] == "verified"
    assert place.must("verify").answer["different"] == []
    place.must("report", "--out", str(folder / "report.html"))


def _days_after(place: Workplace, folder: Path) -> None:
    """Measuring, the survey again, a list instead of it, one patient looked up, a job file; nothing is left to plan."""
    assert place.must("measure").answer["studies"]
    place.must("measure", "sample", "--size", "10")
    place.configure(measure={"own_institutions": ["Ziekenhuis"]})
    place.must("measure", "received")
    assert place.must("measure", "new").answer["left_out"]["earlier"], "nothing of these two years"
    place.must("measure", "trend")
    place.must("epd", "show", place.planned()[0].case.identity.patient_id)
    job = folder / "job.yaml"
    job.write_text("steps:\n- run: [survey]\n- run: [plan, --detailed-exitcode]\n- run: [measure]\n")
    assert place.must("run", str(job)).answer["finished"]
    listed = folder / "list.csv"
    listed.write_text("StudyInstanceUID,PatientID,StudyDate\n1.2.826.0.1.3680043.8.498.77,H9999999,20200101\n")
    assert place.must("survey", "import", str(listed)).answer["new"] == 1


def _privacy_officer(place: Workplace, folder: Path, url: str) -> None:
    """Everything that `ledger` does, the proof of the server itself by its URL included."""
    uid = place.must("ledger", "list", "--outcome", "verified").answer["events"][0]["study"]
    assert place.must("ledger", "show", uid, "--reveal", *WHO, "--proof", str(folder / "proof.json")).answer["proved"]
    key = place.must("ledger", "public-key").answer["public_key"]
    assert place.must("ledger", "verify", "--proof", str(folder / "proof.json"), "--public-key", key).answer["ok"]
    place.must("ledger", "checkpoint", "--to", str(folder / "checkpoint.txt"))
    for form in ("csv", "jsonl", "nen7513", "dicom-audit"):
        assert place.must("ledger", "export", str(folder / f"log.{form}"), "--format", form).answer["events"]
    assert "pg_dump" in place.json("ledger", "backup", str(folder / "copy.db")).one_line
    place.must("ledger", "rotate-key", *WHO)
    assert place.must("ledger", "retention").answer["batches"]
    place.must("ledger", "shred", "--batch", "batch-0001", *WHO)
    elsewhere = ("--checkpoints", str(folder / "checkpoint.txt"))
    report = place.must("ledger", "verify", *elsewhere).answer
    assert (report["ok"], report["elsewhere"]) == (True, 1)
    assert place.must("ledger", "verify", "--copy", url, "--public-key", key, *elsewhere).answer["ok"]


def test_the_whole_job_from_init_to_roll_back(url: str, tmp_path: Path) -> None:
    hospital = build_hospital(60)
    ours = [study for study in hospital.studies if study.truth.expected_state == "planned"][:8]
    chosen = [*ours, next(study for study in hospital.studies if study.truth.variant == CONFIRMABLE[0])]
    place = planned_workplace(tmp_path / "place", hospital, free_port(), chosen, ledger_url=url)
    holder = Holder(this_process(), "remediate survey", now(), changes_studies=False)
    with hold_lock(url, holder.note()):
        busy = place.must("status", code=2).answer
        assert (busy["state"], busy["running"], busy["command"]["name"]) == ("busy", True, "remediate survey")
    with place.archive() as archive:
        _first_night(place, tmp_path)
        assert_corrected(archive, ours)
        _days_after(place, tmp_path)
        one = place.must("ledger", "list", "--batch", "batch-0002", "--outcome", "verified").answer["events"][0][
            "study"
        ]
        back = place.must("rollback", "--study", one, *WHO).answer
        assert (back["studies"], back["restored"]) == (1, 1)
        _privacy_officer(place, tmp_path, url)
        study = next(study for study in hospital.studies if study.study_instance_uid == one)
        assert list(archive.objects(one)) == sorted(study.objects(), key=lambda item: item.sop_instance_uid)


def _second_machine(place: Workplace) -> Path:
    """The same ledger and archive with a spool of its own."""
    settings = read_yaml(place.config.read_text())
    settings["execute"]["spool"]["folder"] = str(place.folder / "spool-2")
    path = place.folder / "second.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def _execute(place: Workplace, config: Path) -> subprocess.Popen[str]:
    return _start(config, "execute", place.plan, "--now")


def _start(config: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "remediate", "--config", str(config), "--json", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_machines_one_of_which_is_killed_and_the_server_restarted(
    url: str, server: PostgreSQL, tmp_path: Path
) -> None:
    """Nothing is lost or done twice; who was killed goes on where its originals lie, and `status` says where.

    The claim of the killed one would hold for hours: its own machine sees that it is gone, and takes it over at once.
    The second machine has two worker processes, which lose the server meanwhile.
    """
    hospital = build_hospital(60)
    ours = [study for study in hospital.studies if study.truth.expected_state == "planned"][:6]
    place = planned_workplace(tmp_path / "place", hospital, free_port(), ours, ledger_url=url)
    place.configure(execute={"associations": 1})
    second = _second_machine(place)
    with place.archive(Faults(delays=(Delay(phase=Phase.STORE, seconds=0.2),))) as archive:
        first = _execute(place, place.config)
        other = _start(second, "worker", "--once", "--now", "--processes", "2")
        _wait_for(lambda: any(path.suffix in SUFFIXES for path in (place.folder / "spool").rglob("*")))
        first.kill()
        first.communicate()
        server.stop()
        server.start()
        _, err = other.communicate(timeout=60)
        assert other.returncode in (0, 3), err
        assert "Traceback" not in err
        lying = place.json("status").answer["originals"]
        assert set(lying) <= {f"{socket.gethostname()}:{place.folder / name}" for name in ("spool", "spool-2")}
        for config in (place.config, second):
            _execute(place, config).communicate(timeout=60)
        assert place.must("status").answer["originals"] == {}
        assert_corrected(archive, ours)
    assert {place.states()[study.study_instance_uid] for study in ours} == {State.VERIFIED}
    assert place.must("ledger", "verify").answer["ok"]


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
