"""Who does something and why, as typed: both are needed, and no BSN, name or birth date may stand in the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from remediate.errors import UsageError
from remediate.identity.bsn_scan import Bounds, bsns_in
from remediate.identity.dates import read_da
from remediate.identity.evidence import StudyEvidence
from remediate.identity.name_text import PREFIXES, words
from remediate.identity.patients import Patient
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line

_SPACING = re.compile(r"[ .\-]+")
_MASKED = re.compile(r"[*•#_?xX]{3,}[ .\-]?\d{2,4}(?!\d)")
_DATES = tuple(
    re.compile(rf"(?<!\d){pattern}(?!\d)")
    for pattern in (
        r"(?P<d>\d{1,2})\D{1,2}(?P<m>\d{1,2})\D{1,2}(?P<y>\d{4})",
        r"(?P<y>\d{4})\D{1,2}(?P<m>\d{1,2})\D{1,2}(?P<d>\d{1,2})",
        r"(?P<d>\d\d)(?P<m>\d\d)(?P<y>\d{4})",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    )
)


def named_and_said(person: str, why: str, deed: Sentence) -> tuple[str, str]:
    """Name and reason, each on one line. Raises `UsageError` when one is lacking, which names the `deed`."""
    person, why = one_line(person), one_line(why)
    if not person or not why:
        raise UsageError(
            Sentence(
                f"{deed.en} takes a person's name and a reason: --by NAME --why TEXT.",
                f"Voor {deed.nl} zijn iemands naam en een reden nodig: --by NAAM --why TEKST.",
            )
        )
    return person, why


def holds_bsn(text: str) -> bool:
    """Whether a text holds a number that passes the eleven-test, also when spaced out, or one that was masked."""
    text = _SPACING.sub(" ", text)
    return bool(_MASKED.search(text)) or any(bsns_in(text, Bounds.TYPED))


def refuse_numbers(*texts: str) -> None:
    """What people type into the ledger must not hold a BSN, however it is written. Raises `UsageError`."""
    for text in texts:
        if holds_bsn(text):
            raise UsageError(
                Sentence(
                    "A name or reason holds a number that may be a BSN; the ledger never keeps one in clear.",
                    "Een naam of reden bevat een nummer dat een BSN kan zijn; het logboek bewaart dat nooit leesbaar.",
                )
            )


def names_patient(text: str, evidence: StudyEvidence, patient: Patient) -> bool:
    """Whether a text repeats a word of the names, or the birth date, of the study or of the candidate."""
    said = {word.text for word in words(text)}
    if said & set(_name_words(evidence, patient)):
        return True
    births = {read_da(header.birth_date) for header in evidence.headers} | {patient.birth_date}
    return not births.isdisjoint(_dates(text))


def _name_words(evidence: StudyEvidence, patient: Patient) -> Iterator[str]:
    """Words that tell a person: no prefixes, and nothing as short as an initial."""
    name = patient.name
    texts: Iterable[str] = (
        name.surname,
        name.partner_surname,
        name.given_names,
        *(re.sub(r"[\^=]", " ", header.patient_name) for header in evidence.headers),
    )
    for text in texts:
        yield from (w.text for w in words(text) if len(w.text) > 2 and w.text not in PREFIXES)


def _dates(text: str) -> Iterator[date]:
    """Every date that is written in numbers, day or year first, with or without marks between."""
    for pattern in _DATES:
        for found in pattern.finditer(text):
            try:
                yield date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                continue
