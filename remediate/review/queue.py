"""The queue of undecided studies: lists them likeliest first, and takes people's decisions back.

A decision is kept with name, time and why, and bound to what the person saw. It moves no study: the next plan does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from remediate.identity.patients import Patient
from remediate.identity.verdicts import Agree
from remediate.plan.judge import NOBODY, Judge, subjects
from remediate.plan.planning import shown_number
from remediate.plan.typed_reason import holds_bsn, names_patient
from remediate.ports import ReviewStore, StudyStore, Vault
from remediate.records.ledger import EventType, NewEvent, StudyRow
from remediate.records.reviews import Decision, ReviewDecision
from remediate.records.states import State
from remediate.review.rows import ReviewRow, UndecidedStudy, group_of, not_negotiable, review_row, sides_of
from remediate.review.words import ReviewProblem
from remediate.tables.cells import was_rewritten

CHUNK = 2_000
"""Studies judged together: large enough for few queries, small enough for flat memory."""

_DECIDABLE = frozenset(
    {State.SURVEYED, State.REVIEW, State.EXCLUDED, State.PLANNED, State.CORRECT, State.DRIFTED, State.FAILED}
)
"""States of studies about which a person may still decide, or decide otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One line as it came back, texts stripped."""

    line: int
    study_instance_uid: str
    epd_patient_id: str
    seen: str
    decision: str  # as typed; "" when undecided
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedDecision:
    """A line that was not taken."""

    line: int
    problem: ReviewProblem
    reasons: tuple[str, ...] = ()  # what the policy holds against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a file of decisions."""

    decisions: tuple[ReviewDecision, ...]  # new ones
    unchanged: int  # lines that were taken before
    undecided: int
    rejected: tuple[RejectedDecision, ...]  # by line


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """Undecided studies of one ledger under one judge."""

    studies: StudyStore
    reviews: ReviewStore
    vault: Vault
    account: str  # under which whoever decides acts
    judge: Judge

    def rows(self, *, reveal: bool = False) -> list[ReviewRow]:
        """The studies that the last plan put in review and that are still undecided; with both sides in clear where
        they are to be revealed.

        What nobody may confirm comes after what a person can. Studies of a group stand together, in it those of a
        patient, and the candidates of one study; what is likeliest comes first in each.
        """
        studies = [self._lines(case, reveal=reveal) for case in self._undecided()]
        likeliest: dict[object, int] = {}  # of each group, and of each patient in it
        for lines in studies:
            for key in (_group(lines), _patient(lines)):
                likeliest[key] = max(likeliest.get(key, 0), lines[0].likeness)

        def rank(lines: tuple[ReviewRow, ...]) -> tuple[object, ...]:
            group, patient = _group(lines), _patient(lines)
            may_confirm, name = group
            return (
                *(not may_confirm, -likeliest[group], name),
                *(-likeliest[patient], patient),
                *(-lines[0].likeness, _uid(lines[0])),
            )

        return [line for lines in sorted(studies, key=rank) for line in lines]

    def _undecided(self) -> Iterator[UndecidedStudy]:
        rows = self.studies.studies((State.REVIEW,))
        while chunk := list(islice(rows, CHUNK)):
            decisions = self.reviews.reviews({row.study_instance_uid for row in chunk})
            found = self.judge.candidates([row.evidence for row in chunk])
            for row, candidates in zip(chunk, found, strict=True):
                earlier = decisions.get(row.study_instance_uid)
                if self.judge.judge_on(row.evidence, candidates, earlier).state is State.REVIEW:
                    match = self.judge.judge_on(row.evidence, candidates).match
                    yield UndecidedStudy(row=row, candidates=candidates, match=match, earlier=earlier)

    def _lines(self, case: UndecidedStudy, *, reveal: bool) -> tuple[ReviewRow, ...]:
        patients = subjects(case.candidates)
        evidence, policy = case.row.evidence, self.judge.policy
        lines = []
        for patient in patients:
            seen = self.judge.seen(evidence, patient, case.candidates)
            line = review_row(case, patient, policy, seen=seen)
            lines.append(replace(line, sides=sides_of(evidence, patient)) if reveal else line)
        lines.sort(key=lambda line: (not line.may_confirm, -line.likeness, line.authority, line.epd_patient_id))
        group = group_of(lines[0])
        if patients == (NOBODY,):
            return tuple(replace(line, group=group) for line in lines)
        number = len(lines)
        return tuple(replace(x, candidate=n, candidates=number, group=group) for n, x in enumerate(lines, start=1))

    def take(self, answers: Sequence[Answered], *, person: str, now: datetime) -> Taken:
        """Keep every decision that stands up, with its event, in one transaction; tell of each other line why not."""
        decided = [answer for answer in answers if answer.decision]
        rejected: list[RejectedDecision] = []
        sound = list(_sound(decided, rejected))
        new: dict[str, ReviewDecision] = {}
        events: list[NewEvent] = []
        unchanged = 0
        for start in range(0, len(sound), CHUNK):
            for answer, case in self._cases(sound[start : start + CHUNK], rejected):
                found = self._decision(answer, case, person=person, now=now)
                if isinstance(found, RejectedDecision):
                    rejected.append(found)
                elif answer.study_instance_uid in new or _is_same(found, case.earlier):
                    unchanged += 1
                else:
                    new[answer.study_instance_uid] = found
                    events.append(
                        _event(found, self.judge.judge_on(case.row.evidence, case.candidates, found).overrode)
                    )
        kept = tuple(new.values())
        self.reviews.save_reviews(kept, events)
        return Taken(
            decisions=kept,
            unchanged=unchanged,
            undecided=len(answers) - len(decided),
            rejected=tuple(sorted(rejected, key=lambda item: item.line)),
        )

    def _cases(
        self, answers: Sequence[Answered], rejected: list[RejectedDecision]
    ) -> Iterator[tuple[Answered, UndecidedStudy]]:
        """Each answer with its study as it is now; those whose study takes no decision are rejected."""
        waiting: list[tuple[Answered, StudyRow]] = []
        for answer in answers:
            row = self.studies.study(answer.study_instance_uid)
            if row is None:
                rejected.append(RejectedDecision(line=answer.line, problem=ReviewProblem.UNKNOWN_STUDY))
            elif row.state not in _DECIDABLE or self.vault.open_intent(row.study_instance_uid) is not None:
                rejected.append(RejectedDecision(line=answer.line, problem=ReviewProblem.NOT_IN_REVIEW))
            else:
                waiting.append((answer, row))
        decisions = self.reviews.reviews({row.study_instance_uid for _, row in waiting})
        found = self.judge.candidates([row.evidence for _, row in waiting])
        for (answer, row), candidates in zip(waiting, found, strict=True):
            match = self.judge.judge_on(row.evidence, candidates).match
            earlier = decisions.get(row.study_instance_uid)
            yield answer, UndecidedStudy(row=row, candidates=candidates, match=match, earlier=earlier)

    def _decision(
        self, answer: Answered, case: UndecidedStudy, *, person: str, now: datetime
    ) -> ReviewDecision | RejectedDecision:
        evidence = case.row.evidence
        seen = {self.judge.seen(evidence, patient, case.candidates): patient for patient in subjects(case.candidates)}
        patient = seen.get(answer.seen)
        if patient is None:
            return RejectedDecision(line=answer.line, problem=ReviewProblem.SEEN_CHANGED)
        problem = self._problem(answer, case, patient)
        if problem is not None:
            return problem
        return ReviewDecision(
            study_instance_uid=answer.study_instance_uid,
            decision=Decision(answer.decision),
            authority=patient.authority,
            epd_patient_id=patient.epd_patient_id,
            seen=answer.seen,
            settled=self.judge.settled(evidence, patient),
            person=person,
            account=self.account,
            at=now,
            why=answer.why,
        )

    def _problem(self, answer: Answered, case: UndecidedStudy, patient: Patient) -> RejectedDecision | None:
        """What keeps a decision about a known study and candidate from being taken."""
        evidence = case.row.evidence
        confirms = answer.decision == Decision.CONFIRM
        against = not_negotiable(case, patient, self.judge.policy) if confirms and patient != NOBODY else ()
        number = shown_number(patient.epd_patient_id, patient, case.match)
        if answer.epd_patient_id != number:
            is_rewritten = was_rewritten(answer.epd_patient_id, number)
            problem = ReviewProblem.NUMBER_REWRITTEN if is_rewritten else ReviewProblem.CANDIDATE_ALTERED
        elif names_patient(answer.why, evidence, patient):
            problem = ReviewProblem.WHY_NAMES_PATIENT
        elif not self._waits(answer, case):
            problem = ReviewProblem.NOT_IN_REVIEW
        elif confirms and patient == NOBODY:
            problem = ReviewProblem.NO_CANDIDATE
        elif against:
            return RejectedDecision(line=answer.line, problem=ReviewProblem.NOT_NEGOTIABLE, reasons=against)
        else:
            return None
        return RejectedDecision(line=answer.line, problem=problem)

    def _waits(self, answer: Answered, case: UndecidedStudy) -> bool:
        """Whether a person has anything to say of a study: a proven one can be left out, and taken back."""
        state = self.judge.judge_on(case.row.evidence, case.candidates).state
        if state is not State.PLANNED:
            return state is State.REVIEW
        was_left_out = case.earlier is not None and case.earlier.decision is Decision.EXCLUDE
        return answer.decision == Decision.EXCLUDE or was_left_out

    def leaving_out(self, uids: Sequence[str], decision: Decision, why: str) -> list[Answered]:
        """Lines that leave these studies out, or take that back, as if somebody had typed them: about the patient whom
        proof names, else about the first who may be meant."""
        lines = []
        for line, uid in enumerate(uids, start=1):
            row = self.studies.study(uid)
            seen, number = "-", ""  # `take` tells that nobody knows it
            if row is not None:
                (candidates,) = self.judge.candidates([row.evidence])
                match = self.judge.judge_on(row.evidence, candidates).match
                patient = match.patient if isinstance(match, Agree) else subjects(candidates)[0]
                seen = self.judge.seen(row.evidence, patient, candidates)
                number = shown_number(patient.epd_patient_id, patient, match)
            lines.append(
                Answered(
                    line=line,
                    study_instance_uid=uid,
                    epd_patient_id=number,
                    seen=seen,
                    decision=decision.value,
                    why=why,
                )
            )
        return lines


def _uid(line: ReviewRow) -> str:
    return line.study_instance_uid


def _group(lines: Sequence[ReviewRow]) -> tuple[bool, str]:
    """A study's group, apart by whether somebody may confirm."""
    return any(line.may_confirm for line in lines), lines[0].group


def _patient(lines: Sequence[ReviewRow]) -> tuple[tuple[bool, str], str, str, str]:
    """The likeliest candidate of a study, or what its header says, in its group."""
    first = lines[0]
    number = (first.authority, first.epd_patient_id) if first.epd_patient_id else (first.issuer, first.patient_id)
    return _group(lines), first.epd_patient_id and "epd", *number


def _sound(answers: Iterable[Answered], rejected: list[RejectedDecision]) -> Iterator[Answered]:
    """The lines that can be read at all, and that no other line of their study contradicts."""
    by_study: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        problem = _unsound(answer)
        if problem is None:
            by_study[answer.study_instance_uid].append(answer)
        else:
            rejected.append(RejectedDecision(line=answer.line, problem=problem))
    for lines in by_study.values():
        said = {(x.decision, x.seen if x.decision == Decision.CONFIRM else "") for x in lines}
        if len(said) == 1:
            yield from lines
        else:
            rejected += (RejectedDecision(line=x.line, problem=ReviewProblem.CONTRADICTING_LINES) for x in lines)


def _unsound(answer: Answered) -> ReviewProblem | None:
    if not answer.study_instance_uid or not answer.seen:
        return ReviewProblem.LINE_INCOMPLETE
    if answer.decision not in tuple(Decision):
        return ReviewProblem.UNKNOWN_DECISION
    if not answer.why:
        return ReviewProblem.WHY_MISSING
    return ReviewProblem.WHY_HOLDS_BSN if holds_bsn(answer.why) else None


def _is_same(new: ReviewDecision, old: ReviewDecision | None) -> bool:
    return old is not None and new == replace(old, at=new.at)


def _event(item: ReviewDecision, overrode: Sequence[str]) -> NewEvent:
    against = {"overrode": " ".join(overrode)} if item.decision is Decision.CONFIRM else {}
    return NewEvent(
        type=EventType.REVIEW_DECISION,
        at=item.at,
        actor=item.person,
        study=item.study_instance_uid,
        details={"decision": item.decision.value, "seen": item.seen, "why": item.why, **against},
    )
