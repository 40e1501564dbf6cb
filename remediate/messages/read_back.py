"""Looks whether an archive shows what it was told of a patient, and left everything else alone; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from remediate.header.compare import Different
from remediate.header.patient_elements import compare_rest
from remediate.header.refusal import Refusal
from remediate.messages.intent import MessagePreparation
from remediate.night.read_back import Strange, numbers_meant, strange_in
from remediate.ports import Archive, Spool
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import Intent, StudyRow


class Shown(Enum):
    """What the archive shows of a study after a message."""

    APPLIED = "the BSN stands where it belongs in every object"
    NOT_YET = "it does not"
    MISSING = "an object is no longer listed"
    NOT_HANDED_OVER = "an object is listed but was not received"
    REST_CHANGED = "something besides the patient elements changed"
    STRANGE = "something else was handed over besides"
    NUMBER_LOST = "another number of the patient is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What was found, with the objects as read back."""

    shown: Shown
    objects: tuple[ReceivedObject, ...] = ()
    tags: tuple[str, ...] = ()  # elements that changed and should not have
    strange: Strange = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEye:
    """Reads studies back and tells what they show."""

    archive: Archive
    spool: Spool
    preparation: MessagePreparation

    def glance(self, row: StudyRow, folder: Path) -> bool:
        """Whether one object shows it: cheap enough to ask every few seconds, and no proof."""
        listed = self.archive.find_instances(row.study_instance_uid)[:1]
        if not listed:
            return False
        received = self.archive.retrieve(row.study_instance_uid, listed, folder).received
        return self.preparation.is_applied(row, received)

    def look(self, row: StudyRow, intent: Intent, originals: Mapping[str, ReceivedObject], folder: Path) -> Showing:
        """Read every object of the intent back. Objects that came since are another day's work."""
        known = {item.sop_instance_uid for item in intent.objects}
        listed = self.archive.find_instances(row.study_instance_uid)
        wanted = tuple(instance for instance in listed if instance.sop_instance_uid in known)
        if len(wanted) < len(known):
            return Showing(shown=Shown.MISSING)
        retrieval = self.archive.retrieve(row.study_instance_uid, wanted, folder)
        if strange := strange_in(retrieval):
            return Showing(shown=Shown.STRANGE, strange=strange)
        objects = tuple(item for item in retrieval.received if item.sop_instance_uid in known)
        if len(objects) < len(known) or not retrieval.complete:
            return Showing(shown=Shown.NOT_HANDED_OVER)
        for item in objects:
            changed = self._changed(originals[item.sop_instance_uid], item)
            if changed is not None:
                return changed
        applied = self.preparation.is_applied(row, objects)
        return Showing(shown=Shown.APPLIED if applied else Shown.NOT_YET, objects=objects)

    def _changed(self, original: ReceivedObject, actual: ReceivedObject) -> Showing | None:
        before, now = self.spool.read(original), self.spool.read(actual)
        found = compare_rest(before, now)
        if isinstance(found, Refusal):
            return Showing(shown=Shown.REST_CHANGED)
        if isinstance(found, Different):
            return Showing(shown=Shown.REST_CHANGED, tags=found.tags)
        return None if numbers_meant(before) <= numbers_meant(now) else Showing(shown=Shown.NUMBER_LOST)
