"""What a review list tells and what a person may type: no values of patients, in either direction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import passes_eleven_test
from remediate.identity.bsn_spelling import masked_numbers
from remediate.identity.differences import (
    Comparison,
    compare_birth_dates,
    compare_given_names,
    compare_sexes,
    compare_surnames,
)
from remediate.identity.evidence import Evidence, Place, StudyEvidence
from remediate.identity.patients import Patient, PersonName
from remediate.identity.verdicts import MatchingPolicy
from remediate.plan.typed_reason import holds_bsn, names_patient
from remediate.report.review_words import PLACES
from remediate.review.marks import bracketed, words_beside
from remediate.review.rows import likeness, sides_of
from remediate.review.words import SENTENCES
from remediate.tables.cells import was_rewritten

POLICY = MatchingPolicy()
PATIENT = Patient(
    epd_patient_id="12345",
    authority="HOSPITAL",
    name=PersonName(
        surname="Wijnberg", prefix="van den", partner_surname="Koëter", given_names="Anna Sofie", initials="AS"
    ),
    birth_date=date(1961, 4, 7),
    sex="F",
)
HEADER = Evidence(patient_id="12345", patient_name="Koeter^Annie", birth_date="19610407", sex="F")
TEST_BSNS = [text for text in (f"9999{tail:05d}" for tail in range(3000)) if passes_eleven_test(text)]


def study(*headers: Evidence) -> StudyEvidence:
    return StudyEvidence(study_instance_uid="1.2.3", headers=headers or (HEADER,))


@given(
    st.sampled_from(TEST_BSNS), st.sampled_from(["", " ", ".", "-", "  ", " - ", ". "]), st.text("abc ,:", max_size=8)
)
def test_a_bsn_is_found_however_it_is_spaced(digits: str, mark: str, around: str) -> None:
    assert holds_bsn(f"{around}{digits[:4]}{mark}{digits[4:6]}{mark}{digits[6:]}{around}")


@pytest.mark.parametrize(
    "text", ["number ends in ******123", "***123", "xxxxxx 123", "BSN999911120", "0999911120 seen", "99991112-0"]
)
def test_masked_and_glued_numbers_are_found(text: str) -> None:
    assert holds_bsn(text)


@pytest.mark.parametrize("text", ["seen on 2024-03-05 at desk 12", "form 123456789", "room 4, box 17", "***"])
def test_other_numbers_may_be_typed(text: str) -> None:
    assert not passes_eleven_test("123456789")
    assert not holds_bsn(text)


@pytest.mark.parametrize(
    "text",
    [
        "mevrouw Wijnberg was here",
        "maiden name WYNBERG",
        "married: Koeter",
        "Sofie is her second name",
        "called annie",
        "born 7-4-1961",
        "born 07/04/1961",
        "1961-04-07 is right",
        "07041961 typed wrong",
    ],
)
def test_name_and_birth_date_may_not_be_typed(text: str) -> None:
    assert names_patient(text, study(), PATIENT)


@pytest.mark.parametrize("text", ["van den Berg desk", "typing error in the year", "passport seen 5-4-2021", ""])
def test_other_words_and_dates_may_be_typed(text: str) -> None:
    assert not names_patient(text, study(), PATIENT)


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [
        ("19610407", Comparison.EQUAL),
        ("19610704", Comparison.DAY_AND_MONTH_SWAPPED),
        ("19510407", Comparison.YEAR_ONLY),
        ("19600407", Comparison.YEAR_BY_ONE),
        ("19620407", Comparison.YEAR_BY_ONE),
        ("18610407", Comparison.CENTURY),
        ("19160407", Comparison.DIGITS_SWAPPED),
        ("19620507", Comparison.DIFFERS),
        ("19610507", Comparison.MONTH_ONLY),
        ("19610408", Comparison.DAY_ONLY),
        ("19500315", Comparison.DIFFERS),
        ("", Comparison.ABSENT_IN_STUDY),
        ("1961", Comparison.UNREADABLE),
        ("19000101", Comparison.PLACEHOLDER),
    ],
)
def test_birth_dates_are_compared_in_words(birth_date: str, expected: Comparison) -> None:
    assert compare_birth_dates(Evidence(birth_date=birth_date), PATIENT, POLICY) is expected


@given(st.integers(0, 40_000))
def test_only_equal_birth_dates_are_called_equal(days: int) -> None:
    day = date(1910, 1, 1) + timedelta(days=days)
    found = compare_birth_dates(Evidence(birth_date=f"{day:%Y%m%d}"), PATIENT, POLICY)
    assert (found is Comparison.EQUAL) == (day == PATIENT.birth_date)


def test_likeness_falls_with_each_field_that_differs_and_the_worst_header_counts() -> None:
    full = Evidence(patient_name="Wijnberg - Koëter^Anna Sofie", birth_date="19610407", sex="F")
    others = [
        Evidence(patient_name="Oosterwold^Q", birth_date="19610407", sex="F"),
        Evidence(patient_name="Wijnberg - Koëter^Anna Sofie", birth_date="19520318", sex="F"),
        Evidence(patient_name="Wijnberg - Koëter^Anna Sofie", birth_date="19610407", sex="M"),
    ]
    best = likeness(study(full), PATIENT, POLICY)
    assert 75 <= best <= 100
    for other in others:
        alone = likeness(study(other), PATIENT, POLICY)
        assert alone < best
        assert likeness(study(full, other), PATIENT, POLICY) == alone


@pytest.mark.parametrize(
    ("name", "surname", "given"),
    [
        ("Wijnberg^Anna Sofie^^van den", Comparison.AGREES, Comparison.IN_FULL),
        ("Koeter^Anna", Comparison.PARTNERS_NAME, Comparison.FIRST_NAME),
        ("Wijnbreg^Anna", Comparison.LETTERS_SWAPPED, Comparison.FIRST_NAME),
        ("Winberg^Anna", Comparison.ONE_LETTER, Comparison.FIRST_NAME),
        ("Wijnbergh^Anna", Comparison.ONE_LETTER, Comparison.FIRST_NAME),
        ("Anna^Wijnberg", Comparison.NAMES_EXCHANGED, Comparison.NAMES_EXCHANGED),
        ("Wijnberg - de Vries^A", Comparison.PART_IN_COMMON, Comparison.BY_INITIALS),
        ("van der Wijnberg^Anna", Comparison.PREFIX_DIFFERS, Comparison.FIRST_NAME),
        ("Wijnb^Anna", Comparison.CUT_OFF, Comparison.FIRST_NAME),
        ("Wijnberg^Sofie", Comparison.AGREES, Comparison.LATER_NAME),
        ("Wijnberg^AS", Comparison.AGREES, Comparison.BY_INITIALS),
        ("Wijnberg^A.S.", Comparison.AGREES, Comparison.BY_INITIALS),
        ("Wijnberg^Anneke", Comparison.AGREES, Comparison.CALL_NAME),
        ("Vries^B.", Comparison.DIFFERS, Comparison.INITIALS_DIFFER),
        ("Wijnberg^Agnes", Comparison.AGREES, Comparison.SAME_INITIAL),
        ("Wijnberg^Anno", Comparison.AGREES, Comparison.ONE_LETTER),
        ("Wijnberg^Bernadet", Comparison.AGREES, Comparison.DIFFERS),
        ("Wijnberg", Comparison.AGREES, Comparison.ABSENT_IN_STUDY),
        ("", Comparison.ABSENT_IN_STUDY, Comparison.ABSENT_IN_STUDY),
    ],
)
def test_names_are_compared_in_words(name: str, surname: Comparison, given: Comparison) -> None:
    header = Evidence(patient_name=name)
    assert compare_surnames(header, PATIENT, POLICY) is surname
    assert compare_given_names(header, PATIENT, POLICY) is given


@pytest.mark.parametrize(
    ("sex", "expected"),
    [
        ("f", Comparison.EQUAL),
        ("M", Comparison.OTHER_SEX),
        ("U", Comparison.ABSENT_IN_STUDY),
        ("", Comparison.ABSENT_IN_STUDY),
    ],
)
def test_sexes_are_compared_in_words(sex: str, expected: Comparison) -> None:
    assert compare_sexes(Evidence(sex=sex), PATIENT, POLICY) is expected
    assert compare_sexes(Evidence(sex="F"), replace(PATIENT, sex=""), POLICY) is Comparison.ABSENT_IN_EPD


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_every_name_has_words_that_are_no_value(name: str, surname: str, given_names: str) -> None:
    patient = replace(PATIENT, name=PersonName(surname=surname, given_names=given_names))
    for compare in (compare_surnames, compare_given_names):
        said = SENTENCES[compare(Evidence(patient_name=name), patient, POLICY)]
        assert said.en
        assert said.nl


def test_a_revealed_name_keeps_a_bsn_masked_and_tells_both_sides() -> None:
    header = Evidence(patient_name=f"Koeter^Annie^^^{TEST_BSNS[0]}", birth_date="19610704", sex="M")
    sides = sides_of(study(header, HEADER), PATIENT)
    assert sides.name_in_epd == "van den Wijnberg - Koëter, Anna Sofie"
    assert sides.birth_dates_in_study == ("19610704", "19610407")
    assert (sides.birth_date_in_epd, sides.sexes_in_study, sides.sex_in_epd) == ("19610407", ("M", "F"), "F")
    assert TEST_BSNS[0] not in "".join(sides.names_in_study)
    assert sides.names_in_study[0].startswith("Koeter^Annie")
    assert TEST_BSNS[0] not in repr(sides)
    assert TEST_BSNS[0] not in "".join(sides_of(study(replace(header, sex=TEST_BSNS[0])), PATIENT).sexes_in_study)
    assert "Wijnberg" not in repr(sides)


def test_a_revealed_birth_date_stays_a_date_though_it_passes_the_eleven_test() -> None:
    date, number = "19310316", TEST_BSNS[0]
    assert masked_numbers(date) != date
    told = sides_of(study(replace(HEADER, birth_date=date), replace(HEADER, birth_date=number)), PATIENT)
    assert told.birth_dates_in_study[0] == date
    assert number not in told.birth_dates_in_study[1]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            "Koeter Annie",
            "van den Wijnberg - Koëter, Anna",
            ("Koeter [Annie]", "[van] [den] [Wijnberg] - Koëter, [Anna]"),
        ),
        ("M", "F", ("[M]", "[F]")),
        ("", "F", ("", "[F]")),
        ("JANSEN", "Jansen", ("JANSEN", "Jansen")),
        ("Jansen A", "Jansen, Anna", ("Jansen A", "Jansen, [Anna]")),
        ("Jansen A", "Jacobs, J", ("[Jansen] [A]", "[Jacobs], J")),
    ],
)
def test_what_differs_is_marked_on_both_sides(one: str, other: str, expected: tuple[str, str]) -> None:
    assert tuple(map(bracketed, words_beside(one, other))) == expected


@pytest.mark.parametrize(
    ("cell", "number", "is_rewritten"),
    [
        ("12345", "0012345", True), ("1,23E+08", "123456789", True), ("1.2E+3", "1200", True),
        ("12345.0", "12345", True),
        ("1234567890123450000", "1234567890123456789", True), ("0012345", "0012345", False), ("4711", "12345", False),
        ("", "0012345", False), ("A12", "0A12", False),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_makes_of_a_number_is_known(cell: str, number: str, is_rewritten: bool) -> None:
    assert was_rewritten(cell, number) is is_rewritten


def test_every_place_of_a_number_has_words() -> None:
    assert set(PLACES) == set(Place)
