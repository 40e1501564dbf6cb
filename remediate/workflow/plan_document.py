"""The plan as a document: canonical content, digest, JSON; reading back refuses what was changed. No files here."""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remediate.errors import PlanError
from remediate.records.ledger import PlanItem, PlanKind
from remediate.records.states import State

FORMAT = "remediate-plan/1"
COUNTED = (State.CORRECT, State.PLANNED, State.REVIEW, State.EXCLUDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDocument:
    """A whole plan. The digest covers format, kind, parameters and studies: not when, where and by whom."""

    plan_id: str
    ledger_id: str
    kind: PlanKind
    created_at: datetime
    created_by: str
    parameters: Mapping[str, Any]  # settings and snapshot digests under which it was made
    items: tuple[PlanItem, ...]  # sorted by Study Instance UID
    why: str = ""  # reason given for a rollback
    nights: float | None = None  # estimate; None when nothing tells the archive's pace
    digest: str = field(default="")

    def counts(self) -> dict[str, int]:
        """Studies by state; the four states of a plan are always there."""
        found = Counter(item.state for item in self.items)
        return {state.value: found[state] for state in COUNTED}

    def reasons(self) -> dict[str, int]:
        """Studies by first reason, most frequent first."""
        found = Counter(item.reasons[0] for item in self.items if item.reasons)
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def coverage(self) -> dict[str, float]:
        """Share of studies with the BSN in the right place, exceptions left out: now, and after execution."""
        counts = self.counts()
        base = counts["correct"] + counts["planned"] + counts["review"]
        before = counts["correct"] / base if base else 1.0
        after = (counts["correct"] + counts["planned"]) / base if base else 1.0
        return {"before": round(before, 4), "after": round(after, 4)}


def digest_of(kind: PlanKind, parameters: Mapping[str, Any], items: Sequence[PlanItem], why: str) -> str:
    """SHA-256 (base32) over the canonical JSON of what an approval binds."""
    hasher = hashlib.sha256()
    hasher.update(_canonical({"format": FORMAT, "kind": kind.value, "parameters": dict(parameters), "why": why}))
    for item in items:
        hasher.update(b"\n" + _canonical(_item_json(item)))
    return b32encode(hasher.digest()).decode().rstrip("=").lower()


def to_json(document: PlanDocument) -> dict[str, Any]:
    """The document as plan.json holds it. Hospital numbers stand in clear; BSN, name and birth date do not."""
    return {
        "format": FORMAT,
        "plan": document.plan_id,
        "ledger": document.ledger_id,
        "kind": document.kind.value,
        "digest": document.digest,
        "created_at": document.created_at.isoformat(timespec="seconds"),
        "created_by": document.created_by,
        "why": document.why,
        "parameters": dict(document.parameters),
        "counts": document.counts(),
        "reasons": document.reasons(),
        "coverage": document.coverage(),
        "nights": document.nights,
        "studies": [_item_json(item) for item in document.items],
    }


def from_json(text: str, *, name: str) -> PlanDocument:
    """Read a plan back and recompute its digest. Raises `PlanError` on anything but what was written."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise PlanError(f"{name} is a plan of another format than {FORMAT}.", advice="Run `remediate plan` again.")
        document = PlanDocument(
            plan_id=raw["plan"],
            ledger_id=raw["ledger"],
            kind=PlanKind(raw["kind"]),
            created_at=datetime.fromisoformat(raw["created_at"]),
            created_by=raw["created_by"],
            parameters=raw["parameters"],
            items=tuple(_item(entry) for entry in raw["studies"]),
            why=raw["why"],
            nights=raw["nights"],
            digest=raw["digest"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PlanError(f"{name} is not a plan.", advice="Name the plan.json that `remediate plan` wrote.") from None
    digest = digest_of(document.kind, document.parameters, document.items, document.why)
    if digest != document.digest or to_json(document) != raw:
        raise PlanError(
            f"{name} was changed after it was made: its digest no longer holds.",
            advice="Nothing was executed. Run `remediate plan` again.",
        )
    return document


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _item_json(item: PlanItem) -> dict[str, Any]:
    return {
        "study_instance_uid": item.study_instance_uid,
        "patient_id": item.patient_id,
        "issuer": item.issuer,
        "epd_patient_id": item.epd_patient_id,
        "state": item.state.value,
        "reasons": list(item.reasons),
        "proofs": list(item.proofs),
        "corrections": list(item.corrections),
        "bsn": item.bsn_masked,
        "instances": item.instances,
        "fingerprint": item.fingerprint,
    }


def _item(raw: Mapping[str, Any]) -> PlanItem:
    return PlanItem(
        study_instance_uid=raw["study_instance_uid"],
        patient_id=raw["patient_id"],
        issuer=raw["issuer"],
        epd_patient_id=raw["epd_patient_id"],
        state=State(raw["state"]),
        reasons=tuple(raw["reasons"]),
        proofs=tuple(raw["proofs"]),
        corrections=tuple(raw["corrections"]),
        bsn_masked=raw["bsn"],
        instances=raw["instances"],
        fingerprint=raw["fingerprint"],
    )
