"""What the signed chain says of a plan: that it was made, and by whom it was approved; the tables are not asked.

Both events are followed by a checkpoint in the same transaction. Who can write in the database can put a row in a
table, or an event at the end of the chain with every digest right; without the ledger's key nobody signs one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, literal_column, select

from remediate.ledger.fast_sql import encoded_event, encoded_page
from remediate.ledger.keys import signature_holds
from remediate.ledger.proof.chain import ChainWalk, Encoded
from remediate.ledger.proof.checkpoints import parse_checkpoint
from remediate.ledger.store import LedgerContext
from remediate.ledger.tables.schema import checkpoints, events
from remediate.ledger.times import moment_of
from remediate.records.ledger import EventType

_PAGE = 1_000


class PlanEvent(NamedTuple):
    """An event about a plan that stands in the signed chain."""

    seq: int
    at: datetime
    person: str
    account: str  # of the operating system
    details: Mapping[str, Any]


def making_of(connection: Connection, context: LedgerContext, plan_id: str) -> PlanEvent | None:
    """How the plan was made; None when the signed chain does not know it."""
    return next(_signed(connection, context, plan_id, EventType.PLANNED), None)


def approvals_of(connection: Connection, context: LedgerContext, plan_id: str, digest: str) -> tuple[PlanEvent, ...]:
    """Who approved exactly what has this digest, in order of time."""
    found = _signed(connection, context, plan_id, EventType.APPROVED)
    return tuple(sorted((event for event in found if event.details.get("digest") == digest), key=lambda e: e.at))


def _signed(connection: Connection, context: LedgerContext, plan_id: str, kind: EventType) -> Iterator[PlanEvent]:
    # The type as a text of the statement: SQLite takes a partial index only where it need not guess.
    wanted = (events.c.type == literal_column(f"'{kind.value}'"), events.c.plan == plan_id)
    columns = (
        events.c.seq,
        events.c.at,
        events.c.utc_offset,
        events.c.actor,
        events.c.system_account,
        events.c.details,
    )
    for seq, at, offset, person, account, details in connection.execute(
        select(*columns).where(*wanted).order_by(events.c.seq)
    ):
        if _is_signed(connection, context, seq):
            yield PlanEvent(seq, moment_of(at, offset), person, account, json.loads(details))


def _is_signed(connection: Connection, context: LedgerContext, seq: int) -> bool:
    """Whether every digest from this event to the next checkpoint is right, and that checkpoint is ours."""
    query = select(checkpoints.c.text).where(checkpoints.c.seq >= seq).order_by(checkpoints.c.seq).limit(1)
    text = connection.execute(query).scalar()
    try:
        signed = parse_checkpoint(text or "")
    except ValueError:
        return False
    ours = (context.ledger_id, context.keys.public_key)
    if (signed.ledger_id, signed.public_key) != ours or signed.events < seq:
        return False
    if not signature_holds(signed.public_key, signed.signature, signed.signed_text.encode()):
        return False
    try:
        return _leads_to(connection, encoded_event(connection, seq), signed.events, signed.head)
    except (TypeError, ValueError, KeyError):  # a column that holds no text
        return False


def _leads_to(connection: Connection, first: Encoded, last: int, head: bytes) -> bool:
    seq, _, previous, *_ = first
    walk = ChainWalk(running=previous, last_seq=seq - 1, watched=frozenset({last}))
    while walk.last_seq < last:
        rows = encoded_page(connection, walk.last_seq, min(_PAGE, last - walk.last_seq))
        one_by_one = ([encoded_event(connection, row[0])] for row in rows)  # where SQLite's escapes differ from ours
        if not rows or not (walk.advance(rows) or all(map(walk.advance, one_by_one))):
            return False
    return walk.digests.get(last) == head
