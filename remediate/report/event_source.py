"""Where exported events come from: named in every record that leaves. Holds no event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """The system that keeps the ledger, and the archive that it works on."""

    ledger_id: str
    hospital: str
    host: str  # name of the machine
    ae_title: str  # ours
    archive_ae_title: str
    archive_host: str

    @property
    def name(self) -> str:
        """Names the source of a record among all others of the hospital."""
        return f"remediate-{self.ledger_id}"
