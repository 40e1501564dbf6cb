"""Every way in which talking to the archive fails, as a code with one sentence; holds no patient data.

Only the codes in `TRANSIENT` are worth another try; a refusal by the archive's configuration is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remediate.errors import ArchiveError
from remediate.language import Language, Sentence


class Fault(StrEnum):
    """What went wrong between us and the archive."""

    UNKNOWN_HOST = "unknown-host"
    UNREACHABLE = "unreachable"
    CONNECTION_REFUSED = "connection-refused"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS_FAILED = "tls-failed"
    CALLED_AE_UNKNOWN = "called-ae-title-not-recognised"
    CALLING_AE_UNKNOWN = "calling-ae-title-not-recognised"
    REJECTED = "association-rejected"
    REJECTED_FOR_NOW = "association-rejected-for-now"
    USER_REJECTED = "user-identity-rejected"
    USER_NOT_CONFIRMED = "user-identity-not-confirmed"
    ASSOCIATION_TIMEOUT = "association-timeout"
    NO_CONTEXTS = "no-accepted-presentation-contexts"
    ABORTED = "association-aborted"
    CLOSED = "connection-closed"
    TIMEOUT = "response-timeout"
    PROTOCOL = "protocol-violation"
    REFUSED = "operation-refused"
    NO_STATUS = "response-without-status"
    DESTINATION_UNKNOWN = "move-destination-unknown"
    LISTEN = "cannot-listen"


TRANSIENT = frozenset(
    {
        Fault.UNREACHABLE,
        Fault.CONNECTION_REFUSED,
        Fault.CONNECT_TIMEOUT,
        Fault.REJECTED_FOR_NOW,
        Fault.ASSOCIATION_TIMEOUT,
        Fault.ABORTED,
        Fault.CLOSED,
        Fault.TIMEOUT,
        Fault.NO_STATUS,
    }
)
"""Faults that may pass by themselves."""

SENTENCES: dict[Fault, Sentence] = {
    Fault.UNKNOWN_HOST: Sentence(
        "The archive's host {host} is not known.", "De host {host} van het archief is niet bekend."
    ),
    Fault.UNREACHABLE: Sentence(
        "The archive at {host}:{port} cannot be reached{detail}.",
        "Het archief op {host}:{port} is niet bereikbaar{detail}.",
    ),
    Fault.CONNECTION_REFUSED: Sentence(
        "Nothing listens at {host}:{port}: the connection was refused.",
        "Op {host}:{port} luistert niets: de verbinding is geweigerd.",
    ),
    Fault.CONNECT_TIMEOUT: Sentence(
        "The archive at {host}:{port} did not take the connection in time.",
        "Het archief op {host}:{port} nam de verbinding niet op tijd aan.",
    ),
    Fault.TLS_FAILED: Sentence("TLS with {host}:{port} failed{detail}.", "TLS met {host}:{port} is mislukt{detail}."),
    Fault.CALLED_AE_UNKNOWN: Sentence(
        "{host}:{port} rejected the association: it does not call itself {called}.",
        "{host}:{port} weigerde de associatie: het heet niet {called}.",
    ),
    Fault.CALLING_AE_UNKNOWN: Sentence(
        "{called} rejected the association: it does not know our AE title {calling}.",
        "{called} weigerde de associatie: het kent onze AE-titel {calling} niet.",
    ),
    Fault.REJECTED: Sentence(
        "{called} rejected the association from {calling}{detail}.",
        "{called} weigerde de associatie van {calling}{detail}.",
    ),
    Fault.REJECTED_FOR_NOW: Sentence(
        "{called} rejected the association from {calling} for now{detail}.",
        "{called} weigerde de associatie van {calling} voorlopig{detail}.",
    ),
    Fault.USER_REJECTED: Sentence(
        "{called} rejected the association from {calling} with user identity {detail}.",
        "{called} weigerde de associatie van {calling} met gebruikersidentiteit {detail}.",
    ),
    Fault.USER_NOT_CONFIRMED: Sentence(
        "{called} did not confirm the user identity {detail}: it may not have looked at it.",
        "{called} bevestigde de gebruikersidentiteit {detail} niet: misschien keek het er niet naar.",
    ),
    Fault.ASSOCIATION_TIMEOUT: Sentence(
        "{called} did not answer the association request in time.",
        "{called} beantwoordde het associatieverzoek niet op tijd.",
    ),
    Fault.NO_CONTEXTS: Sentence(
        "{called} accepted no presentation context for {detail}.",
        "{called} aanvaardde geen presentatiecontext voor {detail}.",
    ),
    Fault.ABORTED: Sentence("{called} aborted the association{detail}.", "{called} brak de associatie af{detail}."),
    Fault.CLOSED: Sentence("{called} closed the connection{detail}.", "{called} sloot de verbinding{detail}."),
    Fault.TIMEOUT: Sentence("{called} did not answer in time{detail}.", "{called} antwoordde niet op tijd{detail}."),
    Fault.PROTOCOL: Sentence(
        "{called} sent something that DICOM does not allow here{detail}.",
        "{called} stuurde iets wat DICOM hier niet toestaat{detail}.",
    ),
    Fault.REFUSED: Sentence("{called} refused {detail}.", "{called} weigerde {detail}."),
    Fault.NO_STATUS: Sentence(
        "{called} answered {detail} without a status.", "{called} beantwoordde {detail} zonder status."
    ),
    Fault.DESTINATION_UNKNOWN: Sentence(
        "{called} does not know where to send what C-MOVE asks for.",
        "{called} weet niet waarheen het moet sturen wat C-MOVE vraagt.",
    ),
    Fault.LISTEN: Sentence(
        "Cannot listen for C-MOVE at {host}:{port}{detail}.", "Kan niet luisteren voor C-MOVE op {host}:{port}{detail}."
    ),
}

ADVICE: dict[Fault, str] = {
    Fault.UNKNOWN_HOST: "Check archive.host.",
    Fault.CONNECTION_REFUSED: "Check archive.host and archive.port, and that the archive runs.",
    Fault.UNREACHABLE: "Check archive.host and the network between.",
    Fault.CALLED_AE_UNKNOWN: "Check archive.called_ae_title.",
    Fault.CALLING_AE_UNKNOWN: "Have its administrator register archive.ae_title with this computer's address.",
    Fault.TLS_FAILED: "Check archive.tls.",
    Fault.USER_REJECTED: "Check archive.user_identity, and have its administrator check the account.",
    Fault.USER_NOT_CONFIRMED: "Where that is meant to be so, set archive.user_identity.positive_response to false.",
    Fault.DESTINATION_UNKNOWN: "Have its administrator register archive.move_destination with archive.listen.",
    Fault.LISTEN: "Check archive.listen; another process may hold the port.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The two ends of an association, as the messages name them."""

    host: str
    port: int
    called: str
    calling: str


class LinkError(ArchiveError):
    """An `ArchiveError` with its code."""

    def __init__(self, fault: Fault, peer: Peer, detail: str = "") -> None:
        self.fault = fault
        self.peer = peer
        self.detail = detail
        message = self.sentence(Language.EN)
        super().__init__(message, transient=fault in TRANSIENT, advice=ADVICE.get(fault, ""))

    def sentence(self, language: Language) -> str:
        """The one line for people."""
        return (
            SENTENCES[self.fault]
            .in_(language)
            .format(
                host=self.peer.host,
                port=self.peer.port,
                called=self.peer.called,
                calling=self.peer.calling,
                detail=self.detail,
            )
        )
