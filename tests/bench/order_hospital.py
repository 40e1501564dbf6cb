"""A made-up hospital whose studies are sent: an archive, a year of jobs and appointments behind it, and one ahead.

What is assumed stands in `Assumed`, and nothing of it is known to the code that orders: every other appointment leads
to no sending at all, one in ten is moved, some are cancelled, and part of what is sent is of nobody on any list.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

BEGIN = date(2026, 1, 5)
"""The Monday on which work begins."""

YEARS = 15
MODALITIES = (("CR", 35, 1), ("CT", 20, 5), ("MR", 15, 5), ("US", 20, 1), ("MG", 7, 4), ("XA", 3, 3))
"""With how many in a hundred studies they are, and how often such a study is sent beside others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What the hospital is like."""

    studies: int = 200_000
    listed: float = 0.7  # of what is sent, of patients on the appointment list
    idle: int = 1  # appointments that lead to nothing, beside each that does
    moved: float = 0.1
    cancelled: float = 0.08
    correctable: float = 0.96
    never: float = 0.02  # wrong, and left to people
    inflow_right: float = 0.97
    sent_a_week: float = 0.0015  # referrals, as a part of the studies
    new_a_week: float = 0.0018
    seed: int = 20


class Made(NamedTuple):
    """One study."""

    number: int
    patient: int
    made: int  # ordinal of its day
    modality: str
    state: str  # right, wrong (and correctable) or never

    @property
    def uid(self) -> str:
        """Its order says nothing of its date."""
        return f"1.2.826.0.1.{(self.number * 7_919_993) % 10_000_019 + 10_000_019}.{self.number}"


class Sent(NamedTuple):
    """One study of one job."""

    day: int
    number: int


class Booking(NamedTuple):
    """What a list says of an appointment from a day on."""

    key: str
    patient: int
    known: int  # from this day on
    at: int  # day of the appointment
    cancelled: bool = False


@dataclass(slots=True)
class OrderHospital:
    """The whole of it."""

    assumed: Assumed
    studies: list[Made] = field(default_factory=list)  # by date; those of the weeks ahead come last
    sent: list[Sent] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    old: int = 0  # studies that are there when work begins


def build(assumed: Assumed) -> OrderHospital:
    """The same for the same assumptions."""
    draw, begin = random.Random(assumed.seed), BEGIN.toordinal()
    hospital = OrderHospital(assumed)
    days = sorted(begin - 1 - int(YEARS * 365 * (1 - draw.random() ** 0.6)) for _ in range(assumed.studies))
    patients = max(1, int(assumed.studies * 0.4))
    names, often, _ = zip(*MODALITIES, strict=True)
    kinds = draw.choices(names, often, k=assumed.studies)
    for number, day in enumerate(days):
        chance = draw.random()
        state = (
            "wrong"
            if chance < assumed.correctable
            else "never"
            if chance < assumed.correctable + assumed.never
            else "right"
        )
        hospital.studies.append(Made(number, int(patients * draw.random() ** 1.2), day, kinds[number], state))
    hospital.old = assumed.studies
    for day in range(begin, begin + 365):
        for _ in range(_about(assumed.studies * assumed.new_a_week / 7, draw)):
            state = "right" if draw.random() < assumed.inflow_right else "wrong"
            patient, kind = int(patients * draw.random() ** 1.2), draw.choices(names, often)[0]
            hospital.studies.append(Made(len(hospital.studies), patient, day, kind, state))
    _refer(hospital, draw)
    return hospital


def _about(number: float, draw: random.Random) -> int:
    return int(number) + (draw.random() < number % 1)


def _refer(hospital: OrderHospital, draw: random.Random) -> None:
    """Two years of referrals and appointments, around the day on which work begins."""
    assumed, begin = hospital.assumed, BEGIN.toordinal()
    dates = [study.made for study in hospital.studies]
    weight = {name: often for name, _, often in MODALITIES}
    mine: dict[int, list[int]] = defaultdict(list)
    for study in hospital.studies:
        mine[study.patient].append(study.number)
    for day in range(begin - 365, begin + 365):
        for _ in range(_about(assumed.studies * assumed.sent_a_week / 7, draw)):
            study = _referred(hospital, dates, weight, day, draw)
            there = [number for number in mine[study.patient] if hospital.studies[number].made <= day]
            others = [number for number in there[-2:] if number != study.number and draw.random() < 0.5]
            hospital.sent += [Sent(day, number) for number in (study.number, *others)]
            if draw.random() < assumed.listed:
                hospital.bookings += _booked(hospital, study.patient, day + draw.randrange(4), draw)
            for _ in range(assumed.idle):
                other = hospital.studies[draw.randrange(bisect_left(dates, day))]
                hospital.bookings += _booked(hospital, other.patient, day + draw.randrange(4), draw)


def _referred(
    hospital: OrderHospital, dates: Sequence[int], weight: dict[str, int], day: int, draw: random.Random
) -> Made:
    """What is sent is mostly young, and rather CT than a picture of a wrist."""
    while True:
        study = _of_age(hospital, dates, day - _age(draw), draw)
        if study.made <= day and draw.random() * 5 < weight[study.modality]:
            return study


def _age(draw: random.Random) -> int:
    """Of what is sent, in days."""
    chance = draw.random()
    return int(draw.expovariate(1 / (30 if chance < 0.6 else 200)) if chance < 0.94 else draw.random() * YEARS * 365)


def _of_age(hospital: OrderHospital, dates: Sequence[int], made: int, draw: random.Random) -> Made:
    return hospital.studies[max(0, bisect_left(dates, made) - 1 - draw.randrange(3))]


def _booked(hospital: OrderHospital, patient: int, at: int, draw: random.Random) -> Iterator[Booking]:
    """Known one to eight weeks before; some are moved, and beside them some are cancelled."""
    assumed, key = hospital.assumed, f"A{len(hospital.bookings)}"
    known = at - draw.randrange(7, 57)
    if draw.random() < assumed.moved:
        yield Booking(key, patient, known, at + draw.randrange(-14, 30))
        known = draw.randrange(known, at)
    yield Booking(key, patient, known, at)
    if draw.random() < assumed.cancelled:
        other = hospital.studies[draw.randrange(len(hospital.studies))].patient
        yield Booking(f"{key}-x", other, known, at)
        yield Booking(f"{key}-x", other, draw.randrange(known, at), at, cancelled=True)


def da(day: int) -> str:
    """As DICOM writes it."""
    return f"{date.fromordinal(day):%Y%m%d}"


def week_of(day: int) -> int:
    """From 0, the week in which work begins."""
    return (day - BEGIN.toordinal()) // 7


def monday(week: int) -> date:
    """The first day of a week."""
    return BEGIN + timedelta(weeks=week)
