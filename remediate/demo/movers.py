"""C-GET and C-MOVE of the embedded archive: which objects leave, in what order, and what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from remediate.demo import rewriting
from remediate.demo.faults import Faults, OldObject, Phase
from remediate.demo.finder import texts
from remediate.demo.holdings import Holdings, outgoing
from remediate.demo.index import Instance, tag
from remediate.demo.part10 import DicomObject
from remediate.demo.raw_service import PENDING, Exchange, SubOperationTally, send_store

SUCCESS, SUBOPERATIONS_WITH_FAILURES, UNABLE_TO_PERFORM = 0x0000, 0xB000, 0xA702

Checkpoint = Callable[[Phase, Any], None]


def wanted(holdings: Holdings, identifier: Dataset) -> list[Instance]:
    """The objects that a C-GET or C-MOVE identifier names by its unique keys (PS3.4 section C.4.2.2.1)."""
    keys = {name: _uids(identifier, name) for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")}
    entries = [entry for uid in keys["StudyInstanceUID"] if (entry := holdings.study(uid))]
    return [
        instance
        for entry in entries
        for instance in tuple(entry.instances.values())
        if (not keys["SeriesInstanceUID"] or instance.series_uid in keys["SeriesInstanceUID"])
        and (not keys["SOPInstanceUID"] or instance.sop_instance_uid in keys["SOPInstanceUID"])
    ]


def _uids(identifier: Dataset, keyword: str) -> tuple[str, ...]:
    return tuple(text for text in texts(identifier.get(tag(keyword))) if text)


def deliveries(holdings: Holdings, instances: Sequence[Instance], faults: Faults) -> Iterator[tuple[DicomObject, ...]]:
    """For each counted sub-operation the objects that really go out: one, none, two, or a foreign one as well."""
    for number, instance in enumerate(instances, start=1):
        item = outgoing(holdings, instance, faults)
        batch: list[DicomObject] = []
        if number in faults.retrieve_foreign:
            batch += _foreign(holdings, instance)
        if number not in faults.retrieve_lost:
            batch.append(item)
        if number in faults.retrieve_duplicate:
            batch.append(item)
        yield _with_old(holdings, instance, batch, faults)


def _with_old(
    holdings: Holdings, instance: Instance, batch: list[DicomObject], faults: Faults
) -> tuple[DicomObject, ...]:
    """The object that was replaced besides, as the faults say."""
    old = holdings.replaced(instance)
    match faults.retrieve_old:
        case OldObject.AFTER if old is not None:
            return (*batch, old)
        case OldObject.BEFORE if old is not None:
            return (old, *batch)
        case OldObject.UNLISTED if old is not None:
            return (*batch, rewriting.with_instance_uid(old, "88"))
        case _:
            return tuple(batch)


def _foreign(holdings: Holdings, instance: Instance) -> list[DicomObject]:
    """An object of another study, of the same SOP class where there is one: that the peer accepts."""
    others = [
        other
        for entry in holdings.studies()
        if entry.study_uid != instance.study_uid
        for other in entry.instances.values()
    ]
    others.sort(key=lambda other: other.sop_class_uid != instance.sop_class_uid)
    return [holdings.load(other) for other in others[:1]]


def run(
    exchange: Exchange, through: Any, phase: Phase, batches: Iterator[tuple[DicomObject, ...]], total: int,
    checkpoint: Checkpoint, move: tuple[str, int] | None = None,
) -> None:  # fmt: skip
    """Send every batch over `through`, with a pending response after each and a final one at the end."""
    completed = failed = 0
    failed_uids: list[str] = []
    for number, batch in enumerate(batches, start=1):
        bad = [item for item in batch if not _delivered(exchange, through, phase, item, checkpoint, move, number)]
        failed += bool(bad)
        completed += not bad
        failed_uids += [item.sop_instance_uid for item in bad]
        tally = SubOperationTally(total - number, completed, failed)
        if exchange.is_cancelled:
            exchange.respond(0xFE00, identifier=_failed_list(failed_uids), tally=tally)
            return
        if tally.remaining:
            exchange.respond(PENDING, tally=tally)
    checkpoint(Phase.RETRIEVED, exchange.association)
    status = SUCCESS if not failed else SUBOPERATIONS_WITH_FAILURES if completed else UNABLE_TO_PERFORM
    identifier = _failed_list(failed_uids) if failed else None
    exchange.respond(status, identifier=identifier, tally=SubOperationTally(0, completed, failed))


def _delivered(
    exchange: Exchange, through: Any, phase: Phase, item: DicomObject, checkpoint: Checkpoint,
    move: tuple[str, int] | None, number: int,
) -> bool:  # fmt: skip
    checkpoint(phase, exchange.association)
    message_id = exchange.request.MessageID + number
    status = send_store(through, item, message_id, move)
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        if status is None:  # the peer did not offer the stored syntax: decompress for it, as archives do
            status = send_store(through, rewriting.transcoded(item, syntax), message_id, move)
    return status is not None and (status == SUCCESS or status & 0xF000 == 0xB000)


def _failed_list(uids: list[str]) -> Dataset:
    identifier = Dataset()
    identifier.FailedSOPInstanceUIDList = [UID(uid) for uid in uids]
    return identifier
