"""Every table of the ledger, the same on SQLite and PostgreSQL; no statements and no decisions.

What names a person is sealed (`LargeBinary` columns, see `keys.py`) or a keyed pseudonym. Moments are texts as in
`times.py`. Booleans are integers, so that both databases compare them alike.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from remediate.ledger.metadata import BYTEWISE, KEY, index_where, metadata, one_of, text_column
from remediate.ledger.tables import copy, decision, measurement, need, outbox, registry, review
from remediate.ledger.tables.study import studies
from remediate.records.ledger import PlanKind, RunMode
from remediate.records.states import State

SCHEMA_VERSION = 18
"""Version of the tables below; one of another version is refused (`creation.py`)."""

EPD_TABLES = (
    registry.epd_registry,
    registry.epd_numbers,
    registry.epd_rival_keys,
    registry.epd_changed_keys,
    registry.epd_rejected,
)
"""The EPD registry's tables are made together with ours, and used only by `epd/`."""

MEASUREMENTS = measurement.measurements
"""Kept measurements, made together with ours."""

COPIES = (copy.copy_looks, copy.copy_intents, copy.copy_intent_objects, copy.node_leases)
"""What other nodes hold, made together with ours."""

OUTBOX = (outbox.tell_cursors, outbox.dead_letters)
"""Who was told what, made together with ours."""

DECISIONS = decision.decisions
"""What plans decided about headers, made together with ours."""

NEEDS = (need.appointments, need.needs)
"""What says whose studies are sent next, made together with ours."""

QUEUE = review.review_queue
"""What waits for people, made together with ours."""


class UnitState(StrEnum):
    """Where one patient's share of a plan stands."""

    FREE = "free"
    CLAIMED = "claimed"
    DONE = "done"


class IntentOutcome(StrEnum):
    """What became of an intent."""

    OPEN = "open"
    REPLACED = "replaced"  # a later intent on the same study took its place
    VERIFIED = "verified"
    UNDONE = "undone"  # verified, and later rolled back
    UNDO = "undo"  # the intent of a roll-back that was verified
    DROPPED = "dropped"  # given up before anything was stored


OPEN_INTENT = f"outcome = '{IntentOutcome.OPEN.value}'"
"""As a statement has to say it, word for word, for a database to use the index over the few that are open."""


ledger_meta = Table(
    "ledger_meta",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("schema_version", Integer, nullable=False),
    text_column("ledger_id"),
    text_column("key_id"),
    text_column("public_key"),
    text_column("created_at"),
    text_column("vault_key_id", ""),  # of the key that wraps the data keys; "" when the master key does
)

# No list of event types here: each release may know more of them, and an append-only table is not rebuilt lightly.
events = Table(
    "events",
    metadata,
    Column("seq", KEY, primary_key=True, autoincrement=False),
    text_column("at"),
    text_column("utc_offset"),
    text_column("type"),
    text_column("actor"),
    text_column("study"),
    text_column("patient"),
    text_column("batch"),
    text_column("plan"),
    text_column("state"),
    text_column("reason"),
    text_column("details"),
    text_column("system_account"),
    text_column("software"),
    text_column("config_digest"),
    Column("responsible", BYTEWISE),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    one_of("state", State, or_empty=True),
)
index_where("ix_events_study", "study <> ''", events.c.study, events.c.seq)
index_where("ix_events_patient", "patient <> ''", events.c.patient, events.c.seq)
index_where("ix_events_batch", "batch <> ''", events.c.batch, events.c.seq)
index_where(
    "ix_events_plan", "type = 'plan-made' OR type = 'approved' OR type = 'plan-withdrawn'", events.c.plan, events.c.seq
)

chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", KEY, primary_key=True, autoincrement=False),
    text_column("text"),
)

forwarding = Table(
    "forwarding",
    metadata,
    Column("receiver", BYTEWISE, primary_key=True),  # HOST:PORT and form
    Column("seq", BigInteger, nullable=False),  # last event that it has
)

facts = Table("facts", metadata, Column("name", BYTEWISE, primary_key=True), text_column("value"))

counters = Table(
    "counters", metadata, Column("name", BYTEWISE, primary_key=True), Column("value", Integer, nullable=False)
)

survey_windows = Table(
    "survey_windows",
    metadata,
    Column("survey", BYTEWISE, primary_key=True),
    Column("span", BYTEWISE, primary_key=True),
)

reviews = Table(
    "reviews",
    metadata,
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),  # the newest decision of a person
    text_column("memory", ""),  # as sealed: keyed, over what a later study must show again for it to hold there too
    text_column("headers_digest", ""),  # of the headers it was made about, where it is remembered
    text_column("origin", ""),  # as sealed: the study about which it was made, where that is another
)
index_where("ix_reviews_headers_digest", "headers_digest <> ''", reviews.c.headers_digest)
index_where("ix_reviews_origin", "origin <> ''", reviews.c.origin)

plans = Table(
    "plans",
    metadata,
    Column("plan_id", BYTEWISE, primary_key=True),
    text_column("kind"),
    text_column("digest"),
    text_column("path"),
    text_column("created_at"),
    text_column("created_by"),
    Column("planned", Integer, nullable=False),
    Column("superseded", Integer, nullable=False, server_default="0"),
    one_of("kind", PlanKind),
)

approvals = Table(
    "approvals",
    metadata,
    Column("plan_id", BYTEWISE, ForeignKey(plans.c.plan_id), primary_key=True),
    Column("approver", BYTEWISE, primary_key=True),
    text_column("at"),
    text_column("utc_offset"),
    text_column("system_account"),
)

plan_items = Table(
    "plan_items",
    metadata,
    Column("plan_id", BYTEWISE, ForeignKey(plans.c.plan_id), primary_key=True),
    Column("study_instance_uid", BYTEWISE, primary_key=True),
    text_column("patient_key"),  # keyed
    text_column("state"),  # how far this plan came with the study
    text_column("batch_id", ""),  # batch that last moved it
    text_column("fingerprint", ""),  # keyed, of the facts on which the plan rests
    Column("instances", Integer),
    one_of("state", State),
    Index("ix_plan_items_patient_key", "plan_id", "patient_key"),
)
index_where(
    "ix_plan_items_batch",
    "batch_id <> ''",
    plan_items.c.batch_id,
    plan_items.c.plan_id,
    plan_items.c.state,
    plan_items.c.instances,
)

# How much is left of each plan: exact, moved along with each study (`plan_progress.py`), or no row.
plan_left = Table(
    "plan_left",
    metadata,
    Column("plan_id", BYTEWISE, ForeignKey(plans.c.plan_id), primary_key=True),
    Column("studies", Integer, nullable=False),
    Column("objects", BigInteger, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", BYTEWISE, primary_key=True),
    Column("plan_id", BYTEWISE, ForeignKey(plans.c.plan_id), nullable=False),
    text_column("opened_at"),
    Column("closed_at", BYTEWISE),
    text_column("stopped_because", ""),
    text_column("counts", "{}"),
)

# No evidence: what a process says while it works, written over and over. The chain tells what was done.
life_signs = Table(
    "life_signs",
    metadata,
    Column("batch_id", BYTEWISE, ForeignKey(batches.c.batch_id), primary_key=True),
    text_column("machine"),
    Column("pid", BigInteger, nullable=False),
    text_column("boot"),
    text_column("started"),
    Column("steady", Float, nullable=False),  # of the process's machine
    Column("began", Float, nullable=False),  # of the database's clock, in seconds since 1970
    Column("heard", Float, nullable=False),  # likewise
    text_column("doing", "{}"),
)

work_units = Table(
    "work_units",
    metadata,
    Column("unit_id", KEY, primary_key=True),
    Column("plan_id", BYTEWISE, ForeignKey(plans.c.plan_id), nullable=False),
    text_column("patient_key"),
    text_column("state", UnitState.DONE.value),
    text_column("owner", ""),
    Column("fence", Integer, nullable=False, server_default="0"),
    text_column("lease_until", ""),
    text_column("claimed_at", ""),
    Column("place", BigInteger, nullable=False, server_default="0"),  # in the plan's order; each hand-out moves it back
    Column("rank", BigInteger, nullable=False, server_default="0"),  # why it stands there (`records/needs.py`)
    one_of("state", UnitState),
    Index("uq_work_units_plan_patient", "plan_id", "patient_key", unique=True),
)
index_where("ix_work_units_free", "state = 'free'", work_units.c.plan_id, work_units.c.place, work_units.c.unit_id)
index_where("uq_work_units_one_worker_a_patient", "state = 'claimed'", work_units.c.patient_key, unique=True)

buckets = Table(
    "buckets",
    metadata,
    Column("name", BYTEWISE, primary_key=True),
    Column("rate", Float, nullable=False),  # tokens a second
    Column("capacity", Float, nullable=False),
    Column("tokens", Float, nullable=False),
    text_column("filled_at", ""),
    CheckConstraint("rate > 0", name="rate"),
    CheckConstraint("capacity > 0", name="capacity"),
)

# Of the associations that the archive may be given at the same time: how many each process at work has.
association_seats = Table(
    "association_seats",
    metadata,
    Column("owner", BYTEWISE, primary_key=True),
    Column("seats", Integer, nullable=False),
    Column("until", Float, nullable=False),  # by the database's clock, in seconds since 1970
    CheckConstraint("seats >= 0", name="seats"),
)

control = Table(
    "control",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    text_column("mode"),
    text_column("account", ""),  # that asked for it, and when
    text_column("since", ""),
    one_of("mode", RunMode),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("batch_id", BYTEWISE, ForeignKey(batches.c.batch_id), primary_key=True),
    Column("wrapped", LargeBinary),  # NULL once shredded
    text_column("created_at"),
)

intents = Table(
    "intents",
    metadata,
    Column("intent_id", KEY, primary_key=True),
    Column("study_instance_uid", BYTEWISE, ForeignKey(studies.c.study_instance_uid), nullable=False),
    text_column("plan_id"),
    Column("batch_id", BYTEWISE, ForeignKey(data_keys.c.batch_id), nullable=False),
    text_column("kind"),
    text_column("spool_folder"),
    text_column("at"),
    text_column("outcome", IntentOutcome.OPEN.value),
    one_of("kind", PlanKind),
    one_of("outcome", IntentOutcome),
    Index("ix_intents_study", "study_instance_uid", "intent_id"),
)
index_where("ix_intents_open", OPEN_INTENT, intents.c.study_instance_uid)

intent_objects = Table(
    "intent_objects",
    metadata,
    Column("intent_id", KEY, ForeignKey(intents.c.intent_id), primary_key=True),
    Column("sop_instance_uid", BYTEWISE, primary_key=True),
    Column("position", Integer, nullable=False),
    text_column("sop_class_uid"),
    text_column("transfer_syntax_uid"),
    text_column("before_sha256"),
    text_column("intended_sha256"),
    Column("correction", LargeBinary, nullable=False),  # sealed with the batch's data key
)
