"""A letter in Dutch to each institution whose studies arrive without the BSN in place, or thanks above the target.

Counts and accession numbers; no letter names a BSN, a name or a birth date. An institution that may be we ourselves, or
whose name may not be shown, gets none.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from remediate.identity.bsn import BSN_OID
from remediate.language import Language
from remediate.measure_settings import LetterSettings
from remediate.report.measure_words import Say
from remediate.report.page_template import page_template
from remediate.workflow.measure.address_book import Contact
from remediate.workflow.measure.names import MASKED
from remediate.workflow.measure.received import Received, ReceivedStudies
from remediate.workflow.measure.shares import more_than

_WIDTH = 88
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_QUALIFIERS = (
    "  Issuer of Patient ID Qualifiers Sequence (0010,0024), met in het item:",
    f"    Universal Entity ID (0040,0032)                 {BSN_OID}",
    "    Universal Entity ID Type (0040,0033)            ISO",
    "    Identifier Type Code (0040,0035)                NNNLD",
)
_PLACES = {
    "other-patient-ids-sequence": (
        "In één item van Other Patient IDs Sequence (0010,1002):",
        "  Patient ID (0010,0020)                            het BSN, negen cijfers",
        "  Issuer of Patient ID (0010,0021)                  NLMINBIZA",
        "  Type of Patient ID (0010,0022)                    TEXT",
        *_QUALIFIERS,
        "en niet ook nog in Other Patient IDs (0010,1000) of in een onvolledig item.",
    ),
    "patient-id": (
        "Op het hoogste niveau van de header:",
        "  Patient ID (0010,0020)                            het BSN, negen cijfers",
        "  Issuer of Patient ID (0010,0021)                  NLMINBIZA",
        *_QUALIFIERS,
        "Het nummer van uw instelling staat dan met zijn uitgevende instantie in een item van",
        "Other Patient IDs Sequence (0010,1002).",
    ),
}
_TEMPLATES = {False: "sender_letter.txt.j2", True: "sender_thanks.txt.j2"}
_ELSEWHERE = ("Op de plaats die met Twiin is afgesproken.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """We ourselves, who write, and on what our figures rest."""

    hospital: str
    profile: str  # the target profile's name
    day: date
    surveyed: date | None = None  # on which the archive was last asked what it has
    settings: LetterSettings


def letters(received: ReceivedStudies, sender: Sender) -> Iterator[tuple[str, str]]:
    """(file name, text) of each letter; institutions of which everything is right get none."""
    templates = {thanks: page_template(name, trim=True) for thanks, name in _TEMPLATES.items()}
    taken: set[str] = set()
    say = Say(Language.NL)
    ours = {
        "sender": sender,
        "target": _PLACES.get(sender.profile, _ELSEWHERE),
        "day": say.day(sender.day),
        "wished": say.day(sender.day + timedelta(days=sender.settings.reply_within_days)),
        "surveyed": say.day(sender.surveyed) if sender.surveyed else "",
    }
    for institution, group in received.by_institution.items():
        if not group.reasons or institution == MASKED or received.may_be_own(institution):
            continue
        thanks = more_than(group.correct, group.studies, received.target)
        values = _values(institution, group, received.contacts.get(institution), say)
        yield (
            file_name("dank" if thanks else "brief", institution, taken),
            broken(templates[thanks].render(values, **ours)),
        )


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


def broken(text: str) -> str:
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


def file_name(kind: str, institution: str, taken: set[str]) -> str:
    """`brief-ziekenhuis-oost.txt`; two institutions never share one."""
    plain = unicodedata.normalize("NFKD", institution).encode("ascii", "ignore").decode().lower()
    stem = f"{kind}-{_NOT_IN_A_NAME.sub('-', plain).strip('-')[:60] or 'instelling'}"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return f"{name}.txt"
