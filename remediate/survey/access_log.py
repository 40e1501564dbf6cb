"""An archive that tells the ledger of every retrieval before it asks for it (NEN 7513: reading is an event of its own).

Written first, so that after a crash no access is missing. Changes nothing that passes through it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from remediate.ports import Archive, Clock, Events
from remediate.records.dicom import (
    ExpectedObject,
    FindAnswer,
    FoundInstance,
    OutgoingObject,
    Retrieval,
    StoreResult,
    StudyQuery,
    nothing_expected,
)
from remediate.records.ledger import EventType, NewEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedArchive:
    """Port `Archive` around another one."""

    archive: Archive
    events: Events
    clock: Clock
    type: EventType = EventType.RETRIEVED
    plan: str = ""
    batch: str = ""
    node: str = ""  # a copy's name; "" is the archive

    def echo(self) -> None:
        """See `Archive`."""
        self.archive.echo()

    def find_studies(self, query: StudyQuery) -> FindAnswer:
        """See `Archive`. A survey records its queries itself, together."""
        return self.archive.find_studies(query)

    def find_instances(self, study_instance_uid: str, *, briefly: bool = False) -> tuple[FoundInstance, ...]:
        """See `Archive`."""
        return self.archive.find_instances(study_instance_uid, briefly=briefly)

    def retrieve(
        self,
        study_instance_uid: str,
        instances: Sequence[FoundInstance],
        folder: Path,
        expected: ExpectedObject = nothing_expected,
    ) -> Retrieval:
        """See `Archive`."""
        event = NewEvent(
            type=self.type,
            at=self.clock(),
            study=study_instance_uid,
            batch=self.batch,
            plan=self.plan,
            details={"instances": len(instances), **({"copy": self.node} if self.node else {})},
        )
        self.events.record(event)
        return self.archive.retrieve(study_instance_uid, instances, folder, expected)

    def store(self, objects: Iterable[OutgoingObject]) -> Iterator[StoreResult]:
        """See `Archive`. What is stored has an intent, and an event of its own."""
        return self.archive.store(objects)

    def not_taken(self, contexts: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """See `Archive`."""
        return self.archive.not_taken(contexts)

    def close(self) -> None:
        """See `Archive`."""
        self.archive.close()
