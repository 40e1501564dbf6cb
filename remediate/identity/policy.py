"""The points of the matching policy, answered over all headers of a study, and their conjunction.

An answer of a point is a proof only when every header gives it; nothing is weighed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from remediate.identity import checks
from remediate.identity.bsn import BsnProblem
from remediate.identity.candidates import bsns
from remediate.identity.checks import Answer
from remediate.identity.claims import claims_of, local_id_to_look_up
from remediate.identity.dates import read_da
from remediate.identity.evidence import BsnClaim, Evidence, Flag, StudyEvidence
from remediate.identity.names import given_names_compatible, surnames_compatible
from remediate.identity.patients import LocalId, Patient, known_names
from remediate.identity.rivals import rivals_of
from remediate.identity.verdicts import (
    CONFLICT_REASONS,
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    MatchingPolicy,
    MatchReason,
    Proof,
)

REQUIRED = frozenset(
    {
        Proof.BSN_VALID,
        Proof.BSN_VERIFIED,
        Proof.BSN_UNIQUE,
        Proof.BIRTH_DATE_EQUAL,
        Proof.SEX_EQUAL,
        Proof.SURNAME_AGREES,
        Proof.GIVEN_NAME_AGREES,
        Proof.NO_RIVAL,
    }
)
"""Proofs that stand in every agreement; one of `LINKED` and one of `CLAIMED` come with them."""
LINKED = frozenset({Proof.PATIENT_BY_ID, Proof.PATIENT_BY_MERGED_ID, Proof.PATIENT_BY_CLAIM})
CLAIMED = frozenset({Proof.CLAIM_EQUAL, Proof.NO_CLAIM})

Needed = tuple[frozenset[Proof], ...]
"""Sets of proofs of which one each must be there."""
Ruling = Agree | Conflict | Insufficient

_PROOFS = tuple(Proof)
_REASONS = tuple(MatchReason)  # conflicts first
_FLAGS = {
    Flag.UNPARSABLE: MatchReason.HEADER_UNPARSABLE,
    Flag.NOT_READ: MatchReason.HEADER_NOT_READ,
    Flag.SIGNED: MatchReason.DIGITALLY_SIGNED,
    Flag.IDENTITY_CONFLICT_INSIDE: MatchReason.IDENTITY_CONFLICT_INSIDE,
}

_OF_A_HEADER = frozenset(
    {
        MatchReason.BIRTH_DATE_ABSENT,
        MatchReason.SEX_ABSENT,
        MatchReason.NAME_ABSENT,
        MatchReason.GIVEN_NAME_ABSENT,
    }
)
"""What nobody can say of a header that was not read: an index leaves out what it likes."""


class PolicyOutcome(NamedTuple):
    """What answers come to, each kind without repeats and in order of definition: contradictions first."""

    reasons: tuple[MatchReason, ...]
    proofs: tuple[Proof, ...]
    contradicts: bool


@lru_cache(maxsize=1 << 14)
def outcome(answers: tuple[Answer, ...]) -> PolicyOutcome:
    """Sort answers into reasons and proofs."""
    found = frozenset(answers)
    unknown = _OF_A_HEADER if MatchReason.HEADER_NOT_READ in found else frozenset()
    reasons = tuple(reason for reason in _REASONS if reason in found and reason not in unknown)
    proofs = tuple(proof for proof in _PROOFS if proof in found)
    return PolicyOutcome(reasons, proofs, not CONFLICT_REASONS.isdisjoint(found))


def conclude(
    patient: Patient | None, answers: Iterable[Answer], needed: Needed, nearest: Patient | None = None
) -> Ruling:
    """Agreement on positive proofs alone, at least one of each set of `needed`; else a refusal with every reason.

    Raises AssertionError when there is neither a reason nor every proof: a bug, which may not end in a write.
    """
    reasons, proofs, contradicts = outcome(tuple(answers))
    if contradicts:
        return Conflict(reasons=reasons, candidate=patient or nearest, proofs=proofs)
    if reasons:
        return Insufficient(reasons=reasons, candidate=patient or nearest, proofs=proofs)
    if patient is None or patient.bsn is None or not _proves(proofs, needed):
        raise AssertionError("no reason against, and yet not every proof is there")
    return Agree(patient=patient, bsn=patient.bsn, proofs=proofs)


@lru_cache(maxsize=1 << 12)
def _proves(proofs: tuple[Proof, ...], needed: Needed) -> bool:
    return not any(alternatives.isdisjoint(proofs) for alternatives in needed)


def flag_answers(evidence: StudyEvidence) -> list[Answer]:
    """What forbids to touch an object of the study at all."""
    return [_FLAGS[flag] for header in evidence.headers for flag in header.flags if flag in _FLAGS]


def bsn_answers(patient: Patient, policy: MatchingPolicy) -> list[Answer]:
    """Point 2: valid, verified, of nobody else; and in the range that may be written."""
    valid = checks.bsn_valid(patient)
    if valid is not Proof.BSN_VALID:
        return [valid]
    in_range = checks.bsn_in_range(patient, policy.bsn_range)
    return [valid, in_range, checks.bsn_verified(patient), checks.bsn_unique(patient)]


def person_answers(evidence: StudyEvidence, patient: Patient, policy: MatchingPolicy) -> list[Answer]:
    """Points 3 and 4: birth date, sex and names of every header, and a study that is not older than the patient."""
    rows = [_about_person(header, patient, policy) for header in evidence.headers]
    answers: list[Answer] = [*rows[0]]
    if rows.count(rows[0]) < len(rows):
        answers = [answer for column in zip(*rows, strict=True) for answer in _over_headers(column)]
    if Proof.GIVEN_NAME_IN_FULL in answers:  # then it also agrees
        answers.append(Proof.GIVEN_NAME_AGREES)
    against = checks.study_date_against(evidence, patient)
    if against is not None:
        answers.append(against)
    return answers


def _about_person(header: Evidence, patient: Patient, policy: MatchingPolicy) -> tuple[Answer, ...]:
    """The answers about one header. A first of January may be real: who has it in both, and more, is proven by that.

    Registrations of people from abroad hold 1 January of a year where the day is not known, and so it proves nothing
    alone. Equal on both sides, with the patient's own BSN in this header and every given name in full, it is the date
    of that one registration; no word need say that the number is a BSN. A configured placeholder such as 1900-01-01
    never is.
    """
    born, sex, surname, given = checks.about_person(header, patient, policy)
    if (
        born is MatchReason.BIRTH_DATE_PLACEHOLDER
        and given is Proof.GIVEN_NAME_IN_FULL
        and checks.is_same_first_of_january(header, patient, policy)
        and any(claim.value == patient.bsn for claim in claims_of(header, policy))
    ):
        born = Proof.BIRTH_DATE_EQUAL
    return born, sex, surname, given


def _over_headers(found: tuple[Answer, ...]) -> Iterable[Answer]:
    """What the headers' answers to one question come to: every reason, or the proof; the weaker of two proofs."""
    reasons = [answer for answer in found if not isinstance(answer, Proof)]
    return reasons or set(found) - {Proof.GIVEN_NAME_IN_FULL} or found[:1]


def rival_answer(evidence: StudyEvidence, patient: Patient, candidates: Candidates, policy: MatchingPolicy) -> Answer:
    """The end of point 4: no other live patient may be meant as well. A look-up that was never made proves nothing."""
    if candidates.rivals is None:
        return MatchReason.RIVALS_UNKNOWN
    return MatchReason.ANOTHER_PATIENT_FITS if rivals_among(evidence, patient, candidates, policy) else Proof.NO_RIVAL


def rivals_among(
    evidence: StudyEvidence, patient: Patient, candidates: Candidates, policy: MatchingPolicy
) -> tuple[Patient, ...]:
    """Who else may be meant, of all whom the registry has for a study; none where it was never asked."""
    found = (*(candidates.rivals or ()), *candidates.by_patient_id, *candidates.by_claim)
    return rivals_of(evidence, patient, found, policy)


def claim_answers(claims: tuple[BsnClaim, ...], patient: Patient | None, policy: MatchingPolicy) -> list[Answer]:
    """Point 5: every claim that counts equals the patient's BSN, or there is none and filling is allowed."""
    if not claims:
        return [Proof.NO_CLAIM if policy.fill_missing else MatchReason.FILLING_NOT_ALLOWED]
    claimed = bsns(claims)
    answers: list[Answer] = []
    if len(claimed) > 1:
        answers.append(MatchReason.CLAIMS_DIFFER_IN_STUDY)
    problems = {claim.value for claim in claims if isinstance(claim.value, BsnProblem)}
    if BsnProblem.PLACEHOLDER in problems:
        answers.append(MatchReason.CLAIM_PLACEHOLDER)
    if problems - {BsnProblem.PLACEHOLDER}:
        answers.append(MatchReason.INVALID_NUMBER)
    if patient is None or patient.bsn is None:
        return answers
    if claimed - {patient.bsn}:
        answers.append(MatchReason.CLAIM_DIFFERS)
    return answers or [Proof.CLAIM_EQUAL]


def identity_answers(evidence: StudyEvidence, patient: Patient | None, policy: MatchingPolicy) -> list[Answer]:
    """Point 6: all headers name one identity, and each one names it."""
    headers = evidence.headers
    if len(headers) < 2:
        return []
    answers: list[Answer] = []
    if _identities_differ(headers, policy) or _names_differ(headers, patient):
        answers.append(MatchReason.IDENTITY_DIFFERS_IN_STUDY)
    if not all(_names_somebody(header, policy) for header in headers):
        answers.append(MatchReason.NO_PATIENT_ID)
    return answers


def _names_somebody(header: Evidence, policy: MatchingPolicy) -> bool:
    return isinstance(local_id_to_look_up(header, policy), LocalId) or bool(bsns(claims_of(header, policy)))


def _identities_differ(headers: tuple[Evidence, ...], policy: MatchingPolicy) -> bool:
    """Absent and unreadable fields contradict nothing here; that they prove nothing is for the single questions."""
    numbers = {local_id_to_look_up(header, policy) for header in headers} - {MatchReason.NO_PATIENT_ID}
    days = {day for day in (read_da(header.birth_date) for header in headers) if isinstance(day, date)}
    sexes = {header.sex.upper() for header in headers} & checks.SEXES
    return len(numbers) > 1 or len(days) > 1 or len(sexes) > 1


def _names_differ(headers: tuple[Evidence, ...], patient: Patient | None) -> bool:
    """Given names must not contradict each other, and surnames must share a word or be forms of the same patient's."""
    names = {header.patient_name for header in headers}
    known = () if patient is None else known_names(patient)
    return any(
        not given_names_compatible(one, other, known) or not surnames_compatible(one, other, known)
        for one, other in combinations(names, 2)
    )
