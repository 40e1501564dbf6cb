"""A plan's digest says what was decided: the same on every machine, at any time, in whatever order the facts came."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from remediate.demo.epd_files import CSV_NAME, HL7_NAME, ZORGDOMEIN_NAME, csv_text, write_epd
from remediate.demo.hospital import Hospital, build_hospital
from remediate.demo.people import Feed
from tests.cli.test_answers import study_list
from tests.workplace import Workplace, load_epd

STUDIES = 12  # as many as `study_list` holds
PORT = 11199  # of an archive that nobody asks: its address is part of a plan
FILES = (CSV_NAME, HL7_NAME, ZORGDOMEIN_NAME)
COMMANDS = (
    "import json, sys; from remediate.cli.main import invoke; print([int(invoke(a)) for a in json.load(sys.stdin)])"
)
ELSEWHERE = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "4711", "PYTHONUTF8": "0"}


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return build_hospital(STUDIES)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, hospital: Hospital) -> Workplace:
    """Registry and inventory on the first machine, not yet planned."""
    place = _machine(tmp_path_factory.mktemp("first"), hospital)
    place.must("init", "--dir", str(place.folder))
    place.must("survey", "import", str(place.folder / "studies.csv"))
    load_epd(place)
    return place


def _machine(folder: Path, hospital: Hospital) -> Workplace:
    folder.mkdir(exist_ok=True)
    place = Workplace(folder=folder, hospital=hospital, port=PORT)
    place.configure()
    write_epd(hospital, folder / "epd")
    for name in (HL7_NAME, ZORGDOMEIN_NAME):
        _each_at_its_own_moment(folder / "epd" / name)
    study_list(folder)
    return place


def _each_at_its_own_moment(path: Path) -> None:
    """The hospital writes all messages at one moment, where the file's order counts."""
    messages = (
        text.replace(b"20250106080000", f"2025010608{at // 60:02d}{at % 60:02d}".encode())
        for at, text in enumerate(_messages(path.read_bytes()))
    )
    path.write_bytes(b"".join(messages))


def _plan(place: Workplace) -> str:
    digest: str = place.must("plan").answer["digest"]
    return digest


def _shuffle(path: Path, parts: Callable[[bytes], list[bytes]], chance: random.Random) -> None:
    head, *rest = parts(path.read_bytes())
    chance.shuffle(rest)
    path.write_bytes(head + b"".join(rest))


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _messages(content: bytes) -> list[bytes]:
    return [b"", *(b"MSH" + text for text in content.split(b"MSH")[1:])]


def test_another_machine_with_the_same_facts_in_another_order_makes_the_same_plan(
    first: Workplace, hospital: Hospital, tmp_path: Path
) -> None:
    """Another folder, process, time zone, locale and hash seed; only the key file is the same."""
    second = _machine(tmp_path / "far away", hospital)
    shutil.copy(first.folder / "keys.json", second.folder / "keys.json")
    chance = random.Random(7)
    for path in (second.folder / "studies.csv", second.folder / "epd" / CSV_NAME):
        _shuffle(path, _lines, chance)
    for name in (HL7_NAME, ZORGDOMEIN_NAME):
        _shuffle(second.folder / "epd" / name, _messages, chance)
    assert (second.folder / "epd" / HL7_NAME).read_bytes() != (first.folder / "epd" / HL7_NAME).read_bytes()
    files = [str(second.folder / "epd" / name) for name in FILES]
    commands = [["init", "--dir", str(second.folder)], *(["epd", "load", name] for name in files)]
    commands += [["survey", "import", str(second.folder / "studies.csv")], ["epd", "load", *files], ["plan"]]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input=json.dumps([["--json", "--config", str(second.config), *command] for command in commands]),
        env={**os.environ, **ELSEWHERE},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == str([0] * len(commands)), done.stderr
    plan = json.loads(Path(second.plan).read_text())
    assert len(plan["studies"]) == STUDIES
    assert sum(study["state"] == "planned" for study in plan["studies"]) > 2
    assert plan["digest"] == _plan(first)


def test_a_second_plan_of_the_same_facts_is_the_same_plan(first: Workplace) -> None:
    before = _plan(first)
    load_epd(first)
    assert _plan(first) == before


@pytest.mark.parametrize("change", ["bsn_verified", "birth_date", "surname"])
def test_a_changed_record_of_the_epd_changes_the_plan_and_back(first: Workplace, tmp_path: Path, change: str) -> None:
    shutil.copytree(first.folder, tmp_path / "copy")
    place = replace(first, folder=tmp_path / "copy")
    before = _plan(place)
    person = next(p for p in place.hospital.people if p.feed is Feed.CSV and p.bsn and p.bsn_verified)
    changed = {
        "bsn_verified": replace(person, bsn_verified=False),
        "birth_date": replace(person, birth_date=person.birth_date.replace(year=1903)),
        "surname": replace(person, name=replace(person.name, surname="Anders")),
    }[change]
    digests = []
    for row in (changed, person):
        file = place.folder / "epd" / "later.csv"
        file.write_text(csv_text([row]), encoding="utf-8")
        place.must("epd", "load", str(file))
        digests.append(_plan(place))
    assert digests[0] != before
    assert digests[1] == before


def test_keys_of_another_ledger_make_another_plan(first: Workplace, hospital: Hospital, tmp_path: Path) -> None:
    """Fingerprints are keyed: who has no key cannot try which birth date fits the digest."""
    other = _machine(tmp_path / "other", hospital)
    other.must("init", "--dir", str(other.folder))
    other.must("survey", "import", str(other.folder / "studies.csv"))
    load_epd(other)
    assert _plan(other) != _plan(first)
