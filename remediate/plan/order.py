"""In which order a plan is worked on, and why: what lists of appointments say, counted over the plan. Judges no study.

The order says when, never whether: a list moves a study forward that proof allows, and no other. It stands beside the
plan's digest, not in it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, Protocol

from remediate.digests import sha256_of_value
from remediate.identity.patients import LocalId, Patient
from remediate.identity.verdicts import Asked
from remediate.plan.judge import Judge
from remediate.plan.lines import PlannedRow
from remediate.records.ledger import StudyFacts
from remediate.records.needs import STEP, Appointment, KeptAppointment, ListFault, Need, OrderBy, Ordering, UnreadLine
from remediate.records.states import State

DIGEST = "digest"
FIRST = 100
"""Studies that plan.json names in their order."""

_AT_ONCE = 1_000


class NeedStore(Protocol):
    """Whose studies are sent next, as the ledger keeps it for the next plan."""

    def forget_needs(self, *kinds: str) -> None:
        """What earlier lists said; of patients also their appointments."""

    def keep_appointments(self, told: Sequence[KeptAppointment]) -> None:
        """In their order: of one appointment the latest message counts, and of one moment the last."""

    def needs_of_appointments(self, *, since: int, until: int) -> Mapping[ListFault, int]:
        """Each patient's first appointment between two moments (YYYYMMDDHHMM) becomes a need; answers how many
        appointments move nobody forward, by why."""

    def keep_needs(self, kind: str, ranks: Mapping[str, int]) -> None:
        """Needs of studies, or of kinds of studies; one that is kept stays as it is."""

    def kinds_of_needs(self) -> Sequence[str]:
        """Of which kinds there are any, the most urgent first."""

    def ranks(self, fingerprints: Mapping[str, str], kinds: Sequence[str], ordering: Ordering) -> Mapping[str, int]:
        """The rank of each of these studies, given with its patient's fingerprint, that needs it more than others."""

    def sorts_of(self, uids: Collection[str]) -> Mapping[str, tuple[str, str, str]]:
        """Of these studies modalities, place and Study Date; those that were never surveyed are left out."""

    def stock_by_sort(self, ordering: Ordering) -> Mapping[str, int]:
        """How many studies there are of each kind (`KindOfStudy.key`)."""


# Appointments.


@dataclass(slots=True, kw_only=True)
class ListRead:
    """What became of one list of appointments."""

    name: str  # of the file
    lines: int = 0
    left_out: Counter[ListFault] = field(default_factory=Counter)
    missing: bool = False  # configured, and not there

    def as_json(self) -> dict[str, Any]:
        """As plan.json holds it: counts, and nothing of a line."""
        told = {why.value: number for why, number in sorted(self.left_out.items())}
        return {"list": self.name, "lines": self.lines, "left_out": told, "missing": self.missing}


def keep_list(
    read: Iterable[Appointment | UnreadLine], into: ListRead, *, needs: NeedStore, judge: Judge, number: int
) -> None:
    """Keep every appointment of list `number` for whom it is, a thousand at a time; what it cannot tell is counted."""
    remaining = iter(read)
    while part := list(islice(remaining, _AT_ONCE)):
        into.lines += len(part)
        into.left_out.update(one.why for one in part if isinstance(one, UnreadLine))
        told = [one for one in part if isinstance(one, Appointment)]
        needs.keep_appointments(list(_kept(told, into, judge, number)))


def _kept(told: Sequence[Appointment], into: ListRead, judge: Judge, number: int) -> Iterator[KeptAppointment]:
    known = _patients({one for appointment in told for one in appointment.numbers}, judge)
    for one in told:
        found = {(who.authority, who.epd_patient_id): who for each in one.numbers for who in known[each]}
        if len(found) > 1:
            into.left_out[ListFault.TWO_PATIENTS] += 1
            found = {}
        patient = judge.fingerprint(next(iter(found.values()))) if found else ""
        key = one.key or f"line {number} {one.line}"
        yield KeptAppointment(key=key, patient=patient, at=one.at, told=one.told, cancelled=one.cancelled)


def _patients(numbers: Collection[tuple[str, str]], judge: Judge) -> Mapping[tuple[str, str], tuple[Patient, ...]]:
    """Whose each number is, after merges, in whatever spelling the EPD's settings take for it."""
    ordered = sorted(numbers)
    aliases = judge.policy.issuer_aliases or {}
    asked = [Asked(LocalId(value=value, authority=aliases.get(issuer, issuer)), ()) for issuer, value in ordered]
    found = judge.registry.candidates_many(asked) if asked else ()
    return {number: candidates.by_patient_id for number, candidates in zip(ordered, found, strict=True)}


def settle_lists(needs: NeedStore, ordering: Ordering, *, days_ahead: int) -> Mapping[ListFault, int]:
    """Each patient's first appointment from today on counts."""
    until = ordering.today + timedelta(days=days_ahead)
    return needs.needs_of_appointments(since=int(f"{ordering.today:%Y%m%d}0000"), until=int(f"{until:%Y%m%d}2359"))


# The order of one plan.


@dataclass(slots=True, kw_only=True)
class OrderTally:
    """Counts the planned studies of a plan by why they come when they come, and remembers the first."""

    ordering: Ordering
    needs: NeedStore | None = None  # None: nothing but dates counts
    lists: Sequence[ListRead] = ()
    left_out: Mapping[ListFault, int] = field(default_factory=dict)  # appointments that move nobody forward
    counts: Counter[Need] = field(default_factory=Counter)
    spans: dict[Need, tuple[int, int]] = field(default_factory=dict)
    _kinds: Sequence[str] | None = None
    _first: list[tuple[int, int, str]] = field(default_factory=list, repr=False)  # a heap of the last ones

    def add(self, studies: Sequence[StudyFacts], rows: Sequence[PlannedRow]) -> None:
        """Studies with their rows of the plan, in the same order."""
        planned = {
            uid: (study, template.fingerprint)
            for study, (template, uid, _) in zip(studies, rows, strict=True)
            if template.state is State.PLANNED
        }
        ranks = self._ranks({uid: fingerprint for uid, (_, fingerprint) in planned.items()})
        newest = Need.NEWEST * STEP
        for uid, (study, _) in planned.items():
            rank = ranks.get(uid, newest)
            need = Need(rank // STEP)
            self.counts[need] += 1
            low, high = self.spans.get(need, (rank, rank))
            self.spans[need] = min(low, rank), max(high, rank)
            self._remember((-rank, self._day(study.study_date), uid))

    def _ranks(self, fingerprints: Mapping[str, str]) -> Mapping[str, int]:
        if self.needs is None or not fingerprints or self.ordering.by is not OrderBy.NEED:
            return {}
        if self._kinds is None:
            self._kinds = self.needs.kinds_of_needs()
        return self.needs.ranks(fingerprints, self._kinds, self.ordering) if self._kinds else {}

    def _day(self, study_date: str) -> int:
        """Newer is higher; a date that is none, or lies ahead, is lowest."""
        is_past = "1900" <= study_date <= f"{self.ordering.today:%Y%m%d}"
        return int(study_date) if is_past and study_date.isdecimal() else 0

    def _remember(self, entry: tuple[int, int, str]) -> None:
        if len(self._first) < FIRST:
            heapq.heappush(self._first, entry)
        elif entry > self._first[0]:
            heapq.heapreplace(self._first, entry)

    def as_json(self) -> dict[str, Any]:
        """As plan.json holds it beside its digest, with a digest of its own: what people read is what was counted."""
        told = self._as_told()
        return {**told, DIGEST: sha256_of_value(told)}

    def _as_told(self) -> dict[str, Any]:
        by = self.ordering.by
        told: dict[str, Any] = {"by": by.value, "on": self.ordering.today.isoformat()}
        if by is OrderBy.UID:
            return told
        first = sorted(self._first, key=lambda entry: (-entry[0], -entry[1], entry[2]))
        return {
            **told,
            "one_in": self.ordering.longest_waiting,
            "reasons": [
                {"why": need.code, "studies": self.counts[need], **_span(need, self.spans[need])}
                for need in Need
                if self.counts[need]
            ],
            "lists": [one.as_json() for one in self.lists],
            "left_out": {why.value: number for why, number in sorted(self.left_out.items())},
            "first": [
                {"study_instance_uid": uid, **because(-rank)} for rank, _, uid in first
            ],
        }  # fmt: skip


def is_as_told(order: Mapping[str, Any]) -> bool:
    """Whether an order out of a plan.json is what was written."""
    told = {key: value for key, value in order.items() if key != DIGEST}
    return not order or sha256_of_value(told) == order.get(DIGEST)


def because(rank: int) -> dict[str, str]:
    """Why a study comes where it comes, and by which moment."""
    need = Need(rank // STEP)
    return {"why": need.code, **({"at": moment(rank)} if need is Need.APPOINTMENT else {})}


def moment(rank: int) -> str:
    """The appointment behind a rank, as ISO without seconds, on the hospital's clock."""
    text = f"{rank % STEP:012d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:]}"


def _span(need: Need, span: tuple[int, int]) -> dict[str, str]:
    return {"from": moment(span[0]), "to": moment(span[1])} if need is Need.APPOINTMENT else {}
