"""How much of a study is read back after storing, and by what means, as configured, approved and said to people.

Every object is the rule. `sample` and `find` are weaker and chosen by name. Reads nothing back itself.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from remediate.config.execute import ExecuteSettings
from remediate.reasons.study import WorkReason
from remediate.records.ledger import PlanKind
from remediate.texts.language import Sentence


class Means(StrEnum):
    """What was done to see that the archive holds what was stored."""

    EVERY = "every"  # every object read back and compared
    SAMPLE = "sample"  # a part of the objects, at least one; the others are listed
    FIND = "find"  # C-FIND only


MEANS_SENTENCES: Mapping[Means, Sentence] = {
    Means.EVERY: Sentence("every object is read back", "elk object wordt teruggelezen"),
    Means.SAMPLE: Sentence(
        "only {percent:g} % of the objects of each study is read back; originals stay until `remediate verify`",
        "slechts {percent:g} % van de objecten per onderzoek wordt teruggelezen; originelen blijven tot "
        "`remediate verify`",
    ),
    Means.FIND: Sentence(
        "no object is read back, C-FIND must list it; originals stay until `remediate verify`",
        "geen object wordt teruggelezen, C-FIND moet het noemen; originelen blijven tot `remediate verify`",
    ),
}

REASONS: Mapping[Means, WorkReason] = {
    Means.EVERY: WorkReason.READ_BACK,
    Means.SAMPLE: WorkReason.SAMPLED,
    Means.FIND: WorkReason.LISTED,
}


def chosen(settings: ExecuteSettings) -> dict[str, str | float]:
    """The configured means as an approval binds them and the ledger names them: `verify`, and `verify_sample` in
    percent where that counts."""
    sample = {"verify_sample": float(settings.verify_sample)} if settings.verify == "sample" else {}
    return {"verify": settings.verify, **sample}


def strength(named: Mapping[str, Any]) -> float:
    """Percent of the objects that are read back under such settings; what names nothing reads back all."""
    means = Means(named.get("verify", Means.EVERY))
    return float(named.get("verify_sample", 0)) if means is Means.SAMPLE else {Means.EVERY: 100.0}.get(means, 0.0)


def sentence_of(named: Mapping[str, Any]) -> Sentence:
    """The same for people."""
    said = MEANS_SENTENCES[Means(named.get("verify", Means.EVERY))]
    percent = float(named.get("verify_sample", 0))
    return Sentence(said.en.format(percent=percent), said.nl.format(percent=percent))


def settings_for(kind: PlanKind, settings: ExecuteSettings) -> ExecuteSettings:
    """What goes back is always read back whole: after it nothing is left to compare with."""
    return settings if kind is PlanKind.CORRECT else every_object(settings)


EVERY_OBJECT: Mapping[str, str] = {"verify": Means.EVERY.value}
"""As `chosen` names it, whatever is configured."""


def every_object(settings: ExecuteSettings) -> ExecuteSettings:
    """The same settings, with every object read back: what an archive was told by message shows nowhere else."""
    return settings.model_copy(update=dict(EVERY_OBJECT))


def sampled(names: Collection[str], percent: float, seed: str) -> frozenset[str]:
    """So many percent of the names, at least one: those whose SHA-256 over seed and name comes first.

    Whoever has the seed finds the same names again, without this program.
    """
    size = min(len(names), max(1, math.ceil(len(names) * percent / 100)))
    ordered = sorted(names, key=lambda name: hashlib.sha256(f"{seed}|{name}".encode()).digest())
    return frozenset(ordered[:size])
