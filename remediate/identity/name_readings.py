"""Every way in which a DICOM Person Name can be read: surname, its prefixes, given names; compares nothing.

A Person Name (PS3.5 section 6.2.1) should keep family name, given name, middle name, prefix and suffix apart. Old
headers do not: everything stands in the family component, prefixes stand before, behind or between, initials run
together. So a text may have several readings, and the name in the EPD decides which one fits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from remediate.identity.name_text import (
    GLUED_PREFIXES,
    KEPT,
    PREFIXES,
    Word,
    as_given,
    canonical,
    initials_in_prefix,
    is_prefix,
    names_nobody,
    prefix_parts,
    prefix_words,
    row_of_capitals,
    without_titles,
    words,
)

_MOST_WORDS = 12
"""In one component; with more there is one reading only, because their number grows with the square and more."""
_LATIN = re.compile(r"[A-Za-z]")
_BRACKETS = str.maketrans("()", "  ")
_MARRIED = re.compile(
    r"\be ?/ ?v\b|(?<=\w )e\.? ?v\.? (?=\w\w)|\bgeb(?:oren\b|\.|\b)"
    r"|\b(?:echtgenote|echtg\.?|weduwe|wed\.?)(?:\s+van\b)?(?=\s)"
)
_MARRIED_HINTS = ("/", "geb", "wed", "echtg", "e.", "ev ")


class Surname(NamedTuple):
    """A surname without and with its prefixes. An empty core is no surname."""

    core: str  # its words without prefixes, run together
    prefix: tuple[str, ...]  # sorted, because a text does not say which of two surnames a prefix belongs to
    glued: str  # prefixes and words run together in their own order: vandenberg, dhondt, vandenboschdegraaf
    words: tuple[str, ...] = ()  # those of the core, in their order


class NameReading(NamedTuple):
    """One way to read a Person Name."""

    surname: Surname
    given: tuple[Word, ...]
    apart: bool  # the given names stand in a place of their own; else any word may be a part of the surname
    row: str = ""  # letters of given names that may as well be a row of initials (`row_of_capitals`)
    title: str = ""  # letters where the given names should stand that are a title, or a row of initials: MW


class _GivenPart(NamedTuple):
    """The given and middle name components, without titles."""

    words: tuple[Word, ...]
    holds_prefix: bool  # a word that may belong to the surname
    row: str  # as in `Reading`
    title: str


def read_surname(found: tuple[str, ...], before: tuple[str, ...] = ()) -> Surname:
    """Surname from its words in any order with its prefixes; `before` holds prefixes known from elsewhere."""
    if len(found) == 1 and not before and found[0] not in PREFIXES and found[0] not in GLUED_PREFIXES:
        return Surname(found[0], (), found[0], found)
    core: list[str] = []
    glued: list[str] = []
    waiting: list[str] = []  # prefixes since the last word of the core
    prefix = list(before)
    for word in found:
        parts = GLUED_PREFIXES.get(word) or ((word,) if word in PREFIXES else ())
        if parts:
            waiting.extend(parts)
            continue
        core.append(word)
        glued += (*waiting, word)
        prefix += waiting
        waiting.clear()
    if not core:  # a surname such as Van or Le
        core, glued, waiting = list(found), list(found), []
    prefix += waiting
    joined = "".join((*before, *waiting, *glued))  # Berg van den is van den Berg
    return Surname("".join(core), tuple(sorted(prefix)), joined, tuple(core))


def component_groups(person_name: str) -> tuple[str, ...]:
    """The component groups of a Person Name that can be compared: those in Latin letters, else the first with text.

    The ideographic and phonetic groups repeat the name in other letters (PS3.5 section 6.2.1.1).
    """
    if "=" not in person_name:
        return (person_name,)
    groups = [group for group in person_name.split("=") if group.strip(" ^")]
    return tuple(group for group in groups if _LATIN.search(group)) or tuple(groups[:1])


@lru_cache(maxsize=1 << 12)  # looked up and decided in batches: each is read twice, not long after
def readings(group: str) -> tuple[NameReading, ...]:
    """Every way to read one component group; empty when it holds no name, or two (PN has one value)."""
    if "\\" in group:
        return ()
    family, given, middle, prefix, *_ = (*group.split("^"), "", "", "", "")
    if "," in family:
        family, _, rest = family.partition(",")
        given = f"{rest.replace(',', ' ')} {given}"
    if prefix:
        given = _with_initials(given, prefix)
    part = _given_part(f"{given} {middle}" if middle else given)
    if part.words and "(" in family:
        family = family.translate(_BRACKETS)  # with the given names elsewhere, no call name but a surname
    plain = NameReading(_surname_of(family, prefix), part.words, True, part.row, part.title)
    if part.holds_prefix:
        return _distinct(
            plain._replace(apart=_is_apart(part.words)),
            *_prefix_in_given(_family_words(family), part.words, _before(prefix), apart=True),
        )
    if part.words:
        return (plain,)
    return _distinct(plain, *_split_family(_family_words(family), _before(prefix), capitals=family.isupper()))


@lru_cache(maxsize=1 << 12)
def _with_initials(given: str, prefix: str) -> str:
    """Given names with the initials before them that stand in the prefix component, unless they are theirs."""
    letters = "".join(word.text for word in initials_in_prefix(prefix))
    told = "".join(word.text[0] for word in words(given))
    return given if told.startswith(letters) else f"{'. '.join(letters)}. {given}"


def _distinct(*found: NameReading) -> tuple[NameReading, ...]:
    return tuple(dict.fromkeys(reading for reading in found if reading.given or reading.surname.core))


@lru_cache(maxsize=KEPT)
def _family_words(text: str) -> tuple[Word, ...]:
    """The words of a family name component, without titles, Jr or Sr, and words such as `geb.` between two names."""
    plain = canonical(text)
    if any(hint in plain for hint in _MARRIED_HINTS):
        plain = _MARRIED.sub(" ", plain)
    return without_titles(words(plain))


@lru_cache(maxsize=KEPT)
def _surname_of(family: str, prefix: str) -> Surname:
    """The surname when a family name component holds nothing else, with what the prefix component adds."""
    return read_surname(_texts(_family_words(family)), _before(prefix))


def _before(prefix: str) -> tuple[str, ...]:
    """The surname prefixes among the words of a prefix component, where titles belong."""
    return tuple(word for word in prefix_words(prefix) if word in PREFIXES) if prefix else ()


@lru_cache(maxsize=KEPT)
def _given_part(text: str) -> _GivenPart:
    read = words(text)
    found = _given_names(read)
    return _GivenPart(found, any(map(is_prefix, found)), row_of_capitals(text) if found else "", _title(read, found))


def _given_names(found: tuple[Word, ...]) -> tuple[Word, ...]:
    return () if names_nobody(found) else as_given(without_titles(found))


def _title(read: tuple[Word, ...], given: tuple[Word, ...]) -> str:
    return read[0].text if len(read) == 1 and not given else ""


def _is_apart(given: tuple[Word, ...]) -> bool:
    """Whether these are given names alone; with a prefix written in full among them they may be more."""
    return all(word.short or not is_prefix(word) for word in given)


def _split_family(found: tuple[Word, ...], before: tuple[str, ...], *, capitals: bool) -> list[NameReading]:
    """Everything in the family component: the given names may stand behind the surname or before it.

    A hyphen joins two surnames or two given names, never a surname and a given name.
    """
    ways: list[NameReading] = []
    cuts = [at for at in range(1, len(found)) if not found[at - 1].hyphen]
    for at in cuts if len(found) <= _MOST_WORDS else ():
        for surname, rest in ((found[:at], found[at:]), (found[at:], found[:at])):
            given = _given_names(rest)
            row = row_of_capitals(given[0].text.upper()) if capitals and len(given) == 1 else ""
            ways.append(NameReading(read_surname(_texts(surname), before), given, False, row, _title(rest, given)))
            if any(map(is_prefix, given)):
                ways += _prefix_in_given(surname, given, before, apart=False)
    return ways


def _prefix_in_given(
    surname: tuple[Word, ...], given: tuple[Word, ...], before: tuple[str, ...], *, apart: bool
) -> list[NameReading]:
    """`Berg^P. van den` and `Berg, van den, P.`: prefixes behind or before the given names, as in sorted lists.

    Every cut is a reading, because T. and D. are initials as well as prefixes.
    """
    if len(given) > _MOST_WORDS:
        return []
    first, last = 0, len(given)
    while first < len(given) and is_prefix(given[first]):
        first += 1
    while last and is_prefix(given[last - 1]):
        last -= 1
    cuts = [(start, end) for start in range(first + 1) for end in range(last, len(given) + 1) if start <= end]
    ways: list[NameReading] = []
    for start, end in cuts:
        if (start, end) != (0, len(given)):
            kept, moved = given[start:end], prefix_parts((*given[:start], *given[end:]))
            ways.append(NameReading(read_surname(_texts(surname), before + moved), kept, apart and _is_apart(kept)))
    return ways


def _texts(found: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.text for word in found)
