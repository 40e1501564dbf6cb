"""The course of samples, of what was sent and received, and of exceptions, from measurements kept over a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remediate.demo.hospital import build_hospital
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
    one_of = {"studies": 10, "correct": 9, "exceptions": {}, "interval": [0.6, 0.99], "verdict": "not-shown"}
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


def test_a_share_that_stays_has_not_grown(place: Workplace) -> None:
    for number in (1, 2):
        keep(place, MeasurementKind.SURVEY, day(number, 1), survey(1000, 200, newborn=20 + number))
    assert place.must("measure", "trend").answer["courses"]["grown"] == []
