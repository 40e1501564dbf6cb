"""Tables of what plans decided about headers, and on what that rests; no statements. Used by `decisions.py`.

A decision is kept for as long as everything on which it rests is the same. What names a person is sealed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table

from remediate.ledger.metadata import BYTEWISE, KEY, metadata
from remediate.ledger.tables.study import headers

decision_head = Table(
    "decision_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("rests_on", BYTEWISE, nullable=False),  # digest of all on which every decision rests: settings and program
    Column("revision", BigInteger, nullable=False),  # of the EPD registry, of which changes since are noted
    Column("plan_id", BYTEWISE, nullable=False),  # the plan that judges, or that judged last
)

decision_kinds = Table(
    "decision_kinds",
    metadata,
    Column("kind_id", KEY, primary_key=True),
    Column("digest", BYTEWISE, nullable=False, unique=True),  # keyed, over the content
    Column("content", LargeBinary, nullable=False),  # sealed: what the decisions about many patients share
)

decisions = Table(
    "decisions",
    metadata,
    Column("headers_id", KEY, ForeignKey(headers.c.headers_id, ondelete="CASCADE"), primary_key=True),
    Column("kind_id", KEY, nullable=False),  # no foreign key, for which each kind that goes would be looked for here
    Column("state", BYTEWISE, nullable=False),
    Column("reason", BYTEWISE, nullable=False),  # the first; "" when there is none
    Column("fingerprint", BYTEWISE, nullable=False),  # keyed, of the facts about the patient
    Column("asked", LargeBinary, nullable=False),  # keyed pseudonyms of all that the EPD was asked, eight bytes each
    Column("content", LargeBinary, nullable=False),  # sealed, and bound to all of the row
)
