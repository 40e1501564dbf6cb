"""The demo ends with its proof; nothing that a run prints or leaves behind holds a patient, but archive and EPD."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.leaks import Secrets, leaks_in, leaks_under
from tests.workplace import DemoRun, Workplace, run

SOURCES = ("archive", "epd")


@pytest.fixture(scope="module")
def secrets(demo: DemoRun) -> Secrets:
    return Secrets.of(demo.hospital)


def test_the_demo_ends_with_coverage_proof_and_page(demo: DemoRun) -> None:
    assert demo.code == 0, demo.err
    last = demo.out.splitlines()[-11:]
    assert (last[0], last[4]) == ("What happened", "What to do next")
    assert re.search(r"[0-9.]+ % before, [0-9.]+ % after", last[1])
    assert last[3].startswith("  Ledger: proved, ")
    assert len({re.match(r"  [^:]+:\s+", line).end() for line in last[5:10]}) == 1, "the five are a table"
    page = Path(last[5].rsplit(" ", 1)[-1])
    assert page.read_text().lstrip().lower().startswith("<!doctype html>")
    for line in last[7:9]:
        command = line.partition("remediate ")[2].split()
        assert run(*command).code == 0, line
    assert "Next:" in demo.out
    assert demo.err == ""


def test_the_demo_refuses_a_folder_that_is_not_empty(demo: DemoRun) -> None:
    ran = run("demo", "--dir", str(demo.folder))
    assert ran.code == 64
    assert "not empty" in ran.one_line


def test_the_demo_prints_no_patient(demo: DemoRun, secrets: Secrets) -> None:
    assert demo.code == 0
    assert len(demo.out) > 2000
    assert list(leaks_in(demo.out.encode(), "stdout", secrets)) == []
    assert list(leaks_in(demo.err.encode(), "stderr", secrets)) == []


def test_the_demo_leaves_no_patient_in_ledger_plans_spool_and_file_names(demo: DemoRun, secrets: Secrets) -> None:
    names = {path.name for path in demo.folder.rglob("*")}
    assert {"ledger.db", "plan.json", "plan.csv", "review.csv", "plan.html", "keys.json"} <= names
    assert list(leaks_under(demo.folder, secrets, except_in=SOURCES)) == []


def test_commands_after_the_demo_print_no_patient(demo: DemoRun, secrets: Secrets) -> None:
    place = demo.place
    number = next(person.number for person in demo.hospital.people if person.bsn and person.number)
    study = place.planned()[0].study_instance_uid
    for command in (
        ("ledger", "list"), ("ledger", "show", study), ("status",), ("epd", "show", number),
        ("measure", "survey"), ("--json", "ledger", "list"), ("--json", "ledger", "show", study), ("plan",),
    ):  # fmt: skip
        ran = place.run(*command)
        assert ran.out, command
        assert list(leaks_in((ran.out + ran.err).encode(), " ".join(command[:2]), secrets)) == []


def test_rejected_records_are_told_without_what_they_hold(place: Workplace, secrets: Secrets, tmp_path: Path) -> None:
    for path in (place.folder / "epd").iterdir():
        ran = place.run("epd", "load", str(path))
        assert list(leaks_in((ran.out + ran.err).encode(), path.name, secrets)) == []


def test_headers_of_files_are_shown_without_the_patient(demo: DemoRun, secrets: Secrets) -> None:
    files = [str(path) for path in sorted((demo.folder / "archive").rglob("*.dcm"))[:60]]
    assert files
    ran = demo.place.run("header", "show", *files)
    assert list(leaks_in((ran.out + ran.err).encode(), "header show", secrets)) == []


@pytest.mark.parametrize("kind", ["bsn", "eleven-test", "surname"])
def test_a_planted_leak_is_found(demo: DemoRun, secrets: Secrets, tmp_path: Path, kind: str) -> None:
    person = next(one for one in demo.hospital.people if one.bsn and not one.name.surname.isascii())
    planted = {"bsn": person.bsn, "eleven-test": "111222333", "surname": person.name.surname}[kind]
    shutil.copytree(demo.folder / "plans", tmp_path / "plans")
    assert list(leaks_under(tmp_path, secrets)) == []
    page = tmp_path / "plans" / "plan-0001" / "plan.html"
    for encoding in ("utf-8", "latin-1"):
        page.write_bytes(b"<p>" + planted.encode(encoding) + b"</p>")
        assert {leak.kind for leak in leaks_under(tmp_path, secrets)} == {kind}
    page.unlink()
    (tmp_path / f"of {planted}.txt").write_bytes(b"")
    assert {leak.kind for leak in leaks_under(tmp_path, secrets)} == {kind}


def test_the_ledgers_own_file_is_really_read(demo: DemoRun, secrets: Secrets, tmp_path: Path) -> None:
    copy = tmp_path / "ledger.db"
    content = bytearray((demo.folder / "ledger.db").read_bytes())
    content[len(content) // 2 : len(content) // 2] = b" 999911120 "
    copy.write_bytes(content)
    assert [leak.kind for leak in leaks_under(tmp_path, secrets)] == ["eleven-test"]
    assert list(leaks_in(b"1234999911120, 9999111201", "longer runs", secrets)) == []
