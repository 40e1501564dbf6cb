"""A synthetic hospital: patients, EPD records and studies, the same for the same seed; writes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import cycle, islice

from remediate.demo.doubtful import EXCLUDED, REVIEW
from remediate.demo.objects import UID_ROOT, StudyFrame, study_objects
from remediate.demo.part10 import DicomObject
from remediate.demo.people import EpdPerson, Merge, Population
from remediate.demo.shapes import STUDY_SHAPES, SeriesShape
from remediate.demo.variants import ALREADY_CORRECT, UNUSUAL, WRONG_PLACES, Maker, StudyCase, Truth

MOST_STUDIES = 20_000
"""The patients of more studies would exhaust the 9,090 BSNs of the test range."""

_FIRST_DAY, _LAST_DAY = date(2004, 1, 5), date(2024, 12, 20)
_CHARSETS = ("ISO_IR 100", "ISO_IR 100", "ISO_IR 192")
_INSTITUTIONS = ("Ziekenhuis Oost", "Ziekenhuis West", "Polikliniek Haven")
_COMMON: tuple[tuple[str, Maker], ...] = (*WRONG_PLACES, *ALREADY_CORRECT)
_SPECIAL: tuple[tuple[str, Maker], ...] = tuple(
    case for three in zip((*UNUSUAL, *EXCLUDED), REVIEW[::2], REVIEW[1::2], strict=True) for case in three
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study in the archive, with the truth about it."""

    frame: StudyFrame
    case: StudyCase = field(repr=False)
    shape: tuple[SeriesShape, ...] = field(repr=False)

    @property
    def study_instance_uid(self) -> str:
        return self.frame.study_instance_uid

    @property
    def truth(self) -> Truth:
        return self.case.truth

    @property
    def study_date(self) -> str:
        """DA as it stands in the headers; "" when the study is undated."""
        return self.frame.study_date

    def objects(self) -> Iterator[DicomObject]:
        """Every object of the study; built anew at each call, always the same bytes."""
        return study_objects(self.frame, self.case, self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """People and merges as the EPD holds them, and the studies of the archive."""

    seed: int
    people: tuple[EpdPerson, ...] = field(repr=False)
    merges: tuple[Merge, ...] = field(repr=False)
    studies: tuple[Study, ...] = field(repr=False)

    def study(self, study_instance_uid: str) -> Study:
        """One study by UID. `KeyError` when there is none."""
        for study in self.studies:
            if study.study_instance_uid == study_instance_uid:
                return study
        raise KeyError(study_instance_uid)


@cache
def build_hospital(studies: int = 60, seed: int = 1) -> Hospital:
    """A hospital with `studies` studies from 2004 to 2024. The first 60 hold every case at least once.

    Same arguments, same people, UIDs and bytes. `ValueError` for fewer than one or more than `MOST_STUDIES`.
    """
    if not 1 <= studies <= MOST_STUDIES:
        raise ValueError(f"studies must lie between 1 and {MOST_STUDIES}")
    rng = random.Random(seed)  # noqa: S311 - reproducible test data, not a secret
    population = Population(rng)
    built = tuple(
        _study(number, make(population, rng.randrange(6)), rng, seed)
        for number, (_, make) in enumerate(islice(_schedule(), studies), start=1)
    )
    return Hospital(seed=seed, people=tuple(population.people), merges=tuple(population.merges), studies=built)


def _schedule() -> Iterator[tuple[str, Maker]]:
    """Common cases with special ones between them; the special ones return ever more rarely, as in life."""
    common = cycle(_COMMON)
    for special in _SPECIAL:
        yield next(common)
        yield special
    while True:
        yield from islice(common, 12 * len(_COMMON))
        yield from _SPECIAL


def _study(number: int, case: StudyCase, rng: random.Random, seed: int) -> Study:
    day = _FIRST_DAY + timedelta(days=rng.randrange((_LAST_DAY - _FIRST_DAY).days))
    drawn = case.study_date or day.strftime("%Y%m%d")
    frame = StudyFrame(
        study_instance_uid=f"{UID_ROOT}.{seed % 10_000_000}.{number}",
        number=number,
        study_date=drawn if case.dated else "",
        study_time=f"{8 + number % 10:02d}{number % 60:02d}00",
        institution_name=rng.choice(_INSTITUTIONS),
        charset=rng.choice(_CHARSETS),
    )
    return Study(frame=frame, case=case, shape=STUDY_SHAPES[number % len(STUDY_SHAPES)])
