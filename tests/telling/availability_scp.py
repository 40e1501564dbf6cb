"""A node on loopback that takes Instance Availability Notifications, or answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import InstanceAvailabilityNotification


@dataclass(slots=True)
class AvailabilityScp:
    """Keeps what came, in order. `status` is the answer; None aborts before any."""

    status: int | None = 0x0000
    port: int = 0
    notifications: list[tuple[str, Dataset]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[AvailabilityScp]:
        ae = AE("VIEWER")
        ae.add_supported_context(InstanceAvailabilityNotification)
        server = ae.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=[(evt.EVT_N_CREATE, self._created)]
        )
        assert server is not None
        self.port = server.server_address[1]
        try:
            yield self
        finally:
            server.shutdown()

    def _created(self, event: evt.Event) -> tuple[int, Dataset | None]:
        if self.status is None:
            event.assoc.abort()
            return 0xC000, None
        if any(uid == event.request.AffectedSOPInstanceUID for uid, _ in self.notifications):
            return 0x0111, None
        if self.status == 0x0000:
            self.notifications.append((str(event.request.AffectedSOPInstanceUID), event.attribute_list))
        return self.status, None
