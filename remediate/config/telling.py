"""The section `tell` of the configuration: who hears that a study was put right or rolled back. Sends nothing."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import PurePath
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from remediate.config.archive import AeTitle
from remediate.config.base import Port, Seconds, Settings, TlsSettings, TrySeconds
from remediate.config.hl7 import Hl7OutputSettings
from remediate.config.morning import WebhookSettings
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

PLACES = ("{study}", "{pseudonym}", "{event}", "{id}")
"""What stands in the arguments of a command for what it is told; nothing else is filled in."""


class AvailabilitySettings(Settings):
    """A node that takes Instance Availability Notifications (DICOM PS3.4 Annex R)."""

    host: str
    port: Port
    called_ae_title: AeTitle
    ae_title: AeTitle | None = None  # ours; None: archive.ae_title
    retrieve_ae_title: AeTitle | None = None  # where the objects are; None: archive.called_ae_title
    tls: TlsSettings | None = None
    timeout: TrySeconds = 30


class CommandSettings(Settings):
    """A program with its arguments, run without a shell. Code 0 is heard, 75 (EX_TEMPFAIL) not yet, any other no."""

    arguments: Annotated[tuple[str, ...], Field(min_length=1)]
    timeout: TrySeconds = 60

    @field_validator("arguments")
    @classmethod
    def _whole_path(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not PurePath(value[0]).is_absolute():
            raise WrongValueError(
                Sentence("name the program by its whole path", "noem het programma met het volledige pad")
            )
        return value


class ReceiverSettings(Settings):
    """One receiver, by one of four ways. What cannot be delivered waits, in order, for as long as it takes."""

    hl7: Hl7OutputSettings | None = None
    ian: AvailabilitySettings | None = None
    command: CommandSettings | None = None
    webhook: WebhookSettings | None = None
    since: date | None = None  # nothing from before this day; None: everything that was ever put right
    refusals: Annotated[int, Field(ge=1, le=100)] = 5  # of one message, before it is set apart and the next one goes
    first_wait: Seconds = 30  # after a failure; doubled with each further one
    longest_wait: Seconds = 3600

    @model_validator(mode="after")
    def _one_way(self) -> ReceiverSettings:
        if len(self._ways()) != 1:
            raise WrongValueError(
                Sentence("name one of hl7, ian, command and webhook", "noem een van hl7, ian, command en webhook")
            )
        if (self.hl7 is not None and not self.hl7.host) or (self.webhook is not None and not self.webhook.url):
            raise WrongValueError(Sentence("name its host or url", "noem de host of de url"))
        return self

    @property
    def way(self) -> str:
        """How it is told."""
        return self._ways()[0]

    def _ways(self) -> list[str]:
        return [way for way in ("hl7", "ian", "command", "webhook") if getattr(self, way) is not None]

    def leaves_out(self, at: datetime) -> bool:
        """Whether what happened then, on the wall clock of `at`, is older than what this receiver is to hear."""
        return self.since is not None and at.date() < self.since

    def wait_after(self, failures: int) -> float:
        """Seconds until the next try, after so many in a row that failed."""
        return min(self.longest_wait, self.first_wait * 2.0 ** min(failures - 1, 30))
