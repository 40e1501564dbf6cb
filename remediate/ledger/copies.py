"""What copies were found to hold, and the intents to update them; each written with its event, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from remediate.errors import KeysError
from remediate.ledger.events import append, with_patients
from remediate.ledger.fast_sql import put
from remediate.ledger.tables.copy import copy_intent_objects, copy_intents, copy_looks
from remediate.ledger.tables.schema import IntentOutcome, data_keys, intents
from remediate.ledger.times import moment_of, utc_text
from remediate.ledger.vault import FINISHED, VaultRoom, newest_finished
from remediate.records.copies import CopyEnd, CopyIntent, CopyLeft, CopyLook, CopyState, Finished
from remediate.records.ledger import Intent, NewEvent

_AT_ONCE = 500
_SHREDDED = (
    select(intents.c.intent_id)
    .join(data_keys, data_keys.c.batch_id == intents.c.batch_id)
    .where(data_keys.c.wrapped.is_(None))
)


class CopyRoom(VaultRoom):
    """Meets the store of `remediate.copies` by shape."""

    def last_finished(self, study_instance_uid: str, *, sealed: bool = False) -> Finished | None:
        """The newest intent on a study that was read back: what its archive holds since. `sealed` as in
        `last_verified_sealed`."""
        query = select(intents).where(intents.c.outcome.in_(FINISHED))
        intent = self._newest(query, study_instance_uid, sealed=sealed)
        return None if intent is None else self._finished(intent)

    def earlier_verified(self, intent: Intent) -> tuple[Intent, ...]:
        """Those before it on the same study that were verified and not rolled back, newest first."""
        uid, found = intent.study_instance_uid, []
        last, is_verified = intent.intent_id, intents.c.outcome == IntentOutcome.VERIFIED.value
        query = select(intents).where(is_verified)
        with suppress(KeysError):  # shredded since: nothing is left of it to compare with, nor of any before
            while (one := self._newest(query.where(intents.c.intent_id < last), uid)) is not None:
                found.append(one)
                last = one.intent_id
        return tuple(found)

    def _finished(self, intent: Intent) -> Finished:
        """With how the intent ended. One that was undone since corrected the study all the same."""
        query = select(intents.c.outcome).where(intents.c.intent_id == intent.intent_id)
        with self._database.read() as connection:
            outcome = connection.execute(query).scalar_one()
        return Finished(intent=intent, is_undone=outcome == IntentOutcome.UNDO.value)

    def finished_studies(self, *, plan_ids: Collection[str] | None = None) -> tuple[str, ...]:
        """Studies with such an intent, sorted; of these plans only where they are named."""
        query = select(intents.c.study_instance_uid).where(intents.c.intent_id.in_(newest_finished()))
        query = query if plan_ids is None else query.where(intents.c.plan_id.in_(plan_ids))
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def unreadable_finished(self) -> frozenset[str]:
        """Studies whose newest such intent lies in a batch that was shredded."""
        query = select(intents.c.study_instance_uid).where(
            intents.c.intent_id.in_(newest_finished()), intents.c.intent_id.in_(_SHREDDED)
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def save_look(self, look: CopyLook, event: NewEvent) -> None:
        """Keep what a copy holds of a study now, with its event."""
        with self._database.begin() as connection:
            self._put_look(connection, look)
            append(connection, self._context, with_patients(connection, (event,)))

    def copy_looks(self, studies: Collection[str] | None = None) -> Sequence[CopyLook]:
        """The last look at each copy of these studies, or of all; by copy and study."""
        query = select(copy_looks).order_by(copy_looks.c.copy, copy_looks.c.study_instance_uid)
        named = None if studies is None else sorted(studies)
        parts = [None] if named is None else [named[at : at + _AT_ONCE] for at in range(0, len(named), _AT_ONCE)]
        found: list[CopyLook] = []
        with self._database.read() as connection:
            for part in parts:
                these = query if part is None else query.where(copy_looks.c.study_instance_uid.in_(part))
                found += map(_look_of, connection.execute(these).mappings())
        return found

    def copy_counts(self) -> Mapping[tuple[str, CopyState], int]:
        """Studies by copy and by what it was last found to hold of them."""
        columns = copy_looks.c.copy, copy_looks.c.state
        query = select(*columns, func.count()).group_by(*columns).order_by(*columns)
        with self._database.read() as connection:
            return {(copy, CopyState(state)): number for copy, state, number in connection.execute(query)}

    def write_copy_intent(
        self,
        copy: str,
        node: str,
        plan_id: str,
        finished: Finished,
        objects: Sequence[str],
        spool_folder: str,
        event: NewEvent,
    ) -> CopyIntent:
        """Write down what is about to be stored in a copy at this node; durable on return."""
        intent, uid = finished.intent, finished.intent.study_instance_uid
        values = {
            "copy": copy,
            "node": node,
            "study_instance_uid": uid,
            "intent_id": intent.intent_id,
            "plan_id": plan_id,
            "spool_folder": spool_folder,
            "at": utc_text(event.at),
        }
        with self._database.begin() as connection:
            key = connection.execute(insert(copy_intents).values(values)).inserted_primary_key
            assert key is not None
            rows = [{"copy_intent_id": key[0], "sop_instance_uid": sop} for sop in objects]
            connection.execute(insert(copy_intent_objects), rows)
            append(connection, self._context, with_patients(connection, (event,)))
        return CopyIntent(
            copy_intent_id=key[0],
            copy=copy,
            node=node,
            plan_id=plan_id,
            finished=finished,
            objects=tuple(objects),
            spool_folder=spool_folder,
        )

    def copy_intents(self, copy: str, end: CopyEnd) -> tuple[CopyIntent, ...]:
        """What was begun in a copy and ended like this, or not at all, oldest first; without its values where those
        were made unreadable since."""
        query = (
            select(copy_intents)
            .where(copy_intents.c.copy == copy, copy_intents.c.outcome == end.value)
            .order_by(copy_intents.c.copy_intent_id)
        )
        found = []
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            sealed = set(connection.execute(_SHREDDED).scalars()) if rows else set()
        for row in rows:
            these = copy_intent_objects.c.copy_intent_id == row.copy_intent_id
            with self._database.read() as connection:
                sops = connection.execute(select(copy_intent_objects.c.sop_instance_uid).where(these)).scalars().all()
            this = select(intents).where(intents.c.intent_id == row.intent_id)
            intent = self._newest(this, row.study_instance_uid, sealed=row.intent_id in sealed)
            assert intent is not None
            found.append(
                CopyIntent(
                    copy_intent_id=row.copy_intent_id,
                    copy=copy,
                    node=row.node,
                    plan_id=row.plan_id,
                    finished=self._finished(intent),
                    objects=tuple(sorted(sops)),
                    spool_folder=row.spool_folder,
                )
            )
        return tuple(found)

    def copies_left(self) -> Sequence[CopyLeft]:
        """What was begun in copies and is not settled, and what was set apart, whether they are configured still; by
        copy, node, plan and end."""
        left = [CopyEnd.OPEN.value, CopyEnd.SET_APART.value]
        columns = copy_intents.c.copy, copy_intents.c.node, copy_intents.c.plan_id, copy_intents.c.outcome
        number = func.count(copy_intents.c.study_instance_uid.distinct())
        query = select(*columns, number).where(copy_intents.c.outcome.in_(left)).group_by(*columns).order_by(*columns)
        with self._database.read() as connection:
            return [
                CopyLeft(copy=copy, node=node, plan_id=plan_id, end=CopyEnd(end), studies=studies)
                for copy, node, plan_id, end, studies in connection.execute(query)
            ]

    def end_copy_intent(self, intent: CopyIntent, end: CopyEnd, look: CopyLook, event: NewEvent) -> None:
        """Finished, as was read back: outcome, what the copy holds, and the event."""
        this = copy_intents.c.copy_intent_id == intent.copy_intent_id
        with self._database.begin() as connection:
            connection.execute(update(copy_intents).where(this).values(outcome=end.value))
            self._put_look(connection, look)
            told = replace(event, details={**event.details, "end": end.value})
            append(connection, self._context, with_patients(connection, (told,)))

    @staticmethod
    def _put_look(connection: Connection, look: CopyLook) -> None:
        key = {"copy": look.copy, "study_instance_uid": look.study_instance_uid}
        rest = {name: getattr(look, name) for name in ("node", "intent_id", "intended", "before", "missing", "other")}
        put(connection, copy_looks, key, {"state": look.state.value, "at": utc_text(look.at), **rest})


def _look_of(row: RowMapping) -> CopyLook:
    return CopyLook(**{**row, "state": CopyState(row["state"]), "at": moment_of(row["at"])})
