"""Reads the text of a Dutch name into canonical words: letters, prefixes, initials; compares nothing.

A DICOM Person Name (PS3.5 section 6.2.1) should keep family name, given name, middle name, prefix and suffix
apart. Old headers do not: everything stands in the family component, prefixes stand before, behind or between,
initials run together. So a text may have several readings, and the name in the EPD decides which one fits.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_PREFIX_TEXT = """
aan af al am auf aus beim by d da dal dalla das de degli dei del della den der des di dos du el im in la las le
les los onder op over s t te ten ter tho thoe thor to toe tot uit unter uyt v van vom von voor vor zu zum zur
"""
PREFIXES = frozenset(_PREFIX_TEXT.split())
"""Words that stand before a surname (after Dutch population register table 36), one word each, canonical."""

_ABBREVIATED_PREFIXES = frozenset({"v", "d"})  # v.d. is van de, van der or van den
_GLUED_PREFIXES = {
    "vd": ("v", "d"),
    "vt": ("v", "t"),
    "vant": ("van", "t"),
    "vande": ("van", "de"),
    "vander": ("van", "der"),
    "vanden": ("van", "den"),
    "int": ("in", "t"),
    "opt": ("op", "t"),
    "opde": ("op", "de"),
    "het": ("t",),
}
_SUFFIXES = frozenset({"jr", "sr", "jnr", "snr", "junior", "senior", "ii", "iii"})
_TITLES_AND_SUFFIXES = _SUFFIXES | {"dr", "drs", "prof", "dhr", "mw", "mevr", "mevrouw"}

_LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ß": "ss", "ẞ": "SS",
        "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH", "ħ": "h", "Ħ": "H", "ı": "i",
        "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'", "‛": "'",
        "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip
_WORD = re.compile(r"([^\W_]+)(\.?)(-?)")
_ASIDE = re.compile(r"\([^)]*\)|\"[^\"]*\"")  # a call name between brackets or quotes
_MARRIED = re.compile(
    r"\be ?/ ?v\b|(?<=\w )e\. ?v\. (?=\w\w)|\bgeb(?:oren\b|\.|\b)"
    r"|\b(?:echtgenote|echtg\.?|weduwe|wed\.?)(?:\s+van\b)?(?=\s)"
)
_MARRIED_HINTS = ("/", "geb", "wed", "echtg", "e.")
_VOWEL = re.compile(r"[aeiouy]|[^a-z]")
_LONGEST_ABBREVIATION = 4
_KEPT = 1 << 15
"""Texts kept in each cache. Components of names are shared by many people, whole Person Names are not."""


class Word(NamedTuple):
    """One canonical word."""

    text: str
    short: bool  # an initial or abbreviation, which stands for any word that it begins
    hyphen: bool = False  # a hyphen joins it to the next word


class Surname(NamedTuple):
    """A surname without and with its prefixes. An empty core is no surname."""

    core: str  # its words without prefixes, run together
    prefix: tuple[str, ...]  # sorted, because a text does not say which of two surnames a prefix belongs to
    glued: str  # prefixes and words run together in their own order: vandenberg, dhondt


class Reading(NamedTuple):
    """One way to read a Person Name."""

    surname: Surname
    given: tuple[Word, ...]
    apart: bool  # the given names stand in a place of their own; else any word may be a part of the surname


class _GivenPart(NamedTuple):
    """The given and middle name components, without titles."""

    words: tuple[Word, ...]
    holds_prefix: bool  # a word that may belong to the surname


def canonical(text: str) -> str:
    """Lower case; diacritics and ligatures resolved; apostrophes gone; `ij` as `y`; `oe` stays `oe`."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return text.lower().replace("'", "").replace("`", "").replace("ij", "y")


def canonical_phrase(text: str) -> str:
    """The canonical words of a text between single spaces."""
    return " ".join(word.text for word in words(text))


def words(text: str) -> tuple[Word, ...]:
    """The words of a text. A single letter and a short word before a full stop are `short`. Digits stay."""
    plain = canonical(text)
    if plain.isalpha():
        return (Word(plain, len(plain) == 1),)
    found = _WORD.findall(_ASIDE.sub(" ", plain)) if "(" in plain or '"' in plain else []
    found = found or _WORD.findall(plain)
    return tuple(
        Word(word, len(word) == 1 or (bool(stop) and len(word) <= _LONGEST_ABBREVIATION), bool(hyphen and not stop))
        for word, stop, hyphen in found
    )


@lru_cache(maxsize=_KEPT)
def given_words(text: str) -> tuple[Word, ...]:
    """The words of given names: Jean-Pierre is one; a word without a vowel, such as PJ, is a row of initials."""
    return as_given(words(text))


@lru_cache(maxsize=_KEPT)
def initial_words(text: str) -> tuple[Word, ...]:
    """The words of a field that is declared to hold initials: `PJ`, `P J` and `P.J.` are the same."""
    found = words(text)
    if len(found) == 1 and not found[0].short:
        return tuple(Word(letter, True) for letter in found[0].text)
    return tuple(Word(word.text, True) for word in found)


def as_given(found: tuple[Word, ...]) -> tuple[Word, ...]:
    """Words of a text, taken as given names."""
    given: list[Word] = []
    begun = ""  # words that a hyphen joins to this one
    for word in found:
        if word.hyphen and not word.short:
            begun += word.text + "-"
        elif begun or word.short or len(word.text) > _LONGEST_ABBREVIATION or _VOWEL.search(word.text):
            given.append(Word(begun + word.text, word.short and not begun))
            begun = ""
        else:
            given.extend(Word(letter, True) for letter in word.text)
    return (*given, Word(begun.rstrip("-"), False)) if begun else tuple(given)


@lru_cache(maxsize=1 << 12)
def prefix_words(text: str) -> tuple[str, ...]:
    """The words of a field that is declared to hold prefixes, abbreviations written apart."""
    return _prefix_parts(words(text))


def read_surname(found: tuple[str, ...], before: tuple[str, ...] = ()) -> Surname:
    """Surname from its words in any order with its prefixes; `before` holds prefixes known from elsewhere."""
    core: list[str] = []
    prefix = list(before)
    for word in found:
        if word in _GLUED_PREFIXES:
            prefix.extend(_GLUED_PREFIXES[word])
        elif word in PREFIXES:
            prefix.append(word)
        else:
            core.append(word)
    if not core:  # a surname such as Van or Le
        core, prefix = list(found), list(before)
    joined = "".join(core)
    return Surname(joined, tuple(sorted(prefix)), "".join(prefix) + joined)


def is_abbreviated(prefix: tuple[str, ...]) -> bool:
    """Whether a prefix holds v. or d."""
    return not _ABBREVIATED_PREFIXES.isdisjoint(prefix)


def readings(person_name: str) -> tuple[Reading, ...]:
    """Every way to read a DICOM Person Name; empty when it holds no name.

    The first component group that holds text counts: the ideographic and phonetic groups repeat the name.
    """
    group = person_name
    if "=" in group:
        group = next((text for text in group.split("=") if text.strip(" ^")), "")
    family, given, middle, prefix, *_ = (*group.split("^"), "", "", "", "")
    if "," in family:
        family, _, rest = family.partition(",")
        given = f"{rest.replace(',', ' ')} {given}"
    part = _given_part(f"{given} {middle}" if middle else given)
    plain = Reading(_surname_of(family, prefix), part.words, True)
    if part.holds_prefix:
        return _distinct(plain, *_prefix_in_given(_family_words(family), part.words, _before(prefix), apart=True))
    if part.words:
        return (plain,)
    return _distinct(plain, *_split_family(_family_words(family), _before(prefix)))


def _distinct(*found: Reading) -> tuple[Reading, ...]:
    return tuple(dict.fromkeys(reading for reading in found if reading.given or reading.surname.core))


@lru_cache(maxsize=_KEPT)
def _family_words(text: str) -> tuple[Word, ...]:
    """The words of a family name component, without titles, Jr or Sr, and words such as `geb.` between two names."""
    plain = canonical(text)
    if any(hint in plain for hint in _MARRIED_HINTS):
        plain = _MARRIED.sub(" ", plain)
    return _without_titles(words(plain))


@lru_cache(maxsize=_KEPT)
def _surname_of(family: str, prefix: str) -> Surname:
    """The surname when a family name component holds nothing else, with what the prefix component adds."""
    return read_surname(_texts(_family_words(family)), _before(prefix))


def _before(prefix: str) -> tuple[str, ...]:
    """The surname prefixes among the words of a prefix component, where titles belong."""
    return tuple(word for word in prefix_words(prefix) if word in PREFIXES) if prefix else ()


@lru_cache(maxsize=_KEPT)
def _given_part(text: str) -> _GivenPart:
    found = _without_titles(given_words(text))
    if len(found) == 1 and found[0].text in _SUFFIXES:
        found = ()  # "Jansen, Jr." holds no given name
    return _GivenPart(found, any(map(_is_prefix, found)))


def _split_family(found: tuple[Word, ...], before: tuple[str, ...]) -> list[Reading]:
    """Everything in the family component: the given names may stand behind the surname or before it."""
    ways: list[Reading] = []
    for at in range(1, len(found)):
        for surname, rest in ((found[:at], found[at:]), (found[at:], found[:at])):
            given = as_given(rest)
            ways.append(Reading(read_surname(_texts(surname), before), given, False))
            if any(map(_is_prefix, given)):
                ways += _prefix_in_given(surname, given, before, apart=False)
    return ways


def _prefix_in_given(
    surname: tuple[Word, ...], given: tuple[Word, ...], before: tuple[str, ...], *, apart: bool
) -> list[Reading]:
    """`Berg^P. van den` and `Berg, van den, P.`: prefixes behind or before the given names, as in sorted lists.

    Every cut is a reading, because T. and D. are initials as well as prefixes.
    """
    first, last = 0, len(given)
    while first < len(given) and _is_prefix(given[first]):
        first += 1
    while last and _is_prefix(given[last - 1]):
        last -= 1
    cuts = [(start, end) for start in range(first + 1) for end in range(last, len(given) + 1) if start <= end]
    texts = _texts(surname)
    return [
        Reading(read_surname(texts, before + _prefix_parts((*given[:start], *given[end:]))), given[start:end], apart)
        for start, end in cuts
        if (start, end) != (0, len(given))
    ]


def _texts(found: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.text for word in found)


def _prefix_parts(found: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(part for word in found for part in _GLUED_PREFIXES.get(word.text, (word.text,)))


def _is_prefix(word: Word) -> bool:
    return word.text in PREFIXES or word.text in _GLUED_PREFIXES


def _without_titles(found: tuple[Word, ...]) -> tuple[Word, ...]:
    """Without titles and Jr or Sr at either end; what stands alone or with prefixes only, as De Heer, is a name."""
    if len(found) < 2:
        return found
    start, end = 0, len(found)
    while not all(map(_is_prefix, found[start + 1 :])) and found[start].text in _TITLES_AND_SUFFIXES:
        start += 1
    while end - start > 1 and found[end - 1].text in _SUFFIXES:
        end -= 1
    return found[start:end]
