"""`simulate`: what the nights will do, of a real ledger: figures, table and page agree, in both languages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remediate.demo.hospital import build_hospital
from remediate.measure.expected import EXPECTED
from remediate.records.ledger import EventType, NewEvent
from tests.workplace import Workplace, free_port, planned_workplace

HOSPITAL = build_hospital(60)
OURS = [study for study in HOSPITAL.studies if study.truth.expected_state == "planned"][:3]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return planned_workplace(tmp_path_factory.mktemp("simulated"), HOSPITAL, free_port(), OURS)


def test_the_nights_are_those_of_the_plan(place: Workplace) -> None:
    answer = place.run("simulate", "--json", "--pace", "0.01", "--order", "newest", "--decisions", "2").answer
    configured, slow, newest, _ = answer["scenarios"]
    assert answer["to_correct"] == len(OURS)
    assert answer["objects"] == sum(sum(1 for _ in study.objects()) for study in OURS)
    assert configured["nights"] == 1
    assert slow["nights"] >= 1
    assert slow["done_at"] > configured["done_at"]
    assert newest["share"] == configured["share"] == 1.0


def test_it_says_that_the_pace_is_assumed_and_where_the_page_is(place: Workplace) -> None:
    told = place.run("--lang", "nl", "simulate", "--window", "18:00-07:00")
    assert "is aangenomen" in told.out
    assert "venster 18:00-07:00" in told.out
    page = Path(told.out.rsplit("Pagina: ", 1)[1].strip())
    assert "Wat de nachten zullen doen" in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("window", ["20", "25:00-06:00", "20:00-06:00-07:00", "van-tot"])
def test_what_is_no_window_is_refused(place: Workplace, window: str) -> None:
    refused = place.run("simulate", "--window", window)
    assert (refused.code, refused.one_line) == (64, "remediate: That is no window, such as 20:00-06:00.")


def test_the_share_of_what_is_sent_is_said_and_held_against_what_is_measured(place: Workplace) -> None:
    """Of the jobs of the past; then a week that had an expectation is measured."""
    day = datetime.now(UTC).date()
    uids = [study.study_instance_uid for study in OURS]
    rows = [f"{day - timedelta(days=3):%Y-%m-%d} 10:00:00;{uid};DICOM Send;Afgerond;ZKH" for uid in uids]
    jobs = place.folder / "jobs.csv"
    jobs.write_text("\n".join(["time;study_instance_uid;type;state;destination", *rows]) + "\n", encoding="utf-8")
    told = place.run("--lang", "nl", "simulate", "--jobs", str(jobs), "--order", "uid")
    assert "Aandeel van wat verstuurd wordt dat goed is" in told.out
    answer = place.must("simulate", "--jobs", str(jobs)).answer
    course = answer["scenarios"][0]["sent"]
    assert course[0] == {"day": day.isoformat(), "share": 0.0}
    assert course[-1]["share"] == 1.0
    year, week, _ = (day - timedelta(days=3)).isocalendar()
    with place.session(exclusive=False) as work:
        told_of = NewEvent(type=EventType.EXPORT, at=datetime.now(UTC))
        work.ledger.set_fact(EXPECTED, json.dumps({f"{year}-W{week:02d}": 0.25}), told_of)
    measured = place.run("--lang", "nl", "measure", "jobs", str(jobs))
    assert f"Week {year}-W{week:02d}: verwacht 25,0 % goed van wat verstuurd wordt, gemeten 0,0 %." in measured.out
