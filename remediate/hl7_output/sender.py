"""Tells the archive's HL7 interface what it should know of a patient: builds, sends and reads the answer in one step.

Meets the port `MessageSender` of `ports.py` by shape. Keeps nothing, and never raises for what networks do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from remediate.config.hl7 import Hl7OutputSettings
from remediate.dicom.tls import client_context
from remediate.hl7_output.acknowledgement import read_acknowledgement
from remediate.hl7_output.adt import adt_message
from remediate.hl7_output.mllp import MllpConnection, UnansweredError, UnreachableError
from remediate.records.messages import Acknowledgement, MessageAnswer, PatientUpdate


@dataclass(slots=True, kw_only=True)
class Hl7Sender:
    """Sends over one connection, which it opens when first needed; the caller closes it."""

    settings: Hl7OutputSettings
    base: Path  # where the paths of `settings.tls` start from
    _connection: MllpConnection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._connection = MllpConnection(
            host=self.settings.host,
            port=self.settings.port,
            connect_timeout=self.settings.connect_timeout,
            answer_timeout=self.settings.answer_timeout,
            tls=client_context(self.settings.tls, self.base, section="hl7_output.tls"),
        )

    def reaches(self) -> bool:
        """Whether somebody listens where messages go, and takes our TLS; nothing is said."""
        try:
            self._connection.reach()
        except UnreachableError:
            return False
        return True

    def send(self, update: PatientUpdate, *, control_id: str, at: datetime) -> Acknowledgement:
        """One message and what became of it. Raises `MessageError` when none can be made."""
        content = adt_message(update, self.settings, control_id=control_id, at=at)
        if not self.settings.host:
            return Acknowledgement(answer=MessageAnswer.UNREACHABLE)
        try:
            answer = self._connection.exchange(content)
        except UnreachableError:
            return Acknowledgement(answer=MessageAnswer.UNREACHABLE)
        except UnansweredError:
            return Acknowledgement(answer=MessageAnswer.NONE)
        read = read_acknowledgement(answer, control_id)
        if read.answer in (MessageAnswer.FOREIGN, MessageAnswer.UNREADABLE):
            self._connection.close()  # the right answer may still come, and would be taken for the next one's
        return read

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()
