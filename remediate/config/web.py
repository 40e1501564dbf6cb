"""The section `web`: where the pages are served, through what, and who vouches for accounts. Opens nothing."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from remediate.config.base import Port, SecretSettings, Settings
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence


class OidcSettings(Settings):
    """The hospital's sign-in by OpenID Connect. An empty `server_url` is none."""

    server_url: str = ""
    client_id: str = ""
    secret: SecretSettings = SecretSettings()
    claim: str = "preferred_username"
    """Which claim holds the name of the account here."""
    name: str = "OpenID Connect"
    """How the button is called."""

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.server_url and not (self.client_id and self.secret.is_set):
            raise WrongValueError(
                Sentence(
                    "server_url needs client_id, and secret.env or secret.credential",
                    "server_url vraagt client_id, en secret.env of secret.credential",
                )
            )
        if self.server_url and not self.server_url.startswith("https://"):
            raise WrongValueError(Sentence("server_url begins with https://", "server_url begint met https://"))
        return self


class WebSettings(Settings):
    """Paths are relative to the configuration file."""

    listen: str = "127.0.0.1"
    port: Port = 8025
    hosts: tuple[str, ...] = ()
    """Names under which browsers ask for the pages, besides those of this machine itself."""
    trusted_proxy: tuple[str, ...] = ()
    """Addresses or networks of the reverse proxy that does TLS: only its X-Forwarded-For and -Proto are believed."""
    certificate_file: str = ""
    key_file: str = ""
    database: str = "web.db"
    session_minutes: Annotated[int, Field(ge=1, le=720)] = 30
    """How long a session may stand still."""
    session_hours: Annotated[int, Field(ge=1, le=24)] = 10
    """How long a session lasts at most."""
    oidc: OidcSettings = OidcSettings()

    @field_validator("listen")
    @classmethod
    def _an_address(cls, value: str) -> str:
        try:
            ip_address(value)
        except ValueError:
            raise WrongValueError(
                Sentence("write an address, such as 127.0.0.1", "schrijf een adres, zoals 127.0.0.1")
            ) from None
        return value

    @field_validator("trusted_proxy")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ip_network(one)
            except ValueError:
                raise WrongValueError(
                    Sentence(
                        f"{one!r} is no address or network; such as 10.1.2.3 or 10.1.2.0/28",
                        f"{one!r} is geen adres of netwerk; bijvoorbeeld 10.1.2.3 of 10.1.2.0/28",
                    )
                ) from None
        return value

    @model_validator(mode="after")
    def _never_bare(self) -> WebSettings:
        if bool(self.certificate_file) != bool(self.key_file):
            raise WrongValueError(
                Sentence(
                    "certificate_file and key_file belong together", "certificate_file en key_file horen bij elkaar"
                )
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.listen).is_loopback

    @property
    def has_tls(self) -> bool:
        """Whether the pages are served over TLS by ourselves."""
        return bool(self.certificate_file)

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers come over TLS: by ourselves, or by the proxy before us."""
        return self.has_tls or bool(self.trusted_proxy)

    def is_trusted(self, address: str) -> bool:
        """Whether what this peer says of who asked may be believed."""
        try:
            peer = ip_address(address)
        except ValueError:
            return False
        return any(peer in network for network in self._proxies)

    @property
    def _proxies(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(one) for one in self.trusted_proxy]
