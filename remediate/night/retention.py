"""Which originals in the spool wait for a second verification, and when they go. The ledger says so, not the disk.

They wait where not every object was read back, or where the configuration asks for it; `verify` releases them once it
found every object of the study the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediate.config.execute import SpoolSettings
from remediate.night.intent import Details
from remediate.plan.verification_means import Means
from remediate.ports import Events, Spool, StudyStore, Vault, WorkStore
from remediate.reasons.study import NoDifference
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import EventType, NewEvent
from remediate.records.states import DONE

RELEASED: Details = {"originals": "released"}
"""In the event of the verification after which they may go; it is written before they do."""
_WAIT = "wait"
_AT_ONCE = 5_000  # studies asked for in one query; databases take some ten thousand values


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The originals of one study that wait for `verify`."""

    study_instance_uid: str
    since: datetime
    objects: int
    nbytes: int
    proven: bool  # every object was read back and found as intended since the store

    def may_go(self, settings: SpoolSettings, now: datetime) -> bool:
        """Whether a verification at this moment is the delayed one."""
        return now - self.since >= timedelta(days=settings.keep_days)


def kept_details(settings: SpoolSettings, means: Means, originals: Mapping[str, ReceivedObject]) -> Details:
    """What the ledger is told of originals that stay after this verification; nothing when they need not."""
    if means is Means.EVERY and settings.keep_until == "verified":
        return {}
    return {"originals": _WAIT, "original_bytes": sum(item.nbytes for item in originals.values())}


def waiting_of(events: Events, study_instance_uid: str) -> Waiting | None:
    """What waits of one study, None when nothing does."""
    return _waiting_of(events, [study_instance_uid]).get(study_instance_uid)


def waiting(events: Events, spool: Spool) -> Iterator[Waiting]:
    """Everything in the spool that waits for `verify`."""
    names = [name for name, _ in spool.kept()]
    yield from (found for _, found in sorted(_waiting_of(events, names).items()))


def _waiting_of(events: Events, names: Sequence[str]) -> dict[str, Waiting]:
    """What waits of these studies, by study; one query for many of them."""
    found: dict[str, Waiting] = {}
    for begin in range(0, len(names), _AT_ONCE):
        for entry in events.events(studies=names[begin : begin + _AT_ONCE]):
            now_waits = _after(found.pop(entry.event.study, None), entry.event)
            if now_waits is not None:
                found[entry.event.study] = now_waits
    return found


def _after(before: Waiting | None, event: NewEvent) -> Waiting | None:
    """What waits of a study once this event of it happened."""
    if event.state in DONE and event.type is not EventType.VERIFY:
        if event.details.get("originals") != _WAIT:
            return None
        return Waiting(
            study_instance_uid=event.study,
            since=event.at,
            objects=int(event.details.get("instances") or 0),
            nbytes=int(event.details.get("original_bytes") or 0),
            proven=event.details.get("by") == Means.EVERY,
        )
    if before is not None and event.type is EventType.VERIFY and event.reason == NoDifference.SAME:
        return None if RELEASED.items() <= event.details.items() else replace(before, proven=True)
    return before


def remove_expired_originals(
    spool: Spool,
    settings: SpoolSettings,
    *,
    studies: StudyStore,
    work: WorkStore,
    vault: Vault,
    events: Events,
    now: datetime,
) -> int:
    """Remove originals of finished studies that wait for nothing any more; answers how many studies.

    The folders are listed first: of a study that is in hand none is removed, and what comes to be in hand meanwhile
    arrives in a folder that was not listed.
    """
    removed = 0
    unreadable = vault.unreadable_studies()
    found = [(name, changed, spool.parts(name)) for name, changed in spool.kept()]
    in_hand = work.in_hand()
    waits = _waiting_of(events, [name for name, _, _ in found])
    for name, changed, folders in found:
        row = studies.study(name)
        if (
            row is None
            or name in in_hand
            or row.state not in DONE
            or now - changed < timedelta(days=settings.keep_days)
        ):
            continue
        if name in unreadable or name not in waits:
            for folder in folders:
                spool.remove(folder)
            removed += 1
    return removed
