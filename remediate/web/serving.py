"""Serves the pages by gunicorn: on loopback, over TLS, or to a reverse proxy that is trusted; nothing else."""

from __future__ import annotations

import math
import socket
import ssl
import struct
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from remediate.config.settings import Config
from remediate.config.web import WebSettings
from remediate.errors import ConfigError
from remediate.files import replacing
from remediate.ledger.keys import Keys
from remediate.processes import fate_of, this_process
from remediate.records.signs import Fate, process_of
from remediate.texts.language import Sentence
from remediate.web.patience import Wsgi, whole_requests

_THREADS = 24
"""Requests at a time; a page of the night holds one of them open (`night.STREAMS`)."""
_SILENT = 5.0
"""Seconds that a client may keep a thread waiting for the next part of its request."""


def require_guarded(web: WebSettings, listen: str) -> None:
    """Raises `ConfigError` for an address that others reach and that nothing encrypts."""
    if not (ip_address(listen).is_loopback or web.is_encrypted):
        raise ConfigError(
            Sentence(
                f"web.listen {listen} can be reached from elsewhere, without encryption.",
                f"web.listen {listen} is van elders te bereiken, zonder versleuteling.",
            ),
            advice=Sentence(
                "Name web.certificate_file and web.key_file, or the reverse proxy that does TLS in web.trusted_proxy.",
                "Noem web.certificate_file en web.key_file, of in web.trusted_proxy de reverse proxy die TLS doet.",
            ),
        )


def behind_proxy(application: Wsgi, web: WebSettings) -> Wsgi:
    """Whom a trusted proxy names is who asks, and over TLS if it says so; of anybody else these headers are dropped."""

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked_for = environ.get("HTTP_X_FORWARDED_FOR", "")
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "")
        for name in [
            name for name in environ if name.startswith(("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_X_REAL"))
        ]:
            del environ[name]
        if web.is_trusted(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = _who(asked_for, web) or environ["REMOTE_ADDR"]
            if scheme.strip().lower() == "https":
                environ["wsgi.url_scheme"] = "https"
        return application(environ, start_response)

    return guarded


def _who(forwarded: str, web: WebSettings) -> str:
    """The last address that no proxy of ours is: what stands before it anybody may have written."""
    for one in reversed([part.strip() for part in forwarded.split(",")]):
        try:
            ip_address(one)
        except ValueError:
            return ""
        if not web.is_trusted(one):
            return one
    return ""


class Pages(BaseApplication):
    """One process of gunicorn with threads; Django is set up in it, so that nothing of a database is shared."""

    def __init__(self, config: Config, keys: Keys, *, listen: str, port: int, ready: Callable[[str], None]) -> None:
        self._config, self._keys, self._where, self._ready = config, keys, (listen, port), ready
        super().__init__()

    def load_config(self) -> None:
        """What gunicorn is told; it reads no environment and no file."""
        listen, port = self._where
        web = self._config.web
        told: dict[str, Any] = {
            "bind": f"[{listen}]:{port}" if ":" in listen else f"{listen}:{port}",
            "workers": 1,
            "worker_class": "remediate.web.patience.PatientWorker",
            "threads": _THREADS,
            "timeout": 120,
            "graceful_timeout": 5,
            "forwarded_allow_ips": "",
            "proc_name": "remediate-web",
            "loglevel": "critical",
            "accesslog": None,
            "limit_request_line": 4094,
            "when_ready": self._on_ready,
        }
        if "control_socket_disable" in self.cfg.settings:  # older ones have no such socket
            told["control_socket_disable"] = True
        if web.has_tls:
            told["certfile"] = str(self._config.path(web.certificate_file))
            told["keyfile"] = str(self._config.path(web.key_file))
            told["ssl_context"] = _tls
        for name, value in told.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        """In the process that serves."""
        from django.core.wsgi import get_wsgi_application

        from remediate.web.starting import set_up

        set_up(self._config, self._keys)
        return whole_requests(behind_proxy(get_wsgi_application(), self._config.web))

    def _on_ready(self, arbiter: Any) -> None:
        for listener in arbiter.LISTENERS:
            end_silence(listener.sock)
        address = address_of(self._config.web, self._where[0], arbiter.LISTENERS[0].getsockname()[1])
        note_address(self._config, address)
        self._ready(address)


def end_silence(listener: socket.socket) -> None:
    """Whoever sends half a request and then nothing loses the connection soon; a byte now and then helps for a while
    (`patience`). What is accepted inherits it (socket(7), SO_RCVTIMEO)."""
    part, whole = math.modf(_SILENT)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", int(whole), int(part * 1e6)))


def address_of(web: WebSettings, listen: str, port: int) -> str:
    """How a browser on this machine, or elsewhere by the first of `web.hosts`, opens the pages."""
    if web.trusted_proxy and web.hosts:
        return f"https://{web.hosts[0]}"
    scheme = "https" if web.has_tls else "http"
    host = web.hosts[0] if web.hosts and not ip_address(listen).is_loopback else "localhost"
    return f"{scheme}://{host}:{port}"


def _note(config: Config) -> Path:
    path = config.path(config.web.database)
    return path.with_name(f"{path.name}.address")


def note_address(config: Config, address: str) -> None:
    """Leave word where the pages are served now, for links that are made meanwhile."""
    with replacing(_note(config)) as file:
        file.write(f"{this_process().name}\n{address}\n".encode())


def served_at(config: Config) -> str:
    """Where the pages are served now; where they would be when nobody serves them."""
    web = config.web
    try:
        owner, _, address = _note(config).read_text(encoding="utf-8").partition("\n")
    except OSError:
        owner = address = ""
    process = process_of(owner)
    if process is None or fate_of(process) is Fate.GONE:
        return address_of(web, web.listen, web.port)
    return address.strip()


def _tls(_config: Any, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = make()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
