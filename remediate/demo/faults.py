"""The ways in which the embedded archive can be told to misbehave; values only, other modules act on them."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

NEVER = range(0)
ALWAYS = range(1, sys.maxsize)


def nth(number: int) -> range:
    """Only the `number`-th time, counted from 1."""
    return range(number, number + 1)


class Phase(StrEnum):
    """Where in a conversation a break or a delay falls. Counted over the archive since its faults were last set."""

    CONNECT = "connect"  # TCP connections
    ASSOCIATE = "associate"  # association requests, before the answer
    ECHO = "echo"  # C-ECHO requests
    FIND = "find"  # C-FIND responses, the final one included, before each is sent
    GET = "get"  # C-STORE sub-operations of C-GET, before each
    MOVE = "move"  # C-STORE sub-operations of C-MOVE, before each
    RETRIEVED = "retrieved"  # final responses to C-GET and C-MOVE
    STORE = "store"  # C-STORE requests, before anything is kept
    STORED = "stored"  # the same, after keeping the object and before the response
    RELEASE = "release"  # release requests


class ConversationEnding(StrEnum):
    """How the archive leaves a conversation."""

    ABORT = "abort"  # A-ABORT
    CLOSE = "close"  # the connection is closed
    RESET = "reset"  # the connection is reset (TCP RST)
    HALF_CLOSE = "half-close"  # the archive stops sending but goes on reading
    HANG = "hang"  # silence, until the faults change or the archive stops
    DRIP = "drip"  # the beginning of an answer, a byte at a time without end
    RESTART = "restart"  # every connection is closed; the archive is back a moment later


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Leave at a phase, in a manner, on some of its occurrences."""

    phase: Phase
    by: ConversationEnding = ConversationEnding.ABORT
    on: range = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Wait before going on at a phase."""

    phase: Phase
    seconds: float
    on: range = ALWAYS


class Rejection(StrEnum):
    """A-ASSOCIATE-RJ with its result, source and reason (PS3.8 section 9.3.4)."""

    UNKNOWN_CALLER = "unknown-caller"
    UNKNOWN_CALLED = "unknown-called"
    NO_REASON = "no-reason"
    CONGESTION = "congestion"  # transient
    LIMIT = "limit"  # transient


class StorePolicy(StrEnum):
    """What happens to an object that arrives under a SOP Instance UID that the study already has."""

    OVERWRITE = "overwrite"
    IGNORE = "ignore"  # answers success, keeps the old object (Orthanc by default)
    REFUSE = "refuse"  # answers 0x0111, Duplicate SOP Instance
    FORK_INSTANCE = "fork-instance"  # kept under a new SOP Instance UID, beside the old one
    FORK_STUDY = "fork-study"  # kept in a new study, beside the old one
    RENAME = "rename"  # kept under a new SOP Instance UID, in place of the old one
    MERGE = "merge"  # overwritten, but Other Patient IDs (0010,1000) are only ever added
    TRANSCODE = "transcode"  # overwritten in another transfer syntax


class RetrievePolicy(StrEnum):
    """What is done to stored objects on their way out."""

    AS_STORED = "as-stored"
    OVERLAY = "overlay"  # the patient's elements come from the index's first knowledge, not from the object
    DECOMPRESS = "decompress"  # sent in another transfer syntax, where the archive has a codec (not JPEG)


class OldObject(StrEnum):
    """What is handed over besides an object that replaced another one."""

    AFTER = "after"  # the old object, under the same SOP Instance UID, after the new one
    BEFORE = "before"  # the same, first
    UNLISTED = "unlisted"  # the old object under a SOP Instance UID that C-FIND does not list


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Everything that is wrong with the archive at the moment; the default is an archive that does its work.

    Ranges count from 1: `store_*` and `find_wrong_patient` over all objects or matches since the faults were
    set, `retrieve_*` anew in each C-GET or C-MOVE.
    """

    reject: Rejection | None = None
    reject_on: range = ALWAYS  # association requests
    known_callers: frozenset[str] | None = None  # None: any calling AE title is welcome
    breaks: tuple[Break, ...] = ()
    delays: tuple[Delay, ...] = ()
    takes_no_objects: bool = False  # no storage class is accepted from who wants to send
    no_scp_role: bool = False  # nobody may take objects over the association that asks for them
    cut_after_sent: int | None = None  # bytes that a connection carries to the peer before it is cut
    cut_after_received: int | None = None  # the same, from the peer

    find_limit: int | None = None  # at most so many matches
    find_limit_status: int = 0x0000  # what ends a capped C-FIND; 0x0000 is the silent cap
    find_end: int = 0x0000  # what ends every C-FIND that was not capped
    find_end_of_empty: int | None = None  # the same where nothing matched; None: as `find_end`
    find_wrong_patient: range = NEVER  # these matches name another patient
    find_besides: tuple[tuple[tuple[str, str], ...], ...] = ()  # studies of the index alone, as (keyword, text)
    find_briefly_only: frozenset[str] = frozenset()  # Study Instance UIDs that only a query for few keys answers
    find_flood: int = 0  # so many ever new studies besides in each answer, whatever was asked
    find_stale: bool = False  # study level keeps what the first object said

    store_policy: StorePolicy = StorePolicy.OVERWRITE
    store_status: int | None = None  # answer this status; failures are not kept, warnings are kept
    store_status_on: range = ALWAYS
    store_coerces: bool = True  # whether a warning comes with changed data
    store_lost: range = NEVER  # answered with success and not kept

    retrieve_policy: RetrievePolicy = RetrievePolicy.AS_STORED
    retrieve_lost: range = NEVER  # never sent, yet counted as completed
    retrieve_duplicate: range = NEVER  # sent twice
    retrieve_foreign: range = NEVER  # before these, an object of another study is sent
    retrieve_old: OldObject | None = None  # the old object too, where one was replaced under these faults


class Occurrences:
    """How often each thing happened since the faults were set; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def next(self, what: str) -> int:
        """The number of this occurrence, from 1."""
        with self._lock:
            self._counts[what] += 1
            return self._counts[what]
