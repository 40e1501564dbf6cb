"""A ledger of the first released schema is led forward: nothing is lost, its chain still proves, its tables are as new.

`released/schema_1*.sql` are dumps of a small night's ledger as the first release wrote it, with the keys of
`ledger_samples.make_keys`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from remediate.epd.changes import Change, ChangeKind, NameParts, News
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError, LedgerError
from remediate.identity.patients import LocalId
from remediate.ledger.database import Database, open_database
from remediate.ledger.keys import Keys
from remediate.ledger.metadata import metadata
from remediate.ledger.schema import SCHEMA_VERSION, approvals, ledger_meta
from remediate.records.ledger import ChainProblem, ChainReport, EventType
from tests.ledger.ledger_samples import NOW, TEST_BSN, event, found, make_keys, new_ledger, night, open_ledger, uid

_RELEASED = Path(__file__).parent / "released"
_EVENTS = 17


@pytest.fixture
def released(database: Database) -> Database:
    """A database that holds a ledger of schema 1."""
    if database.path is not None:
        raw = sqlite3.connect(database.path)
        raw.executescript((_RELEASED / "schema_1.sql").read_text(encoding="utf-8"))
        raw.close()
    else:
        with database.begin() as connection:
            connection.exec_driver_sql((_RELEASED / "schema_1.postgresql.sql").read_text(encoding="utf-8"))
    return database


def _tables(database: Database) -> dict[str, Any]:
    """What the database says of its tables, apart from the order of columns."""
    with database.read() as connection:
        look = inspect(connection)
        return {
            name: {
                "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)),
                "key": sorted(look.get_pk_constraint(name)["constrained_columns"]),
                "checks": sorted(check["name"] for check in look.get_check_constraints(name)),
                "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in look.get_indexes(name)),
                "references": sorted(
                    (f["constrained_columns"], f["referred_table"]) for f in look.get_foreign_keys(name)
                ),
            }
            for name in metadata.tables
            if look.has_table(name)
        }


def test_tables_become_those_of_a_new_ledger(released: Database, keys: Keys, tmp_path: Path) -> None:
    open_ledger(released, keys)
    moved = _tables(released)
    with released.begin() as connection:
        if released.is_sqlite:
            fresh = open_database(f"sqlite:///{tmp_path}/fresh.db", create=True)
        else:
            names = ", ".join(metadata.tables)
            connection.exec_driver_sql(f"DROP TABLE {names} CASCADE")
            fresh = released
    new_ledger(fresh, keys)
    assert moved == _tables(fresh)


def _of_surveyed_studies(report: ChainReport) -> list[ChainProblem]:
    """What else is missed: the night of the released ledger was made up, with a plan whose event named no digest, and
    events of five studies that were never surveyed."""
    made_up = {2: "row-unexplained"} | dict.fromkeys(range(11, 16), "row-missing")
    return [one for one in report.problems if made_up.get(one.seq) != one.problem]


def test_the_chain_of_before_still_proves_and_goes_on(released: Database, keys: Keys) -> None:
    ledger = open_ledger(released, keys)
    report = ledger.verify()
    assert (report.events, _of_surveyed_studies(report)) == (_EVENTS, [])
    ledger.record(*night(3))
    ledger.checkpoint(event(EventType.CHECKPOINT))
    report = ledger.verify()
    assert (report.events, _of_surveyed_studies(report)) == (_EVENTS + 4, [])
    before, after = [item.event.responsible for item in ledger.events()][_EVENTS - 1 : _EVENTS + 1]
    assert (before, after) == ("", "A. Reviewer")


def test_old_values_and_decisions_are_all_there(released: Database, keys: Keys) -> None:
    ledger = open_ledger(released, keys)
    done = ledger.last_verified(uid(0))
    assert done is not None
    assert [len(item.correction.changes) for item in done.objects] == [1, 1]
    with released.read() as connection:
        assert connection.execute(select(approvals.c.approver)).scalars().all() == ["A. Reviewer"]
    assert [head.approvals for head in ledger.plans()] == [()]  # that night's approval bound no digest
    assert ledger.fact("probe") == "x"


def test_evidence_and_plans_are_all_there(released: Database, keys: Keys) -> None:
    """Two studies a patient with the same headers, which are kept once; a plan keeps what executing it needs."""
    ledger = open_ledger(released, keys)
    rows = list(ledger.studies())
    expected = {each.study_instance_uid: each.evidence for each in (found(number) for number in range(len(rows)))}
    assert {row.study_instance_uid: row.evidence.headers for row in rows} == {
        study: (evidence,) for study, evidence in expected.items()
    }
    assert {row.evidence.study_date for row in rows} == {"20190304"}
    pages = [study for page in ledger.inventory() for study in page]
    assert len({study.headers_id for study in pages}) == (len(rows) + 1) // 2
    planned = [study for head in ledger.plans() for study in ledger.planned_studies(head.plan_id)]
    assert {(study.fingerprint, study.instances) for study in planned} == {("f" * 26, 3)}
    ledger.save_found([found(90)], now=NOW)
    assert ledger.study(uid(90)) is not None


def test_a_hospital_number_that_may_be_a_bsn_stands_in_clear_no_longer(released: Database, keys: Keys) -> None:
    names = "id, authority, value, merged, standing_at, refused, live, content"
    with released.begin() as connection:
        for key, value in enumerate((TEST_BSN, "1234567")):
            connection.exec_driver_sql(
                f"INSERT INTO epd_numbers ({names}) VALUES ({key}, 'HOSPITAL', '{value}', 0, 0, '', 0, '')"
            )
    open_ledger(released, keys)
    with released.read() as connection:
        concealed, clear = connection.exec_driver_sql("SELECT value FROM epd_numbers ORDER BY id").scalars()
    assert clear == "1234567"
    assert TEST_BSN not in concealed
    assert keys.reveal("epd-number", concealed.removeprefix("~"), b"HOSPITAL") == TEST_BSN


def test_patients_of_before_are_to_be_loaded_again_and_can_be(released: Database, keys: Keys) -> None:
    """A ledger of the first version with a loaded EPD: a plain sentence, no traceback, and a way on."""
    number = ("HOSPITAL", "4711")
    old = "\x1f".join(["Jansen", "", "", "", "Jan", "", "19700215", "M", TEST_BSN, "1", *"000000", "", "", "rule"])
    sealed = keys.seal("epd-record", old.encode(), "\x1f".join(number).encode())
    with released.begin() as connection:
        connection.exec_driver_sql("INSERT INTO epd_registry VALUES (1, 1, '', 0, 'rule', 'HOSPITAL')")
        values = {"authority": number[0], "value": number[1], "record": sealed, "at": 0}
        names = "id, authority, value, merged, standing_at, refused, live, content, record"
        insert = f"INSERT INTO epd_numbers ({names}) VALUES (1, :authority, :value, 0, 0, '', 1, '', :record)"
        connection.execute(text(insert), values)
    open_ledger(released, keys)
    registry = SqlRegistry(released, keys, "HOSPITAL")
    with pytest.raises(EpdError, match="earlier version"):
        registry.patient(LocalId(value="4711", authority="HOSPITAL"))
    registry.begin_load("rule")
    before = registry.patient(LocalId(value="4711", authority="HOSPITAL"))
    assert before is not None
    assert (before.name.surname, before.bsn_verified) == ("Jansen", False)
    news = News(NameParts("Jansen", given_names="Jan"), "19700215", "M", TEST_BSN, True)
    registry.apply([Change(1, ChangeKind.UPSERT, 20240101_120000_0000, (number,), (), news)], (), file="f", now=NOW)
    after = registry.patient(LocalId(value="4711", authority="HOSPITAL"))
    assert after is not None
    assert after.bsn_verified


def test_old_events_can_still_not_be_changed(released: Database, keys: Keys) -> None:
    open_ledger(released, keys)
    for statement in ("UPDATE events SET responsible = 'x'", "DELETE FROM events WHERE seq = 1"):
        with pytest.raises(DBAPIError, match="append-only"), released.begin() as connection:
            connection.execute(text(statement))


def test_it_is_led_forward_once(released: Database, keys: Keys) -> None:
    open_ledger(released, keys)
    before = _tables(released)
    open_ledger(released, keys)
    assert _tables(released) == before
    with released.read() as connection:
        assert connection.execute(select(ledger_meta.c.schema_version)).scalar_one() == SCHEMA_VERSION


def test_other_keys_lead_nothing_forward(released: Database) -> None:
    with pytest.raises(Exception, match="not the keys of this ledger"):
        open_ledger(released, Keys(master=bytes(32), signing=bytes(32)))
    with released.read() as connection:
        assert connection.execute(select(ledger_meta.c.schema_version)).scalar_one() == 1


def test_a_newer_ledger_is_never_led_back(database: Database) -> None:
    new_ledger(database, make_keys())
    with database.begin() as connection:
        connection.execute(update(ledger_meta).values(schema_version=SCHEMA_VERSION + 1))
    with pytest.raises(LedgerError, match="newer release"):
        open_ledger(database, make_keys())
