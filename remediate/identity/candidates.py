"""To which one EPD patient a study's own identifiers lead; whether that patient fits is asked elsewhere.

Point 1 of the matching policy: the Patient ID with its issuer leads to exactly one live patient, or the study's own
valid BSN claim does. Where both lead somewhere, they must lead to the same patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from remediate.identity import checks
from remediate.identity.bsn import Bsn
from remediate.identity.checks import Answer
from remediate.identity.claims import claims_of, is_local_number, local_ids, parts_of
from remediate.identity.evidence import BsnClaim, Evidence, Strength, StudyEvidence
from remediate.identity.patients import Patient, is_same
from remediate.identity.verdicts import Candidates, MatchingPolicy, MatchReason, Proof


class Link(NamedTuple):
    """Where the identifiers of a study lead."""

    patient: Patient | None  # None when they lead to nobody, or to more than one
    answers: tuple[Answer, ...]
    claims: tuple[BsnClaim, ...]  # that count: without candidates that are the patient's own hospital number
    nearest: Patient | None  # for the review list, when there is no patient


def link(evidence: StudyEvidence, candidates: Candidates, policy: MatchingPolicy) -> Link:
    """Follow Patient ID and BSN claims to the patients that the registry found for them.

    The registry is not taken at its word: only patients who have the study's number, or a BSN that it claims, count.
    """
    claims = study_claims(evidence, policy)
    numbers = local_ids(evidence, policy)
    spelt = policy.numbers.of_all
    found = _distinct([p for p in candidates.by_patient_id if not spelt(p.identifiers).isdisjoint(numbers)])
    holders = _distinct(candidates.by_claim)
    if len(found) != 1:
        return _by_claim(evidence, found, holders, claims, policy)
    patient = found[0]
    proof = Proof.PATIENT_BY_MERGED_ID if candidates.by_merged_id else Proof.PATIENT_BY_ID
    if not claims and not holders:
        return Link(patient, (proof,), claims, None)
    counted = claims_that_count(claims, patient)
    answers = [proof, *_holder_answers(patient, holders, bsns(counted)), *_part_answers(evidence, patient, holders)]
    if len(counted) < len(claims):
        ignored = bsns(claims) - bsns(counted)
        if any(holder.bsn in ignored and not is_same(holder, patient) for holder in holders):
            answers.append(MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS)
    return Link(patient, tuple(answers), counted, None)


def study_claims(evidence: StudyEvidence, policy: MatchingPolicy) -> tuple[BsnClaim, ...]:
    """The claims of every header of a study."""
    first, *others = evidence.headers
    claims = claims_of(first, policy)
    for header in others:
        claims += claims_of(header, policy)
    return claims


def bsns(claims: Iterable[BsnClaim]) -> frozenset[Bsn]:
    """The distinct valid BSNs among claims."""
    return frozenset(claim.value for claim in claims if isinstance(claim.value, Bsn))


def person_fits(patient: Patient, headers: Sequence[Evidence], policy: MatchingPolicy) -> bool:
    """Whether birth date, sex and names of every header are proven to be this patient's."""
    return all(
        isinstance(answer, Proof) for header in headers for answer in checks.about_person(header, patient, policy)
    )


def claims_that_count(claims: tuple[BsnClaim, ...], patient: Patient) -> tuple[BsnClaim, ...]:
    """Without candidates that are this patient's hospital number: one in eleven nine-digit numbers looks like a BSN."""

    def is_own_number(claim: BsnClaim) -> bool:
        if claim.strength is Strength.EXPLICIT or not isinstance(claim.value, Bsn) or claim.value == patient.bsn:
            return False
        return is_local_number(claim.value, (patient,))

    return tuple(claim for claim in claims if not is_own_number(claim))


def _holder_answers(patient: Patient, holders: Sequence[Patient], claimed: frozenset[Bsn]) -> list[Answer]:
    """Whether the holders of the claimed numbers are the patient to whom the Patient ID leads."""
    answers: list[Answer] = []
    for holder in holders:
        if holder.bsn not in claimed:
            continue
        if is_same(holder, patient):
            answers.append(Proof.PATIENT_BY_CLAIM)
        elif holder.bsn == patient.bsn:
            answers.append(MatchReason.BSN_ON_TWO_PATIENTS)
        else:
            answers.append(MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS)
    return answers


def _part_answers(evidence: StudyEvidence, patient: Patient, holders: Sequence[Patient]) -> list[Answer]:
    """Whether a part of a longer number in this study is another live patient's BSN."""
    parts = parts_of(evidence) if holders else frozenset()
    held = any(holder.bsn in parts and not is_same(holder, patient) for holder in holders)
    return [MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS] if held else []


def _by_claim(
    evidence: StudyEvidence,
    found: Sequence[Patient],
    holders: Sequence[Patient],
    claims: tuple[BsnClaim, ...],
    policy: MatchingPolicy,
) -> Link:
    """Patient ID leads to nobody or to more than one: the BSN claims decide, explicit ones before candidates."""
    explicit = bsns(claim for claim in claims if claim.strength is Strength.EXPLICIT)
    numbers = explicit or frozenset(bsn for bsn in bsns(claims) if not is_local_number(bsn, found))
    pool = [holder for holder in holders if holder.bsn in numbers]
    if len(pool) == 1 and (not found or any(is_same(pool[0], patient) for patient in found)):
        patient = pool[0]
        answers = (Proof.PATIENT_BY_CLAIM, *_part_answers(evidence, patient, holders))
        return Link(patient, answers, claims_that_count(claims, patient), None)
    reason = _why_nobody(evidence, found, pool, claims, policy)
    fitting = [patient for patient in _distinct((*found, *pool)) if person_fits(patient, evidence.headers, policy)]
    return Link(None, (reason,), claims, fitting[0] if len(fitting) == 1 else None)


def _why_nobody(
    evidence: StudyEvidence,
    found: Sequence[Patient],
    pool: Sequence[Patient],
    claims: tuple[BsnClaim, ...],
    policy: MatchingPolicy,
) -> MatchReason:
    if len(pool) > 1 and len({holder.bsn for holder in pool}) == 1:
        return MatchReason.BSN_ON_TWO_PATIENTS
    if found and len(pool) == 1:
        return MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS
    if found or pool:
        return MatchReason.PATIENT_AMBIGUOUS
    if claims or local_ids(evidence, policy):
        return MatchReason.PATIENT_UNKNOWN
    return MatchReason.NO_PATIENT_ID


def _distinct(patients: Sequence[Patient]) -> Sequence[Patient]:
    """Without repeats. Two records under one number that differ stay two: nobody knows which is true."""
    return patients if len(patients) < 2 else tuple(dict.fromkeys(patients))
