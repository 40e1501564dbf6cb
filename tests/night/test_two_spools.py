"""A study that was begun goes on where its originals lie; a machine with another spool says where, and does nothing."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
import yaml

from remediate.config.yaml_text import read_yaml
from remediate.demo.faults import Break, ConversationEnding, Faults, Phase, nth
from remediate.demo.hospital import build_hospital
from remediate.records.states import State
from tests.workplace import Workplace, assert_corrected, free_port, planned_workplace, run

HOSPITAL = build_hospital(60)
OURS = [study for study in HOSPITAL.studies if study.truth.expected_state == "planned"][:1]
BEGUN = Faults(breaks=(Break(phase=Phase.STORED, by=ConversationEnding.CLOSE, on=nth(1)),))


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = planned_workplace(tmp_path / "place", HOSPITAL, free_port(), OURS)
    made.configure(archive={"retries": 0}, execute={"associations": 1, "attempts": 2, "breaker": 1})
    with made.archive(BEGUN):
        made.must("execute", made.plan, "--now", code=1)
    assert made.states()[OURS[0].study_instance_uid] is State.FAILED
    return made


def _second_machine(place: Workplace) -> str:
    settings = read_yaml(place.config.read_text())
    settings["execute"]["spool"]["folder"] = str(place.folder / "spool-2")
    path = place.folder / "second.yaml"
    path.write_text(yaml.safe_dump(settings))
    return str(path)


def test_originals_in_another_machines_spool_are_named_and_count_no_attempt(place: Workplace) -> None:
    second, first = _second_machine(place), f"{socket.gethostname()}:{place.folder / 'spool'}"
    with place.archive() as archive:
        for _ in range(3):  # more often than there are attempts
            ran = run("--config", second, "execute", place.plan, "--now")
            assert ran.code == 3, ran.out + ran.err
            assert f"{len(OURS)} x originals-elsewhere" in ran.out
            assert "Stopped" not in ran.out, "no trouble for breaker or ramp"
            assert "on the machine that has the originals" in ran.out
        assert place.json("status").answer["originals"] == {first: len(OURS)}
        told = place.must("ledger", "list", "--study", OURS[0].study_instance_uid).answer["events"][-1]
        assert (told["reason"], told["details"]["originals"]) == ("originals-elsewhere", first)
        assert "andere machine" in run("--config", second, "--lang", "nl", "execute", place.plan, "--now").out
        place.must("execute", place.plan, "--now")
        assert_corrected(archive, OURS)
    assert place.states()[OURS[0].study_instance_uid] is State.VERIFIED
    assert place.must("ledger", "verify").answer["ok"]


def test_originals_that_are_gone_from_our_own_spool_are_said_to_be_gone(place: Workplace) -> None:
    shutil.rmtree(place.folder / "spool")
    with place.archive():
        ran = place.run("execute", place.plan, "--now")
    assert ran.code == 1
    assert "originals-gone" in ran.out
