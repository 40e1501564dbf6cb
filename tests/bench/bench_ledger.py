"""How fast the ledger appends in groups and verifies; run by hand: python -m tests.bench.bench_ledger [EVENTS]."""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from remediate.ledger.database import open_database
from remediate.ledger.key_files import create_keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.verification import walk_chain
from remediate.records.ledger import EventType, NewEvent
from remediate.records.states import State

GROUP = 1_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def group(first: int) -> list[NewEvent]:
    """Events as a night makes them."""
    return [
        NewEvent(
            type=EventType.VERIFIED if number % 4 else EventType.INTENT,
            at=START + timedelta(milliseconds=number),
            study=f"1.2.826.0.1.3680043.8.498.{number // 4}",
            patient=f"patient{number // 12:019d}",
            batch="batch-0001",
            plan="plan-0001",
            state=State.VERIFIED if number % 4 else State.INTENT,
            reason="read-back",
            details={"instances": 120, "stored": 120},
        )
        for number in range(first, first + GROUP)
    ]


def add_rows(path: Path) -> None:
    """The studies and intents of which the events tell: verifying compares them."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(
            "INSERT INTO studies (study_instance_uid, state, study_date, modalities, institution_name, station_name,"
            " referring_department, accession_number, source, index_digest, patient_key, changed_at)"
            " SELECT DISTINCT study, 'verified', '', '', '', '', '', x'', 'probe', '', patient, '' FROM events"
            " WHERE study <> ''"
        )
        raw.execute(
            "INSERT INTO intents (study_instance_uid, plan_id, batch_id, kind, spool_folder, at, outcome)"
            " SELECT study_instance_uid, 'plan-0001', 'batch-0001', 'correct', '', '', 'verified' FROM studies"
        )
        raw.commit()


def main() -> None:
    """Print one line for appending and one for verifying."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/ledger.db", create=True)
        keys = create_keys(Path(folder) / "keys.json")
        ledger = SqlLedger.create(
            database, keys, system_account="bench", software="remediate 0", config_digest="a" * 52, now=START
        )
        spent = busy = 0.0
        for first in range(0, wanted, GROUP):
            events = group(first)
            begun, at_work = time.perf_counter(), time.process_time()
            ledger.record(*events)
            spent += time.perf_counter() - begun
            busy += time.process_time() - at_work
        print(f"appended {wanted} events in groups of {GROUP}: {wanted / spent:,.0f}/s, {wanted / busy:,.0f}/s of CPU")
        begun, at_work = time.perf_counter(), time.process_time()
        with database.read() as connection:
            walk_chain(connection, ledger.ledger_id, ())
        print(f"the chain alone in {time.perf_counter() - begun:.1f} s, {time.process_time() - at_work:.1f} s of CPU")
        add_rows(Path(folder) / "ledger.db")
        begun, at_work = time.perf_counter(), time.process_time()
        report = ledger.verify()
        spent, busy = time.perf_counter() - begun, time.process_time() - at_work
        if report.problems or report.events != wanted + 1:
            raise SystemExit(f"the ledger does not verify: {report.problems[:3]}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"verified {report.events} events in {spent:.1f} s, {busy:.1f} s of CPU; peak memory {peak:.0f} MiB")
        database.close()


if __name__ == "__main__":
    main()
