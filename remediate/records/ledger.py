"""What passes between the ledger and the use cases: studies, plans, batches, claims, intents, events.

Values only; no SQL and no decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from remediate.header.correction import Correction
from remediate.identity.evidence import StudyEvidence
from remediate.records.reviews import DecidedBy
from remediate.records.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """One study as the ledger knows it. Evidence is decrypted; never print it."""

    study_instance_uid: str
    state: State
    reason: str  # code of the reason for the state
    evidence: StudyEvidence = field(repr=False)
    study_date: str = ""
    modalities: tuple[str, ...] = ()
    institution_name: str = ""
    station_name: str = ""
    referring_department: str = ""
    accession_number: str = field(default="", repr=False)  # some hospitals put a patient's number in it
    instances: int | None = None
    attempts: int = 0  # executions that failed
    plan_id: str = ""  # plan in which the study was last planned
    looked_at: bool = True  # as in `CensusRow`, with the next two
    found: str = ""
    gone: bool = False
    changed_since: bool = False  # the archive is known to hold it otherwise than at first, our own corrections apart
    last_seen: str = ""  # when the archive was last seen to have it, ISO in UTC, to the day


class StudyFacts(NamedTuple):
    """One study as a plan needs it.

    Studies with the same `headers_id` have the same headers: what was decided about one holds for the other, but for
    what follows from the Study Date.
    """

    study_instance_uid: str
    state: State
    reason: str
    instances: int | None
    study_date: str  # as the evidence has it
    headers_id: int
    left_out: str = ""  # `gone` from the archive, or `not-looked-at`: no part of coverage


class HeadersDecided(NamedTuple):
    """What holds, by proof alone, for every study with these headers. The ledger keeps the two texts and reads
    neither."""

    headers_id: int
    state: State
    reason: str  # the first; "" when there is none
    fingerprint: str
    shared: str  # what the decisions about many patients have in common
    own: str  # the rest
    asked: tuple[int, ...] = ()  # as `Candidates.asked`; needed only to keep a decision


class Decided(NamedTuple):
    """What a plan makes of one study that is decided alone."""

    study_instance_uid: str
    state: State  # as it will be
    reason: str  # the first; "" when there is none
    fingerprint: str = ""
    stays: bool = False  # the study keeps its state and reason, whatever the plan says of it


class PlannedStudy(NamedTuple):
    """What executing a plan needs of one of its studies."""

    study_instance_uid: str
    fingerprint: str  # of the facts on which the plan rests; in a roll-back the intent that it reverses
    instances: int | None


class PlanProgress(NamedTuple):
    """How far a plan came, in studies and in objects as the plan counted them."""

    done_studies: int  # by the batch in question
    done_objects: int
    left_studies: int
    left_objects: int


DECIDERS = "deciders"
"""In the details of a plan's event: a JSON list of the accounts of the people on whose decisions the plan rests."""

DECIDER_NAMES = "decider_names"
"""Their names, likewise; of who looked a second time the account alone is known."""

PLAN_FILES = ("plan.json", "plan.html", "plan.csv", "review.csv")
"""What is read of a plan, by people and programs; each is bound to it by its digest."""


class PlanKind(StrEnum):
    """What executing the plan does."""

    CORRECT = "correct"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One study of a plan. `fingerprint` binds the facts of the decision: different facts at night mean drift."""

    study_instance_uid: str
    patient_id: str
    issuer: str
    epd_patient_id: str | None
    state: State  # CORRECT, PLANNED, REVIEW or EXCLUDED
    reasons: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()  # what would change, in words without patient data
    bsn_masked: str = ""
    fingerprint: str = ""  # keyed digest (base32)
    instances: int | None = None
    decision: DecidedBy | None = None  # of the person on whose word it rests


class Approval(NamedTuple):
    """That a person stands for exactly this plan."""

    person: str
    at: datetime
    account: str  # of the operating system, under which it was given


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan's head as the ledger keeps it; the items stand in plan.json and in the ledger.

    Digest, files and approvals of a plan that is kept are those of the signed chain.
    """

    plan_id: str
    kind: PlanKind
    digest: str  # SHA-256 (base32) over the canonical plan; "" when the signed chain knows none
    path: str
    created_at: datetime
    created_by: str
    planned: int
    planner: str = ""  # the account that made it
    deciders: tuple[str, ...] = ()  # accounts of the people on whose decisions it rests
    decider_names: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()  # in order of time
    superseded: bool = False  # a newer plan of the same kind exists
    withdrawn: bool = False  # a person took it back; nothing more is begun under it
    files: Mapping[str, str] = field(default_factory=dict)  # name and SHA-256 (base32) of each file as it was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one patient's studies until the lease ends. Check the fence before each store."""

    unit_id: int
    plan_id: str
    batch_id: str
    studies: tuple[str, ...]  # Study Instance UIDs still to do, sorted
    owner: str
    fence: int  # grows with each hand-out; an older fence may no longer store


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPatient:
    """Whom a worker has in hand, for whoever looks on."""

    unit_id: int
    plan_id: str
    studies: tuple[str, ...]  # Study Instance UIDs of the plan, sorted
    owner: str
    since: datetime
    until: datetime  # when the claim ends, unless it is renewed


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentObject:
    """What is about to happen to one object. An empty correction means: the object stays as it is."""

    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    before_sha256: str  # hex, of the data set as retrieved
    intended_sha256: str  # hex, of the data set as it will be stored
    correction: Correction = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The open or finished intent on one study, with the vault's corrections decrypted."""

    intent_id: int
    study_instance_uid: str
    plan_id: str
    batch_id: str
    kind: PlanKind
    objects: tuple[IntentObject, ...] = field(repr=False)
    spool_folder: str  # where the originals lie, relative to the spool


AS_FOUND = "as_found"
"""In the details of an event of an intent: how the study was found, before anything of ours. The first one counts."""


class EventType(StrEnum):
    """What the ledger counts (NEN 7513: which event). One line each, in order of a night."""

    LEDGER_CREATED = "ledger-created"
    SURVEY = "survey"
    SURVEY_IMPORT = "survey-import"
    HEADER_PROBE = "header-probe"
    EPD_LOADED = "epd-loaded"
    PROBE = "probe"
    MESSAGES_PLANNED = "messages-planned"
    PLANNED = "plan-made"
    STATE = "state"
    LEFT_ALONE = "left-alone"  # a plan is done with a study, which stays as it is
    REVIEW_DECISION = "review-decision"
    REVIEW_LOOK = "review-look"  # one of several people decided, and it does not count yet
    APPROVED = "approved"
    WITHDRAWN = "plan-withdrawn"
    BATCH_OPENED = "batch-opened"
    BATCH_CLOSED = "batch-closed"
    RETRIEVED = "retrieved"
    INTENT = "intent"
    MESSAGE = "message"
    STORED = "stored"
    VERIFIED = "verified"
    VERIFY = "verify"
    ROLLBACK = "rollback"
    COPY_CHECKED = "copy-checked"
    COPY_INTENT = "copy-intent"
    COPY_UPDATED = "copy-updated"  # or put back, or set apart: its details say how it ended
    TOLD = "told"
    CONTROL = "control"
    EXPORT = "export"
    KEY_USE = "key-use"
    CONFIG_CHANGED = "config-changed"
    CHECKPOINT = "checkpoint"
    ACCOUNT = "account"  # of the pages: made, closed, other roles


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to append. `details` holds codes, counts and digests; never patient data."""

    type: EventType
    at: datetime  # aware
    actor: str = ""  # acting person (--by), "" when the system acts
    responsible: str = ""  # on whose behalf (NEN 7513); "": the ledger names who approved the plan, else who acts
    study: str = ""  # Study Instance UID
    patient: str = ""  # keyed pseudonym
    batch: str = ""
    plan: str = ""
    state: State | None = None
    reason: str = ""
    details: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEvent:
    """An event as it stands in the chain."""

    seq: int
    event: NewEvent
    system_account: str
    software: str
    config_digest: str
    previous: str  # base32
    digest: str  # base32

    @property
    def who(self) -> str:
        """The person and the account, as people read them; the account alone where nobody gave a name."""
        actor, account = self.event.actor, self.system_account
        return f"{actor} (account {account})" if actor and account and actor != account else actor or account


class RunMode(StrEnum):
    """What the control row asks of every worker; read between studies and objects."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One run of `execute`."""

    batch_id: str
    plan_id: str
    opened_at: datetime
    closed_at: datetime | None = None
    stopped_because: str = ""  # code; "" when it ran out of work
    counts: Mapping[str, int] = field(default_factory=dict)  # studies by State value, and "instances", "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProblem:
    """The first place where the ledger is not what was written."""

    seq: int  # event; 0 is the ledger as a whole
    problem: str  # code
    sentence: str
    after: int = 0  # the last proved event, where the fault may lie anywhere after it and up to `seq`
    where: str = ""  # which checkpoint is at fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What `ledger verify` found."""

    events: int
    checkpoints: int  # truly signed ones with which the chain was compared
    head: str  # digest of the last event (base32)
    elsewhere: int = 0  # how many of these were kept outside the ledger
    problems: tuple[ChainProblem, ...] = ()
    shredded: tuple[str, ...] = ()  # batches of which nobody can read any more what stood there before
