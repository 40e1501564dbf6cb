"""Making the tables, and leading those of an older release forward; never back, and no data of patients is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, Table, Text, inspect, select, update

from remediate.errors import LedgerError
from remediate.ledger import schema
from remediate.ledger.fast_sql import forbid_changes
from remediate.ledger.keys import Keys
from remediate.ledger.metadata import metadata
from remediate.ledger.migration_3 import migrate_to_3
from remediate.ledger.migration_4 import migrate_to_4
from remediate.ledger.migration_5 import migrate_to_5
from remediate.ledger.migration_6 import migrate_to_6
from remediate.ledger.migration_8 import migrate_to_8
from remediate.ledger.migration_9 import migrate_to_9
from remediate.ledger.migration_10 import migrate_to_10
from remediate.texts.language import Sentence

APPEND_ONLY = ("events", "checkpoints")
"""Tables in which the database itself refuses changes."""

VAULT_KEY_SINCE = 3
"""Version from which a ledger names the key that wraps its data keys."""

Migration = Callable[[Connection, Keys], None]


def _keep_measurements(connection: Connection, _keys: Keys) -> None:
    """Version 2: `measure` keeps what it measured, so that the course over months can be shown."""
    made = MetaData(naming_convention=metadata.naming_convention)
    Table(
        "measurements",
        made,
        Column("measurement_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("at", Text, nullable=False),
        Column("utc_offset", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("figures", Text, nullable=False),
        Index("ix_measurements_kind", "kind", "measurement_id"),
    )
    made.create_all(connection, checkfirst=False)


def _find_plans(connection: Connection, _keys: Keys) -> None:
    """Version 7: before each execution the chain is asked who approved the plan."""
    made = "type = 'plan-made' OR type = 'approved' OR type = 'plan-withdrawn'"
    connection.exec_driver_sql(f"CREATE INDEX ix_events_plan ON events (plan, seq) WHERE {made}")


MIGRATIONS: Mapping[int, Migration] = {
    2: _keep_measurements,
    3: migrate_to_3,
    4: migrate_to_4,
    5: migrate_to_5,
    6: migrate_to_6,
    7: _find_plans,
    8: migrate_to_8,
    9: migrate_to_9,
    10: migrate_to_10,
}
"""Version reached -> statements that lead there from the version before. Version 1 is the first released schema.

Who changes `schema.py` raises its version and adds a step here: the tests lead a ledger of the first version
(tests/ledger/released) forward and compare its tables with new ones. A released migration is never edited; it names
tables and columns itself, since `schema.py` shows only the newest form.
"""


def create_tables(connection: Connection) -> None:
    """All tables of the newest version in an empty database. Raises `LedgerError` when a ledger is there already."""
    if has_ledger(connection):
        raise LedgerError(
            Sentence("There is a ledger in this database already.", "In deze database is al een logboek.")
        )
    metadata.create_all(connection)
    for table in APPEND_ONLY:
        forbid_changes(connection, table)


def has_ledger(connection: Connection) -> bool:
    """Whether the database holds a ledger of any version."""
    return inspect(connection).has_table(schema.ledger_meta.name)


def schema_version(connection: Connection) -> int:
    """The version of the tables as they stand."""
    return int(connection.execute(select(schema.ledger_meta.c.schema_version)).scalar_one())


def check_version(connection: Connection) -> None:
    """Raises `LedgerError` when the tables were made by a newer release than this one."""
    found = schema_version(connection)
    if found > schema.SCHEMA_VERSION:
        raise LedgerError(
            Sentence(
                f"The ledger has schema version {found}; this release knows versions up to {schema.SCHEMA_VERSION}.",
                f"Het logboek heeft schemaversie {found}; deze versie van remediate kent versies tot en met "
                f"{schema.SCHEMA_VERSION}.",
            ),
            advice=Sentence("Use the newer release.", "Gebruik de nieuwere versie."),
        )


def migrate(connection: Connection, keys: Keys) -> int:
    """Lead the tables to the newest version, all steps in the caller's transaction; answers how many were taken.

    Raises `KeysError` when a sealed value that has to be sealed anew was changed.
    """
    found = schema_version(connection)
    for version in range(found + 1, schema.SCHEMA_VERSION + 1):
        MIGRATIONS[version](connection, keys)
        connection.execute(update(schema.ledger_meta).values(schema_version=version))
    return schema.SCHEMA_VERSION - found
