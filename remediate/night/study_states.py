"""The states that work on one study leads to, each written with its reason and event; retrieves and stores nothing."""

from __future__ import annotations

from dataclasses import dataclass

from remediate.config.execute import ExecuteSettings
from remediate.errors import ClaimLostError
from remediate.night.intent import DECISION, Details
from remediate.ports import Clock, Events, StudyStore, WorkStore
from remediate.records.ledger import Claim, EventType, NewEvent
from remediate.records.states import OPEN, State
from remediate.study_reasons import WorkReason
from remediate.texts.language import Sentence

_BEGUN = (State.PLANNED, *sorted(OPEN), State.FAILED)
"""States that a failure changes; a roll-back that never wrote its intent leaves the study as it was."""


_DOWN = (WorkReason.ARCHIVE_UNREACHABLE, WorkReason.RECEIVER_UNREACHABLE)
"""A system that is down says nothing of the study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOutcome:
    """Where one study ended in this run. `finished` is False when a stop broke it off with its intent open."""

    state: State
    reason: str
    instances: int = 0  # objects stored
    nbytes: int = 0
    read_back: int = 0  # objects read back whole
    finished: bool = True
    mismatch: bool = False  # reading back showed something else than was sent
    told: Sentence | None = None  # what went wrong with the archive


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStates:
    """Moves studies on behalf of one claim."""

    studies: StudyStore
    work: WorkStore
    events: Events
    clock: Clock
    settings: ExecuteSettings

    def _failed(
        self,
        claim: Claim,
        uid: str,
        reason: WorkReason,
        details: Details | None = None,
        *,
        mismatch: bool = False,
        attempt: bool = True,
    ) -> StudyOutcome:
        """`attempt` is False where the fault says nothing of the study, and then it is never set apart for it."""
        row = self.studies.study(uid)
        if row is not None and row.state not in _BEGUN:
            if not self.work.holds(claim, now=self.clock()):
                raise ClaimLostError
            self.events.record(self._event(EventType.STATE, claim, uid, row.state, reason, details))
            return StudyOutcome(state=State.FAILED, reason=reason, mismatch=mismatch)
        attempt = attempt and reason not in _DOWN
        if attempt and row is not None and row.attempts + 1 >= self.settings.attempts:
            last = {"last": reason.value}
            return self._quarantine(claim, uid, WorkReason.TOO_MANY_ATTEMPTS, last, mismatch=mismatch)
        self._move(claim, uid, State.FAILED, reason, details, attempt=attempt)
        return StudyOutcome(state=State.FAILED, reason=reason, mismatch=mismatch)

    def _quarantine(
        self,
        claim: Claim,
        uid: str,
        reason: WorkReason,
        details: Details | None = None,
        *,
        mismatch: bool = False,
    ) -> StudyOutcome:
        row = self.studies.study(uid)
        if row is not None and row.state not in (*OPEN, State.FAILED):
            self._move(claim, uid, State.FAILED, reason, details)
        self._move(claim, uid, State.QUARANTINED, reason, details)
        return StudyOutcome(state=State.QUARANTINED, reason=reason, mismatch=mismatch)

    def _move(
        self,
        claim: Claim,
        uid: str,
        state: State,
        reason: WorkReason,
        details: Details | None = None,
        *,
        attempt: bool = True,
    ) -> None:
        kinds = {
            State.STORED: EventType.STORED,
            State.VERIFIED: EventType.VERIFIED,
            State.ROLLED_BACK: EventType.ROLLBACK,
        }
        if state is State.VERIFIED:
            details = {**(details or {}), **self._decided(claim, uid)}
        event = self._event(kinds.get(state, EventType.STATE), claim, uid, state, reason, details)
        self.studies.move(uid, state, event, claim=claim, attempt=attempt)

    def _decided(self, claim: Claim, uid: str) -> Details:
        """On whose decision the newest intent under this plan rests, as its event says."""
        found = [
            e.event.details
            for e in self.events.events(study=uid, type_=EventType.INTENT)
            if e.event.plan == claim.plan_id
        ]
        return {key: value for key, value in found[-1].items() if key in DECISION} if found else {}

    def _left_alone(self, claim: Claim, uid: str, reason: WorkReason, details: Details) -> StudyOutcome:
        """The plan is done with the study, for good; the study stays what it was."""
        row = self.studies.study(uid)
        state = State.DRIFTED if row is None else row.state
        event = self._event(EventType.LEFT_ALONE, claim, uid, state, reason, details)
        self.studies.leave_alone(claim, uid, event)
        return StudyOutcome(state=State.DRIFTED, reason=reason)

    def _event(
        self,
        type_: EventType,
        claim: Claim,
        uid: str,
        state: State,
        reason: WorkReason,
        details: Details | None = None,
    ) -> NewEvent:
        return NewEvent(
            type=type_,
            at=self.clock(),
            study=uid,
            batch=claim.batch_id,
            plan=claim.plan_id,
            state=state,
            reason=reason.value,
            details=dict(details or {}),
        )
