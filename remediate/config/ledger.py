"""Where the ledger, its keys and its copies are, and how long what is kept. Opens nothing."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from remediate.config.base import (
    Days,
    Seconds,
    SecretSettings,
    Settings,
)
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence


class SyslogSettings(Settings):
    """A receiver of audit messages by syslog over TLS (RFC 5425). An empty host is none."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 6514
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    form: Literal["dicom-audit", "nen7513"] = "dicom-audit"
    timeout: Seconds = 30


class RetentionSettings(Settings):
    """How long to keep: events at least five years (NEN 7513), old values as long as the hospital decides."""

    log_years: Annotated[int, Field(ge=5, le=100)] = 5
    old_values_days: Days | None = None


class LedgerSettings(Settings):
    """A relative SQLite path is relative to the configuration file, and so is the folder for checkpoints."""

    url: str = "sqlite:///ledger.db"
    checkpoints: str = ""
    responsible: str = ""
    retention: RetentionSettings = RetentionSettings()
    syslog: SyslogSettings = SyslogSettings()

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise WrongValueError(
                Sentence("use sqlite:///FILE or postgresql://...", "gebruik sqlite:///BESTAND of postgresql://...")
            )
        if re.match(r"postgresql[^:]*://[^@/]*:[^@/]*@", value):
            raise WrongValueError(
                Sentence(
                    "no password in the configuration: use PGPASSFILE or a service file",
                    "geen wachtwoord in de configuratie: gebruik PGPASSFILE of een servicebestand",
                )
            )
        return value


class KeysSettings(SecretSettings):
    """A file with mode 0600, or the name of an environment variable or of a systemd credential with the same JSON."""

    file: str = "keys.json"

    @property
    def in_file(self) -> bool:
        """Whether they are kept in the file, and can be replaced there."""
        return not (self.env or self.credential)
