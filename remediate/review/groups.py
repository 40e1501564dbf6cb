"""Decisions about a whole group of undecided studies: what one would do, shown before it is made. Takes none itself.

A group is what studies have in common: the reasons against them and the kinds of difference behind these. A decision
about one is bound to a preview by its digest, so that nobody decides about studies that were not shown.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from remediate.digests import digest_text
from remediate.identity.differences import AGREEING, Comparison
from remediate.identity.verdicts import MatchReason
from remediate.plan.groups import rank_of
from remediate.records.reviews import Decision
from remediate.review.queue import Answered
from remediate.review.rows import ReviewRow
from remediate.review.words import ReviewProblem

DRAWN = 5
"""Studies of a preview, drawn by its digest."""

_DIGEST_LENGTH = 16

_LEAST_AGREEING = 2
"""Of surname, given name and birth date: with fewer a number alone would say whose the study is."""

_NEVER_TOGETHER: Mapping[MatchReason, ReviewProblem] = {
    MatchReason.STUDY_BEFORE_BIRTH: ReviewProblem.SINGLY_BEFORE_BIRTH,
    MatchReason.ANOTHER_PATIENT_FITS: ReviewProblem.SINGLY_ANOTHER_FITS,
}
"""Reasons that make somebody else likely, whatever agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSize:
    """How much a group holds."""

    group: str
    studies: int
    patients: int
    may_confirm: int  # studies that a person may confirm for the whole group


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a decision about a group would do."""

    group: str
    decision: Decision
    lines: tuple[ReviewRow, ...]  # the candidate of each study that it would decide about
    patients: int
    refused: Mapping[str, int]  # studies that it leaves undecided, by reason
    digest: str  # base32; binds the decision to these studies as they were shown
    first: int | None = None  # studies that were judged, where the group has more

    def examples(self) -> tuple[ReviewRow, ...]:
        """Some of the studies, drawn so that nobody chose them."""
        return tuple(sorted(self.lines, key=lambda line: rank_of(self.digest, line.study_instance_uid))[:DRAWN])

    def answers(self, why: str) -> tuple[Answered, ...]:
        """The decision about each study, as if it stood on lines of a file."""
        return tuple(
            Answered(
                line=number,
                study_instance_uid=line.study_instance_uid,
                epd_patient_id=line.epd_patient_id,
                seen=line.seen,
                decision=self.decision.value,
                why=why,
            )
            for number, line in enumerate(self.lines, start=1)
        )


def sizes_of(rows: Iterable[ReviewRow]) -> list[GroupSize]:
    """Every group, in the order of the list."""
    found: dict[str, list[tuple[ReviewRow, ...]]] = {}
    for lines in _by_study(rows):
        found.setdefault(lines[0].group, []).append(lines)
    return [
        GroupSize(
            group=group,
            studies=len(studies),
            patients=_patients(lines[0] for lines in studies),
            may_confirm=sum(not _against_confirming(lines) for lines in studies),
        )
        for group, studies in found.items()
    ]


def preview(rows: Iterable[ReviewRow], group: str, decision: Decision) -> Preview | None:
    """What this decision would do to a group; None when no study is in it."""
    studies = [lines for lines in _by_study(rows) if lines[0].group == group]
    if not studies:
        return None
    refused: Counter[str] = Counter()
    taken = []
    for lines in studies:
        against = _against_confirming(lines) if decision is Decision.CONFIRM else ()
        refused.update(against[:1])
        if not against:
            taken.append(lines[0])
    hasher = hashlib.sha256(f"{group}\n{decision.value}".encode())
    for line in sorted(taken, key=lambda line: line.study_instance_uid):
        hasher.update(f"\n{line.study_instance_uid} {line.seen}".encode())
    return Preview(
        group=group,
        decision=decision,
        lines=tuple(taken),
        patients=_patients(taken),
        refused=dict(refused.most_common()),
        digest=digest_text(hasher)[:_DIGEST_LENGTH],
    )


def _by_study(rows: Iterable[ReviewRow]) -> list[tuple[ReviewRow, ...]]:
    found: dict[str, list[ReviewRow]] = {}
    for row in rows:
        found.setdefault(row.study_instance_uid, []).append(row)
    return [tuple(lines) for lines in found.values()]


def _against_confirming(lines: Sequence[ReviewRow]) -> tuple[str, ...]:
    """Why the one candidate of a study cannot be confirmed for a whole group."""
    first, *others = lines
    if not first.candidate:
        return (ReviewProblem.NO_CANDIDATE,)
    if first.not_negotiable:
        return tuple(first.not_negotiable)
    if others:
        return (ReviewProblem.SEVERAL_CANDIDATES,)
    return _makes_others_likely(first)


def _makes_others_likely(line: ReviewRow) -> tuple[ReviewProblem, ...]:
    """What of the one candidate a person has to look at study by study: one reason for all of them would be none."""
    found = tuple(problem for reason, problem in _NEVER_TOGETHER.items() if reason in line.reasons)
    if Comparison.YEAR_ONLY in line.birth_date or Comparison.DIFFERS in line.given_name:
        found = (*found, ReviewProblem.SINGLY_RELATIVE)
    agreeing = sum(AGREEING.issuperset(kinds) for kinds in (line.surname, line.given_name, line.birth_date) if kinds)
    return found if agreeing >= _LEAST_AGREEING else (*found, ReviewProblem.SINGLY_LITTLE_AGREES)


def _patients(lines: Iterable[ReviewRow]) -> int:
    """Different patients: as the EPD knows them, else as the studies number them."""
    return len({(x.authority, x.epd_patient_id) if x.candidate else (x.issuer, x.patient_id) for x in lines})
