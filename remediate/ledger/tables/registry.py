"""Tables of the EPD registry in the ledger's database; no statements. `epd/registry.py` is the only one to use them.

Hospital numbers stand in clear, but not one that may be a BSN (`epd/concealed.py`). BSN, name and birth date stand
only sealed, and as keyed pseudonyms by which they are looked up.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from remediate.ledger.metadata import BYTEWISE, KEY, index_where, metadata

epd_registry = Table(
    "epd_registry",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("revision", BigInteger, nullable=False),  # grows with each chunk that is applied
    Column("digest", Text, nullable=False),  # of the snapshot at `digest_revision`
    Column("digest_revision", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),  # mark of the settings under which records are read
    Column("default_issuer", Text, nullable=False),  # authority given to numbers that name none
    Column("rival_keys", Integer, nullable=False, server_default="0"),  # version of the keys in `epd_rival_keys`
)

epd_numbers = Table(
    "epd_numbers",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("authority", BYTEWISE, nullable=False),
    Column("value", BYTEWISE, nullable=False),
    Column("points_to", KEY, ForeignKey("epd_numbers.id"), nullable=True),  # another number of the same patient
    Column("merged", Integer, nullable=False),  # 1: given up in a merge; 0: in use beside the other number
    Column("standing_at", BigInteger, nullable=False),  # time of the message that decided the two columns above
    Column("refused", Text, nullable=False),  # marks of merges that were refused, separated by commas
    Column("doubtful_at", BigInteger, nullable=False),  # time of messages that contradict each other about the number
    Column("live", Integer, nullable=False),  # 1: the number under which a live patient is kept
    Column("record", LargeBinary, nullable=True),  # sealed; kept when merged, since a merge can be undone
    Column("content", Text, nullable=False),  # keyed digest of what the record says; "" unless live
    Column("bsn", Text, nullable=True),  # pseudonym of a valid BSN; only while live
    UniqueConstraint("authority", "value"),
    CheckConstraint("live = 0 OR (points_to IS NULL AND record IS NOT NULL)", name="live_has_record"),
    CheckConstraint("points_to IS NULL OR points_to <> id", name="not_itself"),
)
index_where("ix_epd_numbers_points_to", "points_to IS NOT NULL", epd_numbers.c.points_to)
index_where("ix_epd_numbers_bsn", "bsn IS NOT NULL", epd_numbers.c.bsn)
Index("ix_epd_numbers_live", epd_numbers.c.live)

epd_rival_keys = Table(
    "epd_rival_keys",
    metadata,
    Column("rival_key", BigInteger, primary_key=True, autoincrement=False),  # the first half of a pseudonym of a key
    Column("number_id", KEY, primary_key=True, autoincrement=False),  # of a live patient in `epd_numbers`
    sqlite_with_rowid=False,
)
"""Keys of `identity/rivals`, by which the patients are found of whom a header may be as well."""
Index("ix_epd_rival_keys_number_id", epd_rival_keys.c.number_id)

epd_changed_keys = Table(
    "epd_changed_keys",
    metadata,
    Column("changed_key", BigInteger, primary_key=True, autoincrement=False),  # as `rival_key`, or of a BSN's pseudonym
)
"""Under which keys the answer may be another one since the last plan began; filled only while decisions are kept."""

epd_rejected = Table(
    "epd_rejected",
    metadata,
    Column("file", Text, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("loaded_at", Text, nullable=False),
)
Index("ix_epd_rejected_file", epd_rejected.c.file)
