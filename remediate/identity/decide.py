"""Decides whose study this is: a conjunction of named proofs; looks nobody up.

Nothing here weighs, scores or prefers. A BSN may be written only when every point of the policy has its proof; any
contradiction is a conflict, anything absent or unreadable is insufficient, and both say why.

Studies that legitimately have no BSN are excepted by configured rules, and only while nobody knows a BSN: as soon as
the study claims one, or the EPD holds one for the patient to whom its Patient ID leads, it is judged like any other. So
a newborn whose EPD record has meanwhile got a BSN is written when every proof is there, and goes to review when one is
missing; it is not counted as an exception. Test patients are excepted from that in one point: a BSN outside the
configured range does not count as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import chain

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.candidates import claims_that_count, link, study_claims
from remediate.identity.checks import Answer
from remediate.identity.claims import claims_to_look_up, local_id_of_study, local_id_to_look_up, resolve_issuer
from remediate.identity.evidence import BsnClaim, Evidence, StudyEvidence
from remediate.identity.patients import LocalId, Patient
from remediate.identity.policy import (
    CLAIMED,
    LINKED,
    REQUIRED,
    bsn_answers,
    claim_answers,
    conclude,
    flag_answers,
    identity_answers,
    outcome,
    person_answers,
    rival_answer,
)
from remediate.identity.rivals import keys_to_look_up
from remediate.identity.verdicts import (
    EXCEPTION_REASONS,
    Agree,
    Asked,
    Candidates,
    ExceptionRule,
    Insufficient,
    Match,
    MatchingPolicy,
    MatchReason,
    NotApplicable,
    Proof,
)


def exceptions_that_hold(
    evidence: StudyEvidence, patients: Iterable[Patient], claims: Iterable[BsnClaim], policy: MatchingPolicy
) -> Iterator[NotApplicable]:
    """The configured exceptions that hold for every header of a study, in order of configuration.

    `patients` are those to whom the Patient ID leads, `claims` the study's BSN claims that count.
    """
    values = [claim.value for claim in claims]
    known = [value for value in values if isinstance(value, Bsn)]
    known += [patient.bsn for patient in patients if patient.bsn is not None]
    misread = any(isinstance(value, BsnProblem) and value is not BsnProblem.PLACEHOLDER for value in values)
    for rule in policy.exceptions:
        if misread or any(_counts(bsn, rule, policy) for bsn in known):
            continue
        if rule.reason in EXCEPTION_REASONS and all(_matches(rule, header) for header in evidence.headers):
            yield NotApplicable(reason=rule.reason)


def _counts(bsn: Bsn, rule: ExceptionRule, policy: MatchingPolicy) -> bool:
    return rule.reason is not MatchReason.TEST_PATIENT or bsn.is_in(policy.bsn_range)


def _matches(rule: ExceptionRule, header: Evidence) -> bool:
    named = [
        (pattern, text)
        for pattern, text in (
            (rule.patient_name, header.patient_name),
            (rule.patient_id, header.patient_id),
            (rule.issuer, header.issuer),
        )
        if pattern
    ]
    return bool(named) and all(_compiled(pattern).search(text) for pattern, text in named)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


__all__ = [
    "claims_to_look_up",
    "decide",
    "decide_reviewed",
    "local_id_of_study",
    "local_id_to_look_up",
    "resolve_issuer",
    "to_look_up",
]

_NEEDED = (LINKED, CLAIMED, *(frozenset({proof}) for proof in REQUIRED))
_NEEDED_OF_PEOPLE = (
    frozenset({Proof.CONFIRMED_BY_PERSON}),
    frozenset({Proof.BSN_VALID}),
    frozenset({Proof.BSN_VERIFIED}),
    frozenset({Proof.BSN_UNIQUE}),
    CLAIMED,
)

_NOT_EXCUSED = frozenset(
    {
        MatchReason.IDENTITY_DIFFERS_IN_STUDY,
        MatchReason.IDENTITY_CONFLICT_INSIDE,
        MatchReason.CLAIMS_DIFFER_IN_STUDY,
    }
)
"""Contradictions inside the study itself, which no exception rule explains."""


def to_look_up(evidence: StudyEvidence, policy: MatchingPolicy, born: Iterable[date] = ()) -> Asked:
    """What to ask the registry about a study: to whom its identifiers lead, and who else may be meant.

    `born` are birth dates of patients to whom a person may give it, whatever the headers say.
    """
    if not evidence.headers:
        return Asked(None, ())
    local = local_id_of_study(evidence, policy)
    number = local if isinstance(local, LocalId) else None
    days = tuple(born)
    if len(evidence.headers) == 1 and not days:
        return Asked(number, claims_to_look_up(evidence, policy), keys_to_look_up(evidence.headers[0], policy))
    keys = (keys_to_look_up(header, policy, day) for header in evidence.headers for day in days or (None,))
    return Asked(number, claims_to_look_up(evidence, policy), tuple(dict.fromkeys(chain.from_iterable(keys))))


def decide(evidence: StudyEvidence, candidates: Candidates, policy: MatchingPolicy) -> Match:
    """Whose study this is, with every proof and every reason found.

    `candidates` are what the registry has for `to_look_up`. A conflict lists what
    contradicts first and then what is missing. An exception rule can only turn a refusal into `NotApplicable`.
    """
    if not evidence.headers:
        return Insufficient(reasons=(MatchReason.NO_PATIENT_ID,))
    linked = link(evidence, candidates, policy)
    patient = linked.patient
    answers: list[Answer] = [*linked.answers, *flag_answers(evidence), *identity_answers(evidence, patient, policy)]
    if patient is not None:
        answers += bsn_answers(patient, policy)
        answers += person_answers(evidence, patient, policy)
        answers.append(rival_answer(evidence, patient, candidates, policy))
    answers += claim_answers(linked.claims, patient, policy)
    match = conclude(patient, answers, _NEEDED, nearest=linked.nearest)
    if not policy.exceptions or isinstance(match, Agree) or not _NOT_EXCUSED.isdisjoint(match.reasons):
        return match
    return next(exceptions_that_hold(evidence, candidates.by_patient_id, linked.claims, policy), match)


def decide_reviewed(
    match: Match, confirmed: Patient, *, evidence: StudyEvidence, candidates: Candidates, policy: MatchingPolicy
) -> Match:
    """What a person's confirmation of one candidate makes of a refused match.

    A person weighs what contradicts or lacks, but cannot overrule that the BSN is valid, verified, unique and in
    range, that every claim equals it (points 2 and 5 of the policy), that the objects name one patient (point 6),
    nor that an object cannot be corrected at all; and chooses only among the patients to whom the study's own
    identifiers lead. What else spoke against, another patient who may be meant included, is told with the agreement
    as overridden. A proven match stays as it is; when the person names another patient than the proven one, nothing
    is written.
    """
    if isinstance(match, Agree):
        same = _is_one_of(confirmed, match.patient)
        return match if same else Insufficient(reasons=(MatchReason.PATIENT_AMBIGUOUS,), candidate=confirmed)
    if not evidence.headers or not _is_one_of(confirmed, *candidates.by_patient_id, *candidates.by_claim):
        return Insufficient(reasons=(MatchReason.PATIENT_UNKNOWN,))
    claims = claims_that_count(study_claims(evidence, policy), confirmed)
    claims = tuple(claim for claim in claims if claim.value is not BsnProblem.PLACEHOLDER)  # no number to contradict
    flags, identity = flag_answers(evidence), identity_answers(evidence, confirmed, policy)
    about = [*person_answers(evidence, confirmed, policy), rival_answer(evidence, confirmed, candidates, policy)]
    answers = [*bsn_answers(confirmed, policy), *claim_answers(claims, confirmed, policy)]
    answers += [answer for answer in flags if answer is not MatchReason.IDENTITY_CONFLICT_INSIDE]
    if MatchReason.IDENTITY_DIFFERS_IN_STUDY in identity:
        answers.append(MatchReason.IDENTITY_DIFFERS_IN_STUDY)  # whoever is confirmed, an object is another's
    answers += [answer for answer in about if isinstance(answer, Proof)]
    found = conclude(confirmed, [*answers, Proof.CONFIRMED_BY_PERSON], _NEEDED_OF_PEOPLE)
    if not isinstance(found, Agree):
        return found
    linked = link(evidence, candidates, policy).answers
    return replace(found, overrode=outcome((*linked, *flags, *identity, *about)).reasons)


def _is_one_of(patient: Patient, *others: Patient) -> bool:
    key = (patient.authority, patient.epd_patient_id)
    return any(key == (other.authority, other.epd_patient_id) for other in others)
