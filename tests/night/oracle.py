"""Says of each object in the embedded archive whether it is the original, the corrected one or something else.

By pydicom and the hospital's truth; knows nothing of how a correction is made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Protocol

from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement

from remediate.demo.hospital import Study
from remediate.demo.part10 import DicomObject, to_part10
from remediate.records.states import State
from tests.workplace import Workplace, bsn_places

MAY_CHANGE = frozenset({0x00100000, 0x00100020, 0x00101000, 0x00101002, 0x04000000, 0x04000561})
"""Group lengths, Patient ID (where the BSN was all that stood there), both homes of other IDs, Original Attributes."""


_GROUP_LENGTHS = frozenset(group << 16 for group in range(0x0008, 0x7FE1, 2))


class Holds(Protocol):
    """An archive into which one can look beside DICOM."""

    def objects(self, study_uid: str) -> tuple[DicomObject, ...]:
        """What it holds of a study, sorted by SOP Instance UID."""


class Condition(StrEnum):
    """What the archive holds under one SOP Instance UID."""

    ORIGINAL = "original"
    CORRECTED = "corrected"  # one complete item with the BSN of the truth, all else as it was
    LOST = "lost"
    MANGLED = "mangled"


def condition(held: DicomObject | None, original: DicomObject, bsn: str) -> Condition:
    """Compare one object with what it was and with the truth."""
    if held is None:
        return Condition.LOST
    if held == original:
        return Condition.ORIGINAL
    same = (held.sop_class_uid, held.transfer_syntax_uid) == (original.sop_class_uid, original.transfer_syntax_uid)
    if same and bsn_places(held, bsn) == (1, 0, 0) and _rest(held) == _rest(original):
        return Condition.CORRECTED
    return Condition.MANGLED


def _rest(item: DicomObject, besides: frozenset[int] = MAY_CHANGE) -> dict[int, tuple[str | None, bytes]]:
    """VR and undecoded value of every element but those that a correction may touch."""
    dataset = dcmread(io.BytesIO(to_part10(item)))
    return {tag: _raw(dataset, tag) for tag in map(int, dataset.keys()) if tag not in besides}


def _same_elements(one: DicomObject, other: DicomObject) -> bool:
    """Whether two objects say the same: an archive may hand over its sequences encoded anew, as Orthanc does."""
    if one == other:
        return True
    same = (one.sop_class_uid, one.transfer_syntax_uid) == (other.sop_class_uid, other.transfer_syntax_uid)
    return same and _rest(one, _GROUP_LENGTHS) == _rest(other, _GROUP_LENGTHS)


def _raw(dataset: Dataset, tag: int) -> tuple[str | None, bytes]:
    element = dataset.get_item(tag)
    if isinstance(element, RawDataElement) and dataset[tag].VR != "SQ":
        return element.VR, bytes(element.value or b"")
    return "SQ", str(dataset[tag].value).encode()  # an archive may write its length or leave it undefined


def conditions(archive: Holds, study: Study) -> Mapping[str, Condition]:
    """The condition of every object that the study had; objects besides come as MANGLED."""
    held = {item.sop_instance_uid: item for item in archive.objects(study.study_instance_uid)}
    originals = {item.sop_instance_uid: item for item in study.objects()}
    digits = study.truth.bsn.digits if study.truth.bsn else ""
    found = {uid: condition(held.get(uid), originals[uid], digits) for uid in originals}
    return found | {uid: Condition.MANGLED for uid in held if uid not in originals}


def kept_originals(place: Workplace, study: Study) -> bool:
    """Whether the spool still holds every original of the study, element by element as it was sent."""
    with place.session(exclusive=False) as work:
        intent = work.ledger.last_intent(study.study_instance_uid)
        folder = work.spool.folder(study.study_instance_uid, intent.spool_folder if intent else "original")
        spooled = {
            item.sop_instance_uid: DicomObject(
                sop_class_uid=item.sop_class_uid,
                sop_instance_uid=item.sop_instance_uid,
                transfer_syntax_uid=item.transfer_syntax_uid,
                dataset_bytes=bytes(work.spool.read(item).header),
            )
            for item in work.spool.received(folder)
        }
    sent = {item.sop_instance_uid: item for item in study.objects()}
    return spooled.keys() == sent.keys() and all(_same_elements(spooled[uid], sent[uid]) for uid in sent)


def lies(place: Workplace, archive: Holds) -> Iterator[str]:
    """What is wrong after a run: objects lost, changed beside the plan, or a ledger that says otherwise."""
    states = place.states()
    for study in place.hospital.studies:
        uid = study.study_instance_uid
        state = states.get(uid, State.SURVEYED)
        found = set(conditions(archive, study).values())
        if state in (State.VERIFIED, State.CORRECT):
            if found != {Condition.CORRECTED}:
                yield f"{uid} is {state} and holds objects that are {', '.join(sorted(found))}"
        elif found == {Condition.ORIGINAL}:
            continue
        elif state not in (State.INTENT, State.STORED, State.FAILED, State.QUARANTINED):
            yield f"{uid} is {state}, yet its objects are {', '.join(sorted(found))}"
        elif not kept_originals(place, study):
            yield f"{uid} holds objects that are {', '.join(sorted(found))}, and its originals are not in the spool"
