"""Looks at every object of a night's hospital and says what is wrong; never asks the program what it believes it did.

It knows the EPD's truth at each moment and every object as a modality sent it. The states that it reads in the ledger
are held to what stands in the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.hospital import Study
from remediate.demo.part10 import DicomObject
from remediate.records.states import OPEN, State
from tests.night.oracle import Condition, condition
from tests.workplace import Workplace, bsn_places

ASTRAY = (*OPEN, State.FAILED, State.QUARANTINED)
"""States that admit that the archive may hold something strange."""


@dataclass(kw_only=True)
class Held:
    """The oracle's view of one study."""

    study: Study
    bsn: str | None  # what the EPD says now; None: nothing may be written
    known: set[str]  # every BSN that the EPD ever named for the patient
    sent: dict[str, DicomObject]  # as a modality sent them last
    held: dict[str, DicomObject]  # as the archive held them after the last step
    merged: bool = False
    state: State = State.PLANNED  # after the last step
    corrections: int = 0  # how often it came to be verified
    touched: bool = False  # by somebody else, since it was verified or rolled back
    gone: dict[str, DicomObject] = field(default_factory=dict)  # sent, and deleted by somebody
    late: set[str] = field(default_factory=set)  # objects sent since: verified is what the intent knew, not these

    def come_back(self, now: dict[str, DicomObject]) -> None:
        """What was deleted under an intent is stored again with the rest: an archive that lost it looks the same."""
        if self.state in (*OPEN, State.FAILED, State.PLANNED):
            for name in self.gone.keys() & now.keys():
                self.sent[name] = self.held[name] = self.gone.pop(name)

    def may_be_written(self) -> str | None:
        """Where the study's own headers name another BSN than the EPD, nothing may be."""
        others = [bsn.encode() for bsn in self.known if bsn != self.bsn]
        claimed = [item.dataset_bytes for item in (*self.sent.values(), *self.held.values())]
        return None if any(other in bytes_ for other in others for bytes_ in claimed) else self.bsn

    def is_corrected(self, item: DicomObject) -> bool:
        """What a modality sent, with the EPD's BSN of this moment and nothing else changed.

        An object may have been released with its BSN in place, and is right as it is.
        """
        sent = self.sent.get(item.sop_instance_uid)
        if sent is None or self.bsn is None or bsn_places(item, self.bsn) != (1, 0, 0):
            return False
        return item == sent or condition(item, sent, self.bsn) is Condition.CORRECTED


@dataclass(kw_only=True)
class NightOracle:
    """Watches the studies of one workplace. `mangles` once the archive made objects that nobody sent."""

    place: Workplace
    archive: EmbeddedArchive
    studies: dict[str, Held]
    mangles: bool = False

    def look(self) -> list[str]:
        """What is wrong: every object must be what it was, what a modality sent, or corrected as the EPD says now."""
        states = self.place.states()
        return [wrong for uid, one in self.studies.items() for wrong in self._study(uid, one, states[uid])]

    def _study(self, uid: str, one: Held, state: State) -> Iterator[str]:
        now = {item.sop_instance_uid: item for item in self.archive.objects(uid)}
        one.come_back(now)
        before, was = one.held, one.state
        strange = sorted(self._strange(one, now))
        yield from (f"{name} holds a BSN that nobody may write" for name in strange if self._forbidden(one, now, name))
        new = {name for name in set(now) - set(before) if now[name] != one.sent.get(name)}  # else it is back as sent
        if strange or new:
            yield from self._accounted_for(uid, state)
        if state is not was:
            yield from self._concluded(uid, one, now, state)
        one.held, one.state = now, state

    def _strange(self, one: Held, now: dict[str, DicomObject]) -> Iterator[str]:
        """Names of objects that became something which nobody asked for, or that are gone."""
        allowed = one.may_be_written()
        for name, before in one.held.items():
            item = now.get(name)
            if item == before or (item is not None and item == one.sent.get(name)):
                continue
            if item is None or not allowed or not one.is_corrected(item):
                yield name

    def _forbidden(self, one: Held, now: dict[str, DicomObject], name: str) -> bool:
        """Whether the object holds any BSN but the study's own that it did not hold before."""
        everybody = {person.bsn for person in self.place.hospital.people} | {
            bsn for other in self.studies.values() for bsn in other.known
        }
        written = b"".join(item.dataset_bytes for item in (*one.sent.values(), *one.held.values()))
        found = now[name].dataset_bytes if name in now else b""
        others = {bsn for bsn in everybody - {one.bsn or ""} if bsn and bsn.encode() not in written}
        return any(bsn.encode() in found for bsn in others)

    def _accounted_for(self, uid: str, state: State) -> Iterator[str]:
        """Objects are astray: only where the archive made them so, in a state that says so, with originals kept."""
        if not self.mangles:
            yield f"{uid} holds objects that nobody sent, in state {state}"
        if state not in ASTRAY:
            yield f"{uid} holds strange objects, yet is {state}"
        elif not self.place.left_in_spool():
            yield f"{uid} holds strange objects and its originals are not in the spool"

    @staticmethod
    def _concluded(uid: str, one: Held, now: dict[str, DicomObject], state: State) -> Iterator[str]:
        """A study that came to be verified is corrected whole; one that came to be rolled back is what it was."""
        if state is State.VERIFIED:
            settled = {name: item for name, item in now.items() if name not in one.late or item != one.sent.get(name)}
            if set(now) != set(one.sent) or not all(map(one.is_corrected, settled.values())):
                yield f"{uid} came to be verified and is not what the EPD says"
            one.corrections, one.touched, one.late = one.corrections + 1, False, set(now) - set(settled)
        elif state is State.ROLLED_BACK:
            one.touched = False
            if one.corrections == 1 and now != one.sent:
                yield f"{uid} came to be rolled back and is not what was sent"
