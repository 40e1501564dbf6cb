"""What the use cases ask of the world: archive, registry, ledger, spool, clock. No implementation stands here.

Each port is met by an edge (`dicom/`, `spool/`, `epd/` ...) that does not import this module; `cli/` wires them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Protocol

from remediate.header.dataset import HeldDataSet
from remediate.identity.evidence import Evidence, Source, StudyEvidence
from remediate.identity.patients import LocalId, Patient
from remediate.identity.verdicts import Asked, Candidates
from remediate.records.dicom import (
    ExpectedObject,
    FindAnswer,
    FoundInstance,
    FoundStudy,
    OutgoingObject,
    ReceivedObject,
    Retrieval,
    StoreResult,
    StudyQuery,
    nothing_expected,
)
from remediate.records.ledger import (
    BatchRow,
    Claim,
    Decided,
    EventType,
    HeadersDecided,
    Intent,
    IntentObject,
    LedgerEvent,
    NewEvent,
    PlanItem,
    PlannedStudy,
    PlanProgress,
    PlanRow,
    RunMode,
    StudyFacts,
    StudyRow,
)
from remediate.records.measurements import Arrival, CensusRow, KeptMeasurement, Looks, MeasurementKind, Moments, Seen
from remediate.records.messages import Acknowledgement, PatientUpdate
from remediate.records.needs import Ordering
from remediate.records.reviews import ReviewDecision
from remediate.records.signs import Control, Doing, LifeSign, Process
from remediate.records.states import State

Clock = Callable[[], datetime]
"""The present moment, aware."""

Pseudonym = Callable[[str, str], str]
"""Keyed digest (HMAC-SHA-256, base32, shortened to 128 bits) of an identifier, as `pseudonym(kind, text)`: within one
set of keys the same text gives the same pseudonym. `kind` keeps patients, BSNs and fingerprints apart."""


class Archive(Protocol):
    """One archive, spoken to over DICOM. Methods raise `ArchiveError`; `transient` says whether to try again."""

    def echo(self) -> None:
        """C-ECHO; returns when the archive answered Success."""

    def find_studies(self, query: StudyQuery) -> FindAnswer:
        """Study Root C-FIND at study level."""

    def find_instances(self, study_instance_uid: str, *, briefly: bool = False) -> tuple[FoundInstance, ...]:
        """Every object of the study by C-FIND at image level, sorted by SOP Instance UID; `briefly` with nothing but
        UIDs, which an index answers several times as fast."""

    def retrieve(
        self,
        study_instance_uid: str,
        instances: Sequence[FoundInstance],
        folder: Path,
        expected: ExpectedObject = nothing_expected,
    ) -> Retrieval:
        """Bring the named objects into `folder` (C-GET or C-MOVE) as Part 10 files, bytes as sent.

        The whole study is asked for when all its instances are named; else the objects one by one. An object that
        arrives byte for byte as `expected` says (by SOP Instance UID) is named in the answer and not kept.
        """

    def store(self, objects: Iterable[OutgoingObject]) -> Iterator[StoreResult]:
        """C-STORE one after the other; each is sent only when the caller asks for the next result."""

    def not_taken(self, contexts: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those SOP classes with transfer syntaxes in which the archive takes no object; nothing is stored."""

    def close(self) -> None:
        """Release every association."""


class MessageSender(Protocol):
    """The archive's HL7 interface."""

    def send(self, update: PatientUpdate, *, control_id: str, at: datetime) -> Acknowledgement:
        """Tell it of one patient, under this MSH-10, and wait for the answer. Raises `MessageError` when no message
        can be made; nothing for what networks and receivers do."""

    def close(self) -> None:
        """Let the connection go."""


class Registry(Protocol):
    """The EPD's live patients after its merges."""

    def candidates_many(self, asked: Sequence[Asked]) -> Sequence[Candidates]:
        """The patients to which the identifiers of many studies lead, in order, with who else may be meant."""

    def spellings(self, values: Iterable[str]) -> Mapping[LocalId, Patient]:
        """Every number that leads to a live patient and is one of these under some setting, and perhaps others."""

    def snapshot_digest(self) -> str:
        """Keyed digest (base32) over every live patient: changes when any record changes."""

    def patients(self) -> int:
        """How many live patients there are."""


class StudyStore(Protocol):
    """The surveyed studies one by one, and the one door through which their states change."""

    def study(self, study_instance_uid: str) -> StudyRow | None:
        """One study, or None when it was never surveyed."""

    def studies_named(self, study_instance_uids: Collection[str]) -> Sequence[StudyRow]:
        """Those of the named studies that were surveyed, sorted by UID."""

    def studies(self, states: Iterable[State] | None = None) -> Iterator[StudyRow]:
        """Every study, sorted by Study Instance UID, streamed."""

    def studies_of(self, patients: Collection[str]) -> tuple[str, ...]:
        """The studies that stand under one of these pseudonyms of patients, sorted by UID."""

    def counts(self) -> Mapping[tuple[State, str], int]:
        """How many studies stand in each state for each reason."""

    def save_evidence(self, evidence: StudyEvidence, *, now: datetime) -> None:
        """Keep stronger evidence than the index gave."""

    def move(
        self,
        study_instance_uid: str,
        new: State,
        event: NewEvent,
        *,
        plan_id: str | None = None,
        claim: Claim | None = None,
        attempt: bool = True,
        before: State | None = None,
    ) -> None:
        """Write state, reason and event in one transaction; nothing where a study no longer stands in `before`. Raises
        ValueError on an unknown move, `ClaimLostError` when another worker took what was claimed."""

    def leave_alone(self, claim: Claim, study_instance_uid: str, event: NewEvent) -> None:
        """The claim's plan is done with a study for good; the study keeps its state. Raises `ClaimLostError`."""


class FoundStore(Protocol):
    """What a survey writes down: studies as the archive lists them, and how far it came."""

    def save_found(self, found: Sequence[FoundStudy], *, now: datetime) -> tuple[str, ...]:
        """Add or refresh; answers the UIDs that are new or whose index entry changed (these want a probe)."""

    def sources(self, study_instance_uids: Collection[str]) -> Mapping[str, Source]:
        """How the evidence was read of those of the named studies that were surveyed."""

    def note_gone(self, seen: Container[str], *, now: datetime) -> int:
        """What a complete survey did not find is no longer in the archive, until it is seen again; answers how many."""

    def survey_windows_done(self, survey: str) -> frozenset[str]:
        """Windows of an unfinished survey that need not be asked again."""

    def survey_window_done(self, survey: str, window: str) -> None:
        """Remember a finished window."""

    def survey_finished(self, survey: str) -> None:
        """Forget the windows of a finished survey."""


class InventoryStore(Protocol):
    """What all headers of the inventory say, in bulk."""

    def headers_of_patients(self, part: int, parts: int) -> Iterator[Sequence[tuple[int, tuple[Evidence, ...]]]]:
        """One of `parts` equal shares of what all headers say, with their keys, those of a patient together."""

    def highest_headers_id(self) -> int:
        """The highest key of headers; 0 when no study was surveyed."""

    def let_go(self) -> None:
        """Close connections that are not in use: before this process forks, since none may be shared."""


class ReviewStore(Protocol):
    """What people decided about undecided studies; `review/ports.py` has what only reviewing asks."""

    def reviews(self, study_instance_uids: Collection[str]) -> Mapping[str, ReviewDecision]:
        """The decisions on these studies, whether or not they still hold."""


class DecisionStore(Protocol):
    """What proof decided about each distinct set of headers, for as long as all on which that rests is the same."""

    def begin_decisions(self, plan_id: str, rests_on: str) -> int:
        """From now on this plan judges; what may be decided otherwise now is dropped. Answers how many headers are to
        be judged. `rests_on` is a digest of settings and program; of headers and EPD the store knows by itself."""

    def headers_to_judge(self, part: int, parts: int) -> Iterator[Sequence[tuple[int, tuple[Evidence, ...]]]]:
        """One of `parts` equal shares of the headers of which no decision is kept, with their keys, by patient."""

    def keep_decisions(self, plan_id: str, decided: Sequence[HeadersDecided]) -> None:
        """Keep them, in the name of the plan that judges. Raises `LedgerError` when another one began since."""

    def decided_inventory(self) -> Iterator[Sequence[tuple[StudyFacts, HeadersDecided | None]]]:
        """Every study for a plan, sorted by UID, a page at a time, with what is decided about its headers, if it is."""

    def let_go(self) -> None:
        """Close connections that are not in use: before this process forks, since none may be shared."""


class PlanStore(Protocol):
    """Plans, their studies and their approvals."""

    @property
    def ledger_id(self) -> str:
        """Random identifier made when the ledger was created."""

    @property
    def account(self) -> str:
        """The account of the operating system under which this process acts; it goes into every event."""

    def save_plan(self, plan: PlanRow, items: Iterable[PlanItem], event: NewEvent, *, supersedes: bool = True) -> None:
        """Keep the head and the planned items; older plans of the same kind that are not approved are superseded,
        unless it `supersedes` none. No study changes its state."""

    def keep_plan(
        self, plan: PlanRow, alone: Iterable[Decided], event: NewEvent, *, ordering: Ordering | None = None
    ) -> None:
        """Keep the plan that judges, its patients in order, and give every study its state and first reason: as named
        alone, or as decided about its headers (no event each: the plan's has the digest over all of them)."""

    def plan(self, plan_id: str) -> PlanRow | None:
        """The head of a plan with its approvals."""

    def plans(self) -> tuple[PlanRow, ...]:
        """Every plan, newest first."""

    def planned_studies(self, plan_id: str) -> Iterator[PlannedStudy]:
        """The plan's studies, sorted by UID."""

    def holds_planned_studies(self, plan_id: str) -> bool:
        """Whether the studies of a plan are, by the signed chain, those with which it was made."""

    def is_left_to(self, plan_id: str, newer: str) -> bool:
        """Whether all that is left of a plan is left of the newer one too."""

    def plan_progress(self, plan_id: str, batch_id: str, *, decides: bool = False) -> PlanProgress:
        """What a batch finished of a plan, and what is left; whether anything is, is looked up where that `decides`."""

    def approve(self, plan_id: str, event: NewEvent) -> PlanRow:
        """Bind `event.actor` to the plan's digest."""

    def withdraw(self, plan_id: str, event: NewEvent) -> PlanRow:
        """Write down that `event.actor` takes the plan back."""


class BatchStore(Protocol):
    """Batches, and the signs of life of the processes that run them."""

    def open_batch(
        self, plan_id: str, event: NewEvent, *, process: Process | None = None, steady: float = 0.0
    ) -> BatchRow:
        """Start a batch, run by `process`, and make every unfinished study of the plan available again."""

    def close_batch(self, batch_id: str, stopped_because: str, counts: Mapping[str, int], event: NewEvent) -> None:
        """End a batch."""

    def batches(self) -> tuple[BatchRow, ...]:
        """Every batch, newest first."""

    def sign(self, batch_id: str, doing: Doing, *, steady: float) -> None:
        """The process of a batch lives, and does this; `steady` is its machine's clock since it began."""

    def signs(self, batch_ids: Collection[str]) -> Mapping[str, LifeSign]:
        """The last sign of life of each of these batches that gave one."""


class WorkStore(Protocol):
    """The handing out of a plan's work, a patient at a time."""

    def claim(self, batch_id: str, owner: str, lease: timedelta, *, now: datetime, most: int = 1) -> tuple[Claim, ...]:
        """Take the studies of so many patients at most, in the plan's order. Claims whose lease ended are free."""

    def renew(self, claim: Claim, lease: timedelta, *, now: datetime) -> bool:
        """Prolong by unit and fence; False when the claim was lost."""

    def holds(self, claim: Claim, *, now: datetime) -> bool:
        """Whether the fence is still ours: asked right before each store."""

    def in_hand(self) -> frozenset[str]:
        """Studies on whose patients other workers have claims, ended or not; none while no other worker is alive."""

    def owners(self, plan_id: str = "") -> frozenset[str]:
        """Who have claims, ended or not, under the names that they gave; of one plan where that is named."""

    def take_back(self, owners: Collection[str]) -> int:
        """Free the claims of these, who are known to have ended, before their leases do; answers how many."""

    def finish(self, claim: Claim, *, done: bool, keeps_place: bool = False) -> None:
        """Give the unit back: done, or free for somebody else, behind the others unless it keeps its place."""


class ControlStore(Protocol):
    """What running work may do: what the operator asks of it, and its ceilings."""

    def control(self) -> RunMode:
        """What the operator asks of running work."""

    def controlled(self) -> Control:
        """The same, with who asked for it and since when."""

    def set_control(self, mode: RunMode, event: NewEvent) -> None:
        """pause, resume, stop."""

    def set_limits(self, limits: Mapping[str, tuple[float, float]]) -> None:
        """Buckets by name: (tokens a second, capacity)."""

    def take(self, tokens: Mapping[str, float], *, now: datetime) -> float:
        """Take from the token buckets (`objects_per_second`, `studies_per_hour`, ...): 0.0 when taken, else the
        seconds to wait before asking again (nothing is taken then)."""


class Vault(Protocol):
    """Intents with their old and new values, encrypted."""

    def write_intent(
        self,
        claim: Claim,
        study_instance_uid: str,
        objects: Sequence[IntentObject],
        spool_folder: str,
        event: NewEvent,
    ) -> Intent:
        """Corrections into the vault, the study to INTENT, and the event: one transaction, durable on return.
        Refused with `ClaimLostError` when the fence is no longer ours."""

    def open_intent(self, study_instance_uid: str) -> Intent | None:
        """The newest unfinished intent on a study: in INTENT, STORED or FAILED, or planned again after a failure."""

    def last_intent(self, study_instance_uid: str) -> Intent | None:
        """The newest intent, however it ended."""

    def last_verified(self, study_instance_uid: str) -> Intent | None:
        """The newest intent that was verified and not rolled back."""

    def last_verified_sealed(self, study_instance_uid: str) -> Intent | None:
        """The same with empty corrections: all that is left once the old values were made unreadable."""

    def last_undone(self, study_instance_uid: str) -> Intent | None:
        """The newest finished intent where that is a roll-back: nothing was done to the study since."""

    def open_studies(self) -> tuple[str, ...]:
        """Studies whose intent is unsettled: what a crash or a failure left. Not those in quarantine."""

    def unreadable_studies(self) -> frozenset[str]:
        """Verified studies whose old values, and originals in the spool, were made unreadable for good."""


class Events(Protocol):
    """The append-only chain."""

    def record(self, *events: NewEvent) -> None:
        """Append durably, in order, in one transaction."""

    def events(
        self,
        *,
        study: str = "",
        studies: Collection[str] = (),
        patients: Collection[str] = (),
        batch: str = "",
        type_: EventType | None = None,
        person: str = "",
        states: Collection[State] = (),
        reason: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[LedgerEvent]:
        """Events in order of the chain, filtered."""


class FactStore(Protocol):
    """Small named settings of a ledger, such as its last probe."""

    def fact(self, name: str) -> str:
        """A small named setting of this ledger, such as the last probe; "" when never set."""

    def stands_as_told(self, name: str, type_: EventType) -> bool:
        """Whether the newest event of this type about the setting says that it was set to what it is."""

    def set_fact(self, name: str, value: str, event: NewEvent) -> None:
        """Keep it, with its event, in one transaction."""


class CensusStore(Protocol):
    """Where studies stand, counted and looked up in bulk."""

    def census(self) -> Iterator[CensusRow]:
        """Every study, in groups with the same state, reason and names; a group may come more than once."""

    def listed(self) -> Iterator[tuple[str, CensusRow]]:
        """Every study's UID with its groups, in no order."""

    def undecided(self) -> Iterator[tuple[str, str, int, CensusRow]]:
        """Every study in state SURVEYED, in no order: UID, Study Date as its headers have it, their key, its groups."""

    def reviewed(self) -> frozenset[str]:
        """The studies that a person decided about, whether or not the decision still holds."""

    def in_state(self, state: State) -> tuple[str, ...]:
        """The Study Instance UIDs in one state, sorted."""

    def standings(self, uids: Collection[str]) -> Mapping[str, CensusRow]:
        """Where these studies stand, each with its groups; those that were never surveyed are left out."""

    def seen(self, *, old_before: str, zone: tzinfo = UTC) -> Seen:
        """When the archive was last seen to have its studies; `old_before` is an ISO day."""

    def by_accession(self, wanted: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The studies under each of these Accession Numbers; those that no study has are left out."""

    def moments(self, uids: Collection[str]) -> Mapping[str, Moments]:
        """What is known of these studies over time; those that were never surveyed are left out."""


class ArrivalStore(Protocol):
    """When studies came into the archive, and from where."""

    def looks(self) -> Looks | None:
        """When the archive was looked at; None where nothing was surveyed."""

    def arrivals(self) -> Iterator[Arrival]:
        """Every study with when it came, in no order."""

    def from_elsewhere(self, own: Collection[str], *, since: str = "", until: str = "") -> tuple[str, ...]:
        """The studies of which Institution Name is given and none of `own` (case and blanks ignored), sorted; dated
        from `since` to `until` (DA, both included), undated ones only when neither is given."""

    def without_institution(self, *, besides: str, since: str = "", until: str = "") -> int:
        """How many studies that are in the archive have no Institution Name, dated likewise; those of the Patient ID
        `besides` are not counted."""

    def states_before_change(self, uids: Collection[str]) -> Mapping[str, State]:
        """In which state each of these studies stood when its index entry first changed; others are left out."""


class MeasurementStore(Protocol):
    """The measurements that are kept."""

    def measurements(self, kind: MeasurementKind) -> Iterator[KeptMeasurement]:
        """Those of one kind, oldest first."""


class Spool(Protocol):
    """Originals on disk, owner-only, until verified."""

    def folder(self, *names: str, key_name: str = "") -> Path:
        """A sub-folder, made when absent (mode 0700). What arrives in it is sealed by the key of the batch that
        `key_name` names; else by one that ends with the process."""

    def parts(self, name: str) -> tuple[Path, ...]:
        """The folders in the sub-folder of this name, sorted; none where it is absent."""

    def received(self, folder: Path) -> tuple[ReceivedObject, ...]:
        """The complete objects in a folder, read from their headers."""

    def read(self, item: ReceivedObject) -> HeldDataSet:
        """The data set of one object: in memory, or only its header when it is long."""

    def copy_out(self, item: ReceivedObject, folder: Path) -> None:
        """Write an object in clear as a Part 10 file into a folder outside the spool; never over another file."""

    def make_durable(self, folder: Path) -> None:
        """fsync files and folder: after this a power cut loses nothing."""

    def remove(self, folder: Path) -> None:
        """Remove a folder of the spool with everything in it, and the one above when nothing else is in that."""

    def kept(self) -> tuple[tuple[str, datetime], ...]:
        """Sub-folders with the moment of their last change."""

    def free_bytes(self) -> int:
        """Free space of the disk under the spool."""
