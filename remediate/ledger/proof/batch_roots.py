"""The Merkle root of a batch's events, computed when the batch is closed, and proofs of one study under that root.

With a proof, somebody who has nothing but the ledger's public key sees that these events stand in a batch that the
ledger closed and signed, without seeing anybody else's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from remediate.digests import base32
from remediate.ledger.fast_sql import encoded_batch, encoded_event
from remediate.ledger.proof.chain import MERKLE_LEAVES, MERKLE_ROOT, Encoded
from remediate.ledger.proof.merkle import Tree, audit_path, leaf_hash
from remediate.ledger.proof.proofs import BatchProof, EventProof, StudyProof
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import chain_head, checkpoints, events
from remediate.records.ledger import EventType, NewEvent

_ALL = 2**62


def with_merkle_root(connection: Connection, closing: NewEvent, batch_id: str) -> NewEvent:
    """The closing event with the root over everything recorded for the batch; nothing can come between until the
    caller's transaction ends."""
    connection.execute(select(chain_head.c.seq).with_for_update()).one()
    tree = Tree()
    tree.extend(row[1] for row in encoded_batch(connection, batch_id, _ALL))
    details: Mapping[str, Any] = {**closing.details, MERKLE_ROOT: base32(tree.root()), MERKLE_LEAVES: tree.size}
    return replace(closing, details=details)


class ProofRoom(Room):
    """Proofs of single studies."""

    def prove_study(self, study_instance_uid: str) -> StudyProof:
        """For each closed batch in which the study has events: these, with the way to the batch's signed root.

        A batch without a root (closed by an older release) or without its checkpoint is left out.
        """
        ours = (events.c.study == study_instance_uid) & (events.c.batch != "")
        with self._database.read() as connection:
            names = connection.execute(select(events.c.batch).where(ours).distinct()).scalars().all()
            found = [_prove_batch(connection, name, study_instance_uid) for name in sorted(names)]
        return StudyProof(
            ledger_id=self._context.ledger_id,
            study=study_instance_uid,
            batches=tuple(item for item in found if item is not None),
        )


def _prove_batch(connection: Connection, batch_id: str, study: str) -> BatchProof | None:
    closed = (events.c.batch == batch_id) & (events.c.type == EventType.BATCH_CLOSED.value)
    seq = connection.execute(select(events.c.seq).where(closed)).scalar()
    if seq is None:
        return None
    text = connection.execute(select(checkpoints.c.text).where(checkpoints.c.seq == seq)).scalar()
    closing = encoded_event(connection, seq)
    if text is None or MERKLE_ROOT.encode() not in closing[1]:
        return None
    rows = encoded_batch(connection, batch_id, seq)
    return BatchProof(
        leaves=len(rows),
        events=_event_proofs(rows, _of_study(connection, batch_id, study)),
        previous=closing[2],
        closing=closing[1].decode(),
        checkpoint=text,
    )


def _of_study(connection: Connection, batch_id: str, study: str) -> frozenset[int]:
    ours = (events.c.batch == batch_id) & (events.c.study == study)
    return frozenset(connection.execute(select(events.c.seq).where(ours)).scalars())


def _event_proofs(rows: Sequence[Encoded], wanted: frozenset[int]) -> tuple[EventProof, ...]:
    leaves = [leaf_hash(row[1]) for row in rows]
    return tuple(
        EventProof(index=index, event=row[1].decode(), path=audit_path(leaves, index))
        for index, row in enumerate(rows)
        if row[0] in wanted
    )
