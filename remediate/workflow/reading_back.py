"""How much of a study is read back after storing, and by what means; the ledger names it. Stores and concludes nothing.

Every object is the rule. `sample` and `find` are weaker and chosen by name; whenever they show anything unexpected,
every object is read back after all.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from remediate.config import ExecuteSettings
from remediate.errors import ArchiveError
from remediate.identity.evidence import StudyEvidence
from remediate.language import Sentence
from remediate.records.dicom import ReceivedObject, StudyQuery
from remediate.records.ledger import Intent, PlanKind
from remediate.workflow.index_answer import IndexAnswer, index_answer
from remediate.workflow.look import Look, look
from remediate.workflow.ports import Archive, Spool
from remediate.workflow.preparation import Details, Preparation
from remediate.workflow.reasons import WorkReason


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was seen, and how."""

    seen: Look
    means: Means
    read_back: int  # objects
    details: Details  # for the ledger
    evidence: StudyEvidence | None = None  # what was stored, where nothing was read back that says it


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBack:
    """Reads a study back as configured. The study's folder of the name `folder` takes what is wanted on disk, and is
    emptied before each look."""

    archive: Archive
    spool: Spool
    settings: ExecuteSettings
    preparation: Preparation
    folder: str

    def whole(
        self,
        intent: Intent,
        originals: Mapping[str, ReceivedObject],
        in_passing: Collection[str] = (),
        only: Collection[str] | None = None,
    ) -> Look:
        """Every object, or those that are named; see `look`. Raises `ArchiveError` when the archive broke off."""
        seen = look(self.archive, self.spool, intent, originals, self._folder(intent), in_passing, only)
        if seen.interrupted:
            raise ArchiveError("The archive broke off while a study was read back.", transient=True)
        return seen

    def after_storing(
        self, intent: Intent, originals: Mapping[str, ReceivedObject], stored: Collection[str], alike: frozenset[str]
    ) -> Checked:
        """As configured; every object once anything is not as it should be. `alike` as in `Prepared`."""
        means = Means(self.settings.verify)
        if means is Means.SAMPLE:
            found = self._sample(intent, originals, stored, alike)
        elif means is Means.FIND:
            found = self._find(intent, originals, alike)
        else:
            found = None
        if found is not None:
            return found
        return every(self.whole(intent, originals, alike), len(intent.objects))

    def _sample(
        self, intent: Intent, originals: Mapping[str, ReceivedObject], stored: Collection[str], alike: frozenset[str]
    ) -> Checked | None:
        """A random part of what was stored, and one object of each kind of header, by which the study is known."""
        seed = f"{intent.batch_id}|{intent.study_instance_uid}"
        part = sampled(stored, self.settings.verify_sample, seed)
        kinds = {item.sop_instance_uid for item in intent.objects} - alike
        seen = self.whole(intent, originals, alike, part | kinds)
        if not _as_far_as_looked(seen):
            return None
        details: Details = {
            "by": Means.SAMPLE.value,
            "read_back": len(part | kinds),
            "listed": len(intent.objects),
            "sample_of_stored": self.settings.verify_sample,
            "seed": seed,
            "drawn": len(part),
        }
        return Checked(seen=seen, means=Means.SAMPLE, read_back=len(part | kinds), details=details)

    def _find(self, intent: Intent, originals: Mapping[str, ReceivedObject], alike: frozenset[str]) -> Checked | None:
        """Every object is listed, and study level shows the correction where it tells who the patient is."""
        seen = self.whole(intent, originals, (), ())
        if not _as_far_as_looked(seen):
            return None
        intended = self.preparation.intended(intent, originals, alike)
        answer = self.archive.find_studies(StudyQuery(study_instance_uid=intent.study_instance_uid))
        if not isinstance(intended, StudyEvidence) or not answer.complete or len(answer.studies) != 1:
            return None
        told = index_answer(answer.studies[0], intent, intended)
        if told is IndexAnswer.SHOWS_OTHERWISE:
            return None
        details: Details = {"by": Means.FIND.value, "read_back": 0, "listed": len(intent.objects), "index": told.value}
        return Checked(seen=seen, means=Means.FIND, read_back=0, details=details, evidence=intended)

    def _folder(self, intent: Intent) -> Path:
        self.spool.remove(self.spool.folder(intent.study_instance_uid, self.folder))
        return self.spool.folder(intent.study_instance_uid, self.folder)


def every(seen: Look, objects: int) -> Checked:
    """A look at every object."""
    details: Details = {"by": Means.EVERY.value, "read_back": objects}
    return Checked(seen=seen, means=Means.EVERY, read_back=objects, details=details)


def _as_far_as_looked(seen: Look) -> bool:
    """An object besides may be a fork of one of ours."""
    return seen.nothing_amiss and not seen.extra
