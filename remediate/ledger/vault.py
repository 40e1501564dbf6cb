"""Intents with the old and new values of every object, encrypted; the ledger's only place for element values.

Each batch has its own data key, wrapped by the vault key: without its data key, the old values of a batch are gone
while the chain of events still verifies. Every sealed correction is bound to its intent, study and object.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, text, update

from remediate.errors import ClaimLostError
from remediate.header.correction import Correction
from remediate.ledger.data_keys import open_data_key, open_spool_key
from remediate.ledger.keys import Box
from remediate.ledger.states import change_state
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import OPEN_INTENT, IntentOutcome, intent_objects, intents, plans
from remediate.ledger.tables.study import studies
from remediate.ledger.times import utc_text
from remediate.ledger.work import hold_on
from remediate.records.ledger import Claim, Intent, IntentObject, NewEvent, PlanKind
from remediate.records.states import OPEN, State

FINISHED = (IntentOutcome.VERIFIED.value, IntentOutcome.UNDO.value)
"""Outcomes of what was done to a study and read back."""
_RESUMABLE = OPEN | {State.FAILED, State.PLANNED}
"""PLANNED: planned anew after a failure. What was begun is settled before anything new, or its originals are lost."""


class VaultRoom(Room):
    """Port `Vault`."""

    def write_intent(
        self,
        claim: Claim,
        study_instance_uid: str,
        objects: Sequence[IntentObject],
        spool_folder: str,
        event: NewEvent,
    ) -> Intent:
        """Corrections into the vault, the study to INTENT, and the event: one transaction, durable on return.

        Raises `ClaimLostError` when the fence is no longer ours at `event.at`, ValueError when the study is not of this
        claim or may not be corrected now.
        """
        if study_instance_uid not in claim.studies:
            raise ValueError("a study outside the claim")
        with self._database.begin() as connection:
            if not hold_on(connection, claim, event.at):
                raise ClaimLostError
            _check_may_begin(connection, claim, study_instance_uid)
            box = open_data_key(connection, self._context, claim.batch_id)
            intent = _insert_intent(connection, claim, study_instance_uid, objects, spool_folder, event.at)
            rows = [_object_values(intent, position, box) for position in range(len(objects))]
            if rows:
                connection.execute(insert(intent_objects), rows)
            change_state(connection, self._context, study_instance_uid, State.INTENT, event, plan_id=claim.plan_id)
        return intent

    def open_intent(self, study_instance_uid: str) -> Intent | None:
        """The newest unsettled intent on a study that stands in INTENT, STORED or FAILED, or that was planned again
        after it failed; None when there is none."""
        query = (
            select(intents)
            .join(studies, studies.c.study_instance_uid == intents.c.study_instance_uid)
            .where(studies.c.state.in_([state.value for state in _RESUMABLE]))
            .where(intents.c.outcome == IntentOutcome.OPEN.value)
        )
        return self._newest(query, study_instance_uid)

    def last_intent(self, study_instance_uid: str) -> Intent | None:
        """The newest intent on a study, however it ended."""
        return self._newest(select(intents), study_instance_uid)

    def last_verified(self, study_instance_uid: str) -> Intent | None:
        """The newest intent that was verified and not rolled back."""
        return self._newest(
            select(intents).where(intents.c.outcome == IntentOutcome.VERIFIED.value), study_instance_uid
        )

    def last_verified_sealed(self, study_instance_uid: str) -> Intent | None:
        """The same with empty corrections: what is left of a batch whose old values were made unreadable."""
        is_verified = intents.c.outcome == IntentOutcome.VERIFIED.value
        return self._newest(select(intents).where(is_verified), study_instance_uid, sealed=True)

    def last_undone(self, study_instance_uid: str) -> Intent | None:
        """The newest finished intent where that is a roll-back: nothing was done to the study since."""
        return self._newest(select(intents).where(intents.c.intent_id.in_(_newest_undo())), study_instance_uid)

    def undone_in(self, *, batch_id: str = "", plan_id: str = "") -> tuple[str, ...]:
        """Studies that this batch, or this plan, rolled back and to which nothing was done since; sorted."""
        query = select(intents.c.study_instance_uid).where(intents.c.intent_id.in_(_newest_undo()))
        query = query.where(intents.c.batch_id == batch_id) if batch_id else query.where(intents.c.plan_id == plan_id)
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def open_studies(self) -> tuple[str, ...]:
        """Studies whose intent is unsettled, sorted: what a crash or a failure left. Not those in quarantine."""
        query = (
            select(intents.c.study_instance_uid)
            .join(studies, studies.c.study_instance_uid == intents.c.study_instance_uid)
            .where(func.coalesce(studies.c.state, "").in_([state.value for state in _RESUMABLE]))
            .where(text(f"intents.{OPEN_INTENT}"))
            .distinct()
        )
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def verified_studies(self) -> tuple[str, ...]:
        """Studies with an intent that was verified and not rolled back, whatever they were judged since; sorted."""
        query = select(intents.c.study_instance_uid).where(intents.c.outcome == IntentOutcome.VERIFIED.value).distinct()
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def verified_in(self, *, batch_id: str = "", plan_id: str = "") -> tuple[str, ...]:
        """Of `verified_studies` those whose newest such intent belongs to this batch, or to this plan; sorted."""
        is_verified = intents.c.outcome == IntentOutcome.VERIFIED.value
        newest = select(func.max(intents.c.intent_id)).where(is_verified).group_by(intents.c.study_instance_uid)
        query = select(intents.c.study_instance_uid).where(intents.c.intent_id.in_(newest))
        query = query.where(intents.c.batch_id == batch_id) if batch_id else query.where(intents.c.plan_id == plan_id)
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def spool_key(self, batch_id: str) -> bytes:
        """What seals the batch's originals on disk. Raises `KeysError` when the batch was shredded, `LedgerError` when
        there is no such batch."""
        with self._database.read() as connection:
            return open_spool_key(connection, self._context, batch_id)

    def _newest(self, query: Select[Any], study_instance_uid: str, *, sealed: bool = False) -> Intent | None:
        query = query.where(intents.c.study_instance_uid == study_instance_uid)
        with self._database.read() as connection:
            row = connection.execute(query.order_by(intents.c.intent_id.desc()).limit(1)).first()
            if row is None:
                return None
            objects = connection.execute(
                select(intent_objects)
                .where(intent_objects.c.intent_id == row.intent_id)
                .order_by(intent_objects.c.position)
            ).all()
            box = None if sealed else open_data_key(connection, self._context, row.batch_id)
        return Intent(
            intent_id=row.intent_id,
            study_instance_uid=row.study_instance_uid,
            plan_id=row.plan_id,
            batch_id=row.batch_id,
            kind=PlanKind(row.kind),
            objects=tuple(_object_of(row.intent_id, study_instance_uid, item, box) for item in objects),
            spool_folder=row.spool_folder,
        )


def newest_finished() -> Select[tuple[int]]:
    """Of each study the newest intent that was finished."""
    return (
        select(func.max(intents.c.intent_id))
        .where(intents.c.outcome.in_(FINISHED))
        .group_by(intents.c.study_instance_uid)
    )


def _newest_undo() -> Select[tuple[int]]:
    """The same, where it was a roll-back."""
    return select(intents.c.intent_id).where(
        intents.c.intent_id.in_(newest_finished()), intents.c.outcome == IntentOutcome.UNDO.value
    )


def _check_may_begin(connection: Connection, claim: Claim, study_instance_uid: str) -> None:
    """A correction begins only from the plan; a roll-back from any state that the state machine allows."""
    kind = connection.execute(select(plans.c.kind).where(plans.c.plan_id == claim.plan_id)).scalar_one()
    state = State(
        connection.execute(
            select(studies.c.state).where(studies.c.study_instance_uid == study_instance_uid).with_for_update()
        ).scalar_one()
    )
    if kind == PlanKind.CORRECT.value and state not in (State.PLANNED, State.FAILED):
        raise ValueError(f"no move from {state.value} to intent under a plan of corrections")


def _insert_intent(
    connection: Connection,
    claim: Claim,
    study_instance_uid: str,
    objects: Sequence[IntentObject],
    spool_folder: str,
    at: datetime,
) -> Intent:
    """The head of an intent; it takes the place of one that is still open on the same study."""
    kind = connection.execute(select(plans.c.kind).where(plans.c.plan_id == claim.plan_id)).scalar_one()
    still_open = (intents.c.study_instance_uid == study_instance_uid) & (intents.c.outcome == IntentOutcome.OPEN.value)
    connection.execute(update(intents).where(still_open).values(outcome=IntentOutcome.REPLACED.value))
    values = {
        "study_instance_uid": study_instance_uid,
        "plan_id": claim.plan_id,
        "batch_id": claim.batch_id,
        "kind": kind,
        "spool_folder": spool_folder,
        "at": utc_text(at),
    }
    key = connection.execute(insert(intents).values(values)).inserted_primary_key
    assert key is not None
    return Intent(
        intent_id=key[0],
        study_instance_uid=study_instance_uid,
        plan_id=claim.plan_id,
        batch_id=claim.batch_id,
        kind=PlanKind(kind),
        objects=tuple(objects),
        spool_folder=spool_folder,
    )


def _object_values(intent: Intent, position: int, box: Box) -> dict[str, Any]:
    item = intent.objects[position]
    aad = _aad(intent.intent_id, intent.study_instance_uid, item.sop_instance_uid)
    return {
        "intent_id": intent.intent_id,
        "sop_instance_uid": item.sop_instance_uid,
        "position": position,
        "sop_class_uid": item.sop_class_uid,
        "transfer_syntax_uid": item.transfer_syntax_uid,
        "before_sha256": item.before_sha256,
        "intended_sha256": item.intended_sha256,
        "correction": box.seal(item.correction.to_bytes(), aad),
    }


def _object_of(intent_id: int, study_instance_uid: str, row: Row[Any], box: Box | None) -> IntentObject:
    """An object; without a box its correction stays sealed, and is given as empty."""
    aad = _aad(intent_id, study_instance_uid, row.sop_instance_uid)
    return IntentObject(
        sop_instance_uid=row.sop_instance_uid,
        sop_class_uid=row.sop_class_uid,
        transfer_syntax_uid=row.transfer_syntax_uid,
        before_sha256=row.before_sha256,
        intended_sha256=row.intended_sha256,
        correction=Correction.from_bytes(box.unseal(row.correction, aad))
        if box
        else Correction(transfer_syntax_uid=row.transfer_syntax_uid),
    )


def _aad(intent_id: int, study_instance_uid: str, sop_instance_uid: str) -> bytes:
    return f"{intent_id}|{study_instance_uid}|{sop_instance_uid}".encode()
