"""Store and forward, where the ledger itself is the store: a cursor for each receiver, and what it never heard.

A cursor moves with the event that says what became of a notification, in one transaction. How often a try failed is
written over and over, and is no evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from remediate.ledger.events import append, with_patients
from remediate.ledger.fast_sql import put
from remediate.ledger.store import Room
from remediate.ledger.tables.outbox import dead_letters, tell_cursors
from remediate.ledger.tables.schema import events
from remediate.ledger.times import moment_of, utc_text
from remediate.records.ledger import EventType, NewEvent
from remediate.records.notifications import (
    Cursor,
    DeadLetter,
    Notification,
    NotificationState,
    Occasion,
    WaitingNotifications,
)
from remediate.records.states import State

_OCCASIONS = {State.VERIFIED.value: Occasion.VERIFIED, State.ROLLED_BACK.value: Occasion.ROLLED_BACK}
_TYPES = (EventType.VERIFIED.value, EventType.ROLLBACK.value)


class OutboxRoom(Room):
    """Meets the store of `remediate.telling` by shape."""

    def notifications_after(self, seq: int, limit: int) -> Sequence[Notification]:
        """The next notifications, in order of the chain."""
        query = _notifications().where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        with self._database.read() as connection:
            return [_notification(row) for row in connection.execute(query)]

    def cursor(self, receiver: str) -> Cursor:
        """How far a receiver has come; at the beginning where it was never told anything."""
        query = select(tell_cursors).where(tell_cursors.c.receiver == receiver)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return Cursor(receiver=receiver) if row is None else _cursor(row)

    def move_cursor(self, receiver: str, seq: int, *told: NewEvent) -> None:
        """Everything up to `seq` was told, or need not be; with what is to be written down of it. Never backwards: who
        was frozen while another process went further would have all of it told again."""
        this = tell_cursors.c.receiver == receiver
        with self._database.begin() as connection:
            stands = connection.execute(select(tell_cursors.c.seq).where(this).with_for_update()).scalar()
            if stands is None or stands < seq:
                _put(connection, Cursor(receiver=receiver, seq=seq))
            append(connection, self._context, with_patients(connection, told))

    def note_failure(self, cursor: Cursor) -> None:
        """Keep that a try failed, and when."""
        with self._database.begin() as connection:
            _put(connection, cursor)

    def bury(self, dead: DeadLetter, event: NewEvent) -> None:
        """Set a notification apart, so that the next one can go; it is kept for a person."""
        with self._database.begin() as connection:
            _put(connection, Cursor(receiver=dead.receiver, seq=dead.notification.seq))
            notification = dead.notification
            values = {
                "occasion": notification.occasion.value,
                "study_instance_uid": notification.study_instance_uid,
                "patient": notification.patient,
                "plan": notification.plan,
                "at": utc_text(notification.at),
                "state": dead.state.value,
                "reason": dead.reason,
                "code": dead.code,
                "died_at": utc_text(dead.died_at),
            }
            put(connection, dead_letters, {"receiver": dead.receiver, "seq": notification.seq}, values)
            append(connection, self._context, with_patients(connection, (event,)))

    def dead_letters(self, receiver: str = "", *, states: Collection[NotificationState]) -> Sequence[DeadLetter]:
        """What was set apart and stands in one of these states, of one receiver or of all, in order."""
        query = select(dead_letters).where(dead_letters.c.state.in_([state.value for state in states]))
        query = query.where(dead_letters.c.receiver == receiver) if receiver else query
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(dead_letters.c.receiver, dead_letters.c.seq)).all()
        return [_dead(row) for row in rows]

    def turn_notifications(
        self, receiver: str, seqs: Collection[int], state: NotificationState, *told: NewEvent
    ) -> None:
        """Notifications that were set apart come to another state."""
        these = (dead_letters.c.receiver == receiver) & dead_letters.c.seq.in_(sorted(seqs))
        with self._database.begin() as connection:
            connection.execute(update(dead_letters).where(these).values(state=state.value))
            append(connection, self._context, with_patients(connection, told))

    def is_outdated(self, receiver: str, notification: Notification) -> bool:
        """Whether the receiver was told later news of the same study."""
        later = _notifications().where(
            events.c.study == notification.study_instance_uid,
            events.c.seq > notification.seq,
            events.c.seq <= self.cursor(receiver).seq,
        )
        with self._database.read() as connection:
            return connection.execute(later.limit(1)).first() is not None

    def has_later(self, notification: Notification) -> bool:
        """Whether there is later news of the same study, told or not."""
        later = _notifications().where(
            events.c.study == notification.study_instance_uid, events.c.seq > notification.seq
        )
        with self._database.read() as connection:
            return connection.execute(later.limit(1)).first() is not None

    def waiting_notifications(self, receivers: Collection[str]) -> Sequence[WaitingNotifications]:
        """What waits for these receivers, and for any other that was ever told something; sorted by name."""
        with self._database.read() as connection:
            known = {row.receiver: _cursor(row) for row in connection.execute(select(tell_cursors))}
            dead: dict[str, int] = {}
            query = select(dead_letters.c.receiver, func.count()).where(
                dead_letters.c.state.in_([NotificationState.DEAD.value, NotificationState.AGAIN.value])
            )
            dead.update((name, number) for name, number in connection.execute(query.group_by(dead_letters.c.receiver)))
            found = []
            for name in sorted({*receivers, *known}):
                cursor = known.get(name, Cursor(receiver=name))
                after = _notifications().where(events.c.seq > cursor.seq)
                number = connection.execute(select(func.count()).select_from(after.subquery())).scalar_one()
                first = connection.execute(after.order_by(events.c.seq).limit(1)).first() if number else None
                since = None if first is None else moment_of(first.at, first.utc_offset)
                found.append(
                    WaitingNotifications(cursor=cursor, notifications=number, since=since, dead=dead.get(name, 0))
                )
        return found

    def rename_receiver(self, old: str, new: str, event: NewEvent) -> None:
        """Hand what waits for one name to another: what the old one heard counts as heard, and what was set apart for
        both stands as it does for the new one."""
        both = select(dead_letters.c.seq).where(dead_letters.c.receiver == new)
        with self._database.begin() as connection:
            connection.execute(delete(tell_cursors).where(tell_cursors.c.receiver == new))
            connection.execute(delete(dead_letters).where(dead_letters.c.receiver == old, dead_letters.c.seq.in_(both)))
            for table in (tell_cursors, dead_letters):
                connection.execute(update(table).where(table.c.receiver == old).values(receiver=new))
            append(connection, self._context, (event,))


def _notifications() -> Select[tuple[object, ...]]:
    named = (events.c.seq, events.c.state, events.c.study, events.c.patient, events.c.plan, events.c.at,
             events.c.utc_offset)  # fmt: skip
    return select(*named).where(events.c.type.in_(_TYPES), events.c.state.in_(_OCCASIONS))


def _notification(row: Row[tuple[object, ...]]) -> Notification:
    return Notification(
        seq=row.seq,
        occasion=_OCCASIONS[row.state],
        study_instance_uid=row.study,
        patient=row.patient,
        plan=row.plan,
        at=moment_of(row.at, row.utc_offset),
    )


def _put(connection: Connection, cursor: Cursor) -> None:
    values = {
        "seq": cursor.seq,
        "failures": cursor.failures,
        "refusals": cursor.refusals,
        "failed_at": "" if cursor.failed_at is None else utc_text(cursor.failed_at),
        "reason": cursor.reason,
        "code": cursor.code,
    }
    put(connection, tell_cursors, {"receiver": cursor.receiver}, values)


def _cursor(row: Row[tuple[object, ...]]) -> Cursor:
    return Cursor(
        receiver=row.receiver,
        seq=row.seq,
        failures=row.failures,
        refusals=row.refusals,
        failed_at=moment_of(row.failed_at) if row.failed_at else None,
        reason=row.reason,
        code=row.code,
    )


def _dead(row: Row[tuple[object, ...]]) -> DeadLetter:
    notification = Notification(
        seq=row.seq,
        occasion=Occasion(row.occasion),
        study_instance_uid=row.study_instance_uid,
        patient=row.patient,
        plan=row.plan,
        at=moment_of(row.at),
    )
    return DeadLetter(
        receiver=row.receiver,
        notification=notification,
        state=NotificationState(row.state),
        reason=row.reason,
        code=row.code,
        died_at=moment_of(row.died_at),
    )
