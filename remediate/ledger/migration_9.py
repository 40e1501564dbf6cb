"""From schema 8 to 9: each study carries when it was first and last seen, since when it is the same, and as what found.

Of a study that was corrected under an older release nobody kept how it was found: only that it was not right.
"""

from __future__ import annotations

from sqlalchemy import Connection

from remediate.ledger.keys import Keys

_TEXTS = ("first_seen", "last_seen", "same_since", "gone_since", "found")
_STATEMENTS = (
    "UPDATE studies SET first_seen = changed_at, last_seen = changed_at, same_since = changed_at",
    "UPDATE studies SET found = 'wrong-as-found' WHERE study_instance_uid IN"
    " (SELECT study_instance_uid FROM intents WHERE outcome IN ('verified', 'undone', 'undo'))",
)


def migrate_to_9(connection: Connection, _keys: Keys) -> None:
    """All of it in the caller's transaction."""
    collation = "" if connection.dialect.name == "sqlite" else ' COLLATE "C"'
    for name in _TEXTS:
        connection.exec_driver_sql(f"ALTER TABLE studies ADD COLUMN {name} TEXT{collation} DEFAULT '' NOT NULL")
    connection.exec_driver_sql("ALTER TABLE studies ADD COLUMN index_tells INTEGER DEFAULT 0 NOT NULL")
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement)
