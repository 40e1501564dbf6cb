"""Brings a copy up to what its archive holds of studies that were put right: may be killed anywhere, and run again.

Only an object that stands there, byte for byte, as it stood in the archive before is replaced, and it becomes what the
archive holds; what a copy lacks is not added. The copy's own objects are safe on disk and the intent is in the ledger
before the first one is sent; done is what was read back from the copy.

What is sent is checked as in the night (`night/sending`). What a copy holds is judged by the digests in the ledger
instead of by the originals (`night/read_back`): of what was corrected there before it has none. A copy without room is
not waited for, since it stays as it was and its turn comes again; and its failures are counted apart, since the gate's
breaker would end the work on the other copies too. A copy that is told by message (`by_message`) is sent no object: it
makes of its own what it was told, and nothing can be put back there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from remediate.copies.by_message import MESSAGE_BYTES, CopyMessages
from remediate.copies.stores import LEASE_SECONDS
from remediate.copies.turn import CopyHands, CopyTurn, NotNowError, StoppedError, UpdateReport
from remediate.errors import ArchiveError, MessageError, SpoolError
from remediate.identity.bsn import Bsn
from remediate.night.held import StudyHeld
from remediate.night.sending import outgoing_object
from remediate.night.status import ORIGINALS
from remediate.night.turn import spool_of
from remediate.reasons.copy import CopyReason
from remediate.reasons.study import Difference, StopReason, WorkReason
from remediate.records.copies import BEHIND, RIGHT, CopyEnd, CopyIntent, CopyLook, CopyState, Finished
from remediate.records.dicom import OutgoingObject, ReceivedObject, StoreVerdict
from remediate.records.ledger import EventType
from remediate.records.messages import MessageAnswer, PatientUpdate

_TOOK = (StoreVerdict.STORED, StoreVerdict.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyUpdater(CopyHands):
    """Updates one copy, one study after the other."""

    def settle(self) -> UpdateReport:
        """Settle what was begun under this plan, and begin nothing. Raises only for faults of our own."""
        return self._run((), under=self.plan_id)

    def run(self, studies: Iterable[str]) -> UpdateReport:
        """Settle what was begun under any plan, then update these studies. Raises only for faults of our own."""
        return self._run(studies)

    def _run(self, studies: Iterable[str], *, under: str = "") -> UpdateReport:
        wanted = list(studies)
        report = UpdateReport(copy=self.copy, left=len(wanted), is_told=self.message is not None)
        fence = self.leases.take_lease(self.node, self.owner, LEASE_SECONDS, is_gone=self.is_gone)
        if fence is None:
            report.stopped_because = StopReason.CLAIM_LOST
            return report
        turn = _Turn(updater=self, fence=fence, report=report)
        try:
            turn.tidy()
            unsettled = turn.settle_all(under)
            looks = {look.study_instance_uid: look for look in self.store.copy_looks(wanted) if self._is_here(look)}
            apart = {begun.finished.intent.study_instance_uid for begun in self._set_apart()}
            known = {(uid, look.intent_id) for uid, look in looks.items() if look.state in RIGHT and uid not in apart}
            for uid in sorted(wanted, key=lambda uid: (looks[uid].at.timestamp() if uid in looks else 0, uid)):
                if uid not in unsettled:
                    turn.one(uid, partial(turn.update, uid, known))
                report.left -= 1
        except StoppedError as stop:
            report.stopped_because = stop.reason
        except ArchiveError:
            report.stopped_because = WorkReason.ARCHIVE_UNREACHABLE
        except SpoolError:
            report.stopped_because = WorkReason.SPOOL_FAILED
        finally:
            self.leases.end_lease(self.node, fence)
        return report

    def _set_apart(self) -> Sequence[CopyIntent]:
        return self.store.copy_intents(self.copy, CopyEnd.SET_APART)

    def _is_here(self, look: CopyLook) -> bool:
        """What was seen at another node under the same name says nothing of this one."""
        return (look.copy, look.node) == (self.copy, self.eye.node)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn(CopyTurn):
    """What is done to each study."""

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
            raise StoppedError(StopReason.SPOOL_FULL)
        name = f"{uid}-{self.fence}"
        seen = updater.eye.see(finished, self._above, name, key_name=finished.intent.batch_id)
        look = updater.eye.judged(finished, seen)
        todo = [sop for sop, why in seen.objects.items() if why is Difference.OLD_HEADER]
        if look.state not in BEHIND or not todo:
            self._leave(look, seen, name)
            if Difference.NOT_HANDED_OVER in seen.objects.values():
                raise NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
            return
        originals = {item.sop_instance_uid: item for item in seen.received}
        if (why := self._why_not(finished, originals, todo)) is not None:
            self._leave(look, seen, name, why)
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
            raise StoppedError(StopReason.BREAKER)
        if updater.is_withdrawn(updater.plan_id):
            raise StoppedError(WorkReason.PLAN_WITHDRAWN)
        if (reason := updater.gate.before_study()) is not None:
            raise StoppedError(reason)

    def settle(self, begun: CopyIntent) -> None:
        """After an interruption: look first, then go on or back."""
        uid, updater = begun.finished.intent.study_instance_uid, self.updater
        originals = self._originals(begun)
        if not set(begun.objects) <= set(originals) and self._lie_elsewhere(begun):
            raise NotNowError(CopyReason.ORIGINALS_ELSEWHERE)
        newest = updater.store.last_finished(uid)
        is_stale = newest is None or newest.intent.intent_id != begun.finished.intent.intent_id
        is_stale = is_stale or updater.is_withdrawn(begun.plan_id) or not self._archive_holds(begun.finished)
        seen = self._look(begun)
        todo = [sop for sop in begun.objects if seen.objects.get(sop) is not None]
        astray = {seen.objects[sop] for sop in todo} - {Difference.OLD_HEADER, Difference.MISSING}
        if Difference.NOT_HANDED_OVER in astray:
            raise NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
        if self._loses_numbers(begun, originals, seen):
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.NUMBER_LOST)
        elif not todo:
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
        if self.updater.message is not None:
            self._tell(self.updater.message, begun, originals)
            return
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
        raise StoppedError(StopReason.VERIFICATION_MISMATCH)

    def _put_back(
        self, begun: CopyIntent, originals: Mapping[str, ReceivedObject], why: WorkReason | CopyReason
    ) -> None:
        """Never leave a study mixed: what does not stand as before goes back to that, unless somebody else put it there
        meanwhile."""
        seen = self._look(begun)
        astray = [sop for sop in begun.objects if seen.objects.get(sop) is not Difference.OLD_HEADER]
        found = {seen.objects.get(sop) for sop in astray}
        if Difference.NOT_HANDED_OVER in found:
            raise NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
        if not found <= {None, Difference.MISSING}:
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.UNKNOWN_CONTENT)
            return
        if astray and set(astray) <= set(originals) and self.updater.message is None:
            self._send(begun, originals, astray, as_before=True)
            seen = self._look(begun)
        is_back = all(seen.objects.get(sop) is Difference.OLD_HEADER for sop in begun.objects)
        if is_back:
            self._conclude(begun, seen, CopyEnd.PUT_BACK, why)
        else:
            self._conclude(begun, seen, CopyEnd.SET_APART, WorkReason.NOT_PUT_BACK)

    # Telling, where the copy is sent no object.

    def _tell(self, message: CopyMessages, begun: CopyIntent, originals: Mapping[str, ReceivedObject]) -> None:
        """Where nobody knows whether a message will have an effect, the intent stays open and is looked at first."""
        said = message.update(begun.finished, self._evidence(begun.finished, originals))
        if not isinstance(said, PatientUpdate):
            self._put_back(begun, originals, said)
            return
        answer = message.was_told(said)
        if answer is None:
            if (stopped := self.updater.gate.before_object(MESSAGE_BYTES)) is not None:
                raise StoppedError(stopped)
            self._renew()
            try:
                answer, event = message.tell(begun, said)
            except MessageError:
                self._put_back(begun, originals, WorkReason.MESSAGE_NOT_MADE)
                return
            self.updater.events.record(event)
            self.report.messages += answer.answer is not MessageAnswer.UNREACHABLE
        if answer.answer is MessageAnswer.ACCEPTED:
            self._wait_for(message, begun, said.bsn)
        self._conclude_told(begun, originals, self._look(begun), answer.answer)

    def _wait_for(self, message: CopyMessages, begun: CopyIntent, bsn: Bsn) -> None:
        """Copies apply messages when they come to it: ask for one object now and then."""
        eye, uid, gate = self.updater.eye.eye, begun.finished.intent.study_instance_uid, self.updater.gate
        for _ in range(math.ceil(message.settings.applied_within / message.settings.look_every)):
            listed = [item for item in eye.archive.find_instances(uid) if item.sop_instance_uid in begun.objects][-1:]
            received = eye.archive.retrieve(uid, listed, self._folder("glance")).received if listed else ()
            shown = [eye.bsn_in_place(eye.spool.read(item)) for item in received]
            eye.spool.remove(self._folder("glance"))
            if shown == [bsn]:
                return
            gate.wait(message.settings.look_every)
            if gate.switch.reason is not None:
                raise StoppedError(gate.switch.reason)
            self._renew()

    def _conclude_told(
        self, begun: CopyIntent, originals: Mapping[str, ReceivedObject], seen: StudyHeld, answer: MessageAnswer
    ) -> None:
        found = {seen.objects.get(sop) for sop in begun.objects}
        is_another = self.updater.eye.judged(begun.finished, seen).state is CopyState.ANOTHER
        is_less = self._loses_numbers(begun, originals, seen)
        if Difference.NOT_HANDED_OVER in found:
            raise NotNowError(WorkReason.RETRIEVE_INCOMPLETE)
        if is_another or is_less or not found <= {None, Difference.OLD_HEADER, Difference.MISSING}:
            self.report.mismatch = True
            why = WorkReason.NUMBER_LOST if is_less else WorkReason.READ_BACK_DIFFERS
            self._conclude(begun, seen, CopyEnd.SET_APART, why)
            raise StoppedError(StopReason.VERIFICATION_MISMATCH)
        if found == {None}:
            self.report.objects += len(begun.objects)
            self._conclude(begun, seen, CopyEnd.UPDATED, WorkReason.READ_BACK)
        elif found != {Difference.OLD_HEADER}:
            raise NotNowError(WorkReason.MESSAGE_NOT_APPLIED)  # in part: it may be at work on the rest
        elif answer is MessageAnswer.ACCEPTED:
            self.report.mismatch = True
            self._conclude(begun, seen, CopyEnd.PUT_BACK, WorkReason.MESSAGE_NOT_APPLIED)
            if not self.report.ends[CopyEnd.UPDATED]:
                raise StoppedError(StopReason.WITHOUT_EFFECT)
        elif answer is MessageAnswer.REFUSED:
            self._conclude(begun, seen, CopyEnd.PUT_BACK, WorkReason.MESSAGE_REFUSED)
        elif answer is MessageAnswer.UNREACHABLE:
            self._conclude(begun, seen, CopyEnd.PUT_BACK, WorkReason.RECEIVER_UNREACHABLE)
            raise StoppedError(WorkReason.RECEIVER_UNREACHABLE)
        else:
            raise NotNowError(WorkReason.MESSAGE_UNANSWERED)

    # Sending and looking.

    def _send(
        self,
        begun: CopyIntent,
        originals: Mapping[str, ReceivedObject],
        names: Sequence[str],
        *,
        as_before: bool = False,
    ) -> WorkReason | None:
        """Why an object was not taken; None when all were. Raises `StoppedError` where we may not go on."""
        items = {item.sop_instance_uid: item for item in begun.finished.intent.objects}

        def outgoing() -> Iterator[OutgoingObject]:
            for sop in names:
                reason = self.updater.gate.before_object(originals[sop].nbytes, even_if_stopped=as_before)
                if reason is not None:
                    raise StoppedError(reason)
                self._renew()
                yield outgoing_object(self.updater.spool, items[sop], originals[sop], as_before=as_before)

        for answer in self.updater.archive.store(outgoing()):
            if answer.verdict is StoreVerdict.UNKNOWN:
                return WorkReason.STORE_UNKNOWN
            if answer.verdict not in _TOOK:
                return WorkReason.STORE_REFUSED
        return None

    def _why_not(
        self, finished: Finished, originals: Mapping[str, ReceivedObject], todo: Sequence[str]
    ) -> WorkReason | CopyReason | None:
        """Known before the first object or message is sent."""
        message = self.updater.message
        if message is None and self.updater.is_told(finished.intent.plan_id):
            return WorkReason.CORRECTION_REFUSED
        if not self._archive_holds(finished):
            return CopyReason.ARCHIVE_DIFFERS
        if message is not None:
            said = message.update(finished, self._evidence(finished, originals))
            return None if isinstance(said, PatientUpdate) else said
        contexts = {(originals[sop].sop_class_uid, originals[sop].transfer_syntax_uid) for sop in todo}
        return WorkReason.CONTEXT_NOT_TAKEN if self.updater.archive.not_taken(contexts) else None
