"""The single questions of the matching policy, each answered with a proof or a reason; weighs and combines nothing.

Each answer is positive proof or a named reason. There is no third answer, so that nothing is agreed by default.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from remediate.identity.bsn import BsnRange
from remediate.identity.dates import DateProblem, read_da
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.names import Agreement, GivenNameAgreement, compare_names
from remediate.identity.patients import Patient, PersonName, known_names
from remediate.identity.placeholders import holds_placeholder, is_placeholder_among
from remediate.identity.verdicts import MatchingPolicy, MatchReason, Proof

Answer = Proof | MatchReason

SEXES = frozenset({"M", "F", "O"})
"""Sexes that can be equal (DICOM PS3.3 C.7.1.1); anything else, such as U or an empty field, proves nothing."""
_GIVEN_NAMES: dict[GivenNameAgreement, Answer] = {
    GivenNameAgreement.FULL: Proof.GIVEN_NAME_IN_FULL,
    GivenNameAgreement.COMPATIBLE: Proof.GIVEN_NAME_AGREES,
    GivenNameAgreement.ABSENT: MatchReason.GIVEN_NAME_ABSENT,
    GivenNameAgreement.DIFFERS: MatchReason.GIVEN_NAME_DIFFERS,
}
_SURNAMES: dict[Agreement, Answer] = {
    Agreement.AGREES: Proof.SURNAME_AGREES,
    Agreement.DIFFERS: MatchReason.SURNAME_DIFFERS,
    Agreement.ABSENT: MatchReason.NAME_ABSENT,
}


def bsn_valid(patient: Patient) -> Answer:
    """Whether the EPD holds a number for this patient that is a BSN."""
    if patient.bsn is not None:
        return Proof.BSN_VALID
    return MatchReason.EPD_BSN_INVALID if patient.bsn_problem else MatchReason.EPD_WITHOUT_BSN


def bsn_verified(patient: Patient) -> Answer:
    """Whether the EPD marks the number as verified."""
    return Proof.BSN_VERIFIED if patient.bsn_verified else MatchReason.BSN_NOT_VERIFIED


def bsn_unique(patient: Patient) -> Answer:
    """Whether no other live patient holds the number; a count that was never made proves nothing."""
    if patient.bsn_holders == 1:
        return Proof.BSN_UNIQUE
    return MatchReason.BSN_ON_TWO_PATIENTS if patient.bsn_holders > 1 else MatchReason.BSN_HOLDERS_UNKNOWN


def bsn_in_range(patient: Patient, allowed: BsnRange) -> Answer:
    """Whether the number may be written at all; no proof of its own, part of BSN_VALID."""
    if patient.bsn is not None and patient.bsn.is_in(allowed):
        return Proof.BSN_VALID
    return MatchReason.BSN_OUT_OF_RANGE


def birth_date_equal(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Answer:
    """Whether both birth dates are there, real, and the same. A placeholder on either side proves nothing."""
    texts, january = policy.placeholder_birth_dates, policy.placeholder_january_first
    ours, theirs = _birth_date(header.birth_date, texts, january), patient.birth_date
    if isinstance(ours, MatchReason):
        return ours
    if ours == theirs:
        return Proof.BIRTH_DATE_EQUAL
    if theirs is None:
        return MatchReason.BIRTH_DATE_ABSENT
    placeholder = is_placeholder_date(theirs, policy)
    return MatchReason.BIRTH_DATE_PLACEHOLDER if placeholder else MatchReason.BIRTH_DATE_DIFFERS


def is_same_first_of_january(header: Evidence, patient: Patient, policy: MatchingPolicy) -> bool:
    """Whether both birth dates are the same first of January, and no placeholder of the configuration."""
    day = read_da(header.birth_date)
    if day != patient.birth_date or not isinstance(day, date) or (day.day, day.month) != (1, 1):
        return False
    return day not in _dates(policy.placeholder_birth_dates) and header.birth_date not in policy.placeholder_birth_dates


def is_placeholder_date(day: date, policy: MatchingPolicy) -> bool:
    """Whether a birth date stands for none."""
    return _is_placeholder(day, policy.placeholder_birth_dates, policy.placeholder_january_first)


@lru_cache(maxsize=1 << 16)
def _birth_date(text: str, placeholders: frozenset[str], january_first: bool) -> date | MatchReason:
    """The date in a header, or why it proves nothing."""
    if text in placeholders:
        return MatchReason.BIRTH_DATE_PLACEHOLDER
    day = read_da(text)
    if isinstance(day, DateProblem):
        absent = day is DateProblem.ABSENT
        return MatchReason.BIRTH_DATE_ABSENT if absent else MatchReason.BIRTH_DATE_UNREADABLE
    return MatchReason.BIRTH_DATE_PLACEHOLDER if _is_placeholder(day, placeholders, january_first) else day


def _is_placeholder(day: date, placeholders: frozenset[str], january_first: bool) -> bool:
    if january_first and day.day == 1 and day.month == 1:
        return True
    return day in _dates(placeholders)


@lru_cache(maxsize=64)
def _dates(texts: frozenset[str]) -> frozenset[date]:
    return frozenset(day for day in map(read_da, texts) if isinstance(day, date))


def sex_equal(header: Evidence, patient: Patient, _policy: MatchingPolicy) -> Answer:
    """Whether both sexes are M, F or O, and the same."""
    ours, theirs = header.sex.upper(), patient.sex
    if ours not in SEXES or theirs not in SEXES:
        return MatchReason.SEX_ABSENT
    return Proof.SEX_EQUAL if ours == theirs else MatchReason.SEX_DIFFERS


def surname_agrees(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Answer:
    """Whether the surname is own, partner's or a combination of them."""
    return _names_agree(header, patient, policy)[0]


def given_name_agrees(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Answer:
    """Whether given name or initial is compatible, or there in full."""
    return _names_agree(header, patient, policy)[1]


def _names_agree(header: Evidence, patient: Patient, policy: MatchingPolicy) -> tuple[Answer, Answer]:
    """The answers about surname and given name; a placeholder on either side answers both."""
    text, names = header.patient_name, known_names(patient)
    if holds_placeholder(text, policy.placeholder_names) or _is_placeholder_name(patient.name, policy):
        return MatchReason.NAME_PLACEHOLDER, MatchReason.NAME_PLACEHOLDER
    found = compare_names(text, names)
    if is_placeholder_among(found.given_words, policy.placeholder_given_names):
        return MatchReason.NAME_PLACEHOLDER, MatchReason.NAME_PLACEHOLDER
    return _SURNAMES[found.surname], _GIVEN_NAMES[found.given]


def _is_placeholder_name(name: PersonName, policy: MatchingPolicy) -> bool:
    names = policy.placeholder_names
    return (
        holds_placeholder(name.surname, names)
        or (name.partner_surname != "" and holds_placeholder(name.partner_surname, names))
        or holds_placeholder(name.given_names, _either(names, policy.placeholder_given_names))
    )


@lru_cache(maxsize=64)
def _either(names: frozenset[str], given_names: frozenset[str]) -> frozenset[str]:
    return names | given_names


def about_person(header: Evidence, patient: Patient, policy: MatchingPolicy) -> tuple[Answer, Answer, Answer, Answer]:
    """Points 3 and 4 of the policy for one header: birth date, sex, surname and given name."""
    surname, given_name = _names_agree(header, patient, policy)
    return birth_date_equal(header, patient, policy), sex_equal(header, patient, policy), surname, given_name


def study_date_against(evidence: StudyEvidence, patient: Patient) -> MatchReason | None:
    """What the Study Date says against the patient: it lies before the birth, or cannot be read and so may lie there.

    None where it says nothing against: an undated study is no contradiction, and no date is a proof.
    """
    day = read_da(evidence.study_date)
    if isinstance(day, DateProblem):
        return MatchReason.STUDY_DATE_UNREADABLE if day is DateProblem.UNREADABLE else None
    is_before = patient.birth_date is not None and day < patient.birth_date
    return MatchReason.STUDY_BEFORE_BIRTH if is_before else None
