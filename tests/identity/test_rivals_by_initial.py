"""Whom a header may be of besides the patient, where an initial, a call name or a placeholder is all that is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.names import GivenNameAgreement, given_name_agreement
from remediate.identity.patients import Patient, PersonName
from remediate.identity.rivals import rivals_of
from remediate.identity.verdicts import MatchingPolicy

BORN = date(1950, 5, 17)
POLICY = MatchingPolicy(default_issuer="HOSPITAL")


def _patient(number: str, given: str, initials: str, born: date = BORN) -> Patient:
    name = PersonName(surname="Veen", prefix="van der", given_names=given, initials=initials)
    return Patient(epd_patient_id=number, authority="HOSPITAL", name=name, birth_date=born, sex="M")


def _has_rival(text: str, patient: Patient, other: Patient) -> bool:
    header = Evidence(patient_id="1", patient_name=text, birth_date="19500517", sex="M")
    study = StudyEvidence(study_instance_uid="1.2.3", headers=(header,))
    return bool(rivals_of(study, patient, [other], POLICY))


@pytest.mark.parametrize(
    ("text", "given", "initials", "other", "is_rival"),
    [
        ("VEEN^GERRE^^VAN DER", "", "G.", "Gerrit", True),  # an initial alone speaks for the patient
        ("VEEN^WIM^^VAN DER", "Willem", "W.", "Wouter", True),  # a call name alone does
        ("VEEN^WILLEM^^VAN DER", "Willem", "W.", "Wouter", False),  # the given name in full does
        ("VEEN^WIM^^VAN DER", "Willem", "W.", "Pieter", False),
    ],
)
def test_what_begins_alike_is_a_rival_unless_a_given_name_is_told_in_full(
    text: str, given: str, initials: str, other: str, is_rival: bool
) -> None:
    rival = _patient("2", other, f"{other[0]}.")
    assert _has_rival(text, _patient("1", given, initials), rival) is is_rival


@pytest.mark.parametrize("written", ["JTA", "J T A", "J.T.A."])
def test_a_row_of_initials_in_the_field_for_given_names_is_that_of_the_initials_beside_it(written: str) -> None:
    """`JTA` is no given name that differs from Jan."""
    assert _has_rival("VEEN^JAN^^VAN DER", _patient("1", "J T A", "J.T.A."), _patient("2", written, "J.T.A."))


@pytest.mark.parametrize("surname", ["V.", "X", "v. d. B."])
def test_an_initial_in_the_place_of_a_surname_stands_for_any(surname: str) -> None:
    other = replace(_patient("2", "Gerrit", "G."), name=PersonName(surname=surname, given_names="Gerrit"))
    assert _has_rival("VEEN^G^^VAN DER", _patient("1", "Gerardus", "G."), other)


@pytest.mark.parametrize(("prefix", "is_rival"), [("J.", True), ("van der J", True), ("v.d.", False)])
def test_an_initial_among_the_prefixes_of_the_epd_may_be_meant(prefix: str, is_rival: bool) -> None:
    name = PersonName(surname="Veen", prefix=prefix, given_names="Piet", initials="P.")
    other = replace(_patient("2", "Piet", "P."), name=name)
    assert _has_rival("VEEN^JAN", _patient("1", "Jan", "J."), other) is is_rival
    assert not _has_rival("VEEN^KEES", _patient("1", "Kees", "K."), other)


@pytest.mark.parametrize("other", ["Jan (Miguel)", 'Jan "Miguel"', "J. (Miguel)"])
@pytest.mark.parametrize(("text", "given"), [("VEEN^M^^VAN DER", "Mario"), ("VEEN^MIGUEL^^VAN DER", "Miguel")])
def test_a_call_name_between_brackets_in_the_epd_is_a_given_name_of_a_rival(text: str, given: str, other: str) -> None:
    assert _has_rival(text, _patient("1", given, given[0]), _patient("2", other, "J."))
    assert not _has_rival(text, _patient("1", given, given[0]), _patient("2", "Jan (Koos)", "J."))


@pytest.mark.parametrize(
    ("text", "agreement"),
    [
        ("VEEN^^^G. VAN DER", GivenNameAgreement.COMPATIBLE),
        ("VEEN^^^P. VAN DER", GivenNameAgreement.DIFFERS),
        ("VEEN^GERARDUS^^P.", GivenNameAgreement.DIFFERS),
        ("VEEN^GERARDUS^^G.", GivenNameAgreement.FULL),
        ("VEEN^GERARDUS^^V.D.", GivenNameAgreement.FULL),
    ],
)
def test_an_initial_among_the_prefixes_of_a_header_is_read(text: str, agreement: GivenNameAgreement) -> None:
    assert given_name_agreement(text, _patient("1", "Gerardus", "G.").name) is agreement


@pytest.mark.parametrize(("born", "is_rival"), [(date(1950, 1, 1), True), (date(1971, 1, 1), False)])
def test_the_first_of_january_stands_for_a_day_of_its_own_year(born: date, is_rival: bool) -> None:
    assert (
        _has_rival("VEEN^G^^VAN DER", _patient("1", "Gerardus", "G."), _patient("2", "Gerrit", "G.", born)) is is_rival
    )
