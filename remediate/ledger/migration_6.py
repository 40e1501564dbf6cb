"""From schema 5 to 6: a number notes the moment at which messages contradict each other about it.

Records of patients are packed anew, with what was said of the person to whom a BSN was told. What was loaded before
does not hold that, so the registry is marked as read under no settings: `epd load` is asked to tell it again.
"""

from __future__ import annotations

from sqlalchemy import Connection

from remediate.ledger.keys import Keys


def migrate_to_6(connection: Connection, _keys: Keys) -> None:
    """All of it in the caller's transaction."""
    connection.exec_driver_sql("ALTER TABLE epd_numbers ADD COLUMN doubtful_at BIGINT DEFAULT -1 NOT NULL")
    connection.exec_driver_sql("UPDATE epd_registry SET rule = '', digest_revision = 0, digest = ''")
