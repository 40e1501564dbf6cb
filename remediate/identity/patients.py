"""Patients as the EPD knows them, after its merges were replayed; reads no files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from remediate.identity.bsn import Bsn


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalId:
    """A number that a hospital gave (HL7 v2 CX): only unique together with its authority."""

    value: str = field(repr=False)  # CX.1
    authority: str  # CX.4.1; the configured default issuer where the EPD names none


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A Dutch name by part, as HL7 v2 FN carries it. Empty parts are "" and prove nothing."""

    surname: str = field(default="", repr=False)  # own surname without prefix
    prefix: str = field(default="", repr=False)  # tussenvoegsel of the own surname
    partner_surname: str = field(default="", repr=False)
    partner_prefix: str = field(default="", repr=False)
    given_names: str = field(default="", repr=False)  # all given names, separated by spaces
    initials: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One live EPD patient. `bsn` is None when the EPD holds none; an invalid one is `bsn_problem`."""

    epd_patient_id: str  # the surviving number, as in HL7 PID-3
    authority: str  # of epd_patient_id
    identifiers: frozenset[LocalId] = frozenset()  # every live and merged number, the surviving one included
    name: PersonName = PersonName()
    other_names: tuple[PersonName, ...] = ()
    """Further names under which the EPD knows this person (HL7 v2 PID-5 types B, M, D and so on), most telling first.

    One without given names and initials takes those of `name`; one without a surname is no form of the surname.
    """
    birth_date: date | None = field(default=None, repr=False)
    sex: str = ""  # M, F, O or ""
    bsn: Bsn | None = None
    bsn_problem: str = ""  # BsnProblem code when the EPD's number is no BSN
    bsn_verified: bool = False  # by the configured rule
    bsn_holders: int = 0  # live patients that hold this BSN; 1 when it is unique


def is_same(one: Patient, other: Patient) -> bool:
    """Whether two records are of one patient of the registry."""
    return one.epd_patient_id == other.epd_patient_id and one.authority == other.authority


def known_names(patient: Patient) -> tuple[PersonName, ...]:
    """Every name under which the EPD knows a patient; those without given names and initials with those of another."""
    if not patient.other_names:
        return (patient.name,)
    names = (patient.name, *patient.other_names)
    telling = next((name for name in names if name.given_names or name.initials), patient.name)
    return tuple(
        name
        if name.given_names or name.initials
        else replace(name, given_names=telling.given_names, initials=telling.initials)
        for name in names
    )
