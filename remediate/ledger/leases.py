"""The right to work on a node outside: one process at a time, on whichever machine. Keeps nothing else."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from remediate.ledger.fast_sql import insert_or_keep, own_clock
from remediate.ledger.store import Room
from remediate.ledger.tables.copy import node_leases


class LeaseRoom(Room):
    """Leases by the database's clock, since those of machines differ."""

    def take_lease(
        self, node: str, owner: str, seconds: float, *, is_gone: Callable[[str], bool] = lambda _: False
    ) -> int | None:
        """The fence under which `owner` may work on the node from now; None while another one does that is not known
        to have ended."""
        this = node_leases.c.node == node
        with self._database.begin(durable=False) as connection:
            insert_or_keep(connection, node_leases, ("node", "owner", "fence", "until"), [(node, "", 0, 0.0)])
            present = own_clock(connection)
            held = connection.execute(select(node_leases).where(this).with_for_update()).one()
            is_free = held.owner == "" or held.until <= present or is_gone(held.owner)
            if not is_free:
                return None
            values = {"owner": owner, "fence": held.fence + 1, "until": present + seconds}
            connection.execute(update(node_leases).where(this).values(values))
            return int(held.fence) + 1

    def renew_lease(self, node: str, fence: int, seconds: float) -> bool:
        """Prolong it; False when it was given back or another one took it: then nothing more may be sent there.

        One that ran out and that nobody took is still ours: a retrieval may take longer than it holds.
        """
        with self._database.begin(durable=False) as connection:
            present = own_clock(connection)
            ours = (node_leases.c.node == node) & (node_leases.c.fence == fence) & (node_leases.c.owner != "")
            return bool(connection.execute(update(node_leases).where(ours).values(until=present + seconds)).rowcount)

    def end_lease(self, node: str, fence: int) -> None:
        """Let another one work on it."""
        ours = (node_leases.c.node == node) & (node_leases.c.fence == fence)
        with self._database.begin(durable=False) as connection:
            connection.execute(update(node_leases).where(ours).values(owner="", until=0.0))
