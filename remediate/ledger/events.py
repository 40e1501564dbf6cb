"""Writing events into the chain and reading them back; `verification.py` proves them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, literal_column, or_, select, update

from remediate.digests import base32
from remediate.ledger.fast_sql import insert_rows
from remediate.ledger.patients import patients_of_studies
from remediate.ledger.proof.chain import encode_details, link
from remediate.ledger.proof.checkpoints import Checkpoint, append_to_file, parse_checkpoint, sign_checkpoint
from remediate.ledger.store import LedgerContext, Room
from remediate.ledger.tables.schema import approvals, chain_head, checkpoints
from remediate.ledger.tables.schema import events as table
from remediate.ledger.times import moment_of, offset_text, utc_text
from remediate.records.ledger import EventType, LedgerEvent, NewEvent
from remediate.records.states import State

PAGE = 2_000
"""Rows fetched at a time; no read transaction stays open between pages."""
_EMPTY: ColumnElement[str] = literal_column("''")
"""Said beside each filter: the indices leave out what is empty, and SQLite takes none whose condition it must guess."""


class EventRoom(Room):
    """The append-only chain (port `Events`, without `verify`)."""

    def record(self, *events: NewEvent) -> None:
        """Append durably, in order, in one transaction. Thousands at once are far faster than one by one."""
        with self._database.begin() as connection:
            append(connection, self._context, with_patients(connection, events))

    def events(
        self,
        *,
        study: str = "",
        studies: Collection[str] = (),
        patients: Collection[str] = (),
        batch: str = "",
        type_: EventType | None = None,
        person: str = "",
        states: Collection[State] = (),
        reason: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[LedgerEvent]:
        """Events in order of the chain; empty filters match everything. `since` is included, `until` is not.

        `patients` are pseudonyms; `person` is a part of the name of who acted or was responsible, or an account of the
        operating system; `after` is the number of an event.
        """
        query = select(table).order_by(table.c.seq)
        for column, wanted in ((table.c.study, study), (table.c.batch, batch), (table.c.reason, reason)):
            query = query.where(column == wanted, column != _EMPTY) if wanted else query
        several = ((table.c.study, studies), (table.c.patient, patients), (table.c.state, [s.value for s in states]))
        for column, any_of in several:
            query = query.where(column.in_(any_of), column != _EMPTY) if any_of else query
        if type_ is not None:
            query = query.where(table.c.type == type_.value)
        if person:
            query = query.where(_names(person))
        if since is not None:
            query = query.where(table.c.at >= utc_text(since))
        if until is not None:
            query = query.where(table.c.at < utc_text(until))
        return self._pages(query, after, limit)

    def _pages(self, query: Select[Any], after: int, left: int | None) -> Iterator[LedgerEvent]:
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            with self._database.read() as connection:
                rows = connection.execute(query.where(table.c.seq > after).limit(size)).all()
            yield from map(_event_of, rows)
            if len(rows) < size:
                return
            after = rows[-1].seq
            left = None if left is None else left - size

    def last_event_at(self) -> datetime:
        """When the newest event was recorded; there always is one."""
        query = select(table.c.at, table.c.utc_offset).order_by(table.c.seq.desc()).limit(1)
        with self._database.read() as connection:
            return moment_of(*connection.execute(query).one())

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Every checkpoint that the ledger keeps beside its events, oldest first."""
        query = select(checkpoints.c.text).order_by(checkpoints.c.seq)
        with self._database.read() as connection:
            return tuple(map(parse_checkpoint, connection.execute(query).scalars()))

    def checkpoint(self, event: NewEvent, *, file: Path | None = None) -> str:
        """Record `event`, sign the chain up to it, keep the checkpoint here and add it to `file`; answers its text."""
        with self._database.begin() as connection:
            append(connection, self._context, (event,))
            signed = keep_checkpoint(connection, self._context, event.at)
        if file is not None:
            append_to_file(signed, file)
        return signed.text


def _names(person: str) -> ColumnElement[bool]:
    wanted = person.lower()
    named = (func.lower(column).contains(wanted, autoescape=True) for column in (table.c.actor, table.c.responsible))
    return or_(*named, func.lower(table.c.system_account) == wanted)


def append(connection: Connection, context: LedgerContext, events: Sequence[NewEvent]) -> None:
    """Add events to the chain within the caller's transaction; holds the chain's head until that ends.

    When configuration or program are others than those of the last event, an event of that comes first.
    """
    if not events:
        return
    seq, digest = connection.execute(select(chain_head.c.seq, chain_head.c.digest).with_for_update()).one()
    approvers = _approvers(connection, events)
    rows: list[tuple[object, ...]] = []
    for event in (*_changes(connection, context, seq, events[0].at), *events):
        seq += 1
        texts = _texts(event, context, approvers)
        previous, digest = digest, link(digest, seq, texts)
        rows.append((seq, *texts, previous, digest))
    insert_rows(connection, table, rows)
    connection.execute(update(chain_head).values(seq=seq, digest=digest))


def _changes(connection: Connection, context: LedgerContext, seq: int, at: datetime) -> tuple[NewEvent, ...]:
    """The event of another configuration or program than the last one's; none in an empty chain."""
    last = connection.execute(select(table.c.config_digest, table.c.software).where(table.c.seq == seq)).first()
    if last is None or tuple(last) == (context.config_digest, context.software):
        return ()
    details = {"config": context.config_digest, "config_before": last[0], "software_before": last[1]}
    return (NewEvent(type=EventType.CONFIG_CHANGED, at=at, details=details),)


def _approvers(connection: Connection, events: Sequence[NewEvent]) -> Mapping[str, str]:
    """Who approved the plans on whose behalf the system acts."""
    plans = {event.plan for event in events if event.plan and not event.actor and not event.responsible}
    found: dict[str, str] = {}
    for plan in plans:
        query = select(approvals.c.approver).where(approvals.c.plan_id == plan).order_by(approvals.c.at)
        found[plan] = "; ".join(connection.execute(query).scalars())
    return found


def keep_checkpoint(connection: Connection, context: LedgerContext, at: datetime) -> Checkpoint:
    """Sign the chain as it stands in the caller's transaction and keep the checkpoint beside it."""
    seq, digest = connection.execute(select(chain_head.c.seq, chain_head.c.digest).with_for_update()).one()
    signed = sign_checkpoint(context.keys, ledger_id=context.ledger_id, events=seq, head=digest, at=at)
    known = connection.execute(select(checkpoints.c.seq).where(checkpoints.c.seq == seq)).first()
    if known is None:
        connection.execute(insert(checkpoints).values(seq=seq, text=signed.text))
    return signed


def with_patients(connection: Connection, events: Sequence[NewEvent]) -> Sequence[NewEvent]:
    """Name the patient of each event that names only a study (NEN 7513: which client)."""
    nameless = sorted({event.study for event in events if event.study and not event.patient})
    if not nameless:
        return events
    patients = patients_of_studies(connection, nameless)
    return [event if event.patient else replace(event, patient=patients.get(event.study, "")) for event in events]


def _texts(event: NewEvent, context: LedgerContext, approvers: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of an event in the order of the table and of `chain.encode_event`."""
    return (
        utc_text(event.at),
        offset_text(event.at),
        event.type.value,
        event.actor,
        event.study,
        event.patient,
        event.batch,
        event.plan,
        "" if event.state is None else event.state.value,
        event.reason,
        encode_details(event.details),
        context.system_account,
        context.software,
        context.config_digest,
        _responsible(event, context, approvers),
    )


def _responsible(event: NewEvent, context: LedgerContext, approvers: Mapping[str, str]) -> str:
    """Who answers for an event: a person who acts does so himself; else who approved the plan; else the configured
    person, or the account that runs the program."""
    named = event.responsible or event.actor or approvers.get(event.plan, "")
    return named or context.responsible or context.system_account


def _event_of(row: Row[Any]) -> LedgerEvent:
    return LedgerEvent(
        seq=row.seq,
        event=NewEvent(
            type=EventType(row.type),
            at=moment_of(row.at, row.utc_offset),
            actor=row.actor,
            responsible=row.responsible or "",
            study=row.study,
            patient=row.patient,
            batch=row.batch,
            plan=row.plan,
            state=State(row.state) if row.state else None,
            reason=row.reason,
            details=json.loads(row.details),
        ),
        system_account=row.system_account,
        software=row.software,
        config_digest=row.config_digest,
        previous=base32(row.previous),
        digest=base32(row.digest),
    )
