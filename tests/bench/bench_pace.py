"""Measures how many objects a second `execute` verifies with 1, 2, 4, 8 and 16 associations, and as it finds by itself.

Run as a script: `python -m tests.bench.bench_pace [--archives orthanc,embedded] [--latency 0,10,50] [--studies N]
[--fixed 1,2,4,8,16] [--rounds N]`. Each archive stands behind a link that adds so many milliseconds to a round trip.
All runs have the ramp as shipped, each under a plan of its own over studies of its own; `found` has 16 as its ceiling.
Beside them, in the same run, getscu, dcmodify and storescu without reading back. Prints the paces, and `found` as a
share of the best fixed number: over the whole run, and over its second half. Of several rounds the medians count: the
best of five single runs is the one that was lucky. `found` begins a later round with what the earlier one found, as
nights do.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import yaml

from remediate.cli.commands import CommandState
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.config.archive import ArchiveSettings
from remediate.config.execute import ExecuteSettings
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.epd_files import CSV_COLUMNS, write_epd
from remediate.demo.hospital import Study, build_hospital
from tests.bench import restore_rivals as rivals
from tests.bench.restore_studies import Kind, choose, fill, of_kind
from tests.bench.slow_link import Link, slow_link
from tests.servers import running_orthanc

GOAL = 0.9
CEILING = 16
BY_SCRIPT = 3  # studies for DCMTK's script


@dataclass(frozen=True, kw_only=True)
class Score:
    """What one run did: objects, seconds from the opening to the end of the batch, and the second half of it."""

    objects: int
    seconds: float
    later: float  # objects a second in the second half of the run

    @property
    def pace(self) -> float:
        return self.objects / self.seconds


@dataclass(kw_only=True)
class Field:
    """A folder, an archive, and the port that leads to it."""

    folder: Path
    place: rivals.Place
    link: Link
    kind: Kind
    plans: int = 0
    scores: dict[str, list[Score]] = field(default_factory=dict)

    def remediate(self, *arguments: str) -> dict[str, object]:
        """One command as a process; its JSON answer."""
        command = [sys.executable, "-m", "remediate", "--json", *arguments]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 2, 3):
            raise RuntimeError(f"{arguments[0]} ended with {done.returncode}: {done.stdout[:500]}")
        return dict(json.loads(done.stdout))

    def configure(self, execute: dict[str, object]) -> None:
        archive = {"host": self.place.host, "port": self.link.port, "called_ae_title": self.place.aet}
        epd = {"default_issuer": "HOSPITAL", "csv": {"columns": CSV_COLUMNS}}
        raw = {"archive": archive, "epd": epd, "execute": execute}
        (self.folder / "config.yaml").write_text(yaml.safe_dump(raw))

    def execute(self, name: str, settings: dict[str, object], studies: int) -> None:
        """Under a plan of its own, so that the ramp begins anew."""
        self.configure(settings)
        plan = str(self.remediate("plan")["plan"])
        self.remediate("approve", plan, "--by", "bench")
        with self.link.slow():
            done = self.remediate("execute", plan, "--now", "--max-studies", str(studies))
        if done["verified"] != studies:
            raise RuntimeError(f"only {done['verified']} of {studies} studies verified: {done['stopped_because']}")
        objects, seconds = int(str(done["instances"])), float(str(done["seconds"]))
        score = Score(objects=objects, seconds=seconds, later=self._later(str(done["batch"])))
        self.scores.setdefault(name, []).append(score)
        print(f"    {name:>6}: {score.pace:7.1f} objects/s, in its second half {score.later:7.1f}", flush=True)

    def _later(self, batch: str) -> float:
        """From the moments in the ledger at which studies were verified."""
        state = CommandState(self.folder / "config.yaml", Output(), language_given=False)
        with session(state, exclusive=False) as work:
            moments = [e.event.at for e in work.ledger.events(batch=batch) if e.event.type.value == "verified"]
        half = moments[len(moments) // 2 :]
        seconds = (half[-1] - half[0]).total_seconds()
        return (len(half) - 1) * self.kind.instances / seconds if seconds else 0.0

    def by_script(self, studies: list[Study]) -> None:
        place = rivals.Place(host=self.place.host, dicom=self.link.port, http=self.place.http, aet=self.place.aet)
        begun = time.perf_counter()
        with self.link.slow():
            for study in studies:
                rivals.by_dcmtk(place, study, self.folder / "scratch", {})
        seconds = time.perf_counter() - begun
        pace = len(studies) * self.kind.instances / seconds
        print(f"    script: {pace:7.1f} objects/s (getscu, dcmodify, storescu; nothing read back)", flush=True)

    def tell(self) -> None:
        whole = {name: median(score.pace for score in scores) for name, scores in self.scores.items()}
        later = {name: median(score.later for score in scores) for name, scores in self.scores.items()}
        fixed = whole.keys() - {"found"}
        if "found" not in whole or not fixed:
            return
        best, best_later = max(fixed, key=whole.__getitem__), max(fixed, key=later.__getitem__)
        print(
            f"    medians: {', '.join(f'{name} {pace:.1f}' for name, pace in whole.items())}\n"
            f"    found is {whole['found'] / whole[best]:.2f} of the best fixed number ({best}), "
            f"{later['found'] / later[best_later]:.2f} in its second half ({best_later}); the goal is {GOAL:g}",
            flush=True,
        )


@contextlib.contextmanager
def _archive(name: str, folder: Path) -> Iterator[rivals.Place]:
    if name == "orthanc":
        with running_orthanc("overwriting") as server:
            yield rivals.Place(host="127.0.0.1", dicom=server.dicom, http=server.http, aet=server.aet)
    else:
        with EmbeddedArchive(folder / "archive") as archive:
            yield rivals.Place(host="127.0.0.1", dicom=archive.port, http=0, aet=archive.ae_title)


def run(name: str, milliseconds: float, kind: Kind, fixed: list[int], *, is_found: bool, rounds: int) -> None:
    """One archive behind one link."""
    names = {**{str(number): number for number in fixed}, **({"found": CEILING} if is_found else {})}
    shares = {name: max(kind.studies * number // CEILING, kind.studies // 6) for name, number in names.items()}
    wanted = sum(shares.values()) * rounds + BY_SCRIPT
    hospital = build_hospital(6 * wanted + 60)
    plain = choose(hospital)
    studies = [of_kind(next(plain), kind) for _ in range(wanted)]
    with tempfile.TemporaryDirectory(prefix="bench-pace-") as text, _archive(name, Path(text)) as place:
        folder = Path(text)
        with slow_link(place.dicom, milliseconds) as link:
            course = Field(folder=folder, place=place, link=link, kind=kind)
            course.configure({})
            files = [str(path) for path in write_epd(hospital, folder / "epd")]
            settings = ArchiveSettings(host=place.host, port=place.dicom, called_ae_title=place.aet)
            fill(settings, studies[BY_SCRIPT:], lambda _: None)
            for step in (["init"], ["doctor", "--probe"], ["survey"], ["epd", "load", *files]):
                course.remediate(*step)
            fill(settings, studies[:BY_SCRIPT], lambda _: None)
            print(
                f"  {name}, {milliseconds:g} ms added: {kind.instances} objects a study of {kind.nbytes / 1e3:.0f} kB"
            )
            for one, number in [*names.items()] * rounds:
                course.execute(one, _settings(one, number), shares[one])
            course.by_script(studies[:BY_SCRIPT])
            course.tell()


def _settings(name: str, number: int) -> dict[str, object]:
    settings: dict[str, object] = {"associations": number, "spool": {"min_free_bytes": 1000}}
    if "pace" in ExecuteSettings.model_fields:
        settings["pace"] = "found" if name == "found" else "fixed"
    return settings


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archives", default="orthanc,embedded")
    parser.add_argument("--latency", default="0,10,50", help="milliseconds added to a round trip")
    parser.add_argument("--studies", type=int, default=160, help="of the runs with 16; fewer have a share of them")
    parser.add_argument("--objects", type=int, default=10, help="in each study")
    parser.add_argument("--side", type=int, default=128, help="of each object's square image of 16 bits")
    parser.add_argument("--fixed", default="1,2,4,8,16")
    parser.add_argument("--no-found", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    kind = Kind(name="small", studies=chosen.studies, instances=chosen.objects, side=chosen.side)
    numbers = [int(number) for number in chosen.fixed.split(",") if number]
    for name in chosen.archives.split(","):
        for milliseconds in chosen.latency.split(","):
            run(name, float(milliseconds), kind, numbers, is_found=not chosen.no_found, rounds=chosen.rounds)


if __name__ == "__main__":
    main()
