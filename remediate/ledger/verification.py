"""Proving a ledger: every digest recomputed from content, compared with signed checkpoints. Changes nothing.

Needs no secret: the ledger's database (or a copy), its public key, and checkpoints kept elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import DBAPIError

from remediate.digests import base32
from remediate.errors import LedgerError
from remediate.ledger.database import Database
from remediate.ledger.database_faults import ChainFault, problem
from remediate.ledger.explained import COMPARED, unexplained
from remediate.ledger.fast_sql import changes_are_forbidden, encoded_event, encoded_page
from remediate.ledger.proof.chain import ChainWalk, origin
from remediate.ledger.proof.checkpoints import Checkpoint, compare, read_checkpoints, texts_in_files
from remediate.ledger.store import Room
from remediate.ledger.tables.creation import APPEND_ONLY, check_version
from remediate.ledger.tables.schema import chain_head, checkpoints, events, ledger_meta
from remediate.reasons.study import AccessReason
from remediate.records.ledger import ChainProblem, ChainReport
from remediate.texts.language import Sentence

_PAGE = 1_000
_BEFORE_ALL = -(2**63)
_UNREADABLE = (DBAPIError, sqlite3.Error, TypeError, ValueError)
_NEEDED = (ledger_meta, events, chain_head, checkpoints, *COMPARED)
_NO_RIGHT = "42501"  # SQLSTATE of PostgreSQL


class VerificationRoom(Room):
    """The part of port `Events` that proves the chain."""

    def verify(self, checkpoint_files: Sequence[Path] = ()) -> ChainReport:
        """Recompute every digest from content and compare with the checkpoints, those in files included."""
        return verify_ledger(
            self._database,
            ledger_id=self._context.ledger_id,
            public_key=self._keys.public_key,
            checkpoint_files=checkpoint_files,
        )


def verify_copy(database: Database, *, public_key: bytes, checkpoint_files: Sequence[Path]) -> ChainReport:
    """Prove a copy without any key of the hospital's. Raises `LedgerError` when it is no ledger that we can read."""
    with database.read() as connection:
        known = inspect(connection).get_table_names()
        missing = [table.name for table in _NEEDED if table.name not in known]
        if missing:
            raise LedgerError(
                Sentence(
                    f"The copy is no whole ledger: it has no table {missing[0]}.",
                    f"De kopie is geen volledig logboek: zij heeft geen tabel {missing[0]}.",
                )
            )
        check_version(connection)
        ledger_id = connection.execute(select(ledger_meta.c.ledger_id)).scalar_one()
    return verify_ledger(database, ledger_id=ledger_id, public_key=public_key, checkpoint_files=checkpoint_files)


def verify_ledger(
    database: Database, *, ledger_id: str, public_key: bytes, checkpoint_files: Sequence[Path] = ()
) -> ChainReport:
    """Walk the whole chain in one consistent view, and compare the tables that decide with its events.

    Problems come in order of their place, those of tables last; none means proved.
    """
    with database.read() as connection:
        own = connection.execute(select(checkpoints.c.text).order_by(checkpoints.c.seq)).scalars().all()
        texts = {text.strip(): f"the ledger's own checkpoint {number}" for number, text in enumerate(own, start=1)}
        elsewhere = {text: where for where, text in texts_in_files(checkpoint_files)}
        read = read_checkpoints(texts | elsewhere, ledger_id=ledger_id, public_key=public_key)
        walk = walk_chain(connection, ledger_id, read.good)
        tables = _state_of_tables(connection, walk, public_key)
        rows = _rows_without_events(connection)
        shredded = _shredded(connection)
    problems = [*walk.problems, *read.problems, *compare(walk, read.good), *tables]
    return ChainReport(
        events=walk.events,
        checkpoints=len(read.good),
        elsewhere=sum(item.text.strip() in elsewhere for item in read.good),
        head=base32(walk.running),
        problems=(*sorted(dict.fromkeys(problems), key=lambda item: item.seq), *rows),
        shredded=shredded,
    )


def _shredded(connection: Connection) -> tuple[str, ...]:
    told = (
        select(events.c.batch).where(events.c.reason == AccessReason.OLD_VALUES_SHREDDED.value).order_by(events.c.seq)
    )
    try:
        return tuple(dict.fromkeys(connection.execute(told).scalars()))
    except _UNREADABLE:
        return ()


def walk_chain(connection: Connection, ledger_id: str, signed: Iterable[Checkpoint]) -> ChainWalk:
    walk = ChainWalk(running=origin(ledger_id), watched=frozenset(item.events for item in signed))
    after = _BEFORE_ALL
    while True:
        query = select(events.c.seq).where(events.c.seq > after).order_by(events.c.seq).limit(_PAGE)
        try:
            rows = encoded_page(connection, after, _PAGE)
            in_order = walk.advance(rows)
            if not in_order and walk.has_enough:
                walk.count_on(rows)
                in_order = True
            seqs = [row[0] for row in rows[-1:]] if in_order else connection.execute(query).scalars().all()
        except _UNREADABLE:
            in_order, seqs = False, connection.execute(query).scalars().all()
        if not seqs:
            return walk
        if not in_order:
            _look_closely(connection, walk, seqs)
        after = seqs[-1]


def _look_closely(connection: Connection, walk: ChainWalk, seqs: Sequence[int]) -> None:
    """Event by event, so that each fault is told with its place."""
    for seq in seqs:
        try:
            walk.stumble(encoded_event(connection, seq))
        except _UNREADABLE:
            walk.skip(seq, ChainFault.UNREADABLE)


def _rows_without_events(connection: Connection) -> tuple[ChainProblem, ...]:
    try:
        return tuple(unexplained(connection))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == _NO_RIGHT:
            raise LedgerError(
                Sentence(
                    "This role may not read the tables that are compared with the events.",
                    "Deze rol mag de tabellen niet lezen die met de gebeurtenissen worden vergeleken.",
                ),
                advice=Sentence(
                    "As the owner of the tables: remediate ledger grant ROLE --for audit.",
                    "Als eigenaar van de tabellen: remediate ledger grant ROL --for audit.",
                ),
            ) from None
        return (problem(0, ChainFault.UNREADABLE),)
    except (TypeError, ValueError, KeyError):
        return (problem(0, ChainFault.UNREADABLE),)


def _state_of_tables(connection: Connection, walk: ChainWalk, public_key: bytes) -> list[ChainProblem]:
    """What the database itself says: its key, how far the chain came, and whether it still forbids changes."""
    found = []
    if connection.execute(select(ledger_meta.c.public_key)).scalar() != base32(public_key):
        found.append(problem(0, ChainFault.KEY_SWAPPED))
    head = connection.execute(select(chain_head.c.seq, chain_head.c.digest)).first()
    if head is None or head.seq > walk.last_seq:
        found.append(problem(walk.last_seq + 1, ChainFault.TAIL_MISSING))
    elif head.seq < walk.last_seq:
        found.append(problem(head.seq + 1, ChainFault.TAIL_ADDED))
    elif head.digest != walk.running:
        found.append(problem(walk.last_seq, ChainFault.LINK_BROKEN))
    if not changes_are_forbidden(connection, APPEND_ONLY):
        found.append(problem(0, ChainFault.PROTECTION_MISSING))
    return found
