"""The one collection of tables in the ledger's database, and its kinds of columns; the tables stand beside it."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, Text, text

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


def index_where(name: str, condition: str, *columns: Column[str] | Column[int], unique: bool = False) -> Index:
    """An index over the rows for which `condition` holds, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(condition), postgresql_where=text(condition))


def one_of(column: str, values: type[StrEnum], *, or_empty: bool = False) -> CheckConstraint:
    """A row of comparisons: for an IN list SQLite builds a small table anew for each row, at three times the cost."""
    allowed = [*([""] if or_empty else []), *(value.value for value in values)]
    return CheckConstraint(" OR ".join(f"{column} = '{value}'" for value in allowed), name=column)
