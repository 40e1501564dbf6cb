"""One worker's turn at one study: what it works with, the states that it may write, its folders in the spool.

How a study is corrected stands in `study_job` (by storing it again) and `messages/job` (by telling the archive).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from remediate.config.execute import ExecuteSettings
from remediate.errors import ArchiveError, ClaimLostError, SpoolError
from remediate.night.gate import Gate, lease_of
from remediate.night.intent import DECISION, Details, LeftOut, Prepared
from remediate.night.retention import waiting_of
from remediate.night.status import DOWN, ORIGINALS
from remediate.night.warm_up import Ramp
from remediate.ports import Archive, Clock, Events, Spool, StudyStore, Vault, WorkStore
from remediate.reasons.study import WorkReason
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import Claim, EventType, Intent, NewEvent, StudyRow
from remediate.records.states import OPEN, State
from remediate.texts.language import Sentence

_BEGUN = (State.PLANNED, *sorted(OPEN), State.FAILED)
"""States that a failure changes; a roll-back that never wrote its intent leaves the study as it was."""

_KINDS = {State.STORED: EventType.STORED, State.VERIFIED: EventType.VERIFIED, State.ROLLED_BACK: EventType.ROLLBACK}


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


class StudyJobs(Protocol):
    """What a batch asks of a worker."""

    def run(self, claim: Claim, study_uid: str) -> StudyOutcome:
        """Carry one study of the claim as far as it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a worker works with; one for each, since the associations are its own."""

    studies: StudyStore
    work: WorkStore
    vault: Vault
    events: Events
    archive: Archive
    spool: Spool
    clock: Clock
    gate: Gate
    ramp: Ramp
    store_retries: int = 0  # of an object for which the archive has no room

    @property
    def settings(self) -> ExecuteSettings:
        """Those of the batch."""
        return self.gate.settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A study of a claim, in a worker's hands."""

    hands: Hands
    claim: Claim
    row: StudyRow  # as it stood when the turn began
    begun: float  # by the batch's own clock

    @property
    def uid(self) -> str:
        """Study Instance UID."""
        return self.row.study_instance_uid

    # The claim.

    def renew(self) -> bool:
        """Prolong the claim; False when it was lost."""
        return self.hands.work.renew(self.claim, lease_of(self.hands.settings), now=self.hands.clock())

    def holds(self) -> bool:
        """Whether the claim is still ours."""
        return self.hands.work.holds(self.claim, now=self.hands.clock())

    def may_write(self) -> bool:
        """Wait for the batch's careful start, keeping the claim. False when the batch stops or it is lost."""
        hands, a_while = self.hands, self.hands.settings.lease_seconds / 4
        entered = hands.ramp.enter(self.uid, 0)
        if entered and hands.gate.seconds - self.begun < a_while:
            return True  # the claim is as good as new, and is asked for again where anything is written
        while self.renew():
            if entered or hands.gate.switch.stopped:
                return entered
            with hands.gate.away():
                entered = hands.ramp.enter(self.uid, a_while)
        return False

    def not_now(self) -> StudyOutcome:
        """The study stays as it is: the batch stops, or another worker has the patient."""
        return StudyOutcome(state=self.row.state, reason=self.row.reason, finished=False)

    # States, each written with its reason and event.

    def move(self, state: State, reason: WorkReason, details: Details | None = None, *, attempt: bool = True) -> None:
        """To another state."""
        if state is State.VERIFIED:
            details = {**(details or {}), **self._decided()}
        event = self.event(_KINDS.get(state, EventType.STATE), state, reason, details)
        self.hands.studies.move(self.uid, state, event, claim=self.claim, attempt=attempt)

    def move_to_stored(self, reason: WorkReason) -> None:
        """Unless it stands there."""
        row = self.hands.studies.study(self.uid)
        if row is not None and row.state is not State.STORED:
            self.move(State.STORED, reason)

    def failed(
        self, reason: WorkReason, details: Details | None = None, *, mismatch: bool = False, attempt: bool = True
    ) -> StudyOutcome:
        """`attempt` is False where the fault says nothing of the study, and then it is never set apart for it."""
        hands = self.hands
        row = hands.studies.study(self.uid)
        if row is not None and row.state not in _BEGUN:
            if not self.holds():
                raise ClaimLostError
            hands.events.record(self.event(EventType.STATE, row.state, reason, details))
            return StudyOutcome(state=State.FAILED, reason=reason, mismatch=mismatch)
        attempt = attempt and reason not in DOWN
        if attempt and row is not None and row.attempts + 1 >= hands.settings.attempts:
            return self.quarantine(WorkReason.TOO_MANY_ATTEMPTS, {"last": reason.value}, mismatch=mismatch)
        self.move(State.FAILED, reason, details, attempt=attempt)
        return StudyOutcome(state=State.FAILED, reason=reason, mismatch=mismatch)

    def quarantine(self, reason: WorkReason, details: Details | None = None, *, mismatch: bool = False) -> StudyOutcome:
        """Set apart: a person must look."""
        row = self.hands.studies.study(self.uid)
        if row is not None and row.state not in (*OPEN, State.FAILED):
            self.move(State.FAILED, reason, details)
        self.move(State.QUARANTINED, reason, details)
        return StudyOutcome(state=State.QUARANTINED, reason=reason, mismatch=mismatch)

    def left_out(self, left: LeftOut) -> StudyOutcome:
        """Not touched in this batch."""
        if left.evidence is not None:
            self.hands.studies.save_evidence(left.evidence, now=self.hands.clock())
        if left.stays:
            outcome = self._left_alone(left.reason, left.details)
        elif left.state is State.FAILED:
            outcome = self.failed(left.reason, left.details)
        else:
            self.move(left.state, left.reason, left.details)
            outcome = StudyOutcome(state=left.state, reason=left.reason)
        self.clear()
        return outcome

    def let_go(self, reason: WorkReason) -> StudyOutcome:
        """The study is as it was, and judged anew."""
        self.move(State.DRIFTED, reason)
        self.clear()
        return StudyOutcome(state=State.DRIFTED, reason=reason)

    def _left_alone(self, reason: WorkReason, details: Details) -> StudyOutcome:
        """The plan is done with the study, for good; the study stays what it was."""
        row = self.hands.studies.study(self.uid)
        state = State.DRIFTED if row is None else row.state
        self.hands.studies.leave_alone(self.claim, self.uid, self.event(EventType.LEFT_ALONE, state, reason, details))
        return StudyOutcome(state=State.DRIFTED, reason=reason)

    def _decided(self) -> Details:
        """On whose decision the newest intent under this plan rests, as its event says."""
        intents = self.hands.events.events(study=self.uid, type_=EventType.INTENT)
        found = [entry.event.details for entry in intents if entry.event.plan == self.claim.plan_id]
        return {key: value for key, value in found[-1].items() if key in DECISION} if found else {}

    def event(self, type_: EventType, state: State, reason: WorkReason, details: Details | None = None) -> NewEvent:
        """An event of this study, under the claim's batch and plan."""
        return NewEvent(
            type=type_,
            at=self.hands.clock(),
            study=self.uid,
            batch=self.claim.batch_id,
            plan=self.claim.plan_id,
            state=state,
            reason=reason.value,
            details=dict(details or {}),
        )

    # Originals.

    def waits(self) -> bool:
        """Whether the last correction was never read back whole: its originals stay until `verify` has done so."""
        kept = waiting_of(self.hands.events, self.uid)
        return kept is not None and not kept.proven

    def wait(self) -> StudyOutcome:
        """For that `verify`."""
        reason = WorkReason.ORIGINALS_WAIT
        if self.row.state not in (State.PLANNED, State.FAILED):
            return self.failed(reason)
        self.move(State.DRIFTED, reason)
        return StudyOutcome(state=State.DRIFTED, reason=reason)

    def write_intent(self, prepared: Prepared) -> Intent:
        """Once the originals are durable on disk."""
        folder = self.originals_folder()
        self.hands.spool.make_durable(folder)
        told: Details = {ORIGINALS: spool_of(self.claim.owner, folder), **prepared.details}
        event = self.event(EventType.INTENT, State.INTENT, WorkReason.WRITTEN_DOWN, told)
        return self.hands.vault.write_intent(self.claim, self.uid, prepared.objects, folder.name, event)

    def originals_of(self, intent: Intent) -> dict[str, ReceivedObject] | StudyOutcome:
        """The originals of an open intent by SOP Instance UID, or why nothing can be done with it."""
        if intent.plan_id != self.claim.plan_id:
            return StudyOutcome(state=self.row.state, reason=WorkReason.OTHER_PLAN)
        self.clear(keep=intent.spool_folder)
        folder = self.hands.spool.folder(self.uid, intent.spool_folder)
        originals = {o.sop_instance_uid: o for o in self.hands.spool.received(folder)}
        if any(item.sop_instance_uid not in originals for item in intent.objects):
            return self._not_here(spool_of(self.claim.owner, folder))
        return originals

    def _not_here(self, here: str) -> StudyOutcome:
        """The originals are not in our spool. In another machine's they are no trouble of this batch; if they are gone,
        a person must look. Neither is an attempt."""
        intents = self.hands.events.events(studies={self.uid}, type_=EventType.INTENT)
        place = [str(entry.event.details.get(ORIGINALS, "")) for entry in intents][-1:]
        if place and place[0] not in ("", here):
            reason, told, state = WorkReason.ORIGINALS_ELSEWHERE, {ORIGINALS: place[0]}, State.INTENT
        else:
            reason, told, state = WorkReason.ORIGINALS_GONE, {}, State.FAILED
        self.hands.events.record(self.event(EventType.STATE, self.row.state, reason, told))
        return StudyOutcome(state=state, reason=reason)

    # Folders in the spool. No other claim's folder has the same name: whoever wakes after its claim was lost writes in
    # its own.

    def originals_folder(self) -> Path:
        """Where the originals arrive under this claim: sealed by its batch's own key, which the ledger keeps."""
        return self.hands.spool.folder(self.uid, self._named("original"), key_name=self.claim.batch_id)

    def read_back_folder(self) -> Path:
        """Where what is read back arrives; empty."""
        self.hands.spool.remove(self.hands.spool.folder(self.uid, self._named("read-back")))
        return self.hands.spool.folder(self.uid, self._named("read-back"))

    def _named(self, what: str) -> str:
        return f"{what}-{self.claim.unit_id}-{self.claim.fence}"

    def discard(self) -> None:
        """No intent was written under this claim: nothing of the patient that arrived under it stays on our disk."""
        self.hands.spool.remove(self.originals_folder())

    def clear(self, *, keep: str = "") -> bool:
        """Remove what this claim and those before it left of a study, except the folder named `keep`.

        False when the claim is no longer ours, and then nothing is removed. The folders are listed before the claim is
        asked for: what a later claim makes is not among them, however long this worker is frozen in between. Without
        `keep` there must be no unsettled intent.
        """
        found = self.hands.spool.parts(self.uid)
        if not self.holds():
            return False
        for folder in found:
            if folder.name != keep:
                self.hands.spool.remove(folder)
        return True

    def clear_verified(self, intent: Intent, kept: Details) -> None:
        """The originals of a verified study stay only where they wait for `verify` (`kept`), or for some days."""
        stays = bool(kept) or self.hands.settings.spool.keep_days > 0
        self.clear(keep=intent.spool_folder if stays else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A study whose intent is written down: what is to become of each object, and the originals safe on disk."""

    turn: Turn
    intent: Intent
    originals: Mapping[str, ReceivedObject] = field(repr=False)  # by SOP Instance UID

    @property
    def uid(self) -> str:
        """Study Instance UID."""
        return self.turn.uid

    @property
    def touched(self) -> tuple[str, ...]:
        """The objects that will be stored, by SOP Instance UID in the intent's order; the others stay as they are."""
        return tuple(item.sop_instance_uid for item in self.intent.objects if not item.correction.is_empty)


def spool_of(owner: str, folder: Path) -> str:
    """Machine and folder of the spool in which a study's folder lies; `owner` names a process of that machine."""
    return f"{owner.partition('/')[0]}:{folder.parent.parent}"


def in_turn(hands: Hands, claim: Claim, study_uid: str, advance: Callable[[Turn], StudyOutcome]) -> StudyOutcome:
    """Carry one study as far as it goes. Never raises for what archives and disks do."""
    row = hands.studies.study(study_uid)
    if row is None:
        raise ValueError("a claim names a study that was never surveyed")
    turn = Turn(hands=hands, claim=claim, row=row, begun=hands.gate.seconds)
    try:
        try:
            return advance(turn)
        except ArchiveError as error:
            told: Details = {"transient": error.transient, "told": error.message.en}
            lasting = error.of_one_exchange and not hands.gate.is_over() and answers(hands.archive)
            reason = WorkReason.EXCHANGE_IMPOSSIBLE if lasting else WorkReason.ARCHIVE_UNREACHABLE
            return replace(turn.failed(reason, told), told=error.sentence)
        except SpoolError:
            return turn.failed(WorkReason.SPOOL_FAILED)
    except ClaimLostError:  # frozen past the lease: whoever has the patient now looks at the archive first
        return turn.not_now()


def answers(archive: Archive) -> bool:
    """Whether a fault that will not pass is about this study: an archive that turns us away does so for all."""
    try:
        archive.echo()
    except ArchiveError:
        return False
    return True
