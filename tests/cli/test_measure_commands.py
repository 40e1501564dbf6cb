"""Measuring by the command line, with the archive listening: projection and outcome, the course, files, languages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.hospital import build_hospital
from remediate.records.ledger import EventType
from remediate.records.measurements import MeasurementKind
from tests.leaks import Secrets, leaks_in, leaks_under
from tests.measured_hospital import surveyed_place
from tests.workplace import Workplace

NEEDED = {"studies", "correct", "share", "target", "by", "exceptions"}


@pytest.fixture
def archive(place: Workplace) -> Iterator[EmbeddedArchive]:
    """The place's archive, listening."""
    with place.archive() as archive:
        yield archive


def test_after_execute_the_measured_coverage_is_the_plans_projection(
    place: Workplace, archive: EmbeddedArchive
) -> None:
    projected = json.loads(Path(place.plan).read_text())["coverage"]
    before = place.must("measure", "survey").answer
    assert (before["share"], before["projected"]["share"]) == (projected["before"], projected["after"])
    place.must("execute", place.plan, "--now")
    after = place.must("measure", "survey").answer
    assert after["share"] == projected["after"]
    assert after["correct"] == before["projected"]["correct"]
    assert after["before"] == before["before"], "how it was found does not change"
    for dimension, groups in after["by"].items():
        for name, group in groups.items():
            assert group["correct"] == before["by"][dimension][name]["projected"], (dimension, name)
    sample = place.must("measure", "sample", "--size", "100").answer
    assert (sample["studies"], sample["correct"]) == (after["studies"], after["correct"])
    assert sample["otherwise_than_surveyed"] == 0, "the headers themselves say the same"


def test_a_study_that_was_rolled_back_counts_as_not_right(place: Workplace, archive: EmbeddedArchive) -> None:
    place.must("execute", place.plan, "--now")
    after = place.must("measure").answer
    uid = place.planned()[0].study_instance_uid
    place.must("rollback", "--study", uid, "--by", "A. Reviewer", "--why", "test")
    again = place.must("measure").answer
    assert (again["studies"], again["correct"]) == (after["studies"], after["correct"] - 1)
    assert again["categories"]["set-aside"] == 1


def test_the_course_shows_what_each_batch_did(place: Workplace, archive: EmbeddedArchive) -> None:
    place.must("measure")
    place.must("execute", place.plan, "--now", "--max-studies", "2", code=3)
    place.must("measure")
    place.must("execute", place.plan, "--now")
    last = place.must("measure").answer
    trend = place.must("measure", "trend").answer
    assert set(trend) >= NEEDED
    assert [batch["verified"] for batch in trend["batches"]] == [2, len(place.planned()) - 2]
    assert [batch["gained"] for batch in trend["batches"]] == [2, len(place.planned()) - 2]
    assert trend["batches"][0]["points"] == pytest.approx(200 / last["studies"], abs=0.01)
    assert len(trend["points"]) == 3
    assert trend["share"] == last["share"]


def test_two_batches_between_two_measurements_have_each_their_own_before_and_after(
    place: Workplace, archive: EmbeddedArchive
) -> None:
    first = place.must("measure").answer["correct"]
    place.must("execute", place.plan, "--now", "--max-studies", "2", code=3)
    place.must("execute", place.plan, "--now")
    last = place.must("measure").answer["correct"]
    batches = place.must("measure", "trend").answer["batches"]
    ends = [(one["before"]["correct"], one["after"]["correct"], one["gained"]) for one in batches]
    assert ends == [(first, first + 2, 2), (first + 2, last, last - first - 2)]
    assert [(one["before"]["calculated"], one["after"]["calculated"]) for one in batches] == [
        (False, True), (True, False),
    ]  # fmt: skip


def test_each_measurement_is_kept_and_the_chain_proves_it(place: Workplace) -> None:
    answers = [place.must("measure").answer for _ in range(2)]
    with place.session(exclusive=False) as work:
        kept = list(work.ledger.measurements(MeasurementKind.SURVEY))
        events = [one.event for one in work.ledger.events(type_=EventType.EXPORT)]
    assert [one.number for one in kept] == [answer["measurement"] for answer in answers]
    assert all(one.figures["by"] == answers[0]["by"] for one in kept)
    told = [event for event in events if event.details.get("what") == "measure survey"]
    assert [event.details["correct"] for event in told] == [answer["correct"] for answer in answers]
    assert place.must("ledger", "verify").answer["ok"] is True


def test_nothing_surveyed_says_that_the_denominator_is_empty(tmp_path: Path) -> None:
    place = surveyed_place(tmp_path / "place", build_hospital(1), ())
    empty = Workplace(folder=tmp_path / "empty", hospital=place.hospital, port=place.port)
    empty.folder.mkdir()
    empty.configure()
    empty.must("init", "--dir", str(empty.folder))
    answer = empty.must("measure").answer
    assert (answer["studies"], answer["correct"], answer["share"], answer["reached"]) == (0, 0, None, None)
    ran = empty.run("measure")
    assert "the denominator is empty" in ran.out
    assert "100" not in ran.out.split("\n")[0]
    assert "remediate survey" in ran.out
    assert "de noemer is leeg" in empty.run("--lang", "nl", "measure").out
    assert empty.must("measure", "trend").answer["share"] is None


def test_every_command_answers_one_document_and_speaks_both_languages(
    place: Workplace, archive: EmbeddedArchive, tmp_path: Path
) -> None:
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("time;state;study_instance_uid\n2026-01-05 10:00;finished;1.2.3\n")
    place.configure(measure={"own_institutions": ["Ziekenhuis Oost"]})
    secrets = Secrets.of(place.hospital)
    for words, english, dutch in (
        (("survey",), "The BSN stands in the right place", "Het BSN staat op de juiste plaats"),
        (("sample", "--size", "3"), "Drawn from", "Getrokken uit"),
        (("jobs", str(jobs)), "Lines that need a look", "Regels die aandacht vragen"),
        (("received",), "studies from other institutions", "onderzoeken van andere instellingen"),
        (("trend",), "Course", "Verloop"),
    ):
        assert set(place.must("measure", *words).answer) >= NEEDED, words
        for language, expected in (("en", english), ("nl", dutch)):
            ran = place.run("measure", *words, "--lang", language)
            assert ran.code == 0, ran.err
            assert expected in ran.out
            assert list(leaks_in((ran.out + ran.err).encode(), words[0], secrets)) == []
    folder = place.folder / "measurements"
    names = {path.name for path in folder.iterdir()}
    assert {"measure.html", "measure.png", "survey.csv", "survey.json", "survey-reasons.csv", "sample.json",
            "sample-looked-at.csv", "jobs.csv", "received.csv", "trend.csv", "letters"} <= names  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert list(leaks_under(folder, secrets)) == []


def test_csv_and_json_hold_every_figure(place: Workplace, tmp_path: Path) -> None:
    answer = place.must("measure", "--lang", "nl").answer
    place.must("measure", "survey", "--out", str(tmp_path / "out"), "--lang", "nl")
    written = json.loads((tmp_path / "out" / "survey.json").read_text())
    assert written["by"] == answer["by"]
    text = (tmp_path / "out" / "survey.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    for dimension, groups in answer["by"].items():
        found = {row["group"]: row for row in rows if row["dimension"] == dimension}
        assert set(found) == set(groups)
        for name, group in groups.items():
            assert (int(found[name]["studies"]), int(found[name]["correct"])) == (group["studies"], group["correct"])
            assert found[name]["share"].replace(",", ".") == ("" if group["share"] is None else str(group["share"]))
    reasons = (tmp_path / "out" / "survey-reasons.csv").read_text(encoding="utf-8-sig")
    whole = {
        row["code"]: int(row["number"])
        for row in csv.DictReader(io.StringIO(reasons), delimiter=";")
        if (row["dimension"], row["kind"]) == ("all", "wrong")
    }
    assert whole == answer["wrong"]


def test_a_wrong_call_is_one_line(place: Workplace) -> None:
    for words in (
        ("sample", "--confidence", "40"),
        ("sample", "--size", "0"),
        ("sample", "--by", "weather"),
        ("jobs",),
        ("jobs", str(place.folder / "absent.csv")),
        ("received", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("weather",),
    ):
        ran = place.json("measure", *words)
        assert ran.code == 64, words
        assert ran.one_line.startswith("remediate: ")
        assert ran.out == ""
