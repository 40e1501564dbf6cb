"""How far each receiver has the ledger's events: store and forward, where the ledger itself is the store."""

from __future__ import annotations

from sqlalchemy import select

from remediate.ledger.fast_sql import put
from remediate.ledger.schema import forwarding
from remediate.ledger.store import Room


class ForwardRoom(Room):
    """A cursor for each receiver. It is no event: it says nothing of patients, and moves with every group."""

    def forwarded(self, receiver: str) -> int:
        """The number of the last event that this receiver has; 0 when it has none."""
        query = select(forwarding.c.seq).where(forwarding.c.receiver == receiver)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def mark_forwarded(self, receiver: str, seq: int) -> None:
        """Everything up to `seq` was received."""
        with self._database.begin() as connection:
            put(connection, forwarding, {"receiver": receiver}, {"seq": seq})
