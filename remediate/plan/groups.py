"""What a plan's studies have in common, and a draw of examples that everybody can repeat; decides and prints nothing.

Whoever approves ten million studies reads groups: on what the studies of one rest, and some of them by chance. Chance
is the plan's own digest: of each group those studies are shown of which SHA-256 over the digest, a blank and the Study
Instance UID is smallest. Nobody can choose them, and everybody finds the same ones in plan.json.
"""

from __future__ import annotations

import hashlib
import json
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from remediate.identity.verdicts import Proof
from remediate.plan.lines import decision_of, is_left_out_by_person, item_of
from remediate.records.ledger import PlanItem
from remediate.records.reviews import DecidedBy
from remediate.records.states import State

DRAWN = 3
"""Examples of each group."""

_TELLING = frozenset({
    Proof.PATIENT_BY_ID, Proof.PATIENT_BY_MERGED_ID, Proof.PATIENT_BY_CLAIM, Proof.CLAIM_EQUAL, Proof.NO_CLAIM,
    Proof.GIVEN_NAME_AGREES, Proof.GIVEN_NAME_IN_FULL,
})  # fmt: skip
"""Proofs of which one of several will do, so that they part studies that rest on more from those that rest on less."""


class Kind(NamedTuple):
    """What the studies of a group have in common."""

    state: State
    reason: str  # the first; "" when there is none
    proofs: tuple[str, ...]  # those that tell groups of planned studies apart; () in other states
    decision: DecidedBy | None = None  # on which planned studies rest, or that left studies out


@dataclass(slots=True)
class PlanGroup:
    """How many studies are of one kind, and some of them."""

    number: int = 0
    proofs: frozenset[str] | None = None  # that every study of the group has
    _drawn: list[tuple[bytes, str]] = field(default_factory=list)  # the smallest, with the study's line

    def add(self, rank: bytes, line: str, proofs: frozenset[str]) -> None:
        """One more study; `rank` is its place in the draw."""
        self.number += 1
        self.proofs = proofs if self.proofs is None else self.proofs & proofs
        drawn = self._drawn
        if len(drawn) < DRAWN or rank < drawn[-1][0]:
            insort(drawn, (rank, line))
            del drawn[DRAWN:]

    def examples(self) -> tuple[PlanItem, ...]:
        """The studies that were drawn, in the order of the draw."""
        return tuple(item_of(json.loads(line)) for _, line in self._drawn)


def rank_of(digest: str, study_instance_uid: str) -> bytes:
    """The place of a study in the draw of a plan."""
    return hashlib.sha256(f"{digest} {study_instance_uid}".encode("utf-8", "surrogatepass")).digest()


def groups_of(lines: Iterable[str], digest: str, shown: Sequence[DecidedBy] = ()) -> Mapping[Kind, PlanGroup]:
    """The groups of a plan, largest first. `lines` are its studies as `lines.line_of` writes them.

    Planned studies that rest on a person's decision are groups of their own, and so are those that a person left out:
    each of the `shown` decisions, and all others together (`Kind.decision` has no name then).
    """
    wanted = frozenset(shown)
    kinds: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[Kind, frozenset[str]]] = {}
    groups: dict[Kind, PlanGroup] = {}
    for line in lines:
        study = json.loads(line)
        told = study["state"], tuple(study["reasons"]), tuple(study["proofs"])
        known = kinds.get(told) if "decision" not in study else None  # people's words are without number
        if known is None:
            known = _kind(study, wanted)
            if "decision" not in study:
                kinds[told] = known
        kind, proofs = known
        group = groups.get(kind)
        if group is None:
            group = groups[kind] = PlanGroup()
        group.add(rank_of(digest, study["study_instance_uid"]), line, proofs)
    return dict(sorted(groups.items(), key=lambda pair: (-pair[1].number, pair[0][:3])))


REST = DecidedBy("", "", "", "", ())
"""Stands for the decisions that are not shown one by one."""


def _kind(study: Mapping[str, Any], shown: frozenset[DecidedBy]) -> tuple[Kind, frozenset[str]]:
    state, reasons, proofs = State(study["state"]), study["reasons"], frozenset(study["proofs"])
    reason = reasons[0] if reasons else ""
    decision = decision_of(study)
    if decision is not None and decision not in shown:
        decision = REST
    if state is not State.PLANNED:
        return Kind(state, reason, (), decision if is_left_out_by_person(state, reason) else None), proofs
    telling = tuple(proof for proof in study["proofs"] if proof in _TELLING) if decision is None else ()
    return Kind(state, "" if decision else reason, telling, decision), proofs
