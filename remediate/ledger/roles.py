"""Rights of PostgreSQL's roles on the ledger: who works with it may add events, never change them; who audits may read.

Triggers forbid changes to everybody; without the right to change, a role cannot even try. The owner of the tables, by
whom the ledger was made, should not be the role that works every night.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection

from remediate.errors import LedgerError
from remediate.ledger.database import Database
from remediate.ledger.explained import COMPARED
from remediate.ledger.metadata import metadata
from remediate.ledger.tables.creation import APPEND_ONLY
from remediate.ledger.tables.schema import chain_head, checkpoints, events, ledger_meta
from remediate.texts.language import Sentence


class Right(StrEnum):
    """What a role is for."""

    WORK = "work"
    AUDIT = "audit"


_AUDITED = (
    *(table.name for table in (ledger_meta, events, chain_head, checkpoints)),
    *(f"({', '.join(columns)}) ON {table.name}" for table, columns in COMPARED.items()),
)
"""All that a proof needs, and nothing of the vault, of headers or of the EPD."""


def grant(database: Database, role: str, right: Right) -> None:
    """Give an existing role exactly the rights it needs, taking away any others.

    Raises `LedgerError` on SQLite, which has no roles, and when the role is unknown or we may not grant.
    """
    if database.is_sqlite:
        raise LedgerError(
            Sentence("SQLite has no roles.", "SQLite heeft geen rollen."),
            advice=Sentence(
                "Its file is readable and writable by its owner only.",
                "Alleen de eigenaar kan het bestand lezen en schrijven.",
            ),
        )
    with database.begin() as connection:
        known = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).first()
        if known is None:
            raise LedgerError(
                Sentence(f"PostgreSQL knows no role {role}.", f"PostgreSQL kent geen rol {role}."),
                advice=Sentence(
                    f"Make it first: CREATE ROLE {role} LOGIN.", f"Maak die eerst: CREATE ROLE {role} LOGIN."
                ),
            )
        for statement in _statements(connection, right):
            connection.exec_driver_sql(statement.replace("{role}", _quoted(connection, role)))


def _statements(connection: Connection, right: Right) -> tuple[str, ...]:
    schema = _quoted(connection, str(connection.exec_driver_sql("SELECT current_schema()").scalar_one()))
    cleared = (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {{role}}",
        f"GRANT USAGE ON SCHEMA {schema} TO {{role}}",
    )
    if right is Right.AUDIT:
        wanted = (what if " ON " in what else f"ON {what}" for what in _AUDITED)
        return (*cleared, *(f"GRANT SELECT {what} TO {{role}}" for what in wanted))
    changing = ", ".join(name for name in metadata.tables if name not in APPEND_ONLY)
    return (
        *cleared,
        f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)} TO {{role}}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {changing} TO {{role}}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {{role}}",
    )


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
