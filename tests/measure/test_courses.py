"""The course of samples, of what was sent and received, and of exceptions, from measurements kept over a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from remediate.demo.hospital import build_hospital
from remediate.measure.courses import has_grown
from remediate.records.ledger import EventType, NewEvent
from remediate.records.measurements import MeasurementKind
from tests.measured_hospital import surveyed_place
from tests.workplace import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """A surveyed hospital."""
    return surveyed_place(tmp_path / "place", build_hospital(1))


def keep(place: Workplace, kind: MeasurementKind, day: datetime, figures: Mapping[str, Any]) -> None:
    with place.session(exclusive=True) as work:
        work.ledger.keep_measurement(kind, figures, NewEvent(type=EventType.EXPORT, at=day, actor="test"))


PERIODS = ("week", "month")


def survey(studies: int, correct: int, **exceptions: int) -> dict[str, Any]:
    return {"studies": studies, "correct": correct, "exceptions": exceptions, "projected": {"correct": correct}}


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


def test_each_course_holds_what_was_measured(place: Workplace) -> None:
    keep(place, MeasurementKind.SURVEY, day(1, 1), survey(1000, 200, newborn=20))
    keep(place, MeasurementKind.SURVEY, day(1, 2), survey(1000, 300, newborn=21))
    keep(place, MeasurementKind.SURVEY, day(2, 2), survey(900, 400, newborn=100, foreigner=1))
    one_of = {
        "source": "archive",
        "studies": 10,
        "correct": 9,
        "exceptions": {},
        "interval": [0.6, 0.99],
        "verdict": "not-shown",
    }
    keep(place, MeasurementKind.SAMPLE, day(1, 5), one_of)
    sent = {"studies": 10, "correct": 10, "exceptions": {}, "sent": 1000, "unjudged": 990, "bounds": [0.01, 1.0]}
    keep(place, MeasurementKind.JOBS, day(1, 6), sent)
    for month, right in ((1, 5), (3, 8)):
        by = {"institution": {"Noord": {"studies": 10, "correct": right}}}
        keep(place, MeasurementKind.RECEIVED, day(month, 7), {"studies": 10, "correct": right, "by": by})
    answer = place.must("measure", "trend").answer
    assert {name: point["correct"] for name, point in answer["by"]["month"].items()} == {"2026-01": 300, "2026-02": 400}
    assert {name: point["correct"] for name, point in answer["by"]["week"].items()} == {
        "2026-W01": 300,
        "2026-W06": 400,
    }
    courses = answer["courses"]
    assert {rule: len(months) for rule, months in courses["by"]["month"]["exceptions"].items()} == {
        "newborn": 2,
        "foreigner": 2,
    }
    assert courses["by"]["month"]["received"]["Noord"]["2026-03"]["share"] == 0.8
    assert list(courses["by"]["week"]["sent"]) == ["2026-W02"]
    assert [(one["share"], one["interval"]) for one in courses["sample"]] == [(0.9, [0.6, 0.99])]
    assert [(one["sent"], one["bounds"]) for one in courses["sent"]] == [(1000, [0.01, 1.0])]
    assert [one["share"] for one in courses["received"]["Noord"]] == [0.5, 0.8]
    assert [one["correct"] for one in courses["exceptions"]["newborn"]] == [20, 21, 100]
    assert courses["grown"] == ["newborn"], "one more foreigner is chance"
    dutch = place.run("measure", "trend", "--full", "--lang", "nl").out
    assert "De regel pasgeborene laat meer onderzoeken buiten de telling" in dutch
    assert "1,0 % – 100,0 %" in dutch
    assert "Ontvangen, per afzender" in dutch
    english = place.run("measure", "trend", "--full", "--lang", "en").out
    assert "left out by the rule newborn" in english


def test_weeks_and_months_are_those_of_the_configured_zone(place: Workplace) -> None:
    """Half past midnight on 1 January 2027 in Amsterdam is Friday of week 53, and the year before in UTC."""
    moments = [datetime(2026, 12, 31, 22, 30, tzinfo=UTC), datetime(2026, 12, 31, 23, 30, tzinfo=UTC)]
    moments += [datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 22, 30, tzinfo=UTC)]
    for moment in sorted(moments):
        keep(place, MeasurementKind.SURVEY, moment, survey(100, 50))
    answer = place.must("measure", "trend").answer
    assert list(answer["by"]["month"]) == ["2026-10", "2026-12", "2027-01"]
    assert list(answer["by"]["week"]) == ["2026-W43", "2026-W53"], "the hour that comes twice is in one week"
    assert answer["measured_at"]


def test_samples_say_from_what_and_figures_of_some_days_name_them(place: Workplace) -> None:
    drawn = {"studies": 10, "correct": 9, "exceptions": {}, "interval": [0.6, 0.99], "verdict": "not-shown"}
    for source in ("archive", "jobs.csv"):
        keep(place, MeasurementKind.SAMPLE, day(1, 5), drawn | {"source": source})
    by = {"institution": {"Noord": {"studies": 10, "correct": 5}}}
    period = {"from": "2026-01-01", "to": None}
    for part in ({}, {"period": period}):
        keep(place, MeasurementKind.RECEIVED, day(1, 7), {"studies": 10, "correct": 5, "by": by, **part})
    falls = [{"dimension": "station", "group": "CT2", "because_of": []}]
    new = {"studies": 40, "correct": 30, "period": {"from": "2026-01-01", "to": "2026-01-28"}, "chart": {"day": "made"}}
    keep(place, MeasurementKind.NEW, day(1, 29), new | {"falls": falls})
    courses = place.must("measure", "trend").answer["courses"]
    assert [one["source"] for one in courses["sample"]] == ["archive", "jobs.csv"]
    assert [one["period"] for one in courses["received"]["Noord"]] == [None, period]
    (inflow,) = courses["new"]
    assert (inflow["share"], inflow["falls"]) == (0.75, [{"dimension": "station", "group": "CT2"}])
    assert list(courses["by"]["month"]["new"]) == ["2026-01"]
    dutch = place.run("measure", "trend", "--full", "--lang", "nl").out
    assert "het archief" in dutch
    assert "jobs.csv" in dutch
    assert "50,0 % (01-01-2026 – …)" in dutch
    assert "apparaat CT2" in dutch


@pytest.mark.parametrize(
    ("course", "grown"),
    [
        ([(1, 1000, 20), (40, 1000, 20), (41, 1000, 60), (42, 1000, 60)], True),  # each night: not one night's growth
        ([(1, 100_000, 1000), (40, 102_000, 1100)], True),  # 100 of 2,000 new ones, among many that are in both
        ([(1, 100_000, 1000), (40, 102_000, 1025)], False),
        ([(1, 1000, 0), (40, 1001, 1)], False),  # one newborn
        ([(1, 1000, 60), (40, 1000, 20)], False),
    ],
)
def test_an_exception_is_held_against_a_month_before(course: list[tuple[int, int, int]], grown: bool) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    points = [
        {"at": (first + timedelta(days=days)).isoformat(), "studies": studies, "correct": left_out}
        for days, studies, left_out in course
    ]
    assert has_grown(points) == grown


def test_a_share_that_stays_has_not_grown(place: Workplace) -> None:
    for number in (1, 2):
        keep(place, MeasurementKind.SURVEY, day(number, 1), survey(1000, 200, newborn=20 + number))
    assert place.must("measure", "trend").answer["courses"]["grown"] == []
