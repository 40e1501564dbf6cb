"""Every bad input: one clear line on stderr, the exit code, nothing written to the archive, nothing lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from remediate.demo.faults import Faults, Rejection, StorePolicy
from remediate.demo.hospital import build_hospital
from remediate.errors import ExitCode
from remediate.ledger.database import hold_lock
from remediate.report.leak_scan import numbers_in
from tests.workplace import Ran, Workplace, everything, free_port, load_epd, new_workplace, run


@contextmanager
def untouched(place: Workplace) -> Iterator[None]:
    """The archive's folder and the states of all studies must be the same after the block."""
    before, states = everything(place.folder / "archive"), place.states()
    yield
    assert everything(place.folder / "archive") == before
    assert place.states() == states


def refused(ran: Ran, *words: str, code: int = 1) -> None:
    assert ran.code == code, ran.err
    assert ran.out == ""
    line = ran.one_line
    assert line.startswith("remediate: ")
    for word in words:
        assert word in line, f"{word!r} not in {line!r}"


def test_every_configuration_error_is_told_at_once_with_its_path(place: Workplace) -> None:
    place.config.write_text(
        "archive: {prot: 104, called_ae_title: FAR_TOO_LONG_AE_TITLE, retrieve: c-fetch}\n"
        "execute: {window: {timezone: Europe/Amstrdam}, associations: 0}\nidentity: {bsn_range: all}\n"
    )
    ran = place.json("status")
    assert ran.code == ExitCode.USAGE
    assert ran.out == ""
    first, *problems = ran.err.strip().splitlines()
    assert "7 faults" in first
    assert len(problems) == 7
    text = "\n".join(problems)
    for path in ("archive.port", "archive.prot", "archive.called_ae_title", "archive.retrieve",
                 "execute.window.timezone", "execute.associations", "identity.bsn_range"):  # fmt: skip
        assert path in text
    assert "did you mean port?" in text


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "archive: [", "\tarchive: 1", "a: 1\nb: {}\na: {}"])
def test_what_is_no_configuration_is_told(place: Workplace, text: str) -> None:
    place.config.write_text(text)
    refused(place.json("status"), str(place.config), code=64)


def test_no_configuration_at_all(tmp_path: Path) -> None:
    missing = tmp_path / "none.yaml"
    refused(run("--config", str(missing), "status"), f"remediate --config {missing} init", code=64)


@pytest.mark.parametrize("command", [("survey",), ("execute", "PLAN", "--now"), ("verify",), ("doctor",)])
def test_an_unreachable_archive(place: Workplace, command: tuple[str, ...]) -> None:
    with place.archive() as archive:
        if command[0] == "verify":
            place.must("execute", place.plan, "--now", "--max-studies", "1", code=3)
        assert archive.port == place.port
    with untouched(place):
        ran = place.json(*(place.plan if word == "PLAN" else word for word in command))
    assert ran.code == 1
    assert f"127.0.0.1:{place.port}" in ran.one_line


def test_the_window_is_told_as_it_was_understood(place: Workplace) -> None:
    place.configure(execute={"window": {"from": "20:30", "to": "06:00", "days": ["mon", "fri"]}})
    with place.archive():
        told = place.run("doctor").out
        answer = place.must("doctor").answer["window"]
    assert "from 20:30 to 06:00 the next day (9.5 hours), on mon fri, Europe/Amsterdam" in told
    assert {name: answer[name] for name in ("from", "to", "hours")} == {"from": "20:30", "to": "06:00", "hours": 9.5}


def test_a_rejected_association(place: Workplace) -> None:
    with place.archive(Faults(reject=Rejection.UNKNOWN_CALLER)), untouched(place):
        refused(place.json("execute", place.plan, "--now"), "reject")


def test_an_unknown_ae_title(place: Workplace) -> None:
    place.configure(archive={"called_ae_title": "NOBODY"})
    with place.archive(), untouched(place):
        refused(place.json("survey"), "NOBODY")


def test_a_plan_for_another_archive(place: Workplace) -> None:
    place.configure(archive={"called_ae_title": "NOBODY"})
    with place.archive(), untouched(place):
        refused(place.json("execute", place.plan, "--now"), "ARCHIVE", "NOBODY")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("empty.csv", b""),
        ("binary.hl7", bytes(range(256)) * 8),
        ("other.csv", b"naam;leeftijd\r\nx;3\r\n"),
        ("latin.csv", "patientnummer;achternaam\r\n1;K\xf6ter\r\n".encode("latin-1")),
    ],
)
def test_an_unreadable_epd_file(place: Workplace, name: str, content: bytes | None) -> None:
    path = place.folder / name
    if content is not None:
        path.write_bytes(content)
    before = place.must("epd", "show", place.planned()[0].case.identity.patient_id).answer
    refused(place.json("epd", "load", str(path)), name)
    assert place.must("epd", "show", place.planned()[0].case.identity.patient_id).answer == before


@pytest.mark.parametrize(
    "content", [None, b"", b"naam;leeftijd\r\nx;3\r\n", "patientnummer\r\nK\xf6ter\r\n".encode("latin-1")]
)
def test_a_file_that_is_named_by_somebodys_number_is_told_without_it(place: Workplace, content: bytes | None) -> None:
    path = place.folder / "999990019.csv"
    if content is not None:
        path.write_bytes(content)
    for language in ("en", "nl"):
        ran = place.run("--lang", language, "epd", "load", str(path))
        assert ran.code == 1
        assert "019.csv" in ran.err
        assert next(numbers_in((ran.out + ran.err).encode()), None) is None


def test_a_folder_is_no_epd_file(place: Workplace) -> None:
    refused(place.json("epd", "load", str(place.folder)))


def test_records_without_identifier_are_rejected_by_line_and_the_rest_is_loaded(place: Workplace) -> None:
    csv = place.folder / "one.csv"
    header = (place.folder / "epd" / "patienten.csv").read_text().splitlines()[0]
    rows = ("1111111;;N;1970-01-02;M;Visser", ";;N;1970-01-03;M;Naamloos", "1111113;;N;1970-01-04;V;Smit")
    csv.write_text("\n".join((header, *(f"{row};;;;;" for row in rows))) + "\n")
    hl7 = place.folder / "two.hl7"
    hl7.write_bytes(
        b"MSH|^~\\&|EPD|H|R||20260101||ADT^A28|1|P|2.4\rPID|1||||Naamloos||19700105|M\r"
        b"MSH|^~\\&|EPD|H|R||20260101||ADT^A28|2|P|2.4\rPID|1||2222222^^^HOSPITAL^PI||Visser||19700106|M\r"
    )
    ran = place.json("epd", "load", str(csv), str(hl7))
    assert ran.code == 0
    rejected = ran.answer["rejected"]
    assert [(Path(one["file"]).name, one["line"]) for one in rejected] == [("one.csv", 3), ("two.hl7", 1)]
    assert all(one["reason"] and "Naamloos" not in one["reason"] for one in rejected)
    for number in ("1111111", "1111113", "2222222"):
        assert place.must("epd", "show", number).answer["found"]


def test_a_plan_from_another_ledger(place: Workplace, tmp_path: Path) -> None:
    other = new_workplace(tmp_path / "other", build_hospital(4), free_port())
    shutil.copytree(place.folder / "plans", other.folder / "plans")
    with place.archive():
        refused(other.json("execute", other.plan, "--now"), "another ledger")
        refused(other.json("approve", other.plan, "--by", "X"), "another ledger")


def test_a_changed_plan_file(place: Workplace) -> None:
    plan = json.loads(Path(place.plan).read_text())
    plan["studies"] = plan["studies"][1:]
    Path(place.plan).write_text(json.dumps(plan))
    with place.archive(), untouched(place):
        refused(place.json("execute", place.plan, "--now"), "changed after it was made")


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"format": "remediate-plan/1"}'])
def test_a_file_that_is_no_plan(place: Workplace, text: str) -> None:
    Path(place.plan).write_text(text)
    with place.archive(), untouched(place):
        refused(place.json("execute", place.plan, "--now"), "not a plan")


def test_a_plan_that_is_not_there(place: Workplace) -> None:
    refused(place.json("execute", str(place.folder / "no.json"), "--now"), "No plan at")


def test_an_unapproved_plan(place: Workplace) -> None:
    made = place.must("plan").answer
    with place.archive(), untouched(place):
        refused(place.json("execute", made["path"], "--now"), "not approved yet", "remediate approve")


def test_an_archive_that_was_never_probed(tmp_path: Path) -> None:
    place = new_workplace(tmp_path, build_hospital(4), free_port())
    with place.archive():
        place.must("survey")
        load_epd(place)
        made = place.must("plan").answer
        place.must("approve", made["path"], "--by", "A. Reviewer")
        with untouched(place):
            refused(place.json("execute", made["path"], "--now"), "never probed", "doctor --probe")


def test_a_stock_archive_that_ignores_what_it_already_has(place: Workplace) -> None:
    with place.archive(Faults(store_policy=StorePolicy.IGNORE)):
        told = place.run("doctor", "--probe")
        assert told.code == 2
        assert "ignores re-stored objects" in told.out
        assert place.must("doctor", code=2).answer["ok"] is False
        assert "Er loopt niets, en dat mag ook niet" in place.run("status", "--lang", "nl").out
        with untouched(place):
            refused(place.json("execute", place.plan, "--now"), "ignores re-stored objects")


def test_outside_the_window_nothing_is_stored(place: Workplace) -> None:
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(hours=3)
    window = {"from": f"{later:%H:%M}", "to": f"{later + timedelta(hours=1):%H:%M}", "timezone": "UTC"}
    place.configure(execute={"window": window})
    with place.archive(), untouched(place):
        ran = place.json("execute", place.plan)
    assert (ran.code, ran.answer["stopped_because"], ran.answer["verified"]) == (3, "window-closed", 0)


def test_a_second_process_on_the_same_ledger(place: Workplace) -> None:
    with place.archive(), untouched(place), hold_lock(f"sqlite:///{place.folder / 'ledger.db'}"):
        command = [sys.executable, "-m", "remediate", "--config", str(place.config), "execute", place.plan, "--now"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    refused(Ran(code=done.returncode, out=done.stdout, err=done.stderr), "ledger")


def test_a_ledger_that_is_no_database(place: Workplace) -> None:
    (place.folder / "ledger.db").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    refused(place.json("status"), "not a database")


def test_a_ledger_that_was_never_made(place: Workplace) -> None:
    (place.folder / "ledger.db").unlink()
    refused(place.json("status"), "init")


def test_keys_that_others_can_read(place: Workplace) -> None:
    (place.folder / "keys.json").chmod(0o644)
    refused(place.json("status"), "keys.json")


def test_keys_that_are_gone(place: Workplace) -> None:
    keys = place.folder / "keys.json"
    keys.unlink()
    refused(place.json("status"), "keys.json", "backup")
    refused(place.json("init", "--dir", str(place.folder)), "keys.json", "backup")
    assert not keys.exists()  # new ones would open nothing of this ledger


def test_a_folder_where_plans_cannot_be_written(place: Workplace) -> None:
    (place.folder / "file").write_text("")
    refused(place.json("plan", "--out", str(place.folder / "file" / "plans")), "file")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",), ("execute",), ("execute", "p.json", "--approved"), ("execute", "p.json", "--until", "25:00"),
        ("execute", "p.json", "--max-studies", "0"), ("verify", "--sample", "0"), ("verify", "p", "--study", "1.2"),
        ("survey", "--from", "01-02-2004"), ("survey", "--headers", "all"), ("survey", "import", "none.csv"),
        ("approve", "p.json"), ("rollback", "--by", "X", "--why", "y"), ("rollback", "p", "--study", "1", "--by", "X",
        "--why", "y"), ("ledger", "list", "--type", "x"), ("--lang", "fr", "status"),
        ("header", "correct", "a.dcm", "--to", "d"), ("run", "none.yaml"), ("epd", "load"),
        ("demo", "--studies", "3"), ("status", "--no-such-option"), ("execute", "p", "--until", "noon"),
        ("approve", "p", "--by", "BSN0999911120"), ("approve", "p", "--by", "9999 - 11120"),
    ],
)  # fmt: skip
def test_usage_errors_exit_64_with_one_line(place: Workplace, arguments: tuple[str, ...]) -> None:
    refused(place.json(*arguments), code=64)
