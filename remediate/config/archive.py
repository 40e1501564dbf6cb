"""The archive: who it is, how it is spoken to, and how long it may take. Opens nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from remediate.config.base import (
    Port,
    Seconds,
    Settings,
    TlsSettings,
)
from remediate.config.user_identity import UserIdentitySettings
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

AeTitle = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[\x20-\x5B\x5D-\x7E]+$")]


class ListenSettings(Settings):
    """Where our own storage SCP listens for C-MOVE; loopback unless configured. `callers` are the AE titles under which
    the archive may send; none is its called AE title."""

    host: str = "127.0.0.1"
    port: Port = 11113
    callers: tuple[AeTitle, ...] = ()


class TimeoutSettings(Settings):
    """In seconds. `store` is the least time for a C-STORE response; it grows with the object's size.

    `message` is also the least time in which a message that has begun to come must be whole, and `exchange` that of a
    whole query or retrieval; both grow by a second for every `least_bytes_per_second` that came.
    """

    connect: Seconds = 10
    association: Seconds = 30
    message: Seconds = 60
    network: Seconds = 120
    store: Seconds = 60
    exchange: Seconds = 1800
    least_bytes_per_second: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class StoreNodeSettings(Settings):
    """The node that takes stores, where it is not the one that answers queries."""

    host: str
    port: Port
    called_ae_title: AeTitle


class ArchiveSettings(Settings):
    """The archive and how it is spoken to."""

    ae_title: AeTitle = "REMEDIATE"
    host: str = "127.0.0.1"
    port: Port
    called_ae_title: AeTitle
    retrieve: Literal["c-get", "c-move"] = "c-get"
    listen: ListenSettings = ListenSettings()
    move_destination: str = ""  # AE title the archive knows us by; "" is ae_title
    store: StoreNodeSettings | None = None
    tls: TlsSettings | None = None
    user_identity: UserIdentitySettings | None = None
    timeouts: TimeoutSettings = TimeoutSettings()
    max_pdu: Annotated[int, Field(ge=4096, le=1_048_576)] = 131_072
    find_cap: Annotated[int, Field(ge=10)] = 500
    find_most: Annotated[int, Field(ge=100, le=100_000_000)] = 250_000
    headers: Literal["none", "study", "series"] = "study"
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    correct_by: Literal["store", "hl7"] = "store"

    @model_validator(mode="after")
    def _move_needs_a_known_name(self) -> ArchiveSettings:
        if len(self.move_destination) > 16:
            raise WrongValueError(
                Sentence(
                    "move_destination: an AE title has at most 16 characters",
                    "move_destination: een AE-titel heeft hoogstens 16 tekens",
                )
            )
        return self
