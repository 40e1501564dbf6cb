"""Makes the dry run: judges every surveyed study and keeps the plan in the ledger. Writes no files, no archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from remediate.config import Config
from remediate.errors import PlanError
from remediate.identity.bsn import Bsn, parse_bsn
from remediate.records.ledger import EventType, NewEvent, PlanItem, PlanKind, PlanRow, StudyRow
from remediate.records.states import State
from remediate.workflow.judgement import Judge, Judgement
from remediate.workflow.plan_document import PlanDocument, digest_of
from remediate.workflow.ports import Ledger
from remediate.workflow.reasons import PlanReason
from remediate.workflow.window import hours_a_night

CHUNK = 2_000
"""Studies judged together: large enough for few queries, small enough for flat memory."""

ASSUMED_OBJECTS_A_SECOND = 10.0
"""Pace assumed before the first batch has measured one (domain.md: a stock Orthanc takes 13 to 83)."""

_SETTLED_ELSEWHERE = {
    State.INTENT: (State.REVIEW, PlanReason.OPEN_INTENT),
    State.STORED: (State.REVIEW, PlanReason.OPEN_INTENT),
    State.QUARANTINED: (State.REVIEW, PlanReason.QUARANTINED),
    State.ROLLED_BACK: (State.EXCLUDED, PlanReason.ROLLED_BACK),
}
"""States that a plan reports but does not touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan that the ledger does not know yet."""

    document: PlanDocument
    decided: tuple[PlanItem, ...]  # the studies whose state the plan changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans under one configuration."""

    ledger: Ledger
    judge: Judge
    config: Config

    def make(self, *, now: datetime, actor: str, plan_id: str) -> Draft:
        """Judge every study of the ledger. Raises `PlanError` when nothing was surveyed or no EPD is loaded."""
        if not self.judge.registry.patients():
            raise PlanError("No patients are loaded.", advice="Run `remediate epd load FILE...` first.")
        decided: list[PlanItem] = []
        items = tuple(self._items(decided))
        if not items:
            raise PlanError("No studies were surveyed.", advice="Run `remediate survey` first.")
        document = self._document(items, now=now, actor=actor, plan_id=plan_id)
        return Draft(document=document, decided=tuple(decided))

    def _document(self, items: tuple[PlanItem, ...], *, now: datetime, actor: str, plan_id: str) -> PlanDocument:
        parameters = self._parameters()
        return PlanDocument(
            plan_id=plan_id,
            ledger_id=self.ledger.ledger_id,
            kind=PlanKind.CORRECT,
            created_at=now,
            created_by=actor,
            parameters=parameters,
            items=items,
            nights=nights_needed(items, self.config, measured_pace(self.ledger)),
            digest=digest_of(PlanKind.CORRECT, parameters, items, ""),
        )

    def _parameters(self) -> Mapping[str, Any]:
        identity = self.config.identity
        return {
            "archive": f"{self.config.archive.called_ae_title}@{self.config.archive.host}:{self.config.archive.port}",
            "profile": self.config.target.profile,
            "bsn_range": identity.bsn_range,
            "fill_missing": identity.fill_missing,
            "default_issuer": self.config.epd.default_issuer,
            "registry": self.judge.registry.snapshot_digest(),
        }

    def keep(self, draft: Draft, path: str) -> None:
        """Write the plan into the ledger, once its files are safe at `path`."""
        document = draft.document
        counts = document.counts()
        event = NewEvent(
            type=EventType.PLANNED,
            at=document.created_at,
            actor=document.created_by,
            plan=document.plan_id,
            details={"digest": document.digest, **counts},
        )
        head = PlanRow(
            plan_id=document.plan_id,
            kind=document.kind,
            digest=document.digest,
            path=path,
            created_at=document.created_at,
            created_by=document.created_by,
            planned=counts["planned"],
        )
        self.ledger.save_plan(head, [item for item in document.items if item.state is State.PLANNED], event)
        self.ledger.save_decisions(draft.decided, plan_id=document.plan_id, now=document.created_at)

    def _items(self, decided: list[PlanItem]) -> Iterator[PlanItem]:
        """Every study's line; those whose state the plan changes are added to `decided`."""
        rows = self.ledger.studies()
        while chunk := list(islice(rows, CHUNK)):
            judgements = self.judge.judge_many([row.evidence for row in chunk])
            for row, judgement in zip(chunk, judgements, strict=True):
                item = self._item(row, judgement)
                if not _stays(row.state, item.state):
                    decided.append(item)
                yield item

    def _item(self, row: StudyRow, judgement: Judgement) -> PlanItem:
        item = plan_item(row, judgement)
        if row.state in _SETTLED_ELSEWHERE:
            state, reason = _SETTLED_ELSEWHERE[row.state]
            return replace(item, state=state, reasons=(reason,), corrections=(), fingerprint="")
        if row.state is State.FAILED and self.ledger.open_intent(row.study_instance_uid) is not None:
            return replace(item, state=State.PLANNED, reasons=(PlanReason.RETRY, row.reason))
        return item


def _stays(old: State, new: State) -> bool:
    """A verified study that is still correct stays verified, so that `verify` finds it; open ones are not touched."""
    return old in _SETTLED_ELSEWHERE or (old is State.VERIFIED and new is State.CORRECT)


def plan_item(row: StudyRow, judgement: Judgement) -> PlanItem:
    """One line of the plan, with every BSN masked."""
    header = judgement.evidence.headers[0] if judgement.evidence.headers else None
    return PlanItem(
        study_instance_uid=row.study_instance_uid,
        patient_id=shown_number(
            header.patient_id if header else "",
            judgement.patient is not None
            and not any(claim.path == "(0010,0020)" for claim in (header.claims if header else ())),
        ),
        issuer=header.issuer if header else "",
        epd_patient_id=judgement.patient.epd_patient_id if judgement.patient else None,
        state=judgement.state,
        reasons=judgement.reasons,
        proofs=judgement.proofs,
        corrections=_corrections(judgement) if judgement.state is State.PLANNED else (),
        bsn_masked=judgement.bsn.masked if judgement.bsn and judgement.state is State.PLANNED else "",
        fingerprint=judgement.fingerprint if judgement.state is State.PLANNED else "",
        instances=row.instances,
    )


def shown_number(patient_id: str, known_local: bool) -> str:
    """A hospital number in clear; anything that may be a BSN masked, unless the EPD knows it as its own number."""
    parsed = parse_bsn(patient_id)
    return parsed.masked if isinstance(parsed, Bsn) and not known_local else patient_id


def _corrections(judgement: Judgement) -> tuple[str, ...]:
    places = {
        f"{claim.place.value} {claim.path}"
        for header in judgement.evidence.headers
        for claim in header.claims
        if isinstance(claim.value, Bsn) and claim.value == judgement.bsn
    }
    found = tuple(f"found: {place}" for place in sorted(places)) or ("found: nowhere, to be filled",)
    return (*found, f"write: {judgement.bsn.masked if judgement.bsn else ''}")


def measured_pace(ledger: Ledger) -> float | None:
    """Objects a second of the most recent batch that did enough to tell; None when there is none."""
    for batch in ledger.batches():
        objects = batch.counts.get("instances", 0)
        if batch.closed_at and objects >= 20:
            return objects / max((batch.closed_at - batch.opened_at).total_seconds(), 0.001)
    return None


def nights_needed(items: tuple[PlanItem, ...], config: Config, pace: float | None) -> float:
    """Nights to execute the planned studies under the window and ceilings; an estimate, rounded up to a tenth."""
    planned = [item for item in items if item.state is State.PLANNED]
    objects = sum(item.instances or 1 for item in planned)
    limits = config.execute.limits
    a_second = min(pace or ASSUMED_OBJECTS_A_SECOND, limits.objects_per_second or 1e9)
    if limits.objects_per_hour:
        a_second = min(a_second, limits.objects_per_hour / 3600)
    hours = objects / a_second / 3600
    if limits.studies_per_hour:
        hours = max(hours, len(planned) / limits.studies_per_hour)
    return round(hours / hours_a_night(config.execute.window) + 0.04999, 1) if planned else 0.0
