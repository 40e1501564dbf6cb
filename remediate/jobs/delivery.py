"""Brings a text to people by mail and by webhook; makes no text, and knows no patients.

What does not arrive is answered as a sentence and never raised: a mail server that is down fails no night.
"""

from __future__ import annotations

import http.client
import json
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from remediate.config.morning import MailSettings, WebhookSettings
from remediate.handed_secrets import NoSecretError, secret_of
from remediate.texts.language import Sentence, strerror_nl

TOOK = range(200, 300)
"""HTTP statuses of what was taken."""


def mail(
    settings: MailSettings, base: Path, environment: Mapping[str, str], *, subject: str, text: str, at: datetime
) -> Sentence | None:
    """Send a mail to everybody named; None when the server took it, else why not."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        " ".join(subject.split()),
        settings.sender,
        ", ".join(settings.to),
    )
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=settings.sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(text, cte="quoted-printable")  # also for servers that take seven bits only
    try:
        password = secret_of(settings.password, environment)
        context = _context(settings.ca_file, base)
        with _server(settings, context) as server:
            if settings.tls == "starttls":
                server.starttls(context=context)
            if settings.username:
                server.login(settings.username, password)
            refused = server.send_message(message)
    except NoSecretError as error:
        return error.sentence
    except (OSError, smtplib.SMTPException) as error:
        return _failed(error)
    if refused:
        return Sentence(
            f"the server refused {len(refused)} of {len(settings.to)} addresses",
            f"de server weigerde {len(refused)} van {len(settings.to)} adressen",
        )
    return None


def _server(settings: MailSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=context)
    return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)


def post(
    settings: WebhookSettings, base: Path, environment: Mapping[str, str], document: Mapping[str, object]
) -> Sentence | None:
    """POST a JSON document; None when it was taken (2xx), else why not. No redirect is followed."""
    status = post_status(settings, base, environment, document)
    if isinstance(status, Sentence):
        return status
    if status not in TOOK:
        return Sentence(f"it answered HTTP status {status}", f"er kwam HTTP-status {status} terug")
    return None


def post_status(
    settings: WebhookSettings, base: Path, environment: Mapping[str, str], document: Mapping[str, object]
) -> int | Sentence:
    """The same; answers the HTTP status, or why none came."""
    parts = urlsplit(settings.url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    try:
        token = secret_of(settings.token, environment)
        if parts.scheme == "https":
            context = _context(settings.ca_file, base)
            connection = http.client.HTTPSConnection(host, port, timeout=settings.timeout, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=settings.timeout)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.connect()
            with _ended_after(connection, settings.timeout):
                connection.request("POST", path, json.dumps(document, ensure_ascii=False).encode(), headers)
                return int(connection.getresponse().status)
        finally:
            connection.close()
    except NoSecretError as error:
        return error.sentence
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _failed(error)


@contextmanager
def _ended_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """The whole exchange ends after so many seconds, however often something comes. Raises `TimeoutError` where an
    answer came too late even so."""
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        if connection.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # TLS says no goodbye to who will not end

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if is_over.is_set():
        raise TimeoutError


def _context(ca_file: str, base: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(base / ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _failed(error: Exception) -> Sentence:
    """Why, without what a server said: its words may repeat an address, or anything."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return Sentence("the server refused every address", "de server weigerde alle adressen")
    if isinstance(error, smtplib.SMTPResponseException):
        return Sentence(f"the server answered {error.smtp_code}", f"de server antwoordde {error.smtp_code}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Sentence(
            "the server's certificate is not to be trusted", "het certificaat van de server is niet te vertrouwen"
        )
    if isinstance(error, OSError) and error.errno and error.strerror:
        return Sentence(error.strerror, strerror_nl(error))
    name = type(error).__name__
    return Sentence(f"no answer that could be read ({name})", f"geen leesbaar antwoord ({name})")
