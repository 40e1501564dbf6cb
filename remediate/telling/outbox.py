"""Tells each receiver, in the ledger's order and at least once, what was put right and what was rolled back.

What a receiver does not take keeps its successors waiting, so that the order holds; what it says no to several times is
set apart for a person, who may have it tried again. A notification has one identifier however often it is sent, so that
it counts once. Never raises for what receivers and networks do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from remediate.config.telling import ReceiverSettings
from remediate.ports import Clock, Pseudonym
from remediate.reasons.tell import TellReason
from remediate.records.ledger import EventType, NewEvent
from remediate.records.notifications import (
    Attempt,
    Cursor,
    DeadLetter,
    Notification,
    NotificationState,
    TellAnswer,
)

LEASE_SECONDS = 900.0
"""How long a receiver is ours without a word; longer than one try may take."""
_PAGE = 200
_ID_LENGTH = 20  # MSH-10 in versions up to 2.6
_OUTDATED = TellAnswer(delivery=Attempt.TOLD, reason=TellReason.OUTDATED)


class Channel(Protocol):
    """One receiver, by whichever way."""

    def tell(self, notification: Notification, notification_id: str) -> TellAnswer:
        """Try once. Raises nothing for what receivers and networks do."""


class OutboxStore(Protocol):
    """The cursors and the notifications that were set apart."""

    def notifications_after(self, seq: int, limit: int) -> Sequence[Notification]:
        """The next notifications, in order of the chain."""

    def cursor(self, receiver: str) -> Cursor:
        """How far a receiver has come."""

    def move_cursor(self, receiver: str, seq: int, *told: NewEvent) -> None:
        """Everything up to `seq` was told, or need not be."""

    def note_failure(self, cursor: Cursor) -> None:
        """Keep that a try failed."""

    def bury(self, dead: DeadLetter, event: NewEvent) -> None:
        """Set a notification apart, so that the next one can go."""

    def dead_letters(self, receiver: str = "", *, states: Collection[NotificationState]) -> Sequence[DeadLetter]:
        """What was set apart."""

    def turn_notifications(
        self, receiver: str, seqs: Collection[int], state: NotificationState, *told: NewEvent
    ) -> None:
        """Notifications that were set apart come to another state."""

    def is_outdated(self, receiver: str, notification: Notification) -> bool:
        """Whether the receiver was told later news of the same study."""

    def has_later(self, notification: Notification) -> bool:
        """Whether there is later news of the same study, told or not."""


class TellLeases(Protocol):
    """One process at a time tells a receiver, so that the order holds."""

    def take_lease(self, node: str, owner: str, seconds: float, *, is_gone: Callable[[str], bool]) -> int | None:
        """The fence under which `owner` may tell; None while another one does."""

    def renew_lease(self, node: str, fence: int, seconds: float) -> bool:
        """Prolong it; False when it was lost."""

    def end_lease(self, node: str, fence: int) -> None:
        """Let another one."""


@dataclass(kw_only=True)
class Delivered:
    """What one pass did for one receiver."""

    receiver: str
    told: int = 0
    dead: int = 0
    answer: TellAnswer | None = None  # why it stopped; None when nothing is left, or there was no time
    is_elsewhere: bool = False  # another process tells it
    has_more: bool = False  # its time was over before everything was told

    def add(self, later: Delivered) -> None:
        """What a further pass did."""
        self.told, self.dead = self.told + later.told, self.dead + later.dead
        self.answer, self.is_elsewhere, self.has_more = later.answer, later.is_elsewhere, later.has_more


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Delivers to one receiver at a time."""

    store: OutboxStore
    leases: TellLeases
    pseudonym: Pseudonym
    clock: Clock
    zone: tzinfo  # in which a receiver's `since` is a day
    owner: str
    is_gone: Callable[[str], bool]  # whether the process that a lease names is known to have ended
    steady: Callable[[], float] = time.monotonic

    def deliver(
        self,
        name: str,
        settings: ReceiverSettings,
        teller: Channel,
        *,
        seconds: float | None = None,
        at_once: bool = False,
    ) -> Delivered:
        """Tell what waits: one message, and more for at most so many seconds. After a failure the next try waits,
        unless `at_once`."""
        done = Delivered(receiver=name)
        if not at_once and next_try(self.store.cursor(name), settings, self.clock()) is not None:
            return done
        node = f"tell {name}"
        fence = self.leases.take_lease(node, self.owner, LEASE_SECONDS, is_gone=self.is_gone)
        if fence is None:
            done.is_elsewhere = True
            return done
        until = None if seconds is None else self.steady() + seconds

        def goes_on() -> bool:
            done.has_more = until is not None and done.told + done.dead > 0 and self.steady() >= until
            return not done.has_more and self.leases.renew_lease(node, fence, LEASE_SECONDS)

        try:
            self._again(name, teller, done, goes_on)
            self._onward(name, settings, teller, done, goes_on)
        finally:
            self.leases.end_lease(node, fence)
        return done

    def _onward(
        self, name: str, settings: ReceiverSettings, teller: Channel, done: Delivered, goes_on: Callable[[], bool]
    ) -> None:
        """What comes next in the ledger, until nothing is left or one does not go."""
        cursor = self.store.cursor(name)
        while notifications := self.store.notifications_after(cursor.seq, _PAGE):
            for notification in notifications:
                if settings.leaves_out(notification.at.astimezone(self.zone)):
                    continue
                if not goes_on() or not self._one(name, settings, teller, notification, done):
                    return
            # Years of history are passed over a page at a time.
            if settings.leaves_out(notifications[-1].at.astimezone(self.zone)):
                if not goes_on():
                    return
                self.store.move_cursor(name, notifications[-1].seq)
            cursor = self.store.cursor(name)

    def _one(
        self, name: str, settings: ReceiverSettings, teller: Channel, notification: Notification, done: Delivered
    ) -> bool:
        """Try one notification; whether the next one may go. What is no longer so is told to nobody: whoever hears of a
        correction takes it for the state of things."""
        is_outdated = self.store.has_later(notification)
        answer = _OUTDATED if is_outdated else teller.tell(notification, self._notification_id(notification))
        if answer.delivery is Attempt.TOLD:
            self.store.move_cursor(name, notification.seq, self._event(name, settings.way, notification, answer))
            done.told += not is_outdated
            return True
        cursor = self.store.cursor(name)
        refusals = cursor.refusals + (answer.delivery is Attempt.REFUSED)
        if answer.delivery is Attempt.IMPOSSIBLE or refusals >= settings.refusals:
            dead = DeadLetter(
                receiver=name,
                notification=notification,
                state=NotificationState.DEAD,
                reason=answer.reason.value,
                code=answer.code,
                died_at=self.clock(),
            )
            self.store.bury(dead, self._event(name, settings.way, notification, answer))
            done.dead += 1
            return True
        self.store.note_failure(
            replace(
                cursor,
                failures=cursor.failures + 1,
                refusals=refusals,
                failed_at=self.clock(),
                reason=answer.reason.value,
                code=answer.code,
            )
        )
        done.answer = answer
        return False

    def _again(self, name: str, teller: Channel, done: Delivered, goes_on: Callable[[], bool]) -> None:
        """What a person asked for, once each; one that does not go now stays asked for or dead, and holds nobody up."""
        for dead in self.store.dead_letters(name, states=(NotificationState.AGAIN,)):
            notification = dead.notification
            if self.store.is_outdated(name, notification):
                told = self._event(name, "", notification, _OUTDATED)
                self.store.turn_notifications(name, [notification.seq], NotificationState.OUTDATED, told)
                continue
            if not goes_on():
                return
            answer = teller.tell(notification, self._notification_id(notification))
            if answer.delivery is Attempt.LATER:
                done.answer = answer
                return
            state = NotificationState.TOLD if answer.delivery is Attempt.TOLD else NotificationState.DEAD
            done.told += state is NotificationState.TOLD
            done.dead += state is NotificationState.DEAD
            self.store.turn_notifications(name, [notification.seq], state, self._event(name, "", notification, answer))

    def _notification_id(self, notification: Notification) -> str:
        """The same however often it is sent, and under whatever name the receiver is configured."""
        return self.pseudonym("notification", str(notification.seq))[:_ID_LENGTH]

    def _event(self, name: str, way: str, notification: Notification, answer: TellAnswer) -> NewEvent:
        details: dict[str, str | int | float | bool | None] = {
            "receiver": name,
            "occasion": notification.occasion.value,
            "notification": notification.seq,
            "id": self._notification_id(notification),
            "heard": answer.delivery is Attempt.TOLD and answer.reason is TellReason.TOLD,
        }
        if way:
            details["way"] = way
        if answer.code:
            details["code"] = answer.code
        return NewEvent(
            type=EventType.TOLD,
            at=self.clock(),
            study=notification.study_instance_uid,
            patient=notification.patient,
            plan=notification.plan,
            reason=answer.reason.value,
            details=details,
        )


def next_try(cursor: Cursor, settings: ReceiverSettings, now: datetime) -> datetime | None:
    """When the wait after the last failure is over; None where that is so now. A clock that was set back since prolongs
    no wait."""
    if cursor.failed_at is None or now < cursor.failed_at:
        return None
    over = cursor.failed_at + timedelta(seconds=settings.wait_after(cursor.failures))
    return over if now < over else None
