"""The facts of a decision: the same facts give the same bytes, any other fact gives others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from remediate.identity.evidence import Flag, Place, Source, StudyEvidence
from remediate.identity.fingerprint import facts
from remediate.identity.patients import LocalId, Patient, PersonName
from tests.identity.identity_samples import BSN, HEADER, OTHER_BSN, PATIENT, candidate, explicit, header, study

PATIENTS = [
    PATIENT,
    replace(PATIENT, epd_patient_id="1002"),
    replace(PATIENT, authority="CLINIC"),
    replace(PATIENT, name=replace(PATIENT.name, surname="Janssen")),
    replace(PATIENT, name=PersonName(surname="van der", prefix="Jansen", given_names="Petra Anna", initials="P.A.")),
    replace(PATIENT, other_names=(PersonName(surname="Bakker"),)),
    replace(PATIENT, birth_date=None),
    replace(PATIENT, birth_date=date(1950, 3, 15)),
    replace(PATIENT, sex=""),
    replace(PATIENT, bsn=None),
    replace(PATIENT, bsn=OTHER_BSN),
    replace(PATIENT, bsn_problem="bsn-eleven-test"),
    replace(PATIENT, bsn_verified=False),
    replace(PATIENT, bsn_holders=2),
]
STUDIES = [
    study(),
    study(study_date=""),
    study(header(patient_id="1002")),
    study(header(patient_id="", issuer="1001")),
    study(header(patient_name="Jansen^Petra")),
    study(header(birth_date="")),
    study(header(sex="")),
    study(header(claims=(explicit(BSN),))),
    study(header(claims=(candidate(BSN),))),
    study(header(claims=(explicit(BSN, Place.NESTED),))),
    study(header(claims=(explicit(OTHER_BSN),))),
    study(header(flags=frozenset({Flag.SIGNED}))),
    study(HEADER, header(sex="")),
]


@pytest.mark.parametrize(("one", "other"), list(combinations(PATIENTS, 2)))
def test_every_fact_of_a_patient_counts(one: Patient, other: Patient) -> None:
    assert facts(one) != facts(other)
    assert facts(one, study()) != facts(other, study())


@pytest.mark.parametrize(("one", "other"), list(combinations(STUDIES, 2)))
def test_every_fact_of_a_study_counts(one: StudyEvidence, other: StudyEvidence) -> None:
    assert facts(PATIENT, one) != facts(PATIENT, other)


def test_order_and_how_it_was_read_do_not_count() -> None:
    first = header(claims=(explicit(BSN), candidate(OTHER_BSN)), flags=frozenset({Flag.SIGNED, Flag.UNPARSABLE}))
    turned = replace(first, claims=first.claims[::-1], flags=frozenset({Flag.UNPARSABLE, Flag.SIGNED}))
    one = study(HEADER, first)
    other = replace(study(turned, HEADER), source=Source.OBJECTS)
    assert facts(PATIENT, one) == facts(PATIENT, other)


def test_another_number_of_the_same_patient_does_not_count() -> None:
    more = replace(PATIENT, identifiers=PATIENT.identifiers | {LocalId(value="9", authority="LAB")})
    assert facts(PATIENT) == facts(more)


def test_the_bytes_are_plain_ascii_for_any_name() -> None:
    named = replace(PATIENT, name=replace(PATIENT.name, surname='Đor"đević\\'))
    assert facts(named, study(header(patient_name="Đ^\n"))).decode("ascii")
