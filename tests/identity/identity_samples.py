"""One patient, one study and the registry's answer, agreeing in everything; tests change one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from remediate.identity.bsn import BSN_AUTHORITY, Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength, StudyEvidence
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.identity.verdicts import Candidates, MatchingPolicy

BSN = Bsn("999911120")
OTHER_BSN = Bsn("999900006")
LIKE_A_BSN = "123456782"  # a hospital number that passes the eleven-test
POLICY = MatchingPolicy(
    default_issuer="HOSPITAL", issuer_aliases={"OLD": "HOSPITAL", "SBV": BSN_AUTHORITY, "CLINIC B": "CLINIC"}
)

PATIENT = Patient(
    epd_patient_id="1001",
    authority="HOSPITAL",
    identifiers=frozenset({LocalId(value="1001", authority="HOSPITAL"), LocalId(value=LIKE_A_BSN, authority="LAB")}),
    name=PersonName(surname="Jansen", prefix="van der", given_names="Petra Anna", initials="P.A."),
    birth_date=date(1950, 3, 14),
    sex="F",
    bsn=BSN,
    bsn_verified=True,
    bsn_holders=1,
)
OTHER = replace(
    PATIENT,
    epd_patient_id="2002",
    identifiers=frozenset({LocalId(value=value, authority="HOSPITAL") for value in ("2002", "1001")}),  # 1001: reused
    name=PersonName(surname="Smit", given_names="Bo"),
    birth_date=date(1977, 7, 7),
    sex="M",
    bsn=OTHER_BSN,
)
HEADER = Evidence(patient_id="1001", patient_name="Jansen^Petra^^van der", birth_date="19500314", sex="F")


def patient(**changes: Any) -> Patient:
    """The patient with changes."""
    return replace(PATIENT, **changes)


def header(**changes: Any) -> Evidence:
    """The header with changes."""
    return replace(HEADER, **changes)


def study(*headers: Evidence, study_date: str = "20100506") -> StudyEvidence:
    """A study with these headers, or with the one that agrees."""
    return StudyEvidence(study_instance_uid="1.2.3", study_date=study_date, headers=headers or (HEADER,))


def found(
    *by_id: Patient, by_claim: tuple[Patient, ...] = (), merged: bool = False, rivals: tuple[Patient, ...] = ()
) -> Candidates:
    """What the registry answers; without arguments nobody, and nobody who may be meant else."""
    return Candidates(by_patient_id=by_id, by_claim=by_claim, by_merged_id=merged, rivals=rivals)


def explicit(value: Bsn | BsnProblem, place: Place = Place.ITEM_PARTIAL) -> BsnClaim:
    """A number that is declared to be a BSN."""
    return BsnClaim(place=place, path="(0010,1002)[0].(0010,0020)", strength=Strength.EXPLICIT, value=value)


def candidate(value: Bsn, place: Place = Place.OTHER_PATIENT_IDS) -> BsnClaim:
    """A number that only passes the eleven-test."""
    return BsnClaim(place=place, path="(0010,1000)", strength=Strength.CANDIDATE, value=value)
