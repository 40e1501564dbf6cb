"""What passes between the ledger and the telling of receivers: notifications, how far each is told, dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remediate.reasons.tell import TellReason


class Occasion(StrEnum):
    """What a receiver is told of a study."""

    VERIFIED = "verified"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """That a study was put right or rolled back, as the ledger has it."""

    seq: int  # of the event
    occasion: Occasion
    study_instance_uid: str
    patient: str  # keyed pseudonym
    plan: str
    at: datetime  # of the event


class Attempt(StrEnum):
    """What became of one try."""

    TOLD = "told"
    LATER = "later"  # nobody heard it, or nobody knows: it goes again, for as long as it takes
    REFUSED = "refused"  # it goes again a few times
    IMPOSSIBLE = "impossible"  # there is nothing that could be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAnswer:
    """How a try went, without any word of the receiver's."""

    delivery: Attempt
    reason: TellReason
    code: str = ""  # AE, 0112h, HTTP 503, exit 3: "" where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a receiver has come."""

    receiver: str
    seq: int = 0  # the last event that it has, or that was set apart
    failures: int = 0  # in a row, of the next one
    refusals: int = 0  # of these, how often it said no
    failed_at: datetime | None = None
    reason: str = ""
    code: str = ""


class NotificationState(StrEnum):
    """Where a notification that was set apart stands."""

    DEAD = "dead"
    AGAIN = "again"  # a person asked for it
    TOLD = "told"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """What a receiver never heard, and why."""

    receiver: str
    notification: Notification
    state: NotificationState
    reason: str
    code: str
    died_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNotifications:
    """What waits for one receiver."""

    cursor: Cursor
    notifications: int
    since: datetime | None  # of the oldest; None when nothing waits
    dead: int
