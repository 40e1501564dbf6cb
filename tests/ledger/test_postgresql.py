"""PostgreSQL alone: rights of roles, dumps that are restored, a driver or server that is not there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from remediate.errors import LedgerError
from remediate.ledger.database import Database, hold_lock, lock_note, open_database
from remediate.ledger.roles import Right, grant
from remediate.ledger.tables.schema import EPD_TABLES
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    begin,
    event,
    make_keys,
    move,
    new_ledger,
    night,
    open_ledger,
    planned_ledger,
    start_batch,
    take_claim,
)
from tests.postgres_server import postgresql_programs

pytestmark = pytest.mark.postgresql


@pytest.fixture
def owned(postgresql_url: str) -> Iterator[Database]:
    """A ledger as its owner has it."""
    database = open_database(postgresql_url, create=True)
    new_ledger(database, make_keys())
    yield database
    database.close()


@pytest.fixture
def roles(postgresql_server: str) -> Iterator[dict[Right, str]]:
    """Two roles that log in and own nothing."""
    names = {right: f"remediate_{right.value}" for right in Right}
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in names.values():
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
    yield names
    with server.connect() as connection:
        for name in names.values():
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")
    server.dispose()


def _as(url: str, role: str) -> Database:
    return open_database(make_url(url).set(username=role).render_as_string(hide_password=False), create=False)


def test_a_working_role_does_a_whole_night_and_can_change_no_event(
    owned: Database, postgresql_url: str, roles: dict[Right, str]
) -> None:
    grant(owned, roles[Right.WORK], Right.WORK)
    database = _as(postgresql_url, roles[Right.WORK])
    ledger = open_ledger(database, make_keys())
    plan = planned_ledger(ledger, 4)
    ledger.approve(plan, event(EventType.APPROVED, plan=plan, actor="A. Reviewer"))
    batch = start_batch(ledger, plan)
    claim = take_claim(ledger, batch)
    for study in claim.studies:
        begin(ledger, claim, study)
        move(ledger, claim, study, State.STORED, State.VERIFIED)
    ledger.finish(claim, done=True)
    ledger.close_batch(batch.batch_id, "", {}, event(EventType.BATCH_CLOSED, batch=batch.batch_id))
    ledger.set_fact("probe", "x", event(EventType.PROBE))
    ledger.mark_forwarded("host:6514", 3)
    ledger.rotate_vault_key(event(EventType.KEY_USE, actor="P. Officer"), lambda keys: None)
    assert ledger.verify().problems == ()
    for statement in (
        "UPDATE events SET reason = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "DELETE FROM checkpoints",
        "DROP TRIGGER events_no_update ON events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), database.begin() as connection:
            connection.execute(text(statement))
    database.close()


def test_an_auditing_role_proves_and_reads_nothing_of_patients(
    owned: Database, postgresql_url: str, roles: dict[Right, str]
) -> None:
    ledger = open_ledger(owned, make_keys())
    ledger.record(*night(20))
    planned_ledger(ledger, 2)
    ledger.checkpoint(event(EventType.CHECKPOINT))
    grant(owned, roles[Right.AUDIT], Right.AUDIT)
    database = _as(postgresql_url, roles[Right.AUDIT])
    report = verify_copy(database, public_key=make_keys().public_key, checkpoint_files=())
    assert (report.events, report.problems) == (23, ())
    for what in ("1 FROM headers", "accession_number FROM studies", "1 FROM intent_objects", "1 FROM data_keys"):
        with pytest.raises(ProgrammingError, match="permission denied"), database.read() as connection:
            connection.execute(text(f"SELECT {what}"))
    with pytest.raises(ProgrammingError, match="permission denied"), database.read() as connection:
        connection.execute(text(f"SELECT 1 FROM {EPD_TABLES[0].name}"))
    with pytest.raises(ProgrammingError, match="permission denied"), database.begin() as connection:
        connection.execute(text("INSERT INTO checkpoints VALUES (99, '')"))
    database.close()


def test_granting_takes_other_rights_away(owned: Database, postgresql_url: str, roles: dict[Right, str]) -> None:
    role = roles[Right.WORK]
    grant(owned, role, Right.WORK)
    grant(owned, role, Right.AUDIT)
    database = _as(postgresql_url, role)
    with pytest.raises(ProgrammingError, match="permission denied"), database.read() as connection:
        connection.execute(text("SELECT accession_number FROM studies"))
    database.close()


def test_an_auditor_without_the_newer_rights_is_told_so(
    owned: Database, postgresql_url: str, roles: dict[Right, str]
) -> None:
    grant(owned, roles[Right.AUDIT], Right.AUDIT)
    with owned.begin() as connection:
        connection.execute(text(f"REVOKE SELECT ON studies FROM {roles[Right.AUDIT]}"))
    database = _as(postgresql_url, roles[Right.AUDIT])
    with pytest.raises(LedgerError, match="may not read") as refused:
        verify_copy(database, public_key=make_keys().public_key, checkpoint_files=())
    assert "ledger grant" in refused.value.advice.en
    database.close()


def test_a_role_that_is_not_there_is_one_line(owned: Database) -> None:
    with pytest.raises(LedgerError, match="no role nobody"):
        grant(owned, "nobody", Right.WORK)


def test_who_is_at_work_is_told_for_as_long_as_its_connection_lives(owned: Database, postgresql_url: str) -> None:
    note = '["pacs01", 7, "100% \u2013 --", "--", "remediate survey"]'
    assert lock_note(postgresql_url) == ""
    with hold_lock(postgresql_url, note):
        assert lock_note(postgresql_url) == note
        with hold_lock(postgresql_url, "a second"):
            assert lock_note(postgresql_url) == note, "the first that began, and nobody is kept off"
        elsewhere = make_url(postgresql_url).update_query_dict({"options": "-csearch_path=public"})
        assert lock_note(elsewhere.render_as_string(hide_password=False)) == "", "another ledger on that server"
        with owned.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE '%%-- [%%pacs01%%'"
                " AND pid <> pg_backend_pid()"
            )
        assert lock_note(postgresql_url) == ""
    with hold_lock(postgresql_url, note):
        assert lock_note(postgresql_url) == note
    assert lock_note(postgresql_url) == ""


def test_a_dump_made_while_others_write_is_restored(owned: Database, postgresql_url: str, tmp_path: Path) -> None:
    programs = postgresql_programs()
    assert programs is not None
    url = make_url(postgresql_url)
    schema = str(url.query["options"]).removeprefix("-csearch_path=")
    ledger = open_ledger(owned, make_keys())
    ledger.record(*night(500))
    who = ["-h", str(url.query["host"]), "-U", str(url.username), "-d", str(url.database)]
    dump = tmp_path / "ledger.dump"
    dumping = subprocess.Popen([str(programs / "pg_dump"), *who, "-n", schema, "--format=custom", "-f", str(dump)])
    ledger.record(*night(200, first=500))
    assert dumping.wait(60) == 0
    with owned.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    owned.engine.dispose()
    subprocess.run([str(programs / "pg_restore"), *who, str(dump)], check=True, timeout=60)
    restored = open_ledger(open_database(postgresql_url, create=False), make_keys())
    assert restored.verify().problems == ()
    assert restored.verify().events in (501, 701)
    restored.record(*night(1))
    assert restored.verify().problems == ()


def test_a_server_that_is_away_is_one_line() -> None:
    with pytest.raises(LedgerError, match="does not answer"):
        open_database("postgresql://nobody@/none?host=/nowhere", create=False)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SET LOCAL statement_timeout = 50; SELECT pg_sleep(5)", "longer than the server allows"),
        ("SET TRANSACTION READ ONLY; UPDATE control SET mode = 'run'", "takes no changes"),
    ],
)
def test_what_a_server_refuses_is_told_by_name(owned: Database, statement: str, told: str) -> None:
    with pytest.raises(LedgerError, match=told), owned.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_long_plan_is_not_broken_off_by_what_the_server_allows_to_others(
    owned: Database, postgresql_server: str
) -> None:
    with owned.begin() as connection:
        connection.execute(text("ALTER ROLE CURRENT_USER SET statement_timeout = '50ms'"))
    owned.engine.dispose()
    try:
        with owned.read() as connection:
            connection.execute(text("SELECT pg_sleep(0.1)"))
    finally:
        with owned.begin() as connection:
            connection.execute(text("ALTER ROLE CURRENT_USER RESET statement_timeout"))


def test_twelve_at_once_count_on_without_losing_one(owned: Database) -> None:
    ledger = open_ledger(owned, make_keys())
    planned_ledger(ledger, 2)
    limits = {"studies_per_hour": (1.0, 10.0), "objects_per_second": (5.0, 5.0)}

    def start(number: int) -> tuple[str, str]:
        ledger.set_limits(limits)
        ledger.set_fact("probe", str(number), event(EventType.PROBE))
        ledger.survey_window_done("survey", "2019")
        ledger.mark_forwarded("host:6514", number)
        return ledger.next_plan_id(), start_batch(ledger, "plan-0001").batch_id

    for _ in range(3):
        with owned.begin() as connection:  # as in a ledger that has counted nothing so far
            connection.execute(text("DELETE FROM counters"))
            connection.execute(text("DELETE FROM buckets"))
            for table in ("data_keys", "batches", "facts", "survey_windows", "forwarding"):
                connection.execute(text(f"DELETE FROM {table}"))
        with ThreadPoolExecutor(12) as pool:
            plans, batches = zip(*pool.map(start, range(12)), strict=True)
        assert len(set(plans)) == len(set(batches)) == 12
        assert ledger.verify().problems == ()
