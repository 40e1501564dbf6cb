"""Judges what a node holds of a study that was put right, by the digests in the ledger: the one home of that rule.

For weeks later, when the originals are gone, and for copies; right after a store `read_back.py` judges. An object is
as intended when it has, with our change undone, the digest of the original; the old header stands there when it has
that digest as it is. Retrieves and reads; changes nothing, and writes nothing down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from remediate.header.dataset import HeldDataSet, corrected
from remediate.header.patient_elements import rest_digest
from remediate.header.refusal import Refusal
from remediate.header.reversal import reversal
from remediate.header.tags import ORIGINAL_ATTRIBUTES_SEQUENCE
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import Strength
from remediate.night.read_back import NOTHING_RETRIEVED, strange_in, strange_reason
from remediate.plan.message_corrections import kept_output
from remediate.ports import Archive, FactStore, Spool, StudyStore
from remediate.reasons.study import Difference, NoDifference
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import Intent, IntentObject

Judged = Difference | NoDifference | None
"""What an object differs in; None when it is as intended, NOT_COMPARABLE when nothing is left to compare it with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyHeld:
    """What a node holds of one study."""

    objects: Mapping[str, Judged]  # of every object of the intent, by SOP Instance UID, and what came beside those
    listed: frozenset[str] = frozenset()  # every SOP Instance UID that the node lists in the study
    received: tuple[ReceivedObject, ...] = field(default=(), repr=False)  # on disk, in the folder that was named

    @property
    def different(self) -> list[tuple[str, Difference]]:
        """The objects that differ."""
        return [(sop, why) for sop, why in self.objects.items() if isinstance(why, Difference)]

    @property
    def not_comparable(self) -> int:
        """How many objects nothing is left to compare with."""
        return sum(why is NoDifference.NOT_COMPARABLE for why in self.objects.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEye:
    """Looks at one node."""

    archive: Archive
    studies: StudyStore
    facts: FactStore
    spool: Spool
    bsn_in_place: Callable[[HeldDataSet], Bsn | None]  # the BSN that stands where it belongs; None when none does

    def look(
        self,
        intent: Intent,
        *folder_name: str,
        sealed: bool = False,
        key_name: str = "",
        earlier: Sequence[Intent] = (),
    ) -> StudyHeld:
        """Read every object of a study into a folder of the spool, emptied first, and compare it with its intent.

        `sealed` where the old values were made unreadable; `earlier` intents of the same study, verified as well, of
        which an object may hold the correction where that says the same. The caller removes the folder. Raises
        `ArchiveError`.
        """
        uid = intent.study_instance_uid
        self.spool.remove(self.spool.folder(*folder_name))
        folder = self.spool.folder(*folder_name, key_name=key_name)
        listed = self.archive.find_instances(uid)
        known = {item.sop_instance_uid for item in intent.objects}
        wanted = tuple(instance for instance in listed if instance.sop_instance_uid in known)
        retrieval = self.archive.retrieve(uid, wanted, folder) if wanted else NOTHING_RETRIEVED
        held = {item.sop_instance_uid: item for item in retrieval.received}
        names = {instance.sop_instance_uid for instance in wanted}
        judged = self._judge(intent, sealed=sealed)
        strange = {sop: Difference(strange_reason(((problem, sop),))) for problem, sop in strange_in(retrieval)}
        found: dict[str, Judged] = {}
        for item in intent.objects:
            sop, actual = item.sop_instance_uid, held.get(item.sop_instance_uid)
            if actual is None:
                found[sop] = Difference.NOT_HANDED_OVER if sop in names else Difference.MISSING
            else:
                found[sop] = judged(item, actual)
                if found[sop] is Difference.CORRECTION_GONE and self._holds_earlier(item, actual, earlier):
                    found[sop] = None
            found[sop] = strange.pop(sop, found[sop])
        return StudyHeld(
            objects=found | dict(sorted(strange.items())),
            listed=frozenset(instance.sop_instance_uid for instance in listed),
            received=retrieval.received,
        )

    def _judge(self, intent: Intent, *, sealed: bool) -> Callable[[IntentObject, ReceivedObject], Judged]:
        if kept_output(self.facts, intent.plan_id):
            return self._told
        return self._sealed if sealed else self._object

    def _object(self, item: IntentObject, actual: ReceivedObject) -> Judged:
        return judged_object(item, self.spool.read(actual))

    def _holds_earlier(self, item: IntentObject, actual: ReceivedObject, earlier: Sequence[Intent]) -> bool:
        """Whether an object was corrected before the archive's was corrected once more, to the same: only what is
        written of when and why differs."""
        sames = (one for intent in earlier for one in intent.objects if one.sop_instance_uid == item.sop_instance_uid)
        data = self.spool.read(actual)
        return any(_says_the_same(one, item) and judged_object(one, data) is None for one in sames)

    def _sealed(self, item: IntentObject, actual: ReceivedObject) -> Judged:
        """An object of which nothing but digests is left: the correction stayed sealed, and is given as empty."""
        digest = _digest_as_it_is(item, self.spool.read(actual))
        if digest == item.intended_sha256:
            return None
        return Difference.OLD_HEADER if digest == item.before_sha256 else NoDifference.NOT_COMPARABLE

    def _told(self, item: IntentObject, actual: ReceivedObject) -> Judged:
        """An object whose archive was told: all but the patient elements is as it was, and a BSN is in its place."""
        data = self.spool.read(actual)
        if rest_digest(data) != item.intended_sha256:
            return Difference.CONTENT_CHANGED
        bsn = self.bsn_in_place(data)
        if bsn is not None and bsn == self._known(actual.study_instance_uid):
            return None
        is_old = _digest_as_it_is(item, data) == item.before_sha256
        return Difference.OLD_HEADER if is_old else Difference.CORRECTION_GONE

    def _known(self, study_uid: str) -> Bsn | None:
        """The one BSN that the study was last seen with; None when that is not clear."""
        row = self.studies.study(study_uid)
        claims = (claim for header in (row.evidence.headers if row else ()) for claim in header.claims)
        explicit = (claim.value for claim in claims if claim.strength is Strength.EXPLICIT)
        found = {value for value in explicit if isinstance(value, Bsn)}
        return found.pop() if len(found) == 1 else None


def _says_the_same(one: IntentObject, other: IntentObject) -> bool:
    """Whether two corrections of one original differ in nothing but Original Attributes."""

    def said(item: IntentObject) -> dict[int, bytes]:
        changes = item.correction.changes
        return {each.tag: each.after for each in changes if each.tag >> 16 != ORIGINAL_ATTRIBUTES_SEQUENCE >> 16}

    return one.before_sha256 == other.before_sha256 and said(one) == said(other) != {}


def judged_object(item: IntentObject, data: HeldDataSet) -> Judged:
    """One object against its intent: with the change undone it must be, byte for byte, what was retrieved before."""
    back = reversal(item.correction, data.header)
    if isinstance(back, Refusal):
        is_old = _digest_as_it_is(item, data) == item.before_sha256
        return Difference.OLD_HEADER if is_old else Difference.CORRECTION_GONE
    original = corrected(back, data)
    if isinstance(original, Refusal) or original.sha256() != item.before_sha256:
        return Difference.CONTENT_CHANGED
    return None


def _digest_as_it_is(item: IntentObject, data: HeldDataSet) -> str:
    from_it = corrected(type(item.correction)(transfer_syntax_uid=item.transfer_syntax_uid), data)
    return "" if isinstance(from_it, Refusal) else from_it.sha256()
