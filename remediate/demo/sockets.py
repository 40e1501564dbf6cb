"""Accepted connections of the embedded archive: quick on loopback, and able to break at a given byte."""

from __future__ import annotations

import socket
import struct

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)  # Linux only


class CountingSocket(socket.socket):
    """A TCP connection without Nagle's delay that can be cut after so many bytes in either direction."""

    _sent_left: int | None = None
    _received_left: int | None = None

    @classmethod
    def adopt(cls, accepted: socket.socket, limits: tuple[int | None, int | None]) -> CountingSocket:
        """Take over an accepted connection; `limits` are bytes (to the peer, from the peer), None for no limit."""
        timeout = accepted.gettimeout()
        own = cls(fileno=accepted.detach())
        own.settimeout(timeout)
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own._sent_left, own._received_left = limits
        return own

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Peers that leave Nagle's algorithm on wait for our acknowledgement: never delay it."""
        if self._received_left is not None:
            bufsize = min(bufsize, self._received_left)
            if bufsize == 0:
                self.hang_up()
                return b""
        data = super().recv(bufsize, flags)
        if self._received_left is not None:
            self._received_left -= len(data)
        if _QUICKACK is not None and data:
            self.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        return data

    def send(self, data: bytes, flags: int = 0, /) -> int:  # type: ignore[override]
        """Sends no more than the limit allows, then hangs up."""
        if self._sent_left is None:
            return super().send(data, flags)
        if self._sent_left == 0:
            self.hang_up()
            raise ConnectionAbortedError
        sent = super().send(data[: self._sent_left], flags)
        self._sent_left -= sent
        return sent

    def hang_up(self) -> None:
        """End the connection in both directions (TCP FIN)."""
        self._shutdown(socket.SHUT_RDWR)

    def stop_sending(self) -> None:
        """End our direction only: the peer sees the end of the stream but can go on sending."""
        self._shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End the connection with TCP RST: unsent and unread bytes are lost."""
        self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _shutdown(self, how: int) -> None:
        try:
            self.shutdown(how)
        except OSError:  # the peer was first
            return
