"""Reads the text of a Dutch name into canonical words: letters, prefixes, initials, titles; compares nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_PREFIX_TEXT = """
aan af al am auf aus beim by d da dal dalla das de degli dei del della den der des di dos du el im in la las le
les los onder op over s t te ten ter tho thoe thor to toe tot uit unter uyt v van vom von voor vor zu zum zur
"""
PREFIXES = frozenset(_PREFIX_TEXT.split())
"""Words that stand before a surname (after Dutch population register table 36), one word each, canonical."""

ABBREVIATED_PREFIXES = frozenset({"v", "d"})  # v.d. is van de, van der or van den
GLUED_PREFIXES = {
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
_VOWEL = re.compile(r"[aeiouy]|[^a-z]")
_LONGEST_ABBREVIATION = 4
KEPT = 1 << 15
"""Texts kept in each cache. Components of names are shared by many people, whole Person Names are not."""


class Word(NamedTuple):
    """One canonical word."""

    text: str
    short: bool  # an initial or abbreviation, which stands for any word that it begins
    hyphen: bool = False  # a hyphen joins it to the next word


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


@lru_cache(maxsize=KEPT)
def given_words(text: str) -> tuple[Word, ...]:
    """The words of given names: Jean-Pierre is one; a word without a vowel, such as PJ, is a row of initials."""
    return as_given(words(text))


@lru_cache(maxsize=KEPT)
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
    return prefix_parts(words(text))


def is_prefix(word: Word) -> bool:
    """Whether a word stands before surnames."""
    return word.text in PREFIXES or word.text in GLUED_PREFIXES


def prefix_parts(found: Iterable[Word]) -> tuple[str, ...]:
    """The words of prefixes, those that were glued together apart."""
    return tuple(part for word in found for part in GLUED_PREFIXES.get(word.text, (word.text,)))


def without_titles(found: tuple[Word, ...]) -> tuple[Word, ...]:
    """Without titles and Jr or Sr at either end; what stands alone or with prefixes only, as De Heer, is a name."""
    if len(found) < 2:
        return found
    start, end = 0, len(found)
    while not all(map(is_prefix, found[start + 1 :])) and found[start].text in _TITLES_AND_SUFFIXES:
        start += 1
    while end - start > 1 and found[end - 1].text in _SUFFIXES:
        end -= 1
    return found[start:end]


def names_nobody(found: tuple[Word, ...]) -> bool:
    """Whether there are only titles and Jr or Sr among given names: "Jansen, Jr." and "Jansen^Mevr." hold none."""
    return all(word.text in _TITLES_AND_SUFFIXES for word in found)
