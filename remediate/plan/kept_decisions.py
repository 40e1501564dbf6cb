"""A decision about headers as the ledger keeps it, and again as a plan writes it. Judges nothing and keeps nothing.

Most patients have several studies, and most of those have the same headers, so that a plan judges these once; what it
decided holds for the next plan as well, as long as all on which it rests is the same.
"""

from __future__ import annotations

import json
from datetime import date
from typing import NamedTuple

from remediate.identity.dates import read_da
from remediate.plan.judge import Judgement
from remediate.plan.lines import LineFrame, Template
from remediate.records.ledger import HeadersDecided
from remediate.records.states import State

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_DATE_LENGTH = len("YYYYMMDD")
_MOST_FRAMES = 100_000


class JudgedHeaders(NamedTuple):
    """What holds for every study with the same headers, unless it is dated before `born`."""

    template: Template
    born: str  # YYYYMMDD; "" when there is nobody with whom the study was compared: then no date is too early

    def holds_on(self, study_date: str) -> bool:
        """False when the Study Date may say otherwise: before birth, or on no calendar."""
        return not study_date or may_be_later(study_date, self.born)


def may_be_later(study_date: str, born: str) -> bool:
    """Whether a Study Date (DA) is a day, and none before the birth date."""
    return len(study_date) == _DATE_LENGTH and study_date >= born and isinstance(read_da(study_date), date)


def kept_form(headers_id: int, judgement: Judgement, template: Template, asked: tuple[int, ...]) -> HeadersDecided:
    """What was judged about headers, on no particular date; `asked` as in `Candidates`."""
    frame = template.frame
    if frame.decision is not None:
        raise ValueError("a person's decision is about a study, not about headers")
    shared = [frame.state, frame.reasons, frame.proofs, frame.corrections, frame.bsn_masked, frame.issuer]
    own = [template.patient_id, template.epd_patient_id, birth_date(judgement)]
    return HeadersDecided(
        headers_id, frame.state, frame.reason, template.fingerprint, _encode(shared), _encode(own), asked
    )


class Decisions:
    """Reads them back; what many share is read once."""

    def __init__(self) -> None:
        self._frames: dict[str, LineFrame] = {}

    def read(self, kept: HeadersDecided) -> JudgedHeaders:
        """The decision again."""
        frame = self._frames.get(kept.shared)
        if frame is None:
            if len(self._frames) >= _MOST_FRAMES:
                self._frames.clear()
            state, reasons, proofs, corrections, bsn_masked, issuer = _decode(kept.shared)
            frame = LineFrame(State(state), tuple(reasons), tuple(proofs), tuple(corrections), bsn_masked, issuer)
            self._frames[kept.shared] = frame
        patient_id, epd_patient_id, born = _decode(kept.own)
        return JudgedHeaders(Template(frame, epd_patient_id, kept.fingerprint, patient_id), born)


def birth_date(judgement: Judgement) -> str:
    """Of the patient who was compared, as DA; "" when there is none, or it is not known."""
    born = judgement.patient.birth_date if judgement.patient else None
    return f"{born.year:04d}{born.month:02d}{born.day:02d}" if born else ""
