"""A letter in Dutch to each institution whose studies arrive without the BSN in place: counts and accession numbers.

No letter names a BSN, a name or a birth date.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from remediate.language import Language
from remediate.report.measure_words import Say
from remediate.report.page_template import page_template
from remediate.workflow.measure.address_book import Contact
from remediate.workflow.measure.received import Received, ReceivedStudies

_WIDTH = 88
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_PLACES = {
    "other-patient-ids-sequence": (
        "In één item van Other Patient IDs Sequence (0010,1002):",
        "  Patient ID (0010,0020)            het BSN, negen cijfers",
        "  Issuer of Patient ID (0010,0021)  NLMINBIZA",
        "  Type of Patient ID (0010,0022)    TEXT",
        "en niet ook nog in Other Patient IDs (0010,1000) of in een onvolledig item.",
    ),
    "patient-id": (
        "In Patient ID (0010,0020), met Issuer of Patient ID (0010,0021) NLMINBIZA; het nummer",
        "van uw instelling met zijn uitgever in Other Patient IDs Sequence (0010,1002).",
    ),
}
_ELSEWHERE = ("Op de plaats die met Twiin is afgesproken.",)


def letters(received: ReceivedStudies, *, hospital: str, profile: str, day: date) -> Iterator[tuple[str, str]]:
    """(file name, text) of each letter; institutions of which everything is right get none."""
    template = page_template("sender_letter.txt.j2", trim=True)
    taken: set[str] = set()
    for institution, group in received.by_institution.items():
        if not group.reasons:
            continue
        values = _values(institution, group, received.contacts.get(institution), Say(Language.NL))
        place = _PLACES.get(profile, _ELSEWHERE)
        text = template.render(values, hospital=hospital, target=place, day=f"{day:%d-%m-%Y}")
        yield _file_name(institution, taken), _broken(text)


def _values(institution: str, group: Received, contact: Contact | None, say: Say) -> dict[str, Any]:
    return {
        "institution": institution,
        "contact": contact,
        "address": [line.strip() for line in contact.address.split(",") if line.strip()] if contact else [],
        "studies": _studies(group.studies, say),
        "correct": say.number(group.correct),
        "share": say.per_cent(group.correct, group.studies),
        "wrong": _studies(group.studies - group.correct, say),
        "excepted": say.number(group.excepted.total()) if group.excepted else "",
        "first": _day(group.first),
        "last": _day(group.last),
        "reasons": [
            {"number": say.number(number), "sentence": say.why(code), "examples": group.named(code)}
            for code, number in group.reasons.most_common()
        ],
    }


def _studies(number: int, say: Say) -> str:
    return f"{say.number(number)} onderzoek{'' if number == 1 else 'en'}"


def _broken(text: str) -> str:
    """Lines as a letter has them; what stands in columns is short enough to stay."""
    return (
        "\n".join(
            textwrap.fill(
                line, _WIDTH, subsequent_indent="  " if line.startswith(("-", " ")) else "", break_long_words=False
            )
            if len(line) > _WIDTH
            else line
            for line in text.splitlines()
        )
        + "\n"
    )


def _day(text: str) -> str:
    """A Study Date (DA) as people write it; what is no date as it stands."""
    try:
        return f"{datetime.strptime(text, '%Y%m%d'):%d-%m-%Y}"  # noqa: DTZ007 - a date only
    except ValueError:
        return text


def _file_name(institution: str, taken: set[str]) -> str:
    """`brief-ziekenhuis-oost.txt`; two institutions never share one."""
    plain = unicodedata.normalize("NFKD", institution).encode("ascii", "ignore").decode().lower()
    stem = f"brief-{_NOT_IN_A_NAME.sub('-', plain).strip('-')[:60] or 'instelling'}"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return f"{name}.txt"
