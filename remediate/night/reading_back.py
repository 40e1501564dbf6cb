"""Reads a study back after storing, by the configured means; the ledger names them. Stores and concludes nothing.

Whenever `sample` or `find` show anything unexpected, every object is read back after all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from remediate.config.execute import ExecuteSettings
from remediate.errors import ArchiveError
from remediate.identity.evidence import StudyEvidence
from remediate.night.index_answer import IndexAnswer, index_answer
from remediate.night.intent import Details, Preparation
from remediate.night.read_back import Look, look
from remediate.plan.verification_means import Means, sampled
from remediate.ports import Archive, Spool
from remediate.records.dicom import ReceivedObject, StudyQuery
from remediate.records.ledger import Intent
from remediate.texts.language import Sentence


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
            raise ArchiveError(
                Sentence(
                    "The archive broke off while a study was read back.",
                    "Het archief brak af terwijl een onderzoek werd teruggelezen.",
                ),
                transient=True,
            )
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
