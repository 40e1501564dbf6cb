"""A stock Orthanc that ignores what is stored again, and commands that are killed in the middle of their work."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from remediate.identity.bsn import BSN_AUTHORITY
from tests.acceptance.orthanc_hospital import Night, fill
from tests.servers import StartArchive

pytestmark = [pytest.mark.orthanc, pytest.mark.dcmtk]

KILLS = (0.0, 0.3, 0.8, 1.5)
"""Seconds after a command's first work; `soak_kills --orthanc` kills at any moment for as long as told."""


def test_a_stock_orthanc_is_found_out_and_refused(start_orthanc: StartArchive, tmp_path: Path) -> None:
    with start_orthanc("stock") as server:
        found = fill(server, tmp_path, 12)
        assert found.run("init").returncode == 0
        doctor = found.run("--json", "doctor", "--probe")
        assert doctor.returncode == 2
        assert json.loads(doctor.stdout)["probe"]["kind"] == "ignores"
        found.answer("survey")
        found.answer("epd", "load", *map(str, found.epd_files))
        plan = found.answer("plan")["plan"]
        found.answer("approve", plan, "--by", "reviewer")
        refused = found.run("execute", plan, "--now")
        assert refused.returncode == 1
        assert "ignores re-stored objects" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


def test_killed_at_four_moments_and_finished(start_orthanc: StartArchive, tmp_path: Path) -> None:
    with start_orthanc("overwriting") as server:
        found = fill(server, tmp_path, 20)
        plan = found.prepare()
        begun = _seconds_until_work(found, plan)
        killed = sum(found.killed(begun + moment, "execute", plan, "--now") for moment in KILLS)
        assert killed, "at least one command was killed while it worked"
        done = found.run("execute", plan, "--now")
        assert done.returncode == 0, done.stdout + done.stderr
        expected = set(found.planned())
        verified = {event["study"] for event in found.answer("ledger", "list", "--type", "verified")["events"]}
        assert verified == expected
        for study in found.retrievable():
            found.get(study, "killed")
            for dump in found.dumps("killed", study):
                assert dump.count(f"[{BSN_AUTHORITY}") == 1
        assert found.answer("ledger", "verify")["ok"]


def _seconds_until_work(found: Night, plan: str) -> float:
    """How long a command takes before it works, so that the kills hit the work on any machine."""
    begin = time.monotonic()
    assert found.run("execute", plan, "--now", "--max-studies", "1").returncode == 3
    return max(0.2, (time.monotonic() - begin) * 0.6)
