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
from collections.abc import Iterable, Iterator

from remediate.header.buffers import Buffer

READ_BYTES = 1 << 19
"""Least size of the read buffer."""
PARTS_PER_WRITE = 512
"""Fewer than IOV_MAX, which is 1024 on Linux."""
JOINED_BYTES = 1 << 18
"""How much is joined for one write where vectored writes are not possible (TLS)."""
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


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
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def capacity(self) -> int:
        """The most bytes that one read can give."""
        return len(self._buffer)

    def allow(self, *, idle_seconds: float, total_seconds: float | None = None) -> None:
        """From now on wait at most `idle_seconds` for any progress, and `total_seconds` for all of it."""
        self._idle_seconds = idle_seconds
        self._deadline = None if total_seconds is None else time.monotonic() + total_seconds

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
            self._arm()
            sent = self._socket.sendmsg(batch[first:])
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
            self._arm()
            got = self._socket.recv_into(self._view[self._end :])
            if got == 0:
                raise ClosedByPeerError("end of stream")
            self._end += got
            self._acknowledge_at_once()

    def _acknowledge_at_once(self) -> None:
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _arm(self) -> None:
        seconds = self._idle_seconds
        if self._deadline is not None:
            seconds = min(seconds, self._deadline - time.monotonic())
            if seconds <= 0:
                raise TimeoutError("deadline passed")
        self._socket.settimeout(seconds)

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
        except BaseException:
            sock.close()
            raise
    return Connection(sock, read_bytes=read_bytes)


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
