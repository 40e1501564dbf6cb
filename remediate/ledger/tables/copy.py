"""The tables of copies in the ledger's database, and the leases on nodes outside; no statements. See `copies.py`."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table

from remediate.ledger.metadata import BYTEWISE, KEY, metadata, one_of, text_column
from remediate.ledger.tables.study import studies
from remediate.records.copies import CopyEnd, CopyState

copy_looks = Table(
    "copy_looks",
    metadata,
    Column("copy", BYTEWISE, primary_key=True),
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), primary_key=True),
    text_column("node"),  # where the copy was then: of another node under its name it says nothing
    text_column("state"),
    text_column("at"),
    Column("intent_id", KEY, nullable=False),
    Column("intended", Integer, nullable=False),
    Column("before", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("other", Integer, nullable=False),
    one_of("state", CopyState),
)

copy_intents = Table(
    "copy_intents",
    metadata,
    Column("copy_intent_id", KEY, primary_key=True),
    text_column("copy"),
    text_column("node"),  # where it was begun, and nowhere else is it settled
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), nullable=False),
    Column("intent_id", KEY, nullable=False),  # of the study in the archive
    text_column("plan_id"),
    text_column("spool_folder"),
    text_column("at"),
    text_column("outcome", CopyEnd.OPEN.value),
    one_of("outcome", CopyEnd),
    Index("ix_copy_intents_study", "copy", "study_instance_uid", "copy_intent_id"),
)

copy_intent_objects = Table(
    "copy_intent_objects",
    metadata,
    Column("copy_intent_id", KEY, ForeignKey(copy_intents.c.copy_intent_id), primary_key=True),
    Column("sop_instance_uid", BYTEWISE, primary_key=True),
)

# One process at a time works on a copy, or tells a receiver. No evidence.
node_leases = Table(
    "node_leases",
    metadata,
    Column("node", BYTEWISE, primary_key=True),
    text_column("owner"),
    Column("fence", Integer, nullable=False),
    Column("until", Float, nullable=False),  # by the database's clock, in seconds since 1970
)
