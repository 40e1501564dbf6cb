"""Tables of what says whose studies are sent next, made anew by whoever orders a plan; no statements. No evidence.

Patients stand under the keyed fingerprints by which plans know them; no number of theirs is kept.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from remediate.ledger.metadata import BYTEWISE, metadata, text_column

appointments = Table(
    "appointments",
    metadata,
    Column("appointment_key", BYTEWISE, primary_key=True),  # keyed, of the appointment's number
    text_column("patient"),  # fingerprint; "" where the EPD does not know whose it is
    Column("at", BigInteger, nullable=False),  # YYYYMMDDHHMM on the hospital's clock; 0 where nobody told
    Column("told", BigInteger, nullable=False),  # of the message
    Column("cancelled", Integer, nullable=False),
)

# kind `patient`: fingerprint; `study`: Study Instance UID; `inflow`: the same, kept by `measure new`; `sort`: a kind of
# study as `KindOfStudy.key` spells it.
needs = Table(
    "needs",
    metadata,
    Column("kind", BYTEWISE, primary_key=True),
    Column("need_key", BYTEWISE, primary_key=True),
    Column("rank", BigInteger, nullable=False),  # as in `records/needs.py`
    Index("ix_needs_rank", "kind", "rank"),
)
