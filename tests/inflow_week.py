"""Nights by a moved clock in a hospital whose modalities send every day, until one of them loses the BSN.

Each day studies come in; at two at night the job `nightly` runs as `init` wrote it; in the morning a person approves
the plan that it made. Nothing is planned by hand. The studies' truth is known here, and nowhere else.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Self
from unittest.mock import patch
from zoneinfo import ZoneInfo

from pydicom.dataelem import DataElement
from pydicom.uid import ComputedRadiographyImageStorage, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage

from remediate.demo.epd_files import write_epd
from remediate.demo.hospital import Hospital
from remediate.demo.objects import UID_ROOT, StudyFrame, study_objects
from remediate.demo.part10 import DicomObject
from remediate.demo.people import EpdPerson, Feed, Population
from remediate.demo.rewriting import overlaid
from remediate.demo.shapes import Pixels, SeriesShape
from remediate.demo.variants import StudyCase, Truth, bsn_of, complete_item, header_of
from tests.workplace import Ran, Workplace, bsn_places

ZONE = ZoneInfo("Europe/Amsterdam")
FIRST = date(2026, 11, 16)
"""The first day of the week; the history ends the day before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modality:
    """One that sends every day."""

    name: str
    sop_class: str
    department: str
    institution: str
    per_day: int


MODALITIES = (
    Modality(name="CT", sop_class=CTImageStorage, department="Radiologie", institution="Ziekenhuis Oost", per_day=3),
    Modality(name="MR", sop_class=MRImageStorage, department="Neurologie", institution="MRI Centrum Noord", per_day=5),
    Modality(
        name="CR",
        sop_class=ComputedRadiographyImageStorage,
        department="SEH",
        institution="Ziekenhuis Oost",
        per_day=2,
    ),
)
LOSES = "MR"
PER_NIGHT = 12
"""Studies that a night puts right at most: fewer than the backlog has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One study that came in, and the truth about it."""

    study_instance_uid: str
    modality: str
    day: date
    is_right: bool
    digits: str = field(repr=False)  # the patient's BSN
    objects: tuple[DicomObject, ...] = field(repr=False)


class _Moved(datetime):
    """The clock of `remediate.wiring`, so many hours away from the machine's."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + cls.ahead


@contextmanager
def clock_at(day: date, hour: int) -> Iterator[None]:
    """Commands of this process run at that hour of that day, and their clock goes on."""
    with patch("remediate.wiring.datetime", _Moved):
        _Moved.ahead = datetime.combine(day, time(hour), tzinfo=ZONE) - datetime.now(UTC)
        yield


@dataclass(kw_only=True)
class Week:
    """The hospital, with everything that came in so far. `put` brings objects into the archive, `held` reads them."""

    place: Workplace
    put: Callable[[Iterable[DicomObject]], object]
    held: Callable[[str], tuple[DicomObject, ...]]
    people: list[EpdPerson]
    loses_from: date
    came: list[Arrived] = field(default_factory=list)
    as_put: dict[str, tuple[DicomObject, ...]] = field(default_factory=dict)

    def begin(self, history: int, backlog: int) -> None:
        """So many days in which all came in right, and so many CTs of years ago that did not; the archive probed, the
        EPD loaded, the first survey done."""
        for number in range(1, backlog + 1):
            self._come([self._study(MODALITIES[0], date(2009, 3, 2), number, is_right=False)])
        for back in range(history, 0, -1):
            self.day(FIRST - timedelta(days=back))
        with clock_at(FIRST, 1):
            self.place.must("doctor", "--probe")
            self.place.must("epd", "load")
            self.place.must("survey")

    def day(self, day: date) -> list[Arrived]:
        """What the modalities send on one day."""
        return self._come(
            [
                self._study(modality, day, number, is_right=modality.name != LOSES or day < self.loses_from)
                for modality in MODALITIES
                for number in range(1, modality.per_day + 1)
            ]
        )

    def _come(self, these: list[Arrived]) -> list[Arrived]:
        for one in these:
            self.put(one.objects)
            self.as_put[one.study_instance_uid] = self.held(one.study_instance_uid)
        self.came += these
        return these

    def night(self, day: date, language: str, job: str = "nightly") -> Ran:
        """The job, at two o'clock after that day."""
        with clock_at(day + timedelta(days=1), 2):
            return self.place.run("run", job, "--lang", language)

    def approve(self, day: date) -> dict[str, int]:
        """In the morning after that day a person approves the newest plan; answers how many of it come for which
        reason, first what comes first."""
        plan = max((self.place.folder / "plans").glob("plan-*/plan.json"))
        with clock_at(day + timedelta(days=1), 8):
            self.place.must("approve", str(plan), "--by", "A. Reviewer")
        return {reason["why"]: reason["studies"] for reason in json.loads(plan.read_text())["order"]["reasons"]}

    def wrong_left(self, day: date) -> list[Arrived]:
        """Those that came in wrong that day and are not right in the archive: every object has the BSN in its place,
        once."""
        return [one for one in self.came if one.day == day and not one.is_right and not self._is_put_right(one)]

    def touched(self) -> list[Arrived]:
        """Those that came in right of which the archive holds another byte than it did."""
        return [
            one
            for one in self.came
            if one.is_right and self.held(one.study_instance_uid) != self.as_put[one.study_instance_uid]
        ]

    def _is_put_right(self, one: Arrived) -> bool:
        held = self.held(one.study_instance_uid)
        return bool(held) and all(bsn_places(item, one.digits) == (1, 0, 0) for item in held)

    def _study(self, modality: Modality, day: date, number: int, *, is_right: bool) -> Arrived:
        person = random.Random(f"{day} {modality.name} {number}").choice(self.people)
        identity = header_of(person)
        if is_right:
            identity = replace(identity, items=(complete_item(person.bsn),))
        uid = f"{UID_ROOT}.20.{day:%Y%m%d}.{ord(modality.name[0])}.{number}"
        frame = StudyFrame(
            study_instance_uid=uid,
            number=len(self.came) + number,
            study_date=f"{day:%Y%m%d}",
            study_time=f"{8 + number % 10:02d}0000",
            institution_name=modality.institution,
            charset="ISO_IR 100",
        )
        truth = Truth(expected_state="correct" if is_right else "planned", bsn=bsn_of(person), variant="week")
        department = DataElement(0x00081040, "LO", modality.department)
        station = DataElement(0x00081010, "SH", f"{modality.name}1")
        objects = study_objects(frame, StudyCase(truth=truth, identity=identity), (_shape(modality),))
        return Arrived(
            study_instance_uid=uid,
            modality=modality.name,
            day=day,
            is_right=is_right,
            digits=person.bsn,
            objects=tuple(overlaid(item, [department, station], ()) for item in objects),
        )


def week_in(
    folder: Path,
    port: int,
    put: Callable[[Iterable[DicomObject]], object],
    held: Callable[[str], tuple[DicomObject, ...]],
    *,
    loses_on: int,
    archive: dict[str, str] | None = None,
) -> Week:
    """A configured folder with keys, ledger and EPD, whose archive listens at `port`; nothing came in yet. The BSN is
    lost from day `loses_on` on, counted from 1."""
    population = Population(random.Random(20))
    people = [population.admit(feed=Feed.HL7) for _ in range(200)]
    hospital = Hospital(seed=20, people=tuple(people), merges=(), studies=())
    place = Workplace(folder=folder, hospital=hospital, port=port)
    folder.mkdir(parents=True, exist_ok=True)
    place.configure(
        archive=archive or {},
        measure={"own_institutions": ["Ziekenhuis Oost"]},
        execute={"window": {"from": "22:00", "to": "06:00"}, "max_studies": PER_NIGHT},
        epd={"files": ["epd/patienten.csv", "epd/adt.hl7"]},
    )
    write_epd(hospital, folder / "epd")
    place.must("init", "--dir", str(folder))
    loses_from = FIRST + timedelta(days=loses_on - 1)
    return Week(place=place, put=put, held=held, people=people, loses_from=loses_from)


def _shape(modality: Modality) -> SeriesShape:
    return SeriesShape(
        modality=modality.name,
        sop_class_uid=modality.sop_class,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        pixels=lambda _: Pixels(data=bytes(2 * 8 * 8), side=8),
    )
