"""Small synthetic objects, archives on loopback that answer as told, and clients with short time-outs."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from pynetdicom.dsutils import encode

from remediate.config.archive import ArchiveSettings, TimeoutSettings
from remediate.dicom.associations import (
    Association,
    DimseMessage,
    MemorySink,
    OfferedContext,
    OpenSink,
    ReleasedByPeer,
    response_to,
)
from remediate.dicom.client import DicomArchive
from remediate.dicom.commands import DATA_SET, CommandElement, Request
from remediate.dicom.faults import LinkError, Peer
from remediate.dicom.identifiers import Response
from remediate.dicom.negotiation import Terms, accept_association
from remediate.dicom.sockets import Connection
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import FoundInstance, OutgoingObject

ROOT = "1.2.826.0.1.3680043.8.498.77"
STUDY = f"{ROOT}.1"
SERIES = f"{ROOT}.1.1"
QUICK = TimeoutSettings(connect=1, association=1, message=1, network=1, store=1)


def uid_of(number: int, study: str = STUDY) -> str:
    """SOP Instance UID of the n-th object of a study."""
    return f"{study}.1.{number}"


def dataset(number: int = 1, *, study: str = STUDY, sop_class: str = CTImageStorage, size: int = 64) -> Dataset:
    """A small object with an identity of the test range."""
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 100"
    made.SOPClassUID = sop_class
    made.SOPInstanceUID = uid_of(number, study)
    made.StudyDate = "20200229"
    made.StudyTime = "101500"
    made.Modality = "CT"
    made.InstitutionName = "Ziekenhuis Oost"
    made.PatientName = "Vries^Anna^^de"
    made.PatientID = "H0001"
    made.PatientBirthDate = "19700101"
    made.PatientSex = "F"
    made.OtherPatientIDs = ["999911120", "X-7"]
    made.StudyInstanceUID = study
    made.SeriesInstanceUID = f"{study}.1"
    made.StudyID = "1"
    made.SeriesNumber = 1
    made.InstanceNumber = number
    made.add_new(0x00090010, "LO", "PRIVATE")
    made.add_new(0x00091001, "UN", b"\1\2\3\4")
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.Rows, made.Columns = 8, 4
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
    made.add_new(0x7FE00010, "OW", bytes(i % 251 for i in range(size)))
    return made


def encoded(made: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The data set in an uncompressed or deflated syntax."""
    uid = UID(syntax)
    data = encode(made, uid.is_implicit_VR, uid.is_little_endian, uid.is_deflated)
    assert data is not None
    return bytes(data)


def outgoing(
    number: int = 1, *, syntax: str = ExplicitVRLittleEndian, data: bytes | None = None, **more: Any
) -> OutgoingObject:
    """An object ready to be stored."""
    made = dataset(number, **more)
    body = encoded(made, syntax) if data is None else data
    return OutgoingObject(
        sop_instance_uid=str(made.SOPInstanceUID),
        sop_class_uid=str(made.SOPClassUID),
        transfer_syntax_uid=str(syntax),
        parts=[body],
        nbytes=len(body),
    )


def found(*numbers: int, syntax: str = ExplicitVRLittleEndian) -> tuple[FoundInstance, ...]:
    """What an index would list."""
    return tuple(
        FoundInstance(
            sop_instance_uid=uid_of(number),
            sop_class_uid=CTImageStorage,
            series_instance_uid=SERIES,
            transfer_syntax_uid=str(syntax),
        )
        for number in numbers
    )


def archive_at(port: int, called: str = "ORTHANC", **settings: Any) -> DicomArchive:
    """A client that does not really wait between tries."""
    chosen: dict[str, Any] = {"timeouts": QUICK, "retries": 0, **settings}
    made = ArchiveSettings(port=port, called_ae_title=called, **chosen)
    return DicomArchive(made, EvidenceSettings(), sleep=lambda seconds: None)


@contextlib.contextmanager
def raw_server(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server that gives each connection to `handle` and closes it afterwards."""
    server = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(accepted: socket.socket) -> None:
        with accepted, contextlib.suppress(OSError, LinkError, ReleasedByPeer):
            handle(accepted)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = server.accept()
                thread = threading.Thread(target=serve, args=(accepted,), daemon=True)
                threads.append(thread)
                thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        acceptor.join(2)
        for thread in threads:
            thread.join(2)


Script = Callable[[Association, DimseMessage], None]


@contextlib.contextmanager
def scripted_archive(
    script: Script,
    choose: Callable[[str, Sequence[str]], str | None] | None = None,
    open_sink: OpenSink | None = None,
) -> Iterator[int]:
    """An archive that accepts every association and answers each request as `script` says."""

    def handle(accepted: socket.socket) -> None:
        terms = Terms(peer=Peer(host="", port=0, called="", calling=""), timeouts=QUICK, max_pdu=16384)
        association = accept_association(
            Connection(accepted),
            terms,
            callers=frozenset({"REMEDIATE"}),
            called=frozenset({"ORTHANC"}),
            choose=choose or (lambda abstract, offered: offered[0]),
            turn_away=lambda titles: None,
        )
        association.allow(seconds=5)
        while True:
            script(association, association.receive(open_sink))

    with raw_server(handle) as port:
        yield port


def answer(association: Association, request: DimseMessage, status: int | None, **counts: int) -> None:
    """Answer a request; None leaves the status out."""
    response = {
        **response_to(request.command, 0),
        **{CommandElement[name.upper()]: value for name, value in counts.items()},
    }
    del response[CommandElement.STATUS]
    if status is not None:
        response[CommandElement.STATUS] = status
    association.send(request.context_id, response)


def send_object(association: Association, number: int, *, study: str = STUDY, data: bytes | None = None) -> None:
    """Store one object on the association of a C-GET, and wait for the answer."""
    item = outgoing(number, study=study, data=data)
    context_id = association.context_id(OfferedContext(item.sop_class_uid, item.transfer_syntax_uid))
    assert context_id is not None
    association.send(
        context_id,
        {
            CommandElement.AFFECTED_SOP_CLASS_UID: item.sop_class_uid,
            CommandElement.COMMAND_FIELD: Request.C_STORE,
            CommandElement.MESSAGE_ID: 1000 + number,
            CommandElement.PRIORITY: 0,
            CommandElement.DATA_SET_TYPE: DATA_SET,
            CommandElement.AFFECTED_SOP_INSTANCE_UID: item.sop_instance_uid,
        },
        item.parts,
    )
    association.receive()


def asked_uids(message: DimseMessage) -> tuple[str, list[str]]:
    """Level and SOP Instance UIDs that a C-GET or C-MOVE asks for."""
    assert isinstance(message.sink, MemorySink)
    identifier = Response(message.sink.data, OfferedContext("", "1.2.840.10008.1.2"))
    return identifier.text("QueryRetrieveLevel"), list(identifier.texts("SOPInstanceUID"))
