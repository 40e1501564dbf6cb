"""An inflow of our own making in a ledger: studies by day, right or wrong as an archive's index answers it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from remediate.demo.hospital import build_hospital
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength
from remediate.records.dicom import FoundStudy
from tests.workplace import Workplace, free_port

ZONE = ZoneInfo("Europe/Amsterdam")
TODAY = date(2026, 11, 28)
"""The day of the last survey, which is not over."""

BSN = Bsn(digits="999900006")
_IN_PLACE = BsnClaim(place=Place.ITEM_COMPLETE, path="(0010,1002)[0]", strength=Strength.EXPLICIT, value=BSN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One study of the inflow, and the truth about it."""

    day: date  # of making
    right: bool
    station: str = "CT1"
    modality: str = "CT"
    department: str = "Radiologie"
    institution: str = ""
    came: date | None = None  # when a survey first saw it; None: the day after it was made, but not after today
    study_date: str | None = None  # as the index has it; None: the day of making
    looked_at: bool = True

    @property
    def seen(self) -> date:
        """The local day on which it was first seen."""
        return self.came or min(self.day + timedelta(days=1), TODAY)


def inflow_place(folder: Path) -> Workplace:
    """A configured folder with keys and ledger; nothing surveyed."""
    place = Workplace(folder=folder, hospital=build_hospital(1), port=free_port())
    folder.mkdir(parents=True, exist_ok=True)
    place.configure()
    place.must("init", "--dir", str(folder))
    return place


def survey(place: Workplace, made: Iterable[Made], *, first: int = 1, last: date = TODAY) -> list[str]:
    """Have surveys see these studies, each on its day, and all of them on the last one; answers their UIDs."""
    numbered = [(f"1.2.826.0.1.{number}", one) for number, one in enumerate(made, start=first)]
    days = sorted({one.seen for _, one in numbered})
    with place.session(exclusive=True) as work:
        for day in days:
            found = [_found(uid, one) for uid, one in numbered if one.seen == day]
            work.ledger.save_found(found, now=at_night(day))
        work.ledger.save_found([_found(*numbered[-1])], now=at_night(last))
    return [uid for uid, _ in numbered]


def at_night(day: date) -> datetime:
    """Two o'clock, local time."""
    return datetime.combine(day, time(2), tzinfo=ZONE)


def _found(uid: str, made: Made) -> FoundStudy:
    header = Evidence(
        patient_id="Z-1",
        patient_name="TESTER^EEN",
        birth_date="19700203",
        sex="M",
        claims=(_IN_PLACE,) if made.right else (),
    )
    return FoundStudy(
        study_instance_uid=uid,
        study_date=f"{made.day:%Y%m%d}" if made.study_date is None else made.study_date,
        modalities=(made.modality,),
        institution_name=made.institution,
        station_name=made.station,
        referring_department=made.department,
        accession_number="A1",
        instances=3,
        evidence=header,
        answers_other_ids=made.looked_at,
    )


def steady(days: int, per_day: int, share: float, *, until: date = TODAY, seed: int = 1, **others: Any) -> list[Made]:
    """So many studies on each of the days before `until`; every so many of them is wrong, spread evenly."""
    draw = random.Random(seed)
    return [
        Made(day=until - timedelta(days=back), right=draw.random() < share, **others)
        for back in range(days, 0, -1)
        for _ in range(per_day)
    ]
