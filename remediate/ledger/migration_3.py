"""From schema 2 to 3: responsible persons, the vault's own key, receivers; event types are no longer listed in a check.

The events themselves stay as they were written, digests included: they keep the encoding of schema 1 and 2.
"""

from __future__ import annotations

from sqlalchemy import Connection

from remediate.ledger.fast_sql import forbid_changes
from remediate.ledger.keys import Keys

_BOTH = (
    "ALTER TABLE ledger_meta ADD COLUMN vault_key_id TEXT {bytewise} DEFAULT '' NOT NULL",
    "CREATE TABLE forwarding (receiver TEXT {bytewise} NOT NULL, seq BIGINT NOT NULL,"
    " CONSTRAINT pk_forwarding PRIMARY KEY (receiver))",
)

_POSTGRESQL = (
    "ALTER TABLE events ADD COLUMN responsible TEXT {bytewise}",
    "ALTER TABLE events DROP CONSTRAINT ck_events_type",
)

_COLUMNS = (
    "seq, at, utc_offset, type, actor, study, patient, batch, plan, state, reason, details, system_account, software, "
    "config_digest, responsible, previous, digest"
)

# SQLite cannot drop a check: the table is made anew beside the old one.
_SQLITE = (
    """CREATE TABLE events_3 (
    seq INTEGER NOT NULL, at TEXT NOT NULL, utc_offset TEXT NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL,
    study TEXT NOT NULL, patient TEXT NOT NULL, batch TEXT NOT NULL, plan TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL, details TEXT NOT NULL, system_account TEXT NOT NULL, software TEXT NOT NULL,
    config_digest TEXT NOT NULL, responsible TEXT, previous BLOB NOT NULL, digest BLOB NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (seq),
    CONSTRAINT ck_events_state CHECK (state = '' OR state = 'surveyed' OR state = 'correct' OR state = 'planned'
        OR state = 'review' OR state = 'excluded' OR state = 'intent' OR state = 'stored' OR state = 'verified'
        OR state = 'failed' OR state = 'quarantined' OR state = 'drifted' OR state = 'rolled_back'))""",
    f"INSERT INTO events_3 ({_COLUMNS}) SELECT {_COLUMNS.replace('responsible', 'NULL')} FROM events ORDER BY seq",  # noqa: S608
    "DROP TABLE events",  # its triggers and indexes go with it
    "ALTER TABLE events_3 RENAME TO events",
    "CREATE INDEX ix_events_study ON events (study, seq) WHERE study <> ''",
    "CREATE INDEX ix_events_patient ON events (patient, seq) WHERE patient <> ''",
    "CREATE INDEX ix_events_batch ON events (batch, seq) WHERE batch <> ''",
)


def migrate_to_3(connection: Connection, _keys: Keys) -> None:
    """All of it in the caller's transaction."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in (*_BOTH, *(_SQLITE if sqlite else _POSTGRESQL)):
        connection.exec_driver_sql(statement.replace("{bytewise}", "" if sqlite else 'COLLATE "C"'))
    if sqlite:
        forbid_changes(connection, "events")
