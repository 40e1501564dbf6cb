"""What a review list tells and what a person may type: no values of patients, in either direction."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import passes_eleven_test
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.match import MatchingPolicy
from remediate.identity.patients import Patient, PersonName
from remediate.workflow.review_reasons import Comparison
from remediate.workflow.review_rows import compare_birth_dates, likeness
from remediate.workflow.review_why import holds_bsn, names_patient

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


@given(st.sampled_from(TEST_BSNS), st.sampled_from(["", " ", ".", "-"]), st.text("abc ,:", max_size=8))
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
