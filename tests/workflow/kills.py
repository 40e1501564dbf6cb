"""Kills `execute` in the middle, as a power cut does, and looks at what is left; shared by test and soak."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time

from workplace import Workplace, assert_corrected

from remediate.demo.archive import EmbeddedArchive
from remediate.records.states import State


def events(place: Workplace) -> int:
    """How many events the ledger holds at this moment, read from outside."""
    with contextlib.closing(sqlite3.connect(f"file:{place.folder / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])


def kill_after(place: Workplace, more_events: int, later: float = 0.0, *, plan: str = "") -> bool:
    """Start `execute`, kill -9 so many events and seconds later. False: it was faster."""
    target = events(place) + more_events
    process = place.start("execute", plan or place.plan, "--now")
    try:
        while process.poll() is None and events(place) < target:
            time.sleep(0.002)
        time.sleep(later)
        killed = process.poll() is None
        process.send_signal(signal.SIGKILL)
    finally:
        process.communicate(timeout=30)
    return killed


def assert_whole(place: Workplace, archive: EmbeddedArchive) -> None:
    """`execute` once more: every planned study verified, no BSN twice, nothing missing, the ledger proved."""
    answer = place.must("execute", place.plan, "--now").answer
    assert answer["remaining"] == 0
    states = place.states()
    assert {states[study.study_instance_uid] for study in place.planned()} == {State.VERIFIED}
    assert_corrected(archive, place.planned())
    proof = place.must("ledger", "verify").answer
    assert proof["ok"], proof["problems"]
    assert place.left_in_spool() == [], "originals of verified studies stay behind"
