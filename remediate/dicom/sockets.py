"""One TCP connection tuned for DICOM's back and forth: prompt, vectored, with deadlines. Knows nothing of DICOM.

Nagle's algorithm together with delayed acknowledgement stalls each request by some 40 ms, so TCP_NODELAY is set
once and TCP_QUICKACK after every read, because the kernel clears it. Where a system lacks these options the
connection works without them, only slower.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from remediate.header.buffers import Buffer

READ_BYTES = 1 << 19
"""Least size of the read buffer."""
PARTS_PER_WRITE = 512
"""Fewer than IOV_MAX, which is 1024 on Linux."""
JOINED_BYTES = 1 << 18
"""How much is joined for one write where vectored writes are not possible (TLS)."""
QUIET_SECONDS = 10.0
"""Without a byte in either direction after which whoever looks on is told that an answer is waited for."""
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Listener(Protocol):
    """Hears when the other side falls silent, and how that ended. Called in the thread that waits."""

    def silent(self, asked: str, *, seconds: float, allowed: float) -> None:
        """Nothing came for so many seconds after what was asked; it has so many in all."""

    def heard(self) -> None:
        """Something came, or was taken, after all."""

    def gave_up(self) -> None:
        """Nothing did within the time that it had."""


class TlsSilentError(OSError):
    """The other side let the connection in and did not answer, or ended, the handshake of TLS."""


class ClosedByPeerError(OSError):
    """The other side ended the connection where more was due."""


class Connection:
    """A connected stream. Every method raises `TimeoutError` on time-out and another `OSError` when it breaks."""

    def __init__(self, sock: socket.socket, *, read_bytes: int = READ_BYTES) -> None:
        self._socket = sock
        self._buffer = bytearray(max(read_bytes, READ_BYTES))
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self._idle_seconds: float = 60
        self._deadline: float | None = None
        self._least_rate: float | None = None
        self._elsewhere: Callable[[], int] = _nothing
        self._received = 0
        self._message_seconds: float | None = None
        self._message_rate: float = 1
        self._message_began: float | None = None
        self._message_bytes = 0
        self.asked = ""  # what the other side is to answer, for who listens
        self.listener: Listener | None = None
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def capacity(self) -> int:
        """The most bytes that one read can give."""
        return len(self._buffer)

    def allow(
        self,
        *,
        idle_seconds: float,
        total_seconds: float | None = None,
        least_rate: float | None = None,
        elsewhere: Callable[[], int] | None = None,
    ) -> None:
        """From now on wait at most `idle_seconds` for any progress, and `total_seconds` for all of it.

        With `least_rate`, in bytes a second, that time grows with what is received, here and `elsewhere`.
        """
        self._idle_seconds = idle_seconds
        self._deadline = None if total_seconds is None else time.monotonic() + total_seconds
        self._least_rate = least_rate
        self._elsewhere = elsewhere or _nothing
        self._received = 0
        self._message_seconds = self._message_began = None

    def expect(self, seconds: float | None, least_rate: float = 1) -> None:
        """What comes next must be whole so many seconds after its first byte, later where it is longer; None: it is."""
        self._message_seconds, self._message_rate = seconds, least_rate
        self._message_bytes = 0
        self._message_began = time.monotonic() if self._end > self._start else None

    @property
    def is_late(self) -> bool:
        """Whether a time-out was one of the whole, not of silence."""
        left = self._left()
        return left is not None and left <= 0

    def _left(self) -> float | None:
        """Seconds until the whole must be there; None when there is no such moment."""
        ends = []
        if self._deadline is not None:
            came = self._received + self._elsewhere()
            ends.append(self._deadline + (came / self._least_rate if self._least_rate else 0))
        if self._message_seconds is not None and self._message_began is not None:
            ends.append(self._message_began + self._message_seconds + self._message_bytes / self._message_rate)
        return min(ends) - time.monotonic() if ends else None

    def send(self, parts: Iterable[Buffer]) -> None:
        """Write all parts in order, many in one system call, none copied."""
        if isinstance(self._socket, ssl.SSLSocket):
            for joined in _joined(parts):
                self._arm()
                self._socket.sendall(joined)
            return
        for batch in _batches(parts):
            self._send_batch(batch)

    def _send_batch(self, batch: list[memoryview]) -> None:
        first = 0
        while first < len(batch):
            sent = self._patiently(lambda: self._socket.sendmsg(batch[first:]))  # noqa: B023 - called now
            while first < len(batch) and sent >= len(batch[first]):
                sent -= len(batch[first])
                first += 1
            if sent:
                batch[first] = batch[first][sent:]

    def read(self, count: int) -> memoryview:
        """The next `count` bytes; the view is valid until the next read. Raises `ClosedByPeerError` at the end."""
        if self._end - self._start < count:
            self._fill(count)
        view = self._view[self._start : self._start + count]
        self._start += count
        return view

    def _fill(self, count: int) -> None:
        """Read until `count` bytes are at hand."""
        if count > len(self._buffer):
            raise ValueError(f"{count} bytes do not fit into the read buffer")
        if self._start + count > len(self._buffer) or self._start == self._end:
            left = self._end - self._start
            self._view[:left] = self._buffer[self._start : self._end]
            self._start, self._end = 0, left
        while self._end - self._start < count:
            got = self._patiently(lambda: self._socket.recv_into(self._view[self._end :]))
            if got == 0:
                raise ClosedByPeerError("end of stream")
            self._end += got
            self._received += got
            self._message_bytes += got
            if self._message_began is None:
                self._message_began = time.monotonic()
            self._acknowledge_at_once()

    def _acknowledge_at_once(self) -> None:
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _patiently(self, operation: Callable[[], int]) -> int:
        """What one system call moved, which waits as long as is allowed; who listens is told when it is quiet."""
        allowed = self._arm()
        if self.listener is None or allowed <= QUIET_SECONDS:
            return operation()
        began, elsewhere, told, moved = time.monotonic(), self._elsewhere(), False, 0
        try:
            while True:
                passed = time.monotonic() - began
                self._socket.settimeout(max(min(QUIET_SECONDS, allowed - passed), 0.001))
                try:
                    moved = operation()
                    return moved
                except TimeoutError:
                    passed, came = time.monotonic() - began, self._elsewhere()
                    if passed >= allowed:
                        raise
                if came == elsewhere and not told:
                    self.listener.silent(self.asked, seconds=passed, allowed=allowed)
                    told = True
                elsewhere = came
        finally:
            if told:
                self.listener.heard() if moved else self.listener.gave_up()

    def _arm(self) -> float:
        seconds, left = self._idle_seconds, self._left()
        if left is not None:
            seconds = min(seconds, left)
            if seconds <= 0:
                raise TimeoutError("deadline passed")
        self._socket.settimeout(seconds)
        return seconds

    @property
    def quiet(self) -> bool:
        """Nothing waits to be read: on an idle connection anything else means that the other side ended it."""
        if self._end > self._start:
            return False
        try:
            ready, _, _ = select.select([self._socket], [], [], 0)
        except (OSError, ValueError):
            return False
        return not ready

    def close(self) -> None:
        """End the connection, whatever its state."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def connect(
    host: str, port: int, *, seconds: float, tls: ssl.SSLContext | None = None, read_bytes: int = READ_BYTES
) -> Connection:
    """Open a connection, with TLS when a context is given. Raises the `OSError` that tells what failed."""
    sock = socket.create_connection((host, port), timeout=seconds)
    if tls is not None:
        try:
            sock = tls.wrap_socket(sock, server_hostname=host)
        except (TimeoutError, ssl.SSLEOFError, ConnectionError):
            sock.close()
            raise TlsSilentError("no handshake") from None
        except BaseException:
            sock.close()
            raise
    return Connection(sock, read_bytes=read_bytes)


def _nothing() -> int:
    """No bytes came elsewhere."""
    return 0


def _batches(parts: Iterable[Buffer]) -> Iterator[list[memoryview]]:
    batch: list[memoryview] = []
    for part in parts:
        if len(part):
            batch.append(memoryview(part))
        if len(batch) == PARTS_PER_WRITE:
            yield batch
            batch = []
    if batch:
        yield batch


def _joined(parts: Iterable[Buffer]) -> Iterator[bytearray]:
    joined = bytearray()
    for part in parts:
        joined += part
        if len(joined) >= JOINED_BYTES:
            yield joined
            joined = bytearray()
    if joined:
        yield joined
