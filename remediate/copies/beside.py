"""Judges objects that a copy writes its own way, by the archive's own objects beside them; changes nothing in either.

For copies that are told of a patient by message (`copies.NAME.update: hl7`): what they hand over is written by their
own database, so that no digest of ours is met. Such an object is as in the archive when all but the patient elements is
the same as there, and both are certain of the same BSN in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from remediate.errors import SpoolError
from remediate.header.compare import Different
from remediate.header.patient_elements import compare_rest
from remediate.header.refusal import Refusal
from remediate.identity.bsn import Bsn
from remediate.night.held import Judged, StudyHeld
from remediate.plan.judge import Judgement
from remediate.plan.message_corrections import agrees
from remediate.ports import Archive, Spool
from remediate.reasons.study import Difference
from remediate.records.copies import Finished
from remediate.records.dicom import ReceivedObject
from remediate.records.states import State

_DOUBTFUL = (Difference.CORRECTION_GONE, Difference.CONTENT_CHANGED)
"""Neither before nor after, by the bytes alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveBeside:
    """The archive, to hold a copy's objects against."""

    archive: Archive
    spool: Spool
    judgement: Callable[[str, tuple[ReceivedObject, ...]], Judgement | None]  # of what was read; None: unreadable

    def judged(self, finished: Finished, seen: StudyHeld, *folder_name: str) -> StudyHeld:
        """The same look, with what the bytes alone did not tell judged by the archive's objects, read into a folder of
        the spool that is removed again. Raises `ArchiveError`."""
        doubtful = {sop for sop, why in seen.objects.items() if why in _DOUBTFUL}
        theirs = {item.sop_instance_uid: item for item in seen.received if item.sop_instance_uid in doubtful}
        if not theirs:
            return seen
        try:
            ours = self._read(finished.intent.study_instance_uid, theirs, *folder_name)
            found = self._against(finished, theirs, ours)
        finally:
            self.spool.remove(self.spool.folder(*folder_name))
        return replace(seen, objects={**seen.objects, **found})

    def _read(self, uid: str, theirs: Mapping[str, ReceivedObject], *folder_name: str) -> Mapping[str, ReceivedObject]:
        self.spool.remove(self.spool.folder(*folder_name))
        listed = self.archive.find_instances(uid)
        wanted = tuple(instance for instance in listed if instance.sop_instance_uid in theirs)
        if not wanted:
            return {}
        retrieval = self.archive.retrieve(uid, wanted, self.spool.folder(*folder_name))
        return {item.sop_instance_uid: item for item in retrieval.received}

    def _against(
        self, finished: Finished, theirs: Mapping[str, ReceivedObject], ours: Mapping[str, ReceivedObject]
    ) -> Mapping[str, Judged]:
        uid = finished.intent.study_instance_uid
        known = self.judgement(uid, tuple(ours.values())) if ours else None
        if known is None or known.bsn is None or not agrees(known):
            return {}
        alike = {sop: item for sop, item in theirs.items() if sop in ours and self._is_alike(ours[sop], item)}
        as_in_archive = State.PLANNED if finished.is_undone else State.CORRECT
        whole = _state(self.judgement(uid, tuple(alike.values())), known.bsn) if alike else None
        states = {sop: whole or _state(self.judgement(uid, (item,)), known.bsn) for sop, item in alike.items()}
        return {
            sop: None if state is as_in_archive else Difference.OLD_HEADER
            for sop, state in states.items()
            if state is not None
        }

    def _is_alike(self, one: ReceivedObject, other: ReceivedObject) -> bool:
        """Whether all but the patient elements is the same."""
        try:
            found = compare_rest(self.spool.read(one), self.spool.read(other))
        except SpoolError:
            return False
        return not isinstance(found, Refusal | Different)


def _state(judgement: Judgement | None, bsn: Bsn) -> State | None:
    """CORRECT or PLANNED where objects are certain of this BSN; None where they are not."""
    is_certain = judgement is not None and agrees(judgement) and judgement.bsn == bsn
    return judgement.state if judgement is not None and is_certain else None
