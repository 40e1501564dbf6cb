"""Our own storage SCP, to which the archive sends what C-MOVE asks for. Listens only while it is needed.

Takes associations only from the archive's AE title under ours, and listens on loopback unless configured. Objects
find their retrieval by SOP Instance UID; an object that nobody asked for is given to the retrieval named by the
Move Originator Message ID, which then names it as unexpected.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from remediate.config.archive import ListenSettings
from remediate.dicom import contexts as ctx
from remediate.dicom.arrivals import Arrivals, Reception
from remediate.dicom.associations import Association, MemorySink, OfferedContext, ReleasedByPeer, Sink, response_to
from remediate.dicom.commands import Command, CommandElement, Request, number, text
from remediate.dicom.faults import Fault, LinkError, Peer
from remediate.dicom.negotiation import Terms, accept_association, buffer_for
from remediate.dicom.pdata import PdvError
from remediate.dicom.sockets import Connection
from remediate.dicom.status import SUCCESS
from remediate.errors import RemediateError
from remediate.texts.language import Sentence, strerror_nl

BACKLOG = 16
NOT_AUTHORISED = 0x0124
POLL_SECONDS = 0.2


@dataclass(slots=True, eq=False)
class Running:
    """One C-MOVE under way."""

    reception: Reception
    message_ids: list[int] = field(default_factory=list)
    turned_away: set[str] = field(default_factory=set)  # AE titles that we do not know, while this was under way


class StorageScp:
    """Listens from `open` to `close`; one thread an association."""

    def __init__(
        self,
        listen: ListenSettings,
        terms: Terms,
        *,
        callers: frozenset[str],
        called: frozenset[str],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._listen = listen
        self._terms = terms
        self._callers = callers
        self._called = called
        self._tls = tls
        self._lock = threading.Lock()
        self._running: list[Running] = []
        self._server: socket.socket | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.users = 0

    def welcome(self, callers: frozenset[str], called: frozenset[str]) -> None:
        """Take associations from these too: several nodes may send to one port of ours."""
        self._callers |= callers
        self._called |= called

    def open(self) -> None:
        """Begin to listen, if not already. Raises `LinkError` when the port cannot be had."""
        with self._lock:
            if self._server is not None:
                return
            try:
                self._server = socket.create_server((self._listen.host, self._listen.port), backlog=BACKLOG)
            except OSError as error:
                peer = Peer(host=self._listen.host, port=self._listen.port, called="", calling="")
                raise LinkError(
                    Fault.LISTEN, peer, Sentence(f" ({error.strerror})", f" ({strerror_nl(error)})")
                ) from None
            self._server.settimeout(POLL_SECONDS)
            self._stop.clear()
            self._start(threading.Thread(target=self._accept, args=(self._server,), name="storage-scp", daemon=True))

    def _start(self, thread: threading.Thread) -> None:
        self._threads = [t for t in self._threads if t.is_alive()]
        self._threads.append(thread)
        thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.getsockname()[1]) if self._server else 0

    @contextlib.contextmanager
    def expecting(self, reception: Reception) -> Iterator[Running]:
        """Objects of this reception are taken in until the end of the block."""
        running = Running(reception)
        with self._lock:
            self._running.append(running)
        try:
            yield running
        finally:
            with self._lock:
                self._running.remove(running)

    def close(self) -> None:
        """Stop listening and wait for what is still running."""
        self._stop.set()
        with self._lock:
            server, self._server = self._server, None
            threads = list(self._threads)
        if server is not None:
            server.close()
        for thread in threads:
            thread.join(5)

    def _accept(self, server: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                accepted, _ = server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with self._lock:
                self._start(threading.Thread(target=self._serve, args=(accepted,), name="storage-scp", daemon=True))

    def _serve(self, accepted: socket.socket) -> None:
        """One association, to its end. Whatever goes wrong shows in the accounts of the retrieval."""
        connection: Connection | None = None
        try:
            accepted.settimeout(self._terms.timeouts.association)
            sock = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            connection = Connection(sock, read_bytes=buffer_for(self._terms.max_pdu))
            association = accept_association(
                connection,
                self._terms,
                callers=self._callers,
                called=self._called,
                choose=self._choose,
                turn_away=self._turn_away,
            )
            association.allow(seconds=self._terms.timeouts.network)
            while not self._stop.is_set():
                self._answer(association)
        except (ReleasedByPeer, RemediateError, PdvError, OSError):
            pass  # the peer ended it, or it broke: what is missing then is named when the C-MOVE has ended
        finally:
            if connection is not None:
                connection.close()
            accepted.close()

    def _turn_away(self, titles: str) -> None:
        with self._lock:
            for running in self._running:
                running.turned_away.add(titles)

    def _choose(self, abstract_syntax: str, offered: Sequence[str]) -> str | None:
        """The stored syntax where the index told it, else the archive's own first choice."""
        if abstract_syntax == ctx.VERIFICATION:
            return offered[0]
        with self._lock:
            wanted = {i.transfer_syntax_uid for r in self._running for i in r.reception.expected.values()}
        return next((uid for uid in offered if uid in wanted), offered[0])

    def _answer(self, association: Association) -> None:
        """Take in one request. The response to an object goes out once it is whole on disk."""
        with contextlib.ExitStack() as stack:
            taken: list[Arrivals] = []

            def open_sink(context: OfferedContext, command: Command) -> Sink:
                reception = self._owner(command)
                if reception is None:
                    return MemorySink()
                taken.append(stack.enter_context(reception.arriving()))
                return taken[0].open(context, command)

            message = association.receive(open_sink)
            for arrivals in taken:
                arrivals.finish()
        is_store = number(message.command, CommandElement.COMMAND_FIELD) == Request.C_STORE
        status = NOT_AUTHORISED if is_store and not taken else SUCCESS
        association.send(message.context_id, response_to(message.command, status))

    def _owner(self, command: Command) -> Reception | None:
        if number(command, CommandElement.COMMAND_FIELD) != Request.C_STORE:
            return None
        uid = text(command, CommandElement.AFFECTED_SOP_INSTANCE_UID)
        originator = number(command, CommandElement.MOVE_ORIGINATOR_MESSAGE_ID)
        with self._lock:
            for running in self._running:
                if uid in running.reception.expected:
                    return running.reception
            for running in self._running:
                if originator in running.message_ids:
                    return running.reception
            return self._running[0].reception if len(self._running) == 1 else None


_shared: dict[tuple[str, int], StorageScp] = {}
_shared_lock = threading.Lock()


def shared_scp(
    listen: ListenSettings,
    terms: Terms,
    *,
    callers: frozenset[str],
    called: frozenset[str],
    tls: ssl.SSLContext | None = None,
) -> StorageScp:
    """The one SCP at this address in this process: the archive knows one port of ours, however many workers we have.

    Each user calls `release_scp` in the end.
    """
    with _shared_lock:
        scp = _shared.get((listen.host, listen.port))
        if scp is None:
            scp = StorageScp(listen, terms, callers=callers, called=called, tls=tls)
            _shared[listen.host, listen.port] = scp
        scp.welcome(callers, called)
        scp.users += 1
        return scp


def release_scp(scp: StorageScp) -> None:
    """One user less; the last one stops the listening."""
    with _shared_lock:
        scp.users -= 1
        if scp.users > 0:
            return
        for key in [key for key, value in _shared.items() if value is scp]:
            del _shared[key]
    scp.close()
