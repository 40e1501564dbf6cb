"""Reads corrected studies back again, now or weeks later, and tells whether they still are what was proven then.

Needs nothing but the archive and the ledger: each object, with its correction undone, must have the digest that the
original had. Changes nothing in the archive; originals that waited for it leave the spool.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from remediate.config.execute import SpoolSettings
from remediate.header.refusal import Refusal
from remediate.identity.evidence import StudyEvidence
from remediate.night.held import HeldEye, StudyHeld
from remediate.night.intent import Details
from remediate.night.retention import RELEASED, waiting_of
from remediate.ports import Clock, Events, Vault
from remediate.reasons.study import Difference, NoDifference
from remediate.records.dicom import ReceivedObject
from remediate.records.ledger import EventType, Intent, NewEvent


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

    eye: HeldEye  # on the archive
    vault: Vault
    events: Events
    clock: Clock
    settings: SpoolSettings
    evidence: Callable[[str, tuple[ReceivedObject, ...]], StudyEvidence | Refusal]  # what a study's objects claim
    progress: Callable[[int], object] = lambda _: None

    def run(self, studies: Iterable[str], *, actor: str = "") -> Verification:
        """Check each study that has a verified intent; others are left out.

        Of a batch whose old values were made unreadable an object is the same when it is byte for byte what was stored,
        and missing when it is missing; one that the archive wrote otherwise cannot be compared any more.
        """
        unreadable = self.vault.unreadable_studies()
        uncompared: list[tuple[str, int]] = []
        checked = same = count = released = 0
        kept = {name for name, _ in self.eye.spool.kept()}
        different: list[tuple[str, Difference]] = []
        for uid in studies:
            known = self.vault.last_verified_sealed if uid in unreadable else self.vault.last_verified
            intent = known(uid)
            if intent is None:
                continue
            seen = self._study(intent, sealed=uid in unreadable)
            found, left = seen.different, seen.not_comparable
            may_go = not found and not left and uid in kept and self._may_go(uid)
            self._record(intent, found, left, actor, RELEASED if may_go else {})
            if may_go:
                self.eye.spool.remove(self.eye.spool.folder(uid, intent.spool_folder))  # no other claim's
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

    def _study(self, intent: Intent, *, sealed: bool) -> StudyHeld:
        """What the archive holds; where the old header is back the next plan is to see that, and correct it again."""
        seen = self.eye.look(intent, "verify", sealed=sealed)
        found = {why for _, why in seen.different}
        if Difference.OLD_HEADER in found and not found & {Difference.MISSING, Difference.NOT_HANDED_OVER}:
            read = self.evidence(intent.study_instance_uid, seen.received)
            if isinstance(read, StudyEvidence):
                self.eye.studies.save_evidence(read, now=self.clock())
        self.eye.spool.remove(self.eye.spool.folder("verify"))
        return seen


def sample_of(studies: Iterable[str], percent: float, seed: int) -> tuple[str, ...]:
    """A random part of the studies, at least one; the seed makes it repeatable."""
    everything = tuple(studies)
    if percent >= 100 or not everything:
        return everything
    size = max(1, round(len(everything) * percent / 100))
    return tuple(sorted(random.Random(seed).sample(everything, size)))  # noqa: S311 - a sample, not a secret
