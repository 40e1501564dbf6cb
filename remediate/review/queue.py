"""The queue of undecided studies: lists them likeliest first, and takes people's decisions back.

A decision is kept with name, time and why, and bound to what the person saw. It moves no study: the next plan does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from remediate.config.review import ReviewSettings
from remediate.identity.patients import Patient
from remediate.identity.verdicts import Agree
from remediate.plan.judge import NOBODY, Judge, Judgement, subjects
from remediate.plan.planning import shown_number
from remediate.plan.typed_reason import holds_bsn, names_patient
from remediate.ports import StudyStore, Vault
from remediate.reasons.study import PlanReason
from remediate.records.ledger import EventType, NewEvent, StudyRow
from remediate.records.reviews import TYPED, Decision, QueueEntry, ReviewDecision, Round, Stage
from remediate.records.states import State
from remediate.review.memory import carry, memory_of, taken_back
from remediate.review.ports import LookStore, QueueStore
from remediate.review.rows import ReviewRow, UndecidedStudy, group_of, not_negotiable, review_row, sides_of
from remediate.review.second_look import Settled, holds, is_drawn, settle
from remediate.review.words import ReviewProblem
from remediate.tables.cells import was_rewritten
from remediate.texts.printable import same_account

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

    decisions: tuple[ReviewDecision, ...]  # new ones that count
    waiting: tuple[Round, ...]  # new ones that do not count before another person has looked
    unchanged: int  # lines that were taken before
    undecided: int
    rejected: tuple[RejectedDecision, ...]  # by line


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """Undecided studies of one ledger under one judge."""

    studies: StudyStore
    reviews: LookStore
    queue: QueueStore
    vault: Vault
    account: str  # under which whoever decides acts
    judge: Judge
    settings: ReviewSettings

    def rows(self, *, reveal: bool = False) -> list[ReviewRow]:
        """The studies that the last plan put in review and that are still undecided; with both sides in clear where
        they are to be revealed.

        What nobody may confirm comes after what a person can. Studies of a group stand together, in it those of a
        patient, and the candidates of one study; what is likeliest comes first in each.
        """
        waiting = self.undecided(self.studies.studies((State.REVIEW,)))
        studies = [self.lines(case, reveal=reveal) for case, looked in waiting if not self.is_mine(looked)]
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

    def undecided(self, rows: Iterable[StudyRow]) -> Iterator[tuple[UndecidedStudy, Round | None]]:
        """Those of the studies that wait for a person, each with what was decided about what stands there now and does
        not count yet."""
        remaining = iter(rows)
        while chunk := list(islice(remaining, CHUNK)):
            uids = {row.study_instance_uid for row in chunk}
            decisions, rounds = self.reviews.reviews(uids), self.reviews.open_rounds(uids)
            for case in self._undecided(chunk, decisions):
                looked = rounds.get(case.row.study_instance_uid)
                yield case, looked if looked is not None and holds(looked, self._shown(case)) else None

    def _undecided(self, rows: Sequence[StudyRow], decisions: Mapping[str, ReviewDecision]) -> Iterator[UndecidedStudy]:
        """Those that wait for a person, once this is what was decided."""
        found = self.judge.candidates([row.evidence for row in rows])
        for row, candidates in zip(rows, found, strict=True):
            earlier = decisions.get(row.study_instance_uid)
            judged = self.judge.judge_on(row.evidence, candidates, earlier)
            if is_undecided(judged):  # so that its match is that of proof alone
                yield UndecidedStudy(row=row, candidates=candidates, match=judged.match, earlier=earlier)

    def _shown(self, case: UndecidedStudy) -> dict[str, Patient]:
        """What a decision about a study is bound to, and the candidate of each."""
        evidence, candidates = case.row.evidence, case.candidates
        return {self.judge.seen(evidence, patient, candidates): patient for patient in subjects(candidates)}

    def is_mine(self, looked: Round | None) -> bool:
        """Whether whoever asks decided about a study that now waits for somebody else."""
        return looked is not None and any(same_account(self.account, one.account) for one in looked.looked)

    def entries(self) -> Iterator[QueueEntry]:
        """All that waits for people, as the queue keeps it."""
        for case, looked in self.undecided(self.studies.studies((State.REVIEW,))):
            yield self._entry(case, Stage.OPEN if looked is None else looked.stage)

    def _entry(self, case: UndecidedStudy, stage: Stage) -> QueueEntry:
        lines = self.lines(case)
        return QueueEntry(
            study_instance_uid=case.row.study_instance_uid,
            group=lines[0].group,
            patient=self.judge.pseudonym("review-patient", "\x1f".join(map(str, _patient(lines)[1:]))),
            may_confirm=any(line.may_confirm for line in lines),
            stage=stage,
        )

    def lines(self, case: UndecidedStudy, *, reveal: bool = False) -> tuple[ReviewRow, ...]:
        """A line for each candidate of one study, the likeliest first."""
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

    def take(
        self, answers: Sequence[Answered], *, person: str, now: datetime, alone: bool = True, at_once: bool = False
    ) -> Taken:
        """Keep every decision that stands up, with its event, in one transaction; tell of each other line why not.

        Those that are made `alone`, each about a study that somebody looked at, are remembered for later studies. Of
        all a share waits for a second person, unless they count `at_once`.
        """
        decided = [answer for answer in answers if answer.decision]
        rejected: list[RejectedDecision] = []
        sound = list(_sound(decided, rejected, (*TYPED, Decision.TAKEN_BACK) if at_once else TYPED))
        made: dict[str, Settled] = {}
        events: list[NewEvent] = []
        unchanged = 0
        for start in range(0, len(sound), CHUNK):
            part = sound[start : start + CHUNK]
            uids = {answer.study_instance_uid for answer in part}
            rounds, held = self.reviews.open_rounds(uids), self.queue.leases(uids, now=now)
            for answer, case in self._cases(part, rejected):
                uid = answer.study_instance_uid
                pending, lease = rounds.get(uid), held.get(uid)
                found = self._decision(answer, case, person=person, now=now, alone=alone)
                if isinstance(found, RejectedDecision):
                    rejected.append(found)
                elif uid in made or _is_same(found, case.earlier) or (pending and _is_same(found, pending.first)):
                    unchanged += 1
                elif lease is not None and lease.account != self.account:
                    rejected.append(RejectedDecision(line=answer.line, problem=ReviewProblem.IN_OTHER_HANDS))
                else:
                    settled = self._settled(found, pending, case, at_once=at_once)
                    if settled.problem is not None:
                        rejected.append(RejectedDecision(line=answer.line, problem=settled.problem))
                        continue
                    made[uid] = settled
                    events.append(self._event_of(settled, found, case))
        kept = tuple(one.decision for one in made.values() if one.decision is not None)
        rounds_kept = tuple(kept for one in made.values() for kept in (one.outdated, one.round) if kept is not None)
        again = [item for item in kept if item.decision is Decision.TAKEN_BACK]
        self.reviews.save_reviews(kept, events, rounds_kept, tuple(self._waiting_again(again)))
        return Taken(
            decisions=kept,
            waiting=tuple(one for one in rounds_kept if not one.is_closed),
            unchanged=unchanged,
            undecided=len(answers) - len(decided),
            rejected=tuple(sorted(rejected, key=lambda item: item.line)),
        )

    def _settled(self, found: ReviewDecision, pending: Round | None, case: UndecidedStudy, *, at_once: bool) -> Settled:
        """What becomes of a decision that stands up."""
        if at_once:
            return Settled(found, replace(pending, is_closed=True) if pending else None)
        drawn = is_drawn(self.judge.pseudonym, found.study_instance_uid, self.settings.second_look_share)
        return settle(found, pending, drawn=drawn, shown=self._shown(case))

    def _event_of(self, settled: Settled, made: ReviewDecision, case: UndecidedStudy) -> NewEvent:
        if settled.decision is None:
            return _look(made, settled.round)
        found = self.judge.judge_on(case.row.evidence, case.candidates, settled.decision)
        return _event(settled.decision, found.overrode)

    def carry(self, *, now: datetime) -> tuple[ReviewDecision, ...]:
        """Let what was decided hold for later studies with the same headers and patient; answers for which."""
        if not self.settings.remember:
            return ()
        share = self.settings.second_look_share
        return carry(self.studies, self.reviews, self.vault, self.judge, second_look_share=share, now=now)

    def refill(self, plan_id: str) -> int:
        """Make the queue anew after a plan; answers how many wait."""
        return self.queue.fill_queue(plan_id, self.entries())

    def undo(self, study_instance_uid: str, *, person: str, now: datetime) -> ReviewProblem | None:
        """Take back what this account decided last about a study, and what was carried from it to later ones; why that
        cannot be, else None. What was decided before that counts again, as far as it holds."""
        uid = study_instance_uid
        row = self.studies.study(uid)
        if row is None or not self._may_decide(row):
            return ReviewProblem.NOTHING_TO_UNDO
        pending = self.reviews.open_rounds((uid,)).get(uid)
        if pending is not None:
            if pending.stage is not Stage.SECOND or pending.first.account != self.account:
                return ReviewProblem.NOTHING_TO_UNDO
            made, closed = replace(pending.first, person=person, at=now), replace(pending, is_closed=True)
            self.reviews.save_reviews((), (_look(made, closed, undone=True),), (closed,))
            return None
        current = self.reviews.reviews((uid,)).get(uid)
        if current is None or current.account != self.account or current.remembered_from:
            return ReviewProblem.NOTHING_TO_UNDO
        carried = self._not_begun(self.reviews.carried_from((uid,)))
        found = [current.before or replace(current, decision=Decision.TAKEN_BACK, memory=""), *taken_back(carried)]
        events = [_undone(item, person=person, now=now) for item in found]
        self.reviews.save_reviews(found, events, waiting=tuple(self._waiting_again(found)))
        return None

    def _not_begun(self, carried: Sequence[ReviewDecision]) -> list[ReviewDecision]:
        """Those of which the study is not in work or done."""
        rows = self.studies.studies_named({item.study_instance_uid for item in carried})
        free = {row.study_instance_uid for row in rows if self._may_decide(row)}
        return [item for item in carried if item.study_instance_uid in free]

    def _may_decide(self, row: StudyRow) -> bool:
        """Whether a person may decide about a study: nothing of it is in work or done."""
        return row.state in _DECIDABLE and self.vault.open_intent(row.study_instance_uid) is None

    def _waiting_again(self, found: Sequence[ReviewDecision]) -> Iterator[QueueEntry]:
        """What waits for a person once this is what was decided."""
        decisions = {item.study_instance_uid: item for item in found if item.decision is not Decision.TAKEN_BACK}
        rows = list(self.studies.studies_named({item.study_instance_uid for item in found}))
        return (self._entry(case, Stage.OPEN) for case in self._undecided(rows, decisions))

    def _cases(
        self, answers: Sequence[Answered], rejected: list[RejectedDecision]
    ) -> Iterator[tuple[Answered, UndecidedStudy]]:
        """Each answer with its study as it is now; those whose study takes no decision are rejected."""
        waiting: list[tuple[Answered, StudyRow]] = []
        for answer in answers:
            row = self.studies.study(answer.study_instance_uid)
            if row is None:
                rejected.append(RejectedDecision(line=answer.line, problem=ReviewProblem.UNKNOWN_STUDY))
            elif not self._may_decide(row):
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
        self, answer: Answered, case: UndecidedStudy, *, person: str, now: datetime, alone: bool
    ) -> ReviewDecision | RejectedDecision:
        patient = self._shown(case).get(answer.seen)
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
            settled=self.judge.settled(case.row.evidence, patient),
            person=person,
            account=self.account,
            at=now,
            why=answer.why,
            memory=memory_of(self.judge, case, patient) if alone and self.settings.remember else "",
            before=None if case.earlier is None else replace(case.earlier, before=None),
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
        elif answer.decision == Decision.TAKEN_BACK:
            return (
                None if _was_left_out(case) else RejectedDecision(line=answer.line, problem=ReviewProblem.NOT_LEFT_OUT)
            )
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
        return answer.decision == Decision.EXCLUDE or _was_left_out(case)

    def leaving_out(self, uids: Sequence[str], why: str, *, back: bool = False) -> list[Answered]:
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
                    decision=(Decision.TAKEN_BACK if back else Decision.EXCLUDE).value,
                    why=why,
                )
            )
        return lines


def _was_left_out(case: UndecidedStudy) -> bool:
    """Whether a person left the study out."""
    return case.earlier is not None and case.earlier.decision is Decision.EXCLUDE


def is_undecided(judgement: Judgement) -> bool:
    """Whether a study waits for a person: not while the archive is asked to split it."""
    asked = judgement.reasons[:1] == (PlanReason.SPLIT_ASKED,)
    return judgement.state is State.REVIEW and not asked


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


def _sound(answers: Iterable[Answered], rejected: list[RejectedDecision], known: Collection[str]) -> Iterator[Answered]:
    """The lines that can be read at all, and that no other line of their study contradicts."""
    by_study: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        problem = _unsound(answer, known)
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


def _unsound(answer: Answered, known: Collection[str]) -> ReviewProblem | None:
    if not answer.study_instance_uid or not answer.seen:
        return ReviewProblem.LINE_INCOMPLETE
    if answer.decision not in known:
        return ReviewProblem.UNKNOWN_DECISION
    if not answer.why:
        return ReviewProblem.WHY_MISSING
    return ReviewProblem.WHY_HOLDS_BSN if holds_bsn(answer.why) else None


def _is_same(new: ReviewDecision, old: ReviewDecision | None) -> bool:
    return old is not None and new.remembered_from == old.remembered_from and _said(new) == _said(old)


def _said(item: ReviewDecision) -> tuple[str, ...]:
    """What somebody decided, apart from when, and from what becomes of it."""
    told = (item.study_instance_uid, item.decision.value, item.authority, item.epd_patient_id)
    return (*told, item.seen, item.settled, item.person, item.account, item.why)


def _event(item: ReviewDecision, overrode: Sequence[str]) -> NewEvent:
    against = {"overrode": " ".join(overrode)} if item.decision is Decision.CONFIRM else {}
    others = {"seconded": " ".join(item.seconded)} if item.seconded else {}
    return NewEvent(
        type=EventType.REVIEW_DECISION,
        at=item.at,
        actor=item.person,
        study=item.study_instance_uid,
        details={"decision": item.decision.value, "seen": item.seen, "why": item.why, **against, **others},
    )


def _undone(item: ReviewDecision, *, person: str, now: datetime) -> NewEvent:
    """That a decision was taken back: `item` is what stands now."""
    details = {"decision": Decision.TAKEN_BACK.value, "seen": item.seen, "why": ""}
    if item.decision is not Decision.TAKEN_BACK:
        details["counts_again"] = item.decision.value
    return NewEvent(
        type=EventType.REVIEW_DECISION, at=now, actor=person, study=item.study_instance_uid, details=details
    )


def _look(made: ReviewDecision, kept: Round | None, *, undone: bool = False) -> NewEvent:
    """That somebody looked. What was decided is not told: the other one may read the ledger."""
    differs = kept is not None and kept.second is not None
    return NewEvent(
        type=EventType.REVIEW_LOOK,
        at=made.at,
        actor=made.person,
        study=made.study_instance_uid,
        details={"look": 2 if differs else 1, **({"agrees": False} if differs else {}), "taken_back": undone},
    )
