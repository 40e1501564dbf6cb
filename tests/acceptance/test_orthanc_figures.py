"""Every figure of measuring on a real Orthanc, against an oracle that imports nothing of ours.

Before and after our night, after what others mended, and after what others deleted.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.acceptance import figures_oracle as oracle
from tests.acceptance.figures_oracle import Study
from tests.servers import Server, StartArchive
from tests.workplace import run

TIMES = int(os.environ.get("REMEDIATE_FIGURES", "2"))
"""How often each of the 33 variants stands in the archive; `REMEDIATE_FIGURES=10` is a hospital of some hundreds."""

pytestmark = [pytest.mark.orthanc, pytest.mark.timeout(300 + 60 * TIMES)]


@dataclass(kw_only=True)
class Place:
    """One archive, one folder with configuration and ledger, and the truth."""

    server: Server
    folder: Path
    studies: list[Study]
    today: date
    points: list[tuple[int, int]] = field(default_factory=list)  # of every measurement of the archive so far

    def answer(self, *arguments: str) -> dict[str, Any]:
        ran = run("--config", str(self.folder / "config.yaml"), "--json", *arguments)
        assert ran.code == 0, (arguments, ran.code, ran.err)
        found: dict[str, Any] = json.loads(ran.out)
        return found

    def ask(self, path: str, data: bytes | None = None, method: str = "POST") -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.http}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as response:
            text = response.read()
        return json.loads(text) if text.strip() else None

    def store(self, study: Study, *, mended: bool = False) -> None:
        for one in study.objects(mended=mended):
            self.ask("/instances", one)

    def delete(self, study: Study) -> None:
        (found,) = self.ask("/tools/lookup", study.uid.encode())
        self.ask(found["Path"], method="DELETE")

    def survey(self) -> None:
        assert self.answer("survey", "--headers", "series")["complete"]
        self.answer("plan", "--out", str(self.folder / "plans" / f"again-{len(self.points)}"))

    def check(self) -> None:
        """Survey, received, inflow, a sample of everything, and the course."""
        told = self.answer("measure", "survey")
        wanted = oracle.coverage(self.studies)
        self.points.append((told["studies"], told["correct"]))
        found = {
            name: told[name] for name in ("surveyed", "studies", "correct", "share", "gone", "exceptions", "wrong")
        }
        found |= {name: told[name]["correct"] for name in ("before", "projected")}
        found["categories"] = {name: number for name, number in told["categories"].items() if number}
        for dimension in ("year", "modality", "institution"):
            groups = {name: (one["studies"], one["correct"]) for name, one in told["by"][dimension].items()}
            found[dimension] = {name: pair for name, pair in sorted(groups.items()) if pair[0]}
        assert {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]} == {}
        self._check_received()
        looked = self.answer("measure", "sample", "--size", str(len(self.studies)), "--seed", "7")
        assert (looked["studies"], looked["correct"], looked["wrong"]) == oracle.sample_of_all(self.studies)
        assert (looked["otherwise_than_surveyed"], looked["unseen"]) == (0, {})
        low, high = looked["interval"]
        assert low <= looked["share"] <= high <= low + 1.1e-6, "everything was looked at"
        new = self.answer("measure", "new")
        assert (new["studies"], new["correct"]) == oracle.inflow(self.studies, self.today)
        trend = self.answer("measure", "trend")
        assert [(point["studies"], point["correct"]) for point in trend["points"]] == self.points

    def _check_received(self) -> None:
        told = self.answer("measure", "received")
        groups = {"all": told, **told["by"]["institution"]}
        assert {
            name: (one["studies"], one["correct"], one["wrong"], one["exceptions"], one["gone"], one["unknown_when"])
            for name, one in groups.items()
        } == oracle.received(self.studies)
        unnamed = [study for study in self.studies if not study.institution and not study.is_gone]
        assert told["without_sender"] == len(unnamed)

    def jobs(self, lines: list[tuple[datetime, str, str, str]]) -> dict[str, Any]:
        """`measure jobs` on a list of moment, state, study and destination."""
        path = self.folder / "jobs.csv"
        zone = ZoneInfo("Europe/Amsterdam")
        rows = [
            f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S};DICOM Send;{state};{uid};{where}"
            for at, state, uid, where in lines
        ]
        path.write_text("\n".join(["time;type;state;study_instance_uid;destination", *rows]) + "\n", encoding="utf-8")
        return self.answer("measure", "jobs", str(path))


@pytest.fixture
def place(start_orthanc: StartArchive, tmp_path: Path) -> Iterator[Place]:
    today = datetime.now().astimezone().date()
    with start_orthanc("overwriting") as server:
        found = Place(server=server, folder=tmp_path, studies=oracle.hospital(TIMES, today), today=today)
        for study in found.studies:
            found.store(study)
        columns = dict(zip(
            ("patient_id", "bsn", "bsn_verified", "birth_date", "sex", "surname", "surname_prefix", "partner_surname",
             "partner_prefix", "given_names", "initials"), oracle.EPD_HEAD.split(";"), strict=True))  # fmt: skip
        settings = {
            "archive": {"port": server.dicom, "called_ae_title": server.aet},
            "epd": {"default_issuer": "HOSPITAL", "csv": {"columns": columns}},
            "execute": {"ramp": [], "spool": {"min_free_bytes": 1_000_000}},
            "measure": {"own_institutions": [oracle.OWN], "jobs": {"columns": {
                name: name for name in ("time", "type", "state", "study_instance_uid", "destination")}}},
        }  # fmt: skip
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        (tmp_path / "epd.csv").write_text(oracle.epd(found.studies), encoding="utf-8")
        yield found


def test_every_figure_is_the_truth_before_and_after_us_and_others(place: Place) -> None:
    place.answer("init", "--dir", str(place.folder))
    place.answer("doctor", "--probe")
    place.answer("survey", "--headers", "series")
    place.answer("epd", "load", str(place.folder / "epd.csv"))
    plan = place.answer("plan")["plan"]
    place.check()
    before = datetime.now().astimezone()
    sent = [(before, "Afgerond", study.uid, "Elders") for study in place.studies]
    unknown = [(before, "Afgerond", f"{oracle.ROOT}.999999.{n}", "Elders") for n in range(5)]
    failed = [(before, "Mislukt", study.uid, "Nergens") for study in place.studies[:7]]
    told = place.jobs([*sent, *unknown, *failed])
    judged, right, wrong = _sent(place.studies, place.studies)
    assert (told["studies"], told["correct"], told["wrong"]) == (judged, right, wrong)
    assert (told["sent"], told["unjudged"], told["failed"]) == (judged + 5, 5, 7)
    place.answer("approve", plan, "--by", "reviewer")
    place.answer("execute", plan, "--now")
    as_sent, place.studies = place.studies, oracle.executed(place.studies)
    place.check()
    after = datetime.now().astimezone() + timedelta(seconds=2)
    told = place.jobs([(before, *row) for row in _rows(as_sent[::2])] + [(after, *row) for row in _rows(as_sent[1::2])])
    judged, right, wrong = _sent(as_sent[::2], place.studies[::2], late="corrected-afterwards")
    more, good, rest = _sent(place.studies[1::2], place.studies[1::2])
    assert (told["studies"], told["correct"]) == (judged + more, right + good)
    assert told["wrong"] == {name: wrong.get(name, 0) + rest.get(name, 0) for name in wrong | rest}
    _others_mend(place)
    place.survey()
    place.check()
    _others_delete(place)
    place.survey()
    place.check()


def _rows(studies: list[Study]) -> list[tuple[str, str, str]]:
    return [("Afgerond", study.uid, "Elders") for study in studies]


def _sent(then: list[Study], now: list[Study], *, late: str = "") -> tuple[int, int, dict[str, int]]:
    """Judged, right and why not, of studies as they were then; `late` is why, of what was corrected since."""
    wrong: dict[str, int] = {}
    counting = [(one, other) for one, other in zip(then, now, strict=True) if one.counts]
    for one, other in counting:
        if not one.is_right:
            reason = late if late and other.is_right else one.variant.reason
            wrong[reason] = wrong.get(reason, 0) + 1
    return len(counting), len(counting) - sum(wrong.values()), wrong


def _others_mend(place: Place) -> None:
    """Somebody puts the number where it belongs in studies that we left to people, and adds a series."""
    for at, study in enumerate(place.studies):
        if study.variant.name in ("missing, not verified", "missing, patient unknown"):
            place.delete(study)
            place.store(study, mended=True)
            place.studies[at] = replace(study, standing="unconfirmed", is_mended=True)


def _others_delete(place: Place) -> None:
    """Somebody takes studies of every kind out of the archive."""
    for at, study in list(enumerate(place.studies))[:: max(2, len(place.studies) // 23)]:
        place.delete(study)
        place.studies[at] = replace(study, is_gone=True)
