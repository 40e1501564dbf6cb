"""One run over one copy: its folders in the spool, what it holds, and how each study there is concluded; sends nothing.

The ground on which `update` stands: whatever is written of a copy is written here, under the fence of the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remediate.copies.by_message import CopyMessages
from remediate.copies.look import CopyEye, checked, details_of
from remediate.copies.stores import LEASE_SECONDS, CopyStore, LeaseStore, node_of
from remediate.errors import ArchiveError, SpoolError
from remediate.identity.evidence import StudyEvidence
from remediate.night.gate import Gate
from remediate.night.held import StudyHeld
from remediate.night.read_back import numbers_meant
from remediate.night.turn import answers
from remediate.ports import Archive, Events, Spool
from remediate.reasons.copy import CopyReason
from remediate.reasons.study import StopReason, WorkReason
from remediate.records.copies import RIGHT, CopyEnd, CopyIntent, CopyLook, CopyState, Finished
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import EventType, NewEvent

_ALL_BEFORE = (CopyState.OLD_HEADER, CopyState.STILL_CORRECTED)


@dataclass(kw_only=True)
class UpdateReport:
    """What was done to one copy."""

    copy: str
    ends: Counter[CopyEnd] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of what was not updated
    standing: dict[str, CopyState] = field(default_factory=dict)  # how each study stands there now
    objects: int = 0  # stored, or told of, and read back
    messages: int = 0  # sent, whatever became of them
    is_told: bool = False  # it is updated by message
    troubled: int = 0  # studies over which the copy failed
    in_a_row: int = 0  # of those, since one was last found right
    left: int = 0  # studies that were not looked at
    stopped_because: StopReason | WorkReason | None = None
    mismatch: bool = False  # it answered success, and read-back showed something else

    @property
    def states(self) -> Counter[CopyState]:
        """Studies by how they stand there now."""
        return Counter(self.standing.values())


class NotNowError(Exception):
    """Of one study nothing can be said now; what was begun on it stays open, and others go on."""

    def __init__(self, reason: WorkReason | CopyReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class StoppedError(Exception):
    """Nothing more may be sent to this copy now; what was begun stays open, and is settled first the next time."""

    def __init__(self, reason: StopReason | WorkReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyHands:
    """What work on one copy needs."""

    eye: CopyEye
    store: CopyStore
    events: Events
    leases: LeaseStore
    spool: Spool
    gate: Gate
    owner: str  # names this process
    is_gone: Callable[[str], bool]  # whether the process that a lease names is known to have ended
    plan_id: str  # under whose approval
    actor: str
    is_withdrawn: Callable[[str], bool]  # whether a plan was taken back: what was begun under it goes back
    is_told: Callable[[str], bool]  # whether a plan's corrections went as messages, so that no bytes are known
    least_room: int  # bytes free on the spool's disk
    message: CopyMessages | None = None  # of a copy that is told by message, and sent no object

    @property
    def copy(self) -> str:
        """Its name in the configuration."""
        return self.eye.copy

    @property
    def node(self) -> str:
        """What is leased."""
        return node_of(self.copy)

    @property
    def archive(self) -> Archive:
        """The copy."""
        return self.eye.eye.archive


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTurn:
    """One run over one copy, under one fence."""

    updater: CopyHands
    fence: int
    report: UpdateReport

    # The spool: a folder for each study and run, so that nothing of an earlier run is written over.

    @property
    def _above(self) -> str:
        return f"copies-{self.updater.copy}"

    def _folder(self, name: str, key_name: str = "") -> Path:
        return self.updater.spool.folder(self._above, name, key_name=key_name)

    def tidy(self) -> None:
        """Remove what an earlier run left without having begun anything."""
        store, copy = self.updater.store, self.updater.copy
        ours = [*store.copy_intents(copy, CopyEnd.OPEN), *store.copy_intents(copy, CopyEnd.SET_APART)]
        kept = {intent.spool_folder for intent in ours}
        for folder in self.updater.spool.parts(self._above):
            if folder.name not in kept:
                self.updater.spool.remove(folder)

    def one(self, uid: str, work: Callable[[], None]) -> bool:
        """Whether work on a study came to an end. Raises `ArchiveError` where the copy is not there at all."""
        try:
            work()
        except NotNowError as error:
            self._troubled(error.reason)
        except SpoolError:
            self._troubled(WorkReason.SPOOL_FAILED)
        except ArchiveError as error:
            if not error.of_one_exchange or not answers(self.updater.archive):
                raise
            self._troubled(WorkReason.EXCHANGE_IMPOSSIBLE)
            if (look := self.updater.eye.unknown(uid)) is not None:
                self._keep(look)
        else:
            return True
        return False

    def _troubled(self, why: WorkReason | CopyReason) -> None:
        self.report.reasons[why] += 1
        self.report.troubled += 1
        self.report.in_a_row += 1

    def _evidence(self, finished: Finished, received: Mapping[str, ReceivedObject]) -> StudyEvidence | None:
        beside = self.updater.eye.beside
        judged = (
            None if beside is None else beside.judgement(finished.intent.study_instance_uid, tuple(received.values()))
        )
        return None if judged is None else judged.evidence

    def _originals(self, begun: CopyIntent) -> Mapping[str, ReceivedObject]:
        """What the copy held before, as far as this spool has it."""
        folder = self._folder(begun.spool_folder, begun.finished.intent.batch_id)
        return {item.sop_instance_uid: item for item in self.updater.spool.received(folder)}

    def _loses_numbers(self, begun: CopyIntent, originals: Mapping[str, ReceivedObject], seen: StudyHeld) -> bool:
        """Whether a number of the patient that the copy had is gone there, of a copy that was told."""
        if self.updater.message is None:
            return False
        read, mine = self.updater.spool.read, {item.sop_instance_uid: item for item in seen.received}
        return any(
            not numbers_meant(read(originals[sop])) <= numbers_meant(read(mine[sop]))
            for sop in begun.objects
            if sop in originals and sop in mine
        )

    def _look(self, begun: CopyIntent) -> StudyHeld:
        return self.updater.eye.see(begun.finished, self._above, "look")

    def _archive_holds(self, finished: Finished) -> bool:
        return self.updater.eye.archive_holds(finished, self._above, "archive")

    def _renew(self) -> None:
        """The fence, right before each store and before what came of it is written down."""
        if not self.updater.leases.renew_lease(self.updater.node, self.fence, LEASE_SECONDS):
            raise StoppedError(StopReason.CLAIM_LOST)

    # What came of it.

    def _leave(self, look: CopyLook, seen: StudyHeld, name: str, why: WorkReason | CopyReason | None = None) -> None:
        """Nothing is to be done there, or nothing may."""
        self._renew()
        self._keep(look)
        self._end_apart(look, seen)
        self.updater.spool.remove(self._folder(name))
        if why is not None:
            self.report.reasons[why] += 1

    def _keep(self, look: CopyLook) -> None:
        self.updater.store.save_look(look, checked(look, self.updater.actor))
        self._stands(look)

    def _stands(self, look: CopyLook) -> None:
        self.report.standing[look.study_instance_uid] = look.state
        if look.state in RIGHT:
            self.report.in_a_row = 0

    def _end_apart(self, look: CopyLook, seen: StudyHeld) -> None:
        """What was set apart and is known again, by whoever saw to it, needs its originals no more."""
        if look.state not in (*RIGHT, *_ALL_BEFORE):
            return
        end = CopyEnd.UPDATED if look.state in RIGHT else CopyEnd.PUT_BACK
        for apart in self.updater.store.copy_intents(self.updater.copy, CopyEnd.SET_APART):
            if (apart.finished.intent.study_instance_uid, apart.node) == (look.study_instance_uid, look.node):
                if self._loses_numbers(apart, self._originals(apart), seen):
                    continue
                event = self._event(EventType.COPY_UPDATED, apart.finished, WorkReason.SETTLED, look)
                self.updater.store.end_copy_intent(apart, end, look, event)
                self.updater.spool.remove(self._folder(apart.spool_folder))

    def _conclude(self, begun: CopyIntent, seen: StudyHeld, end: CopyEnd, why: WorkReason | CopyReason) -> None:
        self._renew()
        look = self.updater.eye.judged(begun.finished, seen)
        event = self._event(EventType.COPY_UPDATED, begun.finished, why, look, objects=len(begun.objects))
        self.updater.store.end_copy_intent(begun, end, look, event)
        self.report.ends[end] += 1
        self._stands(look)
        if end is not CopyEnd.UPDATED:
            self._troubled(why)
        if end is not CopyEnd.SET_APART:
            self._end_apart(look, seen)
            self.updater.spool.remove(self._folder(begun.spool_folder))
        self.updater.spool.remove(self._folder("look"))

    def _event(
        self, type_: EventType, finished: Finished, why: WorkReason | CopyReason, look: CopyLook, *, objects: int = 0
    ) -> NewEvent:
        return NewEvent(
            type=type_,
            at=look.at,
            study=look.study_instance_uid,
            plan=self.updater.plan_id,
            batch=finished.intent.batch_id,
            reason=why.value,
            details={**details_of(look), "objects": objects},
        )
