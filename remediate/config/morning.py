"""The sections `report.morning` and `metrics`: who is told of a night, and how. Sends nothing, holds no password."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from remediate.config.base import Port, Seconds, SecretSettings, Settings, TrySeconds
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


def is_loopback(host: str) -> bool:
    """Whether what is sent there never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class MailSettings(Settings):
    """A mail server (SMTP) that takes the summary. `tls` none is for a server on this machine only."""

    host: str = ""
    port: Port = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    username: str = ""
    password: SecretSettings = SecretSettings()
    timeout: Seconds = 30

    @field_validator("sender", "to")
    @classmethod
    def _addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if address and not _ADDRESS.fullmatch(address):
                raise WrongValueError(Sentence(f"{address!r} is no e-mail address", f"{address!r} is geen e-mailadres"))
        return value

    @model_validator(mode="after")
    def _whole(self) -> MailSettings:
        if self.host and not (self.sender and self.to):
            raise WrongValueError(Sentence("name sender and to", "noem sender en to"))
        if self.tls == "none" and not is_loopback(self.host):
            raise WrongValueError(
                Sentence(
                    "without TLS mail goes to this machine only; use starttls or tls",
                    "zonder TLS gaat mail alleen naar deze machine; gebruik starttls of tls",
                )
            )
        if self.username and not self.password.is_set:
            raise WrongValueError(
                Sentence(
                    "a username takes a password: name password.env or password.credential",
                    "bij een username hoort een wachtwoord: noem password.env of password.credential",
                )
            )
        return self


class WebhookSettings(Settings):
    """An address that takes the summary as JSON by POST: https, or http on this machine."""

    url: str = ""
    ca_file: str = ""
    token: SecretSettings = SecretSettings()
    timeout: TrySeconds = 30

    @field_validator("url")
    @classmethod
    def _sealed(cls, value: str) -> str:
        parts = urlsplit(value)
        is_sealed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        if value and not (parts.hostname and is_sealed):
            raise WrongValueError(
                Sentence(
                    "use https://..., or http:// to this machine", "gebruik https://..., of http:// naar deze machine"
                )
            )
        if parts.username or parts.password:
            raise WrongValueError(
                Sentence(
                    "no password in the configuration: name token.env or token.credential",
                    "geen wachtwoord in de configuratie: noem token.env of token.credential",
                )
            )
        return value


class MorningSettings(Settings):
    """What becomes of the summary of a job, besides stdout. Every way is off until it is named."""

    silent: Annotated[bool, Field(strict=True)] = False
    file: str = ""
    mail: MailSettings = MailSettings()
    webhook: WebhookSettings = WebhookSettings()


class MetricsSettings(Settings):
    """For Prometheus: a file for the node exporter's textfile collector ("" writes none), and the port on this machine
    at which `remediate metrics --serve` listens (null: it does not)."""

    file: str = ""
    port: Port | None = None

    @field_validator("file")
    @classmethod
    def _prom(cls, value: str) -> str:
        if value and not value.endswith(".prom"):
            raise WrongValueError(
                Sentence(
                    "the collector reads files whose name ends in .prom",
                    "de collector leest bestanden waarvan de naam eindigt op .prom",
                )
            )
        return value
