"""Every way in which talking to the archive fails, as a code with one sentence; holds no patient data.

Only the codes in `TRANSIENT` are worth another try; a refusal by the archive's configuration is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remediate.errors import ArchiveError
from remediate.texts.language import Language, Sentence, both


class Fault(StrEnum):
    """What went wrong between us and the archive."""

    UNKNOWN_HOST = "unknown-host"
    UNREACHABLE = "unreachable"
    CONNECTION_REFUSED = "connection-refused"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS_FAILED = "tls-failed"
    TLS_NOT_SPOKEN = "tls-not-spoken"
    TLS_SPOKEN = "tls-spoken"
    TLS_UNKNOWN_CA = "tls-unknown-authority"
    TLS_HOST_NAME = "tls-host-name-differs"
    TLS_EXPIRED = "tls-certificate-expired"
    TLS_NO_CERTIFICATE = "tls-our-certificate-wanted"
    TLS_OUR_CERTIFICATE = "tls-our-certificate-refused"
    CALLED_AE_UNKNOWN = "called-ae-title-not-recognised"
    CALLING_AE_UNKNOWN = "calling-ae-title-not-recognised"
    REJECTED = "association-rejected"
    REJECTED_FOR_NOW = "association-rejected-for-now"
    USER_REJECTED = "user-identity-rejected"
    USER_NOT_CONFIRMED = "user-identity-not-confirmed"
    ASSOCIATION_TIMEOUT = "association-timeout"
    NO_CONTEXTS = "no-accepted-presentation-contexts"
    NO_GET = "no-c-get"
    NO_MOVE = "no-c-move"
    ROLE_NOT_GRANTED = "scp-role-not-granted"
    ABORTED = "association-aborted"
    CLOSED = "connection-closed"
    TIMEOUT = "response-timeout"
    TOO_SLOW = "exchange-too-slow"
    TOO_MANY_ANSWERS = "too-many-answers"
    PROTOCOL = "protocol-violation"
    REFUSED = "operation-refused"
    OUT_OF_RESOURCES = "out-of-resources"
    NO_STATUS = "response-without-status"
    NO_UID = "no-uid"
    DESTINATION_UNKNOWN = "move-destination-unknown"
    CALLER_TURNED_AWAY = "caller-turned-away"
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
        Fault.TOO_SLOW,
        Fault.NO_STATUS,
        Fault.OUT_OF_RESOURCES,
    }
)
"""Faults that may pass by themselves. All others are permanent: the same question gets the same answer until a person
changes something, here or at the archive."""

OF_ONE_EXCHANGE = frozenset({Fault.PROTOCOL, Fault.REFUSED, Fault.TOO_MANY_ANSWERS, Fault.NO_UID})
"""Permanent faults about what was asked for; all others of the permanent ones meet every study alike."""

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
    Fault.TLS_NOT_SPOKEN: Sentence(
        "{host}:{port} does not speak TLS, and archive.tls asks for it.",
        "{host}:{port} spreekt geen TLS, en archive.tls vraagt daarom.",
    ),
    Fault.TLS_SPOKEN: Sentence(
        "{host}:{port} speaks TLS, and archive.tls is not set.",
        "{host}:{port} spreekt TLS, en archive.tls is niet ingesteld.",
    ),
    Fault.TLS_UNKNOWN_CA: Sentence(
        "The certificate of {host}:{port} is of an authority that archive.tls.ca_file does not hold{detail}.",
        "Het certificaat van {host}:{port} is van een autoriteit die niet in archive.tls.ca_file staat{detail}.",
    ),
    Fault.TLS_HOST_NAME: Sentence(
        "The certificate of {host}:{port} is of another host name.",
        "Het certificaat van {host}:{port} is van een andere hostnaam.",
    ),
    Fault.TLS_EXPIRED: Sentence(
        "The certificate of {host}:{port} is not valid today{detail}.",
        "Het certificaat van {host}:{port} is vandaag niet geldig{detail}.",
    ),
    Fault.TLS_NO_CERTIFICATE: Sentence(
        "{host}:{port} wants a certificate of ours, and archive.tls names none.",
        "{host}:{port} vraagt een certificaat van ons, en archive.tls noemt er geen.",
    ),
    Fault.TLS_OUR_CERTIFICATE: Sentence(
        "{host}:{port} does not take our certificate{detail}.",
        "{host}:{port} aanvaardt ons certificaat niet{detail}.",
    ),
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
    Fault.NO_GET: Sentence("{called} does not offer C-GET to {calling}.", "{called} biedt {calling} geen C-GET aan."),
    Fault.NO_MOVE: Sentence(
        "{called} does not offer C-MOVE to {calling}.", "{called} biedt {calling} geen C-MOVE aan."
    ),
    Fault.ROLE_NOT_GRANTED: Sentence(
        "{called} does not let us take objects over the association that asks for them (SCP role).",
        "{called} laat ons geen objecten aannemen over de associatie die erom vraagt (SCP-rol).",
    ),
    Fault.ABORTED: Sentence("{called} aborted the association{detail}.", "{called} brak de associatie af{detail}."),
    Fault.CLOSED: Sentence("{called} closed the connection{detail}.", "{called} sloot de verbinding{detail}."),
    Fault.TIMEOUT: Sentence("{called} did not answer in time{detail}.", "{called} antwoordde niet op tijd{detail}."),
    Fault.TOO_SLOW: Sentence(
        "{called} began to answer and was not done in time{detail}.",
        "{called} begon te antwoorden en was niet op tijd klaar{detail}.",
    ),
    Fault.TOO_MANY_ANSWERS: Sentence(
        "{called} gave more answers to one query than we take{detail}.",
        "{called} gaf op één zoekvraag meer antwoorden dan wij aannemen{detail}.",
    ),
    Fault.PROTOCOL: Sentence(
        "{called} sent something that DICOM does not allow here{detail}.",
        "{called} stuurde iets wat DICOM hier niet toestaat{detail}.",
    ),
    Fault.REFUSED: Sentence("{called} refused {detail}.", "{called} weigerde {detail}."),
    Fault.OUT_OF_RESOURCES: Sentence(
        "{called} has no resources for {detail} at the moment.", "{called} heeft nu geen middelen voor {detail}."
    ),
    Fault.NO_STATUS: Sentence(
        "{called} answered {detail} without a status.", "{called} beantwoordde {detail} zonder status."
    ),
    Fault.NO_UID: Sentence(
        "{called} names a series or an object by what is no UID ({detail}).",
        "{called} noemt een serie of object met wat geen UID is ({detail}).",
    ),
    Fault.DESTINATION_UNKNOWN: Sentence(
        "{called} does not know where to send what C-MOVE asks for.",
        "{called} weet niet waarheen het moet sturen wat C-MOVE vraagt.",
    ),
    Fault.CALLER_TURNED_AWAY: Sentence(
        "What C-MOVE asked for came under AE titles that we do not expect, and was turned away: {detail}.",
        "Wat C-MOVE vroeg, kwam onder AE-titels die wij niet verwachten, en is geweigerd: {detail}.",
    ),
    Fault.LISTEN: Sentence(
        "Cannot listen for C-MOVE at {host}:{port}{detail}.", "Kan niet luisteren voor C-MOVE op {host}:{port}{detail}."
    ),
}

ADVICE: dict[Fault, Sentence] = {
    Fault.UNKNOWN_HOST: Sentence("Check {section}.host.", "Controleer {section}.host."),
    Fault.CONNECTION_REFUSED: Sentence(
        "Check {section}.host and {section}.port, and that the archive runs.",
        "Controleer {section}.host en {section}.port, en of het archief draait.",
    ),
    Fault.CONNECT_TIMEOUT: Sentence(
        "Check {section}.host and {section}.port, and the network between.",
        "Controleer {section}.host en {section}.port, en het netwerk ertussen.",
    ),
    Fault.UNREACHABLE: Sentence(
        "Check {section}.host and the network between.", "Controleer {section}.host en het netwerk ertussen."
    ),
    Fault.CALLED_AE_UNKNOWN: Sentence("Check {section}.called_ae_title.", "Controleer {section}.called_ae_title."),
    Fault.CALLING_AE_UNKNOWN: Sentence(
        "Have its administrator register archive.ae_title with this computer's address.",
        "Laat de beheerder archive.ae_title registreren met het adres van deze computer.",
    ),
    Fault.TLS_FAILED: Sentence("Check archive.tls.", "Controleer archive.tls."),
    Fault.TLS_NOT_SPOKEN: Sentence(
        "Check {section}.port, or take archive.tls away.", "Controleer {section}.port, of haal archive.tls weg."
    ),
    Fault.TLS_SPOKEN: Sentence(
        "Set archive.tls, or check {section}.port.", "Stel archive.tls in, of controleer {section}.port."
    ),
    Fault.TLS_UNKNOWN_CA: Sentence("Check archive.tls.ca_file.", "Controleer archive.tls.ca_file."),
    Fault.TLS_HOST_NAME: Sentence(
        "Set {section}.host to the name in the certificate, or archive.tls.check_hostname to false.",
        "Zet {section}.host op de naam in het certificaat, of archive.tls.check_hostname op false.",
    ),
    Fault.TLS_EXPIRED: Sentence(
        "Have its administrator renew it, and check this computer's clock.",
        "Laat de beheerder het vernieuwen, en controleer de klok van deze computer.",
    ),
    Fault.TLS_NO_CERTIFICATE: Sentence(
        "Set archive.tls.certificate_file and archive.tls.key_file.",
        "Stel archive.tls.certificate_file en archive.tls.key_file in.",
    ),
    Fault.TLS_OUR_CERTIFICATE: Sentence(
        "Check archive.tls.certificate_file, and have its administrator trust its authority.",
        "Controleer archive.tls.certificate_file, en laat de beheerder de autoriteit ervan vertrouwen.",
    ),
    Fault.NO_GET: Sentence(
        "Try archive.retrieve: c-move, or have its administrator allow C-GET.",
        "Probeer archive.retrieve: c-move, of laat de beheerder C-GET toestaan.",
    ),
    Fault.NO_MOVE: Sentence("Try archive.retrieve: c-get.", "Probeer archive.retrieve: c-get."),
    Fault.ROLE_NOT_GRANTED: Sentence("Try archive.retrieve: c-move.", "Probeer archive.retrieve: c-move."),
    Fault.TOO_SLOW: Sentence(
        "Where it is always so slow, raise archive.timeouts.", "Verhoog archive.timeouts als het altijd zo traag is."
    ),
    Fault.TOO_MANY_ANSWERS: Sentence(
        "Where the archive really holds as many, raise archive.find_most.",
        "Verhoog archive.find_most als het archief er echt zoveel heeft.",
    ),
    Fault.USER_REJECTED: Sentence(
        "Check archive.user_identity, and have its administrator check the account.",
        "Controleer archive.user_identity, en laat de beheerder het account controleren.",
    ),
    Fault.USER_NOT_CONFIRMED: Sentence(
        "Where that is meant to be so, set archive.user_identity.positive_response to false.",
        "Is dat de bedoeling, zet dan archive.user_identity.positive_response op false.",
    ),
    Fault.DESTINATION_UNKNOWN: Sentence(
        "Have its administrator register archive.move_destination with archive.listen.",
        "Laat de beheerder archive.move_destination registreren met archive.listen.",
    ),
    Fault.CALLER_TURNED_AWAY: Sentence(
        "Add them to archive.listen.callers if they are the archive's.",
        "Voeg ze toe aan archive.listen.callers als ze van het archief zijn.",
    ),
    Fault.LISTEN: Sentence(
        "Check archive.listen; another process may hold the port.",
        "Controleer archive.listen; een ander proces kan de poort bezet houden.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The two ends of an association, as the messages name them."""

    host: str
    port: int
    called: str
    calling: str
    section: str = "archive"  # of the configuration, where the node stands

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"


def _with_section(advice: Sentence, section: str) -> Sentence:
    return Sentence(advice.en.format(section=section), advice.nl.format(section=section))


class LinkError(ArchiveError):
    """An `ArchiveError` with its code."""

    def __init__(self, fault: Fault, peer: Peer, detail: Sentence | str = "") -> None:
        self.fault = fault
        self.peer = peer
        self.detail = both(detail)
        self.while_opening = False  # an association, before anything was asked
        super().__init__(
            Sentence(self._in(Language.EN), self._in(Language.NL)),
            transient=fault in TRANSIENT,
            of_one_exchange=fault in OF_ONE_EXCHANGE,
            advice=_with_section(ADVICE.get(fault, Sentence("", "")), peer.section),
        )

    def _in(self, language: Language) -> str:
        return (
            SENTENCES[self.fault]
            .in_(language)
            .format(
                host=self.peer.host,
                port=self.peer.port,
                called=self.peer.called,
                calling=self.peer.calling,
                detail=self.detail.in_(language),
            )
        )
