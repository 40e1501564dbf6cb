"""The life of one study by storing it again, from claim to verified: may be killed anywhere, and run again.

Knows the order of the steps and what each outcome means; what a study's correction is, `intent` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from remediate.identity.evidence import StudyEvidence
from remediate.night.intent import Details, LeftOut, Preparation, Prepared
from remediate.night.read_back import (
    Checked,
    Holding,
    Look,
    after_storing,
    every,
    look,
    strange_details,
    strange_reason,
)
from remediate.night.retention import kept_details
from remediate.night.sending import Sent, send
from remediate.night.turn import Begun, Hands, StudyOutcome, Turn, in_turn
from remediate.plan.verification_means import REASONS
from remediate.reasons.study import WorkReason
from remediate.records.ledger import Claim, Intent, PlanKind
from remediate.records.states import OPEN, State
from remediate.texts.language import Sentence

_LOST = (Holding.MISSING, Holding.NOT_HANDED_OVER)
_GOES_ON = frozenset({Holding.INTENDED, Holding.BEFORE, Holding.MISSING})
_NOTHING_SENT = Sent(objects=0, nbytes=0, complete=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyJob:
    """Corrects studies by storing their objects again; one for each worker."""

    hands: Hands
    preparation: Preparation

    def run(self, claim: Claim, study_uid: str) -> StudyOutcome:
        """Carry one study of the claim as far as it goes. Never raises for what archives and disks do."""
        return in_turn(self.hands, claim, study_uid, self._advance)

    def _advance(self, turn: Turn) -> StudyOutcome:
        """Retrieve, judge again, write the intent down, store, read back."""
        intent = turn.hands.vault.open_intent(turn.uid)
        if intent is not None:
            return self._resume(turn, intent) if turn.may_write() else turn.not_now()
        if turn.row.state not in self.preparation.starts_from:
            return StudyOutcome(state=turn.row.state, reason=turn.row.reason)
        if turn.waits():
            return turn.wait()
        if not turn.clear():
            return turn.not_now()
        prepared = self.preparation.prepare(turn.row, turn.originals_folder())
        if isinstance(prepared, LeftOut):
            return turn.left_out(prepared)
        if (not_taken := _not_taken(turn, prepared)) is not None:
            return turn.left_out(not_taken)
        if not turn.may_write():
            turn.discard()
            return turn.not_now()
        intent = turn.write_intent(prepared)
        originals = {item.sop_instance_uid: item for item in prepared.originals}
        begun = Begun(turn=turn, intent=intent, originals=originals)
        return self._carry_out(begun, begun.touched, prepared.alike)

    def _resume(self, turn: Turn, intent: Intent) -> StudyOutcome:
        """After an interruption, or a failure in an earlier batch: look first."""
        originals, was = turn.originals_of(intent), turn.row.state
        if isinstance(originals, StudyOutcome):
            return originals
        begun = Begun(turn=turn, intent=intent, originals=originals)
        agrees = self.preparation.still_agrees(turn.row, tuple(originals.values()))
        if was not in OPEN:
            turn.move(State.INTENT, WorkReason.WRITTEN_DOWN, {"again": True})
        seen = look(begun)
        if (apart := _unknown(turn, seen)) is not None:
            return apart
        if seen.extra and (was in OPEN or seen.having(Holding.MISSING)):
            return turn.quarantine(WorkReason.FORKED, {"extra": len(seen.extra)})
        if seen.having(Holding.NOT_HANDED_OVER):
            return turn.failed(WorkReason.RETRIEVE_INCOMPLETE)
        if not agrees:  # the facts that the intent rests on changed: back to what it was, and judged anew
            put_back = _put_back(begun, seen)
            return turn.let_go(WorkReason.PUT_BACK) if put_back else turn.quarantine(WorkReason.NOT_PUT_BACK)
        if seen.all_intended:
            turn.move_to_stored(WorkReason.SETTLED)
            return self._verified(begun, every(seen, len(intent.objects)), WorkReason.SETTLED, _NOTHING_SENT)
        if was is State.STORED:
            turn.move(State.FAILED, WorkReason.OLD_OBJECT_KEPT)
            turn.move(State.INTENT, WorkReason.WRITTEN_DOWN, {"again": True})
        return self._carry_out(begun, seen.having(Holding.BEFORE, Holding.MISSING))

    def _carry_out(self, begun: Begun, todo: tuple[str, ...], alike: frozenset[str] | None = None) -> StudyOutcome:
        """Store, read back, conclude. `alike` is told when the intent was made just now; see `Prepared`."""
        turn = begun.turn
        sent = self._send(begun, todo, at_hand=alike is not None)
        if sent.problem is not None:
            return replace(_broken_off(begun, sent), told=_answer(sent))
        if not sent.complete:
            reason = WorkReason.WRITTEN_DOWN
            return StudyOutcome(
                state=State.INTENT, reason=reason, instances=sent.objects, nbytes=sent.nbytes, finished=False
            )
        details: Details = {"instances": sent.objects, "bytes": sent.nbytes, **_waited(sent)}
        if sent.warnings:
            details = {**details, "warnings": sent.warnings}
        turn.move(State.STORED, WorkReason.SENT, details)
        found = after_storing(begun, self.preparation, todo, alike)
        if not found.seen.nothing_amiss:
            return _mismatch(turn, found.seen)
        reason = WorkReason.RESTORED if _ends_as(begun) is State.ROLLED_BACK else REASONS[found.means]
        return self._verified(begun, found, reason, sent)

    def _send(self, begun: Begun, todo: tuple[str, ...], *, at_hand: bool) -> Sent:
        """Send, and where the archive went away meanwhile look what it has once it is back, and send the rest after
        all: unless the facts that the intent rests on changed in those hours."""
        turn = begun.turn
        gate, originals = turn.hands.gate, tuple(begun.originals.values())
        sent = send(begun, todo, at_hand=at_hand)
        while sent.problem is WorkReason.STORE_UNKNOWN:
            seen = look(begun)
            is_known = set(seen.holdings.values()) <= _GOES_ON and not (seen.strange or seen.extra)
            if not is_known or gate.is_over() or gate.seats.absences == sent.absences:
                break
            if not self.preparation.still_agrees(turn.row, originals):
                break
            sent = sent.then(send(begun, seen.having(Holding.BEFORE, Holding.MISSING), at_hand=at_hand))
        return sent

    def _verified(self, begun: Begun, found: Checked, reason: WorkReason, sent: Sent) -> StudyOutcome:
        turn, hands = begun.turn, begun.turn.hands
        evidence = found.evidence or self.preparation.evidence(begun.uid, found.seen.objects)
        state = _ends_as(begun)
        kept = kept_details(hands.settings.spool, found.means, begun.originals) if state is State.VERIFIED else {}
        counts = {"instances": len(begun.intent.objects), "stored": sent.objects}
        turn.move(state, reason, {**counts, **found.details, **kept})
        if isinstance(evidence, StudyEvidence):
            hands.studies.save_evidence(evidence, now=hands.clock())
        turn.clear_verified(begun.intent, kept)
        return StudyOutcome(
            state=state, reason=reason, instances=sent.objects, nbytes=sent.nbytes, read_back=found.read_back
        )


def _not_taken(turn: Turn, prepared: Prepared) -> LeftOut | None:
    """Known before the first object is stored: otherwise a study of several kinds would be left half corrected."""
    contexts = {(i.sop_class_uid, i.transfer_syntax_uid) for i in prepared.objects if not i.correction.is_empty}
    refused = turn.hands.archive.not_taken(contexts)
    if not refused:
        return None
    details = {"contexts": " ".join(f"{sop_class}/{syntax}" for sop_class, syntax in sorted(refused))}
    return LeftOut(state=State.FAILED, reason=WorkReason.CONTEXT_NOT_TAKEN, details=details)


def _ends_as(begun: Begun) -> State:
    """What reverses a roll-back leaves the study corrected."""
    undoes = begun.intent.kind is PlanKind.ROLLBACK and begun.turn.hands.vault.last_undone(begun.uid) is None
    return State.ROLLED_BACK if undoes else State.VERIFIED


def _put_back(begun: Begun, seen: Look) -> bool:
    """Store the originals of all that is not as it was; whether reading back shows that it is again."""
    touched = set(begun.touched)
    astray = tuple(uid for uid in seen.holdings if uid in touched and seen.holdings[uid] is not Holding.BEFORE)
    if not astray:
        return True
    back = send(begun, astray, as_before=True)
    again = look(begun)
    return back.complete and not again.strange and set(again.having(Holding.BEFORE)) == touched


def _broken_off(begun: Begun, sent: Sent) -> StudyOutcome:
    """The archive did not take an object: never leave the study mixed. Look, then put back or set apart."""
    turn, settings = begun.turn, begun.turn.hands.settings
    details: Details = {"stored": sent.objects, "status": sent.status, **_waited(sent)}
    problem = sent.problem or WorkReason.STORE_UNKNOWN
    seen = look(begun)
    if (apart := _unknown(turn, seen, details)) is not None:
        return apart
    if seen.extra:  # none was there when the intent was written: the archive may keep ours under other names
        return turn.quarantine(WorkReason.FORKED, {**details, "extra": len(seen.extra)})
    attempt = turn.hands.gate.seats.absences == sent.absences  # an archive that went away says nothing of the study
    if set(begun.touched) <= set(seen.having(Holding.BEFORE)):
        return turn.failed(problem, details, attempt=attempt)
    if settings.on_partial_failure == "quarantine":
        return turn.quarantine(problem, details)
    if not _put_back(begun, seen):
        if turn.hands.gate.is_over():  # perhaps while waiting for room: whoever comes next looks and goes on
            return StudyOutcome(state=State.INTENT, reason=WorkReason.WRITTEN_DOWN, finished=False)
        return turn.quarantine(WorkReason.NOT_PUT_BACK, details)
    return turn.failed(problem, {**details, "put_back": True}, attempt=attempt)


def _unknown(turn: Turn, seen: Look, details: Details | None = None) -> StudyOutcome | None:
    """Where the archive holds what neither we nor it had: a person must look."""
    if seen.having(Holding.OTHER, Holding.TRANSCODED):
        return turn.quarantine(WorkReason.UNKNOWN_CONTENT, _tags(seen))
    if seen.strange:
        return turn.quarantine(strange_reason(seen.strange), {**(details or {}), **strange_details(seen.strange)})
    return None


def _mismatch(turn: Turn, seen: Look) -> StudyOutcome:
    """Reading back showed something else than was sent."""
    if seen.having(Holding.OTHER):
        return turn.quarantine(WorkReason.READ_BACK_DIFFERS, _tags(seen), mismatch=True)
    if seen.having(Holding.TRANSCODED):
        return turn.quarantine(WorkReason.TRANSCODED, mismatch=True)
    if seen.strange:
        return turn.quarantine(strange_reason(seen.strange), strange_details(seen.strange), mismatch=True)
    if seen.extra:
        return turn.quarantine(WorkReason.FORKED, {"extra": len(seen.extra)}, mismatch=True)
    if kept := seen.having(Holding.BEFORE):
        return turn.failed(WorkReason.OLD_OBJECT_KEPT, {"kept": len(kept)}, mismatch=True)
    return turn.failed(WorkReason.INSTANCE_LOST, {"lost": len(seen.having(*_LOST))}, mismatch=True)


def _tags(seen: Look) -> Details:
    return {"elements": " ".join(seen.tags[:20]), "objects": len(seen.having(Holding.OTHER))}


def _waited(sent: Sent) -> dict[str, int]:
    """For the ledger, where the archive had no room at first, or was away."""
    return {name: number for name, number in (("busy", sent.busy), ("again", sent.again)) if number}


def _answer(sent: Sent) -> Sentence:
    """What the archive said to an object that it did not take."""
    if not sent.status:
        return Sentence("It gave no answer to a C-STORE.", "Het gaf geen antwoord op een C-STORE.")
    return Sentence(f"It answered {sent.status} to a C-STORE.", f"Het antwoordde {sent.status} op een C-STORE.")
