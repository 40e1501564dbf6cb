"""An embedded archive: a real DICOM SCP on loopback over a folder, for the demo and for tests. Never for patients."""

from __future__ import annotations

import ipaddress
import socket
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydicom import uid
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, evt
from pynetdicom.dimse_primitives import C_ECHO, C_FIND, C_GET, C_MOVE, C_STORE
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from remediate.demo import movers
from remediate.demo.faults import Faults, Occurrences, Phase
from remediate.demo.finder import Catalogue, UnknownLevelError, find
from remediate.demo.holdings import Holdings, receive
from remediate.demo.index import Elements, StudyEntry, tag
from remediate.demo.leaving import Breaker, offer_less, reject
from remediate.demo.part10 import DicomObject
from remediate.demo.raw_service import PENDING, Exchange, RawServer, SubOperationTally, pause_reactor, resume_reactor
from remediate.demo.shapes import SOP_CLASSES, TRANSFER_SYNTAXES
from remediate.demo.sockets import CountingSocket

_STUDY = tag("StudyInstanceUID")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Besides:
    """A catalogue with studies that no object stands behind."""

    catalogue: Catalogue
    more: Mapping[str, StudyEntry]

    def study(self, study_uid: str) -> StudyEntry | None:
        """One study."""
        return self.catalogue.study(study_uid) or self.more.get(study_uid)

    def studies(self) -> Iterable[StudyEntry]:
        """Every study."""
        return chain(self.catalogue.studies(), self.more.values())


def pretended(catalogue: Catalogue, identifier: Dataset, faults: Faults) -> Iterator[Dataset]:
    """The matches of a C-FIND. `UnknownLevelError` as `find` raises it."""
    more = {entry.study_uid: entry for entry in map(_entry, faults.find_besides)}
    found = find(_Besides(catalogue=catalogue, more=more) if more else catalogue, identifier)
    if identifier.QueryRetrieveLevel != "STUDY":
        return found
    if faults.find_briefly_only and "PatientName" in identifier:
        found = (match for match in found if str(match[_STUDY].value) not in faults.find_briefly_only)
    return chain(found, _ever_new(identifier, faults.find_flood)) if faults.find_flood else found


def _entry(texts: tuple[tuple[str, str], ...]) -> StudyEntry:
    elements: Elements = {tag(keyword): _element(keyword, text) for keyword, text in texts}
    return StudyEntry(study_uid=dict(texts)["StudyInstanceUID"], elements=elements, first_patient=elements)


def _element(keyword: str, text: str) -> DataElement:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DataElement(tag(keyword), dictionary_VR(tag(keyword)), text)


def _ever_new(identifier: Dataset, number_of: int) -> Iterator[Dataset]:
    day = str(identifier.get("StudyDate") or "20200101")[:8]
    for number in range(number_of):
        match = Dataset()
        match.QueryRetrieveLevel = "STUDY"
        match.StudyInstanceUID = f"1.2.3.{number}.{id(identifier)}"
        match.StudyDate = day
        match.PatientID = f"{number}"
        yield match


MAXIMUM_PDU = 131_072
_IDENTIFIER_DOES_NOT_MATCH, _MOVE_DESTINATION_UNKNOWN, _CANCEL = 0xA900, 0xA801, 0xFE00

STORAGE_CLASSES = tuple(
    sorted(
        {
            *SOP_CLASSES,
            uid.SecondaryCaptureImageStorage,
            uid.MultiFrameTrueColorSecondaryCaptureImageStorage,
            uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
            uid.UltrasoundImageStorage,
            uid.EnhancedCTImageStorage,
            uid.EnhancedMRImageStorage,
            uid.XRayAngiographicImageStorage,
            uid.DigitalMammographyXRayImageStorageForPresentation,
            uid.KeyObjectSelectionDocumentStorage,
            uid.EnhancedSRStorage,
            uid.ComprehensiveSRStorage,
            uid.NuclearMedicineImageStorage,
            uid.PositronEmissionTomographyImageStorage,
            uid.TwelveLeadECGWaveformStorage,
        }
    )
)
STORAGE_SYNTAXES = tuple(
    dict.fromkeys(
        (
            uid.ExplicitVRLittleEndian, *TRANSFER_SYNTAXES, uid.JPEGLosslessSV1, uid.JPEGLSLossless,
            uid.JPEGLSNearLossless, uid.JPEGExtended12Bit,
        )
    )
)  # fmt: skip


class EmbeddedArchive:
    """A context manager: the archive listens inside the `with` block, on loopback only.

    `faults` may be changed at any time. `known_destinations` maps the AE titles of C-MOVE to (host, port).
    `ValueError` for a host that is not loopback.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ae_title: str = "ARCHIVE",
        host: str = "127.0.0.1",
        port: int = 0,
        known_destinations: Mapping[str, tuple[str, int]] | None = None,
        faults: Faults | None = None,
        restart_seconds: float = 0.5,
    ) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError("the embedded archive listens on loopback only")
        self.ae_title, self.host, self.port = ae_title, host, port
        self.known_destinations = dict(known_destinations or {})
        self.restart_seconds = restart_seconds
        self._folder = folder
        self._holdings = Holdings(folder)
        self._server: RawServer | None = None
        self._breaker = Breaker(restart=self.restart)
        self._restarting = threading.Lock()
        self.faults = faults or Faults()

    @property
    def faults(self) -> Faults:
        """What is wrong with the archive now."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self._counts = Occurrences()
        self._breaker.change(faults)

    @property
    def url(self) -> str:
        """For people: `dicom://ARCHIVE@127.0.0.1:11112`."""
        return f"dicom://{self.ae_title}@{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._breaker.stop()
        with self._restarting:
            self._stop_listening()

    def store_directly(self, objects: Iterable[DicomObject]) -> int:
        """Put objects into the folder without DICOM; answers how many."""
        number = 0
        for number, item in enumerate(objects, start=1):  # noqa: B007 - the count is the answer
            self._holdings.keep(item)
        return number

    def remove_directly(self, study_uid: str, *sop_instance_uids: str) -> None:
        """Take objects out of the folder, as somebody does who deletes them in the archive; without names the study."""
        entry = self._holdings.study(study_uid)
        for instance in list(entry.instances.values()) if entry else ():
            if not sop_instance_uids or instance.sop_instance_uid in sop_instance_uids:
                self._holdings.remove(instance)

    def objects(self, study_uid: str) -> tuple[DicomObject, ...]:
        """What the archive holds of a study, sorted by SOP Instance UID; empty when it has none."""
        entry = self._holdings.study(study_uid)
        instances = [entry.instances[name] for name in sorted(entry.instances)] if entry else []
        return tuple(self._holdings.load(instance) for instance in instances)

    def study_uids(self) -> tuple[str, ...]:
        """Every Study Instance UID, sorted."""
        return tuple(sorted(entry.study_uid for entry in self._holdings.studies()))

    def update_patients(self, change: Callable[[Elements], Elements | None]) -> int:
        """Change what the index knows of patients, as an HL7 interface does; see `RetrievePolicy.OVERLAY`."""
        return self._holdings.update_patients(change)

    def restart(self) -> None:
        """Close every connection, stay away for `restart_seconds`, read the folder again, listen on the same port."""
        with self._restarting:
            if self._server is None:
                return
            self._stop_listening()
            if self._breaker.wait(self.restart_seconds):
                return
            self._holdings = self._holdings.restarted()
            self._listen()

    def _listen(self) -> None:
        entity = AE(ae_title=self.ae_title)
        entity.require_called_aet = True
        entity.maximum_pdu_size = MAXIMUM_PDU
        entity.maximum_associations = 30
        for service in (
            Verification,
            StudyRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelGet,
            StudyRootQueryRetrieveInformationModelMove,
        ):
            entity.add_supported_context(service)
        for storage in STORAGE_CLASSES:
            entity.add_supported_context(storage, list(STORAGE_SYNTAXES), scu_role=True, scp_role=True)
        self._entity = entity
        services = {
            C_ECHO: self._on_echo,
            C_FIND: self._on_find,
            C_GET: self._on_get,
            C_MOVE: self._on_move,
            C_STORE: self._on_store,
        }
        self._server = RawServer(
            entity,
            (self.host, self.port),
            self.ae_title,
            entity.supported_contexts,
            evt_handlers=[(evt.EVT_REQUESTED, self._on_request), (evt.EVT_PDU_RECV, self._breaker.on_pdu)],
            services=services,
            admits=self._admits,
            limits=lambda: (self.faults.cut_after_sent, self.faults.cut_after_received),
        )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="embedded-archive")
        self._thread.start()

    def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        associations = server.active_associations
        server.shutdown()
        self._thread.join()
        for association in associations:
            self._breaker.hang_up(association)
        for association in associations:
            if association is not threading.current_thread():
                association.join(timeout=5)

    def _admits(self, connection: CountingSocket) -> bool:
        return not self._breaker.breaks_connection(connection)

    def _on_request(self, event: Any) -> None:
        number = self._counts.next("requests")
        self._breaker.checkpoint(Phase.ASSOCIATE, event.assoc)
        faults = self.faults
        if faults.reject is not None and number in faults.reject_on:
            reject(event.assoc, faults.reject)
        if faults.takes_no_objects or faults.no_scp_role:
            offer_less(event.assoc, to_send=not faults.takes_no_objects, to_take=not faults.no_scp_role)
        callers = faults.known_callers
        self._entity.require_calling_aet = sorted(callers) if callers else []

    def _on_echo(self, exchange: Exchange) -> None:
        self._breaker.checkpoint(Phase.ECHO, exchange.association)
        exchange.respond(0x0000)

    def _on_find(self, exchange: Exchange) -> None:
        faults = self.faults
        sent = -1
        try:
            matches = pretended(self._holdings, exchange.identifier, faults)
        except UnknownLevelError:
            exchange.respond(_IDENTIFIER_DOES_NOT_MATCH)
            return
        for sent, match in enumerate(matches):
            if exchange.is_cancelled:
                exchange.respond(_CANCEL)
                return
            if faults.find_limit is not None and sent >= faults.find_limit:
                exchange.respond(faults.find_limit_status)
                return
            if self._counts.next("matches") in faults.find_wrong_patient:
                _name_somebody_else(match)
            self._breaker.checkpoint(Phase.FIND, exchange.association)
            exchange.respond(PENDING, identifier=match)
        self._breaker.checkpoint(Phase.FIND, exchange.association)
        is_empty = sent < 0 and faults.find_end_of_empty is not None
        exchange.respond(faults.find_end_of_empty or 0 if is_empty else faults.find_end)

    def _on_get(self, exchange: Exchange) -> None:
        instances = movers.wanted(self._holdings, exchange.identifier)
        batches = movers.deliveries(self._holdings, instances, self.faults)
        movers.run(exchange, exchange.association, Phase.GET, batches, len(instances), self._breaker.checkpoint)

    def _on_move(self, exchange: Exchange) -> None:
        destination = self.known_destinations.get(str(exchange.request.MoveDestination).strip())
        if destination is None:
            exchange.respond(_MOVE_DESTINATION_UNKNOWN)
            return
        instances = movers.wanted(self._holdings, exchange.identifier)
        batches = list(movers.deliveries(self._holdings, instances, self.faults))
        kinds = dict.fromkeys((item.sop_class_uid, item.transfer_syntax_uid) for batch in batches for item in batch)
        through = self._entity.associate(
            *destination,
            contexts=[build_context(*kind) for kind in kinds] or [build_context(Verification)],
            ae_title=exchange.request.MoveDestination,
            evt_handlers=[(evt.EVT_CONN_OPEN, _without_nagle)],
        )
        if not through.is_established:
            exchange.respond(movers.UNABLE_TO_PERFORM, tally=SubOperationTally(0, failed=len(instances)))
            return
        pause_reactor(through)
        try:
            originator = (exchange.association.requestor.ae_title, exchange.request.MessageID)
            movers.run(
                exchange, through, Phase.MOVE, iter(batches), len(instances), self._breaker.checkpoint, originator
            )
        finally:
            resume_reactor(through)
            through.release()

    def _on_store(self, exchange: Exchange) -> None:
        self._breaker.checkpoint(Phase.STORE, exchange.association)
        status = receive(self._holdings, exchange.incoming, self.faults, self._counts)
        self._breaker.checkpoint(Phase.STORED, exchange.association)
        exchange.respond(status)


def _name_somebody_else(match: Dataset) -> None:
    """New elements in place of those that the match shares with the index."""
    for keyword, value in (("PatientID", "WRONG-1"), ("PatientName", "Vergissing^X.")):
        match[tag(keyword)] = DataElement(tag(keyword), dictionary_VR(tag(keyword)), value)


def _without_nagle(event: Any) -> None:
    event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
