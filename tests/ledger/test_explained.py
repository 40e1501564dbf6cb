"""Whoever can write in the database, and knows its tables, changes no row that decides without being named.

The chain is left as it is in each of these: it would prove by itself. On both databases.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from remediate.ledger.database import Database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import reviews
from remediate.ledger.verification import verify_copy
from remediate.records.ledger import EventType
from remediate.records.reviews import Decision, ReviewDecision
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    NOW,
    begin,
    event,
    found,
    make_keys,
    move,
    new_ledger,
    planned_ledger,
    start_batch,
    take_claim,
    uid,
)

PLAN = "plan-0001"


@pytest.fixture
def night(ledger: SqlLedger) -> SqlLedger:
    """Six studies planned and approved, the first patient's two verified, a decision and a setting kept, one batch
    closed; then a study more was surveyed."""
    plan = planned_ledger(ledger, 6)
    ledger.approve(plan, event(EventType.APPROVED, plan=plan, actor="A. Reviewer"))
    batch = start_batch(ledger, plan)
    while uid(0) not in (claim := take_claim(ledger, batch)).studies:
        ledger.finish(claim, done=False)
    for study in claim.studies:
        begin(ledger, claim, study)
        move(ledger, claim, study, State.STORED, State.VERIFIED)
    ledger.finish(claim, done=True)
    ledger.close_batch(batch.batch_id, "", {}, event(EventType.BATCH_CLOSED, batch=batch.batch_id))
    ledger.set_fact("probe", "replaces", event(EventType.PROBE))
    ledger.save_reviews([_decision(5)], [event(EventType.REVIEW_DECISION, study=uid(5))])
    ledger.save_found([found(90)], now=NOW)
    assert ledger.verify().problems == ()
    return ledger


def _decision(number: int) -> ReviewDecision:
    return ReviewDecision(
        study_instance_uid=uid(number),
        decision=Decision.EXCLUDE,
        authority="HOSPITAL",
        epd_patient_id="E1",
        seen="s" * 26,
        settled="t" * 26,
        person="R. Beoordelaar",
        at=NOW,
        why="seen on paper",
    )


_OF_FIVE = f"study_instance_uid = '{uid(5)}'"
_OF_NEW = f"study_instance_uid = '{uid(90)}'"
WAYS = {
    "all planned studies set to verified": (
        "UPDATE studies SET state = 'verified' WHERE state = 'planned'",
        "4 x study 1.2.826.0.1.3680043.8.498.00000",
    ),
    "a study out of the plan": (f"UPDATE studies SET state = 'excluded' WHERE {_OF_FIVE}", uid(5)),
    "a study as if never seen": (f"UPDATE studies SET state = 'surveyed' WHERE {_OF_FIVE}", uid(5)),
    "a study verified no more": (f"UPDATE studies SET state = 'planned' WHERE study_instance_uid = '{uid(0)}'", uid(0)),
    "a study planned by hand": (f"UPDATE studies SET state = 'planned' WHERE {_OF_NEW}", uid(90)),
    "a study correct by hand": (
        f"UPDATE studies SET state = 'correct' WHERE {_OF_NEW}",
        "not all stand where plan-0001 put them",
    ),
    "a study of the night gone": (
        f"DELETE FROM intent_objects; DELETE FROM intents; DELETE FROM studies WHERE study_instance_uid = '{uid(0)}'",
        f"study {uid(0)}",
    ),
    "an approval put in": (
        f"INSERT INTO approvals VALUES ('{PLAN}', 'A. Nobody', '2026-11-23T21:15:00.123456Z', '+01:00', 'x')",
        "approval of plan-0001 by A. Nobody",
    ),
    "an approval gone": ("DELETE FROM approvals", "approval of plan-0001 by A. Reviewer"),
    "another digest of the plan": ("UPDATE plans SET digest = 'x'", "plan-0001: not the plan that was made"),
    "a plan superseded by hand": ("UPDATE plans SET superseded = 1", "superseded"),
    "a plan put in": (
        "INSERT INTO plans VALUES ('plan-0009', 'correct', 'd', 'p', '2026-11-23T21:15:00.123456Z', 'X', 1, 0)",
        "plan-0009: no event made it",
    ),
    "a study put in the plan": (
        "INSERT INTO plan_items (plan_id, study_instance_uid, patient_key, state)"
        f" VALUES ('{PLAN}', '{uid(90)}', 'k', 'planned')",
        "its studies are not those",
    ),
    "a study taken out of the plan": (f"DELETE FROM plan_items WHERE {_OF_FIVE}", "its studies are not those"),
    "other facts of a planned study": (f"UPDATE plan_items SET fingerprint = 'x' WHERE {_OF_FIVE}", "not those"),
    "a plan's study done by hand": (
        f"UPDATE plan_items SET state = 'verified' WHERE {_OF_FIVE}",
        f"study {uid(5)} of plan-0001: verified in the table, planned by the events",
    ),
    "a decision gone": ("DELETE FROM reviews", f"review decision on study {uid(5)}"),
    "a decision exchanged": ("UPDATE reviews SET sealed = substr(sealed, 2)", f"review decision on study {uid(5)}"),
    "a setting by hand": ("UPDATE facts SET value = 'anything' WHERE name = 'probe'", "setting probe"),
    "a setting put in": ("INSERT INTO facts VALUES ('more', 'x')", "setting more"),
    "a setting gone": ("DELETE FROM facts", "setting probe"),
    "a batch that is open again": ("UPDATE batches SET closed_at = NULL", "batch-0001: not as it was closed"),
    "a batch gone": (
        "DELETE FROM intent_objects; DELETE FROM intents; DELETE FROM data_keys; DELETE FROM batches",
        "batch-0001",
    ),
    "an intent let go": ("UPDATE intents SET outcome = 'dropped'", f"intent on study {uid(0)}"),
}
"""What is done, and a part of what must be named."""


@pytest.mark.parametrize("way", WAYS)
def test_no_row_changes_without_being_named(night: SqlLedger, database: Database, way: str) -> None:
    statements, told = WAYS[way]
    with database.begin() as connection:
        for statement in statements.split("; "):
            connection.execute(text(statement))
    report = night.verify()
    assert {one.problem for one in report.problems} <= {"row-unexplained", "row-missing"}
    named = [one.where for one in report.problems]
    number, _, part = told.rpartition(" x ")
    assert sum(part in where for where in named) >= int(number or 1)
    copy = verify_copy(database, public_key=make_keys().public_key, checkpoint_files=())
    assert copy.problems == report.problems


def _hollow(connection: Connection) -> None:
    """Triggers of the same names that do nothing."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, sql in found:
            connection.execute(text(f"DROP TRIGGER {name}"))
            connection.exec_driver_sql(sql.partition("BEGIN")[0] + "BEGIN SELECT 1; END")
        return
    body = "BEGIN RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END"
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION remediate_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    )


def _sleeping(connection: Connection) -> None:
    """Triggers that are there and never asked."""
    if connection.dialect.name == "sqlite":
        (sql,) = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'events_no_update'")).scalars()
        connection.execute(text("DROP TRIGGER events_no_update"))
        connection.exec_driver_sql(sql.replace("ON events", "ON events WHEN 1 = 0"))
        return
    connection.exec_driver_sql("ALTER TABLE events ENABLE REPLICA TRIGGER events_no_update")


def _another(connection: Connection) -> None:
    """One more, that changes what is written."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("CREATE TRIGGER more AFTER INSERT ON approvals BEGIN SELECT 1; END")
        return
    connection.exec_driver_sql("CREATE RULE more AS ON INSERT TO checkpoints DO INSTEAD NOTHING")


@pytest.mark.parametrize("change", [_hollow, _sleeping, _another])
def test_triggers_are_compared_word_for_word(
    database: Database, keys: Keys, change: Callable[[Connection], None]
) -> None:
    ledger = new_ledger(database, keys)
    assert ledger.verify().problems == ()
    with database.begin() as connection:
        change(connection)
    assert [one.problem for one in ledger.verify().problems] == ["protection-missing"]


@pytest.mark.parametrize("form", [[], [1]])
def test_a_decision_of_an_older_release_is_read_and_has_no_account(
    ledger: SqlLedger, database: Database, form: list[int]
) -> None:
    ledger.save_found([found(5)], now=NOW)
    decided = _decision(5)
    ledger.save_reviews([replace(decided, account="reviewer")], [])
    assert ledger.reviews((uid(5),))[uid(5)].account == "reviewer"
    said = [decided.decision.value, decided.authority, decided.epd_patient_id, decided.seen, decided.settled]
    fields = [*form, *said, decided.person, decided.at.isoformat(), decided.why]
    sealed = make_keys().seal("review", json.dumps(fields).encode(), uid(5).encode())
    with database.begin() as connection:
        connection.execute(reviews.update().values(sealed=sealed))
    assert ledger.reviews((uid(5),))[uid(5)] == decided
