"""A folder in which the whole job is done for tests: synthetic hospital, embedded archive, configuration, ledger.

Nothing is mocked: commands go through the real command line, over real associations, into a real SQLite file.
"""

from __future__ import annotations

import fcntl
import io
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from pydicom import dcmread

from remediate.cli.commands import CommandState as CommandState
from remediate.cli.exit_codes import codes_of
from remediate.cli.main import invoke
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.config.yaml_text import read_yaml
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.epd_files import CSV_COLUMNS, write_epd
from remediate.demo.faults import Faults
from remediate.demo.holdings import FolderStore
from remediate.demo.hospital import Hospital, Study, build_hospital
from remediate.demo.part10 import DicomObject, to_part10
from remediate.records.states import State
from remediate.wiring import Session
from tests.servers import free_port as free_port

PLAN = "plans/plan-0001/plan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one command ended and what it said."""

    code: int
    out: str = field(repr=False)
    err: str = field(repr=False)

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON document on stdout; fails when there is anything else."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def one_line(self) -> str:
        """The single line on stderr; fails when there are more or none."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, f"{len(lines)} lines on stderr: {self.err!r}"
        return lines[0]


def run(*arguments: str) -> Ran:
    """One command of the real command line, in this process."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = invoke(list(arguments))
    assert int(code) in codes_of(arguments), f"{code} is no code of {arguments[:4]} in docs/exit-codes.md"
    return Ran(code=int(code), out=out.getvalue(), err=err.getvalue())


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """One folder with everything in it. `port` is where its archive listens whenever it runs."""

    folder: Path
    hospital: Hospital
    port: int

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def plan(self) -> str:
        """The first plan's file."""
        return str(self.folder / PLAN)

    def configure(self, **sections: dict[str, Any]) -> None:
        """Merge settings into the configuration file."""
        raw = read_yaml(self.config.read_text()) if self.config.exists() else self._settings()
        for name, values in sections.items():
            _merge(raw.setdefault(name, {}), values)
        self.config.write_text(yaml.safe_dump(raw, sort_keys=False))

    def _settings(self) -> dict[str, Any]:
        return {
            "archive": {
                "host": "127.0.0.1",
                "port": self.port,
                "called_ae_title": "ARCHIVE",
                "retries": 1,
                "timeouts": {"connect": 5, "association": 5, "message": 10, "network": 10, "store": 5},
            },
            "epd": {"default_issuer": "HOSPITAL", "csv": {"columns": CSV_COLUMNS}},
            "execute": {"ramp": [], "patience_seconds": 0, "spool": {"min_free_bytes": 1000}},
        }

    def run(self, *arguments: str) -> Ran:
        """One command with this configuration, in this process; what it says, without the configuration that each
        command in it names."""
        ran, named = run("--config", str(self.config), *arguments), f" --config {shlex.quote(str(self.config))}"
        return replace(ran, out=ran.out.replace(named, ""), err=ran.err.replace(named, ""))

    def json(self, *arguments: str) -> Ran:
        """The same with --json."""
        return self.run("--json", *arguments)

    def must(self, *arguments: str, code: int = 0) -> Ran:
        """The same, failing the test when it ends otherwise."""
        ran = self.json(*arguments)
        assert ran.code == code, f"{arguments[0]} ended with {ran.code}: {ran.err}{ran.out}"
        return ran

    def start(self, *arguments: str, quiet_seconds: float = 0.0) -> subprocess.Popen[str]:
        """One command as a process of its own; an archive is called silent after so many seconds."""
        program = ["-m", "remediate"]
        if quiet_seconds:
            set_up = f"import remediate.dicom.sockets as sockets; sockets.QUIET_SECONDS = {quiet_seconds}"
            program = ["-c", f"{set_up}; from remediate.__main__ import main; main()"]
        return subprocess.Popen(
            [sys.executable, *program, "--config", str(self.config), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def archive(self, faults: Faults | None = None, *, move_to: int = 0) -> Iterator[EmbeddedArchive]:
        """The archive, listening for the length of the block; by C-MOVE it sends to our port `move_to`."""
        known = {"REMEDIATE": ("127.0.0.1", move_to)} if move_to else None
        folder = self.folder / "archive"
        with EmbeddedArchive(folder, port=self.port, faults=faults, known_destinations=known) as archive:
            yield archive

    @contextmanager
    def acting_as(self, account: str) -> Iterator[None]:
        """Commands of this process are given under another account of the operating system."""
        with patch("remediate.cli.wiring.account", return_value=account):
            yield

    @contextmanager
    def session(self, *, exclusive: bool = True) -> Iterator[Session]:
        """The parts that a command works with."""
        with session(CommandState(self.config, Output(), language_given=False), exclusive=exclusive) as work:
            yield work

    def copy(self, folder: Path) -> Workplace:
        """Everything as it is now, in another folder; the archive's port stays, so only one of them runs at a time."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        (folder / "spool").mkdir(mode=0o700, exist_ok=True)  # copied with its mode, or not made so far
        return Workplace(folder=folder, hospital=self.hospital, port=self.port)

    def states(self) -> dict[str, State]:
        """Where every study stands."""
        with self.session(exclusive=False) as work:
            return {row.study_instance_uid: row.state for row in work.ledger.studies()}

    def reasons(self) -> dict[str, str]:
        """Why."""
        with self.session(exclusive=False) as work:
            return {row.study_instance_uid: row.reason for row in work.ledger.studies()}

    def planned(self) -> tuple[Study, ...]:
        """The studies that must be corrected, by the hospital's truth."""
        return tuple(study for study in self.hospital.studies if study.truth.expected_state == "planned")

    def left_in_spool(self) -> list[Path]:
        """Files that a finished run left behind."""
        return [path for path in (self.folder / "spool").rglob("*") if path.is_file()]


def _merge(into: dict[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def new_workplace(
    folder: Path, hospital: Hospital, port: int, studies: Iterable[Study] | None = None, *, ledger_url: str = ""
) -> Workplace:
    """A configured folder with keys and ledger, its archive filled, its EPD files written; nothing surveyed yet."""
    place = Workplace(folder=folder, hospital=hospital, port=port)
    folder.mkdir(parents=True, exist_ok=True)
    place.configure(**({"ledger": {"url": ledger_url}} if ledger_url else {}))
    files = FolderStore(folder / "archive")
    for study in hospital.studies if studies is None else studies:
        for item in objects_of(study):
            files.put(study.study_instance_uid, item)
    write_epd(hospital, folder / "epd")
    place.must("init", "--dir", str(folder))
    return place


_MADE: dict[int, tuple[Study, tuple[DicomObject, ...]]] = {}


def objects_of(study: Study) -> tuple[DicomObject, ...]:
    """Its objects, made once for all tests of this process: making them takes longer than most of what is tested."""
    if id(study) not in _MADE:
        _MADE[id(study)] = study, tuple(study.objects())
    return _MADE[id(study)][1]


def load_epd(place: Workplace) -> None:
    """The EPD's files, in their order; a very small hospital has no messages."""
    files = [place.folder / "epd" / name for name in ("patienten.csv", "adt.hl7", "zorgdomein.hl7")]
    place.must("epd", "load", *(str(path) for path in files if path.stat().st_size))


def planned_workplace(
    folder: Path, hospital: Hospital, port: int, studies: Iterable[Study] | None = None, *, ledger_url: str = ""
) -> Workplace:
    """The same, probed, surveyed, EPD loaded, planned and approved."""
    place = new_workplace(folder, hospital, port, studies, ledger_url=ledger_url)
    with place.archive():
        place.must("doctor", "--probe")
        place.must("survey", "--headers", "series")
        load_epd(place)
        place.must("plan", "--out", str(folder / "plans" / "plan-0001"))
        place.must("approve", place.plan, "--by", "A. Reviewer")
    return place


def contents(archive: EmbeddedArchive, study_uids: Iterable[str]) -> dict[str, tuple[DicomObject, ...]]:
    """What the archive holds of these studies."""
    return {uid: archive.objects(uid) for uid in study_uids}


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of an archive's folder, byte for byte."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


_SHARED: dict[int, Workplace] = {}


def shared_workplace(base: Path, studies: int) -> Workplace:
    """One approved plan over a small hospital for all tests of this run; work on copies of it."""
    if studies not in _SHARED:
        _SHARED[studies] = planned_workplace(base, build_hospital(studies), free_port())
    return _SHARED[studies]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRun:
    """One run of `remediate demo` as a process, with everything that it printed and left behind."""

    folder: Path
    code: int
    out: str = field(repr=False)
    err: str = field(repr=False)
    hospital: Hospital = field(repr=False)

    @property
    def place(self) -> Workplace:
        """The demo's folder as a workplace; its archive no longer listens."""
        port = read_yaml((self.folder / "config.yaml").read_text())["archive"]["port"]
        return Workplace(folder=self.folder, hospital=self.hospital, port=port)


def shared_demo(ours: Path, everybodys: Path) -> DemoRun:
    """The demo, run once for all processes of this run, in a folder of theirs; answers a copy in a folder of ours."""
    first, told = everybodys / "demo", everybodys / "demo.json"
    with (everybodys / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            command = [sys.executable, "-m", "remediate", "demo", "--dir", str(first)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
            told.write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
    code, *said = json.loads(told.read_text().replace(str(first), str(ours / "demo")))
    shutil.copytree(first, ours / "demo")
    return DemoRun(folder=ours / "demo", code=code, out=said[0], err=said[1], hospital=build_hospital(60))


def bsn_places(item: DicomObject, digits: str) -> tuple[int, int, int]:
    """How often a BSN stands in complete items of (0010,1002), in incomplete ones, and in (0010,1000)."""
    header = dcmread(io.BytesIO(to_part10(item)), stop_before_pixels=True)
    items = [one for one in header.get("OtherPatientIDsSequence", []) if one.get("PatientID") == digits]
    complete = [one for one in items if one.get("IssuerOfPatientID") == "NLMINBIZA"]
    others = header.get("OtherPatientIDs") or []
    values = [others] if isinstance(others, str) else list(others)
    return len(complete), len(items) - len(complete), sum(digits in str(value) for value in values)


def assert_corrected(archive: EmbeddedArchive, studies: Iterable[Study]) -> None:
    """Every object of these studies carries its BSN exactly once, in the right place, and none is missing."""
    for study in studies:
        held = archive.objects(study.study_instance_uid)
        assert [o.sop_instance_uid for o in held] == sorted(o.sop_instance_uid for o in objects_of(study))
        assert study.truth.bsn is not None
        for item in held:
            assert bsn_places(item, study.truth.bsn.digits) == (1, 0, 0), study.truth.variant
