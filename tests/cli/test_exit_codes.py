"""The table of exit codes in README.md: what a name that is not there, an approval that lacks and work left answer."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from tests.measured_inflow import TODAY, inflow_place, steady, survey
from tests.workplace import Workplace, free_port, planned_workplace

HOSPITAL = build_hospital(60)
OURS = [study for study in HOSPITAL.studies if study.truth.expected_state == "planned"][:2]
WHO = ("--by", "Jan Smit", "--why", "test")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return planned_workplace(tmp_path_factory.mktemp("place"), HOSPITAL, free_port(), OURS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve", "plan-0099", "--by", "Jan Smit"),
        ("execute", "plan-0099"),
        ("ledger", "show", "1.2.9"),
        ("originals", "1.2.9", "--to", "there", *WHO),
        ("release", "1.2.9", *WHO),
        ("rollback", "plan-0099", *WHO),
        ("rollback", "--batch", "batch-0099", *WHO),
        ("rollback", "--study", "1.2.9", *WHO),
        ("verify", "plan-0099"),
        ("verify", "--study", "1.2.9"),
        ("withdraw", "plan-0099", *WHO),
    ],
    ids=" ".join,
)
def test_a_plan_batch_or_study_that_is_not_there_is_an_error_and_no_wrong_call(
    place: Workplace, arguments: tuple[str, ...]
) -> None:
    ran = place.json(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.one_line.startswith("remediate: ")


def test_work_left_an_approval_that_lacks_and_nothing_left(place: Workplace, tmp_path: Path) -> None:
    made = place.must("plan").answer["plan"]
    place.must("plan", "--detailed-exitcode", code=2)
    place.must("status", code=2)
    assert "is not approved yet" in place.must("execute", place.must("plan").answer["plan"], code=1).one_line
    place.must("approve", place.must("plan").answer["plan"], "--by", "Jan Smit")
    newest = place.must("status", code=2).answer["plan"]
    assert newest != made
    with place.archive():
        place.must("execute", newest, "--now", "--max-studies", "1", code=3)
        place.must("execute", newest, "--now")
        place.must("status")
        place.configure(approval={"people": 2})
        waiting = place.must("rollback", "--study", OURS[0].study_instance_uid, *WHO, code=2).answer
        assert (waiting["restored"], waiting["remaining"]) == (0, 1), "its plan waits for a second person"
        place.must("execute", waiting["plan"], "--now", code=1)


def test_a_fall_of_the_inflow_is_a_code_of_its_own_and_no_error(tmp_path: Path) -> None:
    inflow = inflow_place(tmp_path / "inflow")
    inflow.must("measure", "new", code=1)
    steadily = steady(60, 3, 1.0, came=TODAY)
    survey(inflow, steadily)
    inflow.must("measure", "new")
    fell = steady(60, 3, 1.0, until=TODAY, came=TODAY)[:-15] + steady(5, 3, 0.0, came=TODAY)
    survey(inflow, fell, first=1_000)
    inflow.must("measure", "new", code=2)


EVERY_COMMAND = (
    "init --dir .",
    "doctor",
    "survey",
    "survey import list.csv",
    "epd load patients.csv",
    "epd show 4711",
    "plan",
    "approve plan-0001 --by N",
    "withdraw plan-0001 --by N --why x",
    "execute plan-0001",
    "verify",
    "rollback --study 1.2 --by N --why x",
    "originals 1.2 --to there --by N --why x",
    "release 1.2 --by N --why x",
    "status",
    "pause",
    "resume",
    "stop",
    "limit --show",
    "report",
    "review list",
    "review groups",
    "review export out.csv",
    "ledger list",
    "ledger show 1.2",
    "ledger verify",
    "ledger checkpoint --to there",
    "ledger export out.csv --format csv",
    "ledger backup copy.db",
    "ledger retention",
    "ledger rotate-key --by N --why x",
    "ledger shred --batch batch-0001 --by N --why x",
    "measure",
    "measure received",
    "measure new",
    "measure trend",
    "measure sample",
)


def test_a_ledger_of_an_older_version_is_refused_by_every_command(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a sentence that says which one and what to do: never a traceback, and nothing in the ledger changes."""
    older = place.copy(tmp_path / "older")
    monkeypatch.chdir(older.folder)
    for name in ("list.csv", "patients.csv"):
        Path(name).write_text("StudyInstanceUID\n1.2\n")
    database = older.folder / "ledger.db"
    with sqlite3.connect(database) as raw:
        raw.execute("UPDATE ledger_meta SET schema_version = 9")
        raw.execute("DROP TABLE life_signs")
    raw.close()
    before = database.read_bytes()
    told = {line: older.run(*line.split()) for line in EVERY_COMMAND}
    assert {line for line, ran in told.items() if ran.code != 1 or "Traceback" in ran.err} == set()
    says = "schema version 9 and was last written by remediate"
    assert {line for line, ran in told.items() if says not in ran.out + ran.err} == set()
    dutch = older.run("--lang", "nl", "status").one_line
    assert "schemaversie 9" in dutch
    assert "remediate init" in dutch
    assert database.read_bytes() == before
