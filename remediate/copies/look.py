"""Asks a copy what it holds of a study that was put right in the archive; changes nothing in either.

Objects are judged by the digests in the ledger (`night/held`). A study that a copy holds with an object which the
archive does not list is another one, whatever else stands there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from remediate.copies.beside import ArchiveBeside
from remediate.copies.stores import CopyLease, CopyStore
from remediate.errors import ArchiveError
from remediate.night.held import HeldEye, Judged, StudyHeld
from remediate.night.turn import answers
from remediate.ports import Archive, Clock
from remediate.reasons.study import Difference, NoDifference
from remediate.records.copies import AMISS, CopyLook, CopyState, Finished
from remediate.records.ledger import EventType, Intent, NewEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What one copy holds of the studies that were asked for."""

    copy: str
    asked: int
    looks: tuple[CopyLook, ...] = ()
    unreachable: bool = False  # it gave no answer; of what was not looked at nothing is known
    is_elsewhere: bool = False  # another process looks at it or updates it: nothing was asked

    @property
    def states(self) -> Counter[CopyState]:
        """Studies by what it holds; those not looked at are unknown."""
        found = Counter(look.state for look in self.looks)
        found[CopyState.UNKNOWN] += self.asked - len(self.looks)
        return +found

    @property
    def amiss(self) -> tuple[CopyLook, ...]:
        """Studies that somebody has to see to."""
        return tuple(look for look in self.looks if look.state in AMISS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyEye:
    """Looks at one copy."""

    copy: str
    node: str  # where it is: AE title, host and port
    eye: HeldEye  # on the copy
    archive: Archive  # tells what it lists besides what was corrected
    store: CopyStore
    clock: Clock
    beside: ArchiveBeside | None = None  # of a copy that writes its own objects as it is told
    unreadable: frozenset[str]  # studies of whose `last_finished` the old values were made unreadable for good

    def report(self, studies: Iterable[str], turn: CopyLease, *, actor: str = "") -> CopyReport:
        """Look at each study, and write down what was found. A copy that cannot be reached is not asked again, and one
        at which another process is at work not at all: it may be half updated, and reads into the same folder."""
        wanted = list(studies)
        if not turn.take(self.copy):
            return CopyReport(copy=self.copy, asked=len(wanted), is_elsewhere=True)
        try:
            return self._report(wanted, turn, actor)
        finally:
            turn.end()

    def _report(self, wanted: Sequence[str], turn: CopyLease, actor: str) -> CopyReport:
        looks: list[CopyLook] = []
        for uid in wanted:
            if not turn.renew():
                return CopyReport(copy=self.copy, asked=len(wanted), looks=tuple(looks), is_elsewhere=True)
            try:
                look = self.look(uid)
            except ArchiveError as error:
                if not error.of_one_exchange or not answers(self.eye.archive):
                    return CopyReport(copy=self.copy, asked=len(wanted), looks=tuple(looks), unreachable=True)
                look = self.unknown(uid)
            if look is not None:
                self.store.save_look(look, checked(look, actor))
                looks.append(look)
        return CopyReport(copy=self.copy, asked=len(wanted), looks=tuple(looks))

    @property
    def _folder(self) -> tuple[str, str]:
        """One of the copy's own in the spool, so that looks at two copies do not meet."""
        return f"copies-{self.copy}", "verify"

    def unknown(self, uid: str) -> CopyLook | None:
        """A study over which the copy gave no answer; None as in `look`."""
        finished = self.store.last_finished(uid, sealed=True)
        if finished is None:
            return None
        return CopyLook(
            copy=self.copy,
            node=self.node,
            study_instance_uid=uid,
            state=CopyState.UNKNOWN,
            at=self.clock(),
            intent_id=finished.intent.intent_id,
        )

    def look(self, uid: str) -> CopyLook | None:
        """One study; None where the ledger knows of nothing that was read back in the archive. Raises `ArchiveError`.

        What was retrieved is removed again.
        """
        is_sealed = uid in self.unreadable
        finished = self.store.last_finished(uid, sealed=is_sealed)
        if finished is None:
            return None
        try:
            seen = self.see(finished, *self._folder, sealed=is_sealed)
        finally:
            self.eye.spool.remove(self.eye.spool.folder(*self._folder))
        return self.judged(finished, seen)

    def see(self, finished: Finished, *folder_name: str, sealed: bool = False, key_name: str = "") -> StudyHeld:
        """Read a study from the copy into a folder of the spool. An earlier correction to the same counts: the copy may
        have been brought up to date before the archive had to be corrected once more."""
        intent = finished.intent
        earlier = () if sealed or finished.is_undone else self.store.earlier_verified(intent)
        seen = self.eye.look(intent, *folder_name, sealed=sealed, key_name=key_name, earlier=earlier)
        if self.beside is None:
            return seen
        return self.beside.judged(finished, seen, *folder_name[:-1], f"{folder_name[-1]}-beside")

    def judged(self, finished: Finished, seen: StudyHeld) -> CopyLook:
        """What was seen, as a state of the study."""
        intent = finished.intent
        counts = _counts(intent, seen.objects)
        besides = seen.listed - {item.sop_instance_uid for item in intent.objects}
        if besides:
            listed = self.archive.find_instances(intent.study_instance_uid, briefly=True)
            counts["other"] += len(besides - {instance.sop_instance_uid for instance in listed})
        return CopyLook(
            copy=self.copy,
            node=self.node,
            study_instance_uid=intent.study_instance_uid,
            state=state_of(counts, is_undone=finished.is_undone),
            at=self.clock(),
            intent_id=intent.intent_id,
            intended=counts["intended"] + counts["unchanged"],
            before=counts["before"],
            missing=counts["missing"],
            other=counts["other"],
        )

    def archive_holds(self, finished: Finished, *folder_name: str) -> bool:
        """Whether the archive itself is as the ledger says, at this moment. Raises `ArchiveError`.

        Others may have changed or deleted the study since, and a later plan may have left it half done.
        """
        eye = replace(self.eye, archive=self.archive)
        try:
            seen = eye.look(finished.intent, *folder_name)
        finally:
            eye.spool.remove(eye.spool.folder(*folder_name))
        return all(why is None for why in seen.objects.values())


def checked(look: CopyLook, actor: str) -> NewEvent:
    """That a copy was looked at, for the ledger."""
    return NewEvent(
        type=EventType.COPY_CHECKED,
        at=look.at,
        actor=actor,
        study=look.study_instance_uid,
        reason=look.state.value,
        details=details_of(look),
    )


def details_of(look: CopyLook) -> Mapping[str, str | int]:
    """For the ledger: which copy, and how many objects it holds in which way."""
    numbers = {name: getattr(look, name) for name in ("intended", "before", "missing", "other")}
    return {"copy": look.copy, "holds": look.state.value, **numbers}


def _counts(intent: Intent, judged: Mapping[str, Judged]) -> Counter[str]:
    """Objects by how they were found. One that was right before stands as intended in either way, and says nothing of
    whether the study was put right there."""
    same = {item.sop_instance_uid for item in intent.objects if item.before_sha256 == item.intended_sha256}
    return Counter(_name_of(why, is_unchanged=sop in same) for sop, why in judged.items())


def _name_of(why: Judged, *, is_unchanged: bool) -> str:
    if why is None:
        return "unchanged" if is_unchanged else "intended"
    return _NAMES.get(why, "other")


_NAMES: Mapping[Difference | NoDifference, str] = {
    Difference.OLD_HEADER: "before",
    Difference.MISSING: "missing",
    Difference.NOT_HANDED_OVER: "unknown",
    NoDifference.NOT_COMPARABLE: "not-comparable",
}
"""Anything else is another object than before or after the correction."""


def state_of(counts: Mapping[str, int], *, is_undone: bool) -> CopyState:
    """What objects, counted, make of a study: right only when every one of them is there, and as intended."""
    if counts["other"]:
        return CopyState.ANOTHER
    if counts["missing"] == sum(counts.values()):
        return CopyState.NONE
    if counts["unknown"]:
        return CopyState.UNKNOWN
    if counts["not-comparable"]:
        return CopyState.NOT_COMPARABLE
    if not counts["missing"] and not counts["before"]:
        return CopyState.RESTORED if is_undone else CopyState.CORRECTED
    if not counts["missing"] and not counts["intended"]:
        return CopyState.STILL_CORRECTED if is_undone else CopyState.OLD_HEADER
    return CopyState.PARTLY
