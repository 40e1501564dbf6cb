"""Every way in which old headers carry identity, each with the answer that the matching policy must give.

The judge is the matching policy with profile `other-patient-ids-sequence` and the default exceptions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from remediate.demo.people import ISSUER, EpdPerson, Feed, Population, bsn_of
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, Bsn
from remediate.identity.patients import PersonName

ExpectedState = Literal["correct", "planned", "review", "excluded"]

_SPECIAL_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ß": "ss"})


SEEN_ONLY_IN_OBJECTS = frozenset({"digitally-signed", "series-claim-different-bsns", "series-of-different-patients"})
"""Variants for review that C-FIND at study level may show as planned: a header probe or execution finds them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What `remediate` must decide about a study, and the BSN that belongs in it (None when nobody may know).

    Judged over all headers of the study; for `SEEN_ONLY_IN_OBJECTS` a study-level index does not show the reason.
    """

    expected_state: ExpectedState
    bsn: Bsn | None = None
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdItem:
    """One item of Other Patient IDs Sequence (0010,1002); None leaves the element out."""

    patient_id: str | None = field(default=None, repr=False)
    issuer: str | None = None
    type_of_patient_id: str | None = "TEXT"
    qualifiers: bool = False  # Issuer of Patient ID Qualifiers Sequence with the BSN's OID and type code


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderIdentity:
    """The patient's elements as they stand in the headers of one series."""

    patient_id: str = field(repr=False)
    issuer: str = ISSUER
    patient_name: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str
    other_patient_ids: tuple[str, ...] = field(default=(), repr=False)
    items: tuple[IdItem, ...] = ()
    comments: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCase:
    """One study's identity and truth; what images it holds is decided elsewhere."""

    truth: Truth
    identity: HeaderIdentity
    second_series: HeaderIdentity | None = None  # when the series of the study disagree
    dated: bool = True
    study_date: str = ""  # fixed Study Date; "" lets the hospital draw one
    signed: bool = False
    corrected_before: bool = False  # carries an Original Attributes item of an earlier correction


def pn(name: PersonName, style: int = 0) -> str:
    """A DICOM person name as modalities write Dutch names; all styles name the same person."""
    own = f"{name.prefix} {name.surname}".strip()
    partner = f"{name.partner_prefix} {name.partner_surname}".strip()
    given = name.given_names.split()[0] if name.given_names else ""
    match style % 6:
        case 1 if partner:
            return f"{partner} - {own}^{given}"
        case 2:
            return f"{own}^{name.initials}"
        case 3:
            return f"{plain(own)}^{plain(given)}".upper()
        case 4 if partner:
            return f"{partner}^{given}"
        case 5:
            return f"{own.replace('ij', 'y').replace('IJ', 'Y')}^{name.given_names}"
        case _:
            return f"{own}^{given}"


def plain(text: str) -> str:
    """Without diacritics, as a console that knows only ASCII writes it."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_SPECIAL_LETTERS))
    return "".join(letter for letter in decomposed if ord(letter) < 128)


def header_of(person: EpdPerson, style: int = 0) -> HeaderIdentity:
    """Headers that agree with the EPD and carry no BSN."""
    return HeaderIdentity(
        patient_id=person.number,
        patient_name=pn(person.name, style),
        birth_date=person.birth_date.strftime("%Y%m%d"),
        sex=person.sex,
    )


def complete_item(bsn: str) -> IdItem:
    """The item as the national guideline wants it."""
    return IdItem(patient_id=bsn, issuer=BSN_AUTHORITY, qualifiers=True)


Maker = Callable[[Population, int], StudyCase]


def _carrying(
    variant: str, put: Callable[[HeaderIdentity, str], HeaderIdentity], state: ExpectedState = "planned"
) -> Maker:
    """A case whose headers agree with the EPD and carry the right BSN in the place that `put` chooses."""

    def make(population: Population, style: int) -> StudyCase:
        person = population.regular()
        truth = Truth(expected_state=state, bsn=bsn_of(person), variant=variant)
        return StudyCase(truth=truth, identity=put(header_of(person, style), person.bsn))

    return make


def _items(*items: Callable[[str], IdItem]) -> Callable[[HeaderIdentity, str], HeaderIdentity]:
    return lambda identity, bsn: replace(identity, items=tuple(item(bsn) for item in items))


def _other_hospital(_: str) -> IdItem:
    return IdItem(patient_id="P77-4410", issuer="OTHERHOSP")


WRONG_PLACES: tuple[tuple[str, Maker], ...] = tuple(
    (variant, _carrying(variant, put))
    for variant, put in (
        ("other-patient-ids-alone", lambda i, bsn: replace(i, other_patient_ids=(bsn,))),
        ("missing", lambda i, _: i),
        ("other-patient-ids-among", lambda i, bsn: replace(i, other_patient_ids=("A-10233", bsn, "B778"))),
        ("item-oid-issuer", _items(lambda bsn: IdItem(patient_id=bsn, issuer=BSN_OID))),
        (
            "half-items",
            _items(lambda bsn: IdItem(patient_id=bsn), lambda _: IdItem(issuer=BSN_AUTHORITY, type_of_patient_id=None)),
        ),
        ("item-without-issuer", _items(lambda bsn: IdItem(patient_id=bsn))),
        ("patient-id-bare", lambda i, bsn: replace(i, patient_id=bsn, issuer="")),
        ("prefix-in-other-patient-ids", lambda i, bsn: replace(i, other_patient_ids=(f"BSN{bsn}",))),
        ("prefix-in-item", _items(lambda bsn: IdItem(patient_id=f"BSN {bsn}", issuer="BSN"))),
        ("item-without-qualifiers", _items(lambda bsn: IdItem(patient_id=bsn, issuer=BSN_AUTHORITY))),
        (
            "item-without-type",
            _items(lambda bsn: IdItem(patient_id=bsn, issuer=BSN_AUTHORITY, type_of_patient_id=None)),
        ),
        ("other-values-only", lambda i, _: replace(i, other_patient_ids=("A-10233", "C 91"))),
        (
            "two-wrong-places",
            lambda i, bsn: replace(
                i, other_patient_ids=(bsn,), items=(_other_hospital(bsn), IdItem(patient_id=bsn, issuer=BSN_OID))
            ),
        ),
        (
            "right-and-retired-place",
            lambda i, bsn: replace(i, other_patient_ids=(bsn, "A-10233"), items=(complete_item(bsn),)),
        ),
        ("local-number-without-issuer", lambda i, bsn: replace(i, issuer="", other_patient_ids=(bsn,))),
    )
)
"""BSN absent or in a wrong place, everything else as the EPD has it: to be planned."""

ALREADY_CORRECT: tuple[tuple[str, Maker], ...] = (
    ("already-correct", _carrying("already-correct", _items(complete_item), "correct")),
    ("already-correct-among", _carrying("already-correct-among", _items(_other_hospital, complete_item), "correct")),
)


def _undated(population: Population, style: int) -> StudyCase:
    base = _carrying("undated", lambda i, bsn: replace(i, other_patient_ids=(bsn,)))(population, style)
    return replace(base, dated=False)


def _impossible_date(population: Population, style: int) -> StudyCase:
    """What cannot be read may lie before the birth."""
    base = _carrying("invalid-study-date", lambda i, _: i)(population, style)
    truth = Truth(expected_state="review", bsn=None, variant=base.truth.variant)
    return replace(base, truth=truth, study_date="20110231")


def _merged(population: Population, style: int) -> StudyCase:
    """The study has the number that A40 gave up."""
    person = population.admit(feed=Feed.HL7)
    gone = population.admit(
        name=person.name, sex=person.sex, birth_date=person.birth_date, bsn="", feed=Feed.HL7, bsn_verified=False
    )
    population.merge(gone.number, person)
    truth = Truth(expected_state="planned", bsn=bsn_of(person), variant="merged-number")
    return StudyCase(truth=truth, identity=replace(header_of(person, style), patient_id=gone.number))


def _merged_twice(population: Population, style: int) -> StudyCase:
    """A chain of two merges: the study has the first number."""
    case = _merged(population, style)
    middle = next(merge for merge in population.merges if merge.gone == case.identity.patient_id)
    old = next(person for person in population.people if person.number == middle.survivor)
    final = population.admit(
        name=old.name, sex=old.sex, birth_date=old.birth_date, bsn=old.bsn, feed=Feed.HL7, bsn_verified=True
    )
    population.merge(old.number, final)
    return replace(case, truth=replace(case.truth, variant="merged-chain"))


def _corrected_before(population: Population, style: int) -> StudyCase:
    base = _carrying("original-attributes", lambda i, bsn: replace(i, other_patient_ids=(bsn,)))(population, style)
    return replace(base, corrected_before=True)


def twins(population: Population) -> tuple[EpdPerson, EpdPerson]:
    """Same surname, birth date and sex; only the given names differ."""
    one = population.admit()
    given = population.given_names(one.sex, other_than=one.name.given_names)
    name = replace(one.name, given_names=given, initials="".join(f"{part[0]}." for part in given.split()))
    return one, population.admit(sex=one.sex, birth_date=one.birth_date, name=name)


def _twin_full_name(population: Population, _: int) -> StudyCase:
    """All given names in full tell twins apart."""
    one = twins(population)[0]
    truth = Truth(expected_state="planned", bsn=bsn_of(one), variant="twin-with-full-name")
    own = f"{one.name.prefix} {one.name.surname}".strip()
    return StudyCase(truth=truth, identity=replace(header_of(one), patient_name=f"{own}^{one.name.given_names}"))


UNUSUAL: tuple[tuple[str, Maker], ...] = (
    ("undated", _undated),
    ("merged-number", _merged),
    ("twin-with-full-name", _twin_full_name),
    ("original-attributes", _corrected_before),
    ("invalid-study-date", _impossible_date),
    ("merged-chain", _merged_twice),
)


def day_after(person: EpdPerson) -> str:
    """A birth date that is nearly right."""
    return (person.birth_date + timedelta(days=1)).strftime("%Y%m%d")
