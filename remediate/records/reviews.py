"""What a person decided about an undecided study, as it passes between the ledger and the use cases. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    at: datetime  # aware
    why: str  # the person's words, without patient data
