"""From a study's evidence to its place in a plan: looks candidates up, asks `identity/` to decide, names the state.

Reads and writes nothing but the registry that it is given; the same facts always give the same judgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remediate.header.profiles import Profile, is_in_place
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import Place, StudyEvidence
from remediate.identity.fingerprint import facts
from remediate.identity.match import (
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    Match,
    MatchingPolicy,
    NotApplicable,
)
from remediate.identity.matching import claims_to_look_up, decide, local_id_of_study
from remediate.identity.patients import LocalId, Patient
from remediate.records.states import State
from remediate.workflow.ports import Ledger, Registry
from remediate.workflow.probe_study import PROBE_PATIENT_ID
from remediate.workflow.reasons import PlanReason

_MISPLACED = {
    Place.OTHER_PATIENT_IDS: PlanReason.MISPLACED_OTHER_IDS,
    Place.ITEM_PARTIAL: PlanReason.MISPLACED_ITEM,
    Place.ITEM_BARE: PlanReason.MISPLACED_ITEM,
    Place.ITEM_COMPLETE: PlanReason.MISPLACED_ITEM,
    Place.PATIENT_ID_BARE: PlanReason.MISPLACED_PATIENT_ID,
    Place.PATIENT_ID_PARTIAL: PlanReason.MISPLACED_PATIENT_ID,
    Place.PATIENT_ID_COMPLETE: PlanReason.MISPLACED_PATIENT_ID,
}
"""In the order in which the first that applies names the variant."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges studies under one policy and profile."""

    registry: Registry
    policy: MatchingPolicy
    profile: Profile
    ledger: Ledger  # only for its pseudonyms

    def judge(self, evidence: StudyEvidence) -> Judgement:
        """One study."""
        return self.judge_many((evidence,))[0]

    def judge_many(self, studies: Sequence[StudyEvidence]) -> list[Judgement]:
        """Many studies, with their candidates looked up in few queries."""
        asked = [self._identifiers(evidence) for evidence in studies]
        found = self.registry.candidates_many(asked)
        return [self._judged(evidence, candidates) for evidence, candidates in zip(studies, found, strict=True)]

    def _identifiers(self, evidence: StudyEvidence) -> tuple[LocalId | None, tuple[Bsn, ...]]:
        if not evidence.headers:
            return None, ()
        local = local_id_of_study(evidence, self.policy)
        return (local if isinstance(local, LocalId) else None), tuple(claims_to_look_up(evidence, self.policy))

    def _judged(self, evidence: StudyEvidence, candidates: Candidates) -> Judgement:
        match = decide(evidence, candidates, self.policy)
        if evidence.headers and all(header.patient_id == PROBE_PATIENT_ID for header in evidence.headers):
            return Judgement(evidence=evidence, match=match, state=State.EXCLUDED, reasons=(PlanReason.PROBE_STUDY,))
        in_place = bool(evidence.headers) and all(is_in_place(header, self.profile) for header in evidence.headers)
        match match:
            case Agree():
                return Judgement(
                    evidence=evidence,
                    match=match,
                    state=State.CORRECT if in_place else State.PLANNED,
                    reasons=(PlanReason.IN_PLACE,) if in_place else (self._variant(evidence),),
                    proofs=tuple(str(proof) for proof in match.proofs),
                    patient=match.patient,
                    bsn=match.bsn,
                    fingerprint=self.fingerprint(match.patient),
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

    def _variant(self, evidence: StudyEvidence) -> PlanReason:
        places = {claim.place for header in evidence.headers for claim in header.claims}
        for place, reason in _MISPLACED.items():
            if place in places:
                return reason
        return PlanReason.MISPLACED_ELSEWHERE if places else PlanReason.MISSING

    def fingerprint(self, patient: Patient) -> str:
        """Keyed digest of the facts about one patient on which a decision rests."""
        return self.ledger.pseudonym("fingerprint", facts(patient).decode("utf-8"))
