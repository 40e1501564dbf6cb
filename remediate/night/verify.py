"""Reads corrected studies back again, now or weeks later, and tells whether they still are what was proven then.

Needs nothing but the archive and the ledger: each object, with its correction undone, must have the digest that the
original had. Changes nothing in the archive; originals that waited for it leave the spool.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from remediate.config.execute import SpoolSettings
from remediate.header.correction import reversal
from remediate.header.dataset import HeldDataSet, corrected
from remediate.header.patient_elements import rest_digest
from remediate.header.refusal import Refusal
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import Strength
from remediate.night.intent import Details
from remediate.night.read_back import NOTHING_RETRIEVED, strange_in, strange_reason
from remediate.night.retention import RELEASED, waiting_of
from remediate.plan.message_corrections import kept_output
from remediate.ports import Archive, Clock, Events, FactStore, Spool, StudyStore, Vault
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import EventType, Intent, IntentObject, NewEvent
from remediate.study_reasons import Difference, NoDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Every object of the checked studies: the same, named with its difference, or beyond comparing."""

    checked: int
    same: int
    different: tuple[tuple[str, Difference], ...]
    studies: int
    released: int = 0  # studies whose originals left the spool
    uncompared: tuple[tuple[str, int], ...] = ()  # study and objects that nothing is left to compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Verifies studies one by one."""

    archive: Archive
    studies: StudyStore
    vault: Vault
    events: Events
    facts: FactStore
    spool: Spool
    clock: Clock
    settings: SpoolSettings
    bsn_in_place: Callable[[HeldDataSet], Bsn | None]  # the BSN that stands where it belongs; None when none does
    progress: Callable[[int], object] = lambda _: None

    def run(self, studies: Iterable[str], *, actor: str = "") -> Verification:
        """Check each study that has a verified intent; others are left out.

        Of a batch whose old values were made unreadable an object is the same when it is byte for byte what was stored,
        and missing when it is missing; one that the archive wrote otherwise cannot be compared any more.
        """
        unreadable = self.vault.unreadable_studies()
        uncompared: list[tuple[str, int]] = []
        checked = same = count = released = 0
        kept = {name for name, _ in self.spool.kept()}
        different: list[tuple[str, Difference]] = []
        for uid in studies:
            known = self.vault.last_verified_sealed if uid in unreadable else self.vault.last_verified
            intent = known(uid)
            if intent is None:
                continue
            found, left = self._study(intent, sealed=uid in unreadable)
            may_go = not found and not left and uid in kept and self._may_go(uid)
            self._record(intent, found, left, actor, RELEASED if may_go else {})
            if may_go:
                self.spool.remove(self.spool.folder(uid, intent.spool_folder))  # no other claim's
                released += 1
            checked += len(intent.objects) - left
            uncompared += [(uid, left)] if left else []
            same += len({item.sop_instance_uid for item in intent.objects} - {sop for sop, _ in found}) - left
            count += 1
            different.extend(found)
            self.progress(1)
        return Verification(
            checked=checked,
            same=same,
            different=tuple(different),
            studies=count,
            released=released,
            uncompared=tuple(uncompared),
        )

    def _may_go(self, uid: str) -> bool:
        waiting = waiting_of(self.events, uid)
        return waiting is not None and waiting.may_go(self.settings, self.clock())

    def _record(
        self, intent: Intent, different: list[tuple[str, Difference]], left: int, actor: str, kept: Details
    ) -> None:
        """One event for each study, before anything leaves the spool."""
        untold = NoDifference.NOT_COMPARABLE if left else NoDifference.SAME
        self.events.record(
            NewEvent(
                type=EventType.VERIFY,
                at=self.clock(),
                actor=actor,
                study=intent.study_instance_uid,
                plan=intent.plan_id,
                batch=intent.batch_id,
                reason=different[0][1].value if different else untold,
                details={
                    "checked": len(intent.objects) - left,
                    "different": len(different),
                    **({"not_comparable": left} if left else {}),
                    **kept,
                },
            )
        )

    def _study(self, intent: Intent, *, sealed: bool) -> tuple[list[tuple[str, Difference]], int]:
        """The objects that differ, and how many cannot be compared."""
        uid = intent.study_instance_uid
        self.spool.remove(self.spool.folder("verify"))
        folder = self.spool.folder("verify")
        listed = self.archive.find_instances(uid)
        known = {item.sop_instance_uid for item in intent.objects}
        wanted = tuple(instance for instance in listed if instance.sop_instance_uid in known)
        retrieval = self.archive.retrieve(uid, wanted, folder) if wanted else NOTHING_RETRIEVED
        held = {item.sop_instance_uid: item for item in retrieval.received}
        names = {instance.sop_instance_uid for instance in wanted}
        stored = self._sealed if sealed else self._object
        judged = self._told if kept_output(self.facts, intent.plan_id) else stored
        found = [(item.sop_instance_uid, judged(item, held, names)) for item in intent.objects]
        strange = {sop: Difference(strange_reason(((problem, sop),))) for problem, sop in strange_in(retrieval)}
        told = [(sop, strange.pop(sop, said)) for sop, said in found]
        different = [(sop, why) for sop, why in told if isinstance(why, Difference)]
        different += sorted(strange.items())  # besides the objects of the intent
        self.spool.remove(folder)
        return different, sum(why is NoDifference.NOT_COMPARABLE for _, why in told)

    def _object(self, item: IntentObject, held: dict[str, ReceivedObject], listed: set[str]) -> Difference | None:
        actual = held.get(item.sop_instance_uid)
        if actual is None:
            return Difference.NOT_HANDED_OVER if item.sop_instance_uid in listed else Difference.MISSING
        data = self.spool.read(actual)
        back = reversal(item.correction, data.header)
        if isinstance(back, Refusal):
            return Difference.CORRECTION_GONE
        original = corrected(back, data)
        if isinstance(original, Refusal) or original.sha256() != item.before_sha256:
            return Difference.CONTENT_CHANGED
        return None

    def _sealed(
        self, item: IntentObject, held: dict[str, ReceivedObject], listed: set[str]
    ) -> Difference | NoDifference | None:
        """An object of which nothing but digests is left."""
        actual = held.get(item.sop_instance_uid)
        if actual is None:
            return Difference.NOT_HANDED_OVER if item.sop_instance_uid in listed else Difference.MISSING
        as_it_is = corrected(item.correction, self.spool.read(actual))  # by nothing: the correction stayed sealed
        if isinstance(as_it_is, Refusal) or as_it_is.sha256() != item.intended_sha256:
            return NoDifference.NOT_COMPARABLE
        return None

    def _told(self, item: IntentObject, held: dict[str, ReceivedObject], listed: set[str]) -> Difference | None:
        """An object whose archive was told: all but the patient elements is as it was, and a BSN is in its place."""
        actual = held.get(item.sop_instance_uid)
        if actual is None:
            return Difference.NOT_HANDED_OVER if item.sop_instance_uid in listed else Difference.MISSING
        data = self.spool.read(actual)
        if rest_digest(data) != item.intended_sha256:
            return Difference.CONTENT_CHANGED
        bsn = self.bsn_in_place(data)
        return None if bsn is not None and bsn == self._known(actual.study_instance_uid) else Difference.CORRECTION_GONE

    def _known(self, study_uid: str) -> Bsn | None:
        """The one BSN that the study was last seen with; None when that is not clear."""
        row = self.studies.study(study_uid)
        claims = (claim for header in (row.evidence.headers if row else ()) for claim in header.claims)
        explicit = (claim.value for claim in claims if claim.strength is Strength.EXPLICIT)
        found = {value for value in explicit if isinstance(value, Bsn)}
        return found.pop() if len(found) == 1 else None


def sample_of(studies: Iterable[str], percent: float, seed: int) -> tuple[str, ...]:
    """A random part of the studies, at least one; the seed makes it repeatable."""
    everything = tuple(studies)
    if percent >= 100 or not everything:
        return everything
    size = max(1, round(len(everything) * percent / 100))
    return tuple(sorted(random.Random(seed).sample(everything, size)))  # noqa: S311 - a sample, not a secret
