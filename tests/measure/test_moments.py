"""How studies were found, when they were seen, and what is no longer there: the same before and after our night."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.hospital import build_hospital
from remediate.identity.evidence import without_lacks
from remediate.measure.courses import by_period
from remediate.measure.moments import at_moment
from remediate.measure.reasons import MeasureReason
from remediate.plan.categories import Category, standing_of
from remediate.reasons.study import PlanReason
from remediate.records.measurements import CensusRow, Moments, day_in
from remediate.records.states import State
from remediate.report.measure.words import Say
from remediate.texts.language import Language
from tests.measured_hospital import put_right
from tests.workplace import Workplace, free_port, planned_workplace


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A hospital that received all that it has, planned and approved."""
    place = planned_workplace(tmp_path_factory.mktemp("moments"), build_hospital(36), free_port())
    place.configure(measure={"own_institutions": ["Ziekenhuis Nergens"]})
    return place


@pytest.fixture
def place(before: Workplace, tmp_path: Path) -> Workplace:
    return before.copy(tmp_path / "place")


@pytest.fixture
def archive(place: Workplace) -> Iterator[EmbeddedArchive]:
    with place.archive() as archive:
        yield archive


def as_found(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("studies", "correct", "share", "wrong", "exceptions", "not_looked_at")}


def test_what_our_night_put_right_was_not_received_right(place: Workplace, archive: EmbeddedArchive) -> None:
    first = place.must("measure", "received").answer
    came = as_found(first)
    assert first["seen"]["from"] == first["seen"]["to"] == f"{datetime.now(UTC):%Y%m%d}", "figures carry their own date"
    survey = place.must("measure").answer
    place.must("execute", place.plan, "--now")
    now = place.must("measure").answer
    assert now["correct"] == survey["correct"] + len(place.planned())
    assert now["before"] == survey["before"]
    assert as_found(place.must("measure", "received").answer) == came, "as found, never after our correction"
    place.must("survey", "--headers", "series")
    place.must("plan", "--out", str(place.folder / "plans" / "plan-0002"))
    assert as_found(place.must("measure", "received").answer) == came, "nor after a second plan"
    again = place.must("measure").answer
    assert (again["categories"], again["before"]) == (now["categories"], now["before"])


def test_what_a_complete_survey_finds_no_more_is_not_counted(place: Workplace) -> None:
    def surveyed(*dates: str) -> dict[str, Any]:
        with place.archive():
            return place.must("survey", *dates).answer

    survey, came = place.must("measure").answer, place.must("measure", "received").answer
    right = next(study for study in place.hospital.studies if study.truth.expected_state == "correct")
    shutil.move(place.folder / "archive" / right.study_instance_uid, place.folder / "elsewhere")
    part = surveyed("--from", "2001-01-01", "--to", "2001-12-31")
    assert (part["gone"], place.must("measure").answer["studies"]) == (0, survey["studies"]), (
        "only a whole one can tell"
    )
    assert surveyed()["gone"] == 1
    left = place.must("measure").answer
    assert (left["studies"], left["correct"], left["gone"]) == (survey["studies"] - 1, survey["correct"] - 1, 1)
    assert sum(group["studies"] for group in left["by"]["institution"].values()) == left["studies"]
    received = place.must("measure", "received").answer
    assert (received["correct"], received["gone"]) == (came["correct"] - 1, 1)
    assert "no longer in the archive" in place.run("measure").out.lower()
    coverage = place.must("plan", "--out", str(place.folder / "plans" / "left")).answer["coverage"]
    assert coverage == {"before": left["share"], "after": left["projected"]["share"]}, "a plan counts it no more either"
    shutil.move(place.folder / "elsewhere", place.folder / "archive" / right.study_instance_uid)
    assert surveyed()["gone"] == 0
    back = place.must("measure").answer
    assert (back["studies"], back["correct"], back["gone"]) == (survey["studies"], survey["correct"], 0)


def test_what_others_put_right_was_so_from_an_unknown_moment_on(place: Workplace, archive: EmbeddedArchive) -> None:
    one = next(study for study in place.planned() if study.case.second_series is None)
    uid = one.study_instance_uid
    with place.session(exclusive=False) as work:
        first = work.ledger.moments([uid])[uid]
    assert first.same_since == first.first_seen
    archive.store_directly(put_right(one))
    place.must("survey", "--headers", "series")
    place.must("plan", "--out", str(place.folder / "plans" / "plan-0003"))
    with place.session(exclusive=False) as work:
        (then, row) = work.ledger.moments([uid])[uid], work.ledger.standings([uid])[uid]
    assert then.first_seen == first.first_seen < then.same_since
    assert at_moment(row, then, first.first_seen) == (MeasureReason.UNKNOWN_WHEN, "")
    assert at_moment(row, then, then.same_since)[0] is Category.CORRECT
    assert at_moment(row, then, None)[0] is Category.CORRECT


def test_figures_carry_their_own_dates_and_old_ones_a_warning(place: Workplace) -> None:
    with place.session(exclusive=True) as work, work.database.begin() as connection:
        day = (datetime.now(UTC) - 100 * DAY).isoformat(timespec="microseconds").replace("+00:00", "Z")
        uids = [row.study_instance_uid for row in work.ledger.studies()][:3]
        for uid in uids:
            connection.exec_driver_sql("UPDATE studies SET last_seen = ? WHERE study_instance_uid = ?", (day, uid))
    for words in (("survey",), ("received",)):
        answer = place.must("measure", *words).answer
        assert datetime.fromisoformat(answer["measured_at"]) <= datetime.now(UTC)
        assert answer["seen"]["from"] == day[:10].replace("-", "")
        assert 0 < answer["seen"]["old"] <= len(uids)
        assert answer["seen"]["old_after_days"] == 90
        english = f"Last seen more than 90 days ago: {answer['seen']['old']} studies."
        assert english in place.run("measure", *words, "--lang", "en").out
        assert "Langer dan 90 dagen geleden" in place.run("measure", *words, "--lang", "nl").out
    assert "Langer dan 90 dagen geleden" in (place.folder / "measurements" / "measure.html").read_text()
    place.configure(measure={"own_institutions": ["Ziekenhuis Nergens"], "old_after_days": 101})
    assert place.must("measure", "survey").answer["seen"]["old"] == 0


def test_what_an_earlier_release_did_not_keep_was_changed_by_nobody(place: Workplace) -> None:
    """That an item lacks a part is read anew after an upgrade; the archive is as it was."""
    with place.session(exclusive=True) as work:
        one = next(row for row in work.ledger.studies() if any(c.lacks for h in row.evidence.headers for c in h.claims))
        uid, read, now = one.study_instance_uid, one.evidence, datetime.now(UTC)
        work.ledger.save_evidence(replace(read, headers=tuple(map(without_lacks, read.headers))), now=now)
        before = work.ledger.moments([uid])[uid]
        work.ledger.save_evidence(read, now=now + DAY)
        assert work.ledger.moments([uid])[uid] == before
        assert work.ledger.study(uid).evidence == read  # type: ignore[union-attr]


DAY = timedelta(days=1)
SEEN = datetime(2026, 3, 10, 12, tzinfo=UTC)


def moments(**others: Any) -> Moments:
    values = {"first_seen": SEEN, "last_seen": SEEN + 30 * DAY, "same_since": SEEN, "found": "", "corrections": ()}
    return Moments(**(values | others))


RIGHT = CensusRow(State.CORRECT, PlanReason.IN_PLACE, "2026", ("CT",), "", "", "")
OURS = RIGHT._replace(state=State.VERIFIED, reason="read-back", found="missing")


@pytest.mark.parametrize(
    ("row", "known", "days", "expected"),
    [
        (RIGHT, moments(), 5, Category.CORRECT),
        (RIGHT, moments(), -5, Category.CORRECT),  # never seen otherwise
        (RIGHT, moments(same_since=SEEN + 20 * DAY), 10, MeasureReason.UNKNOWN_WHEN),
        (RIGHT, moments(same_since=SEEN + 20 * DAY), 20, Category.CORRECT),
        (OURS, moments(found="missing", corrections=((SEEN + 8 * DAY, True),)), 7, Category.MISPLACED),
        (OURS, moments(found="missing", corrections=((SEEN + 8 * DAY, True),)), 9, Category.CORRECTED),
        (OURS, moments(corrections=((SEEN, True), (SEEN + 8 * DAY, False))), 9, Category.SET_ASIDE),
        (OURS, moments(corrections=((SEEN, True), (SEEN + 8 * DAY, False))), 7, Category.CORRECTED),
        (RIGHT._replace(gone=True), moments(), 5, Category.CORRECT),  # sent while it was there
        (RIGHT._replace(looked_at=False), moments(), 5, MeasureReason.NOT_LOOKED_AT),
    ],
)
def test_how_a_study_was_at_a_moment(row: CensusRow, known: Moments, days: int, expected: object) -> None:
    assert at_moment(row, known, SEEN + days * DAY)[0] is expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (RIGHT, Category.CORRECT),
        (RIGHT._replace(reason=PlanReason.IN_PLACE_UNCONFIRMED), Category.UNCONFIRMED),
        (RIGHT._replace(found="missing"), Category.CORRECTED),  # a later plan judged what we corrected
        (RIGHT._replace(gone=True), Category.GONE),
        (RIGHT._replace(looked_at=False), Category.NOT_LOOKED_AT),
        (RIGHT._replace(state=State.PLANNED, reason=PlanReason.MISSING, looked_at=False), Category.NOT_LOOKED_AT),
        (RIGHT._replace(state=State.EXCLUDED, reason="newborn", looked_at=False), Category.EXCEPTED),
        (RIGHT._replace(state=State.FAILED, reason="store-refused", looked_at=False), Category.UNSETTLED),
    ],
)
def test_where_a_study_stands_by_all_that_is_known(row: CensusRow, expected: Category) -> None:
    assert standing_of(row) is expected


def test_a_day_is_that_of_the_configured_zone() -> None:
    """At half past midnight in Amsterdam it is still yesterday in UTC."""
    zone = ZoneInfo("Europe/Amsterdam")
    midnight = "2026-11-28T23:30:00.000000Z"
    assert [day_in(text, zone) for text in (midnight, "2026-11-28T22:30:00Z", "2026-11-28", "")] == [
        "2026-11-29", "2026-11-28", "2026-11-28", "",
    ]  # fmt: skip
    moment = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    assert Say(Language.NL, zone).day(moment) == "30-11-2026"
    assert list(by_period([{"at": moment.isoformat()}], "week", zone)) == ["2026-W49"]
    assert list(by_period([{"at": moment.isoformat()}], "week", UTC)) == ["2026-W48"]
