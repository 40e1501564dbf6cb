"""What a plan judged already: studies whose headers say the same get the same line. Judges nothing itself.

Most patients have several studies, and most of those have the same headers. What is kept is packed, because it is
kept for millions of patients.
"""

from __future__ import annotations

from remediate.identity.match import MatchReason
from remediate.records.ledger import StudyFacts
from remediate.records.states import State
from remediate.workflow.judgement import Judgement
from remediate.workflow.plan_lines import Frame, Template

CAPACITY = 4_000_000
"""Headers kept, at some 240 bytes each. What comes after is judged every time."""

_SEPARATOR = "\x1f"  # cannot stand in JSON of which the signs are escaped
_DATE_LENGTH = len("YYYYMMDD")
_KEPT_STATES = frozenset({State.CORRECT, State.PLANNED, State.REVIEW})


class Memory:
    """Lines of plans by the facts on which they rest; for one pass over one snapshot of the registry."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._packed: dict[bytes, str] = {}
        self._frames: list[Frame] = []
        self._places: dict[Frame, int] = {}  # of the frames

    def keep(self, study: StudyFacts, judgement: Judgement, template: Template) -> None:
        """Remember what was judged, unless it follows from the Study Date."""
        if (
            len(self._packed) < self._capacity
            and judgement.state in _KEPT_STATES
            and MatchReason.STUDY_BEFORE_BIRTH not in judgement.reasons
        ):
            frame, *texts = template
            place = self._places.setdefault(frame, len(self._frames))
            if place == len(self._frames):
                self._frames.append(frame)
            self._packed[study.facts] = _SEPARATOR.join((str(place), *texts, _birth_date(judgement)))

    def recall(self, study: StudyFacts) -> Template | None:
        """The line of studies with the same headers; None when not known, or when the Study Date may say otherwise."""
        packed = self._packed.get(study.facts)
        if packed is None:
            return None
        place, epd_patient_id, fingerprint, patient_id, birth_date = packed.split(_SEPARATOR)
        date = study.study_date
        if date and not (len(date) == _DATE_LENGTH and date.isascii() and date.isdigit() and date >= birth_date):
            return None
        return Template(self._frames[int(place)], epd_patient_id, fingerprint, patient_id)


def _birth_date(judgement: Judgement) -> str:
    """Of the patient with whom the study was compared; "" when there is none: then no date is too early."""
    born = judgement.patient.birth_date if judgement.patient else None
    return f"{born.year:04d}{born.month:02d}{born.day:02d}" if born else ""
