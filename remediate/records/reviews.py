"""What a person decided about an undecided study, as it passes between the ledger and the use cases. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Decision(StrEnum):
    """What a person can decide about a study in review."""

    CONFIRM = "confirm"  # the study is this candidate's
    EXCLUDE = "exclude"  # nothing is ever to be written into the study


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


class DecidedBy(NamedTuple):
    """A decision as those see it who approve what follows from it; without patient data."""

    person: str
    account: str  # of the operating system; "" when it was not kept
    at: str  # ISO 8601, with its offset
    why: str  # the person's words; "" when they may not be shown
    overrode: tuple[str, ...]  # codes of what spoke against, or lacked

    def as_json(self) -> dict[str, object]:
        """As plans and answers hold it."""
        return {
            "by": self.person,
            "account": self.account,
            "at": self.at,
            "why": self.why,
            "overrode": list(self.overrode),
        }
