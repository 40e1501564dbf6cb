"""A ledger of another version is refused before anything is read or written, and says who wrote it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from remediate.errors import LedgerError
from remediate.ledger.database import Database
from remediate.ledger.keys import Keys
from remediate.ledger.tables.schema import SCHEMA_VERSION, ledger_meta
from tests.ledger.ledger_samples import make_keys, new_ledger, open_ledger


def test_other_keys_open_nothing(database: Database) -> None:
    new_ledger(database, make_keys())
    with pytest.raises(Exception, match="not the keys of this ledger"):
        open_ledger(database, Keys(master=bytes(32), signing=bytes(32)))


@pytest.mark.parametrize(
    ("version", "advice"),
    [(SCHEMA_VERSION + 1, "Use the version that wrote it"), (SCHEMA_VERSION - 1, "In the archive nothing is lost")],
    ids=["newer", "older"],
)
def test_a_ledger_of_another_version_is_refused(database: Database, version: int, advice: str) -> None:
    new_ledger(database, make_keys())
    with database.begin() as connection:
        connection.execute(update(ledger_meta).values(schema_version=version))
    with pytest.raises(LedgerError, match=f"schema version {version} and was last written by ") as refused:
        open_ledger(database, make_keys())
    assert advice in str(refused.value)
