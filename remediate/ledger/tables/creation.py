"""Making the tables of a ledger, and refusing those of another version; shows no data of patients.

As long as nothing is released there is nothing to lead forward (docs/decisions).
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select

from remediate.errors import LedgerError
from remediate.ledger.fast_sql import forbid_changes
from remediate.ledger.metadata import metadata
from remediate.ledger.tables import schema
from remediate.texts.language import Sentence

APPEND_ONLY = ("events", "checkpoints")
"""Tables in which the database itself refuses changes."""


def create_tables(connection: Connection) -> None:
    """All tables in an empty database. Raises `LedgerError` when a ledger is there already."""
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


def check_version(connection: Connection) -> None:
    """Raises `LedgerError` when another version of this program made the tables, and says which one and what to do."""
    found = int(connection.execute(select(schema.ledger_meta.c.schema_version)).scalar_one())
    if found == schema.SCHEMA_VERSION:
        return
    software = connection.execute(select(schema.events.c.software).order_by(schema.events.c.seq.desc()).limit(1))
    by = software.scalar() or "remediate"
    raise LedgerError(
        Sentence(
            f"The ledger has schema version {found} and was last written by {by}; this version works with "
            f"{schema.SCHEMA_VERSION} only.",
            f"Het logboek heeft schemaversie {found} en is het laatst geschreven door {by}; deze versie werkt alleen "
            f"met {schema.SCHEMA_VERSION}.",
        ),
        advice=_NEWER if found > schema.SCHEMA_VERSION else _OLDER,
    )


_NEWER = Sentence("Use the version that wrote it.", "Gebruik de versie die het schreef.")
_OLDER = Sentence(
    "In the archive nothing is lost. Keep this ledger, its keys and the version that wrote it: only with those can its "
    "corrections be proved and undone. Then name a new one in ledger.url, and run `remediate init`, `remediate survey` "
    "and `remediate epd load` again.",
    "In het archief is niets verloren. Bewaar dit logboek, de sleutels en de versie die het schreef: alleen daarmee "
    "zijn de correcties te bewijzen en terug te draaien. Noem dan een nieuw logboek in ledger.url, en voer `remediate "
    "init`, `remediate survey` en `remediate epd load` opnieuw uit.",
)
