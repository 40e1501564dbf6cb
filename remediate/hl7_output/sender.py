"""Tells the archive's HL7 interface what it should know of a patient: builds, sends over MLLP, reads the answer.

Meets the port `MessageSender` of `ports.py` by shape. Keeps nothing, and never raises for what networks do. Of an
answer the codes are read, its words never (HL7 v2 chapter 2, sections 2.9.2, 2.15.5 (ERR) and 2.15.8 (MSA)). MLLP
("Minimal Lower Layer Protocol") is 0x0B, the message, 0x1C 0x0D; one message at a time on a connection. After anything
but a whole answer the connection is given up: a late one would be taken for that to the next message.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from remediate.config.hl7 import Hl7OutputSettings
from remediate.dicom.tls import client_context
from remediate.epd.hl7.text import Delimiters, parse_delimiters
from remediate.hl7_output.adt import adt_message
from remediate.records.messages import Acknowledgement, MessageAnswer, PatientUpdate

_BEGIN, _END = b"\x0b", b"\x1c\r"
_LONGEST_ANSWER = 1 << 20  # bytes
_READ = 1 << 16


class UnreachableError(Exception):
    """No connection could be had: nothing was sent."""


class UnansweredError(Exception):
    """The message went out, wholly or in part, and no whole answer came back."""


@dataclass(slots=True, kw_only=True)
class MllpConnection:
    """One connection to a receiver, opened when first needed and again after a fault. Not for two threads."""

    host: str
    port: int
    connect_timeout: float  # seconds
    answer_timeout: float  # seconds for the whole answer
    tls: ssl.SSLContext | None = None
    _socket: socket.socket | None = field(default=None, repr=False)

    def exchange(self, content: bytes) -> bytes:
        """Send one message and return the answer to it, both without framing.

        Raises `UnreachableError` or `UnansweredError`.
        """
        connection = self._connected()
        try:
            connection.settimeout(self.answer_timeout)
            connection.sendall(_BEGIN + content + _END)
            return self._answer(connection)
        except OSError:
            self.close()
            raise UnansweredError from None

    def reach(self) -> None:
        """Open the connection, with its TLS, and send nothing. Raises `UnreachableError`."""
        self._connected()

    def close(self) -> None:
        """Let the connection go."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _connected(self) -> socket.socket:
        if self._socket is not None and not _is_quiet(self._socket):
            self.close()
        if self._socket is None:
            try:
                self._socket = self._open()
            except (OSError, ValueError):
                raise UnreachableError from None
        return self._socket

    def _open(self) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout=self.connect_timeout)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return plain if self.tls is None else self.tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def _answer(self, connection: socket.socket) -> bytes:
        """Raises OSError when the whole of it does not come in time."""
        until = time.monotonic() + self.answer_timeout
        received = bytearray()
        while not received.endswith(_END):
            connection.settimeout(max(until - time.monotonic(), 0.001))
            part = connection.recv(_READ)
            received += part
            if not part or len(received) > _LONGEST_ANSWER:
                raise ConnectionError
        return bytes(received[received.find(_BEGIN) + 1 : -len(_END)])


def _is_quiet(connection: socket.socket) -> bool:
    """Whether an idle connection is still there, with nothing on it that nobody asked for."""
    connection.settimeout(0)
    try:
        if isinstance(connection, ssl.SSLSocket):
            connection.recv(1)  # no MSG_PEEK on TLS; what comes unasked ends the connection anyway
        else:
            connection.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False


_ACCEPTED = frozenset({"AA", "CA"})
_REFUSED = frozenset({"AE", "AR", "CE", "CR"})
_ERROR_CODE = re.compile(r"\d{3}", re.ASCII)  # table 0357; anything longer may be a number of somebody


def read_acknowledgement(content: bytes, control_id: str) -> Acknowledgement:
    """What an answer says of the message with this MSH-10. Never raises, whatever the bytes are."""
    lines = re.split(r"[\r\n]+", content.decode("latin-1").strip("\r\n"))
    delimiters = parse_delimiters(lines[0]) if lines[0].startswith("MSH") else None
    if delimiters is None:
        return Acknowledgement(answer=MessageAnswer.UNREADABLE)
    msa = next((line.split(delimiters.separator) for line in lines if line.startswith("MSA")), [])
    if len(msa) < 3:
        return Acknowledgement(answer=MessageAnswer.UNREADABLE)
    code = msa[1].strip().upper()
    if code not in _ACCEPTED | _REFUSED:
        return Acknowledgement(answer=MessageAnswer.UNREADABLE)
    if msa[2].strip() != control_id:
        return Acknowledgement(answer=MessageAnswer.FOREIGN)
    if code in _ACCEPTED:
        return Acknowledgement(answer=MessageAnswer.ACCEPTED, code=code)
    return Acknowledgement(answer=MessageAnswer.REFUSED, code=code, error=_error(lines, delimiters))


def _error(lines: list[str], delimiters: Delimiters) -> str:
    """ERR-3.1 from version 2.5 on, ERR-1.4.1 before; MSA-6.1 in the oldest."""
    places = []
    for line in lines:
        fields = line.split(delimiters.separator)
        if fields[0] == "ERR":
            places += [_part(delimiters, fields, 3, 0), _part(delimiters, fields, 1, 3)]
        elif fields[0] == "MSA":
            places.append(_part(delimiters, fields, 6, 0))
    return next((place for place in places if _ERROR_CODE.fullmatch(place)), "")


def _part(delimiters: Delimiters, fields: list[str], number: int, component: int) -> str:
    parts = delimiters.components(fields[number]) if len(fields) > number else []
    return delimiters.subcomponents(parts[component])[0].strip() if len(parts) > component else ""


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
