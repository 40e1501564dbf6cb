"""The table of kept measurements in the ledger's database; no statements. `measurements.py` is the only one to use it.

Counts, shares and names of groups (years, modalities, institutions, stations) only: nothing about one patient.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from remediate.ledger.metadata import metadata

measurements = Table(
    "measurements",
    metadata,
    Column("measurement_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Text, nullable=False),
    Column("utc_offset", Text, nullable=False),
    Column("kind", Text, nullable=False),  # survey, sample, jobs, received, new
    Column("figures", Text, nullable=False),  # JSON in ASCII
    Index("ix_measurements_kind", "kind", "measurement_id"),
)
