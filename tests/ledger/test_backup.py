"""A backup is taken while others write, is proved before it counts, and a restored one goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from remediate.errors import LedgerError
from remediate.ledger.backup import back_up
from remediate.ledger.database import Database, open_database
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.proof.checkpoint_folder import files_in, keep_in_folder
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import EventType
from tests.ledger.ledger_samples import event, make_keys, new_ledger, night, open_ledger, planned_ledger

KEY = make_keys().public_key


@pytest.fixture
def database(sqlite_url: str) -> Database:
    return open_database(sqlite_url, create=True)


@pytest.fixture
def ledger(database: Database) -> SqlLedger:
    return new_ledger(database, make_keys())


def test_it_is_taken_while_others_write_and_is_one_moment(
    ledger: SqlLedger, database: Database, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [ledger.record(*night(20)) for _ in range(40)])
        reports = [back_up(database, tmp_path / f"{number}.db", public_key=KEY) for number in range(5)]
        writing.result()
    assert [(report.events - 1) % 20 for report in reports] == [0] * 5
    assert ledger.verify().events == 801


def test_a_restored_backup_is_the_ledger_and_goes_on(ledger: SqlLedger, database: Database, tmp_path: Path) -> None:
    plan = planned_ledger(ledger, 4)
    back_up(database, tmp_path / "backup.db", public_key=KEY)
    database.close()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (tmp_path / "backup.db").rename(folder / "ledger.db")
    restored = open_ledger(open_database(f"sqlite:///{folder}/ledger.db", create=False), make_keys())
    assert restored.ledger_id == ledger.ledger_id
    assert [head.plan_id for head in restored.plans()] == [plan]
    assert len(list(restored.studies())) == 4
    restored.record(*night(3))
    assert restored.verify().problems == ()


def test_a_restored_backup_is_told_by_what_was_signed_after_it(
    ledger: SqlLedger, database: Database, tmp_path: Path
) -> None:
    back_up(database, tmp_path / "backup.db", public_key=KEY)
    ledger.record(*night(3))
    ledger.checkpoint(event(EventType.CHECKPOINT), file=tmp_path / "outside.txt")
    old = open_database(f"sqlite:///{tmp_path}/backup.db", create=False)
    found = verify_copy(old, public_key=KEY, checkpoint_files=[tmp_path / "outside.txt"]).problems
    assert [(item.seq, item.problem) for item in found] == [(2, "tail-missing")]


def test_both_courses_of_events_are_kept_after_a_restore(ledger: SqlLedger, database: Database, tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    back_up(database, tmp_path / "backup.db", public_key=KEY)
    ledger.checkpoint(event(EventType.CHECKPOINT, reason="lost"))
    keep_in_folder(ledger.checkpoints(), share)
    restored = open_ledger(open_database(f"sqlite:///{tmp_path}/backup.db", create=False), make_keys())
    restored.checkpoint(event(EventType.CHECKPOINT, reason="again"))
    assert keep_in_folder(restored.checkpoints(), share) == 1
    found = restored.verify(files_in(share)).problems
    assert [(item.seq, item.problem) for item in found] == [(2, "checkpoint-differs")]


def test_it_is_one_file_for_its_owner_only(ledger: SqlLedger, database: Database, tmp_path: Path) -> None:
    ledger.record(*night(10))
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(database, folder / "ledger.db", public_key=KEY)
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [("ledger.db", 0o600)]


def test_nothing_is_overwritten_and_nothing_half_is_left(ledger: SqlLedger, database: Database, tmp_path: Path) -> None:
    (tmp_path / "old.db").write_bytes(b"old")
    with pytest.raises(LedgerError, match="never overwritten"):
        back_up(database, tmp_path / "old.db", public_key=KEY)
    with pytest.raises(LedgerError, match="cannot be written"):
        back_up(database, tmp_path / "absent" / "x.db", public_key=KEY)
    with database.begin() as connection:
        connection.execute(text("DROP TRIGGER events_no_update"))
        connection.execute(text("UPDATE events SET reason = 'x'"))
    with pytest.raises(LedgerError, match="does not prove"):
        back_up(database, tmp_path / "new.db", public_key=KEY)
    assert (tmp_path / "old.db").read_bytes() == b"old"
    assert not list(tmp_path.glob("new*"))
