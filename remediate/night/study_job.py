"""One study from claim to verified by storing it again, as one function that may be killed anywhere and run again.

Knows the order of the steps and what each outcome means; what a study's correction is, `intent` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from remediate.identity.evidence import StudyEvidence
from remediate.night.intent import Details, LeftOut, Prepared
from remediate.night.read_back import Holding, Look, strange_details, strange_reason
from remediate.night.reading_back import Checked, ReadingBack, every
from remediate.night.retention import kept_details
from remediate.night.sending import Sent, StudySender
from remediate.night.study_states import StudyOutcome
from remediate.night.study_work import StudyWork, folder_of, not_now
from remediate.plan.verification_means import REASONS
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import Claim, Intent, IntentObject, PlanKind, StudyRow
from remediate.records.states import OPEN, State
from remediate.study_reasons import WorkReason
from remediate.texts.language import Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyJob(StudyWork):
    """Corrects a study by storing its objects again."""

    store_retries: int = 0  # of an object for which the archive has no room

    def _advance(self, claim: Claim, row: StudyRow) -> StudyOutcome:
        intent = self.vault.open_intent(row.study_instance_uid)
        if intent is not None:
            return self._resume(claim, row, intent) if self._may_write(claim, row) else not_now(row)
        if row.state not in self.preparation.starts_from:
            return StudyOutcome(state=row.state, reason=row.reason)
        if self._waits(row.study_instance_uid):
            return self._wait(claim, row)
        if not self._clear(claim, row.study_instance_uid):
            return not_now(row)
        prepared = self.preparation.prepare(row, self._originals(claim, row.study_instance_uid))
        if isinstance(prepared, LeftOut):
            return self._left_out(claim, row, prepared)
        not_taken = self._not_taken(prepared)
        if not_taken is not None:
            return self._left_out(claim, row, not_taken)
        if not self._may_write(claim, row):
            self._discard(claim, row.study_instance_uid)
            return not_now(row)
        intent = self._write_intent(claim, row, prepared)
        originals = {item.sop_instance_uid: item for item in prepared.originals}
        todo = tuple(item.sop_instance_uid for item in changing(intent))
        return self._carry_out(claim, intent, originals, todo, prepared.alike)

    def _not_taken(self, prepared: Prepared) -> LeftOut | None:
        """Known before the first object is stored: otherwise a study of several kinds would be left half corrected."""
        contexts = {(i.sop_class_uid, i.transfer_syntax_uid) for i in prepared.objects if not i.correction.is_empty}
        refused = self.archive.not_taken(contexts)
        if not refused:
            return None
        details = {"contexts": " ".join(f"{sop_class}/{syntax}" for sop_class, syntax in sorted(refused))}
        return LeftOut(state=State.FAILED, reason=WorkReason.CONTEXT_NOT_TAKEN, details=details)

    # After an interruption, or a failure in an earlier batch: look first.

    def _resume(self, claim: Claim, row: StudyRow, intent: Intent) -> StudyOutcome:
        uid = row.study_instance_uid
        originals = self._originals_of(claim, row, intent)
        if isinstance(originals, StudyOutcome):
            return originals
        agrees = self.preparation.still_agrees(row, tuple(originals.values()))
        if row.state not in OPEN:
            self._move(claim, uid, State.INTENT, WorkReason.WRITTEN_DOWN, {"again": True})
        seen = self._look(claim, intent, originals)
        if seen.having(Holding.OTHER, Holding.TRANSCODED):
            return self._quarantine(claim, uid, WorkReason.UNKNOWN_CONTENT, self._tags(seen))
        if seen.strange:
            return self._strange(claim, uid, seen)
        if seen.extra and (row.state in OPEN or seen.having(Holding.MISSING)):
            return self._quarantine(claim, uid, WorkReason.FORKED, {"extra": len(seen.extra)})
        if seen.having(Holding.NOT_HANDED_OVER):
            return self._failed(claim, uid, WorkReason.RETRIEVE_INCOMPLETE)
        if not agrees:
            return self._let_go(claim, intent, originals, seen)
        if seen.all_intended:
            self._move_to_stored(claim, uid, row, WorkReason.SETTLED)
            found = every(seen, len(intent.objects))
            return self._verified(claim, intent, originals, found, WorkReason.SETTLED, _NOTHING_SENT)
        if row.state is State.STORED:
            self._move(claim, uid, State.FAILED, WorkReason.OLD_OBJECT_KEPT)
            self._move(claim, uid, State.INTENT, WorkReason.WRITTEN_DOWN, {"again": True})
        return self._carry_out(claim, intent, originals, seen.having(Holding.BEFORE, Holding.MISSING))

    def _let_go(
        self, claim: Claim, intent: Intent, originals: Mapping[str, ReceivedObject], seen: Look
    ) -> StudyOutcome:
        """The facts that the intent rests on changed: the study goes back to what it was, and is judged anew."""
        uid = intent.study_instance_uid
        if not self._put_back(claim, intent, originals, seen):
            return self._quarantine(claim, uid, WorkReason.NOT_PUT_BACK)
        self._move(claim, uid, State.DRIFTED, WorkReason.PUT_BACK)
        self._clear(claim, uid)
        return StudyOutcome(state=State.DRIFTED, reason=WorkReason.PUT_BACK)

    def _put_back(self, claim: Claim, intent: Intent, originals: Mapping[str, ReceivedObject], seen: Look) -> bool:
        """Store the originals of all that is not as it was; whether reading back shows that it is again."""
        touched = {item.sop_instance_uid for item in changing(intent)}
        astray = tuple(uid for uid in seen.holdings if uid in touched and seen.holdings[uid] is not Holding.BEFORE)
        if not astray:
            return True
        back = self._sender.send(claim, intent, originals, astray, as_before=True)
        again = self._look(claim, intent, originals)
        return back.complete and not again.strange and set(again.having(Holding.BEFORE)) == touched

    # Store, read back, conclude.

    def _carry_out(
        self,
        claim: Claim,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        todo: tuple[str, ...],
        alike: frozenset[str] | None = None,
    ) -> StudyOutcome:
        """`alike` is told when the intent was made just now; see `Prepared`."""
        uid = intent.study_instance_uid
        sent = self._sender.send(claim, intent, originals, todo, at_hand=alike is not None)
        if sent.problem is not None:
            answer = Sentence("It gave no answer to a C-STORE.", "Het gaf geen antwoord op een C-STORE.")
            if sent.status:
                answer = Sentence(
                    f"It answered {sent.status} to a C-STORE.", f"Het antwoordde {sent.status} op een C-STORE."
                )
            return replace(self._broken_off(claim, intent, originals, sent), told=answer)
        if not sent.complete:
            reason = WorkReason.WRITTEN_DOWN
            return StudyOutcome(
                state=State.INTENT, reason=reason, instances=sent.objects, nbytes=sent.nbytes, finished=False
            )
        details: Details = {"instances": sent.objects, "bytes": sent.nbytes, **_waited(sent)}
        if sent.warnings:
            details = {**details, "warnings": sent.warnings}
        self._move(claim, uid, State.STORED, WorkReason.SENT, details)
        found = self._read_back(claim, intent, originals, todo, alike)
        if found.seen.nothing_amiss:
            reason = WorkReason.RESTORED if self._ends_as(intent) is State.ROLLED_BACK else REASONS[found.means]
            return self._verified(claim, intent, originals, found, reason, sent)
        return self._mismatch(claim, uid, found.seen)

    def _read_back(
        self,
        claim: Claim,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        stored: tuple[str, ...],
        alike: frozenset[str] | None,
    ) -> Checked:
        """As configured; but a study whose work was interrupted is always read back whole."""
        if alike is None:
            return every(self._look(claim, intent, originals), len(intent.objects))
        return self._reading_back(claim).after_storing(intent, originals, stored, alike)

    def _broken_off(
        self, claim: Claim, intent: Intent, originals: Mapping[str, ReceivedObject], sent: Sent
    ) -> StudyOutcome:
        """The archive did not take an object: never leave the study mixed. Look, then put back or set apart."""
        uid = intent.study_instance_uid
        details: Details = {"stored": sent.objects, "status": sent.status, **_waited(sent)}
        problem = sent.problem or WorkReason.STORE_UNKNOWN
        seen = self._look(claim, intent, originals)
        if seen.having(Holding.OTHER, Holding.TRANSCODED):
            return self._quarantine(claim, uid, WorkReason.UNKNOWN_CONTENT, self._tags(seen))
        if seen.strange:
            return self._quarantine(
                claim, uid, strange_reason(seen.strange), {**details, **strange_details(seen.strange)}
            )
        if seen.extra:  # none was there when the intent was written: the archive may keep ours under other names
            return self._quarantine(claim, uid, WorkReason.FORKED, {**details, "extra": len(seen.extra)})
        touched = {item.sop_instance_uid for item in changing(intent)}
        if touched <= set(seen.having(Holding.BEFORE)):
            return self._failed(claim, uid, problem, details)
        if self.settings.on_partial_failure == "quarantine":
            return self._quarantine(claim, uid, problem, details)
        if not self._put_back(claim, intent, originals, seen):
            if self.gate.switch.stopped:  # perhaps while waiting for room: whoever comes next looks and goes on
                return StudyOutcome(state=State.INTENT, reason=WorkReason.WRITTEN_DOWN, finished=False)
            return self._quarantine(claim, uid, WorkReason.NOT_PUT_BACK, details)
        return self._failed(claim, uid, problem, {**details, "put_back": True})

    @property
    def _sender(self) -> StudySender:
        return StudySender(
            archive=self.archive,
            work=self.work,
            spool=self.spool,
            clock=self.clock,
            gate=self.gate,
            settings=self.settings,
            retries=self.store_retries,
        )

    def _reading_back(self, claim: Claim) -> ReadingBack:
        return ReadingBack(
            archive=self.archive,
            spool=self.spool,
            settings=self.settings,
            preparation=self.preparation,
            folder=folder_of("read-back", claim),
        )

    def _look(self, claim: Claim, intent: Intent, originals: Mapping[str, ReceivedObject]) -> Look:
        return self._reading_back(claim).whole(intent, originals)

    def _verified(
        self,
        claim: Claim,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        found: Checked,
        reason: WorkReason,
        sent: Sent,
    ) -> StudyOutcome:
        uid = intent.study_instance_uid
        evidence = found.evidence or self.preparation.evidence(uid, found.seen.objects)
        state = self._ends_as(intent)
        kept = kept_details(self.settings.spool, found.means, originals) if state is State.VERIFIED else {}
        counts = {"instances": len(intent.objects), "stored": sent.objects}
        self._move(claim, uid, state, reason, {**counts, **found.details, **kept})
        if isinstance(evidence, StudyEvidence):
            self.studies.save_evidence(evidence, now=self.clock())
        stays = bool(kept) or self.settings.spool.keep_days > 0
        self._clear(claim, uid, keep=intent.spool_folder if stays else "")
        return StudyOutcome(
            state=state, reason=reason, instances=sent.objects, nbytes=sent.nbytes, read_back=found.read_back
        )

    def _ends_as(self, intent: Intent) -> State:
        """What reverses a roll-back leaves the study corrected."""
        undoes = intent.kind is PlanKind.ROLLBACK and self.vault.last_undone(intent.study_instance_uid) is None
        return State.ROLLED_BACK if undoes else State.VERIFIED

    def _mismatch(self, claim: Claim, uid: str, seen: Look) -> StudyOutcome:
        if seen.having(Holding.OTHER):
            return self._quarantine(claim, uid, WorkReason.READ_BACK_DIFFERS, self._tags(seen), mismatch=True)
        if seen.having(Holding.TRANSCODED):
            return self._quarantine(claim, uid, WorkReason.TRANSCODED, mismatch=True)
        if seen.strange:
            return self._quarantine(
                claim, uid, strange_reason(seen.strange), strange_details(seen.strange), mismatch=True
            )
        if seen.extra:
            return self._quarantine(claim, uid, WorkReason.FORKED, {"extra": len(seen.extra)}, mismatch=True)
        if kept := seen.having(Holding.BEFORE):
            return self._failed(claim, uid, WorkReason.OLD_OBJECT_KEPT, {"kept": len(kept)}, mismatch=True)
        return self._failed(claim, uid, WorkReason.INSTANCE_LOST, {"lost": len(seen.having(*_LOST))}, mismatch=True)

    def _strange(
        self, claim: Claim, uid: str, seen: Look, details: Details | None = None, *, mismatch: bool = False
    ) -> StudyOutcome:
        found = {**(details or {}), **strange_details(seen.strange)}
        return self._quarantine(claim, uid, strange_reason(seen.strange), found, mismatch=mismatch)

    @staticmethod
    def _tags(seen: Look) -> Details:
        return {"elements": " ".join(seen.tags[:20]), "objects": len(seen.having(Holding.OTHER))}


_LOST = (Holding.MISSING, Holding.NOT_HANDED_OVER)
_NOTHING_SENT = Sent(objects=0, nbytes=0, complete=True)


def _waited(sent: Sent) -> dict[str, int]:
    """For the ledger, where the archive had no room at first."""
    return {"busy": sent.busy} if sent.busy else {}


def changing(intent: Intent) -> tuple[IntentObject, ...]:
    """The objects of an intent that will be stored; the others stay as they are."""
    return tuple(item for item in intent.objects if not item.correction.is_empty)
