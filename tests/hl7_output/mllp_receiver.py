"""An HL7 interface for the demo and for tests: takes updates of patients over MLLP on loopback and gives them to an
embedded archive, or misbehaves as it is told. Never for patients.
"""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from remediate.epd.hl7.reader import AdtMessage, read_messages

_BEGIN, _END = b"\x0b", b"\x1c\r"


class Manner(StrEnum):
    """How the receiver treats a message."""

    APPLIES = "applies"
    APPLIES_LATER = "applies-later"  # says AA at once
    ERROR = "error"  # AE, with the patient's own data in its words, as some systems answer
    REJECTS = "rejects"  # AR
    ONLY_SAYS_SO = "only-says-so"  # AA, and nothing is applied
    SILENT = "silent"  # no answer, nothing applied
    APPLIES_SILENTLY = "applies-silently"
    ANSWERS_ANOTHER = "answers-another"  # AA for another control ID
    GARBLES = "garbles"
    CLOSES = "closes"  # in the middle of its answer
    CLOSES_UNREAD = "closes-unread"  # in the middle of the message
    DRIPS = "drips"  # its answer comes a byte at a time, for longer than anybody waits
    HANGS_UP = "hangs-up"  # applies, answers AA, then closes the connection, each time


Apply = Callable[[AdtMessage], object]


class MllpReceiver:
    """A context manager: listens on loopback inside the `with` block. `manner` may be changed at any time."""

    def __init__(
        self,
        apply: Apply,
        *,
        manner: Manner = Manner.APPLIES,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        later: float = 0.3,
    ) -> None:
        self.manner = manner
        self.port = port
        self.control_ids: list[str] = []  # MSH-10 of every message that arrived whole
        self._apply, self._tls, self._later = apply, tls, later
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._listener.settimeout(0.05)
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="mllp-receiver")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                self._begin(self._serve, self._listener.accept()[0])

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            connection = plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True)
            connection.settimeout(0.05)
            with connection:
                while (content := self._message(connection)) is not None:
                    if not self._treat(connection, content):
                        return

    def _message(self, connection: socket.socket) -> bytes | None:
        """The next message; None when the peer has gone or the receiver stops."""
        received = b""
        while not received.endswith(_END):
            if self._stopped.is_set():
                return None
            with contextlib.suppress(TimeoutError):
                part = connection.recv(64 if self.manner is Manner.CLOSES_UNREAD else 1 << 16)
                if not part or self.manner is Manner.CLOSES_UNREAD:
                    return None
                received += part
        return received.removeprefix(_BEGIN).removesuffix(_END)

    def _treat(self, connection: socket.socket, content: bytes) -> bool:
        """Do and answer as told; whether the conversation goes on."""
        message = next(iter(read_messages(io.BytesIO(content), file="", encoding="utf-8")))
        assert isinstance(message, AdtMessage)
        control_id = message.header.text(10)
        self.control_ids.append(control_id)
        manner = self.manner
        if manner in (Manner.APPLIES, Manner.APPLIES_SILENTLY, Manner.HANGS_UP):
            self._apply(message)
        elif manner is Manner.APPLIES_LATER:
            self._begin(self._apply_later, message)
        connection.settimeout(5)
        if manner is Manner.DRIPS:
            return self._drip(connection, _answer("AA", control_id))
        connection.sendall(_reply(manner, control_id, message))
        connection.settimeout(0.05)
        return manner not in (Manner.CLOSES, Manner.HANGS_UP)

    def _apply_later(self, message: AdtMessage) -> None:
        if not self._stopped.wait(self._later):
            self._apply(message)

    def _drip(self, connection: socket.socket, answer: bytes) -> bool:
        for at in range(len(answer)):
            if self._stopped.is_set():
                break
            connection.sendall(answer[at : at + 1])
            time.sleep(0.05)
        return False


def _reply(manner: Manner, control_id: str, message: AdtMessage) -> bytes:
    match manner:
        case Manner.SILENT | Manner.APPLIES_SILENTLY:
            return b""
        case Manner.ERROR:
            pid = message.first("PID")
            quoted = pid.text(3) if pid else ""
            return _answer("AE", control_id, f"cannot file {quoted}", "ERR|||204^Unknown key identifier^HL70357|E\r")
        case Manner.REJECTS:
            return _answer("AR", control_id)
        case Manner.ANSWERS_ANOTHER:
            return _answer("AA", f"X{control_id}")
        case Manner.GARBLES:
            return _BEGIN + b"OK" + _END
        case Manner.CLOSES:
            return _answer("AA", control_id)[:20]
        case _:
            return _answer("AA", control_id)


def _answer(code: str, control_id: str, text: str = "", error: str = "") -> bytes:
    head = "MSH|^~\\&|ARCHIVE||REMEDIATE||20240101000000||ACK|1|P|2.5\r"
    return _BEGIN + f"{head}MSA|{code}|{control_id}|{text}\r{error}".encode() + _END
