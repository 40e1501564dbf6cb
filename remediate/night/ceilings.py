"""Ceilings that a person lowers while work runs, kept in the ledger and read by whatever runs; never above the
configured ones. Asks and waits for nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remediate.config.execute import ExecuteSettings, LimitSettings
from remediate.errors import UsageError
from remediate.ports import BatchStore, ControlStore, FactStore
from remediate.records.ledger import EventType, NewEvent
from remediate.texts.language import Sentence

FACT = "ceilings"
RATES = tuple(LimitSettings.model_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """How many associations at most, and rates over all workers; None is no ceiling."""

    associations: int
    limits: LimitSettings

    def figures(self) -> dict[str, float]:
        """Those that there are, by name."""
        rates = {name: value for name, value in self.limits.model_dump().items() if value is not None}
        return {"associations": self.associations, **rates}


def configured(settings: ExecuteSettings) -> Ceilings:
    """As the configuration has them."""
    return Ceilings(associations=settings.associations, limits=settings.limits)


def asked(facts: FactStore) -> dict[str, float]:
    """What people asked for, by name."""
    text = facts.fact(FACT)
    return dict(json.loads(text)) if text else {}


def effective(settings: ExecuteSettings, wanted: Mapping[str, float]) -> Ceilings:
    """The lower of what is configured and what is asked for."""
    rates = {name: getattr(settings.limits, name) for name in RATES}
    lowered = {name: _lower(value, wanted.get(name)) for name, value in rates.items()}
    associations = min(settings.associations, int(wanted.get("associations", settings.associations)))
    return Ceilings(associations=associations, limits=LimitSettings(**lowered))


def ask(facts: FactStore, wanted: Mapping[str, float], event: NewEvent) -> None:
    """Keep what is asked for, in place of what was."""
    facts.set_fact(FACT, json.dumps(dict(wanted), sort_keys=True), event)


def lower(
    facts: FactStore, settings: ExecuteSettings, wanted: Mapping[str, float], *, actor: str, now: datetime
) -> Mapping[str, float]:
    """Lower these ceilings, besides those that were lowered before; without any, take back what was lowered. Answers
    what is asked for from now on. Raises `UsageError` for one above the configured one."""
    most = configured(settings).figures()
    for name, value in wanted.items():
        if value > most.get(name, value):
            section = "execute.associations" if name == "associations" else f"execute.limits.{name}"
            raise UsageError(
                Sentence(
                    f"{section} is {most[name]:g}: a ceiling above it is set in the configuration, not here.",
                    f"{section} is {most[name]:g}: een hoger plafond stelt u in de configuratie in, niet hier.",
                )
            )
    together = {**asked(facts), **wanted} if wanted else {}
    ask(facts, together, NewEvent(type=EventType.CONTROL, at=now, actor=actor, details=dict(together)))
    return together


def buckets(limits: LimitSettings) -> dict[str, tuple[float, float]]:
    """Token buckets by name: tokens a second and capacity. One object, study or second's bytes at most lie ready, for
    a fuller bucket would let twice the ceiling through in the first moment after a pause."""
    found: dict[str, tuple[float, float]] = {}
    if limits.objects_per_second:
        found["objects_per_second"] = (limits.objects_per_second, 1.0)
    if limits.objects_per_hour:
        found["objects_per_hour"] = (limits.objects_per_hour / 3600, 1.0)
    if limits.studies_per_hour:
        found["studies_per_hour"] = (limits.studies_per_hour / 3600, 1.0)
    if limits.bytes_per_second:
        found["bytes_per_second"] = (limits.bytes_per_second, limits.bytes_per_second)
    return found


def apply(control: ControlStore, settings: ExecuteSettings, wanted: Mapping[str, float]) -> Ceilings:
    """The ceilings that hold now, with their buckets in the ledger."""
    ceilings = effective(settings, wanted)
    control.set_limits(buckets(ceilings.limits))
    return ceilings


def found_before(batches: BatchStore) -> int | None:
    """How many at a time went well in the last batch that tells; None where none does."""
    for batch in batches.batches():
        if number := batch.counts.get("associations"):
            return number
    return None


def _lower(configured: float | None, wanted: float | None) -> float | None:
    return min((value for value in (configured, wanted) if value is not None), default=None)
