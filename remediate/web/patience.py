"""Bounds how long whoever asks may take to send a whole request, and to take the answer. Knows no pages.

gunicorn bounds neither: a byte every few seconds would keep a thread for ever, and two dozen such clients all of them.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
WHOLE_REQUEST = 15.0
"""Seconds for the handshake of TLS, the head and the body of a request together."""
WHOLE_ANSWER = 900.0
"""Seconds for making an answer and taking it: a ledger of years is a large file."""
LARGEST_BODY = 1 << 20
"""Bytes of a form; what is larger is refused unread (`limits.SmallBodies`)."""
_A_LOOK = 0.25


class Deadlines:
    """Ends connections whose time is over. Each thread serves one connection at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: dict[int, tuple[Any, float]] = {}  # by thread: gunicorn's connection, and when its time is over

    def begin(self, connection: Any) -> None:
        """This thread waits for a request from now on."""
        self._set(connection, WHOLE_REQUEST)

    def answering(self) -> None:
        """This thread has the whole request."""
        known = self._served.get(threading.get_ident())
        if known is not None:
            self._set(known[0], WHOLE_ANSWER)

    def end(self) -> None:
        """This thread is done with it."""
        with self._lock:
            self._served.pop(threading.get_ident(), None)

    def _set(self, connection: Any, seconds: float) -> None:
        with self._lock:
            self._served[threading.get_ident()] = (connection, time.monotonic() + seconds)

    def end_overdue(self) -> None:
        """Whoever waits for such a client reads the end of it. The socket is asked for anew each time: TLS takes
        another one than was accepted."""
        with self._lock:
            for connection, ends in self._served.values():
                if time.monotonic() > ends:
                    with suppress(OSError):  # closed meanwhile, or just being wrapped by TLS: looked at again soon
                        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def watch(self) -> None:
        """Look for ever; of a thread of its own."""
        while True:
            time.sleep(_A_LOOK)
            self.end_overdue()


_deadlines = Deadlines()


class PatientWorker(ThreadWorker):
    """gunicorn's worker with threads, none of which waits for ever."""

    def init_process(self) -> None:
        """In the process that serves."""
        threading.Thread(target=_deadlines.watch, daemon=True).start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """One request of one connection, by one thread."""
        _deadlines.begin(conn)
        try:
            return super().handle(conn)
        finally:
            _deadlines.end()


def whole_requests(application: Wsgi) -> Wsgi:
    """Reads the body before anything else is done: the time for sending ends where that for answering begins."""

    def read_first(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and 0 < int(length) <= LARGEST_BODY:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        _deadlines.answering()
        return application(environ, start_response)

    return read_first
