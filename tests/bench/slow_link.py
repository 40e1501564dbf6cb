"""A link that is far away: a TCP proxy on loopback that holds everything back for a while, in both directions.

Run as a script: `python -m tests.bench.slow_link PORT MILLISECONDS`; prints the port on which it listens. The round
trip grows by so many milliseconds from SIGUSR1 on, and no longer from SIGUSR2 on. A process of its own, so that it
takes no turns with who measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_CHUNK = 1 << 18
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux only; the kernel clears it


@dataclass(frozen=True, kw_only=True)
class Link:
    """A slow link that stands."""

    port: int
    process: subprocess.Popen[str]

    @contextlib.contextmanager
    def slow(self) -> Iterator[None]:
        """It is far away while the block runs."""
        self.process.send_signal(signal.SIGUSR1)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGUSR2)


class _Distance:
    """Seconds that everything takes in one direction."""

    def __init__(self, seconds: float) -> None:
        self.now, self.far = 0.0, seconds

    def go(self, *, far: bool) -> None:
        self.now = self.far if far else 0.0


async def _forward(
    reader: asyncio.StreamReader, arriving: socket.socket, writer: asyncio.StreamWriter, distance: _Distance
) -> None:
    """What comes at one moment leaves so much later, in order. It is acknowledged at once, as our own client does: an
    archive with Nagle's algorithm would wait 40 ms in the middle of each answer."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)

    async def leave() -> None:
        while True:
            due, data = await waiting.get()
            if (left := due - loop.time()) > 0:
                await asyncio.sleep(left)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    leaving = asyncio.create_task(leave())
    try:
        while data := await reader.read(_CHUNK):
            if _QUICKACK is not None:
                arriving.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            await waiting.put((loop.time() + distance.now, data))
    except OSError:
        pass
    await waiting.put((loop.time() + distance.now, b""))
    with contextlib.suppress(OSError):
        await leaving


async def _serve(port: int, distance: _Distance) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: distance.go(far=True))
    loop.add_signal_handler(signal.SIGUSR2, lambda: distance.go(far=False))

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        near, far = (one.get_extra_info("socket") for one in (writer, back))
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(_forward(reader, near, back, distance), _forward(there, far, writer, distance))
        for each in (writer, back):
            each.close()

    server = await asyncio.start_server(taken, "127.0.0.1", 0, limit=_CHUNK)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def slow_link(port: int, milliseconds: float) -> Iterator[Link]:
    """A link to `port`, for the length of the block."""
    command = [sys.executable, "-m", "tests.bench.slow_link", str(port), str(milliseconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Link(port=int(process.stdout.readline()), process=process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), _Distance(float(sys.argv[2]) / 2000)))
