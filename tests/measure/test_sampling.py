"""Samples taken from a real archive over real associations: what the headers say decides, and is accounted for."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import ALWAYS, Faults
from remediate.demo.sent_jobs import SentJob, write_sent_jobs
from remediate.measure.sample import draws_so_far
from remediate.records.ledger import EventType
from remediate.records.measurements import KeptMeasurement, MeasurementKind
from tests.measured_hospital import CORRECT, EXCEPTED, put_right, truth_of
from tests.workplace import Workplace


@pytest.fixture
def archive(place: Workplace) -> Iterator[EmbeddedArchive]:
    """The place's archive, listening."""
    with place.archive() as archive:
        yield archive


def looked_at(answer: dict[str, Any]) -> dict[str, str | None]:
    """Category by study."""
    return {one["study_instance_uid"]: one["category"] for one in answer["looked_at"]}


def test_looking_at_everything_finds_the_truth(place: Workplace, archive: EmbeddedArchive) -> None:
    answer = place.must("measure", "sample", "--size", "100", "--seed", "7").answer
    counted = [study for study in place.hospital.studies if truth_of(study) != EXCEPTED]
    found = looked_at(answer)
    assert set(found) == {study.study_instance_uid for study in counted}
    for study in counted:
        right = found[study.study_instance_uid] in ("correct", "corrected")
        assert right == (truth_of(study) == CORRECT), study.truth.variant
    right = sum(truth_of(study) == CORRECT for study in counted)
    assert (answer["studies"], answer["correct"], answer["population"]) == (len(counted), right, len(counted))
    assert answer["interval"] == [answer["share"], answer["share"]], "nothing is left to estimate"
    assert answer["verdict"] == "refuted"
    assert answer["otherwise_than_surveyed"] == 0
    assert place.left_in_spool() == []


def test_what_no_plan_has_decided_yet_stands_where_a_plan_would_put_it(
    place: Workplace, archive: EmbeddedArchive
) -> None:
    decided = place.must("measure", "sample", "--size", "100", "--seed", "7").answer
    with closing(sqlite3.connect(place.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE studies SET state = 'surveyed', reason = ''")
    answer = place.must("measure", "sample", "--size", "100", "--seed", "8").answer
    own = ("measurement", "measured_at", "seed")
    assert {**answer, **dict.fromkeys(own)} == {**decided, **dict.fromkeys(own)}
    assert answer["otherwise_than_surveyed"] == 0, "exceptions are left out, and what is right was known to be"
    assert answer["draws"] == {"number": 1, "draws": 1, "shown": 0}, "the same studies, whatever the seed"


def test_a_draw_of_other_studies_is_another_draw() -> None:
    def figures(*uids: str, verdict: str = "shown") -> dict[str, Any]:
        looked = [{"study_instance_uid": uid} for uid in uids]
        return {"source": "archive", "seed": 7, "population": 3, "drawn": 2, "verdict": verdict, "looked_at": looked}

    def kept(number: int, *uids: str) -> KeptMeasurement:
        at = datetime(2026, 1, number, tzinfo=UTC)
        return KeptMeasurement(number=number, kind=MeasurementKind.SAMPLE, at=at, figures=figures(*uids))

    earlier = [kept(1, "1.2", "1.3"), kept(2, "1.2", "1.4")]  # one study went and another came
    assert draws_so_far(earlier, figures("1.3", "1.2", verdict="refuted")) == {"number": 1, "draws": 2, "shown": 1}
    assert draws_so_far(earlier, figures("1.3", "1.4")) == {"number": 3, "draws": 3, "shown": 3}


def test_a_seed_draws_the_same_studies_again(place: Workplace, archive: EmbeddedArchive) -> None:
    first = place.must("measure", "sample", "--size", "4", "--seed", "11").answer
    again = place.must("measure", "sample", "--size", "4", "--seed", "11").answer
    other = place.must("measure", "sample", "--size", "4", "--seed", "12").answer
    assert first["looked_at"] == again["looked_at"] != other["looked_at"]
    assert (first["seed"], first["drawn"]) == (11, 4)
    drawn = place.must("measure", "sample", "--size", "4").answer
    same = place.must("measure", "sample", "--size", "4", "--seed", str(drawn["seed"])).answer
    own = {"measurement": drawn["measurement"] + 1, "measured_at": same["measured_at"]}
    assert same == drawn | own


def test_a_study_that_the_archive_no_longer_has_is_named_and_counts_against_the_claim(place: Workplace) -> None:
    gone = next(study for study in place.hospital.studies if truth_of(study) != EXCEPTED)
    shutil.rmtree(place.folder / "archive" / gone.study_instance_uid)
    with place.archive():
        answer = place.must("measure", "sample", "--size", "100").answer
    assert looked_at(answer)[gone.study_instance_uid] is None
    assert answer["unseen"] == {"not-in-archive": 1}
    assert answer["studies"] + 1 == answer["drawn"]


def test_when_nothing_can_be_looked_at_nothing_is_claimed(place: Workplace) -> None:
    with place.archive(Faults(retrieve_lost=ALWAYS)):
        answer = place.must("measure", "sample", "--size", "5").answer
        text = place.run("measure", "sample", "--size", "5").out
    assert answer["unseen"] == {"retrieve-incomplete": 5}
    assert (answer["studies"], answer["share"], answer["interval"]) == (0, None, None)
    assert answer["verdict"] == "not-shown"
    assert "denominator is empty" in text


def test_a_header_that_says_otherwise_than_the_survey_is_found(place: Workplace, archive: EmbeddedArchive) -> None:
    wrong, half = [study for study in place.planned() if study.case.second_series is None][:2]
    archive.store_directly(put_right(wrong))
    archive.store_directly(item for item in put_right(half) if item.sop_instance_uid.split(".")[-2] == "1")
    answer = place.must("measure", "sample", "--size", "100").answer
    assert looked_at(answer)[wrong.study_instance_uid] == "correct"
    assert looked_at(answer)[half.study_instance_uid] == "misplaced", "one series is enough to make a study wrong"
    assert answer["otherwise_than_surveyed"] == 1


def test_every_look_is_an_event_of_its_own(place: Workplace, archive: EmbeddedArchive) -> None:
    answer = place.must("measure", "sample", "--size", "3").answer
    with place.session(exclusive=False) as work:
        probes = [one.event for one in work.ledger.events(type_=EventType.HEADER_PROBE)]
    seen = [event.study for event in probes if event.details.get("why") == "measure sample"]
    assert sorted(seen) == sorted(looked_at(answer))


def test_a_sample_of_what_was_sent_is_drawn_from_that_only(
    place: Workplace, archive: EmbeddedArchive, tmp_path: Path
) -> None:
    counted = [study for study in place.hospital.studies if truth_of(study) != EXCEPTED]
    jobs = [
        SentJob(
            at=datetime(2026, 1, 5, 9, number),  # noqa: DTZ001 - wall-clock time, as in the list
            study=study,
            destination="Noord",
            type="DICOM Send",
            outcome="finished" if number < 5 else "failed",
        )
        for number, study in enumerate(counted)
    ]
    path = write_sent_jobs(tuple(jobs), tmp_path / "jobs.csv")
    answer = place.must("measure", "sample", "--sent", str(path), "--size", "50").answer
    # The bad lines repeat the last study as finished, with a time that nobody can read.
    sent = {job.study.study_instance_uid for job in (*jobs[:5], jobs[-1])}
    assert set(looked_at(answer)) == sent
    assert (answer["population"], answer["source"]) == (len(sent), "jobs.csv")


def test_strata_are_told_with_their_sizes(place: Workplace, archive: EmbeddedArchive) -> None:
    answer = place.must("measure", "sample", "--size", "100", "--by", "institution", "--by", "modality").answer
    strata = answer["by"]["stratum"]
    assert sum(one["population"] for one in strata.values()) == answer["population"]
    assert sum(one["drawn"] for one in strata.values()) == answer["drawn"]
    assert answer["strata_by"] == ["institution", "modality"]
