"""Tables of the inventory: studies, and what their headers say; no statements. Used by `studies.py` and `headers.py`.

Most studies of a patient have the same headers, so these are sealed once, and a plan decides about them once.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table

from remediate.identity.evidence import Source
from remediate.ledger.metadata import BYTEWISE, KEY, metadata, one_of, text_column
from remediate.records.states import State

headers = Table(
    "headers",
    metadata,
    Column("headers_id", KEY, primary_key=True),
    text_column("digest"),  # keyed, over what the headers say
    text_column("patient_key"),  # keyed; "" when the first header has no Patient ID
    Column("content", LargeBinary, nullable=False),  # sealed
    Index("uq_headers_digest", "digest", unique=True),
    Index("ix_headers_patient_key", "patient_key", "headers_id"),
)

studies = Table(
    "studies",
    metadata,
    Column("study_instance_uid", BYTEWISE, primary_key=True),
    text_column("state"),
    text_column("reason", ""),
    text_column("study_date"),
    text_column("modalities"),  # separated by backslashes, as in DICOM
    text_column("institution_name"),
    text_column("station_name"),
    text_column("referring_department"),
    Column("accession_number", LargeBinary, nullable=False),  # sealed: some hospitals put a patient's number in it
    Column("instances", Integer),
    Column("attempts", Integer, nullable=False, server_default="0"),
    text_column("plan_id", ""),
    text_column("source"),
    text_column("evidence_date", ""),  # Study Date as the headers have it
    Column("headers_id", KEY, ForeignKey(headers.c.headers_id)),
    text_column("index_digest"),  # keyed
    text_column("patient_key"),  # keyed
    text_column("changed_at"),
    text_column("first_seen", ""),  # moment; "" in no row that this release made
    text_column("last_seen", ""),  # moment; renewed once a day
    text_column("same_since", ""),  # moment since when the archive is known to hold what it holds now
    text_column("gone_since", ""),  # moment of the complete survey that no longer found it; "" while it is there
    text_column("found", ""),  # why it was not right before our first correction, or that it was; "" until then
    Column("index_tells", Integer, nullable=False, server_default="0"),  # whether the index answers other IDs
    one_of("state", State),
    one_of("source", Source),
    Index("ix_studies_state", "state", "reason"),
    Index("ix_studies_headers_id", "headers_id"),
)
