"""A server of OpenID Connect on a port of loopback, over TLS, that signs in whom the test names and lies on request.

Strict where the standard is: code, redirect address and PKCE verifier are those of the sign-in, and a code works once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.syslog_receivers import Certificates, make_certificates

CLIENT, SECRET = "remediate", "a secret between two servers"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """The server's key, or one of a stranger's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(told: dict[str, Any]) -> str:
    """An ID token as an honest server makes it."""
    return jwt.encode(told, key("ours"), algorithm="RS256", headers={"kid": "ours"})


@dataclass
class OidcServer:
    """What the server says; a test changes it."""

    certificates: Certificates
    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)  # claims of who signs in
    userinfo: dict[str, Any] | None = None  # where it tells another
    issuer: str = ""
    change: Callable[[dict[str, Any]], object] = lambda _: None
    sign: Callable[[dict[str, Any]], str] = signed
    asked: list[dict[str, str]] = field(default_factory=list)  # what browsers brought to the authorization endpoint
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        """Discovery 1.0, section 4."""
        places = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
        return {
            "issuer": self.issuer or self.url,
            "jwks_uri": f"{self.url}/jwks",
            **{name: f"{self.url}/{name.partition('_')[0]}" for name in places},
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent, the person being signed in already."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, asked: dict[str, str]) -> dict[str, Any] | None:
        """The answer of the token endpoint; None for whom there is none."""
        begun = self._codes.pop(asked.get("code", ""), None)
        challenge = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        if begun is None or begun["code_challenge"] != base64.urlsafe_b64encode(challenge).decode().rstrip("="):
            return None
        if (asked["client_id"], asked["client_secret"]) != (CLIENT, SECRET):
            return None
        if asked["redirect_uri"] != begun["redirect_uri"]:
            return None
        at = int(time.time())
        told = {"iss": self.url, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": begun.get("nonce")} | self.person
        self.change(told)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": self.sign(told)}


@contextmanager
def oidc_server(folder: Path) -> Iterator[OidcServer]:
    """One that answers until the block ends."""
    made = OidcServer(make_certificates(folder))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:  # type: ignore[override]
            """Nothing."""

        def do_GET(self) -> None:
            path = urlsplit(self.path)
            if path.path == "/authorization":
                self.send_response(302)
                self.send_header("Location", made.authorize(_fields(path.query)))
                self.end_headers()
                return
            jwks = {"keys": [json.loads(RSAAlgorithm.to_jwk(key("ours").public_key())) | {"kid": "ours", "use": "sig"}]}
            userinfo = made.person if made.userinfo is None else made.userinfo
            known = {"/.well-known/openid-configuration": made.discovery(), "/jwks": jwks, "/userinfo": userinfo}
            self._tell(known.get(path.path))

        def do_POST(self) -> None:
            self._tell(made.token(_fields(self.rfile.read(int(self.headers["Content-Length"])).decode())))

        def _tell(self, told: dict[str, Any] | None) -> None:
            body = json.dumps(told if told is not None else {"error": "invalid_grant"}).encode()
            self.send_response(200 if told is not None else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificates.server, made.certificates.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.url = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
