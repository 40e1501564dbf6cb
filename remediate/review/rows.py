"""One line of the review list: a study beside one candidate, with what speaks for and against. Tells no values.

Likeness orders the list and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.bsn_spelling import masked_numbers
from remediate.identity.candidates import claims_that_count, link, study_claims
from remediate.identity.dates import read_da
from remediate.identity.decide import decide_reviewed
from remediate.identity.differences import (
    AGREEING,
    Comparison,
    compare_birth_dates,
    compare_given_names,
    compare_sexes,
    compare_surnames,
)
from remediate.identity.evidence import Evidence, Place, Source, StudyEvidence
from remediate.identity.name_text import canonical
from remediate.identity.patients import Patient
from remediate.identity.policy import (
    bsn_answers,
    claim_answers,
    flag_answers,
    identity_answers,
    outcome,
    person_answers,
    rival_answer,
    rivals_among,
)
from remediate.identity.verdicts import (
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    Match,
    MatchingPolicy,
    MatchReason,
    Proof,
)
from remediate.plan.judge import NOBODY
from remediate.plan.planning import shown_number
from remediate.records.ledger import StudyRow
from remediate.records.reviews import ReviewDecision

_NAME, _BIRTH_DATE, _SEX, _CLAIM = 40, 35, 10, 15
"""Weights of likeness; together 100. They order the list."""

Question = Callable[[Evidence, Patient, MatchingPolicy], Comparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What study and EPD say of a person, in clear: only for a list that is revealed. No BSN."""

    names_in_study: tuple[str, ...] = field(repr=False)  # different Person Names of its headers
    birth_dates_in_study: tuple[str, ...] = field(repr=False)  # DA as they stand
    sexes_in_study: tuple[str, ...] = field(repr=False)
    name_in_epd: str = field(repr=False)
    birth_date_in_epd: str = field(repr=False)  # DA
    sex_in_epd: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How a study compares with one patient, field by field: one answer for each different one of its headers."""

    surname: tuple[Comparison, ...]
    given_name: tuple[Comparison, ...]
    birth_date: tuple[Comparison, ...]
    sex: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow(Compared):
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
    bsn_in_study: tuple[tuple[str | BsnProblem, Place], ...]  # masked, or why it is none, with its place
    bsn_in_epd: str  # masked
    proofs: tuple[Proof, ...]  # what speaks for this candidate
    reasons: tuple[MatchReason, ...]  # what speaks against, or lacks
    not_negotiable: tuple[MatchReason, ...]  # why nobody may confirm; empty when a person may
    likeness: int  # 0 to 100
    earlier: ReviewDecision | None  # a decision that no longer holds
    seen: str  # keyed digest that binds a decision to what stands here
    group: str = ""  # what lines of studies have in common that a person may decide about together
    sides: Sides | None = None
    rivals: tuple[Compared, ...] = ()  # every other patient who may be meant

    @property
    def may_confirm(self) -> bool:
        """Whether a person's confirmation would be taken."""
        return bool(self.epd_patient_id) and not self.not_negotiable


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedStudy:
    """An undecided study with all that the registry has for it."""

    row: StudyRow
    candidates: Candidates
    match: Match  # by proof alone
    earlier: ReviewDecision | None


def review_row(case: UndecidedStudy, patient: Patient, policy: MatchingPolicy, *, seen: str) -> ReviewRow:
    """The line of one candidate; `candidate` is numbered by the list."""
    evidence, row = case.row.evidence, case.row
    header = evidence.headers[0] if evidence.headers else Evidence()
    proofs, reasons = _for_and_against(case, patient, policy)
    somebody = patient != NOBODY
    own = _compared(evidence, patient, policy)
    rivals = rivals_among(evidence, patient, case.candidates, policy) if somebody else ()
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
        surname=own.surname,
        given_name=own.given_name,
        birth_date=own.birth_date,
        sex=own.sex,
        not_negotiable=not_negotiable(case, patient, policy) if somebody else (),
        likeness=likeness(evidence, patient, policy) if somebody else 0,
        earlier=case.earlier,
        seen=seen,
        rivals=tuple(_compared(evidence, one, policy) for one in rivals),
    )


def not_negotiable(case: UndecidedStudy, patient: Patient, policy: MatchingPolicy) -> tuple[MatchReason, ...]:
    """What no person can overrule about this candidate (points 2 and 5 of the policy); empty when nothing."""
    evidence = case.row.evidence
    found = decide_reviewed(case.match, patient, evidence=evidence, candidates=case.candidates, policy=policy)
    if isinstance(found, Agree):
        return ()
    return found.reasons if isinstance(found, Conflict | Insufficient) else (found.reason,)


def _for_and_against(
    case: UndecidedStudy, patient: Patient, policy: MatchingPolicy
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


def _compared(evidence: StudyEvidence, patient: Patient, policy: MatchingPolicy) -> Compared:
    somebody = patient != NOBODY
    return Compared(
        surname=_asked(compare_surnames, evidence, patient, policy) if somebody else (),
        given_name=_asked(compare_given_names, evidence, patient, policy) if somebody else (),
        birth_date=_asked(compare_birth_dates, evidence, patient, policy) if somebody else (),
        sex=_asked(compare_sexes, evidence, patient, policy) if somebody else (),
    )


def _asked(
    question: Question, evidence: StudyEvidence, patient: Patient, policy: MatchingPolicy
) -> tuple[Comparison, ...]:
    return tuple(dict.fromkeys(question(header, patient, policy) for header in evidence.headers))


def _claims(evidence: StudyEvidence, policy: MatchingPolicy) -> tuple[tuple[str | BsnProblem, Place], ...]:
    """Each claim, masked, with its place; what is declared to be a BSN and is none tells only why."""
    shown = (
        (claim.value.masked if isinstance(claim.value, Bsn) else claim.value, claim.place)
        for claim in study_claims(evidence, policy)
    )
    return tuple(dict.fromkeys(shown))


def group_of(row: ReviewRow) -> str:
    """The group of a study by its likeliest line: what speaks against, and the kinds of difference behind it."""
    fields = (*row.surname, *row.given_name, *row.birth_date, *row.sex)
    kinds = dict.fromkeys(str(kind) for kind in fields if kind not in AGREEING)
    return ":".join(filter(None, ("+".join(row.reasons), "+".join(kinds))))


def sides_of(evidence: StudyEvidence, patient: Patient) -> Sides:
    """Both sides in clear; a number in a name that may be a BSN is masked."""
    name = patient.name
    partner = f"{name.partner_prefix} {name.partner_surname}".strip()
    family = f"{name.prefix} {name.surname}".strip()
    told = (" - ".join(filter(None, (family, partner))), name.given_names or name.initials)
    born = patient.birth_date
    return Sides(
        names_in_study=_texts(masked_numbers(header.patient_name) for header in evidence.headers),
        birth_dates_in_study=_texts(_day(header.birth_date) for header in evidence.headers),
        sexes_in_study=_texts(masked_numbers(header.sex) for header in evidence.headers),
        name_in_epd=masked_numbers(", ".join(filter(None, told))),
        birth_date_in_epd=f"{born.year:04d}{born.month:02d}{born.day:02d}" if born else "",
        sex_in_epd=patient.sex,
    )


def _day(text: str) -> str:
    """A DA as it stands, though one birth date in eleven passes the eleven-test; what is no date is masked."""
    return text if isinstance(read_da(text), date) else masked_numbers(text)


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


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
