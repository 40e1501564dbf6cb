"""The section `hl7_output` of the configuration: where updates of patients' records go, and what they say of us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from remediate.config.base import Port, Seconds, Settings, TlsSettings, TrySeconds

_CODECS = {"UNICODE UTF-8": "utf-8", "8859/1": "iso8859-1", "8859/15": "iso8859-15"}


class Hl7OutputSettings(Settings):
    """Messages to the archive's own HL7 interface over MLLP. Without a host they are only written to a file."""

    host: str = ""
    port: Port = 2575
    tls: TlsSettings | None = None
    event: Literal["A31", "A08"] = "A31"  # MSH-9.2
    version: Literal["2.4", "2.5"] = "2.5"  # MSH-12
    processing: Literal["P", "T", "D"] = "P"  # MSH-11, table 0103: production, training, debugging
    sending_application: str = "REMEDIATE"  # MSH-3
    sending_facility: str = ""  # MSH-4
    receiving_application: str = ""  # MSH-5
    receiving_facility: str = ""  # MSH-6
    character_set: Literal["UNICODE UTF-8", "8859/1", "8859/15"] = "UNICODE UTF-8"  # MSH-18, table 0211
    connect_timeout: TrySeconds = 10
    answer_timeout: TrySeconds = 30
    applied_within: Seconds = 60
    look_every: Seconds = 2

    @property
    def codec(self) -> str:
        """Python's name of the character set."""
        return _CODECS[self.character_set]

    @property
    def terms(self) -> Mapping[str, str]:
        """Where messages go, what they are and say of us: what an approval binds."""
        names = ("event", "version", "processing", "sending_application", "sending_facility", "receiving_application",
                 "receiving_facility", "character_set")  # fmt: skip
        return {"to": self.target, "tls": str(self.tls is not None), **{name: getattr(self, name) for name in names}}

    @property
    def target(self) -> str:
        """Where the messages go, as people know it."""
        return f"{self.host}:{self.port}" if self.host else "messages.hl7"
