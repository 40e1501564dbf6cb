"""Opens for one request what a page works with: the same parts as a command, under the account that is signed in.

Keys and database are those of the process; everything else is made when first asked for, and let go at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest

from remediate.config.settings import Config
from remediate.errors import UsageError
from remediate.ledger.database import Database, open_database
from remediate.ledger.keys import Keys
from remediate.plan.typed_reason import refuse_numbers
from remediate.records.ledger import EventType, NewEvent
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line
from remediate.wiring import Session, database_url, now

_PATIENCE_MS = 2_000
"""How long a page waits for another writer: who looks at it would rather be told than wait."""


@dataclass(frozen=True)
class Workroom:
    """What all requests of this process share."""

    config: Config
    keys: Keys = field(repr=False)

    @cached_property
    def database(self) -> Database:
        """The ledger's database; opened by the first who asks, in the process that serves."""
        return open_database(database_url(self.config), create=False, patience_ms=_PATIENCE_MS)


@dataclass(frozen=True)
class PageSession(Session):
    """What one request works with."""

    room: Workroom

    @cached_property
    def keys(self) -> Keys:
        """Keys of this ledger."""
        return self.room.keys

    @cached_property
    def database(self) -> Database:
        """The ledger's database."""
        return self.room.database


def workroom() -> Workroom:
    """Of this process."""
    room: Workroom = settings.REMEDIATE
    return room


@contextmanager
def opened(request: HttpRequest) -> Iterator[PageSession]:
    """The ledger and what goes with it; whatever is done is done under the account that is signed in."""
    room = workroom()
    with ExitStack() as stack:
        yield PageSession(room.config, stack, None, request.user.get_username(), room)


def person_at(request: HttpRequest, work: Session) -> str:
    """The name of who is signed in, by `approval.names` or as it was given with the account. Raises `UsageError` where
    that name belongs to another account."""
    return work.person(request.user.first_name)


def why_given(request: HttpRequest) -> str:
    """The reason that was typed, on one line. Raises `UsageError` without one, or where it holds what may be a BSN."""
    why = one_line(request.POST.get("why", ""))[:500]
    refuse_numbers(why)
    if not why:
        raise UsageError(Sentence("Give a reason.", "Geef een reden."))
    return why


def looked(
    request: HttpRequest, work: Session, what: str, *, study: str = "", patient: str = "", lines: int = 1
) -> None:
    """Record that somebody came to see something of patients, before it is shown (NEN 7513); `what` names the page."""
    work.ledger.record(
        NewEvent(
            type=EventType.EXPORT,
            at=now(),
            actor=request.user.first_name or work.account,
            study=study,
            patient=patient,
            details={"what": what, "lines": lines},
        )
    )
