"""A mail server with STARTTLS and a web server on loopback, for the tests of what a job tells; they keep what came."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BufferedRWPair
from typing import Any

from tests.syslog_receivers import Certificates

PASSWORD = "geheim van de mailserver"


@dataclass(slots=True)
class MailServer:
    """Takes mail over STARTTLS only; `refuses` answers every recipient with 550."""

    certificates: Certificates
    refuses: bool = False
    port: int = 0
    mails: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    in_clear: list[str] = field(default_factory=list)  # what was said before TLS

    @contextlib.contextmanager
    def running(self) -> Iterator[MailServer]:
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server._talk(self)

        with _serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as listening:
            self.port = listening.server_address[1]
            yield self

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        sealed, stream = False, handler.connection.makefile("rwb")
        _say(stream, "220 test")
        while line := stream.readline().decode().strip():
            word = line.split()[0].upper()
            if not sealed:
                self.in_clear.append(line)
            if word == "EHLO":
                _say(stream, "250-test", "250 AUTH PLAIN" if sealed else "250 STARTTLS")
            elif word == "STARTTLS":
                _say(stream, "220 go ahead")
                try:
                    sealed, stream = True, self._sealed(handler).makefile("rwb")
                except ssl.SSLError:
                    return
            elif word == "DATA":
                _say(stream, "354 go on")
                self.mails.append(_until_the_dot(stream))
                _say(stream, "250 taken")
            else:
                self._take(word, line)
                _say(stream, "550 no such user" if word == "RCPT" and self.refuses else _ANSWERS.get(word, "250 ok"))

    def _take(self, word: str, line: str) -> None:
        if word == "AUTH":
            self.logins.append(base64.b64decode(line.split()[2]).decode().replace("\0", " ").strip())

    def _sealed(self, handler: socketserver.StreamRequestHandler) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.server, self.certificates.key)
        return context.wrap_socket(handler.connection, server_side=True)


_ANSWERS = {"AUTH": "235 ok", "QUIT": "221 bye"}


def _say(stream: BufferedRWPair, *lines: str) -> None:
    stream.write("".join(f"{line}\r\n" for line in lines).encode())
    stream.flush()


def _until_the_dot(stream: BufferedRWPair) -> str:
    body = []
    while (row := stream.readline()) != b".\r\n":
        body.append(row.removeprefix(b"."))  # RFC 5321 4.5.2
    return b"".join(body).decode()


@dataclass(slots=True)
class WebServer:
    """Takes what is posted."""

    status: int = 204
    port: int = 0
    posted: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)

    @contextlib.contextmanager
    def running(self) -> Iterator[WebServer]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                server.authorizations.append(self.headers["Authorization"])
                self.send_response(server.status)
                self.send_header("Location", f"http://127.0.0.1:{server.port}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        with _serving(HTTPServer(("127.0.0.1", 0), Handler)) as listening:
            self.port = listening.server_address[1]
            yield self


@contextlib.contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[socketserver.TCPServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
