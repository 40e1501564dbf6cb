"""Tables of the inventory: studies, and what their headers say; no statements. Used by `studies.py` and `headers.py`.

Most studies of a patient have the same headers, so these are sealed once, and a plan decides about them once.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from remediate.identity.evidence import Source
from remediate.ledger.metadata import metadata
from remediate.records.states import State

_Text = Text().with_variant(Text(collation="C"), "postgresql")  # one order of texts on every machine
_Key = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, default: str | None = None) -> Column[str]:
    return Column(name, _Text, nullable=False, server_default=default)


def _one_of(column: str, values: type[State] | type[Source]) -> CheckConstraint:
    return CheckConstraint(" OR ".join(f"{column} = '{value.value}'" for value in values), name=column)


headers = Table(
    "headers",
    metadata,
    Column("headers_id", _Key, primary_key=True),
    _text("digest"),  # keyed, over what the headers say
    _text("patient_key"),  # keyed; "" when the first header has no Patient ID
    Column("content", LargeBinary, nullable=False),  # sealed
    Index("uq_headers_digest", "digest", unique=True),
    Index("ix_headers_patient_key", "patient_key", "headers_id"),
)

studies = Table(
    "studies",
    metadata,
    Column("study_instance_uid", _Text, primary_key=True),
    _text("state"),
    _text("reason", ""),
    _text("study_date"),
    _text("modalities"),  # separated by backslashes, as in DICOM
    _text("institution_name"),
    _text("station_name"),
    _text("referring_department"),
    Column("accession_number", LargeBinary, nullable=False),  # sealed: some hospitals put a patient's number in it
    Column("instances", Integer),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("plan_id", ""),
    _text("source"),
    _text("evidence_date", ""),  # Study Date as the headers have it
    Column("headers_id", _Key, ForeignKey(headers.c.headers_id)),
    _text("index_digest"),  # keyed
    _text("patient_key"),  # keyed
    _text("changed_at"),
    _text("first_seen", ""),  # moment; "" in no row that this release made
    _text("last_seen", ""),  # moment; renewed once a day
    _text("same_since", ""),  # moment since when the archive is known to hold what it holds now
    _text("gone_since", ""),  # moment of the complete survey that no longer found it; "" while it is there
    _text("found", ""),  # why it was not right before our first correction, or that it was; "" until then
    Column("index_tells", Integer, nullable=False, server_default="0"),  # whether the index answers other IDs
    _one_of("state", State),
    _one_of("source", Source),
    Index("ix_studies_state", "state", "reason"),
    Index("ix_studies_headers_id", "headers_id"),
)
