"""One data key per batch for the vault, wrapped by the vault key; encrypts no values itself.

Shredding a batch's wrapped key makes the batch's old values unreadable for good. A backup may still hold it, wrapped
by the vault key of that time: once the vault key was replaced, that is worth nothing either.
"""

from __future__ import annotations

import os
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, insert, select

from remediate.errors import LedgerError, ShreddedError
from remediate.ledger.keys import KEY_BYTES, Box
from remediate.ledger.store import LedgerContext
from remediate.ledger.tables.schema import data_keys, ledger_meta
from remediate.ledger.times import utc_text
from remediate.texts.language import Sentence


def make_data_key(connection: Connection, context: LedgerContext, batch_id: str, at: datetime) -> None:
    """A new random key for a new batch."""
    wrapped = wrapping(connection, context, hold=True).seal(os.urandom(KEY_BYTES), batch_id.encode())
    connection.execute(insert(data_keys).values(batch_id=batch_id, wrapped=wrapped, created_at=utc_text(at)))


def open_data_key(connection: Connection, context: LedgerContext, batch_id: str) -> Box:
    """The batch's key, unwrapped. Raises `ShreddedError`, or `LedgerError` when there never was one."""
    return Box(_unwrapped(connection, context, batch_id))


def open_spool_key(connection: Connection, context: LedgerContext, batch_id: str) -> bytes:
    """The key for the batch's files in the spool, derived from its data key and gone with it. Raises as above."""
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"remediate spool")
    return derive.derive(_unwrapped(connection, context, batch_id))


def _unwrapped(connection: Connection, context: LedgerContext, batch_id: str) -> bytes:
    row = connection.execute(select(data_keys.c.wrapped).where(data_keys.c.batch_id == batch_id)).first()
    if row is None:
        raise LedgerError(
            Sentence(f"This ledger has no batch {batch_id}.", f"Dit logboek heeft geen batch {batch_id}.")
        )
    if row.wrapped is None:
        raise ShreddedError(
            Sentence(
                f"The old values of {batch_id} were made unreadable for good.",
                f"De oude waarden van {batch_id} zijn voorgoed onleesbaar gemaakt.",
            )
        )
    return wrapping(connection, context).unseal(row.wrapped, batch_id.encode())


def wrapping(connection: Connection, context: LedgerContext, *, hold: bool = False) -> Box:
    """What wraps the data keys at this moment; with `hold` it stays so until the caller's transaction ends."""
    query = select(ledger_meta.c.vault_key_id)
    key_id = connection.execute(query.with_for_update(read=True) if hold else query).scalar_one()
    return context.keys.vault_box(key_id)
