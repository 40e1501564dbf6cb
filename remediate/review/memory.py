"""What a decision about one study says of later ones: it is carried to those of which everything that the person saw is
the same, the study's own number and date apart.

A person who decides sees headers, candidates and what speaks for and against each. All of that is bound: the headers as
they stand, how they were read, the record of every patient who may be meant, and every answer of the comparison, which
is where a Study Date tells (before birth, for one). A decision is carried as one about the later study itself, bound
to what stands there, so that it lapses like any other; the policy's non-negotiables hold above it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from remediate.identity.fingerprint import facts
from remediate.identity.patients import Patient
from remediate.identity.policy import rivals_among
from remediate.plan.judge import NOBODY, Judge, subjects
from remediate.ports import StudyStore, Vault
from remediate.records.ledger import EventType, NewEvent
from remediate.records.reviews import REGRETTED, Decision, ReviewDecision
from remediate.records.states import State
from remediate.review.ports import LookStore
from remediate.review.rows import UndecidedStudy, review_row
from remediate.review.second_look import is_drawn

CHUNK = 2_000
"""Studies judged together."""

_NOT_BEGUN = frozenset({State.SURVEYED, State.REVIEW, State.PLANNED, State.DRIFTED, State.FAILED})
"""States of studies to which a decision is carried, where proof says nothing of them."""


def memory_of(judge: Judge, case: UndecidedStudy, patient: Patient) -> str:
    """Keyed digest of everything that must be the same in a later study; "" where there is nothing to go by: no
    candidate, or a header without Patient ID."""
    evidence, candidates = case.row.evidence, case.candidates
    if patient == NOBODY or not evidence.headers or not all(header.patient_id for header in evidence.headers):
        return ""
    line = review_row(case, patient, judge.policy, seen="")
    described = replace(evidence, study_instance_uid="", study_date="")
    bound = [
        facts(patient, described, rivals_among(evidence, patient, candidates, judge.policy)).decode("ascii"),
        evidence.source.value,
        sorted(facts(one).decode("ascii") for one in subjects(candidates)),
        *(list(told) for told in (line.proofs, line.reasons, line.not_negotiable)),
        *(list(told) for told in (line.surname, line.given_name, line.birth_date, line.sex)),
    ]
    return judge.pseudonym("review-memory", json.dumps(bound))


def carry(
    studies: StudyStore,
    reviews: LookStore,
    vault: Vault,
    judge: Judge,
    *,
    second_look_share: float,
    now: datetime,
) -> tuple[ReviewDecision, ...]:
    """Carry every decision that holds for a study that came later, each with an event; answers what was carried.

    What is drawn for a second look a person sees himself.
    """
    found: list[ReviewDecision] = []
    remaining = iter(reviews.remembered())
    while chunk := dict(islice(remaining, CHUNK)):
        named = {uid for uid in chunk if not is_drawn(judge.pseudonym, uid, second_look_share)}
        origins = {one.study_instance_uid for uid in named for one in chunk[uid]}
        regretted = {row.study_instance_uid for row in studies.studies_named(origins) if row.state in REGRETTED}
        for case in _unproven(studies, vault, judge, named):
            known = [one for one in chunk[case.row.study_instance_uid] if one.study_instance_uid not in regretted]
            carried = _carried(judge, case, known)
            found += [] if carried is None else [carried]
    reviews.save_reviews(found, [_event(item, now) for item in found])
    return tuple(found)


def _unproven(studies: StudyStore, vault: Vault, judge: Judge, uids: Collection[str]) -> Iterator[UndecidedStudy]:
    """Those of the studies that nobody has begun and of which proof alone says that a person has to decide."""
    rows = [
        row
        for row in studies.studies_named(uids)
        if row.state in _NOT_BEGUN and vault.open_intent(row.study_instance_uid) is None
    ]
    for row, candidates in zip(rows, judge.candidates([row.evidence for row in rows]), strict=True):
        proven = judge.judge_on(row.evidence, candidates)
        if proven.state is State.REVIEW:
            yield UndecidedStudy(row=row, candidates=candidates, match=proven.match, earlier=None)


def _carried(judge: Judge, case: UndecidedStudy, known: Iterable[ReviewDecision]) -> ReviewDecision | None:
    """What was decided about the same, as a decision about this study; None where people decided differently, or where
    the policy stands in the way."""
    evidence, candidates = case.row.evidence, case.candidates
    by_memory = {memory_of(judge, case, patient): patient for patient in subjects(candidates)}
    same = [(one, by_memory[one.memory]) for one in known if one.memory in by_memory]
    if len({(one.decision, patient.authority, patient.epd_patient_id) for one, patient in same}) != 1:
        return None
    newest, patient = max(same, key=lambda pair: pair[0].at)
    decision = replace(
        newest,
        study_instance_uid=evidence.study_instance_uid,
        seen=judge.seen(evidence, patient, candidates),
        settled=judge.settled(evidence, patient),
        memory="",  # only what somebody looked at is remembered
        remembered_from=newest.study_instance_uid,
        before=None,
    )
    counts = judge.judge_on(evidence, candidates, decision).decided_by is not None
    return decision if counts and newest.decision in _CARRIED else None


_CARRIED = (Decision.CONFIRM, Decision.EXCLUDE)
"""What is not about the objects of one study."""


def _event(item: ReviewDecision, now: datetime) -> NewEvent:
    return NewEvent(
        type=EventType.REVIEW_DECISION,
        at=now,
        responsible=item.person,
        study=item.study_instance_uid,
        details={
            "decision": item.decision.value,
            "seen": item.seen,
            "why": item.why,
            "remembered_from": item.remembered_from,
            "decided_by": item.person,
            "decided_at": item.at.isoformat(timespec="seconds"),
        },
    )


def taken_back(carried: Sequence[ReviewDecision]) -> list[ReviewDecision]:
    """What was carried from a decision that no longer is: as if nothing had been decided."""
    return [replace(item, decision=Decision.TAKEN_BACK, remembered_from="", before=None) for item in carried]
