"""Makes the plan that undoes verified corrections, or a roll-back; executing it goes the same way as any plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remediate.errors import PlanError
from remediate.identity.bsn_spelling import masked_numbers
from remediate.plan.document import PlanDocument, digest_of, head_of
from remediate.plan.message_corrections import kept_output
from remediate.ports import FactStore, PlanStore, StudyStore, Vault
from remediate.records.ledger import EventType, Intent, NewEvent, PlanItem, PlanKind, StudyRow
from remediate.records.states import OPEN, State
from remediate.texts.language import Sentence

_NOT_NOW = (*sorted(OPEN), State.FAILED, State.QUARANTINED, State.ROLLED_BACK)
"""Settled first, or looked at by a person. Any other study may go back, whatever it was judged since; one that was
rolled back only when that very roll-back is to be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlanner:
    """Makes reverse plans for studies that stand verified, or that were rolled back (`again`)."""

    plans: PlanStore
    studies: StudyStore
    vault: Vault
    facts: FactStore
    archive_name: str
    again: bool = False  # undo roll-backs: what was corrected comes back
    copies: Mapping[str, Any] = field(default_factory=dict)  # as `bound_copies` has them

    def make(self, studies: Iterable[str], *, plan_id: str, now: datetime, actor: str, why: str) -> PlanDocument:
        """A plan over the named studies. Raises `PlanError` when none of them can be rolled back, or one was corrected
        by message."""
        wanted = sorted(set(studies))
        if not self.again:
            require_stored(self.vault, self.facts, wanted)
        items = tuple(self._items(wanted))
        if not items:
            raise PlanError(
                _NOTHING_UNDONE if self.again else _NOTHING_VERIFIED,
                advice=Sentence(
                    "`remediate ledger show STUDY` tells a study's history.",
                    "`remediate ledger show ONDERZOEK` vertelt de geschiedenis van een onderzoek.",
                ),
            )
        parameters = {"archive": self.archive_name, **self.copies}
        return PlanDocument(
            plan_id=plan_id,
            ledger_id=self.plans.ledger_id,
            kind=PlanKind.ROLLBACK,
            created_at=now,
            created_by=actor,
            parameters=parameters,
            items=items,
            why=why,
            digest=digest_of(PlanKind.ROLLBACK, parameters, items, why),
        )

    def _items(self, studies: list[str]) -> Iterator[PlanItem]:
        for uid in studies:
            row = self.studies.study(uid)
            intent = self.vault.last_undone(uid) if self.again else self.vault.last_verified(uid)
            if row is None or intent is None or not self._may_begin(row.state):
                continue
            tags = sorted({tag for item in intent.objects for tag in item.correction.changed_tags})
            yield _item(row, intent, tuple(f"restore: {tag}" for tag in tags))

    def _may_begin(self, state: State) -> bool:
        return state is State.ROLLED_BACK if self.again else state not in _NOT_NOW

    def keep(self, document: PlanDocument, path: str, files: Mapping[str, str]) -> None:
        """Write the plan into the ledger, once its files are safe at `path`; `files` are their digests by name."""
        event = NewEvent(
            type=EventType.PLANNED,
            at=document.created_at,
            actor=document.created_by,
            plan=document.plan_id,
            details={"digest": document.digest, "rollback": len(document.items), "why": document.why},
        )
        self.plans.save_plan(head_of(document, path, files), document.items, event)


_NOTHING_UNDONE = Sentence(
    "None of these studies stands rolled back by this.", "Geen van deze onderzoeken is hierdoor teruggedraaid."
)
_NOTHING_VERIFIED = Sentence(
    "None of these studies stands verified, so there is nothing to roll back.",
    "Geen van deze onderzoeken is geverifieerd, dus er is niets terug te draaien.",
)


def require_stored(vault: Vault, facts: FactStore, studies: Iterable[str]) -> None:
    """Raises `PlanError` when the archive was told of one of these studies by message."""
    for uid in studies:
        intent = vault.last_verified(uid)
        if intent is not None and kept_output(facts, intent.plan_id):
            raise PlanError(
                Sentence(
                    "What an archive was told by message cannot be rolled back by us: it keeps no earlier record.",
                    "Wat een archief met een bericht is verteld, kunnen wij niet terugdraaien: het bewaart geen "
                    "eerdere registratie.",
                ),
                advice=Sentence(
                    "Let the EPD send the patient's record anew; `remediate ledger show` has what was there.",
                    "Laat het EPD de patiëntgegevens opnieuw sturen; `remediate ledger show` toont wat er stond.",
                ),
            )


def _item(row: StudyRow, intent: Intent, corrections: tuple[str, ...]) -> PlanItem:
    header = row.evidence.headers[0] if row.evidence.headers else None
    return PlanItem(
        study_instance_uid=row.study_instance_uid,
        patient_id=masked_numbers(header.patient_id) if header else "",
        issuer=masked_numbers(header.issuer) if header else "",
        epd_patient_id=None,
        state=State.PLANNED,
        reasons=("rollback",),
        corrections=corrections,
        instances=len(intent.objects),
        fingerprint=reverses(intent),
    )


def reverses(intent: Intent) -> str:
    """How a plan names the intent that it reverses."""
    return f"intent {intent.intent_id}"
