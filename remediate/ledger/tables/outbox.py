"""How far each receiver has been told, and what it never heard, in the ledger's database; no statements. See
`outbox.py`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table

from remediate.ledger.metadata import BYTEWISE, metadata, one_of, text_column
from remediate.records.notifications import NotificationState, Occasion

tell_cursors = Table(
    "tell_cursors",
    metadata,
    Column("receiver", BYTEWISE, primary_key=True),  # its name in the configuration
    Column("seq", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("refusals", Integer, nullable=False, server_default="0"),
    text_column("failed_at", ""),
    text_column("reason", ""),
    text_column("code", ""),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("receiver", BYTEWISE, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    text_column("occasion"),
    text_column("study_instance_uid"),
    text_column("patient"),
    text_column("plan"),
    text_column("at"),
    text_column("state", NotificationState.DEAD.value),
    text_column("reason"),
    text_column("code", ""),
    text_column("died_at"),
    one_of("occasion", Occasion),
    one_of("state", NotificationState),
)
