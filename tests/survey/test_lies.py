"""What an archive says at C-FIND and does not mean: no flood of queries, nothing believed that is no UID, all named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from remediate.demo.faults import Break, ConversationEnding, Faults, Phase, nth
from remediate.demo.hospital import build_hospital
from remediate.dicom import find
from remediate.header.uids import uid_problem
from remediate.identity.evidence import Source
from remediate.records.dicom import FindAnswer, FoundStudy
from remediate.records.states import State
from remediate.survey import queries
from tests.workplace import Workplace, free_port, load_epd, new_workplace

HOSPITAL = build_hospital(24)
ALL = {study.study_instance_uid for study in HOSPITAL.studies}
ONE = HOSPITAL.studies[0].study_instance_uid


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = new_workplace(tmp_path / "place", HOSPITAL, free_port())
    made.configure(archive={"headers": "none", "retries": 0})
    return made


def besides(uid: str, **more: str) -> tuple[tuple[str, str], ...]:
    texts = {"StudyInstanceUID": uid, "PatientID": "7654321", "StudyDate": "20100304", **more}
    return tuple(texts.items())


@pytest.mark.parametrize("when", ["all", "empty"])
@pytest.mark.parametrize("status", [0xB000, 0xC001, 0xA700, 0xFE00, 0x0110])
def test_answers_that_never_end_in_success_are_told_and_not_asked_for_again_and_again(
    place: Workplace, status: int, when: str
) -> None:
    faults = Faults(find_end=status) if when == "all" else Faults(find_end_of_empty=status)
    with place.archive(faults):
        ran = place.json("survey")
        told = place.run("survey").out
    assert ran.code == 1
    assert ran.answer["complete"] is False
    assert set(place.states()) == ALL
    assert ran.answer["endings"].keys() == {f"0x{status:04X}"}
    assert f"0x{status:04X} ({status})" in told
    assert "NOT complete" in told
    assert ran.answer["queries"] < 150, "as many as there are years and parts of one prefix, and no more"


@pytest.mark.parametrize("status", [0xB000, 0xC001, 0xA700])
def test_an_empty_archive_that_never_says_success_is_asked_a_few_times(tmp_path: Path, status: int) -> None:
    place = new_workplace(tmp_path / "place", HOSPITAL, free_port(), [])
    with place.archive(Faults(find_end=status)):
        ran = place.json("survey")
    assert (ran.code, ran.answer["studies"], ran.answer["complete"]) == (1, 0, False)
    assert ran.answer["queries"] < (10 if status != 0xA700 else 150)


def test_a_refusal_for_want_of_resources_is_asked_for_in_parts_though_nothing_came(place: Workplace) -> None:
    """Some archives give nothing at all of what is too much for them."""
    real = find.find_studies

    def all_or_nothing(*given: Any, most: int) -> FindAnswer:
        answer = real(*given, most=most)
        return answer if len(answer.studies) <= 5 else replace(answer, studies=(), complete=False, status=0xA700)

    with patch.object(find, "find_studies", all_or_nothing), place.archive():
        ran = place.json("survey")
    assert set(place.states()) == ALL
    assert ran.answer["complete"] is True


def test_the_queries_of_a_survey_have_a_ceiling(place: Workplace) -> None:
    with (
        patch.object(queries, "FIRST_QUERIES", 20),
        patch.object(queries, "PER_STUDY", 0),
        place.archive(Faults(find_limit=2, find_limit_status=0xA700)),
    ):
        ran = place.json("survey")
    assert ran.answer["complete"] is False
    assert ran.answer["queries"] < 20 + 70 + len(ALL)


def test_an_archive_that_answers_without_end_is_broken_off_and_told(place: Workplace) -> None:
    place.configure(archive={"find_most": 100})
    with place.archive(Faults(find_flood=200)), patch.object(find, "find_studies", wraps=find.find_studies) as asked:
        ran = place.json("survey")
    assert (ran.code, ran.out) == (1, "")
    assert "more studies than a hospital can have" in ran.one_line
    assert asked.call_count == 2, "that a query for one study has no end either says it all: each takes minutes"
    assert place.states() == {}


def test_an_archive_that_names_without_end_what_it_does_not_know_is_told_soon(place: Workplace) -> None:
    place.configure(archive={"find_most": 100})
    real, asked = find.find_studies, []

    def made_up(*given: Any, most: int) -> FindAnswer:
        asked.append(given[1])
        answer = real(*given, most=most)
        return FindAnswer(studies=(), complete=True, status=0) if given[1].study_instance_uid else answer

    with place.archive(Faults(find_flood=200)), patch.object(find, "find_studies", made_up):
        ran = place.json("survey")
    assert (ran.code, len(asked)) == (1, 4)
    assert "more studies than a hospital can have" in ran.one_line


def test_a_long_answer_that_is_broken_off_is_asked_for_in_parts(place: Workplace) -> None:
    real = find.find_studies
    with patch.object(find, "find_studies", lambda *given, most: real(*given, most=min(most, 3))), place.archive():
        assert place.must("survey").answer["complete"] is True
    assert set(place.states()) == ALL


def test_what_is_named_briefly_and_never_answered_in_full_is_named(place: Workplace) -> None:
    with place.archive(Faults(find_briefly_only=frozenset({ONE}))):
        ran = place.json("survey")
        told = place.run("survey", "--lang", "nl").out
        limited = place.json("survey", "--from", "1990-01-01", "--to", "2026-11-28")
    assert ran.code == limited.code == 1
    assert ran.answer["complete"] is limited.answer["complete"] is False
    assert ran.answer["unanswered"] == limited.answer["unanswered"] == [ONE]
    assert ONE in told
    assert set(place.states()) == ALL - {ONE}


NO_UIDS = (
    ".", "..", f"{ONE}/", f"{ONE}/../x", f"./{ONE}", "1.2." + "3" * 300, "1.2.\x1b[2J3", "<script>alert(1)</script>",
    "", "1.02.3", "1..2", "Totaal", "1.2.3\n4", "1.2.3\\1.2.4",
)  # fmt: skip


def test_what_is_no_uid_is_left_out_counted_and_named(place: Workplace) -> None:
    faults = Faults(find_besides=tuple(besides(uid) for uid in NO_UIDS))
    with place.archive(faults):
        ran = place.json("survey")
        told = place.run("survey").out
        assert ran.err == ""
        assert (ran.code, ran.answer["complete"]) == (1, False)
        assert set(place.states()) == ALL
        assert len(ran.answer["no_uid"]) == len(NO_UIDS)
        assert f"{len(NO_UIDS)} studies left out" in told
        assert "\x1b" not in told
        load_epd(place)
        place.must("plan")


def test_a_uid_of_another_study_with_a_slash_does_not_reach_that_studys_originals(place: Workplace) -> None:
    """The way in which originals of quarantined studies were deleted: kept by an earlier version, planned, executed."""
    with place.session() as work:
        kept = work.spool.folder(ONE, "original-1-1") / "object.dcm"
        kept.write_bytes(b"an original")
        for name in (f"{ONE}/", ".", ""):
            with pytest.raises(Exception, match="not a folder of the spool"):
                work.spool.parts(name)
    assert kept.exists()


@pytest.mark.parametrize("uid", ["", ".", f"{ONE}/", "<script>"])
def test_a_row_that_an_earlier_version_kept_stops_no_plan(place: Workplace, uid: str) -> None:
    with place.archive():
        place.must("survey")
    load_epd(place)
    (planned, *_) = place.planned()
    before = place.must("plan").answer["counts"]
    with place.session() as work:
        row = work.ledger.study(planned.study_instance_uid)
        assert row is not None
        evidence = row.evidence.headers[0]
        work.ledger.save_found([FoundStudy(study_instance_uid=uid, evidence=evidence)], now=datetime.now(UTC))
    for _ in range(2):
        answer = place.must("plan").answer
        assert answer["counts"] == before | {"review": before["review"] + 1}
        assert answer["reasons"]["study-uid-is-none"] == 1
    assert place.run("plan").code == 0
    assert place.states().get(uid, State.REVIEW) is State.REVIEW


@pytest.fixture
def probing(place: Workplace) -> Workplace:
    place.configure(archive={"headers": "series"})
    return place


def test_one_study_whose_header_does_not_come_ends_no_survey(probing: Workplace) -> None:
    place = probing
    faults = Faults(breaks=(Break(phase=Phase.GET, by=ConversationEnding.ABORT, on=nth(3)),))
    with place.archive(faults) as archive:
        ran = place.json("survey")
        assert (ran.code, ran.answer["complete"], ran.answer["studies"]) == (0, True, len(ALL))
        unread = ran.answer["headers_unread"]
        assert len(unread) == 1
        archive.faults = Faults()
        assert place.must("survey").answer["headers_unread"] == {}, "it is asked for again"
    with place.session() as work:
        assert {row.evidence.source for row in work.ledger.studies()} == {Source.PROBE}


def test_the_reason_is_that_the_header_was_not_read_and_nothing_that_only_a_header_tells(probing: Workplace) -> None:
    """An index that answers neither birth date nor sex: only the header could tell."""
    place = probing
    ghost = "1.2.826.0.1.3680043.8.498.99"
    patient = HOSPITAL.studies[0].case.identity.patient_id
    with place.archive(Faults(find_besides=(besides(ghost, PatientID=patient),))):
        ran = place.json("survey")
        told = place.run("survey").out
    assert list(ran.answer["headers_unread"]) == [ghost]
    assert f"could not be read, so no plan will change them: {ghost}" in told
    load_epd(place)
    answer = place.must("plan").answer
    assert answer["reasons"]["header-not-read"] == 1
    assert place.reasons()[ghost] == "header-not-read"
    assert uid_problem(ghost) is None
