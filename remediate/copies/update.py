"""Sends a copy what its archive holds of studies that were put right: may be killed anywhere, and run again.

Only an object that stands there, byte for byte, as it stood in the archive before is replaced, and it becomes what the
archive holds; what a copy lacks is not added. The copy's own objects are safe on disk and the intent is in the ledger
before the first one is sent; done is what was read back from the copy.

What is sent is checked as in the night (`night/sending`). What a copy holds is judged by the digests in the ledger
instead of by the originals (`night/read_back`): of what was corrected there before it has none. A copy without room is
not waited for, since it stays as it was and its turn comes again; and its failures are counted apart, since the gate's
breaker would end the work on the other copies too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from remediate.copies.look import CopyEye, checked, details_of
from remediate.copies.stores import CopyStore, LeaseStore
from remediate.errors import ArchiveError, SpoolError
from remediate.night.gate import Gate
from remediate.night.held import StudyHeld
from remediate.night.sending import outgoing_object
from remediate.night.status import ORIGINALS
from remediate.night.turn import answers, spool_of
from remediate.ports import Archive, Events, Spool
from remediate.reasons.copy import CopyReason
from remediate.reasons.study import Difference, StopReason, WorkReason
from remediate.records.copies import BEHIND, RIGHT, CopyEnd, CopyIntent, CopyLook, CopyState, Finished
from remediate.records.dicom import OutgoingObject, ReceivedObject, StoreVerdict
from remediate.records.ledger import EventType, NewEvent

LEASE_SECONDS = 600.0
"""How long a copy is ours without a word; longer than a store and its answer take."""
_TOOK = (StoreVerdict.STORED, StoreVerdict.WARNING)
_ALL_BEFORE = (CopyState.OLD_HEADER, CopyState.STILL_CORRECTED)


@dataclass(kw_only=True)
class UpdateReport:
    """What was done to one copy."""

    copy: str
    ends: Counter[CopyEnd] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of what was not updated
    standing: dict[str, CopyState] = field(default_factory=dict)  # how each study stands there now
    objects: int = 0  # stored and read back
    troubled: int = 0  # studies over which the copy failed
    in_a_row: int = 0  # of those, since one was last found right
    left: int = 0  # studies that were not looked at
    stopped_because: StopReason | WorkReason | None = None
    mismatch: bool = False  # it answered success, and read-back showed something else

    @property
    def states(self) -> Counter[CopyState]:
        """Studies by how they stand there now."""
        return Counter(self.standing.values())


class _NotNowError(Exception):
    """Of one study nothing can be said now; what was begun on it stays open, and others go on."""

    def __init__(self, reason: WorkReason | CopyReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class _StoppedError(Exception):
    """Nothing more may be sent to this copy now; what was begun stays open, and is settled first the next time."""

    def __init__(self, reason: StopReason | WorkReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyUpdater:
    """Updates one copy, one study after the other."""

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

    @property
    def copy(self) -> str:
        """Its name in the configuration."""
        return self.eye.copy

    @property
    def node(self) -> str:
        """What is leased."""
        return f"copy {self.copy}"

    @property
    def archive(self) -> Archive:
        """The copy."""
        return self.eye.eye.archive

    def settle(self) -> UpdateReport:
        """Settle what was begun under this plan, and begin nothing. Raises only for faults of our own."""
        return self._run((), under=self.plan_id)

    def run(self, studies: Iterable[str]) -> UpdateReport:
        """Settle what was begun under any plan, then update these studies. Raises only for faults of our own."""
        return self._run(studies)

    def _run(self, studies: Iterable[str], *, under: str = "") -> UpdateReport:
        wanted = list(studies)
        report = UpdateReport(copy=self.copy, left=len(wanted))
        fence = self.leases.take_lease(self.node, self.owner, LEASE_SECONDS, is_gone=self.is_gone)
        if fence is None:
            report.stopped_because = StopReason.CLAIM_LOST
            return report
        turn = _Turn(updater=self, fence=fence, report=report)
        try:
            turn.tidy()
            unsettled = turn.settle_all(under)
            looks = {look.study_instance_uid: look for look in self.store.copy_looks(wanted) if self._is_here(look)}
            known = {(uid, look.intent_id) for uid, look in looks.items() if look.state in RIGHT}
            for uid in sorted(wanted, key=lambda uid: (looks[uid].at.timestamp() if uid in looks else 0, uid)):
                if uid not in unsettled:
                    turn.one(uid, partial(turn.update, uid, known))
                report.left -= 1
        except _StoppedError as stop:
            report.stopped_because = stop.reason
        except ArchiveError:
            report.stopped_because = WorkReason.ARCHIVE_UNREACHABLE
        except SpoolError:
            report.stopped_because = WorkReason.SPOOL_FAILED
        finally:
            self.leases.end_lease(self.node, fence)
        return report

    def _is_here(self, look: CopyLook) -> bool:
        """What was seen at another node under the same name says nothing of this one."""
        return (look.copy, look.node) == (self.copy, self.eye.node)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One run over one copy, under one fence."""

    updater: CopyUpdater
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

    # Studies, of which one keeps no other from its turn.

    def settle_all(self, under: str = "") -> frozenset[str]:
        """What an earlier run left open is finished or put back, of one plan where that is named; answers the studies
        of which it stays open."""
        left = set()
        for begun in self.updater.store.copy_intents(self.updater.copy, CopyEnd.OPEN):
            uid = begun.finished.intent.study_instance_uid
            if under not in ("", begun.plan_id):
                continue
            if begun.node != self.updater.eye.node:
                self.report.reasons[CopyReason.OTHER_NODE] += 1
            elif self.one(uid, partial(self.settle, begun)):
                continue
            left.add(uid)
        return frozenset(left)

    def one(self, uid: str, work: Callable[[], None]) -> bool:
        """Whether work on a study came to an end. Raises `ArchiveError` where the copy is not there at all."""
        try:
            work()
        except _NotNowError as error:
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

    # One study.

    def update(self, uid: str, known: set[tuple[str, int]]) -> None:
        """Look, and replace what stands there as before."""
        updater = self.updater
        if uid in updater.eye.unreadable:
            self.report.standing[uid] = CopyState.NOT_COMPARABLE
            return
        finished = updater.store.last_finished(uid)
        if finished is None:
            return
        if (uid, finished.intent.intent_id) in known:
            self.report.standing[uid] = CopyState.RESTORED if finished.is_undone else CopyState.CORRECTED
            return
        self._may_begin()
        if updater.spool.free_bytes() < updater.least_room:
            raise _StoppedError(StopReason.SPOOL_FULL)
        name = f"{uid}-{self.fence}"
        seen = updater.eye.see(finished, self._above, name, key_name=finished.intent.batch_id)
        look = updater.eye.judged(finished, seen)
        todo = [sop for sop, why in seen.objects.items() if why is Difference.OLD_HEADER]
        if look.state not in BEHIND or not todo:
            self._leave(look, name)
            if Difference.NOT_HANDED_OVER in seen.objects.values():
                raise _NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
            return
        originals = {item.sop_instance_uid: item for item in seen.received}
        if (why := self._why_not(finished, originals, todo)) is not None:
            self._leave(look, name, why)
            return
        updater.spool.make_durable(self._folder(name))
        self._renew()
        event = self._event(EventType.COPY_INTENT, finished, WorkReason.WRITTEN_DOWN, look, objects=len(todo))
        event = replace(event, details={**event.details, ORIGINALS: self._place(name)})
        begun = updater.store.write_copy_intent(
            updater.copy, updater.eye.node, updater.plan_id, finished, todo, name, event
        )
        self._carry_out(begun, originals, todo)

    def _may_begin(self) -> None:
        updater = self.updater
        if self.report.in_a_row >= updater.gate.settings.breaker:
            raise _StoppedError(StopReason.BREAKER)
        if updater.is_withdrawn(updater.plan_id):
            raise _StoppedError(WorkReason.PLAN_WITHDRAWN)
        if (reason := updater.gate.before_study()) is not None:
            raise _StoppedError(reason)

    def settle(self, begun: CopyIntent) -> None:
        """After an interruption: look first, then go on or back."""
        uid, updater = begun.finished.intent.study_instance_uid, self.updater
        folder = self._folder(begun.spool_folder, begun.finished.intent.batch_id)
        originals = {item.sop_instance_uid: item for item in updater.spool.received(folder)}
        if not set(begun.objects) <= set(originals) and self._lie_elsewhere(begun):
            raise _NotNowError(CopyReason.ORIGINALS_ELSEWHERE)
        newest = updater.store.last_finished(uid)
        is_stale = newest is None or newest.intent.intent_id != begun.finished.intent.intent_id
        is_stale = is_stale or updater.is_withdrawn(begun.plan_id) or not self._archive_holds(begun.finished)
        seen = self._look(begun)
        todo = [sop for sop in begun.objects if seen.objects.get(sop) is not None]
        astray = {seen.objects[sop] for sop in todo} - {Difference.OLD_HEADER, Difference.MISSING}
        if Difference.NOT_HANDED_OVER in astray:
            raise _NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
        if not todo:
            self._conclude(begun, seen, CopyEnd.UPDATED, WorkReason.SETTLED)
        elif astray:
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.UNKNOWN_CONTENT)
        elif is_stale:
            self._put_back(begun, originals, WorkReason.PUT_BACK)
        elif not set(todo) <= set(originals):
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.ORIGINALS_GONE)
        else:
            self._carry_out(begun, originals, todo)

    def _lie_elsewhere(self, begun: CopyIntent) -> bool:
        """Whether what the copy held lies in another spool, such as another machine's: only there it can go back."""
        uid = begun.finished.intent.study_instance_uid
        told = (entry.event.details for entry in self.updater.events.events(study=uid, type_=EventType.COPY_INTENT))
        places = [str(details.get(ORIGINALS, "")) for details in told if details.get("copy") == begun.copy]
        return places[-1:] not in ([], [""], [self._place(begun.spool_folder)])

    def _place(self, name: str) -> str:
        return spool_of(self.updater.owner, self._folder(name))

    def _carry_out(self, begun: CopyIntent, originals: Mapping[str, ReceivedObject], todo: Sequence[str]) -> None:
        problem = self._send(begun, originals, todo)
        if problem is not None:
            self._put_back(begun, originals, problem)
            return
        seen = self._look(begun)
        found = {seen.objects.get(sop) for sop in begun.objects}
        is_another = self.updater.eye.judged(begun.finished, seen).state is CopyState.ANOTHER
        if found == {None} and not is_another:
            self.report.objects += len(todo)
            self._conclude(begun, seen, CopyEnd.UPDATED, WorkReason.READ_BACK)
            return
        self.report.mismatch = True
        if is_another or not found <= {None, Difference.OLD_HEADER, Difference.MISSING}:
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.READ_BACK_DIFFERS)
        elif found == {Difference.OLD_HEADER}:
            self._conclude(begun, seen, CopyEnd.PUT_BACK, WorkReason.OLD_OBJECT_KEPT)
        else:
            self._put_back(begun, originals, WorkReason.READ_BACK_DIFFERS)
        raise _StoppedError(StopReason.VERIFICATION_MISMATCH)

    def _put_back(self, begun: CopyIntent, originals: Mapping[str, ReceivedObject], why: WorkReason) -> None:
        """Never leave a study mixed: what does not stand as before goes back to that, unless somebody else put it there
        meanwhile."""
        seen = self._look(begun)
        astray = [sop for sop in begun.objects if seen.objects.get(sop) is not Difference.OLD_HEADER]
        found = {seen.objects.get(sop) for sop in astray}
        if Difference.NOT_HANDED_OVER in found:
            raise _NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
        if not found <= {None, Difference.MISSING}:
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.UNKNOWN_CONTENT)
            return
        if astray and set(astray) <= set(originals):
            self._send(begun, originals, astray, as_before=True)
            seen = self._look(begun)
        is_back = all(seen.objects.get(sop) is Difference.OLD_HEADER for sop in begun.objects)
        if is_back:
            self._conclude(begun, seen, CopyEnd.PUT_BACK, why)
        else:
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.NOT_PUT_BACK)

    # Sending and looking.

    def _send(
        self,
        begun: CopyIntent,
        originals: Mapping[str, ReceivedObject],
        names: Sequence[str],
        *,
        as_before: bool = False,
    ) -> WorkReason | None:
        """Why an object was not taken; None when all were. Raises `_StoppedError` where we may not go on."""
        items = {item.sop_instance_uid: item for item in begun.finished.intent.objects}

        def outgoing() -> Iterator[OutgoingObject]:
            for sop in names:
                reason = self.updater.gate.before_object(originals[sop].nbytes, even_if_stopped=as_before)
                if reason is not None:
                    raise _StoppedError(reason)
                self._renew()
                yield outgoing_object(self.updater.spool, items[sop], originals[sop], as_before=as_before)

        for answer in self.updater.archive.store(outgoing()):
            if answer.verdict is StoreVerdict.UNKNOWN:
                return WorkReason.STORE_UNKNOWN
            if answer.verdict not in _TOOK:
                return WorkReason.STORE_REFUSED
        return None

    def _look(self, begun: CopyIntent) -> StudyHeld:
        return self.updater.eye.see(begun.finished, self._above, "look")

    def _why_not(
        self, finished: Finished, originals: Mapping[str, ReceivedObject], todo: Sequence[str]
    ) -> WorkReason | CopyReason | None:
        """Known before the first object is sent."""
        if self.updater.is_told(finished.intent.plan_id):
            return WorkReason.CORRECTION_REFUSED
        if not self._archive_holds(finished):
            return CopyReason.ARCHIVE_DIFFERS
        contexts = {(originals[sop].sop_class_uid, originals[sop].transfer_syntax_uid) for sop in todo}
        return WorkReason.CONTEXT_NOT_TAKEN if self.updater.archive.not_taken(contexts) else None

    def _archive_holds(self, finished: Finished) -> bool:
        return self.updater.eye.archive_holds(finished, self._above, "archive")

    def _renew(self) -> None:
        """The fence, right before each store and before what came of it is written down."""
        if not self.updater.leases.renew_lease(self.updater.node, self.fence, LEASE_SECONDS):
            raise _StoppedError(StopReason.CLAIM_LOST)

    # What came of it.

    def _leave(self, look: CopyLook, name: str, why: WorkReason | CopyReason | None = None) -> None:
        """Nothing is to be done there, or nothing may."""
        self._renew()
        self._keep(look)
        self._end_apart(look)
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

    def _end_apart(self, look: CopyLook) -> None:
        """What was set apart and is known again, by whoever saw to it, needs its originals no more."""
        if look.state not in (*RIGHT, *_ALL_BEFORE):
            return
        end = CopyEnd.UPDATED if look.state in RIGHT else CopyEnd.PUT_BACK
        for apart in self.updater.store.copy_intents(self.updater.copy, CopyEnd.SET_APART):
            if (apart.finished.intent.study_instance_uid, apart.node) == (look.study_instance_uid, look.node):
                event = self._event(EventType.COPY_UPDATED, apart.finished, WorkReason.SETTLED, look)
                self.updater.store.end_copy_intent(apart, end, look, event)
                self.updater.spool.remove(self._folder(apart.spool_folder))

    def _conclude(self, begun: CopyIntent, seen: StudyHeld, end: CopyEnd, why: WorkReason) -> None:
        self._renew()
        look = self.updater.eye.judged(begun.finished, seen)
        event = self._event(EventType.COPY_UPDATED, begun.finished, why, look, objects=len(begun.objects))
        self.updater.store.end_copy_intent(begun, end, look, event)
        self.report.ends[end] += 1
        self._stands(look)
        if end is not CopyEnd.UPDATED:
            self._troubled(why)
        self._end_apart(look)
        if end is not CopyEnd.SET_APART:
            self.updater.spool.remove(self._folder(begun.spool_folder))
        self.updater.spool.remove(self._folder("look"))

    def _event(
        self, type_: EventType, finished: Finished, why: WorkReason, look: CopyLook, *, objects: int = 0
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
