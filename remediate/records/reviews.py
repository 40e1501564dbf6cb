"""What a person decided about an undecided study, as it passes between the ledger and the use cases. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from remediate.records.states import State


class Decision(StrEnum):
    """What a person can decide about a study in review."""

    CONFIRM = "confirm"  # the study is this candidate's
    EXCLUDE = "exclude"  # nothing is ever to be written into the study
    SPLIT = "split"  # it holds several patients' objects: the archive is asked to split it, and nothing is written
    TAKEN_BACK = "taken-back"  # whoever decided took it back: as if nothing had been decided


TYPED = (Decision.CONFIRM, Decision.EXCLUDE, Decision.SPLIT)
"""What a person types; the other follows from undoing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecision:
    """One decision, bound to the facts that the person saw."""

    study_instance_uid: str
    decision: Decision
    authority: str = ""  # of epd_patient_id
    epd_patient_id: str = field(default="", repr=False)  # the candidate on whose line it was made; "" when none
    seen: str  # keyed digest over the study's evidence and the candidate's record
    settled: str  # keyed digest over what our own correction leaves as it was
    person: str  # who decided (--by)
    account: str = ""  # of the operating system, under which it was made; "" in decisions of older releases
    at: datetime  # aware
    why: str  # the person's words, without patient data
    memory: str = ""  # keyed digest over all that would be seen again in a later study; "": not to be remembered
    remembered_from: str = ""  # Study Instance UID about which it was made, where it was not about this study
    seconded: tuple[str, ...] = ()  # accounts of the others who looked before it counted, each without the rest
    before: ReviewDecision | None = field(default=None, repr=False)  # that it replaced, where it can be undone


REGRETTED = frozenset({State.ROLLED_BACK, State.QUARANTINED})
"""States of a study that tell that what was decided about it went wrong, or was not wanted."""


def stands(carried: ReviewDecision, origin: ReviewDecision | None, origin_state: State) -> bool:
    """Whether what was carried to a later study counts still: what was decided about the earlier one was not taken back
    or decided otherwise by whomever, and did not go wrong."""
    return origin is not None and origin_state not in REGRETTED and _about(origin) == _about(carried)


def _about(one: ReviewDecision) -> tuple[Decision, str, str]:
    return one.decision, one.authority, one.epd_patient_id


def bound_to_nothing(one: ReviewDecision) -> ReviewDecision:
    """The same as one that holds for no facts, so that a person looks again."""
    return replace(one, seen="", settled="")


class Stage(StrEnum):
    """How far a study that waits for people came."""

    OPEN = "open"  # nobody decided
    SECOND = "second"  # drawn: a second person has to look, without seeing what the first decided
    THIRD = "third"  # the two differ: a third person decides
    DECIDED = "decided"  # waits no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What several people decided about one study, each without seeing the other; none of it counts before they agree
    or a third one has decided."""

    study_instance_uid: str
    first: ReviewDecision
    second: ReviewDecision | None = None
    is_closed: bool = False  # it counts, was taken back, or is about facts that are no longer so

    @property
    def stage(self) -> Stage:
        """For whom it waits."""
        if self.is_closed:
            return Stage.DECIDED
        return Stage.SECOND if self.second is None else Stage.THIRD

    @property
    def looked(self) -> tuple[ReviewDecision, ...]:
        """The decisions, in order."""
        return (self.first,) if self.second is None else (self.first, self.second)


def agree(one: ReviewDecision, other: ReviewDecision) -> bool:
    """Whether two people decided the same: about the same candidate where they confirm."""
    return one.decision is other.decision and (one.decision is not Decision.CONFIRM or one.seen == other.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A study that waits for people, by what it is found and counted. Holds codes and pseudonyms only."""

    study_instance_uid: str
    group: str  # what it has in common with others, as `review groups` names it
    patient: str  # keyed pseudonym of the patient who is meant, so that all studies of one stand together
    may_confirm: bool
    stage: Stage = Stage.OPEN


class QueueGroup(NamedTuple):
    """How many studies wait that have the same reasons against them, and the same kinds of difference."""

    group: str
    studies: int
    patients: int
    may_confirm: int


class QueuePatient(NamedTuple):
    """One patient's studies that wait, and the first of them by UID."""

    patient: str
    studies: int
    entries: tuple[QueueEntry, ...]


class Lease(NamedTuple):
    """That somebody is looking at a study, so that nobody else decides about it meanwhile."""

    study_instance_uid: str
    account: str
    person: str
    until: datetime


class DecidedBy(NamedTuple):
    """A decision as those see it who approve what follows from it; without patient data."""

    person: str
    account: str  # of the operating system; "" when it was not kept
    at: str  # ISO 8601, with its offset
    why: str  # the person's words; "" when they may not be shown
    overrode: tuple[str, ...]  # codes of what spoke against, or lacked
    remembered: bool = False  # made about an earlier study with the same headers and patient
    seconded: tuple[str, ...] = ()  # accounts of the others who looked, each without the rest

    def as_json(self) -> dict[str, object]:
        """As plans and answers hold it."""
        return {
            "by": self.person,
            "account": self.account,
            "at": self.at,
            "why": self.why,
            "overrode": list(self.overrode),
            **({"remembered": True} if self.remembered else {}),
            **({"seconded": list(self.seconded)} if self.seconded else {}),
        }
