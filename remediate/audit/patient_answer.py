"""Everything the ledger tells of one patient's studies, for whoever asks what was done with them (GDPR article 15).
Reads and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from remediate.ports import Events, PlanStore, StudyStore
from remediate.records.ledger import EventType, LedgerEvent, PlanKind, PlanRow, StudyRow
from remediate.records.states import State

LOOKED = (EventType.KEY_USE, EventType.EXPORT)
"""Events by which people came to see something; what the program itself reads is told with what it did."""

_NEWEST = 5
"""Plans in which the newest word on a study is looked for: most judge all studies, and their files may be large."""

ReadStudies = Callable[[PlanRow, Collection[str]], Mapping[str, Mapping[str, Any]]]
"""What a plan's own file says of these studies, by UID; nothing where the file is gone or is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlan:
    """What one plan says of a study, and who stands for that."""

    plan: PlanRow
    batches: tuple[str, ...]  # in which it was worked on under this plan
    entry: Mapping[str, Any] = field(
        repr=False
    )  # as plan.json has it: reasons, proofs, corrections, decision; or empty


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAnswer:
    """One study of the patient."""

    row: StudyRow = field(repr=False)
    plans: tuple[InPlan, ...]  # oldest first
    history: tuple[LedgerEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAnswer:
    """All of one patient."""

    studies: tuple[StudyAnswer, ...]
    looked: tuple[LedgerEvent, ...]  # who came to see something of the patient, or took the ledger out as a whole


def answer_for(
    patients: Collection[str], read: ReadStudies, *, studies: StudyStore, plans: PlanStore, events: Events
) -> PatientAnswer:
    """What the ledger tells of the patient with these pseudonyms."""
    if not patients:
        return PatientAnswer(studies=(), looked=())
    named = list(events.events(patients=patients))
    uids = {*studies.studies_of(patients), *(entry.event.study for entry in named if entry.event.study)}
    rows = studies.studies_named(uids) if uids else []
    known = {entry.seq: entry for entry in [*named, *(events.events(studies=uids) if uids else ())]}
    history = [known[seq] for seq in sorted(known)]
    heads = _plans(plans, history)
    entries = {name: read(head, uids) for name, head in heads.items()}
    _add_newest(plans, heads, entries, lambda head: read(head, uids))
    heads = dict(sorted(heads.items()))
    answers = tuple(_study(row, history, heads, entries) for row in rows)
    return PatientAnswer(studies=answers, looked=_looked(events, history) if answers else ())


def _plans(plans: PlanStore, history: Iterable[LedgerEvent]) -> dict[str, PlanRow]:
    """Every plan under which something happened to the patient's studies."""
    named = {entry.event.plan for entry in history if entry.event.plan}
    return {name: head for name in sorted(named) if (head := plans.plan(name)) is not None}


def _add_newest(
    plans: PlanStore,
    heads: dict[str, PlanRow],
    entries: dict[str, Mapping[str, Mapping[str, Any]]],
    told: Callable[[PlanRow], Mapping[str, Mapping[str, Any]]],
) -> None:
    """The newest plan that judged the studies: it has no event for each of them. One of another patient did not."""
    for head in islice((head for head in plans.plans() if head.kind is PlanKind.CORRECT), _NEWEST):
        found = entries.get(head.plan_id) or told(head)
        if found:
            heads[head.plan_id], entries[head.plan_id] = head, found
            return


def _study(
    row: StudyRow,
    history: Iterable[LedgerEvent],
    heads: Mapping[str, PlanRow],
    entries: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> StudyAnswer:
    mine = tuple(entry for entry in history if entry.event.study == row.study_instance_uid)
    batches: dict[str, dict[str, None]] = {name: {} for name in heads}
    for entry in mine:
        if entry.event.plan in batches:
            batches[entry.event.plan] |= {entry.event.batch: None} if entry.event.batch else {}
    told = {name: entries[name].get(row.study_instance_uid, {}) for name in heads}
    was_worked_on = any(batches.values())
    plans = tuple(
        InPlan(plan=head, batches=tuple(batches[name]), entry=told[name])
        for name, head in heads.items()
        if batches[name] or (told[name] and (not was_worked_on or told[name].get("state") == State.PLANNED.value))
    )
    return StudyAnswer(row=row, plans=plans, history=mine)


def _looked(events: Events, history: list[LedgerEvent]) -> tuple[LedgerEvent, ...]:
    """Of the patient by name of a study or pseudonym; and exports of everything, from the first survey on: a study has
    no event before something is done with it, and stood in lists all the same."""
    mine = {entry.seq: entry for entry in history if entry.event.type in LOOKED}
    surveys = (next(events.events(type_=kind, limit=1), None) for kind in (EventType.SURVEY, EventType.SURVEY_IMPORT))
    known = min((one.seq for one in surveys if one is not None), default=0)
    of_all = events.events(type_=EventType.EXPORT, after=known)
    mine |= {one.seq: one for one in of_all if _is_of_everything(one, history)}
    return tuple(mine[seq] for seq in sorted(mine))


def _is_of_everything(entry: LedgerEvent, history: Iterable[LedgerEvent]) -> bool:
    """Whether an export may have told of this patient: it names nobody, or a batch or study of the patient."""
    event = entry.event
    if event.study or event.patient or event.plan:
        return False
    batch, study = event.details.get("of_batch"), event.details.get("of_study")
    return (not batch or any(one.event.batch == batch for one in history)) and (
        not study or any(one.event.study == study for one in history)
    )
