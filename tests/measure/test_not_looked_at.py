"""What nobody looked at is no share: of a list or an index that does not tell, bounds are told, and what settles it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from remediate.demo.hospital import Study, build_hospital
from remediate.shares import outward, share_of, target_reached
from tests.workplace import Workplace, free_port, load_epd, new_workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """Keys and ledger, an archive with everything in it; nothing surveyed."""
    return new_workplace(tmp_path / "place", build_hospital(24), free_port())


def listed(place: Workplace, columns: str = "", studies: Sequence[Study] = ()) -> Path:
    """The archive's studies as somebody exported them from its database."""
    path = place.folder / "list.csv"
    lines = [f"StudyInstanceUID;PatientID;PatientName;PatientBirthDate;PatientSex;StudyDate{columns}"]
    for study in studies or place.hospital.studies:
        who = study.case.identity
        row = (study.study_instance_uid, who.patient_id, who.patient_name, who.birth_date, who.sex, study.study_date)
        lines.append(";".join(row) + (";999911120" if columns else ""))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", ["", ";OtherPatientIDs"])
def test_a_list_that_nobody_read_is_no_share(place: Workplace, columns: str) -> None:
    place.must("survey", "import", str(listed(place, columns)))
    load_epd(place)
    answer = place.must("measure").answer
    whole = answer["not_looked_at"]
    assert whole == 24 - sum(answer["exceptions"].values())
    assert (answer["studies"], answer["correct"], answer["share"], answer["reached"]) == (0, 0, None, None)
    assert answer["bounds"] == [0.0, 1.0]
    assert (answer["wrong"], answer["categories"]["missing"]) == ({}, 0), "nobody knows that anything is missing"
    planned = place.must("plan", "--out", str(place.folder / "plan")).answer
    assert planned["coverage"] == {"before": None, "after": None}
    text = place.run("measure").out
    assert "no header was read" in text.lower()
    assert "remediate survey --headers series" in text
    assert "niet bekeken" in place.run("--lang", "nl", "measure").out.lower()


def test_reading_the_headers_settles_it(place: Workplace) -> None:
    place.must("survey", "import", str(listed(place)))
    load_epd(place)
    with place.archive():
        place.must("survey", "--headers", "series")
    answer = place.must("measure").answer
    assert answer["not_looked_at"] == 0
    assert answer["bounds"][0] <= answer["share"] <= answer["bounds"][1]
    assert answer["studies"] == 24 - sum(answer["exceptions"].values())


def test_what_is_unread_counts_neither_way(tmp_path: Path) -> None:
    """Half is read, half stands in a list: the share is that of the half, the bounds are those of all."""
    hospital = build_hospital(24)
    place = new_workplace(tmp_path / "place", hospital, free_port(), studies=hospital.studies[:12])
    with place.archive():
        place.must("survey", "--headers", "series")
    load_epd(place)
    half = place.must("measure").answer
    place.must("survey", "import", str(listed(place, studies=hospital.studies[12:])))
    answer = place.must("measure").answer
    assert (answer["studies"], answer["correct"], answer["share"]) == (half["studies"], half["correct"], half["share"])
    plan = place.run("plan", "--out", str(place.folder / "plan"))
    assert f"Not looked at, and not counted: {answer['not_looked_at']}." in plan.out
    document = json.loads((place.folder / "plan" / "plan.json").read_text())
    assert document["coverage"]["before"] == half["share"]
    assert document["coverage"]["after"] == half["projected"]["share"]
    assert sum(document["left_out"]["not-looked-at"].values()) == answer["not_looked_at"]
    trend = place.must("measure", "trend").answer
    assert trend["points"][-1]["not_looked_at"] == answer["not_looked_at"]
    assert trend["reached"] == answer["reached"]
    whole = answer["studies"] + answer["not_looked_at"]
    assert tuple(answer["bounds"]) == outward(
        answer["correct"] / whole, (answer["correct"] + answer["not_looked_at"]) / whole
    )


def test_the_archive_of_the_probe_alone_needs_no_plan(tmp_path: Path) -> None:
    """Our own test study is no study to plan: 'make a plan: 1 studies' was the first advice that anybody read."""
    place = new_workplace(tmp_path / "place", build_hospital(6), free_port(), studies=())
    with place.archive():
        place.must("doctor", "--probe")
        place.must("survey", "--headers", "series")
    answer = place.must("measure").answer
    assert (answer["studies"], answer["undecided"], answer["surveyed"]) == (0, 0, 1)
    assert "plan" not in place.run("measure").out


@pytest.mark.parametrize(
    ("correct", "studies", "share"),
    [
        (94_999, 100_000, 0.94999),
        (95_004, 100_000, 0.95004),
        (9_499_999, 10_000_000, 0.95),
        (9_500_000, 10_000_000, 0.95),
        (9_500_001, 10_000_000, 0.950001),
        (9_999_999, 10_000_000, 0.999999),
        (1, 3, 0.333333),
        (0, 0, None),
    ],
)
def test_a_share_of_six_digits_agrees_with_reached(correct: int, studies: int, share: float | None) -> None:
    assert share_of(correct, studies) == share
    if share is not None:
        assert (share > 0.95) == target_reached(correct, studies, 0, 0.95)


@pytest.mark.parametrize(
    ("correct", "studies", "unread", "expected"),
    [
        (96, 100, 0, True), (95, 100, 0, False), (96, 100, 1, True), (96, 100, 2, None), (0, 0, 10, None),
        (90, 100, 101, None), (90, 100, 50, False), (0, 0, 0, None),
    ],
)  # fmt: skip
def test_the_target_is_reached_only_if_the_unread_cannot_overturn_it(
    correct: int, studies: int, unread: int, expected: bool | None
) -> None:
    assert target_reached(correct, studies, unread, 0.95) is expected
