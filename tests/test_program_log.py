"""The program log tells how the program fares, to its owner only, and nothing of any patient can enter it."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.demo.faults import Faults, Rejection
from remediate.demo.hospital import build_hospital
from remediate.errors import PlanError
from remediate.program_log import UNTOLD, Fields, Form, Happened, apart, checked, open_log, tell
from remediate.records.states import State
from remediate.texts.language import both
from tests.leaks import Secrets, leaks_in
from tests.workplace import Workplace, free_port, new_workplace

SURNAME = "Waandering"
BSN = "999911120"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    with apart():
        yield tmp_path / "remediate.log"


def begin(file: Path, *, form: Form = "json", most_bytes: int = 1_000_000) -> None:
    open_log(file, "remediate execute", level="debug", form=form, most_bytes=most_bytes, kept=2)


@given(st.sampled_from(sorted(Fields.__annotations__)), st.sampled_from([SURNAME, BSN, f"{SURNAME} {BSN}", "19700215"]))
def test_no_field_takes_a_text_that_is_not_of_its_kind(field: str, text: str) -> None:
    assert checked({field: text}) == {field: UNTOLD}


def test_fields_that_nobody_allowed_are_left_out() -> None:
    assert checked({"patient": SURNAME, "batch": "batch-0001"}) == {"batch": "batch-0001"}


def test_an_exception_is_told_by_class_and_place_never_by_what_it_says(file: Path) -> None:
    begin(file)
    try:
        raise PlanError(both(f"of {SURNAME}, {BSN}"))
    except PlanError as error:
        tell(Happened.COMMAND_FAILED, level=logging.ERROR, exception=error)
    (line,) = file.read_text().splitlines()
    told = json.loads(line)
    assert (told["level"], told["event"], told["exception"]) == ("error", "command-failed", "PlanError")
    assert SURNAME not in line
    assert BSN not in line


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_line_stays_one_line_in_either_form(file: Path, form: Form) -> None:
    begin(file, form=form)
    tell(Happened.STUDY_ENDED, state=State.VERIFIED, version="1.0\nforged", peer="a\r:1")
    (line,) = file.read_text().splitlines()
    assert "verified" in line
    assert "forged" not in line


def test_the_file_is_its_owners_and_turns_over(file: Path) -> None:
    begin(file, most_bytes=2_000)
    for _ in range(100):
        tell(Happened.PACE, batch="batch-0001", studies=1)
    files = sorted(file.parent.iterdir())
    assert [path.name for path in files] == ["remediate.log", "remediate.log.1", "remediate.log.2"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert all(path.stat().st_size <= 2_000 for path in files)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with apart():
        begin(tmp_path / "not-there" / "remediate.log")
        tell(Happened.PACE, studies=1)
        begin(tmp_path)  # a folder
        tell(Happened.PACE, studies=1)
    assert capsys.readouterr() == ("", "")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    hospital = build_hospital(8)
    place = new_workplace(tmp_path_factory.mktemp("logged"), hospital, free_port())
    place.configure(log={"form": "json", "level": "debug"})
    return place


def test_commands_and_associations_are_told_and_no_patient_is(place: Workplace) -> None:
    with place.archive():
        place.must("survey", "--headers", "series")
        place.must("doctor", "--probe")
    with place.archive(Faults(reject=Rejection.UNKNOWN_CALLER)):
        place.run("survey")
    place.run("ledger", "show", BSN)
    content = (place.folder / "remediate.log").read_bytes()
    lines = [json.loads(line) for line in content.splitlines()]
    told = {(line["command"], line["event"]) for line in lines}
    assert {("remediate survey", "survey-begun"), ("remediate survey", "survey-ended")} <= told
    assert {("remediate survey", "association-opened"), ("remediate survey", "association-refused")} <= told
    assert {("remediate ledger show", name) for name in ("command-begun", "command-failed", "command-ended")} <= told
    failed = next(line for line in lines if line["event"] == "command-failed" and "show" in line["command"])
    assert failed["exception"].startswith("PlanError cli/ledger/listing.py:")
    assert list(leaks_in(content, "remediate.log", Secrets.of(place.hospital))) == []
    assert UNTOLD not in {value for line in lines for value in line.values()}
    everything = b" ".join(path.read_bytes() for path in place.folder.glob("remediate.log*"))
    assert not [study for study in place.hospital.studies if study.study_instance_uid.encode() in everything]
