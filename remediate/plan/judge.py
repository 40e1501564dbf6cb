"""From a study's evidence to its place in a plan: looks candidates up, asks `identity/` to decide, names the state.

Reads nothing but the registry and the people's decisions that it is given, and writes nothing; the same facts always
give the same judgement, and a decision counts only on the facts that the person saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from remediate.header.profiles import Profile, Target, is_in_place
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.candidates import claims_that_count
from remediate.identity.dates import read_da
from remediate.identity.decide import decide, decide_reviewed, to_look_up
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength, StudyEvidence
from remediate.identity.fingerprint import facts
from remediate.identity.patients import Patient
from remediate.identity.rivals import rivals_of
from remediate.identity.verdicts import (
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    Match,
    MatchingPolicy,
    MatchReason,
    NotApplicable,
    Proof,
)
from remediate.plan.typed_reason import holds_bsn, names_patient
from remediate.ports import Pseudonym, Registry, ReviewStore
from remediate.probe.study import PROBE_PATIENT_ID
from remediate.reasons.item import lacking
from remediate.reasons.study import PlanReason, with_kind
from remediate.records.reviews import DecidedBy, Decision, ReviewDecision
from remediate.records.states import State
from remediate.texts.printable import one_line

_MISPLACED: Mapping[Place, str] = {
    Place.OTHER_PATIENT_IDS: PlanReason.MISPLACED_OTHER_IDS,
    Place.ITEM_PARTIAL: PlanReason.MISPLACED_ITEM,
    Place.ITEM_BARE: PlanReason.MISPLACED_ITEM,
    Place.ITEM_COMPLETE: PlanReason.MISPLACED_ITEM,
    Place.PATIENT_ID_BARE: PlanReason.MISPLACED_PATIENT_ID,
    Place.PATIENT_ID_PARTIAL: PlanReason.MISPLACED_PATIENT_ID,
    Place.PATIENT_ID_COMPLETE: PlanReason.MISPLACED_PATIENT_ID,
}
"""In the order in which the first that applies names the variant."""

_COMPLETE = frozenset({Place.ITEM_COMPLETE, Place.PATIENT_ID_COMPLETE})
"""Where nothing is lacking but, perhaps, a valid number."""

_INCOMPLETE: Mapping[Target, frozenset[Place]] = {
    Target.ITEM: frozenset({Place.ITEM_PARTIAL, Place.ITEM_BARE}),
    Target.PATIENT_ID: frozenset({Place.PATIENT_ID_PARTIAL, Place.PATIENT_ID_BARE}),
    Target.ELEMENTS: frozenset(),
}
"""Where it stands almost as a profile asks, so that what is lacking names the variant."""

NOBODY = Patient(epd_patient_id="", authority="")
"""Stands for the candidate where a study has none; such a study can only be excluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What to do with one study, and on which facts."""

    evidence: StudyEvidence
    match: Match
    state: State  # CORRECT, PLANNED, REVIEW or EXCLUDED
    reasons: tuple[str, ...]
    proofs: tuple[str, ...] = ()
    patient: Patient | None = None  # the matched patient, or the one that came closest
    bsn: Bsn | None = None  # only when the match agrees
    fingerprint: str = ""  # keyed digest of the patient's facts; "" when there is no agreement
    overrode: tuple[str, ...] = ()  # reasons against, where a person confirmed all the same
    decided_by: DecidedBy | None = None  # whose decision it is, where proof alone would not have led here


@dataclass(slots=True)
class _Last:
    """A patient and its fingerprint; replaced as one, since threads may share a judge."""

    entry: tuple[Patient, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges studies under one policy and profile."""

    registry: Registry
    policy: MatchingPolicy
    profile: Profile
    reviews: ReviewStore
    pseudonym: Pseudonym
    last: _Last = field(default_factory=lambda: _Last((replace(NOBODY), "")), repr=False, compare=False)

    def judge(self, evidence: StudyEvidence) -> Judgement:
        """One study."""
        return self.judge_many((evidence,))[0]

    def judge_many(self, studies: Sequence[StudyEvidence]) -> list[Judgement]:
        """Many studies, with their candidates and people's decisions looked up in few queries."""
        found = self.candidates(studies)
        decisions = self.reviews.reviews({evidence.study_instance_uid for evidence in studies})
        return [
            self.judge_on(evidence, candidates, decisions.get(evidence.study_instance_uid))
            for evidence, candidates in zip(studies, found, strict=True)
        ]

    def prove_many(self, studies: Sequence[StudyEvidence]) -> list[Judgement]:
        """What proof alone says of many studies, whatever people decided about them."""
        return [judgement for judgement, _ in self.prove(studies)]

    def prove(self, studies: Sequence[StudyEvidence]) -> list[tuple[Judgement, Candidates]]:
        """The same, with what the registry answered."""
        found = self.registry.candidates_many([to_look_up(evidence, self.policy) for evidence in studies])
        return [
            (self.judge_on(evidence, candidates), candidates)
            for evidence, candidates in zip(studies, found, strict=True)
        ]

    def candidates(self, studies: Sequence[StudyEvidence]) -> Sequence[Candidates]:
        """The patients to whom the identifiers of each study lead, and who else may be meant.

        A person may give a study to a patient who was born on another day than its headers say, or do not say: then
        those are asked for who may be meant on that day.
        """
        found = list(self.registry.candidates_many([to_look_up(evidence, self.policy) for evidence in studies]))
        born = [_born_otherwise(evidence, candidates) for evidence, candidates in zip(studies, found, strict=True)]
        again = [at for at, days in enumerate(born) if days]
        asked = [to_look_up(studies[at], self.policy, sorted(born[at])) for at in again]
        for at, candidates in zip(again, self.registry.candidates_many(asked) if asked else (), strict=True):
            found[at] = candidates
        return found

    def judge_on(
        self, evidence: StudyEvidence, candidates: Candidates, decision: ReviewDecision | None = None
    ) -> Judgement:
        """One study, on what the registry has for it and what a person decided about it."""
        match = decide(evidence, candidates, self.policy)
        if evidence.headers and all(header.patient_id == PROBE_PATIENT_ID for header in evidence.headers):
            return Judgement(evidence=evidence, match=match, state=State.EXCLUDED, reasons=(PlanReason.PROBE_STUDY,))
        if decision is None:
            return self._by_proof(evidence, match)
        return self._by_person(evidence, candidates, match, decision)

    def _is_in_place(self, evidence: StudyEvidence) -> bool:
        return bool(evidence.headers) and all(is_in_place(header, self.profile) for header in evidence.headers)

    def _by_proof(self, evidence: StudyEvidence, match: Match) -> Judgement:
        in_place = self._is_in_place(evidence)
        match match:
            case Agree():
                return Judgement(
                    evidence=evidence,
                    match=match,
                    state=State.CORRECT if in_place else State.PLANNED,
                    reasons=(PlanReason.IN_PLACE,)
                    if in_place
                    else with_kind(variant_of(evidence, self.profile, match.patient)),
                    proofs=tuple(str(proof) for proof in match.proofs),
                    patient=match.patient,
                    bsn=match.bsn,
                    fingerprint=self.fingerprint(match.patient),
                    overrode=tuple(str(reason) for reason in match.overrode),
                )
            case NotApplicable():
                return Judgement(evidence=evidence, match=match, state=State.EXCLUDED, reasons=(match.reason,))
            case Insufficient() if in_place:
                reasons: tuple[str, ...] = (PlanReason.IN_PLACE_UNCONFIRMED, *match.reasons)
                state = State.CORRECT
            case Insufficient() | Conflict():
                reasons, state = match.reasons, State.REVIEW
        return Judgement(
            evidence=evidence,
            match=match,
            state=state,
            reasons=tuple(str(reason) for reason in reasons),
            proofs=tuple(str(proof) for proof in match.proofs),
            patient=match.candidate,
        )

    def _by_person(
        self, evidence: StudyEvidence, candidates: Candidates, match: Match, decision: ReviewDecision
    ) -> Judgement:
        """A decision holds only on the very facts that the person saw; the policy's non-negotiables hold above it."""
        subject = self._subject(evidence, candidates, decision)
        if subject is not None and decision.decision is Decision.EXCLUDE:
            reasons = (PlanReason.EXCLUDED_BY_PERSON,)
            told = _decided_by(decision, evidence, subject, ())
            return Judgement(evidence=evidence, match=match, state=State.EXCLUDED, reasons=reasons, decided_by=told)
        if subject is not None and decision.decision is Decision.SPLIT:
            return self._to_be_split(evidence, match)
        if subject is not None:
            found = decide_reviewed(match, subject, evidence=evidence, candidates=candidates, policy=self.policy)
            if isinstance(found, Agree):
                agreed = self._by_proof(evidence, found)
                if Proof.CONFIRMED_BY_PERSON not in found.proofs:
                    return agreed
                return replace(agreed, decided_by=_decided_by(decision, evidence, subject, agreed.overrode))
        return self._lapsed(evidence, match, decision)

    def _to_be_split(self, evidence: StudyEvidence, match: Match) -> Judgement:
        """Whatever proof says: somebody saw several patients' objects in it."""
        proven = self._by_proof(evidence, match)
        against = proven.reasons if proven.state is State.REVIEW else ()
        return replace(proven, state=State.REVIEW, reasons=(PlanReason.SPLIT_ASKED, *against), bsn=None, fingerprint="")

    def _subject(self, evidence: StudyEvidence, candidates: Candidates, decision: ReviewDecision) -> Patient | None:
        """The candidate about whom a decision still holds.

        Once the BSN is in place everywhere, only what our own correction leaves alone needs to be unchanged: that
        confirmation writes nothing any more.
        """
        found = subjects(candidates)
        for patient in found:
            if self.seen(evidence, patient, candidates) == decision.seen:
                return patient
        if decision.decision is Decision.CONFIRM and self._is_in_place(evidence):
            return next((patient for patient in found if self.settled(evidence, patient) == decision.settled), None)
        return None

    def _lapsed(self, evidence: StudyEvidence, match: Match, decision: ReviewDecision) -> Judgement:
        """What proof alone says stands where it writes nothing, or what was confirmed; all else a person sees again."""
        proven = self._by_proof(evidence, match)
        if proven.state in (State.CORRECT, State.EXCLUDED):
            return proven
        if proven.patient is not None and proven.state is State.PLANNED and decision.decision is Decision.CONFIRM:
            confirmed = (decision.authority, decision.epd_patient_id)
            if confirmed == (proven.patient.authority, proven.patient.epd_patient_id):
                return proven
        against = proven.reasons if proven.state is State.REVIEW else ()
        return replace(
            proven, state=State.REVIEW, reasons=(PlanReason.DECISION_LAPSED, *against), bsn=None, fingerprint=""
        )

    def fingerprint(self, patient: Patient) -> str:
        """Keyed digest of the facts about one patient on which a decision rests.

        The last one is remembered: a plan judges all headers of a patient one after the other.
        """
        known, digest = self.last.entry
        if known is not patient:
            digest = self.pseudonym("fingerprint", facts(patient).decode("utf-8"))
            self.last.entry = (patient, digest)
        return digest

    def seen(self, evidence: StudyEvidence, patient: Patient, candidates: Candidates) -> str:
        """Keyed digest of everything that a person sees who decides about this study and this candidate.

        Who else may be meant is a part of it.
        """
        others = (*(candidates.rivals or ()), *candidates.by_patient_id, *candidates.by_claim)
        rivals = rivals_of(evidence, patient, others, self.policy)
        return self.pseudonym("review", facts(patient, evidence, rivals).decode("utf-8"))

    def settled(self, evidence: StudyEvidence, patient: Patient) -> str:
        """The same over what a correction never touches: the candidate, and the person that the headers describe."""
        people = {
            Evidence(patient_name=header.patient_name, birth_date=header.birth_date, sex=header.sex)
            for header in evidence.headers
        }
        described = replace(evidence, headers=tuple(people))
        return self.pseudonym("review", facts(patient, described).decode("utf-8"))


def _decided_by(
    decision: ReviewDecision, evidence: StudyEvidence, subject: Patient, overrode: tuple[str, ...]
) -> DecidedBy:
    """What may be shown of a decision: words that an older release took, and that name the patient, are left out."""
    why = one_line(decision.why)
    is_fit = not holds_bsn(why) and not names_patient(why, evidence, subject)
    at = decision.at.isoformat(timespec="seconds")
    return DecidedBy(
        one_line(decision.person),
        decision.account,
        at,
        why if is_fit else "",
        overrode,
        bool(decision.remembered_from),
        decision.seconded,
    )


def _born_otherwise(evidence: StudyEvidence, candidates: Candidates) -> set[date]:
    """Birth dates of the patients found that some header does not tell."""
    told = [read_da(header.birth_date) for header in evidence.headers]
    born = {patient.birth_date for patient in (*candidates.by_patient_id, *candidates.by_claim)}
    return {day for day in born if day is not None and any(day != other for other in told)}


def variant_of(evidence: StudyEvidence, profile: Profile, patient: Patient | None) -> str:
    """In which wrong place the BSN stands, or MISSING; a number that is the patient's hospital number is none.

    Where it almost stands as the profile asks: what is lacking, of everything of that kind in the study.

    Without a patient nobody knows whose number it is, so that every claim counts. A placeholder is never one.
    """
    told_of = (claim for header in evidence.headers for claim in header.claims)
    claims = tuple(claim for claim in told_of if claim.strength is not Strength.PART)
    counted = claims if patient is None else claims_that_count(claims, patient)
    told = [claim for claim in counted if claim.value is not BsnProblem.PLACEHOLDER]
    if any(isinstance(claim.value, BsnProblem) for claim in told):  # as the policy says of it
        return MatchReason.INVALID_NUMBER
    if len({_complete_numbers(header) for header in evidence.headers}) > 1:
        return PlanReason.SERIES_DIFFER
    places = {claim.place for claim in told}
    for place, reason in _MISPLACED.items():
        if place in places:
            return _told_by_parts(told, place, profile) or reason
    return PlanReason.MISPLACED_ELSEWHERE if places else PlanReason.MISSING


def _told_by_parts(told: Iterable[BsnClaim], place: Place, profile: Profile) -> str:
    """What is lacking where the number almost stands in its place; "" elsewhere, or where nobody kept it."""
    if place in profile.complete:  # one item: what else is in the way is a placeholder declared to be the BSN
        items = {claim.path for claim in told if claim.place is place}
        return PlanReason.MORE_THAN_ONCE if len(items) > 1 else MatchReason.INVALID_NUMBER
    if place not in _INCOMPLETE[profile.target]:
        return ""
    lacks = {part for claim in told if claim.place is place for part in claim.lacks}
    return lacking(lacks, in_item=profile.target is Target.ITEM) if lacks else ""


def _complete_numbers(header: Evidence) -> frozenset[Bsn]:
    """The numbers that a header has in a complete place."""
    return frozenset(c.value for c in header.claims if c.place in _COMPLETE and isinstance(c.value, Bsn))


def subjects(candidates: Candidates) -> tuple[Patient, ...]:
    """About whom a person can decide: each patient to whom a study's identifiers lead, or `NOBODY`."""
    found = tuple(dict.fromkeys((*candidates.by_patient_id, *candidates.by_claim)))
    return found or (NOBODY,)
