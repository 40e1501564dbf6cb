"""A real Orthanc filled with the synthetic hospital, and the command line run on it as a person would."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from remediate.demo.epd_files import CSV_COLUMNS, write_epd
from remediate.demo.hospital import Hospital, build_hospital
from remediate.identity.bsn import problem_of
from tests.programs import require
from tests.servers import REPOSITORY, Server


@dataclass(kw_only=True)
class Night:
    """One hospital, one archive, one folder with configuration and ledger."""

    server: Server
    folder: Path
    hospital: Hospital
    epd_files: tuple[Path, ...]
    printed: list[str] = field(default_factory=list)
    plan: str = ""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command in a process of its own; its output is kept for the leak scan."""
        done = subprocess.run(
            [sys.executable, "-m", "remediate", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=280,
        )
        self.printed += [done.stdout, done.stderr]
        return done

    def answer(self, *arguments: str) -> dict[str, Any]:
        """The JSON answer of a command that must succeed."""
        done = self.run("--json", *arguments)
        assert done.returncode == 0, (arguments, done.returncode, done.stderr)
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def planned(self) -> list[str]:
        """Studies that the truth says are to be corrected."""
        return [s.study_instance_uid for s in self.hospital.studies if s.truth.expected_state == "planned"]

    def retrievable(self) -> list[str]:
        """Planned studies without JPEG: getscu proposes one compressed syntax at a time, and Orthanc then stops."""
        return [
            study.study_instance_uid
            for study in self.hospital.studies
            if study.truth.expected_state == "planned"
            and not any(".1.2.4." in item.transfer_syntax_uid for item in study.objects())
        ]

    def killed(self, seconds: float, *arguments: str) -> bool:
        """Start a command and kill -9 it; whether it was still running then."""
        process = subprocess.Popen(
            [sys.executable, "-m", "remediate", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        time.sleep(seconds)
        running = process.poll() is None
        if running:
            os.kill(process.pid, signal.SIGKILL)
        self.printed.append(process.communicate()[0])
        return running

    def prepare(self) -> str:
        """Everything up to an approved plan; answers the plan's identifier."""
        assert self.run("init").returncode == 0
        assert self.answer("doctor", "--probe")["probe"]["kind"] == "replaces"
        assert self.answer("survey")["complete"]
        self.answer("epd", "load", *map(str, self.epd_files))
        self.plan = self.answer("plan")["plan"]
        self.answer("approve", self.plan, "--by", "reviewer")
        return self.plan

    def get(self, study_uid: str, name: str) -> dict[str, bytes]:
        """Data set bytes by SOP Instance UID, retrieved by DCMTK's getscu without changing a bit."""
        folder = self.folder / "getscu" / name / study_uid
        folder.mkdir(parents=True)
        key = f"StudyInstanceUID={study_uid}"
        call = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", key, "-aec", self.server.aet, "+B", "-od", str(folder)]
        subprocess.run(
            [require("getscu", "DCMTK"), *call, "127.0.0.1", str(self.server.dicom)], check=True, capture_output=True
        )
        return {path.name: dataset(path.read_bytes()) for path in sorted(folder.iterdir())}

    def dumps(self, name: str, study_uid: str) -> Iterator[str]:
        """What dcmdump says of (0010,1000) and (0010,1002) at the top level of every object that `get` brought."""
        for path in sorted((self.folder / "getscu" / name / study_uid).iterdir()):
            call = [require("dcmdump", "DCMTK"), "-Un", "+L", str(path)]
            dump = subprocess.run(call, check=True, capture_output=True, encoding="latin-1").stdout
            yield "".join(re.findall(r"^\(0010,100[02]\).*?^(?=\((?!fffe))", dump, re.MULTILINE | re.DOTALL))


def dataset(part10: bytes) -> bytes:
    """What follows group 0002 (PS3.10 section 7.1)."""
    assert part10[128:132] == b"DICM"
    assert part10[132:136] == b"\x02\x00\x00\x00"
    return part10[144 + int.from_bytes(part10[140:144], "little") :]


def fill(server: Server, folder: Path, studies: int) -> Night:
    """An archive with the hospital's studies, and the configuration of the design beside the EPD's files."""
    folder.mkdir(parents=True, exist_ok=True)
    call = ["--port", str(server.dicom), "--called", server.aet, "--studies", str(studies)]
    script = REPOSITORY / "orthanc-test" / "load_hospital.py"
    subprocess.run([sys.executable, str(script), *call], check=True, capture_output=True)
    settings = {
        "archive": {"host": "127.0.0.1", "port": server.dicom, "called_ae_title": server.aet, "retrieve": "c-get"},
        "epd": {"default_issuer": "HOSPITAL", "csv": {"columns": CSV_COLUMNS}},
        "execute": {"associations": 2, "spool": {"min_free_bytes": 1_000_000}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    hospital = build_hospital(studies)
    return Night(server=server, folder=folder, hospital=hospital, epd_files=write_epd(hospital, folder / "epd"))


def numbers_like_bsn(text: str) -> list[str]:
    """Runs of exactly nine digits that pass the eleven-test."""
    return [number for number in re.findall(r"(?<!\d)\d{9}(?!\d)", text) if problem_of(number) is None]
