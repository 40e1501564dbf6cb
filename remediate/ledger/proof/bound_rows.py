"""Digests over the rows that a plan makes, for its event: what it plans, and where every study stands because of it.

Millions of studies get no event each when a plan is made; these two digests bind them. Changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection

from remediate.digests import base32
from remediate.ledger.fast_sql import items_page, states_page
from remediate.records.states import State

ITEMS = "items"
"""In the details of a plan's event: SHA-256 over its studies, sorted by UID, a line each with UID, keyed patient,
fingerprint and number of instances."""

STATES = "states"
"""The same over every study that was decided so far, with UID and state."""

SUPERSEDES = "supersedes"
"""False in the details of the event of a plan over named studies: it takes no other plan's place, and gives no other
study a state."""

_PAGE = 20_000
_Page = Callable[[str, int], Sequence[tuple[str, str]]]


def digest_of_items(connection: Connection, plan_id: str) -> str:
    """Over the studies of a plan as they stand in the table."""
    return _digest(lambda after, size: items_page(connection, plan_id, after, size))


def digest_of_states(connection: Connection, moved_from: dict[str, str] | None = None) -> str:
    """Over the states as they stand; of the studies that were moved since, by what they were moved from."""

    def page(after: str, size: int) -> Sequence[tuple[str, str]]:
        rows = states_page(connection, after, size)
        return [(uid, moved_from.get(uid, state)) for uid, state in rows] if moved_from else rows

    return _digest(page, leave_out=State.SURVEYED.value)


def _digest(page: _Page, leave_out: str = "") -> str:
    hasher = hashlib.sha256()
    for rows in _pages(page):
        hasher.update("".join([f"{uid}\t{told}\n" for uid, told in rows if told != leave_out]).encode())
    return base32(hasher.digest())


def _pages(page: _Page) -> Iterator[Sequence[tuple[str, str]]]:
    after = ""
    while rows := page(after, _PAGE):
        yield rows
        after = rows[-1][0]
