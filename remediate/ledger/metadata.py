"""The one collection of tables in the ledger's database, and its kinds of columns; the tables stand beside it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
"""A text of which the order is the same on every machine."""

KEY = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database gives: SQLite numbers rows by itself only for INTEGER PRIMARY KEY."""


def text_column(name: str, default: str | None = None) -> Column[str]:
    """A text that is never NULL."""
    return Column(name, BYTEWISE, nullable=False, server_default=default)
