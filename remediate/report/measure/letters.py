"""A letter to each institution whose studies arrive without the BSN in place, or thanks above the target.

Counts and accession numbers; no letter names a BSN, a name or a birth date. An institution that may be we ourselves, or
whose name may not be shown, gets none.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from remediate.config.measure import LetterSettings
from remediate.identity.bsn import BSN_OID
from remediate.measure.address_book import Contact
from remediate.measure.names import MASKED
from remediate.measure.received import Received, ReceivedStudies
from remediate.report.measure.words import Say
from remediate.report.page_template import page_template
from remediate.shares import more_than
from remediate.texts.language import Language, Sentence, both

_SUBJECTS = ("Betreft: ", "Subject: ")


class LetterBlock(NamedTuple):
    """Lines that belong together, and as what they are shown."""

    kind: str  # heading, section, list, columns or text
    lines: Sequence[Any]


class LetterColumn(NamedTuple):
    """One line of what stands in columns."""

    depth: int
    name: str
    value: str


class LetterEntry(NamedTuple):
    """One entry of a list, with the lines under it."""

    text: str
    more: tuple[str, ...]


def letter_page(text: str, language: Language) -> str:
    """The page. `text` has a paragraph to a line, as a letter has before its lines are broken."""
    blocks = list(_blocks(text))
    title = next((block.lines[0] for block in blocks if block.kind == "heading"), "")
    return page_template("letter.html.j2", trim=True).render(blocks=blocks, title=title, language=language.value)


def _blocks(text: str) -> Iterator[LetterBlock]:
    paragraphs = [list(lines) for is_text, lines in groupby(text.splitlines(), key=bool) if is_text]
    entries: list[LetterEntry] = []
    for lines in paragraphs:
        if lines[0].startswith("- "):
            entries.append(LetterEntry(lines[0].removeprefix("- "), tuple(line.strip() for line in lines[1:])))
            continue
        if entries:
            yield LetterBlock("list", entries)
            entries = []
        yield from _of_paragraph(lines)
    if entries:
        yield LetterBlock("list", entries)


def _of_paragraph(lines: list[str]) -> Iterator[LetterBlock]:
    if lines[0].startswith(_SUBJECTS):
        yield LetterBlock("heading", lines)
    elif any(line.startswith("  ") for line in lines):
        first, *rest = lines
        yield LetterBlock("section", [first])
        yield LetterBlock("columns", [_column(line) for line in rest])
    elif len(lines) == 1 and lines[0][-1].isalnum():
        yield LetterBlock("section", lines)
    else:
        yield LetterBlock("text", lines)


def _column(line: str) -> LetterColumn:
    """Two blanks deeper is one step in; two or more between name and value."""
    name, _, value = line.strip().partition("  ")
    return LetterColumn((len(line) - len(line.lstrip())) // 2, name, value.strip())


_WIDTH = 88
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_BSN = Sentence(
    "  Patient ID (0010,0020)                            the BSN, nine digits",
    "  Patient ID (0010,0020)                            het BSN, negen cijfers",
)
_ISSUER = both("  Issuer of Patient ID (0010,0021)                  NLMINBIZA")
_QUALIFIERS = (
    Sentence(
        "  Issuer of Patient ID Qualifiers Sequence (0010,0024), with in its item:",
        "  Issuer of Patient ID Qualifiers Sequence (0010,0024), met in het item:",
    ),
    both(f"    Universal Entity ID (0040,0032)                 {BSN_OID}"),
    both("    Universal Entity ID Type (0040,0033)            ISO"),
    both("    Identifier Type Code (0040,0035)                NNNLD"),
)
_PLACES = {
    "other-patient-ids-sequence": (
        Sentence(
            "In one item of Other Patient IDs Sequence (0010,1002):",
            "In één item van Other Patient IDs Sequence (0010,1002):",
        ),
        _BSN,
        _ISSUER,
        both("  Type of Patient ID (0010,0022)                    TEXT"),
        *_QUALIFIERS,
        Sentence(
            "and not also in Other Patient IDs (0010,1000) or in an incomplete item.",
            "en niet ook nog in Other Patient IDs (0010,1000) of in een onvolledig item.",
        ),
    ),
    "patient-id": (
        Sentence("At the top level of the header:", "Op het hoogste niveau van de header:"),
        _BSN,
        _ISSUER,
        *_QUALIFIERS,
        Sentence(
            "The number of your institution then stands, with its issuer, in an item of",
            "Het nummer van uw instelling staat dan met zijn uitgevende instantie in een item van",
        ),
        both("Other Patient IDs Sequence (0010,1002)."),
    ),
}
_ELSEWHERE = (Sentence("In the place that was agreed with Twiin.", "Op de plaats die met Twiin is afgesproken."),)
_WORDS = {
    "to": Sentence("To", "Aan"),
    "attention": Sentence("Attn.", "T.a.v."),
    "bye": Sentence("Yours faithfully", "Met vriendelijke groet"),
    "name": Sentence("[name]", "[naam]"),
    "role": Sentence("[function]", "[functie]"),
    "ours": Sentence("[your institution]", "[naam van uw instelling]"),
}
_TEMPLATES = {False: "sender_letter", True: "sender_thanks"}

KINDS = {False: Sentence("letter", "brief"), True: Sentence("thanks", "dank")}
"""How the names of these files begin, of a reminder and of thanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSender:
    """We ourselves, who write, and on what our figures rest."""

    hospital: str
    profile: str  # the target profile's name
    day: date
    surveyed: date | None = None  # on which the archive was last asked what it has
    settings: LetterSettings
    language: Language = Language.NL  # of letters to whom the address book gives none


class Letter(NamedTuple):
    """One letter, as text and as a page to print."""

    name: str  # of its files, without what tells their kind
    text: str
    page: str  # HTML


def letters(received: ReceivedStudies, sender: LetterSender) -> Iterator[Letter]:
    """A letter to each institution of which not everything is right."""
    taken: set[str] = set()
    for institution, group in received.by_institution.items():
        if not group.reasons or institution == MASKED or received.may_be_own(institution):
            continue
        contact = received.contacts.get(institution)
        say = Say(contact.language if contact and contact.language else sender.language)
        thanks = more_than(group.correct, group.studies, received.target)
        template = page_template(f"{_TEMPLATES[thanks]}.{say.language.value}.txt.j2", trim=True)
        text = template.render(_values(institution, group, contact, say), **_ours(sender, say))
        name = file_name(KINDS[thanks].in_(say.language), institution, taken)
        yield Letter(name.removesuffix(".txt"), broken(text), letter_page(text, say.language))


def _ours(sender: LetterSender, say: Say) -> dict[str, Any]:
    """Our side of a letter."""
    settings = sender.settings
    return {
        "sender": sender,
        "words": {key: words.in_(say.language) for key, words in _WORDS.items()},
        "legal_ground": settings.legal_ground if say.is_dutch else settings.legal_ground_en,
        "target": [line.in_(say.language) for line in _PLACES.get(sender.profile, _ELSEWHERE)],
        "day": say.day(sender.day),
        "wished": say.day(sender.day + timedelta(days=settings.reply_within_days)),
        "surveyed": say.day(sender.surveyed) if sender.surveyed else "",
    }


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
        "first": _day(group.first, say),
        "last": _day(group.last, say),
        "reasons": [
            {"number": say.number(number), "sentence": say.why(code), "examples": group.named(code)}
            for code, number in group.reasons.most_common()
        ],
    }


def _studies(number: int, say: Say) -> str:
    one, more = ("onderzoek", "onderzoeken") if say.is_dutch else ("study", "studies")
    return f"{say.number(number)} {one if number == 1 else more}"


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


def _day(text: str, say: Say) -> str:
    """A Study Date (DA) as people write it; what is no date as it stands."""
    try:
        return say.day(datetime.strptime(text, "%Y%m%d"))  # noqa: DTZ007 - a date only
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
