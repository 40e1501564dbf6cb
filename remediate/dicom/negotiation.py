"""Opening an association, as the one who asks and as the one who is asked (PS3.8 7.1, 9.3.2 to 9.3.4).

pynetdicom's PDU classes do the encoding; the sockets are ours. Transfers nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom import PYNETDICOM_IMPLEMENTATION_UID, PYNETDICOM_IMPLEMENTATION_VERSION
from pynetdicom import _config as pynetdicom_config
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
    UserIdentityNegotiation,
)
from pynetdicom.presentation import PresentationContext

from remediate.config.archive import TimeoutSettings
from remediate.dicom.associations import (
    A_ABORT,
    Association,
    Negotiated,
    OfferedContext,
    Roles,
    TlsRecordError,
    read_pdu,
)
from remediate.dicom.faults import Fault, LinkError, Peer
from remediate.dicom.pdata import PdvError
from remediate.dicom.sockets import Connection, Listener, TlsSilentError, connect
from remediate.dicom.tls import any_server, refusal_of
from remediate.dicom.user_identity import ReadIdentity, UserIdentity, nobody
from remediate.texts.language import Sentence, strerror_nl

pynetdicom_config.LOG_HANDLER_LEVEL = "none"
pynetdicom_config.LOG_REQUEST_IDENTIFIERS = False
pynetdicom_config.LOG_RESPONSE_IDENTIFIERS = False
# By default pynetdicom logs identifiers, names and BSNs included. Our associations do not pass through its logging,
# but those of the demo's embedded archive do.

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
A_ASSOCIATE_AC_TYPE, A_ASSOCIATE_RJ_TYPE, A_ASSOCIATE_RQ_TYPE = 0x02, 0x03, 0x01
LEAST_AC_BYTES = 68
"""Everything before the variable items (PS3.8 table 9-17)."""
SECOND_LOOK_SECONDS = 2.0
MAX_CONTEXTS = 128
"""Presentation context IDs are the odd numbers up to 255 (PS3.8 9.3.2.2)."""
_ACCEPTED, _USER_REJECTION, _NO_SUCH_SYNTAX = 0x00, 0x01, 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What we ask of every association with one node."""

    peer: Peer
    timeouts: TimeoutSettings
    max_pdu: int
    tls: ssl.SSLContext | None = None
    own_certificate: bool = False  # whether `tls` has one of ours to show
    user: ReadIdentity = nobody
    listener: Listener | None = None  # hears when the node falls silent


def open_association(
    terms: Terms, contexts: Sequence[OfferedContext], *, as_scp: Iterable[str] = (), as_scu: bool = False
) -> Association:
    """Propose each context by itself; for SOP classes in `as_scp` we take C-STORE requests (C-GET), and send them as
    well when `as_scu` is set.

    Raises `LinkError` with one line for each way to fail.
    """
    if not 0 < len(contexts) <= MAX_CONTEXTS:
        raise ValueError(f"{len(contexts)} presentation contexts in one association")
    user = terms.user()
    connection = _connect(terms)
    try:
        connection.listener, connection.asked = terms.listener, "A-ASSOCIATE"
        connection.allow(idle_seconds=terms.timeouts.association, total_seconds=terms.timeouts.association)
        roles = [_scp_role(uid, as_scu=as_scu) for uid in sorted(set(as_scp))]
        connection.send([A_ASSOCIATE_RQ(_request(terms, contexts, roles, user)).encode()])
        answer = _answer(connection, terms.peer, user)
    except TlsRecordError:
        connection.close()
        raise LinkError(Fault.TLS_SPOKEN, terms.peer) from None
    except TimeoutError:
        connection.close()
        raise LinkError(Fault.ASSOCIATION_TIMEOUT, terms.peer) from None
    except (PdvError, ValueError, KeyError, AttributeError, struct.error, TypeError):
        connection.close()
        raise LinkError(
            Fault.PROTOCOL,
            terms.peer,
            Sentence(
                " (an unreadable answer to the association request; is that its DICOM port?)",
                " (een onleesbaar antwoord op het associatieverzoek; is dat de DICOM-poort?)",
            ),
        ) from None
    except OSError as error:
        connection.close()
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            raise _tls_fault(error, terms) from None  # in TLS 1.3 the peer looks at our certificate after the handshake
        raise LinkError(Fault.CLOSED, terms.peer, Sentence(" during association", " tijdens de associatie")) from None
    except BaseException:
        connection.close()
        raise
    negotiated = _agreed(contexts, answer)
    association = Association(connection, terms.peer, negotiated, terms.timeouts)
    if not negotiated.contexts:
        association.abort()
        raise LinkError(
            Fault.NO_CONTEXTS, terms.peer, ", ".join(sorted({UID(c.abstract_syntax).name for c in contexts}))
        )
    return association


def _agreed(contexts: Sequence[OfferedContext], answer: A_ASSOCIATE) -> Negotiated:
    results = answer.presentation_context_definition_results_list
    accepted = {c.context_id for c in results if c.result == _ACCEPTED}
    roles = (item for item in answer.user_information if isinstance(item, SCP_SCU_RoleSelectionNegotiation))
    return Negotiated(
        contexts={2 * i + 1: context for i, context in enumerate(contexts) if 2 * i + 1 in accepted},
        proposed=frozenset(contexts),
        max_pdu=int(answer.maximum_length_received or 0),
        roles={str(r.sop_class_uid): Roles(scu=bool(r.scu_role), scp=bool(r.scp_role)) for r in roles},
    )


def buffer_for(max_pdu: int) -> int:
    """Room for several of the longest PDUs, so that one system call brings many."""
    return max(4 * max_pdu, 1 << 21)


def _connect(terms: Terms) -> Connection:
    peer = terms.peer
    read_bytes = buffer_for(terms.max_pdu)
    try:
        return connect(peer.host, peer.port, seconds=terms.timeouts.connect, tls=terms.tls, read_bytes=read_bytes)
    except socket.gaierror:
        raise LinkError(Fault.UNKNOWN_HOST, peer) from None
    except ConnectionRefusedError:
        raise LinkError(Fault.CONNECTION_REFUSED, peer) from None
    except TimeoutError:
        raise LinkError(Fault.CONNECT_TIMEOUT, peer) from None
    except TlsSilentError:
        raise LinkError(Fault.TLS_NOT_SPOKEN, peer) from None
    except ssl.SSLError as error:
        raise _tls_fault(error, terms) from None
    except OSError as error:
        raise LinkError(
            Fault.UNREACHABLE,
            peer,
            Sentence(f" ({error.strerror or type(error).__name__})", f" ({strerror_nl(error)})"),
        ) from None


def _tls_fault(error: ssl.SSLError, terms: Terms) -> LinkError:
    fault, detail = refusal_of(error, own_certificate=terms.own_certificate)
    return LinkError(fault, terms.peer, detail)


def why_closed(terms: Terms) -> LinkError | None:
    """A second look at a node that closes the connection as soon as an association is asked for: whether it is TLS that
    stands between. Nothing is sent but a handshake, so that its alert is not lost behind what it never read."""
    seconds = min(terms.timeouts.connect, SECOND_LOOK_SECONDS)
    spoken = False
    try:
        connection = connect(terms.peer.host, terms.peer.port, seconds=seconds, tls=terms.tls or any_server())
        spoken = True
        with contextlib.closing(connection):
            connection.allow(idle_seconds=seconds)
            connection.read(1)
    except ssl.SSLEOFError:
        pass
    except ssl.SSLError as error:
        fault = _tls_fault(error, terms)
        if terms.tls is not None:
            return fault
        spoken = fault.fault is not Fault.TLS_NOT_SPOKEN
    except OSError:
        pass  # it says no more than before
    return LinkError(Fault.TLS_SPOKEN, terms.peer) if spoken and terms.tls is None else None


def _request(
    terms: Terms,
    contexts: Sequence[OfferedContext],
    roles: Iterable[SCP_SCU_RoleSelectionNegotiation],
    user: UserIdentity | None,
) -> A_ASSOCIATE:
    request = A_ASSOCIATE()
    request.application_context_name = UID(APPLICATION_CONTEXT)
    request.calling_ae_title = terms.peer.calling
    request.called_ae_title = terms.peer.called
    request.presentation_context_definition_list = [
        _presentation_context(2 * i + 1, context) for i, context in enumerate(contexts)
    ]
    request.user_information = [*_user_information(terms.max_pdu), *roles, *([user.negotiation()] if user else [])]
    return request


def _presentation_context(context_id: int, context: OfferedContext, result: int | None = None) -> PresentationContext:
    made = PresentationContext()
    made.context_id = context_id
    made.abstract_syntax = UID(context.abstract_syntax)
    made.transfer_syntax = [UID(context.transfer_syntax)]
    made.result = result
    return made


def _user_information(max_pdu: int) -> list[object]:
    length = MaximumLengthNotification()
    length.maximum_length_received = max_pdu
    uid = ImplementationClassUIDNotification()
    uid.implementation_class_uid = UID(PYNETDICOM_IMPLEMENTATION_UID)
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = PYNETDICOM_IMPLEMENTATION_VERSION
    return [length, uid, version]


def _scp_role(sop_class_uid: str, *, as_scu: bool) -> SCP_SCU_RoleSelectionNegotiation:
    """PS3.7 D.3.3.4: we, who ask, take the SCP's part, as every C-GET requestor proposes it, and perhaps keep ours."""
    role = SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid = UID(sop_class_uid)
    role.scu_role = as_scu
    role.scp_role = True
    return role


def _answer(connection: Connection, peer: Peer, user: UserIdentity | None) -> A_ASSOCIATE:
    """What the peer accepted, or the `LinkError` that tells why not."""
    kind, payload = read_pdu(connection)
    whole = bytes((kind, 0)) + len(payload).to_bytes(4, "big") + bytes(payload)
    if kind == A_ASSOCIATE_AC_TYPE and len(payload) >= LEAST_AC_BYTES:
        answer = A_ASSOCIATE_AC()
        answer.decode(whole)
        primitive = answer.to_primitive()
        if user is not None and user.positive_response and not _confirms(primitive):
            raise LinkError(Fault.USER_NOT_CONFIRMED, peer, user.type)
        return primitive
    if kind == A_ASSOCIATE_RJ_TYPE and len(payload) == 4:
        raise _rejection(peer, payload[1], payload[2], payload[3], user)
    if kind == A_ABORT:
        raise LinkError(Fault.ABORTED, peer, Sentence(" during negotiation", " tijdens de onderhandeling"))
    raise LinkError(
        Fault.PROTOCOL,
        peer,
        Sentence(
            f" (PDU type {kind} as answer to the association request)",
            f" (PDU-type {kind} als antwoord op het associatieverzoek)",
        ),
    )


def _confirms(answer: A_ASSOCIATE) -> bool:
    """PS3.7 D.3.3.7.2: the item in the answer says that the acceptor looked at the user identity and took it."""
    return any(isinstance(item, UserIdentityNegotiation) for item in answer.user_information)


def _rejection(peer: Peer, result: int, source: int, reason: int, user: UserIdentity | None) -> LinkError:
    """PS3.8 table 9-21. There is no reason for a wrong user (PS3.7 D.3.3.7.3): an acceptor then gives none."""
    if user is not None and source in (1, 2) and reason == 1:
        return LinkError(Fault.USER_REJECTED, peer, user.type)
    if source == 1 and reason == 3:
        return LinkError(Fault.CALLING_AE_UNKNOWN, peer)
    if source == 1 and reason == 7:
        return LinkError(Fault.CALLED_AE_UNKNOWN, peer)
    reasons = {
        (1, 2): Sentence(": application context not supported", ": application context niet ondersteund"),
        (2, 2): Sentence(": protocol version not supported", ": protocolversie niet ondersteund"),
        (3, 1): Sentence(": temporary congestion", ": tijdelijk te druk"),
        (3, 2): Sentence(": too many associations", ": te veel associaties"),
    }
    detail = reasons.get(
        (source, reason),
        Sentence(f" (source {source}, reason {reason})", f" (bron {source}, reden {reason})"),
    )
    return LinkError(Fault.REJECTED_FOR_NOW if result == 2 else Fault.REJECTED, peer, detail)


Choose = Callable[[str, Sequence[str]], str | None]
"""Abstract syntax and offered transfer syntaxes to the one we take; None when we want none of it."""


def accept_association(
    connection: Connection,
    terms: Terms,
    *,
    callers: frozenset[str],
    called: frozenset[str],
    choose: Choose,
    turn_away: Callable[[str], None],
) -> Association:
    """Answer an association request: only known AE titles, only contexts that `choose` takes. Raises `LinkError`.

    `turn_away` is told the AE titles that we do not know before their caller is: what it does next may need that.
    """
    connection.allow(idle_seconds=terms.timeouts.association, total_seconds=terms.timeouts.association)
    request = _asked(connection, terms.peer)
    for known, title, reason in (
        (callers, request.calling_ae_title, 0x03),
        (called, request.called_ae_title, 0x07),
    ):
        if comparable(str(title)) not in {comparable(each) for each in known}:
            names = _printable(f"{request.calling_ae_title} calling {request.called_ae_title}")
            turn_away(names)
            _reject(connection, reason)
            raise LinkError(Fault.CALLER_TURNED_AWAY, terms.peer, names)
    results = [_judge(context, choose) for context in request.presentation_context_definition_list]
    connection.send([A_ASSOCIATE_AC(_acceptance(request, results, terms.max_pdu)).encode()])
    agreed = {
        int(c.context_id): OfferedContext(str(c.abstract_syntax), str(c.transfer_syntax[0]))
        for c in results
        if c.result == _ACCEPTED
    }
    negotiated = Negotiated(
        contexts=agreed, proposed=frozenset(agreed.values()), max_pdu=int(request.maximum_length_received or 0)
    )
    return Association(connection, terms.peer, negotiated, terms.timeouts)


def comparable(title: str) -> str:
    """An AE title as it is compared: spaces round it are no part of it (PS3.5 6.2), and capitals are not minded."""
    return title.strip(" \0").upper()


def _printable(title: str) -> str:
    return "".join(character if character.isascii() and character.isprintable() else "?" for character in title)


def _asked(connection: Connection, peer: Peer) -> A_ASSOCIATE:
    kind, payload = read_pdu(connection)
    if kind != A_ASSOCIATE_RQ_TYPE:
        raise LinkError(
            Fault.PROTOCOL,
            peer,
            Sentence(
                f" (PDU type {kind} where an association request was due)",
                f" (PDU-type {kind} waar een associatieverzoek hoorde)",
            ),
        )
    pdu = A_ASSOCIATE_RQ()
    try:
        pdu.decode(bytes((kind, 0)) + len(payload).to_bytes(4, "big") + bytes(payload))
        return pdu.to_primitive()
    except Exception:  # noqa: BLE001 - whatever pynetdicom stumbles over: it is not a request
        raise LinkError(
            Fault.PROTOCOL,
            peer,
            Sentence(" (an unreadable association request)", " (een onleesbaar associatieverzoek)"),
        ) from None


def _reject(connection: Connection, reason: int) -> None:
    primitive = A_ASSOCIATE()
    primitive.result = 0x01
    primitive.result_source = 0x01
    primitive.diagnostic = reason
    connection.send([A_ASSOCIATE_RJ(primitive).encode()])


def _judge(offered: PresentationContext, choose: Choose) -> PresentationContext:
    taken = choose(str(offered.abstract_syntax), [str(uid) for uid in offered.transfer_syntax])
    context = OfferedContext(str(offered.abstract_syntax), taken or str(offered.transfer_syntax[0]))
    return _presentation_context(offered.context_id, context, _ACCEPTED if taken else _USER_REJECTION)


def _acceptance(request: A_ASSOCIATE, results: list[PresentationContext], max_pdu: int) -> A_ASSOCIATE:
    answer = A_ASSOCIATE()
    answer.application_context_name = UID(APPLICATION_CONTEXT)
    answer.calling_ae_title = request.calling_ae_title
    answer.called_ae_title = request.called_ae_title
    answer.result = 0x00
    answer.result_source = 0x01
    answer.presentation_context_definition_results_list = results
    answer.user_information = _user_information(max_pdu)
    return answer
