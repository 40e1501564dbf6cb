"""Weeks until 95 % of what is sent is right, by order: `python -m tests.bench.bench_order [STUDIES] [--out FILE.svg]`.

A made-up hospital (`order_hospital`) is worked on week by week in the places that the ledger itself gives its patients,
from what its lists said by then. Prints a table, by how much of what is sent is of patients on a list, and draws it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert, select, update

from remediate.ledger.database import open_database
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.plan_order import add_units
from remediate.ledger.tables.schema import plan_items, plans, work_units
from remediate.ledger.tables.study import studies
from remediate.measure.job_list import JobState, JobType, ListedJob
from remediate.measure.sent_needs import keep_sent_needs
from remediate.records.ledger import PlanKind
from remediate.records.needs import KeptAppointment, OrderBy, Ordering
from remediate.report.drawing import Drawing, Line, Shape, Words
from remediate.report.palette import Ink, style
from remediate.report.svg import svg
from tests.bench.order_hospital import BEGIN, Assumed, Booking, Made, OrderHospital, build, da, monday, week_of
from tests.ledger.ledger_samples import make_keys, new_ledger

ORDERS = ("uid", "newest", "appointments", "predictions")
NAMES = {
    "uid": "by UID",
    "newest": "newest first",
    "appointments": "appointments",
    "predictions": "appointments and jobs",
}
WEEKS_OF_WORK = 40
"""In which all that is there when work begins could be corrected."""

TARGET = 0.95
_GROUP = 5_000
_INKS = {"uid": Ink.BAD, "newest": Ink.SOFT, "appointments": Ink.CORRECTED, "predictions": Ink.FOUND}


def course(hospital: OrderHospital, order: str, *, weeks: int = 50) -> list[float]:
    """The share of what is sent that is right, week by week, until it is more than 95 % for two weeks."""
    with tempfile.TemporaryDirectory() as folder, closing(open_database(f"sqlite:///{folder}/l.db", create=True)) as db:
        return _Work(new_ledger(db, make_keys()), hospital, order).course(weeks)


class _Work:
    """One order at work."""

    def __init__(self, ledger: SqlLedger, hospital: OrderHospital, order: str) -> None:
        self._ledger, self._hospital, self._order = ledger, hospital, order
        self._database = ledger._database  # its tables are filled without an archive
        self._done: dict[str, int] = {}  # day after which a study is right
        self._next = 0

    def course(self, weeks: int) -> list[float]:
        with self._database.begin() as connection:
            head = dict.fromkeys(("digest", "path", "created_at", "created_by"), "")
            connection.execute(insert(plans).values(plan_id="p", kind=PlanKind.CORRECT.value, planned=0, **head))
        shares: list[float] = []
        for week in range(weeks):
            self._add(week)
            self._give_places(week)
            self._correct(week)
            shares.append(self._share(week))
            if len(shares) > 1 and min(shares[-2:]) > TARGET:
                break
        return shares

    def _add(self, week: int) -> None:
        """What is in the archive by then and was not before."""
        end = self._hospital.old if not week else self._next
        while end < len(self._hospital.studies) and week_of(self._hospital.studies[end].made) < week:
            end += 1
        new = self._hospital.studies[self._next : end]
        self._next = end
        with self._database.begin(durable=False) as connection:
            for at in range(0, len(new), _GROUP):
                part = new[at : at + _GROUP]
                connection.execute(insert(studies), [_study(one, week) for one in part])
                if wrong := [_item(one) for one in part if one.state == "wrong"]:
                    connection.execute(insert(plan_items), wrong)

    def _give_places(self, week: int) -> None:
        """A new plan every week, as the lists are by then."""
        today = monday(week)
        ordering = Ordering(OrderBy(self._order if self._order in ("uid", "newest") else "need"), today)
        ledger = self._ledger
        if ordering.by is OrderBy.NEED:
            ledger.forget_needs("patient", "study", "sort")
            told = [one for one in self._hospital.bookings if one.known <= today.toordinal() <= one.at]
            ledger.keep_appointments(list(map(_kept, told)))
            ledger.needs_of_appointments(since=int(f"{today:%Y%m%d}0000"), until=99991231_2359)
        if self._order == "predictions":
            begin, end = today.toordinal() - 365, today.toordinal()
            jobs = [self._job(one.day, one.number) for one in self._hospital.sent if begin <= one.day < end]
            keep_sent_needs(jobs, needs=ledger, census=ledger, ordering=ordering)
        with self._database.begin(durable=False) as connection:
            connection.execute(work_units.delete())
            add_units(connection, "p", ordering)

    def _job(self, day: int, number: int) -> ListedJob:
        uid = self._hospital.studies[number].uid
        at = BEGIN.fromordinal(day)
        return ListedJob(0, None, at, JobType.DICOM, JobState.FINISHED, (uid,), (), "", "")

    def _correct(self, week: int) -> None:
        """So many studies, a seventh each night, whole patients in their places."""
        capacity = self._hospital.old // WEEKS_OF_WORK
        query = (
            select(plan_items.c.study_instance_uid)
            .join(work_units, (work_units.c.plan_id == "p") & (work_units.c.patient_key == plan_items.c.patient_key))
            .where(plan_items.c.plan_id == "p", plan_items.c.state == "planned")
            .order_by(work_units.c.place, plan_items.c.study_instance_uid)
            .limit(capacity)
        )
        with self._database.begin(durable=False) as connection:
            uids = connection.execute(query).scalars().all()
            begin = monday(week).toordinal()
            self._done |= {uid: begin + 7 * at // capacity for at, uid in enumerate(uids)}
            for at in range(0, len(uids), 500):
                ours = plan_items.c.study_instance_uid.in_(uids[at : at + 500])
                connection.execute(update(plan_items).where(ours).values(state="verified"))

    def _share(self, week: int) -> float:
        """Of what is sent in a week."""
        sent = [one for one in self._hospital.sent if week_of(one.day) == week]
        made = [(one.day, self._hospital.studies[one.number]) for one in sent]
        right = sum(one.state == "right" or self._done.get(one.uid, day) < day for day, one in made)
        return right / max(1, len(sent))


def _kept(one: Booking) -> KeptAppointment:
    return KeptAppointment(one.key, f"print {one.patient}", int(da(one.at) + "0900"), one.known, one.cancelled)


def _study(one: Made, week: int) -> dict[str, object]:
    place = {"CR": "RONT", "US": "ECHO"}.get(one.modality, one.modality)
    return {
        "study_instance_uid": one.uid, "state": "planned" if one.state == "wrong" else "review",
        "study_date": da(one.made),
        "modalities": one.modality, "institution_name": "Ziekenhuis", "station_name": "", "referring_department": place,
        "accession_number": b"", "source": "index", "index_digest": "", "patient_key": f"p{one.patient}",
        "changed_at": "", "first_seen": f"{monday(week).isoformat()}T02:00:00",
    }  # fmt: skip


def _item(one: Made) -> dict[str, object]:
    return {
        "plan_id": "p", "study_instance_uid": one.uid, "patient_key": f"p{one.patient}", "state": "planned",
        "fingerprint": f"print {one.patient}", "instances": 1,
    }  # fmt: skip


def weeks_needed(shares: Sequence[float]) -> int | None:
    """Weeks of work after which more than 95 % is right, in two weeks that follow each other; None: not so far."""
    return next((at + 1 for at in range(len(shares) - 1) if min(shares[at : at + 2]) > TARGET), None)


def chart(courses: dict[str, list[float]]) -> str:
    """All courses as one drawing."""
    width, height, left, top = 720.0, 360.0, 60.0, 30.0
    longest = max(map(len, courses.values()))

    def point(week: int, share: float) -> tuple[float, float]:
        return left + week * (width - left - 20) / longest, top + (1 - share) * (height - top - 50)

    shapes: list[Shape] = [
        Words(x=left, y=18, text="Share of what is sent that is right, by week", bold=True),
        Line(points=(point(0, TARGET), point(longest, TARGET)), stroke=Ink.GRID, dashed=True),
        Words(x=left - 8, y=point(0, TARGET)[1] + 4, text="95 %", anchor="end"),
        Words(x=left - 8, y=point(0, 0)[1] + 4, text="0 %", anchor="end"),
    ]
    for week in range(0, longest + 1, 10):
        shapes.append(Words(x=point(week, 0)[0], y=height - 28, text=str(week), anchor="middle"))
    for at, (order, shares) in enumerate(courses.items()):
        ink = _INKS[order]
        shapes.append(Line(points=tuple(point(n + 1, share) for n, share in enumerate(shares)), stroke=ink, width=2))
        shapes.append(Words(x=left + at * 165, y=height - 6, text=NAMES[order], fill=ink))
    drawn = svg(Drawing(width=width, height=height, shapes=tuple(shapes)), label="Share of what is sent that is right")
    alone = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return alone.replace(">", f"><style>{style()}</style>", 1)


def main(arguments: Sequence[str]) -> int:
    """The table, for several shares of what is sent that is of patients on a list."""
    parser = argparse.ArgumentParser()
    parser.add_argument("studies", nargs="?", type=int, default=200_000)
    parser.add_argument("--listed", type=float, nargs="*", default=[0.7])
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    for listed in asked.listed:
        hospital = build(Assumed(studies=asked.studies, listed=listed))
        courses = {order: course(hospital, order) for order in ORDERS}
        slowest = weeks_needed(courses["uid"])
        print(f"{asked.studies:,} studies; of what is sent {listed:.0%} is of patients on the list of appointments")
        for order, shares in courses.items():
            weeks = weeks_needed(shares)
            sooner = f"{slowest / weeks:5.1f} times as soon" if weeks and slowest else ""
            print(f"  {NAMES[order]:36} {weeks or '>' + str(len(shares)):>4} weeks  week 1: {shares[0]:6.1%}  {sooner}")
        if asked.out:
            asked.out.write_text(chart(courses), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
