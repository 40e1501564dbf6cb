"""Carries out the faults that end or delay a conversation: aborts, closed and reset connections, silence, restarts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from pynetdicom.pdu import A_RELEASE_RQ

from remediate.demo.faults import ConversationEnding, Faults, Occurrences, Phase, Rejection
from remediate.demo.raw_service import ConversationOver, connection_of
from remediate.demo.sockets import CountingSocket

_REJECTIONS = {
    Rejection.UNKNOWN_CALLER: (0x01, 0x01, 0x03),
    Rejection.UNKNOWN_CALLED: (0x01, 0x01, 0x07),
    Rejection.NO_REASON: (0x01, 0x01, 0x01),
    Rejection.CONGESTION: (0x02, 0x03, 0x01),
    Rejection.LIMIT: (0x02, 0x03, 0x02),
}


def reject(association: Any, why: Rejection) -> None:
    """Answer an association request with A-ASSOCIATE-RJ (PS3.8 section 9.3.4)."""
    association.acse.send_reject(*_REJECTIONS[why])
    association.kill()  # returns once the answer is sent and the peer has closed


def offer_less(association: Any, *, to_send: bool, to_take: bool) -> None:
    """Accept storage classes only from a requestor that wants to send objects, or to take them, or from none."""
    acceptor, asks_for_roles = association.acceptor, bool(association.requestor.role_selection)
    kept = []
    for context in acceptor.supported_contexts:
        if context.scu_role is not None:
            context.scu_role, context.scp_role = to_send, to_take
        if context.scu_role is None or (to_send or (asks_for_roles and to_take)):
            kept.append(context)
    acceptor.supported_contexts = kept


class Breaker:
    """Counts the phases of all conversations and leaves where the faults say so."""

    def __init__(self, *, restart: Callable[[], None]) -> None:
        self._restart = restart
        self._stopped = threading.Event()
        self.change(Faults())

    def change(self, faults: Faults) -> None:
        """New faults: counting begins again, and whoever hangs because of the old ones goes on."""
        self._faults = faults
        self._counts = Occurrences()

    def stop(self) -> None:
        """The archive stops: nobody waits any longer."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Sleep; True when the archive stopped meanwhile."""
        return self._stopped.wait(seconds)

    def checkpoint(self, phase: Phase, association: Any) -> None:
        """Delay or leave here if told so. `ConversationOver` after leaving."""
        ending = self._reached(phase)
        if ending is None:
            return
        if ending is ConversationEnding.ABORT:
            association.abort()
            raise ConversationOver
        connection = connection_of(association)
        if connection is not None:
            self._leave(connection, ending)
        raise ConversationOver

    def breaks_connection(self, connection: CountingSocket) -> bool:
        """The phase before any association: a new connection. True when it was ended."""
        ending = self._reached(Phase.CONNECT)
        if ending is None:
            return False
        self._leave(connection, ending)
        return True

    def on_pdu(self, event: Any) -> None:
        """A release request has no event of its own in pynetdicom, so every PDU is looked at."""
        if not isinstance(event.pdu, A_RELEASE_RQ):
            return
        ending = self._reached(Phase.RELEASE)
        connection = connection_of(event.assoc)
        if ending is not None and connection is not None:
            self._leave(connection, ConversationEnding.RESET if ending is ConversationEnding.ABORT else ending)

    def hang_up(self, association: Any) -> None:
        """Close the connection under an association, whatever it is doing."""
        connection = connection_of(association)
        if connection is not None:
            connection.hang_up()

    def _reached(self, phase: Phase) -> ConversationEnding | None:
        faults = self._faults
        number = self._counts.next(phase)
        for delay in faults.delays:
            if delay.phase is phase and number in delay.on:
                self.wait(delay.seconds)
        return next((one.by for one in faults.breaks if one.phase is phase and number in one.on), None)

    def _leave(self, connection: CountingSocket, ending: ConversationEnding) -> None:
        match ending:
            case ConversationEnding.HANG:
                faults = self._faults
                while self._faults is faults and not self.wait(0.05):
                    pass
                connection.hang_up()
            case ConversationEnding.DRIP:
                self._drip(connection)
            case ConversationEnding.HALF_CLOSE:
                connection.stop_sending()
            case ConversationEnding.RESET:
                connection.reset()
            case ConversationEnding.RESTART:
                threading.Thread(target=self._restart, name="embedded-archive-restart").start()
                connection.hang_up()
            case _:
                connection.hang_up()

    def _drip(self, connection: CountingSocket) -> None:
        """A P-DATA-TF PDU of 65,280 bytes (PS3.8 9.3.5), which takes most of an hour."""
        faults = self._faults
        pdu = b"\x04\x00\x00\x00\xff\x00" + bytes(0xFF00)
        with contextlib.suppress(OSError):  # the peer has had enough
            for at in range(len(pdu)):
                if self._faults is not faults or self.wait(0.05):
                    break
                connection.sendall(pdu[at : at + 1])
        connection.hang_up()
