"""The misbehaviour matrix as values: each row a fault of archive, network, disk or clock, and what must come of it.

`misbehaving.py` carries a row out; the tests run some rows, `tests/soak/soak_misbehaviour.py` all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from remediate.demo.faults import (
    Break,
    ConversationEnding,
    Delay,
    Faults,
    OldObject,
    Phase,
    Rejection,
    RetrievePolicy,
    StorePolicy,
    nth,
)
from remediate.errors import ExitCode
from remediate.night import sending
from remediate.reasons.study import StopReason, WorkReason
from remediate.records.states import State
from remediate.spool.folder_spool import FolderSpool

MISMATCH, BREAKER = StopReason.VERIFICATION_MISMATCH, StopReason.BREAKER


class Mode(StrEnum):
    """How objects come to us."""

    GET = "c-get"
    MOVE = "c-move"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJump:
    """The clock on the wall is set in mid-batch, while `passed` really went by."""

    by: timedelta
    passed: timedelta = timedelta()
    on: int = 14  # the reading of the clock from which it counts
    upon: tuple[Any, str] | None = None  # or a function of ours, by name: from the end of its first call


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault during `execute` over two planned studies by one worker, and what must come of it."""

    name: str
    faults: Faults = field(default_factory=Faults)
    settings: Mapping[str, Any] = field(default_factory=dict)
    clock: ClockJump | None = None
    window: timedelta | None = None  # work inside a window that ends so long from now
    state: State = State.FAILED  # of the study that the fault hits; the others stay planned or are verified
    reasons: frozenset[WorkReason] = frozenset()
    code: ExitCode = ExitCode.ERROR
    stopped: StopReason | None = None
    refused: bool = False  # one line on stderr before any batch is opened
    shows_its_objects: bool = True  # False: what it hands over was re-encoded, so the spool cannot hold what it has
    modes: tuple[Mode, ...] = (Mode.GET, Mode.MOVE)
    always: bool = False  # in every run of the tests, not only in the soak

    def faults_by(self, mode: Mode) -> Faults:
        """The same faults where objects come by C-GET or by C-MOVE."""
        if mode is Mode.GET:
            return self.faults

        def moved(phase: Phase) -> Phase:
            return Phase.MOVE if phase is Phase.GET else phase

        return replace(
            self.faults,
            breaks=tuple(replace(one, phase=moved(one.phase)) for one in self.faults.breaks),
            delays=tuple(replace(one, phase=moved(one.phase)) for one in self.faults.delays),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRow:
    """A fault during `survey` of an archive that was never surveyed, and whether the survey can still be complete."""

    name: str
    faults: Faults
    settings: Mapping[str, Any] = field(default_factory=dict)
    code: ExitCode = ExitCode.ERROR
    refused: bool = True  # one line on stderr
    always: bool = False


def _why(*reasons: WorkReason) -> frozenset[WorkReason]:
    return frozenset(reasons)


_FINE: Mapping[str, Any] = {"state": State.VERIFIED, "reasons": _why(WorkReason.READ_BACK), "code": ExitCode.DONE}
_NOT_IN_HAND = _why(WorkReason.ARCHIVE_UNREACHABLE, WorkReason.RETRIEVE_INCOMPLETE)
_NO_ANSWER = _why(WorkReason.STORE_UNKNOWN, WorkReason.ARCHIVE_UNREACHABLE)
_FOUND_OUT: Mapping[str, Any] = {"code": ExitCode.CHANGES, "stopped": MISMATCH}

_HIT: Mapping[Phase, tuple[range, frozenset[WorkReason] | None]] = {
    Phase.CONNECT: (nth(2), _NOT_IN_HAND),  # the first is for C-ECHO
    Phase.ASSOCIATE: (nth(2), _NOT_IN_HAND),
    Phase.FIND: (nth(2), _NOT_IN_HAND),
    Phase.GET: (nth(2), _NOT_IN_HAND),
    Phase.RETRIEVED: (nth(1), _NOT_IN_HAND),
    Phase.STORE: (nth(2), _NO_ANSWER),
    Phase.STORED: (nth(2), _NO_ANSWER),
    Phase.RELEASE: (nth(1), None),  # nobody minds how a conversation ends that is over
}


def _conversations() -> Iterator[Row]:
    """Every ending in every phase."""
    for phase, (on, reasons) in _HIT.items():
        for ending in ConversationEnding:
            name = f"{ending}-at-{phase}"
            faults = Faults(breaks=(Break(phase=phase, by=ending, on=on),))
            restarts = (
                ending is ConversationEnding.RESTART
            )  # what changes nothing is tried again until the archive is back
            settings = {"archive": {"retries": 3}} if restarts else {}
            unnoticed = reasons is None or (restarts and phase not in (Phase.STORE, Phase.STORED))
            come: Mapping[str, Any] = _FINE if unnoticed else {"reasons": reasons}
            yield Row(name=name, faults=faults, settings=settings, **come, always=name in _ALWAYS)


_ALWAYS = frozenset(
    {
        "abort-at-store",
        "close-at-stored",
        "drip-at-find",
        "drip-at-get",
        "half-close-at-find",
        "reset-at-get",
        "restart-at-store",
    }
)


def _associations() -> Iterator[Row]:
    for rejection in Rejection:
        yield Row(name=f"rejected-{rejection}", faults=Faults(reject=rejection), refused=True)
        later = Faults(reject=rejection, reject_on=range(2, 10_000))
        yield Row(name=f"rejected-later-{rejection}", faults=later, reasons=_NOT_IN_HAND, stopped=BREAKER)
    yield Row(name="our-title-unknown", faults=Faults(known_callers=frozenset({"OTHER"})), refused=True, always=True)
    for phase in (Phase.CONNECT, Phase.ASSOCIATE, Phase.ECHO):
        for ending in (ConversationEnding.CLOSE, ConversationEnding.HANG):
            breaks = (Break(phase=phase, by=ending),)
            yield Row(name=f"{ending}-at-every-{phase}", faults=Faults(breaks=breaks), refused=True)
    yield Row(name="cut-after-10-sent", faults=Faults(cut_after_sent=10), refused=True)
    yield Row(name="cut-after-10-received", faults=Faults(cut_after_received=10), refused=True)
    broken = {"reasons": _NOT_IN_HAND | _NO_ANSWER, "stopped": BREAKER}
    for nbytes in (2_000, 9_000, 20_000):  # by C-MOVE, objects come over another connection
        yield Row(name=f"cut-after-{nbytes}-sent", faults=Faults(cut_after_sent=nbytes), **broken, modes=(Mode.GET,))
        yield Row(name=f"cut-after-{nbytes}-received", faults=Faults(cut_after_received=nbytes), **broken)
    for phase in (Phase.FIND, Phase.GET, Phase.STORE, Phase.STORED):
        slow = Faults(delays=(Delay(phase=phase, seconds=0.2),))
        yield Row(name=f"slow-at-{phase}", faults=slow, **_FINE)


def _stores() -> Iterator[Row]:
    for status in (0xA700, 0xA900, 0xC000, 0x0110, 0x0111, 0x0122, 0x0124, 0x0213):
        reasons = _why(WorkReason.STORE_REFUSED)
        every = Faults(store_status=status)
        yield Row(
            name=f"{status:04X}-to-every-store", faults=every, reasons=reasons, stopped=BREAKER, always=status == 0xA700
        )
        one = Faults(store_status=status, store_status_on=nth(3))
        yield Row(name=f"{status:04X}-to-the-third-store", faults=one, reasons=reasons, always=status == 0xC000)
        if status in (0xA700, 0x0110, 0x0213):  # may pass, where it is waited for
            patient: Mapping[str, Any] = {"archive": {"retries": 1}}
            yield Row(name=f"{status:04X}-to-the-third-store-waited-out", faults=one, settings=patient, **_FINE)
        rest = Faults(store_status=status, store_status_on=range(3, 10_000))
        yield Row(
            name=f"{status:04X}-from-the-third-store-on",
            faults=rest,
            state=State.QUARANTINED,
            reasons=_why(WorkReason.NOT_PUT_BACK),
            stopped=BREAKER,
            always=status == 0x0122,
        )
    lost = Faults(store_status=0xC000, store_status_on=nth(3), store_lost=range(4, 10_000))
    yield Row(
        name="put-back-said-and-not-done",
        faults=lost,
        state=State.QUARANTINED,
        reasons=_why(WorkReason.NOT_PUT_BACK),
        stopped=BREAKER,
        always=True,
    )
    for status in (0xB000, 0xB006, 0xB007):
        changed = {"state": State.QUARANTINED, "reasons": _why(WorkReason.READ_BACK_DIFFERS), **_FOUND_OUT}
        faults = Faults(store_status=status)
        yield Row(name=f"{status:04X}-with-changed-data", faults=faults, **changed, always=status == 0xB000)
        harmless = Faults(store_status=status, store_coerces=False)
        yield Row(name=f"{status:04X}-with-nothing-changed", faults=harmless, **_FINE, always=status == 0xB007)


def _policies() -> Iterator[Row]:
    kept = {"reasons": _why(WorkReason.OLD_OBJECT_KEPT), **_FOUND_OUT}
    yield Row(name="success-without-storing", faults=Faults(store_lost=range(1, 10_000)), **kept)
    yield Row(name="success-without-storing-one", faults=Faults(store_lost=nth(2)), **kept, always=True)
    yield Row(name="old-object-kept", faults=Faults(store_policy=StorePolicy.IGNORE), **kept)
    yield Row(name="study-forked", faults=Faults(store_policy=StorePolicy.FORK_STUDY), **kept, always=True)
    refuse = Faults(store_policy=StorePolicy.REFUSE)
    yield Row(name="duplicates-refused", faults=refuse, reasons=_why(WorkReason.STORE_REFUSED), stopped=BREAKER)
    apart: Mapping[StorePolicy, WorkReason] = {
        StorePolicy.FORK_INSTANCE: WorkReason.FORKED,
        StorePolicy.RENAME: WorkReason.FORKED,
        StorePolicy.MERGE: WorkReason.READ_BACK_DIFFERS,
        StorePolicy.TRANSCODE: WorkReason.TRANSCODED,
    }
    for policy, reason in apart.items():
        faults = Faults(store_policy=policy)
        yield Row(
            name=f"policy-{policy}",
            faults=faults,
            state=State.QUARANTINED,
            reasons=_why(reason),
            **_FOUND_OUT,
            always=policy in (StorePolicy.RENAME, StorePolicy.TRANSCODE),
        )


def _retrievals() -> Iterator[Row]:
    yield Row(
        name="header-overlaid",
        faults=Faults(retrieve_policy=RetrievePolicy.OVERLAY),
        state=State.QUARANTINED,
        reasons=_why(WorkReason.READ_BACK_DIFFERS),
        **_FOUND_OUT,
        always=True,
    )
    incomplete = {"reasons": _why(WorkReason.RETRIEVE_INCOMPLETE), "stopped": BREAKER}
    yield Row(
        name="transcoded-on-retrieve",
        faults=Faults(retrieve_policy=RetrievePolicy.DECOMPRESS),
        state=State.QUARANTINED,
        reasons=_why(WorkReason.TRANSCODED),
        **_FOUND_OUT,
        shows_its_objects=False,
    )
    yield Row(name="one-lost-on-retrieve", faults=Faults(retrieve_lost=nth(1)), **incomplete, always=True)
    yield Row(name="all-lost-on-retrieve", faults=Faults(retrieve_lost=range(1, 99)), **incomplete)
    yield Row(name="foreign-on-retrieve", faults=Faults(retrieve_foreign=nth(1)), **incomplete, always=True)
    yield Row(name="one-twice-on-retrieve", faults=Faults(retrieve_duplicate=nth(1)), **_FINE)
    apart: Mapping[OldObject, WorkReason] = {
        OldObject.AFTER: WorkReason.TWO_OBJECTS,
        OldObject.BEFORE: WorkReason.TWO_OBJECTS,
        OldObject.UNLISTED: WorkReason.UNLISTED_OBJECT,
    }
    for old, reason in apart.items():
        yield Row(
            name=f"old-object-too-{old}",
            faults=Faults(retrieve_old=old),
            state=State.QUARANTINED,
            reasons=_why(reason),
            **_FOUND_OUT,
            always=old is not OldObject.AFTER,
        )
    yield Row(name="index-names-another-patient", faults=Faults(find_wrong_patient=range(1, 10_000)), **_FINE)
    yield Row(name="index-stays-stale", faults=Faults(find_stale=True), **_FINE)
    for status in (0x0000, 0xA700):
        capped = Faults(find_limit=2, find_limit_status=status)
        yield Row(name=f"instances-capped-{status:04X}", faults=capped, reasons=_NOT_IN_HAND)


def _read_backs() -> Iterator[Row]:
    """The first study has four objects: a fifth sub-operation is the first of reading back."""
    for ending in ConversationEnding:
        faults = Faults(breaks=(Break(phase=Phase.GET, by=ending, on=nth(6)),))
        settings = {"archive": {"retries": 3}} if ending is ConversationEnding.RESTART else {}
        come = _FINE if ending is ConversationEnding.RESTART else {"reasons": _why(WorkReason.ARCHIVE_UNREACHABLE)}
        yield Row(name=f"{ending}-while-read-back", faults=faults, settings=settings, **come, always=ending == "close")


def _offers() -> Iterator[Row]:
    """What the archive offers in negotiation."""
    nothing = _why(WorkReason.CONTEXT_NOT_TAKEN)
    none_taken = Faults(takes_no_objects=True)
    yield Row(name="no-object-taken", faults=none_taken, reasons=nothing, stopped=BREAKER, always=True)
    unreachable = {"reasons": _why(WorkReason.ARCHIVE_UNREACHABLE), "stopped": BREAKER}
    yield Row(name="no-scp-role", faults=Faults(no_scp_role=True), **unreachable, modes=(Mode.GET,), always=True)


def _ourselves() -> Iterator[Row]:
    """Our own disk and our own clock."""
    full = {"execute": {"spool": {"min_free_bytes": 10**15}}}
    planned = {"state": State.PLANNED, "reasons": frozenset[WorkReason](), "code": ExitCode.STOPPED}
    yield Row(name="disk-full-before", settings=full, **planned, stopped=StopReason.SPOOL_FULL)
    day = timedelta(days=1)
    yield Row(
        name="clock-a-day-ahead",
        clock=ClockJump(by=day, upon=(sending, "intended_bytes")),
        state=State.INTENT,
        reasons=_why(WorkReason.WRITTEN_DOWN),
        code=ExitCode.STOPPED,
        stopped=StopReason.CLAIM_LOST,
        always=True,
    )
    yield Row(
        name="clock-a-day-ahead-before-the-intent",
        clock=ClockJump(by=day, upon=(FolderSpool, "make_durable")),
        **planned,
        stopped=StopReason.CLAIM_LOST,
        always=True,
    )
    limits = {"execute": {"limits": {"objects_per_second": 500}}}
    yield Row(name="clock-a-day-back", clock=ClockJump(by=-day), settings=limits, **_FINE, always=True)
    hour = timedelta(hours=1)
    closed = {**planned, "stopped": StopReason.WINDOW_CLOSED}
    yield Row(name="clock-ahead-out-of-the-window", clock=ClockJump(by=2 * hour), window=hour, **closed)
    back = ClockJump(by=-2 * hour, passed=2 * hour)
    yield Row(name="clock-back-as-the-window-ends", clock=back, window=hour, **closed, always=True)


def _surveys() -> Iterator[SurveyRow]:
    for rejection in (Rejection.UNKNOWN_CALLER, Rejection.CONGESTION):
        yield SurveyRow(name=f"rejected-{rejection}", faults=Faults(reject=rejection))
    for ending in ConversationEnding:
        for phase in (Phase.FIND, Phase.GET):
            faults = Faults(breaks=(Break(phase=phase, by=ending, on=nth(2)),))
            of_one: Mapping[str, Any] = {"code": ExitCode.DONE, "refused": False}  # one header that does not come
            ends = phase is Phase.FIND or ending is ConversationEnding.RESTART
            yield SurveyRow(name=f"{ending}-at-{phase}", faults=faults, **({} if ends else of_one))
    below = {"settings": {"find_cap": 10, "headers": "none"}, "refused": False}
    for status in (0x0000, 0xA700):
        capped = Faults(find_limit=10, find_limit_status=status)
        yield SurveyRow(name=f"capped-at-ten-{status:04X}", faults=capped, code=ExitCode.DONE, **below)
    yield SurveyRow(name="cut-after-3000-sent", faults=Faults(cut_after_sent=3_000))
    for status in (0xB000, 0xC001, 0xA700):
        yield SurveyRow(name=f"every-answer-ends-in-{status:04X}", faults=Faults(find_end=status), refused=False)
        empty = Faults(find_end_of_empty=status)
        yield SurveyRow(name=f"every-empty-answer-ends-in-{status:04X}", faults=empty, refused=False)
    yield SurveyRow(name="answers-without-end", faults=Faults(find_flood=200), settings={"find_most": 100})
    for uid in (".", "1.2.826.0.1.3680043.8.498.1.1/", "<script>", ""):
        besides = ((("StudyInstanceUID", uid), ("PatientID", "7654321"), ("StudyDate", "20100304")),)
        faults = Faults(find_besides=besides)
        yield SurveyRow(name=f"a-study-named-{uid or 'nothing'}", faults=faults, refused=False, always=uid == ".")
    brief = Faults(find_briefly_only=frozenset({"1.2.826.0.1.3680043.8.498.1.1"}))
    yield SurveyRow(name="a-study-only-named-briefly", faults=brief, refused=False)
    wrong = Faults(find_wrong_patient=range(1, 10_000))
    yield SurveyRow(name="index-names-another-patient", faults=wrong, code=ExitCode.DONE, refused=False)


EXECUTE_ROWS = (
    *_associations(),
    *_conversations(),
    *_stores(),
    *_policies(),
    *_retrievals(),
    *_read_backs(),
    *_offers(),
    *_ourselves(),
)
SURVEY_ROWS = tuple(_surveys())
