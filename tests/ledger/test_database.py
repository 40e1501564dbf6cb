"""Opening the database: owner-only, durable, one process at a time; every fault is one line."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from remediate.errors import KeysError, LedgerBusyError, LedgerError
from remediate.ledger import database as module
from remediate.ledger.database import hold_lock, open_database
from remediate.ledger.keys import Keys
from remediate.ledger.tables.schema import facts, ledger_meta
from tests.ledger.ledger_samples import new_ledger, night, open_ledger


class Usage(NamedTuple):
    total: int
    used: int
    free: int


_HOLDER = """
import sys, time
from remediate.ledger.database import hold_lock
with hold_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _HOLDER, url], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_sqlite_is_durable_and_owner_only(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        database = open_database(sqlite_url, create=True)
        new_ledger(database, keys)
    finally:
        os.umask(old)
    with database.read() as connection:
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
        assert values == ["wal", 1]
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert len(modes) >= 2
    assert set(modes.values()) == {0o600}


def test_wide_open_ledger_is_closed_to_others(sqlite_url: str, tmp_path: Path) -> None:
    open_database(sqlite_url, create=True).close()
    (tmp_path / "ledger.db").chmod(0o644)
    open_database(sqlite_url, create=False).close()
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_absent_or_strange_database_is_one_line(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger yet"):
        open_database(sqlite_url, create=False)
    (tmp_path / "ledger.db").write_bytes(b"something else " * 1000)
    with pytest.raises(LedgerError, match="not a database"):
        open_database(sqlite_url, create=False)
    for url in ("nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:", f"sqlite:///{tmp_path}/no/x.db"):
        with pytest.raises(LedgerError):
            open_database(url, create=True)


def test_empty_database_is_no_ledger(sqlite_url: str, keys: Keys) -> None:
    database = open_database(sqlite_url, create=True)
    with pytest.raises(LedgerError, match="There is no ledger"):
        open_ledger(database, keys)


def test_ledger_is_made_once(sqlite_url: str, keys: Keys) -> None:
    database = open_database(sqlite_url, create=True)
    made = new_ledger(database, keys)
    with pytest.raises(LedgerError, match="already"):
        new_ledger(database, keys)
    assert open_ledger(database, keys).ledger_id == made.ledger_id
    assert made.verify().events == 1


def test_other_keys_are_refused_before_anything_is_written(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    database = open_database(sqlite_url, create=True)
    new_ledger(database, keys)
    database.close()
    before = (tmp_path / "ledger.db").read_bytes()
    again = open_database(sqlite_url, create=False)
    with pytest.raises(KeysError, match="not the keys of this ledger"):
        open_ledger(again, Keys(master=bytes(32), signing=bytes(32)))
    again.close()
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_ledger_of_a_newer_release_is_refused(sqlite_url: str, keys: Keys) -> None:
    database = open_database(sqlite_url, create=True)
    new_ledger(database, keys)
    with database.begin() as connection:
        connection.execute(update(ledger_meta).values(schema_version=99))
    with pytest.raises(LedgerError, match="schema version 99"):
        open_ledger(database, keys)


def test_failed_block_leaves_nothing(sqlite_url: str, keys: Keys) -> None:
    database = open_database(sqlite_url, create=True)
    ledger = new_ledger(database, keys)
    with pytest.raises(RuntimeError), database.begin() as connection:  # noqa: PT012
        connection.exec_driver_sql("INSERT INTO facts VALUES ('name', 'value')")
        raise RuntimeError
    assert ledger.fact("name") == ""


def test_locked_ledger_is_one_line(sqlite_url: str, keys: Keys, tmp_path: Path) -> None:
    database = open_database(sqlite_url, create=True, patience_ms=100)
    ledger = new_ledger(database, keys)
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="locked by another program"):
        ledger.record(*night(1))
    other.execute("ROLLBACK")
    ledger.record(*night(1))
    assert ledger.verify().events == 2


def test_full_disk_leaves_a_readable_ledger(sqlite_url: str, keys: Keys) -> None:
    database = open_database(sqlite_url, create=True)
    ledger = new_ledger(database, keys)
    ledger.record(*night(500))
    with database.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match=r"disk under /.*\.db is full"):
        ledger.record(*night(5000, first=500))
    report = ledger.verify()
    assert (report.events, report.problems) == (501, ())
    with database.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    ledger.record(*night(5000, first=500))
    assert ledger.verify().problems == ()


def test_second_process_stops_with_one_line(sqlite_url: str) -> None:
    holder = _holder(sqlite_url)
    try:
        with pytest.raises(LedgerBusyError) as raised, hold_lock(sqlite_url):
            pass
        assert str(raised.value) == f"Another process of this program (pid {holder.pid}) is at work on this ledger."
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()  # type: ignore[union-attr]
    with hold_lock(sqlite_url):
        pass


def test_lock_is_known_only_while_it_is_held(sqlite_url: str) -> None:
    database = open_database(sqlite_url, create=True)
    assert not database.is_ours_alone
    with hold_lock(sqlite_url):
        assert database.is_ours_alone
        with pytest.raises(LedgerBusyError), hold_lock(sqlite_url):
            pass
        assert database.is_ours_alone
    assert not database.is_ours_alone


def test_faults_show_no_values(sqlite_url: str, keys: Keys) -> None:
    database = open_database(sqlite_url, create=True)
    new_ledger(database, keys)
    twice = [{"name": "secret-name", "value": "secret-value"}] * 2
    with pytest.raises(IntegrityError) as raised, database.begin() as connection:
        connection.execute(insert(facts), twice)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("free", "told"), [(0, "is full"), (10**9, "answers with errors")])
def test_an_error_of_input_or_output_on_a_full_disk_is_told_as_a_full_disk(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, free: int, told: str
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(module, "_set_up_sqlite", fail)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: Usage(1, 1, free))
    with pytest.raises(LedgerError, match=told):
        open_database(sqlite_url, create=True)
