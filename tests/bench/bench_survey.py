"""Measures `remediate survey` beside DCMTK's findscu: the same archive, the same keys, taking turns in one run.

Run as a script: `python -m tests.bench.bench_survey [STUDIES] [--rounds N]`. It fills a real Orthanc with so many tiny
studies of several years, then asks for all of them: findscu once, in one query without dates; the survey as always, by
windows, with its second pass and its check for silent caps, into a new ledger. Prints studies a second, processor time
for each study, peak memory, and the ratio of the survey's pace to findscu's. Loading takes minutes and is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from pynetdicom.dsutils import encode

from remediate.config.archive import ArchiveSettings
from remediate.dicom.client import DicomArchive
from remediate.dicom.identifiers import STUDY_KEYS
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import OutgoingObject
from tests.programs import require
from tests.servers import Server, running_orthanc

ROOT = "1.2.826.0.1.3680043.8.498.88"
LOADERS = 3
YEARS = 12


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One process over all studies."""

    seconds: float
    busy: float  # processor seconds
    peak: int  # bytes


def objects(first: int, studies: int, step: int) -> Iterator[OutgoingObject]:
    """One tiny object for each study; the number stands in Other Patient IDs of one in five."""
    for number in range(first, studies, step):
        chance = random.Random(number)
        made = Dataset()
        made.SpecificCharacterSet = "ISO_IR 100"
        made.SOPClassUID, made.SOPInstanceUID = SecondaryCaptureImageStorage, f"{ROOT}.{number}.1.1"
        made.StudyInstanceUID, made.SeriesInstanceUID = f"{ROOT}.{number}", f"{ROOT}.{number}.1"
        month, day = 1 + chance.randrange(12), 1 + chance.randrange(28)
        made.StudyDate = f"{2010 + chance.randrange(YEARS)}{month:02d}{day:02d}"
        made.StudyTime = f"{chance.randrange(24):02d}{chance.randrange(60):02d}00"
        made.Modality, made.AccessionNumber, made.StudyID = chance.choice(["CT", "MR", "DX"]), f"A{number:07d}", "1"
        made.InstitutionName, made.StationName = "Ziekenhuis Oost", f"STATION{chance.randrange(9)}"
        made.PatientName, made.PatientID = f"Jansen{number % 4000}^A.", f"H{number % 8000:06d}"
        made.PatientBirthDate, made.PatientSex = f"19{30 + number % 60}0{1 + number % 9}15", chance.choice("MF")
        if chance.random() < 0.2:
            made.OtherPatientIDs = ["999911120", f"X-{number}"]
        made.SeriesNumber = made.InstanceNumber = 1
        body = encode(made, is_implicit_vr=False, is_little_endian=True)
        assert body is not None
        yield OutgoingObject(
            sop_instance_uid=made.SOPInstanceUID, sop_class_uid=made.SOPClassUID,
            transfer_syntax_uid=ExplicitVRLittleEndian, parts=[body], nbytes=len(body),
        )  # fmt: skip


def load(server: Server, studies: int) -> None:
    """Fill the archive over a few associations."""

    def part(first: int) -> None:
        archive = DicomArchive(ArchiveSettings(port=server.dicom, called_ae_title=server.aet), EvidenceSettings())
        assert all(result.status == 0 for result in archive.store(objects(first, studies, LOADERS)))
        archive.close()

    with ThreadPoolExecutor(LOADERS) as pool:
        list(pool.map(part, range(LOADERS)))


def timed(command: Sequence[str], folder: Path, output: Path) -> Turn:
    """Run one process; its own processor time and memory, children included."""
    with output.open("wb") as file:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}: {output.read_text()[-500:]}")
    return Turn(seconds=seconds, busy=used.ru_utime + used.ru_stime, peak=used.ru_maxrss * 1024)


def findscu(server: Server, folder: Path, studies: int) -> Turn:
    """Everything in one query, with the survey's keys; findscu prints every response (-v)."""
    tags = [Tag(keyword) for keyword in (*STUDY_KEYS, "OtherPatientIDsSequence")]
    keys = ["QueryRetrieveLevel=STUDY", *(f"{tag.group:04x},{tag.element:04x}" for tag in tags)]
    asked = [part for key in keys for part in ("-k", key)]
    output = folder / "findscu.txt"
    turn = timed(
        [require("findscu", "DCMTK"), "-v", "-S", *asked, "-aec", server.aet, "127.0.0.1", str(server.dicom)],
        folder,
        output,
    )
    found = output.read_text(errors="replace").count(f"UI [{ROOT}.")
    assert found >= studies, f"findscu printed {found} studies"
    return turn


def survey(server: Server, folder: Path, studies: int) -> Turn:
    """`remediate survey` into a new ledger."""
    folder.mkdir()
    settings = {"archive": {"port": server.dicom, "called_ae_title": server.aet, "headers": "none"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    program = [sys.executable, "-m", "remediate"]
    subprocess.run([*program, "init"], cwd=folder, check=True, capture_output=True)
    turn = timed([*program, "--json", "survey"], folder, folder / "survey.json")
    answer = json.loads((folder / "survey.json").read_text())
    assert (answer["studies"], answer["complete"]) == (studies, True), answer
    return turn


def tell(name: str, turns: Sequence[Turn], studies: int) -> float:
    """A line of figures over all turns; answers studies a second."""
    seconds, busy = sum(turn.seconds for turn in turns), sum(turn.busy for turn in turns)
    pace, peak = studies * len(turns) / seconds, max(turn.peak for turn in turns)
    each = busy / studies / len(turns) * 1000
    print(f"{name:<18} {pace:8,.0f} studies/s   {each:6.3f} ms of processor a study   peak {peak / 1e6:5.0f} MB")
    return pace


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", type=int, nargs="?", default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args()
    with running_orthanc() as server, tempfile.TemporaryDirectory() as name:
        folder, begun = Path(name), time.perf_counter()
        load(server, chosen.studies)
        print(f"{chosen.studies:,} studies loaded in {time.perf_counter() - begun:.0f} s", flush=True)
        theirs, ours = [], []
        for number in range(chosen.rounds):
            theirs.append(findscu(server, folder, chosen.studies))
            ours.append(survey(server, folder / f"{number}", chosen.studies))
        slow, fast = tell("findscu", theirs, chosen.studies), tell("remediate survey", ours, chosen.studies)
        print(f"survey / findscu: {fast / slow:.2f} (goal: at least 1.00)")


if __name__ == "__main__":
    main()
