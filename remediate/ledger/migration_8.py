"""From schema 7 to 8: keys by which rivals are found take the place of those of namesakes, which missed many.

They follow from records that only the registry reads, so that `epd load` makes them; until then nothing is judged.
"""

from __future__ import annotations

from sqlalchemy import Connection

from remediate.ledger.keys import Keys

_STATEMENTS = (
    "DROP INDEX ix_epd_numbers_namesake",
    "ALTER TABLE epd_numbers DROP COLUMN namesake",
    "CREATE TABLE epd_rival_keys (rival_key BIGINT NOT NULL, number_id {key} NOT NULL,"
    " CONSTRAINT pk_epd_rival_keys PRIMARY KEY (rival_key, number_id)){tail}",
    "CREATE INDEX ix_epd_rival_keys_number_id ON epd_rival_keys (number_id)",
    "ALTER TABLE epd_registry ADD COLUMN rival_keys INTEGER DEFAULT 0 NOT NULL",
)


def migrate_to_8(connection: Connection, _keys: Keys) -> None:
    """All of it in the caller's transaction."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in _STATEMENTS:
        statement = statement.replace("{key}", "INTEGER" if sqlite else "BIGINT")
        connection.exec_driver_sql(statement.replace("{tail}", " WITHOUT ROWID" if sqlite else ""))
