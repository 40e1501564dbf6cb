"""One study from claim to verified by telling its archive of the patient, as one function that may be killed anywhere.

A message concerns all studies of a patient: their intents are written together, it is sent once in a batch, and each
study is done when reading back shows it. Knows the order of the steps; what a message says, `messages` tells.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from remediate.config.hl7 import Hl7OutputSettings
from remediate.errors import ClaimLostError, MessageError
from remediate.identity.evidence import StudyEvidence
from remediate.messages.intent import MessagePreparation, whole_or_none
from remediate.messages.read_back import MessageEye, Showing, Shown
from remediate.night.intent import Details, LeftOut, Prepared
from remediate.night.read_back import strange_details, strange_reason
from remediate.night.retention import kept_details
from remediate.night.turn import Begun, Hands, StudyOutcome, Turn, in_turn
from remediate.plan.verification_means import Means
from remediate.ports import MessageSender, PlanStore
from remediate.reasons.study import StopReason, WorkReason
from remediate.records.ledger import Claim, EventType, Intent
from remediate.records.messages import Acknowledgement, MessageAnswer, PatientUpdate
from remediate.records.states import OPEN, State

_MESSAGE_BYTES = 1_000
"""What a message counts for under the ceiling of bytes; it is one object under those of objects."""

_NOT_ACCEPTED: Mapping[MessageAnswer, WorkReason] = {
    MessageAnswer.REFUSED: WorkReason.MESSAGE_REFUSED,
    MessageAnswer.UNREACHABLE: WorkReason.RECEIVER_UNREACHABLE,
}
"""Answers after which nothing can have changed in the archive; any other silence means: look."""

_SAYS: Mapping[MessageAnswer, WorkReason] = {MessageAnswer.ACCEPTED: WorkReason.ACKNOWLEDGED, **_NOT_ACCEPTED}

_NOT_YET = StudyOutcome(state=State.INTENT, reason=WorkReason.WRITTEN_DOWN, finished=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageJob:
    """Corrects studies by message; one for each worker."""

    hands: Hands
    preparation: MessagePreparation
    plans: PlanStore  # tells what this batch brought about so far
    sender: MessageSender | None  # None: what is configured is not what was approved; it is only looked
    output: Hl7OutputSettings
    answers: dict[str, Acknowledgement] = field(default_factory=dict)  # by MSH-10: what is sent once is not sent again

    def run(self, claim: Claim, study_uid: str) -> StudyOutcome:
        """Carry one study of the claim as far as it goes. Never raises for what archives, receivers and disks do."""
        return in_turn(self.hands, claim, study_uid, self._advance)

    def _advance(self, turn: Turn) -> StudyOutcome:
        """Prepare all of the patient, write the intents down, tell the archive, read back."""
        vault = self.hands.vault
        intent = vault.open_intent(turn.uid)
        if intent is not None:
            return self._resume(turn, intent) if turn.may_write() else turn.not_now()
        if turn.row.state not in self.preparation.starts_from:
            return StudyOutcome(state=turn.row.state, reason=turn.row.reason)
        if turn.waits():
            return turn.wait()
        prepared = self._begin(turn) if turn.may_write() else None
        if prepared is None:
            return turn.not_now()
        mine = prepared[turn.uid]
        if isinstance(mine, LeftOut):
            return turn.left_out(mine)
        intent = vault.open_intent(turn.uid)
        update = self.preparation.update_of(turn.row, mine.originals)
        if intent is None or update is None:
            raise ValueError("an intent was written on facts that do not hold")
        originals = {item.sop_instance_uid: item for item in mine.originals}
        return self._tell(Begun(turn=turn, intent=intent, originals=originals), update)

    # All studies of the patient, before anything is sent.

    def _begin(self, turn: Turn) -> Mapping[str, Prepared | LeftOut] | None:
        """Prepare what is not begun of the patient's studies, and write all intents if every one agrees.

        None when the claim was lost.
        """
        rows = self.hands.studies.studies_named(turn.claim.studies)
        fresh = [each for row in rows if self._is_fresh(each := replace(turn, row=row))]
        prepared = {each.uid: self._prepared(each) for each in fresh}
        settled = whole_or_none(prepared, agree=self._agree(fresh, prepared))
        if not turn.renew():
            for each in fresh:
                each.discard()
            return None
        for each in fresh:
            one = settled[each.uid]
            if isinstance(one, Prepared):
                each.write_intent(one)
            elif one.reason is not WorkReason.ORIGINALS_WAIT:
                each.clear()
        return settled

    def _prepared(self, turn: Turn) -> Prepared | LeftOut:
        if turn.waits():
            return LeftOut(state=State.DRIFTED, reason=WorkReason.ORIGINALS_WAIT)
        if not turn.clear():
            raise ClaimLostError
        return self.preparation.prepare(turn.row, turn.originals_folder())

    def _is_fresh(self, turn: Turn) -> bool:
        is_begun = self.hands.vault.open_intent(turn.uid) is not None
        return turn.row.state in self.preparation.starts_from and not is_begun

    def _agree(self, turns: list[Turn], prepared: Mapping[str, Prepared | LeftOut]) -> bool:
        """Whether one message says what is right for all of them, and for whatever else the archive has."""
        told = [
            self.preparation.update_of(turn.row, one.originals)
            for turn in turns
            if isinstance(one := prepared[turn.uid], Prepared)
        ]
        if not told:
            return True
        first, ours = told[0], frozenset(turns[0].claim.studies)
        return first is not None and all(one == first for one in told) and self.preparation.others_agree(first, ours)

    # After an interruption, or a failure in an earlier batch: look first.

    def _resume(self, turn: Turn, intent: Intent) -> StudyOutcome:
        originals = turn.originals_of(intent)
        if isinstance(originals, StudyOutcome):
            return originals
        begun = Begun(turn=turn, intent=intent, originals=originals)
        if turn.row.state not in OPEN:
            turn.move(State.INTENT, WorkReason.WRITTEN_DOWN, {"again": True})
        seen = self._look(begun)
        if seen.shown is not Shown.NOT_YET:
            return self._conclude(begun, seen, WorkReason.SETTLED)
        update = self.preparation.update_of(turn.row, tuple(originals.values()))
        if update is None:  # the archive shows nothing of a message, and it may not be sent any more
            return turn.let_go(self.preparation.lapsed)
        if self.sender is None:
            return turn.let_go(WorkReason.RECEIVER_UNREACHABLE)
        if turn.row.state is State.STORED:
            return self._await(begun)
        fellows = self._begin(turn)
        if fellows is None:
            return _NOT_YET
        if any(isinstance(one, LeftOut) and one.state is not State.CORRECT for one in fellows.values()):
            return turn.failed(WorkReason.PATIENT_NOT_WHOLE)
        if not self.preparation.others_agree(update, frozenset(turn.claim.studies)):
            return turn.failed(WorkReason.PATIENT_NOT_WHOLE)
        return self._tell(begun, update)

    # Send, read back, conclude.

    def _tell(self, begun: Begun, update: PatientUpdate) -> StudyOutcome:
        turn = begun.turn
        control_id = self.preparation.messages.control_id(turn.claim.plan_id, update)
        if control_id not in self.answers:
            stopped = self.hands.gate.before_object(_MESSAGE_BYTES) is not None
            if stopped or not (turn.renew() and turn.holds()):
                return _NOT_YET
            try:
                self._send(turn, control_id, update)
            except MessageError:
                return turn.failed(WorkReason.MESSAGE_NOT_MADE)
        answer = self.answers[control_id]
        if answer.answer is MessageAnswer.ACCEPTED:
            turn.move(State.STORED, WorkReason.ACKNOWLEDGED, {"control_id": control_id})
            return self._await(begun)
        if answer.answer in _NOT_ACCEPTED:
            return turn.failed(_NOT_ACCEPTED[answer.answer], {"code": answer.code, "error": answer.error})
        seen = self._look(begun)
        if seen.shown is not Shown.NOT_YET:
            return self._conclude(begun, seen, WorkReason.SETTLED)
        return turn.failed(WorkReason.MESSAGE_UNANSWERED, {"answer": answer.answer.value})

    def _send(self, turn: Turn, control_id: str, update: PatientUpdate) -> None:
        if self.sender is None:
            answer = Acknowledgement(answer=MessageAnswer.UNREACHABLE)
        else:
            answer = self.sender.send(update, control_id=control_id, at=self.hands.clock())
        self.answers[control_id] = answer
        details = {"event": self.output.event, "control_id": control_id, "code": answer.code, "error": answer.error}
        reason = _SAYS.get(answer.answer, WorkReason.MESSAGE_UNANSWERED)
        self.hands.events.record(turn.event(EventType.MESSAGE, State.INTENT, reason, details))

    def _await(self, begun: Begun) -> StudyOutcome:
        """Archives apply messages when they come to it: ask now and then, and judge by everything at the end."""
        for _ in range(math.ceil(self.output.applied_within / self.output.look_every)):
            if self._eye.glance(begun.turn.row, begun.turn.read_back_folder()):
                break
            if self.hands.gate.switch.wait(self.output.look_every):
                return StudyOutcome(state=State.STORED, reason=WorkReason.ACKNOWLEDGED, finished=False)
        return self._conclude(begun, self._look(begun), WorkReason.READ_BACK)

    def _look(self, begun: Begun) -> Showing:
        return self._eye.look(begun.turn.row, begun.intent, begun.originals, begun.turn.read_back_folder())

    @property
    def _eye(self) -> MessageEye:
        return MessageEye(archive=self.hands.archive, spool=self.hands.spool, preparation=self.preparation)

    def _conclude(self, begun: Begun, seen: Showing, reason: WorkReason) -> StudyOutcome:
        turn = begun.turn
        match seen.shown:
            case Shown.APPLIED:
                return self._verified(begun, seen, reason)
            case Shown.NOT_YET:
                return self._without_effect(turn)
            case Shown.NOT_HANDED_OVER:
                return turn.failed(WorkReason.RETRIEVE_INCOMPLETE)
            case Shown.MISSING:
                return turn.failed(WorkReason.INSTANCE_LOST, mismatch=True)
            case Shown.NUMBER_LOST:
                return turn.quarantine(WorkReason.NUMBER_LOST, mismatch=True)
            case Shown.STRANGE:
                strange = seen.strange
                return turn.quarantine(strange_reason(strange), strange_details(strange), mismatch=True)
            case Shown.REST_CHANGED:
                elements: Details = {"elements": " ".join(seen.tags[:20])}
                return turn.quarantine(WorkReason.READ_BACK_DIFFERS, elements, mismatch=True)

    def _without_effect(self, turn: Turn) -> StudyOutcome:
        """Where no message of this batch had any effect it is the receiver's fault and no attempt of the study, and
        sending it more tells nobody anything."""
        if self.plans.plan_progress(turn.claim.plan_id, turn.claim.batch_id).done_studies:
            return turn.failed(WorkReason.MESSAGE_NOT_APPLIED)
        self.hands.gate.switch.stop(StopReason.WITHOUT_EFFECT)
        return turn.failed(WorkReason.MESSAGE_NOT_APPLIED, attempt=False)

    def _verified(self, begun: Begun, seen: Showing, reason: WorkReason) -> StudyOutcome:
        turn, hands, count = begun.turn, self.hands, len(begun.intent.objects)
        evidence = self.preparation.evidence(begun.uid, seen.objects)
        turn.move_to_stored(WorkReason.SETTLED)
        kept = kept_details(hands.settings.spool, Means.EVERY, begun.originals)
        details: Details = {"instances": count, "stored": 0, "by": Means.EVERY.value, "read_back": count, **kept}
        turn.move(State.VERIFIED, reason, details)
        if isinstance(evidence, StudyEvidence):
            hands.studies.save_evidence(evidence, now=hands.clock())
        turn.clear_verified(begun.intent, kept)
        return StudyOutcome(state=State.VERIFIED, reason=reason, instances=count, read_back=count)
