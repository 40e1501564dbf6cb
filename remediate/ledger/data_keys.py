"""One data key per batch for the vault, wrapped by the master key; encrypts no values itself.

Shredding a batch's wrapped key makes the batch's old values unreadable for good, in backups of the vault as well.
"""

from __future__ import annotations

import os
from datetime import datetime

from sqlalchemy import Connection, insert, select

from remediate.errors import KeysError, LedgerError
from remediate.ledger.keys import Box
from remediate.ledger.room import Context
from remediate.ledger.schema import data_keys
from remediate.ledger.times import utc_text

_KIND = "data-key"
_KEY_BYTES = 32


def make_data_key(connection: Connection, context: Context, batch_id: str, at: datetime) -> None:
    """A new random key for a new batch."""
    wrapped = context.keys.seal(_KIND, os.urandom(_KEY_BYTES), batch_id.encode())
    connection.execute(insert(data_keys).values(batch_id=batch_id, wrapped=wrapped, created_at=utc_text(at)))


def open_data_key(connection: Connection, context: Context, batch_id: str) -> Box:
    """The batch's key, unwrapped. Raises `KeysError` when it was shredded, `LedgerError` when there never was one."""
    row = connection.execute(select(data_keys.c.wrapped).where(data_keys.c.batch_id == batch_id)).first()
    if row is None:
        raise LedgerError(f"This ledger has no batch {batch_id}.")
    if row.wrapped is None:
        raise KeysError(f"The old values of {batch_id} were made unreadable for good.")
    return Box(context.keys.unseal(_KIND, row.wrapped, batch_id.encode()))
