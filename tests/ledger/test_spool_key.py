"""What seals a batch's originals on disk: a key of its own, the same at each opening, gone with the old values."""

from __future__ import annotations

import pytest

from remediate.errors import KeysError, LedgerError
from remediate.ledger.database import Database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.records.ledger import BatchRow, EventType
from tests.ledger.ledger_samples import event, make_keys, open_ledger, planned_ledger, start_batch


def closed_batch(ledger: SqlLedger, plan: str) -> BatchRow:
    batch = start_batch(ledger, plan)
    ledger.close_batch(batch.batch_id, "", {}, event(EventType.BATCH_CLOSED, batch=batch.batch_id))
    return batch


def test_every_batch_has_its_own_and_keeps_it(ledger: SqlLedger, database: Database) -> None:
    plan = planned_ledger(ledger, 2)
    one, other = (closed_batch(ledger, plan).batch_id for _ in range(2))
    key = ledger.spool_key(one)
    assert len(key) == 32
    assert ledger.spool_key(other) != key
    assert open_ledger(database, make_keys()).spool_key(one) == key
    with pytest.raises(LedgerError, match="no batch"):
        ledger.spool_key("batch-9999")


def test_it_survives_a_new_vault_key_and_not_the_shredding_of_its_batch(ledger: SqlLedger) -> None:
    batch = closed_batch(ledger, planned_ledger(ledger, 1)).batch_id
    key = ledger.spool_key(batch)
    saved: list[Keys] = []
    ledger.rotate_vault_key(event(EventType.KEY_USE, actor="P. Officer"), saved.append)
    assert ledger.spool_key(batch) == key
    ledger.shred_batch(batch, event(EventType.KEY_USE, actor="P. Officer", batch=batch))
    with pytest.raises(KeysError, match="unreadable for good"):
        ledger.spool_key(batch)
