"""Cases in which nothing may be written: contradictions and gaps for review, and those legitimately without a BSN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Unpack

from remediate.demo.people import ISSUER, EpdPerson, Feed, Given, Population
from remediate.demo.variants import (
    HeaderIdentity,
    IdItem,
    Maker,
    StudyCase,
    Truth,
    complete_item,
    day_after,
    header_of,
)
from remediate.identity.bsn import BSN_AUTHORITY


def _review(variant: str, identity: HeaderIdentity, study_date: str = "") -> StudyCase:
    truth = Truth(expected_state="review", bsn=None, variant=variant)
    return StudyCase(truth=truth, identity=identity, study_date=study_date)


def _spoiled(
    variant: str, spoil: Callable[[HeaderIdentity, EpdPerson, Population], HeaderIdentity], **person: Unpack[Given]
) -> Maker:
    """A known patient whose headers, or whose EPD record, lack or contradict something."""

    def make(population: Population, style: int) -> StudyCase:
        someone = population.admit(**person)
        return _review(variant, spoil(header_of(someone, style), someone, population))

    return make


def _claiming(number: str) -> tuple[IdItem, ...]:
    return (IdItem(patient_id=number, issuer=BSN_AUTHORITY),)


def _invalid_bsn(population: Population) -> str:
    """A number of the test range that fails the eleven-test."""
    right = population.new_bsn()
    return right[:-1] + str((int(right[-1]) + 1) % 10)


def _twin_initial(population: Population, _: int) -> StudyCase:
    """Twins with the same initials, which is all that the EPD has of one of them and the study of the other."""
    one = population.admit()
    population.admit(sex=one.sex, birth_date=one.birth_date, name=replace(one.name, given_names=""))
    return _review("twin-with-initial", header_of(one, 2))


def _reused_number(population: Population, style: int) -> StudyCase:
    """A number that belonged to somebody else before its present owner was born."""
    owner = population.admit(birth_date=date(2012, 5, 17), bsn=population.new_bsn())
    earlier = population.make(bsn="")
    identity = replace(header_of(earlier, style), patient_id=owner.number)
    return _review("reused-number", identity, study_date="20060919")


def _bsn_on_two(population: Population, style: int) -> StudyCase:
    """The EPD has one BSN on two living patients."""
    one = population.admit()
    population.admit(bsn=one.bsn)
    return _review("bsn-on-two-patients", replace(header_of(one, style), other_patient_ids=(one.bsn,)))


def _two_identities(population: Population, style: int) -> StudyCase:
    """Two series of one study claim two different BSNs under the same Patient ID."""
    one = population.admit()
    other = population.admit()
    first = replace(header_of(one, style), items=(complete_item(one.bsn),))
    second = replace(first, items=(complete_item(other.bsn),))
    return replace(_review("series-claim-different-bsns", first), second_series=second)


def _two_patients(population: Population, style: int) -> StudyCase:
    """Two series of one study name two different patients."""
    one, other = population.admit(), population.admit()
    return replace(
        _review("series-of-different-patients", header_of(one, style)), second_series=header_of(other, style)
    )


def _signed(population: Population, style: int) -> StudyCase:
    """Everything agrees, but one object is digitally signed and may not be changed."""
    one = population.admit()
    identity = replace(header_of(one, style), other_patient_ids=(one.bsn,))
    return replace(_review("digitally-signed", identity), signed=True)


def _unknown(population: Population, style: int) -> StudyCase:
    """A patient of another hospital, never registered here."""
    someone = population.make(bsn="")
    return _review("patient-unknown", replace(header_of(someone, style), issuer="OTHERHOSP"))


def _claim_of_another(population: Population, style: int) -> StudyCase:
    """Patient ID and BSN belong to two patients."""
    one, other = population.admit(), population.admit()
    return _review("bsn-of-another-patient", replace(header_of(one, style), items=(complete_item(other.bsn),)))


REVIEW: tuple[tuple[str, Maker], ...] = (
    ("bsn-of-another-patient", _claim_of_another),
    ("birth-date-differs", _spoiled("birth-date-differs", lambda i, p, _: replace(i, birth_date=day_after(p)))),
    ("twin-with-initial", _twin_initial),
    ("series-claim-different-bsns", _two_identities),
    ("digitally-signed", _signed),
    ("epd-not-verified", _spoiled("epd-not-verified", lambda i, *_: i, bsn_verified=False, feed=Feed.CSV)),
    ("epd-without-bsn", _spoiled("epd-without-bsn", lambda i, *_: i, bsn="", feed=Feed.HL7)),
    ("reused-number", _reused_number),
    ("patient-unknown", _unknown),
    ("bsn-on-two-patients", _bsn_on_two),
    ("other-bsn", _spoiled("other-bsn", lambda i, _, all_: replace(i, other_patient_ids=(all_.new_bsn(),)))),
    ("invalid-number", _spoiled("invalid-number", lambda i, _, all_: replace(i, items=_claiming(_invalid_bsn(all_))))),
    ("birth-date-placeholder", _spoiled("birth-date-placeholder", lambda i, *_: replace(i, birth_date="19000101"))),
    ("surname-differs", _spoiled("surname-differs", lambda i, *_: replace(i, patient_name="Oosterwold^Q."))),
    ("series-of-different-patients", _two_patients),
    ("sex-differs", _spoiled("sex-differs", lambda i, p, _: replace(i, sex="M" if p.sex == "F" else "F"))),
    ("name-placeholder", _spoiled("name-placeholder", lambda i, *_: replace(i, patient_name="ONBEKEND"))),
    ("no-patient-id", _spoiled("no-patient-id", lambda i, *_: replace(i, patient_id="", issuer=""))),
    ("birth-date-absent", _spoiled("birth-date-absent", lambda i, *_: replace(i, birth_date=""))),
    ("sex-absent", _spoiled("sex-absent", lambda i, *_: replace(i, sex=""))),
)
"""Nothing may be written and a person must look."""


def _newborn(population: Population, _: int) -> StudyCase:
    """A baby named after its mother, before registration."""
    mother = population.make(bsn="", sex="F")
    born = date(2017, 3, 4) + timedelta(days=len(population.people) % 300)
    identity = HeaderIdentity(
        patient_id=population.new_number(),
        issuer=ISSUER,
        patient_name=f"{mother.name.surname}^Baby van",
        birth_date=born.strftime("%Y%m%d"),
        sex="F",
    )
    return _excluded("newborn", identity, study_date=(born + timedelta(days=1)).strftime("%Y%m%d"))


def _excluded(variant: str, identity: HeaderIdentity, study_date: str = "") -> StudyCase:
    truth = Truth(expected_state="excluded", bsn=None, variant=variant)
    return StudyCase(truth=truth, identity=identity, study_date=study_date)


def _prefixed(variant: str, prefix: str) -> Maker:
    def make(population: Population, style: int) -> StudyCase:
        visitor = population.make(bsn="")
        return _excluded(variant, replace(header_of(visitor, style), patient_id=f"{prefix}{visitor.number}"))

    return make


def _phantom(_population: Population, _style: int) -> StudyCase:
    identity = HeaderIdentity(patient_id="QA0001", patient_name="FANTOOM^CT", birth_date="20000101", sex="O")
    return _excluded("phantom", identity)


EXCLUDED: tuple[tuple[str, Maker], ...] = (
    ("newborn", _newborn),
    ("foreigner", _prefixed("foreigner", "BU-")),
    ("emergency", _prefixed("emergency", "SEH-")),
    ("phantom", _phantom),
)
"""Legitimately without a BSN, recognised by the default rules of `identity.exceptions`."""
