"""A plain pynetdicom client for the tests of the embedded archive: remembers every byte it was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

from remediate.demo.archive import STORAGE_CLASSES, STORAGE_SYNTAXES, EmbeddedArchive
from remediate.demo.part10 import DicomObject

_SERVICES = (
    Verification,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
_PENDING = (0xFF00, 0xFF01)


@dataclass
class Client:
    """One association and what arrived on it."""

    association: Any
    received: list[DicomObject] = field(default_factory=list)

    def find(self, **keys: Any) -> tuple[list[Dataset], int | None]:
        """Matches and the final status, None when the conversation ended without one."""
        matches, status = [], None
        for response, match in self.association.send_c_find(query(**keys), StudyRootQueryRetrieveInformationModelFind):
            if match is not None:
                matches.append(match)
            else:
                status = response.Status if "Status" in response else None
                assert status not in _PENDING, "a match came that cannot be decoded"
        return matches, status

    def get(self, **keys: Any) -> Dataset:
        """The final response of a C-GET; empty when none came."""
        *_, (final, _) = self.association.send_c_get(query(**keys), StudyRootQueryRetrieveInformationModelGet)
        return final

    def move(self, destination: str, **keys: Any) -> Dataset:
        """The final response of a C-MOVE."""
        *_, (final, _) = self.association.send_c_move(
            query(**keys), destination, StudyRootQueryRetrieveInformationModelMove
        )
        return final

    def store(self, item: DicomObject) -> int | None:
        """C-STORE with the bytes as they are; None when no response came."""
        context = next(
            one
            for one in self.association.accepted_contexts
            if (one.abstract_syntax, one.transfer_syntax[0]) == (item.sop_class_uid, item.transfer_syntax_uid)
        )
        request = C_STORE()
        request.MessageID, request.Priority = 7, 2
        request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = item.sop_class_uid, item.sop_instance_uid
        request.DataSet = BytesIO(item.dataset_bytes)
        self.association._reactor_checkpoint.clear()
        self.association.dimse.send_msg(request, context.context_id)
        _, response = self.association.dimse.get_msg(block=True)
        self.association._reactor_checkpoint.set()
        return None if response is None else response.Status

    def uids(self) -> list[str]:
        """SOP Instance UIDs in order of arrival."""
        return [item.sop_instance_uid for item in self.received]


def query(level: str = "STUDY", **keys: Any) -> Dataset:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(identifier, keyword, value)
    return identifier


def keep_in(received: list[DicomObject]) -> Any:
    def on_store(event: Any) -> int:
        received.append(
            DicomObject(
                sop_class_uid=str(event.request.AffectedSOPClassUID),
                sop_instance_uid=str(event.request.AffectedSOPInstanceUID),
                transfer_syntax_uid=str(event.context.transfer_syntax),
                dataset_bytes=event.request.DataSet.getvalue(),
            )
        )
        return 0x0000

    return on_store


@contextmanager
def connected(
    archive: EmbeddedArchive,
    objects: Iterable[DicomObject] = (),
    *,
    called: str = "",
    calling: str = "TESTER",
    timeout: float = 10,
) -> Iterator[Client]:
    """An association that offers one context for each kind of `objects`; it may turn out to be rejected."""
    kinds = sorted({(item.sop_class_uid, item.transfer_syntax_uid) for item in objects})
    received: list[DicomObject] = []
    entity = AE(calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = timeout
    association = entity.associate(
        archive.host,
        archive.port,
        contexts=[build_context(uid) for uid in _SERVICES] + [build_context(*kind) for kind in kinds],
        ae_title=called or archive.ae_title,
        ext_neg=[build_role(uid, scu_role=True, scp_role=True) for uid in sorted({kind[0] for kind in kinds})],
        evt_handlers=[(evt.EVT_C_STORE, keep_in(received))],
    )
    try:
        yield Client(association, received)
    finally:
        if association.is_established:
            association.release()
        if association.is_alive():
            association.join(timeout=5)


@contextmanager
def receiving(archive: EmbeddedArchive) -> Iterator[list[DicomObject]]:
    """A storage SCP that the archive knows as RECEIVER, and what arrived there."""
    received: list[DicomObject] = []
    entity = AE("RECEIVER")
    for uid in STORAGE_CLASSES:
        entity.add_supported_context(uid, list(STORAGE_SYNTAXES))
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep_in(received))])
    archive.known_destinations["RECEIVER"] = ("127.0.0.1", server.server_address[1])
    try:
        yield received
    finally:
        server.shutdown()
