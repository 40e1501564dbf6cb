"""The section `copies` of the configuration: other nodes that hold the same studies, and whether they are updated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from remediate.config.archive import AeTitle, ArchiveSettings, ListenSettings, StoreNodeSettings
from remediate.config.base import Port, Settings, TlsSettings
from remediate.config.user_identity import UserIdentitySettings

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
    update: Literal["report", "c-store"] = "report"

    def as_archive(self, archive: ArchiveSettings) -> ArchiveSettings:
        """How this node is spoken to: as the archive is, but for what is said here."""
        own = self.model_dump(exclude={"update", "ae_title", "listen"})
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
