"""Makes the dry run: judges every surveyed study and keeps the plan in the ledger. Writes no plan.json, no archive."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import remediate
from remediate.config.settings import Config
from remediate.digests import digest_text, sha256_of_value
from remediate.errors import PlanError
from remediate.header.profiles import Profile
from remediate.header.uids import uid_problem
from remediate.identity.bsn import Bsn
from remediate.identity.bsn_spelling import masked_numbers, read_identifier, read_parts
from remediate.identity.evidence import Strength, StudyEvidence
from remediate.identity.patients import Patient
from remediate.identity.verdicts import Conflict, Match, MatchingPolicy, MatchReason
from remediate.plan.bound_copies import bound_copies
from remediate.plan.document import NotCovered, PlanDocument, begin_digest, digest_of, head_of
from remediate.plan.hints import HintSample, number_hints, rival_hints
from remediate.plan.judge import Judge, Judgement
from remediate.plan.kept_decisions import Decisions
from remediate.plan.lines import PlanLines, PlannedRow, PlanSheets, PlanTally, Template, template_of
from remediate.plan.order import OrderTally
from remediate.plan.processes import WORTH_SHARING, decide_headers
from remediate.plan.verification_means import EVERY_OBJECT, chosen
from remediate.ports import BatchStore, DecisionStore, PlanStore, ReviewStore, StudyStore, Vault
from remediate.probe.probing import archive_name, settings_digest
from remediate.reasons.study import PlanReason
from remediate.records.ledger import (
    DECIDER_NAMES,
    DECIDERS,
    Decided,
    EventType,
    NewEvent,
    PlanItem,
    PlanKind,
    StudyFacts,
    StudyRow,
)
from remediate.records.needs import Ordering
from remediate.records.states import State
from remediate.texts.language import Sentence
from remediate.window import hours_a_night

_Plain = str | int | bool | None | list["_Plain"]


def rests_on(policy: MatchingPolicy, profile: Profile) -> str:
    """SHA-256 (base32) over both, the source of this program and the Python that runs it."""
    return sha256_of_value([_plain(policy), _plain(profile), program(), sys.version])


@cache
def program() -> str:
    """SHA-256 (base32) over every module of this program: rules that changed decide otherwise."""
    hasher = hashlib.sha256()
    top = Path(remediate.__file__).parent
    for path in sorted(top.rglob("*.py")):
        source = path.read_bytes()
        hasher.update(f"{path.relative_to(top)} {len(source)}\n".encode() + source)
    return digest_text(hasher)


def _plain(value: object) -> _Plain:
    """The value as lists and texts, the same in every process. Raises TypeError on a kind that is not known."""
    if isinstance(value, Enum):
        return [type(value).__name__, value.name]
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *([field.name, _plain(getattr(value, field.name))] for field in fields(value))]
    if isinstance(value, tuple):
        return ["row", *map(_plain, value)]
    if isinstance(value, frozenset):
        return ["set", *sorted(map(_plain, value), key=repr)]
    if isinstance(value, Mapping):
        return ["map", *sorted(([_plain(key), _plain(one)] for key, one in value.items()), key=repr)]
    raise TypeError(f"a {type(value).__name__} on which a decision rests")


SPOOL_BYTES = 64 << 20
"""Of a plan's studies so much is kept in memory; more goes to a file without a name."""

ASSUMED_OBJECTS_A_SECOND = 10.0
"""Pace assumed before the first batch has measured one (domain.md: a stock Orthanc takes 13 to 83)."""

_SETTLED_ELSEWHERE = {
    State.INTENT: (State.REVIEW, PlanReason.OPEN_INTENT),
    State.STORED: (State.REVIEW, PlanReason.OPEN_INTENT),
    State.QUARANTINED: (State.REVIEW, PlanReason.QUARANTINED),
    State.ROLLED_BACK: (State.EXCLUDED, PlanReason.ROLLED_BACK),
}
"""States that a plan reports but does not touch."""

_APART = frozenset({*_SETTLED_ELSEWHERE, State.FAILED})
"""States in which more than the headers decides about a study's line."""


ItemOf = Callable[[str, int | None, Judgement], PlanItem]
"""Study Instance UID, number of instances and judgement as a line of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan that the ledger does not know yet."""

    document: PlanDocument
    lines: PlanLines  # the document's studies
    alone: Sequence[Decided]  # what was decided study by study
    hints: tuple[Sentence, ...] = ()  # what in the settings or in the EPD would leave fewer studies to people


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans under one configuration."""

    studies: StudyStore
    decisions: DecisionStore
    reviews: ReviewStore
    plans: PlanStore
    batches: BatchStore
    vault: Vault
    judge: Judge
    config: Config
    processes: int = 1  # that judge at once
    item_of: ItemOf = field(default_factory=lambda: plan_item)  # what a line says of a study and its judgement
    output: Mapping[str, str] = field(default_factory=dict)  # where the corrections go when nothing is stored

    def make(
        self,
        *,
        now: datetime,
        actor: str,
        plan_id: str,
        sheets: PlanSheets | None = None,
        order: OrderTally | None = None,
    ) -> Draft:
        """Judge every study of the ledger; `sheets` are told of each, and `order` counts them. Nothing is kept yet.

        Raises `PlanError` when nothing was surveyed or no EPD is loaded.
        """
        if not self.judge.registry.patients():
            what = Sentence("", "") if self.config.epd.files else Sentence(" FILE...", " BESTAND...")
            raise PlanError(
                Sentence("No patients are loaded.", "Er zijn geen patiënten geladen."),
                advice=Sentence(
                    f"Run `remediate epd load{what.en}` first.", f"Voer eerst `remediate epd load{what.nl}` uit."
                ),
            )
        parameters = self._parameters()
        # Beside the configuration, since the folder for temporary files may be memory.
        folder = str(self.config.path("."))
        file = SpooledTemporaryFile(max_size=SPOOL_BYTES, dir=folder)  # noqa: SIM115 - the draft's
        lines = PlanLines(file, begin_digest(PlanKind.CORRECT, parameters, ""))
        to_judge = self.decisions.begin_decisions(plan_id, self._decisions_rest_on(plan_id))
        processes = self.processes if to_judge >= WORTH_SHARING else 1
        decide_headers(self.decisions, self.judge, self._describe, plan_id=plan_id, processes=processes)
        unknown, rivalled = HintSample(MatchReason.PATIENT_UNKNOWN), HintSample(MatchReason.ANOTHER_PATIENT_FITS)
        left_out = NotCovered()
        told = (unknown, rivalled, *((sheets,) if sheets is not None else ()))
        alone = self._add_all(lines, told, (left_out, *((order,) if order is not None else ())))
        if not lines:
            raise PlanError(
                Sentence("No studies were surveyed.", "Er zijn geen onderzoeken geïnventariseerd."),
                advice=Sentence("Run `remediate survey` first.", "Voer eerst `remediate survey` uit."),
            )
        document = PlanDocument(
            plan_id=plan_id,
            ledger_id=self.plans.ledger_id,
            kind=PlanKind.CORRECT,
            created_at=now,
            created_by=actor,
            parameters=parameters,
            items=lines,
            nights=nights_needed(lines.tally, self.config, measured_pace(self.batches)),
            digest=lines.digest(),
            left_out=left_out.counted(),
            order=order.as_json() if order is not None else {},
        )
        hints = self._hints(unknown.by_uid(), rivalled.by_uid())
        return Draft(document=document, lines=lines, alone=alone, hints=hints)

    def make_of(
        self, rows: Sequence[StudyRow], *, now: datetime, actor: str, plan_id: str, why: str = ""
    ) -> PlanDocument:
        """Judge these studies alone, by the same rules; nothing is kept yet, and no other study is looked at.

        Raises `PlanError` when there are none.
        """
        if not rows:
            raise PlanError(Sentence("The inventory has no such study.", "De inventarisatie kent zo'n onderzoek niet."))
        parameters = {**self._parameters(), "studies": "named"}
        judged = self.judge.judge_many([row.evidence for row in rows])
        items = tuple(self._item(_facts(row), judgement) for row, judgement in zip(rows, judged, strict=True))
        return PlanDocument(
            plan_id=plan_id,
            ledger_id=self.plans.ledger_id,
            kind=PlanKind.CORRECT,
            created_at=now,
            created_by=actor,
            parameters=parameters,
            items=items,
            why=why,
            digest=digest_of(PlanKind.CORRECT, parameters, items, why),
        )

    def _decisions_rest_on(self, plan_id: str) -> str:
        """What holds a decision besides headers and EPD. Where the other studies of a patient count as well, as with
        messages, it holds for this plan alone."""
        settings = rests_on(self.judge.policy, self.judge.profile)
        return settings if self.item_of is plan_item and not self.output else f"{settings} {plan_id}"

    def _hints(self, unknown: Mapping[str, int], rivalled: Mapping[str, int]) -> tuple[Sentence, ...]:
        registry, policy = self.judge.registry, self.judge.policy
        return (
            *number_hints(unknown, self._evidence(unknown), registry, policy),
            *rival_hints(rivalled, self._evidence(rivalled), registry, policy),
        )

    def _evidence(self, uids: Iterable[str]) -> list[StudyEvidence]:
        named = list(uids)
        return [row.evidence for row in self.studies.studies_named(named)] if named else []

    def _parameters(self) -> Mapping[str, Any]:
        identity = self.config.identity
        return {
            "archive": archive_name(self.config),
            "profile": self.config.target.profile,
            **({"confirmed": confirmed} if (confirmed := self.config.target.confirmed.told) else {}),
            **({"elements": sorted(self.config.target.elements)} if self.config.target.elements else {}),
            "settings": settings_digest(self.config),
            "bsn_range": identity.bsn_range,
            "fill_missing": identity.fill_missing,
            "default_issuer": self.config.epd.default_issuer,
            "registry": self.judge.registry.snapshot_digest(),
            **({"output": dict(self.output), **EVERY_OBJECT} if self.output else chosen(self.config.execute)),
            **bound_copies(self.config),
        }

    def keep(self, draft: Draft, path: str, files: Mapping[str, str], *, ordering: Ordering | None = None) -> None:
        """Write the plan into the ledger, once its files are safe at `path`; `files` are their digests by name."""
        document = draft.document
        counts = document.counts()
        event = NewEvent(
            type=EventType.PLANNED,
            at=document.created_at,
            actor=document.created_by,
            plan=document.plan_id,
            details={
                "digest": document.digest,
                **counts,
                **_by_people(document),
                **{f"confirmed_{key}": text for key, text in self.config.target.confirmed.told.items()},
                **({"order": ordering.by.value} if ordering is not None else {}),
            },
        )
        self.plans.keep_plan(head_of(document, path, files), draft.alone, event, ordering=ordering)

    def keep_of(self, document: PlanDocument, rows: Sequence[StudyRow], path: str, files: Mapping[str, str]) -> None:
        """Write a plan over named studies into the ledger, which supersedes no other; these are planned in it now. One
        that a worker took up since it was judged (`rows`) stays as that worker has it, with its open intent."""
        event = NewEvent(
            type=EventType.PLANNED,
            at=document.created_at,
            actor=document.created_by,
            plan=document.plan_id,
            details={"digest": document.digest, **document.counts(), **_by_people(document), "why": document.why},
        )
        self.plans.save_plan(head_of(document, path, files), document.items, event, supersedes=False)
        stood = {row.study_instance_uid: row.state for row in rows}
        for item in document.items:
            if item.state is State.PLANNED:
                told = replace(event, type=EventType.STATE, reason=item.reasons[0], details={})
                uid, before = item.study_instance_uid, stood[item.study_instance_uid]
                self.studies.move(uid, State.PLANNED, told, plan_id=document.plan_id, before=before)

    def _add_all(
        self, lines: PlanLines, sheets: Sequence[PlanSheets], counted: Sequence[NotCovered | OrderTally]
    ) -> list[Decided]:
        """Add every study's line; answers what was decided study by study."""
        decided: list[Decided] = []
        decisions = Decisions()
        for page in self.decisions.decided_inventory():
            reviewed = self.reviews.reviews([study.study_instance_uid for study, _ in page])
            rows: list[PlannedRow | None] = []
            apart: list[StudyFacts] = []
            for study, kept in page:
                uid, state, _, instances, study_date, *_ = study
                known = None if kept is None else decisions.read(kept)  # none: surveyed since headers were judged
                if (
                    known is None
                    or state in _APART
                    or uid in reviewed
                    or not known.holds_on(study_date)
                    or uid_problem(uid)
                ):
                    apart.append(study)
                    rows.append(None)
                else:
                    rows.append((known.template, uid, instances))
            found = self._decide_alone(apart, decided) if apart else iter(())
            complete = [row or next(found) for row in rows]
            lines.add(complete)
            for count in counted:
                count.add([study for study, _ in page], complete)
            for sheet in sheets:
                sheet.add(complete)
        return decided

    def _decide_alone(self, studies: Sequence[StudyFacts], decided: list[Decided]) -> Iterator[PlannedRow]:
        """Studies about which more than their headers decides; what becomes of them is added to `decided`."""
        evidence = [row.evidence for row in self.studies.studies_named([study.study_instance_uid for study in studies])]
        for study, judgement in zip(studies, self.judge.judge_many(evidence), strict=True):
            item = self._item(study, judgement)
            first = item.reasons[0] if item.reasons else ""
            stays = _stays(study.state, item.state, first)
            decided.append(Decided(study.study_instance_uid, item.state, first, item.fingerprint, stays))
            yield template_of(item), study.study_instance_uid, study.instances

    def _item(self, study: StudyFacts, judgement: Judgement) -> PlanItem:
        item = self.item_of(study.study_instance_uid, study.instances, judgement)
        if study.state in _SETTLED_ELSEWHERE:
            state, reason = _SETTLED_ELSEWHERE[study.state]
            return replace(item, state=state, reasons=(reason,), corrections=(), fingerprint="")
        if uid_problem(study.study_instance_uid):  # kept by a version that did not look
            return replace(item, state=State.REVIEW, reasons=(PlanReason.NO_UID,), corrections=(), fingerprint="")
        if self._is_unsettled(study):
            return replace(item, state=State.REVIEW, reasons=(PlanReason.OPEN_INTENT,), corrections=(), fingerprint="")
        return item

    def _describe(self, judgement: Judgement) -> Template:
        """What the lines of all studies share of which the same was judged."""
        return template_of(self.item_of("", None, judgement))

    def _is_unsettled(self, study: StudyFacts) -> bool:
        """Begun and not finished: `execute` settles it under the plan that began it, before it is judged anew."""
        return study.state is State.FAILED and self.vault.open_intent(study.study_instance_uid) is not None


def _facts(row: StudyRow) -> StudyFacts:
    return StudyFacts(row.study_instance_uid, row.state, row.reason, row.instances, row.evidence.study_date, 0)


def _stays(old: State, new: State, reason: str) -> bool:
    """A verified study that is still correct stays verified, so that `verify` finds it; open ones are not touched."""
    is_unsettled = old is State.FAILED and reason == PlanReason.OPEN_INTENT
    return old in _SETTLED_ELSEWHERE or is_unsettled or (old is State.VERIFIED and new is State.CORRECT)


def _by_people(document: PlanDocument) -> Mapping[str, str | int]:
    """How much rests on people's word; who counts among the four eyes, where the plan writes on it."""
    found, excluded = document.tally.decisions, document.tally.exclusions.total()
    accounts = sorted({account for decision in found for account in (decision.account, *decision.seconded)})
    names = sorted({decision.person for decision in found})
    who = {DECIDERS: json.dumps(accounts), DECIDER_NAMES: json.dumps(names, ensure_ascii=False)}
    remembered = document.tally.remembered()
    return {
        **({"decided": found.total(), **who} if found else {}),
        **({"remembered": remembered} if remembered else {}),
        **({"excluded_by_person": excluded} if excluded else {}),
    }


def plan_item(study_instance_uid: str, instances: int | None, judgement: Judgement) -> PlanItem:
    """One line of the plan, with every BSN masked."""
    header = judgement.evidence.headers[0] if judgement.evidence.headers else None
    return PlanItem(
        study_instance_uid=study_instance_uid,
        patient_id=shown_number(header.patient_id, judgement.patient, judgement.match) if header else "",
        issuer=masked_numbers(header.issuer) if header else "",
        epd_patient_id=_epd_number(judgement),
        state=judgement.state,
        reasons=judgement.reasons,
        proofs=judgement.proofs,
        corrections=_corrections(judgement) if judgement.state is State.PLANNED else (),
        bsn_masked=judgement.bsn.masked if judgement.bsn and judgement.state is State.PLANNED else "",
        fingerprint=judgement.fingerprint if judgement.state is State.PLANNED else "",
        instances=instances,
        decision=judgement.decided_by,
    )


def shown_number(patient_id: str, patient: Patient | None, match: Match | None = None) -> str:
    """A hospital number in clear; anything that may be a BSN masked.

    One hospital number in eleven passes the eleven-test: it stays in clear where the EPD has it as this patient's own
    number, unless it is also somebody's BSN.
    """
    masked = masked_numbers(patient_id)
    if masked == patient_id or patient is None or all(own.value != patient_id for own in patient.identifiers):
        return masked
    is_contested = isinstance(match, Conflict) and MatchReason.ID_AND_CLAIM_NAME_TWO_PATIENTS in match.reasons
    return masked if is_contested or _holds(patient_id, patient.bsn) else patient_id


def _holds(number: str, bsn: Bsn | None) -> bool:
    return any(found.value == bsn for found in (*read_identifier(number, is_declared=True), *read_parts(number)))


def _epd_number(judgement: Judgement) -> str | None:
    """The EPD's own number, unless a hospital uses the BSN as its number or it is another's."""
    patient = judgement.patient
    return None if patient is None else shown_number(patient.epd_patient_id, patient, judgement.match)


def _corrections(judgement: Judgement) -> tuple[str, ...]:
    places = {
        f"{claim.place.value} {claim.path}"
        for header in judgement.evidence.headers
        for claim in header.claims
        if claim.value == judgement.bsn and claim.strength is not Strength.PART
    }
    found = tuple(f"found: {place}" for place in sorted(places)) or ("found: nowhere, to be filled",)
    return (*found, f"write: {judgement.bsn.masked if judgement.bsn else ''}")


def measured_pace(batches: BatchStore) -> float | None:
    """Objects a second of the most recent batch that did enough to tell; None when there is none."""
    for batch in batches.batches():
        objects = batch.counts.get("instances", 0)
        seconds = (batch.closed_at - batch.opened_at).total_seconds() if batch.closed_at else 0.0
        if seconds > 0 and objects >= 20:  # no time at all: a clock was set back
            return objects / seconds
    return None


def nights_needed(tally: PlanTally, config: Config, pace: float | None) -> float:
    """Nights to execute the planned studies under the window and ceilings; an estimate, rounded up to a tenth."""
    planned = tally.states[State.PLANNED]
    limits = config.execute.limits
    a_second = min(pace or ASSUMED_OBJECTS_A_SECOND, limits.objects_per_second or 1e9)
    if limits.objects_per_hour:
        a_second = min(a_second, limits.objects_per_hour / 3600)
    hours = tally.planned_objects / a_second / 3600
    if limits.studies_per_hour:
        hours = max(hours, planned / limits.studies_per_hour)
    return round(hours / hours_a_night(config.execute.window) + 0.04999, 1) if planned else 0.0
