"""Looks at what the archive holds and compares it with an intent, object by object; changes nothing.

The only judge of success: used after each store, after a crash, and weeks later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from remediate.errors import SpoolError
from remediate.header.buffers import Buffer
from remediate.header.changes import Correction
from remediate.header.compare import Comparison, Different, compare
from remediate.header.correction import apply
from remediate.header.parts import Parts
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.records.dicom import FoundInstance, ReceivedObject
from remediate.records.ledger import Intent, IntentObject
from remediate.workflow.ports import Archive, Spool


class Holding(StrEnum):
    """What the archive holds of one object."""

    INTENDED = "intended"
    BEFORE = "before"
    MISSING = "missing"  # the archive does not list it
    NOT_HANDED_OVER = "not-handed-over"  # listed, but not received: nothing is known
    TRANSCODED = "transcoded"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the archive holds of every object of an intent, and which objects it has besides."""

    holdings: Mapping[str, Holding]  # by SOP Instance UID
    extra: tuple[str, ...]  # SOP Instance UIDs in the study that the intent does not know
    objects: tuple[ReceivedObject, ...]  # as read back, on disk, those besides included
    tags: tuple[str, ...] = ()  # elements in which objects differ from both, for the ledger

    def having(self, *wanted: Holding) -> tuple[str, ...]:
        """The SOP Instance UIDs with one of these holdings."""
        return tuple(uid for uid, holding in self.holdings.items() if holding in wanted)

    @property
    def all_intended(self) -> bool:
        """The archive holds every object as intended. New ones besides are another day's work: a survey sees them."""
        return set(self.holdings.values()) <= {Holding.INTENDED}


def look(archive: Archive, spool: Spool, intent: Intent, originals: Mapping[str, ReceivedObject], folder: Path) -> Look:
    """Read the study back into `folder` and compare each object with the original and the intended one."""
    listed = archive.find_instances(intent.study_instance_uid)
    known = {item.sop_instance_uid: item for item in intent.objects}
    listed_uids = {instance.sop_instance_uid for instance in listed}
    received = _read_back(archive, intent.study_instance_uid, listed, folder)
    holdings: dict[str, Holding] = {}
    tags: set[str] = set()
    for uid, item in known.items():
        if uid not in received:
            holdings[uid] = Holding.NOT_HANDED_OVER if uid in listed_uids else Holding.MISSING
            continue
        holdings[uid], differing = _holding(spool, item, originals[uid], received[uid])
        tags.update(differing)
    return Look(
        holdings=holdings,
        extra=tuple(i.sop_instance_uid for i in listed if i.sop_instance_uid not in known),
        objects=tuple(received.values()),
        tags=tuple(sorted(tags)),
    )


def _read_back(
    archive: Archive, study_uid: str, wanted: tuple[FoundInstance, ...], folder: Path
) -> dict[str, ReceivedObject]:
    if not wanted:
        return {}
    retrieval = archive.retrieve(study_uid, wanted, folder)
    return {item.sop_instance_uid: item for item in retrieval.received}


def _holding(
    spool: Spool, item: IntentObject, original: ReceivedObject, actual: ReceivedObject
) -> tuple[Holding, tuple[str, ...]]:
    before = spool.read(original)
    held = spool.read(actual)
    intended = intended_bytes(item, before)
    found = compare(intended, held, item.transfer_syntax_uid, actual.transfer_syntax_uid)
    if not isinstance(found, Different):
        return Holding.INTENDED, ()
    if not item.correction.is_empty and _same(before, held, item.transfer_syntax_uid, actual.transfer_syntax_uid):
        return Holding.BEFORE, ()
    if found.reason is HeaderReason.TRANSCODED:
        return Holding.TRANSCODED, ()
    return Holding.OTHER, found.tags


def _same(expected: Buffer, actual: Buffer, expected_syntax: str, actual_syntax: str) -> bool:
    result: Comparison = compare(expected, actual, expected_syntax, actual_syntax)
    return not isinstance(result, Different)


def intended_bytes(item: IntentObject, before: Buffer, *, as_before: bool = False) -> Parts:
    """The data set as it is to be stored, or as it was, as parts on the original.

    Raises `SpoolError` when the original does not fit the intent: it was damaged on disk.
    """
    correction = Correction(transfer_syntax_uid=item.transfer_syntax_uid) if as_before else item.correction
    parts = apply(correction, before)
    if isinstance(parts, Refusal):
        raise SpoolError(f"An original in the spool no longer fits its intent: {parts.reason.value}.")
    return parts
