"""One line of the review list: a study beside one candidate, with what speaks for and against. Tells no values.

Likeness orders the list and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from remediate.identity import questions
from remediate.identity.bsn import Bsn
from remediate.identity.bsn_spelling import masked_numbers
from remediate.identity.dates import DateProblem, read_da
from remediate.identity.evidence import Evidence, Source, StudyEvidence
from remediate.identity.linking import claims_that_count, link, study_claims
from remediate.identity.match import (
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    Match,
    MatchingPolicy,
    MatchReason,
    Proof,
)
from remediate.identity.matching import decide_reviewed
from remediate.identity.name_text import canonical
from remediate.identity.patients import Patient
from remediate.identity.points import (
    bsn_answers,
    claim_answers,
    flag_answers,
    identity_answers,
    outcome,
    person_answers,
    rival_answer,
)
from remediate.identity.questions import Answer
from remediate.records.ledger import StudyRow
from remediate.records.reviews import ReviewDecision
from remediate.workflow.judgement import NOBODY
from remediate.workflow.plan import shown_number
from remediate.workflow.review_reasons import Comparison

_NAME, _BIRTH_DATE, _SEX, _CLAIM = 40, 35, 10, 15
"""Weights of likeness; together 100. They order the list."""

Question = Callable[[Evidence, Patient, MatchingPolicy], Answer]

_ANSWERS: dict[Answer, Comparison] = {
    Proof.SEX_EQUAL: Comparison.EQUAL,
    Proof.SURNAME_AGREES: Comparison.AGREES,
    Proof.GIVEN_NAME_AGREES: Comparison.COMPATIBLE,
    Proof.GIVEN_NAME_IN_FULL: Comparison.IN_FULL,
    MatchReason.SEX_DIFFERS: Comparison.DIFFERS,
    MatchReason.SEX_ABSENT: Comparison.ABSENT,
    MatchReason.SURNAME_DIFFERS: Comparison.DIFFERS,
    MatchReason.GIVEN_NAME_DIFFERS: Comparison.DIFFERS,
    MatchReason.GIVEN_NAME_ABSENT: Comparison.ABSENT,
    MatchReason.NAME_ABSENT: Comparison.ABSENT,
    MatchReason.NAME_PLACEHOLDER: Comparison.PLACEHOLDER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A study and one candidate, or none. Holds hospital numbers; no BSN, name or birth date in clear."""

    study_instance_uid: str
    study_date: str  # DA as it stands
    modalities: tuple[str, ...]
    instances: int | None
    patient_id: str  # masked when it may be a BSN
    issuer: str
    source: Source  # how the evidence was read
    candidate: int  # 1 is the likeliest; 0 when the study has none
    candidates: int
    authority: str
    epd_patient_id: str
    bsn_in_study: tuple[str, ...]  # masked, with its place
    bsn_in_epd: str  # masked
    proofs: tuple[Proof, ...]  # what speaks for this candidate
    reasons: tuple[MatchReason, ...]  # what speaks against, or lacks
    surname: tuple[Comparison, ...]  # one for each different answer of the study's headers
    given_name: tuple[Comparison, ...]
    birth_date: tuple[Comparison, ...]
    sex: tuple[Comparison, ...]
    not_negotiable: tuple[MatchReason, ...]  # why nobody may confirm; empty when a person may
    likeness: int  # 0 to 100
    earlier: ReviewDecision | None  # a decision that no longer holds
    seen: str  # keyed digest that binds a decision to what stands here

    @property
    def may_confirm(self) -> bool:
        """Whether a person's confirmation would be taken."""
        return bool(self.epd_patient_id) and not self.not_negotiable


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An undecided study with all that the registry has for it."""

    row: StudyRow
    candidates: Candidates
    match: Match  # by proof alone
    earlier: ReviewDecision | None


def review_row(case: Case, patient: Patient, policy: MatchingPolicy, *, seen: str) -> ReviewRow:
    """The line of one candidate; `candidate` is numbered by the list."""
    evidence, row = case.row.evidence, case.row
    header = evidence.headers[0] if evidence.headers else Evidence()
    proofs, reasons = _for_and_against(case, patient, policy)
    somebody = patient != NOBODY
    return ReviewRow(
        study_instance_uid=row.study_instance_uid,
        study_date=row.study_date,
        modalities=row.modalities,
        instances=row.instances,
        patient_id=shown_number(header.patient_id, patient, case.match),
        issuer=masked_numbers(header.issuer),
        source=evidence.source,
        candidate=0,
        candidates=0,
        authority=patient.authority,
        epd_patient_id=shown_number(patient.epd_patient_id, patient, case.match),
        bsn_in_study=_claims(evidence, policy),
        bsn_in_epd=patient.bsn.masked if patient.bsn else "",
        proofs=proofs,
        reasons=reasons,
        surname=_asked(questions.surname_agrees, evidence, patient, policy) if somebody else (),
        given_name=_asked(questions.given_name_agrees, evidence, patient, policy) if somebody else (),
        birth_date=_distinct(compare_birth_dates(h, patient, policy) for h in evidence.headers) if somebody else (),
        sex=_asked(questions.sex_equal, evidence, patient, policy) if somebody else (),
        not_negotiable=not_negotiable(case, patient, policy) if somebody else (),
        likeness=likeness(evidence, patient, policy) if somebody else 0,
        earlier=case.earlier,
        seen=seen,
    )


def not_negotiable(case: Case, patient: Patient, policy: MatchingPolicy) -> tuple[MatchReason, ...]:
    """What no person can overrule about this candidate (points 2 and 5 of the policy); empty when nothing."""
    evidence = case.row.evidence
    found = decide_reviewed(case.match, patient, evidence=evidence, candidates=case.candidates, policy=policy)
    if isinstance(found, Agree):
        return ()
    return found.reasons if isinstance(found, Conflict | Insufficient) else (found.reason,)


def _for_and_against(
    case: Case, patient: Patient, policy: MatchingPolicy
) -> tuple[tuple[Proof, ...], tuple[MatchReason, ...]]:
    evidence = case.row.evidence
    if not evidence.headers:
        return (), (MatchReason.NO_PATIENT_ID,)
    linked = link(evidence, case.candidates, policy)
    linking = [a for a in linked.answers if isinstance(a, MatchReason) or linked.patient == patient]
    if patient == NOBODY:
        found = outcome((*linking, *flag_answers(evidence), *identity_answers(evidence, None, policy)))
        return (), found.reasons
    answers = [*linking, *flag_answers(evidence), *identity_answers(evidence, patient, policy)]
    answers += [*bsn_answers(patient, policy), *person_answers(evidence, patient, policy)]
    answers.append(rival_answer(evidence, patient, case.candidates, policy))
    answers += claim_answers(claims_that_count(study_claims(evidence, policy), patient), patient, policy)
    found = outcome(tuple(answers))
    return found.proofs, found.reasons


def _asked(
    question: Question, evidence: StudyEvidence, patient: Patient, policy: MatchingPolicy
) -> tuple[Comparison, ...]:
    return _distinct(_ANSWERS[question(header, patient, policy)] for header in evidence.headers)


def _distinct(found: Iterable[Comparison]) -> tuple[Comparison, ...]:
    return tuple(dict.fromkeys(found))


def _claims(evidence: StudyEvidence, policy: MatchingPolicy) -> tuple[str, ...]:
    """Each claim, masked, with its place; what is declared to be a BSN and is none tells only why."""
    shown = (
        f"{claim.value.masked if isinstance(claim.value, Bsn) else claim.value} {claim.place.value}"
        for claim in study_claims(evidence, policy)
    )
    return tuple(dict.fromkeys(shown))


def compare_birth_dates(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Comparison:
    """How two birth dates differ, without either of them."""
    answer = questions.birth_date_equal(header, patient, policy)
    if answer is Proof.BIRTH_DATE_EQUAL:
        return Comparison.EQUAL
    if answer is MatchReason.BIRTH_DATE_PLACEHOLDER:
        return Comparison.PLACEHOLDER
    ours, theirs = read_da(header.birth_date), patient.birth_date
    if isinstance(ours, DateProblem):
        return Comparison.ABSENT_IN_STUDY if ours is DateProblem.ABSENT else Comparison.UNREADABLE
    return Comparison.ABSENT_IN_EPD if theirs is None else _difference(ours, theirs)


def _difference(one: date, other: date) -> Comparison:
    same = (one.year == other.year, one.month == other.month, one.day == other.day)
    if same[0] and (one.month, one.day) == (other.day, other.month):
        return Comparison.DAY_AND_MONTH_SWAPPED
    only = {
        (False, True, True): Comparison.YEAR_ONLY,
        (True, False, True): Comparison.MONTH_ONLY,
        (True, True, False): Comparison.DAY_ONLY,
    }
    return only.get(same, Comparison.DIFFERS)


def likeness(evidence: StudyEvidence, patient: Patient, policy: MatchingPolicy) -> int:
    """How alike study and candidate look, 0 to 100, by the header that looks least alike. Only to order a list."""
    claims = study_claims(evidence, policy)
    claimed = _CLAIM if any(claim.value == patient.bsn for claim in claims) else 0
    return min((_header_likeness(h, patient) + claimed for h in evidence.headers), default=0)


def _header_likeness(header: Evidence, patient: Patient) -> int:
    name = patient.name
    parts = (name.given_names or name.initials, name.prefix, name.surname, name.partner_prefix, name.partner_surname)
    ours = canonical(header.patient_name).replace("^", " ").replace("=", " ")
    likeness = fuzz.token_set_ratio(ours, canonical(" ".join(filter(None, parts)))) / 100 * _NAME
    day, born = read_da(header.birth_date), patient.birth_date
    if isinstance(day, date) and born is not None:
        likeness += fuzz.ratio(f"{day:%Y%m%d}", f"{born:%Y%m%d}") / 100 * _BIRTH_DATE
    if header.sex and header.sex.upper() == patient.sex:
        likeness += _SEX
    return round(likeness)
