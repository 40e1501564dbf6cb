"""The plan as a document: canonical content, digest, JSON; reading back refuses what was changed. No files here."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from remediate.digests import digest_text
from remediate.errors import PlanError
from remediate.plan.categories import NOT_COUNTED_REASONS
from remediate.plan.lines import PlannedRow, PlanTally, canonical, item_of, lines_of, tally_of
from remediate.plan.order import is_as_told
from remediate.records.ledger import PlanItem, PlanKind, PlanRow, StudyFacts
from remediate.records.reviews import DecidedBy
from remediate.records.states import State
from remediate.shares import share_of
from remediate.texts.language import Sentence

FORMAT = "remediate-plan/1"
EXCLUSIONS = "exclusions"
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
    items: Sequence[PlanItem]  # sorted by Study Instance UID; read from a file where there are millions
    why: str = ""  # reason given for a rollback
    nights: float | None = None  # estimate; None when nothing tells the archive's pace
    left_out: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # as `LeftOut.counted` has it
    order: Mapping[str, Any] = field(default_factory=dict)  # as `OrderTally.as_json` has it: no part of the digest
    digest: str = field(default="")
    tally: PlanTally = field(init=False, repr=False, compare=False)
    counted: InitVar[PlanTally | None] = None  # where the studies were only counted, and `items` is empty

    def __post_init__(self, counted: PlanTally | None) -> None:
        object.__setattr__(self, "tally", tally_of(self.items) if counted is None else counted)

    def counts(self) -> dict[str, int]:
        """Studies by state; the four states of a plan are always there."""
        return {state.value: self.tally.states[state] for state in COUNTED}

    def reasons(self) -> dict[str, int]:
        """Studies by first reason, most frequent first."""
        found: Counter[str] = Counter()
        for (_, reason), number in self.tally.reasons.items():
            found[reason] += number
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def reasons_by_state(self) -> dict[State, dict[str, int]]:
        """Studies by first reason in each state that has any, most frequent first."""
        ordered = sorted(self.tally.reasons.items(), key=lambda pair: (-pair[1], pair[0][1]))
        found = {
            state: {reason: number for (of, reason), number in ordered if of is state} for state in reversed(COUNTED)
        }
        return {state: reasons for state, reasons in found.items() if reasons}

    def decisions(self) -> list[tuple[DecidedBy, int]]:
        """People's decisions on which planned studies rest, with how many rest on each; those on most come first."""
        return sorted(self.tally.decisions.items(), key=lambda pair: (-pair[1], pair[0]))

    def exclusions(self) -> list[tuple[DecidedBy, int]]:
        """People's decisions that left studies out, with how many each; those on most come first."""
        return sorted(self.tally.exclusions.items(), key=lambda pair: (-pair[1], pair[0]))

    def coverage(self) -> dict[str, float | None]:
        """Share of studies with the BSN in the right place: now, and after execution.

        `plan/categories.py` says which studies count. None where none does: there is no share of nothing.
        """
        counts = self.counts()
        excepted = sum(number for (_, reason), number in self.tally.reasons.items() if reason in NOT_COUNTED_REASONS)
        unknown = sum((Counter(found) for found in self.left_out.values()), Counter[str]())
        base = self.tally.studies - excepted - unknown.total()
        if not base:
            return {"before": None, "after": None}
        before, planned = (counts[state] - unknown[state] for state in ("correct", "planned"))
        return {"before": share_of(before, base), "after": share_of(before + planned, base)}


class NotCovered:
    """Counts the studies of a plan of which coverage says nothing: no longer in the archive, or never looked at.

    They stay in the plan: `execute` reads the headers of each before anything else.
    """

    def __init__(self) -> None:
        self._found: dict[str, Counter[str]] = {}

    def add(self, studies: Sequence[StudyFacts], rows: Sequence[PlannedRow]) -> None:
        """Studies with their rows of the plan, in the same order."""
        for study, (template, _, _) in zip(studies, rows, strict=True):
            if study.left_out and template.reason not in NOT_COUNTED_REASONS:
                self._found.setdefault(study.left_out, Counter())[template.state.value] += 1

    def counted(self) -> dict[str, dict[str, int]]:
        """Why (`gone`, `not-looked-at`), then how many by state in the plan."""
        return {why: dict(sorted(found.items())) for why, found in sorted(self._found.items())}


def begin_digest(kind: PlanKind, parameters: Mapping[str, Any], why: str) -> hashlib._Hash:
    """The digest before its first study."""
    head = {"format": FORMAT, "kind": kind.value, "parameters": dict(parameters), "why": why}
    return hashlib.sha256(canonical(head))


def digest_of(kind: PlanKind, parameters: Mapping[str, Any], items: Sequence[PlanItem], why: str) -> str:
    """SHA-256 (base32) over the canonical JSON of what an approval binds."""
    hasher = begin_digest(kind, parameters, why)
    for line in lines_of(items):
        hasher.update(b"\n" + line.encode())
    return digest_text(hasher)


def head_of(document: PlanDocument, path: str, files: Mapping[str, str]) -> PlanRow:
    """What the ledger keeps of a plan whose plan.json lies at `path`; `files` are the digests of all its files."""
    return PlanRow(
        plan_id=document.plan_id,
        kind=document.kind,
        digest=document.digest,
        path=path,
        created_at=document.created_at,
        created_by=document.created_by,
        planned=document.counts()["planned"],
        files=files,
    )


def head_json(document: PlanDocument) -> dict[str, Any]:
    """The document as plan.json holds it, without its studies."""
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
        **({"left_out": {why: dict(found) for why, found in document.left_out.items()}} if document.left_out else {}),
        **({"order": dict(document.order)} if document.order else {}),
        **({"decisions": decisions_json(document)} if document.tally.decisions else {}),
        **({EXCLUSIONS: exclusions_json(document)} if document.tally.exclusions else {}),
    }


def decisions_json(document: PlanDocument) -> list[dict[str, object]]:
    """On whose decisions planned studies rest, as plan.json and answers hold it."""
    return [{**decision.as_json(), "studies": number} for decision, number in document.decisions()]


def exclusions_json(document: PlanDocument) -> list[dict[str, object]]:
    """Who left studies out, when and why, as plan.json and answers hold it; nothing was overruled there."""
    return [
        {key: value for key, value in decision.as_json().items() if key != "overrode"} | {"studies": number}
        for decision, number in document.exclusions()
    ]


def says_the_same(raw: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether a plan.json says what we would write of its studies. Older releases did not sum up the exclusions; the
    digest covers each of them all the same."""
    return raw == ours or (EXCLUSIONS not in raw and raw == {key: ours[key] for key in ours if key != EXCLUSIONS})


def to_json(document: PlanDocument) -> dict[str, Any]:
    """The document as plan.json holds it. Hospital numbers stand in clear; BSN, name and birth date do not."""
    return head_json(document) | {"studies": [json.loads(line) for line in lines_of(document.items)]}


def from_json(text: str, *, name: str) -> PlanDocument:
    """Read a plan back and recompute its digest. Raises `PlanError` on anything but what was written."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise PlanError(
                Sentence(
                    f"{name} is a plan of another format than {FORMAT}.",
                    f"{name} is een plan in een ander formaat dan {FORMAT}.",
                ),
                advice=Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit."),
            )
        document = document_of(raw, tuple(item_of(entry) for entry in raw["studies"]), None)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise no_plan(name) from None
    digest = digest_of(document.kind, document.parameters, document.items, document.why)
    if digest != document.digest or not says_the_same(raw, to_json(document)):
        raise changed_plan(name)
    return document


def document_of(raw: Mapping[str, Any], items: Sequence[PlanItem], counted: PlanTally | None) -> PlanDocument:
    """The document with this head. Raises KeyError, TypeError or ValueError on anything else."""
    if not is_as_told(raw.get("order", {})):
        raise ValueError("an order that was changed")
    return PlanDocument(
        plan_id=raw["plan"],
        ledger_id=raw["ledger"],
        kind=PlanKind(raw["kind"]),
        created_at=datetime.fromisoformat(raw["created_at"]),
        created_by=raw["created_by"],
        parameters=raw["parameters"],
        items=items,
        why=raw["why"],
        nights=raw["nights"],
        left_out=raw.get("left_out", {}),
        order=raw.get("order", {}),
        digest=raw["digest"],
        counted=counted,
    )


def no_plan(name: str) -> PlanError:
    """What was named as a plan is none."""
    return PlanError(
        Sentence(f"{name} is not a plan.", f"{name} is geen plan."),
        advice=Sentence(
            "Name the plan.json that `remediate plan` wrote.", "Noem het plan.json dat `remediate plan` schreef."
        ),
    )


def changed_plan(name: str) -> PlanError:
    """A plan that is not what it was when its digest was made."""
    return PlanError(
        Sentence(
            f"{name} was changed after it was made: its digest no longer holds.",
            f"{name} is gewijzigd nadat het is gemaakt: de controlesom klopt niet meer.",
        ),
        advice=Sentence(
            "Nothing was executed. Run `remediate plan` again.",
            "Er is niets uitgevoerd. Voer `remediate plan` opnieuw uit.",
        ),
    )
