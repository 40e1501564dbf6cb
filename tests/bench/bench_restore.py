"""Measures the re-store of whole studies on a stock Orthanc (overwriting on) beside the other ways to do it.

Run as a script: `python -m tests.bench.bench_restore [--kinds ct,small,large] [--only abcde] [--studies N]`. The ways
take turns in one run, each on studies of its own: (a) getscu, dcmodify and storescu for each study, nothing read
back; (b) the same with TCP_NODELAY=1; (c) a plain pynetdicom loop; (d) Orthanc's own modify by REST, in its process;
(e) `remediate execute`, everything read back and verified. Prints objects a second, processor time of our side and of
the archive's for each object, peak memory of `execute`, and the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import yaml

from remediate.config.archive import ArchiveSettings
from remediate.demo.epd_files import CSV_COLUMNS, write_epd
from remediate.demo.hospital import Hospital, Study, build_hospital
from tests.bench import restore_rivals as rivals
from tests.bench.restore_studies import Kind, choose, fill, of_kind
from tests.servers import running_orthanc

KINDS = (
    Kind(name="ct", studies=10, instances=100, side=512),
    Kind(name="small", studies=20, instances=100, side=64),
    Kind(name="large", studies=2, instances=2, side=512, frames=200),
)
WAYS = {
    "a": "getscu + dcmodify + storescu",
    "b": "the same, TCP_NODELAY=1",
    "c": "plain pynetdicom loop",
    "d": "Orthanc's modify by REST",
    "e": "remediate execute, verified",
}
GOALS = (("e", "a", 10.0), ("e", "b", 5.0), ("e", "d", 0.5))
ROUNDS = 2
FILES = ("patienten.csv", "adt.hl7", "zorgdomein.hl7")


@dataclass(kw_only=True)
class Score:
    """What one way did so far."""

    objects: int = 0
    seconds: float = 0.0
    busy: float = 0.0  # processor seconds of our side
    archive: float = 0.0  # and of the archive
    peak_mib: float = 0.0
    at_work: float = 0.0  # seconds between the opening and the end of a batch: without the start of the program

    @property
    def pace(self) -> float:
        """Objects a second."""
        return self.objects / self.seconds if self.seconds else 0.0


@dataclass(kw_only=True)
class Field:
    """One archive, one folder, and the studies of each way."""

    kind: Kind
    place: rivals.Place
    archive_pid: int
    folder: Path
    hospital: Hospital
    studies: dict[str, list[Study]]
    scores: dict[str, Score] = field(default_factory=dict)

    @property
    def settings(self) -> ArchiveSettings:
        return ArchiveSettings(host=self.place.host, port=self.place.dicom, called_ae_title=self.place.aet)

    def remediate(self, *arguments: str) -> dict[str, object]:
        """One command as a process; its JSON answer."""
        command = [sys.executable, "-m", "remediate", "--json", *arguments]
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _peak_mib(process.pid))
            time.sleep(0.05)
        assert process.stdout is not None
        if process.returncode not in (0, 3):
            raise RuntimeError(f"{arguments[0]} ended with {process.returncode}")
        found: dict[str, object] = json.load(process.stdout)
        if arguments[0] == "execute":
            score = self.scores["e"]
            score.peak_mib = max(score.peak_mib, peak)
            score.at_work += float(str(found["seconds"]))
        return found

    def prepare(self) -> None:
        """Our studies stored, surveyed, planned and approved; then those of the others beside them."""
        archive = {"host": self.place.host, "port": self.place.dicom, "called_ae_title": self.place.aet}
        epd = {"default_issuer": "HOSPITAL", "csv": {"columns": CSV_COLUMNS}}
        (self.folder / "config.yaml").write_text(yaml.safe_dump({"archive": archive, "epd": epd}))
        files = [str(path) for path in write_epd(self.hospital, self.folder / "epd")]
        self._fill(self.studies.get("e", []))
        for step in (["init"], ["doctor", "--probe"], ["survey"], ["epd", "load", *files], ["plan"]):
            self.remediate(*step)
        self.remediate("approve", "plan-0001", "--by", "bench")
        for way in self.studies:
            if way != "e":
                self._fill(self.studies[way])

    def _fill(self, studies: Iterable[Study]) -> None:
        fill(self.settings, studies, lambda _: None)

    def take_turns(self) -> None:
        """Every way its share, again and again."""
        share = -(-self.kind.studies // ROUNDS)
        for start in range(0, self.kind.studies, share):
            for way, studies in self.studies.items():
                self._measure(way, studies[start : start + share])

    def _measure(self, way: str, studies: Sequence[Study]) -> None:
        score = self.scores[way]
        begun, busy, archive = time.perf_counter(), _cpu(), _cpu_of(self.archive_pid)
        if way == "e":
            done = self.remediate("execute", "plan-0001", "--now", "--max-studies", str(len(studies)))
            if done["verified"] != len(studies):
                raise RuntimeError(f"only {done['verified']} studies verified")
        else:
            for study in studies:
                self._rival(way)(study)
        score.seconds += time.perf_counter() - begun
        score.busy += _cpu() - busy
        score.archive += _cpu_of(self.archive_pid) - archive
        score.objects += len(studies) * self.kind.instances

    def _rival(self, way: str) -> Callable[[Study], None]:
        scratch = self.folder / "scratch"
        return {
            "a": lambda study: rivals.by_dcmtk(self.place, study, scratch, {}),
            "b": lambda study: rivals.by_dcmtk(self.place, study, scratch, {"TCP_NODELAY": "1"}),
            "c": lambda study: rivals.by_pynetdicom(self.place, study),
            "d": lambda study: rivals.by_rest(self.place, study),
        }[way]

    def tell(self) -> None:
        """A table and the ratios."""
        print(f"{self.kind.name}: {self.kind.studies} studies of {self.kind.instances} objects", end="")
        print(f" of {self.kind.nbytes / 1e6:.3f} MB, stock Orthanc, OverwriteInstances on")
        for way, score in self.scores.items():
            print(
                f"  ({way}) {WAYS[way]:30} {score.pace:8.1f} objects/s  {score.seconds:7.1f} s"
                f"  {1000 * score.busy / score.objects:7.2f} ms of our CPU an object and"
                f" {1000 * score.archive / score.objects:5.2f} ms of the archive's"
                + (f"  peak {score.peak_mib:.0f} MiB" if score.peak_mib else "")
            )
            if score.at_work:
                print(f"      without starting the program twice: {score.objects / score.at_work:.1f} objects/s")
        for one, other, goal in GOALS:
            if one in self.scores and other in self.scores:
                ratio = self.scores[one].pace / self.scores[other].pace
                print(f"  ({one}) is {ratio:.2f} times as fast as ({other}); the goal is {goal:g}")
        sys.stdout.flush()


def _peak_mib(pid: int) -> float:
    """The most memory that a process had at once so far. Not `ru_maxrss`: that begins with what its parent holds."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def _cpu() -> float:
    """Processor seconds of this process and of those that it started and that ended."""
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def _cpu_of(pid: int) -> float:
    """Processor seconds of a process so far."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def deal(hospital: Hospital, kind: Kind, ways: str) -> dict[str, list[Study]]:
    """Studies of its own for each way."""
    plain = choose(hospital)
    return {way: [of_kind(next(plain), kind) for _ in range(kind.studies)] for way in ways}


def run(kind: Kind, ways: str) -> None:
    """One kind of objects on a fresh archive."""
    hospital = build_hospital(400)
    with running_orthanc("overwriting") as server, tempfile.TemporaryDirectory(prefix="bench-restore-") as folder:
        place = rivals.Place(host="127.0.0.1", dicom=server.dicom, http=server.http, aet=server.aet)
        course = Field(
            kind=kind,
            place=place,
            archive_pid=server.pid,
            folder=Path(folder),
            hospital=hospital,
            studies=deal(hospital, kind, ways),
            scores={way: Score() for way in ways},
        )
        course.prepare()
        course.take_turns()
        course.tell()


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", default="ct,small,large")
    parser.add_argument("--only", default="abcde", help="the ways to compare")
    parser.add_argument("--studies", type=int, help="studies for each way, instead of the kind's own number")
    chosen = parser.parse_args()
    for kind in KINDS:
        if kind.name in chosen.kinds.split(","):
            run(replace(kind, studies=chosen.studies or kind.studies), chosen.only)


if __name__ == "__main__":
    main()
