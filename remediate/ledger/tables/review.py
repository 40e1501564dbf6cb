"""Tables of what waits for people: the queue as a plan left it, who looks at what, and second looks; no statements.

The queue and the leases decide nothing and prove nothing: a plan makes the one anew, the other ends by itself.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table

from remediate.ledger.metadata import BYTEWISE, KEY, index_where, metadata, one_of, text_column
from remediate.ledger.tables.study import studies
from remediate.records.reviews import Stage

WAITS = "stage <> 'decided'"
"""As a statement has to say it, word for word, for a database to use the indexes over what waits."""


review_queue = Table(
    "review_queue",
    metadata,
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), primary_key=True),
    text_column("group_code"),
    text_column("patient"),  # keyed
    Column("may_confirm", Integer, nullable=False),
    text_column("stage"),
    one_of("stage", Stage),
)
index_where("ix_review_queue_patient", WAITS, review_queue.c.patient, review_queue.c.study_instance_uid)
index_where(
    "ix_review_queue_group",
    WAITS,
    review_queue.c.group_code,
    review_queue.c.patient,
    review_queue.c.study_instance_uid,
    review_queue.c.may_confirm,
)

# How many wait of each group, counted anew with each change in it: counting all for each page takes too long.
review_groups = Table(
    "review_groups",
    metadata,
    Column("group_code", BYTEWISE, primary_key=True),
    Column("studies", Integer, nullable=False),
    Column("patients", Integer, nullable=False),
    Column("may_confirm", Integer, nullable=False),
)

review_head = Table(
    "review_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    text_column("plan_id"),  # whose studies in review the queue holds
)

review_leases = Table(
    "review_leases",
    metadata,
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), primary_key=True),
    text_column("account"),
    text_column("person"),
    text_column("lease_until"),
    Index("ix_review_leases_account", "account"),
)

review_rounds = Table(
    "review_rounds",
    metadata,
    Column("round_id", KEY, primary_key=True),
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), nullable=False),
    text_column("first_account"),
    text_column("second_account", ""),
    text_column("stage"),
    Column("sealed", LargeBinary, nullable=False),  # what each decided, which the other may not see
    one_of("stage", Stage),
)
index_where("uq_review_rounds_study", WAITS, review_rounds.c.study_instance_uid, unique=True)
