"""Sends messages over MLLP and waits for each answer; knows nothing of what they say.

Source: HL7 v2 "Minimal Lower Layer Protocol": 0x0B, the message, 0x1C 0x0D; one message at a time on a connection.
After anything but a whole answer the connection is given up: a late one would be taken for that to the next message.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field

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
