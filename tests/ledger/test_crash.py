"""Killed at any moment: what was promised is there, what was not is absent, and the chain is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from remediate.ledger.database import hold_lock, open_database
from remediate.ledger.keys import Keys
from remediate.records.ledger import EventType
from remediate.records.states import State
from tests.ledger.ledger_samples import new_ledger, next_claim, open_ledger, planned_ledger, start_batch
from tests.servers import REPOSITORY

_SETUP = """
import sys, os
sys.path.insert(0, sys.argv[2])
from tests.ledger.ledger_samples import *
from remediate.ledger.database import open_database, hold_lock
ledger = open_ledger(open_database(sys.argv[1], create=False), make_keys())
"""
_APPENDS = """
first = 0
while True:
    ledger.record(*night(50, first=first))
    first += 50
    print(first, flush=True)
"""
_INTENTS = """
with hold_lock(sys.argv[1]):
    batch = start_batch(ledger, sys.argv[3])
    while (claim := next_claim(ledger, batch.batch_id, "worker")) is not None:
        for study in claim.studies:
            begin(ledger, claim, study)
            print(study, flush=True)
            move(ledger, claim, study, State.STORED, State.VERIFIED)
        ledger.finish(claim, done=True)
"""


def _killed(script: str, url: str, folder: Path, seconds: float, *more: str) -> list[str]:
    """Run the script, kill it with SIGKILL so long after its first line, and answer the lines it wrote."""
    output = folder / "output.txt"
    command = [sys.executable, "-c", _SETUP + script, url, str(REPOSITORY), *more]
    with output.open("w") as stdout:
        process = subprocess.Popen(command, stdout=stdout)
        deadline = time.monotonic() + 60
        while not output.stat().st_size and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return output.read_text().splitlines()


@pytest.mark.parametrize("seconds", [0.0, 0.13])
def test_killed_amid_appends(sqlite_url: str, keys: Keys, tmp_path: Path, seconds: float) -> None:
    database = open_database(sqlite_url, create=True)
    new_ledger(database, keys)
    database.close()
    promised = int(_killed(_APPENDS, sqlite_url, tmp_path, seconds)[-1])
    ledger = open_ledger(open_database(sqlite_url, create=False), keys)
    report = ledger.verify()
    assert report.problems == ()
    assert report.events - 1 in (promised, promised + 50)


@pytest.mark.parametrize("seconds", [0.0, 0.07])
def test_killed_amid_intents(sqlite_url: str, keys: Keys, tmp_path: Path, seconds: float) -> None:
    database = open_database(sqlite_url, create=True)
    ledger = new_ledger(database, keys)
    plan = planned_ledger(ledger, 150)
    database.close()
    promised = _killed(_INTENTS, sqlite_url, tmp_path, seconds, plan)
    ledger = open_ledger(open_database(sqlite_url, create=False), keys)
    assert ledger.verify().problems == ()
    begun = {each.event.study for each in ledger.events(type_=EventType.INTENT)}
    assert set(promised) <= begun
    assert len(begun) - len(promised) in (0, 1)
    left = ledger.open_studies()
    assert len(left) <= 1
    verified = {row.study_instance_uid for row in ledger.studies([State.VERIFIED])}
    assert verified | set(left) == begun
    for study in left:
        assert ledger.open_intent(study) is not None
    for study in verified:
        assert ledger.last_verified(study) is not None
    with hold_lock(sqlite_url):
        batch = start_batch(ledger, plan)
        handed_out: set[str] = set()
        while (claim := next_claim(ledger, batch.batch_id, "next")) is not None:
            handed_out |= set(claim.studies)
    assert len(handed_out) == 150 - len(verified)
    assert set(left) <= handed_out
