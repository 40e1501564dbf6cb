"""Syslog messages (RFC 5424) over TLS (RFC 5425): framing and sending. Knows no events and remembers nothing.

Syslog has no answer, so nobody knows what a receiver made of a message that was merely written. A group counts as
received only when the receiver has closed in answer to our close_notify: it has then read all of it. rsyslog closes
the connection without a close_notify of its own; that is as good once every byte was acknowledged, since a socket that
is closed with something unread answers by a reset.
"""

from __future__ import annotations

import fcntl
import socket
import ssl
import struct
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from remediate.errors import LedgerError
from remediate.texts.language import Sentence, strerror_nl
from remediate.texts.printable import printable

PRIORITY = 10 * 8 + 5
"""Facility 10 (security and authorization), severity 5 (notice), as DICOM PS3.15 A.6 asks."""

_BOM = b"\xef\xbb\xbf"  # RFC 5424, section 6.4: what follows is UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where messages go, and by which certificates both sides know each other."""

    host: str
    port: int
    ca_file: Path | None = None  # None: the system's list
    certificate_file: Path | None = None
    key_file: Path | None = None
    timeout: float = 30.0  # seconds

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogMessage:
    """One syslog message. `sequence` is its place in the ledger."""

    at: datetime
    host: str
    kind: str  # MSGID: at most 32 printable characters
    sequence: int
    text: str

    def encoded(self) -> bytes:
        """The message as RFC 5424 writes it, in the octet-counting frame of RFC 5425."""
        head = (
            f"<{PRIORITY}>1 {self.at.isoformat(timespec='microseconds')} {_printable(self.host)} remediate - "
            f'{self.kind} [meta sequenceId="{self.sequence}"] '
        )
        body = head.encode("ascii") + _BOM + printable(self.text).encode("utf-8")
        return b"%d " % len(body) + body


def _await_close(secure: ssl.SSLSocket) -> None:
    """Say that we are done, and wait until the receiver has read that. Raises OSError when it broke off before."""
    try:
        secure.unwrap()
    except ssl.SSLEOFError:
        unacknowledged = struct.unpack("i", fcntl.ioctl(secure.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
        if unacknowledged:
            raise


def _printable(host: str) -> str:
    return "".join(sign for sign in host if "!" <= sign <= "~")[:255] or "-"


def send_group(receiver: Receiver, messages: Sequence[bytes]) -> None:
    """Send encoded messages in order, and return once the receiver has read them all.

    Raises `LedgerError` when it cannot be reached, does not show a certificate that we trust, or breaks off. Then some
    messages may have arrived: they are sent again, and the receiver sees their numbers twice.
    """
    try:
        context = ssl.create_default_context(cafile=receiver.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if receiver.certificate_file is not None:
            context.load_cert_chain(receiver.certificate_file, receiver.key_file)
        with (
            socket.create_connection((receiver.host, receiver.port), timeout=receiver.timeout) as plain,
            context.wrap_socket(plain, server_hostname=receiver.host, suppress_ragged_eofs=False) as secure,
        ):
            secure.sendall(b"".join(messages))
            _await_close(secure)
    except ssl.SSLCertVerificationError as error:
        raise LedgerError(
            Sentence(
                f"The syslog receiver {receiver} shows a certificate that is not trusted: {error.verify_message}.",
                f"De syslog-ontvanger {receiver} toont een certificaat dat niet wordt vertrouwd: "
                f"{error.verify_message}.",
            ),
            advice=Sentence("See ledger.syslog.ca_file.", "Zie ledger.syslog.ca_file."),
        ) from None
    except (OSError, ValueError) as error:
        told = Sentence(type(error).__name__, type(error).__name__)
        if isinstance(error, OSError) and error.strerror:
            told = Sentence(error.strerror, strerror_nl(error))
        raise LedgerError(
            Sentence(
                f"The syslog receiver {receiver} did not take the messages: {told.en}.",
                f"De syslog-ontvanger {receiver} nam de berichten niet aan: {told.nl}.",
            )
        ) from None
