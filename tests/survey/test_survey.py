"""The survey finds every study, whatever the archive's cap, and says so when it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from remediate.demo.faults import ALWAYS, Break, ConversationEnding, Faults, Phase
from remediate.demo.hospital import Hospital, Study, build_hospital
from remediate.identity.evidence import Source
from remediate.records.ledger import EventType
from tests.workplace import Workplace, everything, free_port, new_workplace

STUDIES = 24
HOSPITAL = build_hospital(STUDIES)
Dated = Callable[[int, Study], tuple[str, str]]


def dated(hospital: Hospital, when: Dated) -> list[Study]:
    """The hospital's studies on other dates and times."""
    moved = []
    for number, study in enumerate(hospital.studies):
        day, clock = when(number, study)
        moved.append(replace(study, frame=replace(study.frame, study_date=day, study_time=clock)))
    return moved


def surveyed(folder: Path, studies: list[Study] | None = None, **archive: object) -> Workplace:
    place = new_workplace(folder, HOSPITAL, free_port(), studies)
    place.configure(archive={"headers": "none", **archive})
    return place


def known(place: Workplace) -> set[str]:
    return set(place.states())


ALL = {study.study_instance_uid for study in HOSPITAL.studies}


def test_every_study_is_found_undated_ones_too(tmp_path: Path) -> None:
    place = surveyed(tmp_path)
    with place.archive():
        answer = place.must("survey").answer
    assert set(answer) >= {"studies", "new", "queries", "complete", "undated"}
    assert answer["studies"] == answer["new"] == STUDIES
    assert answer["undated"] == sum(1 for study in HOSPITAL.studies if not study.study_date)
    assert answer["undated"] > 0
    assert answer["complete"] is True
    assert known(place) == ALL


def test_a_second_survey_finds_nothing_new(tmp_path: Path) -> None:
    place = surveyed(tmp_path)
    with place.archive():
        place.must("survey")
        answer = place.must("survey").answer
    assert (answer["studies"], answer["new"]) == (STUDIES, 0)


def test_a_survey_of_some_years_takes_those_only(tmp_path: Path) -> None:
    place = surveyed(tmp_path)
    with place.archive():
        place.must("survey", "--from", "2010-01-01", "--to", "2014-12-31")
    wanted = {s.study_instance_uid for s in HOSPITAL.studies if "2010" <= s.study_date[:4] <= "2014"}
    assert known(place) == {uid for uid in wanted if HOSPITAL.study(uid).study_date != "20110231"}


@pytest.mark.parametrize("status", [0x0000, 0xA700])
def test_a_cap_is_worked_around_by_splitting_years_days_and_times(tmp_path: Path, status: int) -> None:
    """All studies in two weeks, sixteen of them on one day: dates are halved, then the day."""
    when = {0: "20100301", 1: "20100312", 2: "20100312"}
    studies = dated(HOSPITAL, lambda n, s: (when[n % 3], f"{(n // 3) * 3 % 24:02d}1500"))
    place = surveyed(tmp_path, studies, find_cap=10)
    with place.archive(Faults(find_limit=10, find_limit_status=status)):
        place.json("survey")
    assert known(place) == ALL


@pytest.mark.parametrize("status", [0x0000, 0xA700])
def test_undated_studies_beyond_the_cap_are_found_by_patient_id(tmp_path: Path, status: int) -> None:
    studies = dated(HOSPITAL, lambda n, s: ("", ""))
    place = surveyed(tmp_path, studies, find_cap=10)
    with place.archive(Faults(find_limit=10, find_limit_status=status)):
        answer = place.json("survey").answer
    assert known(place) == ALL or answer["complete"] is False


def test_undated_studies_beyond_a_silent_cap_with_room_for_all_dated_ones_are_found(tmp_path: Path) -> None:
    first = sorted(ALL)[:6]  # an archive answers in this order
    studies = dated(HOSPITAL, lambda n, s: ("20100301" if s.study_instance_uid in first else "", ""))
    place = surveyed(tmp_path, studies)
    with place.archive(Faults(find_limit=10)):
        assert place.must("survey").answer["undated"] == STUDIES - 6
    assert known(place) == ALL


def test_a_silent_cap_below_ours_is_noticed_when_years_differ(tmp_path: Path) -> None:
    place = surveyed(tmp_path)
    with place.archive(Faults(find_limit=4)):
        ran = place.json("survey")
    assert known(place) == ALL or (ran.answer["complete"] is False and ran.code == 1)


def test_a_silent_cap_below_ours_is_noticed_when_all_studies_are_of_one_year(tmp_path: Path) -> None:
    studies = dated(HOSPITAL, lambda n, s: (f"2010{1 + n % 12:02d}{1 + n % 28:02d}", s.frame.study_time))
    place = surveyed(tmp_path, studies)
    with place.archive(Faults(find_limit=9)):
        ran = place.json("survey")
    assert known(place) == ALL or (ran.answer["complete"] is False and ran.code == 1)


def test_an_archive_that_breaks_off_loses_nothing_and_the_survey_goes_on_where_it_stopped(tmp_path: Path) -> None:
    place = surveyed(tmp_path, headers="series")
    with place.archive(
        Faults(breaks=(Break(phase=Phase.GET, by=ConversationEnding.ABORT, on=range(20, 10_000)),))
    ) as archive:
        ran = place.json("survey")
        assert (ran.code, ran.answer["complete"]) == (1, False)
        assert len(ran.answer["headers_unread"]) == 5, "after that many in a row no more headers are asked for"
        assert known(place) == ALL
        archive.faults = Faults()
        answer = place.must("survey").answer
    assert answer["complete"] is True
    assert known(place) == ALL
    with place.session() as work:
        sources = {row.study_instance_uid: row.evidence.source for row in work.ledger.studies()}
    unread = sorted(uid for uid, source in sources.items() if source is not Source.PROBE)
    assert unread == [], "studies whose headers were never read, though headers of each series were asked for"
    assert place.left_in_spool() == []


def test_an_archive_that_stops_answering_finds_is_an_error_not_an_empty_archive(tmp_path: Path) -> None:
    place = surveyed(tmp_path)
    with place.archive(Faults(breaks=(Break(phase=Phase.FIND, by=ConversationEnding.CLOSE, on=ALWAYS),))):
        ran = place.json("survey")
    assert ran.code == 1
    assert ran.out == ""
    assert known(place) == set()


def test_an_index_that_names_another_patient_than_the_header_is_seen_by_the_match(tmp_path: Path) -> None:
    """The index says WRONG-1: with headers read, index and header stand side by side."""
    place = surveyed(tmp_path, headers="study")
    with place.archive(Faults(find_wrong_patient=ALWAYS)):
        place.must("survey", "--headers", "series")
    with place.session() as work:
        named = [{h.patient_id for h in row.evidence.headers} for row in work.ledger.studies()]
    wrong = [ids for ids in named if "WRONG-1" in ids]
    assert wrong
    assert all(len(ids) > 1 for ids in wrong)


def test_the_survey_stores_nothing_and_tells_the_ledger(tmp_path: Path) -> None:
    place = surveyed(tmp_path)
    before = everything(place.folder / "archive")
    with place.archive():
        answer = place.must("survey", "--headers", "series").answer
    assert everything(place.folder / "archive") == before
    with place.session() as work:
        begun, event = work.ledger.events(type_=EventType.SURVEY)
        probed = {entry.event.study for entry in work.ledger.events(type_=EventType.HEADER_PROBE)}
    assert begun.event.reason == "begun"
    assert len(probed) == answer["studies"]
    assert event.event.details["studies"] == answer["studies"]
    assert event.event.details["complete"] is True
