"""From schema 9 to 10: the last sign of life of each batch's process, and who asked for a pause, since when."""

from __future__ import annotations

from sqlalchemy import Connection

from remediate.ledger.keys import Keys

_STATEMENTS = (
    "ALTER TABLE control ADD COLUMN account TEXT{c} DEFAULT '' NOT NULL",
    "ALTER TABLE control ADD COLUMN since TEXT{c} DEFAULT '' NOT NULL",
    "CREATE TABLE life_signs (batch_id TEXT{c} NOT NULL, machine TEXT{c} NOT NULL, pid BIGINT NOT NULL,"
    " boot TEXT{c} NOT NULL, started TEXT{c} NOT NULL, steady FLOAT NOT NULL, heard FLOAT NOT NULL,"
    " doing TEXT{c} DEFAULT '{{}}' NOT NULL, CONSTRAINT pk_life_signs PRIMARY KEY (batch_id),"
    " CONSTRAINT fk_life_signs_batch_id_batches FOREIGN KEY(batch_id) REFERENCES batches (batch_id))",
)


def migrate_to_10(connection: Connection, _keys: Keys) -> None:
    """All of it in the caller's transaction."""
    collation = "" if connection.dialect.name == "sqlite" else ' COLLATE "C"'
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement.format(c=collation))
