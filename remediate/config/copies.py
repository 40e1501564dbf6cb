"""The section `copies` of the configuration: other nodes that hold the same studies, and whether they are updated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from remediate.config.archive import AeTitle, ArchiveSettings, ListenSettings, StoreNodeSettings
from remediate.config.base import Port, Settings, TlsSettings
from remediate.config.hl7 import Hl7OutputSettings
from remediate.config.user_identity import UserIdentitySettings
from remediate.errors import WrongValueError
from remediate.texts.language import Sentence

NodeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
"""How people call a node in the configuration, on the command line and in the ledger."""


class CopySettings(Settings):
    """A node that holds studies of the archive: a second archive, a VNA, a viewer's cache, a gateway.

    What is not said here is as in `archive`: our AE title, time-outs, retries, sizes.
    """

    host: str
    port: Port
    called_ae_title: AeTitle
    ae_title: AeTitle | None = None  # ours; None: archive.ae_title
    retrieve: Literal["c-get", "c-move"] = "c-get"
    listen: ListenSettings | None = None  # None: archive.listen
    move_destination: Annotated[str, Field(max_length=16)] = ""
    store: StoreNodeSettings | None = None
    tls: TlsSettings | None = None
    user_identity: UserIdentitySettings | None = None
    update: Literal["report", "c-store", "hl7"] = "report"
    hl7: Hl7OutputSettings | None = None  # where a copy is told that is updated by message

    @model_validator(mode="after")
    def _is_told_somewhere(self) -> CopySettings:
        if (self.update == "hl7") != bool(self.hl7 is not None and self.hl7.host):
            raise WrongValueError(
                Sentence("update hl7 and hl7.host go together", "update hl7 en hl7.host horen bij elkaar")
            )
        return self

    def as_archive(self, archive: ArchiveSettings) -> ArchiveSettings:
        """How this node is spoken to: as the archive is, but for what is said here."""
        own = self.model_dump(exclude={"update", "hl7", "ae_title", "listen"})
        ours = {
            "ae_title": self.ae_title or archive.ae_title,
            "listen": (self.listen or archive.listen).model_dump(),
            "correct_by": "store",
        }
        return ArchiveSettings.model_validate(archive.model_dump() | own | ours)

    @property
    def node(self) -> str:
        """As people know it."""
        return f"{self.called_ae_title}@{self.host}:{self.port}"
