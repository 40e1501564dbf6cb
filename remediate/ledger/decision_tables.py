"""Tables of what plans decided about headers, and on what that rests; no statements. Used by `decisions.py`.

A decision is kept for as long as everything on which it rests is the same. What names a person is sealed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text

from remediate.ledger.metadata import metadata
from remediate.ledger.study_tables import headers

_Text = Text().with_variant(Text(collation="C"), "postgresql")  # one order of texts on every machine
_Key = BigInteger().with_variant(Integer, "sqlite")

decision_head = Table(
    "decision_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("rests_on", _Text, nullable=False),  # digest of all on which every decision rests: settings and program
    Column("revision", BigInteger, nullable=False),  # of the EPD registry, of which changes since are noted
    Column("plan_id", _Text, nullable=False),  # the plan that judges, or that judged last
)

decision_kinds = Table(
    "decision_kinds",
    metadata,
    Column("kind_id", _Key, primary_key=True),
    Column("digest", _Text, nullable=False, unique=True),  # keyed, over the content
    Column("content", LargeBinary, nullable=False),  # sealed: what the decisions about many patients share
)

decisions = Table(
    "decisions",
    metadata,
    Column("headers_id", _Key, ForeignKey(headers.c.headers_id, ondelete="CASCADE"), primary_key=True),
    Column("kind_id", _Key, nullable=False),  # no foreign key, for which each kind that goes would be looked for here
    Column("state", _Text, nullable=False),
    Column("reason", _Text, nullable=False),  # the first; "" when there is none
    Column("fingerprint", _Text, nullable=False),  # keyed, of the facts about the patient
    Column("asked", LargeBinary, nullable=False),  # keyed pseudonyms of all that the EPD was asked, eight bytes each
    Column("content", LargeBinary, nullable=False),  # sealed, and bound to all of the row
)
