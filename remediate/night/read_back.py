"""Looks at what the archive holds and compares it with an intent, object by object; changes nothing.

The only judge of success: used after each store, after a crash, and weeks later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from remediate.errors import SpoolError
from remediate.header.changes import Correction
from remediate.header.compare import Different, Sameness
from remediate.header.dataset import Content, HeldDataSet, compare_held, corrected
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.ports import Archive, Spool
from remediate.records.dicom import FoundInstance, OutgoingObject, ReceivedObject, Retrieval, TransferProblem
from remediate.records.ledger import Intent, IntentObject
from remediate.study_reasons import WorkReason
from remediate.texts.language import Sentence


class Holding(StrEnum):
    """What the archive holds of one object."""

    INTENDED = "intended"
    BEFORE = "before"
    MISSING = "missing"  # the archive does not list it
    NOT_HANDED_OVER = "not-handed-over"  # listed, but not received: nothing is known
    LISTED = "listed"  # listed, and not asked for
    TRANSCODED = "transcoded"
    OTHER = "other"


_STRANGE = frozenset({TransferProblem.DUPLICATE_DIFFERS, TransferProblem.UNEXPECTED, TransferProblem.FOREIGN_STUDY})
"""Came beside what was asked for: the archive holds more than it lists, or two objects under one name."""
_UNSETTLED = frozenset({TransferProblem.FAILED_SUBOPERATIONS, TransferProblem.NO_FINAL_STATUS, TransferProblem.REFUSED})
"""The archive itself says that this was not all."""
NOTHING_RETRIEVED = Retrieval(received=(), status=None)
"""Where nothing was asked for."""

Strange = tuple[tuple[TransferProblem, str], ...]
"""What came beside what was asked for, each with its SOP Instance UID ("" where that is none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the archive holds of every object of an intent, and which objects it has besides."""

    holdings: Mapping[str, Holding]  # by SOP Instance UID
    extra: tuple[str, ...]  # SOP Instance UIDs in the study that the intent does not know
    objects: tuple[ReceivedObject, ...]  # as read back, on disk, those besides included, those in passing not
    tags: tuple[str, ...] = ()  # elements in which objects differ from both, for the ledger
    broken_off: bool = False  # the archive did not end its answer, so what was not handed over may well be there
    unsettled: bool = False  # the archive says that it did not hand over all, whatever came
    strange: Strange = ()

    @property
    def interrupted(self) -> bool:
        """The archive broke off, or says that more was to come; and of what was seen nothing calls for a person."""
        if self.strange or self.having(Holding.OTHER, Holding.TRANSCODED, Holding.MISSING):
            return False
        return self.broken_off or (self.unsettled and not self.having(Holding.NOT_HANDED_OVER))

    def having(self, *wanted: Holding) -> tuple[str, ...]:
        """The SOP Instance UIDs with one of these holdings."""
        return tuple(uid for uid, holding in self.holdings.items() if holding in wanted)

    @property
    def all_intended(self) -> bool:
        """The archive holds every object as intended, and handed over nothing that it does not list. New ones that it
        lists are another day's work: a survey sees them."""
        return not self.strange and set(self.holdings.values()) <= {Holding.INTENDED}

    @property
    def nothing_amiss(self) -> bool:
        """Every object is there, and what was looked at is as intended. Less than `all_intended` where only a part was
        asked for."""
        return not self.strange and set(self.holdings.values()) <= {Holding.INTENDED, Holding.LISTED}


def strange_in(retrieval: Retrieval) -> Strange:
    """What a retrieval brought that is no object of ours, or not the only one of its name."""
    return tuple(found for found in retrieval.problems if found[0] in _STRANGE)


def strange_reason(strange: Strange) -> WorkReason:
    """Two objects under one name are worse than one too many: nobody knows which of them the next reader gets."""
    two = any(problem is TransferProblem.DUPLICATE_DIFFERS for problem, _ in strange)
    return WorkReason.TWO_OBJECTS if two else WorkReason.UNLISTED_OBJECT


def strange_details(strange: Strange) -> Mapping[str, str | int]:
    """For the ledger: how many, and the first SOP Instance UIDs."""
    return {"strange": len(strange), "strange_objects": " ".join(uid for _, uid in strange[:5] if uid)}


def look(
    archive: Archive,
    spool: Spool,
    intent: Intent,
    originals: Mapping[str, ReceivedObject],
    folder: Path,
    in_passing: Collection[str] = (),
    only: Collection[str] | None = None,
) -> Look:
    """Read the study back into `folder` and compare each object with the original and the intended one.

    Objects `in_passing` are compared as they arrive, and come to `folder` only when they are not as intended. `only`
    names the objects that are read back; None is every one, those besides included.
    """
    known = {item.sop_instance_uid: item for item in intent.objects}
    listed = _listed(archive, intent.study_instance_uid, known)
    wanted = listed if only is None else tuple(i for i in listed if i.sop_instance_uid in only)

    def expected(uid: str) -> OutgoingObject | None:
        if uid not in in_passing:
            return None
        return object_of(known[uid], intended_bytes(known[uid], spool.read(originals[uid])))

    retrieval = archive.retrieve(intent.study_instance_uid, wanted, folder, expected) if wanted else NOTHING_RETRIEVED
    holdings = dict.fromkeys(known, Holding.MISSING)
    holdings |= {i.sop_instance_uid: Holding.LISTED for i in listed if i.sop_instance_uid in known}
    holdings |= {i.sop_instance_uid: Holding.NOT_HANDED_OVER for i in wanted if i.sop_instance_uid in known}
    holdings |= dict.fromkeys(retrieval.same, Holding.INTENDED)
    tags: set[str] = set()
    for actual in retrieval.received:
        uid = actual.sop_instance_uid
        if uid in known:
            holdings[uid], differing = _holding(spool, known[uid], originals[uid], actual)
            tags.update(differing)
    return Look(
        holdings=holdings,
        extra=tuple(i.sop_instance_uid for i in listed if i.sop_instance_uid not in known),
        objects=retrieval.received,
        tags=tuple(sorted(tags)),
        broken_off=bool(wanted) and retrieval.status is None,
        unsettled=any(problem in _UNSETTLED for problem, _ in retrieval.problems),
        strange=strange_in(retrieval),
    )


def _listed(archive: Archive, study_uid: str, known: Mapping[str, IntentObject]) -> tuple[FoundInstance, ...]:
    """What the archive lists. An object that we do not know is asked after again, with its SOP class."""
    listed = archive.find_instances(study_uid, briefly=True)
    if any(instance.sop_instance_uid not in known for instance in listed):
        return archive.find_instances(study_uid)
    return tuple(replace(i, sop_class_uid=known[i.sop_instance_uid].sop_class_uid) for i in listed)


def _holding(
    spool: Spool, item: IntentObject, original: ReceivedObject, actual: ReceivedObject
) -> tuple[Holding, tuple[str, ...]]:
    before, held = spool.read(original), spool.read(actual)
    found = compare_held(item.correction, before, held)
    if isinstance(found, Refusal):
        raise _unfit(found)
    if not isinstance(found, Different):
        return Holding.INTENDED, ()
    if not item.correction.is_empty and isinstance(compare_held(_unchanged(item), before, held), Sameness):
        return Holding.BEFORE, ()
    if found.reason is HeaderReason.TRANSCODED:
        return Holding.TRANSCODED, ()
    return Holding.OTHER, found.tags


def object_of(item: IntentObject, content: Content) -> OutgoingObject:
    """One object of an intent with these bytes."""
    return OutgoingObject(
        sop_instance_uid=item.sop_instance_uid,
        sop_class_uid=item.sop_class_uid,
        transfer_syntax_uid=item.transfer_syntax_uid,
        parts=content,
        nbytes=content.nbytes,
    )


def intended_bytes(item: IntentObject, before: HeldDataSet, *, as_before: bool = False) -> Content:
    """The data set as it is to be stored, or as it was, as pieces of the original.

    Raises `SpoolError` when the original does not fit the intent: it was damaged on disk.
    """
    content = corrected(_unchanged(item) if as_before else item.correction, before)
    if isinstance(content, Refusal):
        raise _unfit(content)
    return content


def _unchanged(item: IntentObject) -> Correction:
    return Correction(transfer_syntax_uid=item.transfer_syntax_uid)


def _unfit(refusal: Refusal) -> SpoolError:
    return SpoolError(
        Sentence(
            f"An original in the spool no longer fits its intent: {refusal.reason.value}.",
            f"Een origineel in de spool past niet meer bij zijn voornemen: {refusal.reason.value}.",
        )
    )
