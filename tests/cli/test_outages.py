"""Whatever fails under the program, its one line names it, says what was changed and that nothing is lost, and what to
do next; ctrl-c while it is loaded is a line too."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from remediate.cli.outages import UNHARMED as HARMLESS
from remediate.cli.outages import HowFar, outages_told
from remediate.errors import ArchiveError, KeysError, LedgerBusyError, LedgerError, RemediateError, SpoolError
from remediate.ledger import database
from remediate.ledger.database import hold_lock
from remediate.texts.language import Language
from tests.workplace import Ran, Workplace

UNTOUCHED = "Nothing was begun and nothing was changed. Next: remediate status"
UNTOUCHED_MEND = "Nothing was begun and nothing was changed. Next, once it is mended: remediate status"
UNHARMED = "Nothing is lost"


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Every connection to an SQLite file is opened with one more statement."""
    before = database._set_up_sqlite

    def limit(statement: str) -> None:
        def set_up(patience_ms: int, connection: sqlite3.Connection, record: object) -> None:
            before(patience_ms, connection, record)
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(statement.format(pages=pages))

        monkeypatch.setattr(database, "_set_up_sqlite", set_up)

    yield limit
    monkeypatch.setattr(database, "_set_up_sqlite", before)


def execute(place: Workplace) -> Ran:
    ran = place.json("execute", "plan-0001", "--now")
    assert (ran.code, ran.out) == (1, "")
    return ran


def test_a_full_or_read_only_disk_under_the_ledger_is_named_as_that(
    place: Workplace, limited: Callable[[str], None]
) -> None:
    with place.archive():
        limited("PRAGMA max_page_count = {pages}")
        full = execute(place).one_line
        limited("PRAGMA query_only = ON")
        read_only = execute(place).one_line
    ledger = place.folder / "ledger.db"
    assert f"The disk under {ledger} is full." in full
    assert f"{ledger} cannot be written: it, its folder or its disk is read-only." in read_only
    for line in (full, read_only):
        assert UNHARMED in line
        assert line.endswith("remediate status")


def test_what_fails_before_anything_is_begun_says_that_nothing_was_changed(place: Workplace) -> None:
    keys = place.folder / "keys.json"
    keys.rename(place.folder / "elsewhere")
    without_keys = execute(place).one_line
    assert str(keys) in without_keys
    (place.folder / "elsewhere").rename(keys)
    without_archive = execute(place).one_line
    with hold_lock(f"sqlite:///{place.folder / 'ledger.db'}"):
        locked = execute(place).one_line
        dutch = place.run("--lang", "nl", "execute", "plan-0001").one_line
    for line in (without_keys, without_archive, locked):
        assert line.endswith(UNTOUCHED)
    assert "is at work on this ledger" in locked
    assert dutch.endswith("Er is niets begonnen en niets gewijzigd. Nu: remediate status")


@pytest.mark.parametrize("typed", ["survey", "plan", "measure survey", "pause", "epd load epd/patienten.csv"])
def test_every_command_that_writes_names_the_disk_that_it_cannot_write_and_what_to_do(
    place: Workplace, limited: Callable[[str], None], typed: str
) -> None:
    words = typed.replace("epd/", f"{place.folder}/epd/").split()
    again = "the same command again" if "load" in typed else f"remediate {typed}"
    ends = f" Nothing in the archive was changed, and nothing is lost. Next, once it is mended: {again}"
    with place.archive():
        limited("PRAGMA query_only = ON")
        ran = place.json(*words)
        dutch = place.run("--lang", "nl", *words).one_line
    assert (ran.code, ran.out) == (1, "")
    assert f"{place.folder / 'ledger.db'} cannot be written" in ran.one_line
    assert ran.one_line.endswith(ends)
    assert " Er is niets gewijzigd in het archief en niets verloren. Nu, als het verholpen is: " in dutch


def test_a_file_that_cannot_be_written_is_named_though_the_system_does_not(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("remediate.files.os.fsync", full)
    line = place.json("plan").one_line
    assert re.search(r"No space left on device: \S+/plans/plan-0002/review\.csv\S*\. Nothing in the archive", line)
    assert line.endswith("remediate plan")
    assert not list(place.folder.rglob("*.part"))


def test_a_disk_of_which_the_system_names_no_file_is_found_by_who_has_no_room_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remediate.cli.outages.shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(SpoolError) as full:
        fails(OSError(28, "No space left on device"), HowFar(folders=[tmp_path / "spool" / "not-made-yet"]))
    assert str(full.value).startswith(f"No space left on device: {tmp_path}. ")


def test_ctrl_c_says_what_it_did_no_harm_to(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("remediate.cli.survey.NewEvent", interrupted)
    monkeypatch.setattr("remediate.cli.night.execution.require_fitting_probe", interrupted)
    survey, work = place.json("survey"), place.json("execute", "plan-0001", "--now")
    assert (survey.code, work.code) == (1, 1)
    kept = "Nothing in the archive was changed, and nothing is lost. Next: remediate survey"
    assert survey.one_line == f"remediate: Broken off. {kept}"
    assert work.one_line == f"remediate: Broken off. {UNTOUCHED}"


def test_a_damaged_ledger_is_never_called_no_loss(place: Workplace) -> None:
    (place.folder / "ledger.db").write_bytes(b"no database" * 1000)
    for command in (["status"], ["execute", "plan-0001", "--now"]):
        line = place.json(*command).one_line
        assert "is not a database" in line
        assert line.endswith("put the newest backup back (docs/keys.md).")
        assert "nothing is lost" not in line.lower()


def test_a_spool_that_cannot_be_used_is_named(place: Workplace) -> None:
    spool = place.folder / "spool"
    spool.rmdir()
    spool.write_text("in the way", encoding="utf-8")
    with place.archive():
        line = execute(place).one_line
    assert str(spool) in line
    assert line.endswith("remediate status")


def fails(error: Exception, phase: HowFar) -> None:
    with outages_told(phase):
        raise error


@pytest.mark.parametrize("kind", [ArchiveError, KeysError, LedgerError, SpoolError])
def test_once_work_was_begun_an_outage_says_that_nothing_is_lost(kind: type[RemediateError]) -> None:
    at_work = HowFar(begins_work=True, begun=HARMLESS)
    with pytest.raises(kind) as raised:
        fails(kind("gone."), at_work)
    assert str(raised.value).startswith(f"gone. {UNHARMED}")
    assert "Er is niets verloren" in raised.value.in_(Language.NL)
    with pytest.raises(LedgerBusyError) as busy:
        fails(LedgerBusyError("busy."), HowFar(begins_work=True))
    assert str(busy.value) == f"busy. {UNTOUCHED}"
    with pytest.raises(LedgerBusyError) as busy_later:  # such as `now`, which waited for somebody without the lock
        fails(LedgerBusyError("busy."), at_work)
    assert str(busy_later.value).startswith(f"busy. {UNHARMED}")
    with pytest.raises(SpoolError) as full:
        fails(OSError(28, "No space left on device", "spool/x"), HowFar(begins_work=True))
    assert str(full.value) == f"No space left on device: spool/x. {UNTOUCHED_MEND}"


def test_ctrl_c_while_the_program_is_loaded_is_one_line() -> None:
    waits = "import time, remediate.cli.interrupts as i; i.leave_at_once(); print('ready', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", waits], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    assert (child.communicate(timeout=60)[1], child.returncode) == ("remediate: broken off.\n", 1)


def test_nothing_else_is_loaded_before_ctrl_c_has_an_answer() -> None:
    asks = "import sys, remediate.__main__; print(*sorted(m for m in sys.modules if m[:5] in ('click', 'remed')))"
    loaded = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["remediate", "remediate.__main__", "remediate.cli", "remediate.cli.interrupts"]


def test_a_command_that_is_loaded_answers_ctrl_c_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from remediate.cli import interrupts
    from tests.workplace import run

    before = signal.getsignal(signal.SIGINT)
    try:
        interrupts.leave_at_once()
        assert run("--config", str(tmp_path / "none.yaml"), "status").code == 64
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
