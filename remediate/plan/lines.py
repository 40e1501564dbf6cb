"""A plan's studies as canonical lines of JSON in a spooled file, so that ten million of them need little memory.

A line is what the digest covers and what plan.json holds, written once. Decides nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, NamedTuple, Protocol, overload

from remediate.digests import digest_text
from remediate.errors import PlanError
from remediate.header.uids import uid_problem
from remediate.reasons.study import PlanReason
from remediate.records.ledger import PlanItem
from remediate.records.reviews import DecidedBy
from remediate.records.states import State
from remediate.texts.language import Sentence

_FEW = 1 << 18


class Distinct:
    """How many different texts were added. Two of them count as one by a chance of one in ten million, of two million.

    For one process: the digests are those of its own `hash`.
    """

    __slots__ = ("_few", "_many")

    def __init__(self) -> None:
        self._few: set[int] = set()
        self._many: Any = None  # a sorted array of 64-bit numbers, once there are many

    def add(self, texts: Iterable[str]) -> None:
        """More texts."""
        self._few.update(map(hash, texts))
        if len(self._few) >= _FEW:
            self._fold()

    def _fold(self) -> None:
        import numpy as np  # only a large plan needs it, and it takes a tenth of a second to load

        new = np.fromiter(self._few, dtype=np.int64, count=len(self._few))
        self._many = np.unique(new) if self._many is None else np.union1d(self._many, new)
        self._few.clear()

    def __len__(self) -> int:
        if self._many is None:
            return len(self._few)
        self._fold()
        return len(self._many)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Distinct) and len(self) == len(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
_decode = json.JSONDecoder().decode
_BLOCK = 1 << 20


def canonical(value: object) -> bytes:
    """Compact JSON in ASCII with sorted keys: the same bytes for equal values."""
    return _encode(value).encode()


def line_of(item: PlanItem) -> str:
    """One study as plan.json holds it, canonical. Hospital numbers stand in clear; BSN, name and birth date do not."""
    return template_of(item).line(item.study_instance_uid, item.instances)


def require_uid(raw: Mapping[str, Any]) -> None:
    """Raises `PlanError` when a study is to be corrected that has no UID, as a version planned it that did not look."""
    if raw["state"] == State.PLANNED and uid_problem(raw["study_instance_uid"]):
        raise PlanError(
            Sentence(
                "The plan names a study by what is no UID.", "Het plan noemt een onderzoek met iets wat geen UID is."
            ),
            advice=Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit."),
        )


def item_of(raw: Mapping[str, Any]) -> PlanItem:
    """A study as it stood in plan.json. Raises KeyError, TypeError or ValueError on anything else, and `PlanError` on
    one that nobody can ask for."""
    require_uid(raw)
    return PlanItem(
        study_instance_uid=raw["study_instance_uid"],
        patient_id=raw["patient_id"],
        issuer=raw["issuer"],
        epd_patient_id=raw["epd_patient_id"],
        state=State(raw["state"]),
        reasons=tuple(raw["reasons"]),
        proofs=tuple(raw["proofs"]),
        corrections=tuple(raw["corrections"]),
        bsn_masked=raw["bsn"],
        instances=raw["instances"],
        fingerprint=raw["fingerprint"],
        decision=decision_of(raw),
    )


def decision_of(raw: Mapping[str, Any]) -> DecidedBy | None:
    """On whose decision a study of a plan.json rests; None when on proof. Raises KeyError or TypeError."""
    told = raw.get("decision")
    if told is None:
        return None
    return DecidedBy(
        told["by"],
        told["account"],
        told["at"],
        told["why"],
        tuple(told["overrode"]),
        bool(told.get("remembered", False)),
        tuple(told.get("seconded", ())),
    )


class LineFrame(NamedTuple):
    """What the lines of many patients share."""

    state: State
    reasons: tuple[str, ...]
    proofs: tuple[str, ...]
    corrections: tuple[str, ...]
    bsn_masked: str
    issuer: str
    decision: DecidedBy | None = None

    @property
    def reason(self) -> str:
        """The first; "" when there is none."""
        return self.reasons[0] if self.reasons else ""


class Template(NamedTuple):
    """The line of a study without what differs between studies of which the same was judged."""

    frame: LineFrame
    epd_patient_id: str | None
    fingerprint: str
    patient_id: str

    @property
    def state(self) -> State:
        """Of the study in the plan."""
        return self.frame.state

    @property
    def reason(self) -> str:
        """The first reason; "" when there is none."""
        return self.frame.reason

    def line(self, study_instance_uid: str, instances: int | None) -> str:
        """The study as plan.json holds it, canonical."""
        (state, reasons, proofs, corrections, bsn_masked, issuer, decision), epd_patient_id, fingerprint, own = self
        told: dict[str, object] = {
            "bsn": bsn_masked,
            "corrections": corrections,
            "epd_patient_id": epd_patient_id,
            "fingerprint": fingerprint,
            "instances": instances,
            "issuer": issuer,
            "patient_id": own,
            "proofs": proofs,
            "reasons": reasons,
            "state": state.value,
            "study_instance_uid": study_instance_uid,
        }
        if decision is not None:
            told["decision"] = decision.as_json()
        return _encode(told)


def template_of(item: PlanItem) -> Template:
    """What the lines of studies with the same facts share."""
    frame = LineFrame(
        item.state, item.reasons, item.proofs, item.corrections, item.bsn_masked, item.issuer, item.decision
    )
    return Template(frame, item.epd_patient_id, item.fingerprint, item.patient_id)


def is_left_out_by_person(state: State, reason: str) -> bool:
    """Whether a study's decision is the one that excluded it; of one that was rolled back it is the confirmation."""
    return state is State.EXCLUDED and reason == PlanReason.EXCLUDED_BY_PERSON


@dataclass(slots=True, kw_only=True)
class PlanTally:
    """What is counted over the studies of a plan."""

    states: Counter[State]
    reasons: Counter[tuple[State, str]]  # by state and first reason, where there is one
    planned_objects: int = 0
    decisions: Counter[DecidedBy] = field(default_factory=Counter)  # planned studies that rest on a person's
    exclusions: Counter[DecidedBy] = field(default_factory=Counter)  # studies that a person left out
    fingerprints: Distinct = field(default_factory=Distinct)  # of planned studies: as many as there are patients

    @property
    def studies(self) -> int:
        """All of them."""
        return self.states.total()

    def remembered(self) -> int:
        """Planned studies that rest on what a person decided about an earlier one."""
        return sum(number for decision, number in self.decisions.items() if decision.remembered)

    def add(
        self,
        state: State,
        reason: str,
        instances: int | None,
        decision: DecidedBy | None = None,
        fingerprint: str = "",
    ) -> None:
        """Count one study."""
        self.states[state] += 1
        if reason:
            self.reasons[state, reason] += 1
        if state is State.PLANNED:
            self.planned_objects += instances or 1
            self.fingerprints.add((fingerprint,))
        self._add_decision(state, reason, decision, 1)

    def _add_decision(self, state: State, reason: str, decision: DecidedBy | None, number: int) -> None:
        if decision is None:
            return
        if state is State.PLANNED:
            self.decisions[decision] += number
        elif is_left_out_by_person(state, reason):
            self.exclusions[decision] += number

    def add_rows(self, rows: Sequence[PlannedRow]) -> None:
        """Count many studies."""
        told = Counter([(frame.state, frame.reason, frame.decision) for (frame, *_), _, _ in rows])
        for (state, reason, decision), number in told.items():
            self.states[state] += number
            if reason:
                self.reasons[state, reason] += number
            self._add_decision(state, reason, decision, number)
        planned = [(fingerprint, instances or 1) for (frame, _, fingerprint, _), _, instances in rows
                   if frame.state is State.PLANNED]  # fmt: skip
        self.planned_objects += sum([objects for _, objects in planned])
        self.fingerprints.add([fingerprint for fingerprint, _ in planned])


PlannedRow = tuple[Template, str, int | None]
"""One study of a plan: template, Study Instance UID, number of instances."""


class PlanSheets(Protocol):
    """Where the studies of a plan are written besides, in their order."""

    def add(self, rows: Sequence[PlannedRow]) -> None:
        """The studies that follow."""


class PlanLines(Sequence[PlanItem]):
    """The studies of a plan, in the order in which they were added; `file` is ours until the plan is kept."""

    def __init__(self, file: IO[bytes], begun: hashlib._Hash) -> None:
        self._file = file
        self._hasher = begun
        self._count = 0
        self.tally = PlanTally(states=Counter(), reasons=Counter())

    def add(self, rows: Sequence[PlannedRow]) -> None:
        """The studies that follow."""
        if not rows:
            return
        block = "\n".join([template.line(uid, instances) for template, uid, instances in rows]).encode() + b"\n"
        self._hasher.update(b"\n" + block[:-1])
        self._file.write(block)
        self._count += len(rows)
        self.tally.add_rows(rows)

    def digest(self) -> str:
        """SHA-256 (base32) over all that was hashed so far."""
        return digest_text(self._hasher)

    def lines(self) -> Iterator[str]:
        """Every line of JSON, without line ends. Only one reader at a time: they share the file's place."""
        self._file.seek(0)
        return (line[:-1].decode("ascii") for line in self._file)

    def blocks(self) -> Iterator[bytes]:
        """The same in large pieces, each line with its end, which stands nowhere else."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block

    def __iter__(self) -> Iterator[PlanItem]:
        return (item_of(_decode(line)) for line in self.lines())

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> PlanItem: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[PlanItem]: ...

    def __getitem__(self, at: int | slice) -> PlanItem | Sequence[PlanItem]:
        """By walking there: for a glance at the first few."""
        if isinstance(at, slice):
            return tuple(islice(self, *at.indices(self._count)))
        place = range(self._count)[at]
        return next(islice(self, place, None))


def lines_of(items: Iterable[PlanItem]) -> Iterator[str]:
    """Every item as a canonical line."""
    return items.lines() if isinstance(items, PlanLines) else map(line_of, items)


def blocks_of(items: Iterable[PlanItem]) -> Iterator[bytes]:
    """The same in pieces of any size, each line with its end."""
    return items.blocks() if isinstance(items, PlanLines) else (f"{line}\n".encode() for line in map(line_of, items))


def tally_of(items: Iterable[PlanItem]) -> PlanTally:
    """What is counted over the items."""
    if isinstance(items, PlanLines):
        return items.tally
    tally = PlanTally(states=Counter(), reasons=Counter())
    for item in items:
        tally.add(item.state, item.reasons[0] if item.reasons else "", item.instances, item.decision, item.fingerprint)
    return tally
