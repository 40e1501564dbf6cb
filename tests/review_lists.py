"""Review lists as a person handles them: read, filled in, saved by a spreadsheet. No checks here."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from remediate.demo.hospital import Hospital, Study, build_hospital
from tests.workplace import Ran, Workplace, free_port, load_epd, new_workplace

Row = dict[str, str]
Fill = Callable[[Row], tuple[str, str]]
BY = "R. Beoordelaar"
WHY = "paper record seen at the desk"
CONFIRMABLE = ("birth-date-differs", "sex-differs", "sex-absent", "twin-with-initial", "surname-differs")
OVERRULED = {
    "other-bsn": "claim-differs",
    "invalid-number": "invalid-number",
    "epd-not-verified": "bsn-not-verified",
    "epd-without-bsn": "epd-without-bsn",
    "bsn-on-two-patients": "bsn-on-two-patients",
    "digitally-signed": "digitally-signed",
}
"""What nobody can overrule, and the policy's reason."""


def undecided_workplace(folder: Path, variants: Iterable[str]) -> Workplace:
    """Some doubtful studies, probed, surveyed with a header of each series, EPD loaded and planned."""
    hospital = build_hospital(60)
    wanted = frozenset(variants)
    place = new_workplace(folder, hospital, free_port(), [s for s in hospital.studies if s.truth.variant in wanted])
    with place.archive():
        place.must("doctor", "--probe")
        place.must("survey", "--headers", "series")
        load_epd(place)
        place.must("plan", "--out", str(folder / "plans" / "plan-0001"))
    return place


def study_of(place: Workplace, variant: str) -> Study:
    """The one study of a case."""
    return next(study for study in place.hospital.studies if study.truth.variant == variant)


def uid_of(place: Workplace, variant: str) -> str:
    """Its Study Instance UID."""
    return study_of(place, variant).study_instance_uid


def bsn_of(hospital: Hospital, study: Study) -> str:
    """The BSN of the patient whose hospital number the study carries."""
    return next(person.bsn for person in hospital.people if person.number == study.case.identity.patient_id)


def exported(place: Workplace, name: str = "review.csv") -> Path:
    """A fresh export."""
    path = place.folder / name
    place.must("review", "export", str(path))
    return path


def read(path: Path) -> list[Row]:
    """The rows, identifiers without their apostrophe."""
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";")
    return [{key: value.removeprefix("'") for key, value in row.items()} for row in rows]


def fill(path: Path, decide: Fill) -> None:
    """Type decision and why into each row and save, as a spreadsheet does that keeps texts."""
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";"))
    names = rows[0]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    for cells in rows[1:]:
        row = dict(zip(names, cells, strict=True))
        row["decision"], row["why"] = decide({key: value.removeprefix("'") for key, value in row.items()})
        writer.writerow(row.values())
    path.write_text("\ufeff" + buffer.getvalue(), encoding="utf-8", newline="")


def decide(place: Workplace, decisions: dict[str, str], *, why: str = WHY, code: int = 0) -> Ran:
    """Export, decide about some studies (by UID) on their first line, import."""
    path = exported(place, f"review-{len(list(place.folder.glob('review-*.csv')))}.csv")
    left = dict(decisions)
    fill(path, lambda row: (found, why) if (found := left.pop(row["StudyInstanceUID"], "")) else ("", ""))
    return place.must("review", "import", str(path), "--by", BY, code=code)


def approve(place: Workplace, plan_file: str) -> None:
    """Two people under two accounts: so many a plan needs that rests on a person's decision."""
    for account, name in (("first", "A. Reviewer"), ("second", "B. Second")):
        with place.acting_as(account):
            place.must("approve", plan_file, "--by", name)


def plan(place: Workplace, number: int = 2) -> str:
    """A new plan; its file."""
    folder = place.folder / "plans" / f"plan-{number:04d}"
    place.must("plan", "--out", str(folder))
    return str(folder / "plan.json")
