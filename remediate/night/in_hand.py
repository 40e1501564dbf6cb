"""Who has which patient in hand, and what was heard of whom; gives back the work of those that are gone.

Looks at no process itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remediate.errors import PlanError
from remediate.night.life import Life, OpenBatch, Watch, life_of, open_batches
from remediate.plan.typed_reason import named_and_said
from remediate.ports import BatchStore, Events, WorkStore
from remediate.records.ledger import EventType, HeldPatient, NewEvent
from remediate.records.signs import Process, process_of
from remediate.texts.language import Sentence

_LIVES = {
    Life.ALIVE: Sentence("last sign of life {ago} s ago", "laatste teken van leven {ago} s geleden"),
    Life.FROZEN: Sentence("frozen: it is there and does nothing", "bevroren: het proces is er en doet niets"),
    Life.SILENT: Sentence("no sign of life", "geen teken van leven"),
    Life.GONE: Sentence("that process is gone", "dat proces is er niet meer"),
}


class HeldWork(WorkStore, Protocol):
    """What is handed out at this moment."""

    def held(self) -> tuple[HeldPatient, ...]:
        """Every claim, ended or not, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """One patient in a worker's hands."""

    patient: HeldPatient
    process: Process | None  # None: the claim names none
    life: Life  # of that process
    silent_for: float | None  # seconds since its last sign of life; None when it gave none
    batch_id: str  # "" where its batch is no longer open

    @property
    def who(self) -> str:
        """Machine and process."""
        return f"{self.process.machine} (pid {self.process.pid})" if self.process else self.patient.owner

    @property
    def told(self) -> Sentence:
        """What was heard of it."""
        ago, words = round(max(self.silent_for or 0.0, 0.0)), _LIVES[self.life]
        return Sentence(words.en.format(ago=ago), words.nl.format(ago=ago))

    @property
    def may_go_on(self) -> bool:
        """Whether its worker is there, at work or frozen."""
        return self.life in (Life.ALIVE, Life.FROZEN)


def in_hand(work: HeldWork, batches: BatchStore, watch: Watch) -> tuple[InHand, ...]:
    """Everything that is handed out, the oldest first."""
    opened = open_batches(batches, watch)
    return tuple(_in_hand(patient, opened, watch) for patient in work.held())


def _in_hand(patient: HeldPatient, opened: Sequence[OpenBatch], watch: Watch) -> InHand:
    process = process_of(patient.owner)
    of_it = next((one for one in opened if one.process == process and one.batch.plan_id == patient.plan_id), None)
    if of_it is not None:
        life, silent_for, batch_id = of_it.life, of_it.silent_for, of_it.batch.batch_id
    else:
        life, silent_for, batch_id = life_of(process, watch, None) if process else Life.SILENT, None, ""
    return InHand(patient=patient, process=process, life=life, silent_for=silent_for, batch_id=batch_id)


def requeue(
    work: HeldWork, batches: BatchStore, events: Events, watch: Watch, *, person: str, why: str, now: datetime
) -> tuple[InHand, ...]:
    """Give back what is in the hands of workers that are gone, or of which nothing is heard; answers what.

    Should one of them wake, its claim is lost: it stores nothing more. Raises `UsageError` when nobody is named or no
    reason given, `PlanError` when every worker is there.
    """
    person, why = named_and_said(person, why, Sentence("Giving work back", "het teruggeven van werk"))
    held = in_hand(work, batches, watch)
    left = tuple(one for one in held if not one.may_go_on)
    if held and not left:
        raise PlanError(
            Sentence(
                "Every worker that has work in hand gave a sign of life, or is frozen: end it first.",
                "Elke worker met werk onderhanden gaf een teken van leven of is bevroren: beëindig die eerst.",
            ),
            advice=Sentence("`remediate worker --list` names them.", "`remediate worker --list` noemt ze."),
        )
    for owner in sorted({one.patient.owner for one in left}):
        number = sum(one.patient.owner == owner for one in left)
        details: dict[str, str | int] = {"requeued": number, "owner": owner, "why": why}
        events.record(NewEvent(type=EventType.CONTROL, at=now, actor=person, details=details))
    work.take_back({one.patient.owner for one in left})
    return left
