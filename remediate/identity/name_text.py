"""Reads the text of a Dutch name into canonical words: letters, prefixes, initials, titles; compares nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_PREFIX_TEXT = """
aan af al am auf aus beim bin by d da dal dalla das de deca degli dei del della den der des di die dos du el
im in la las le les los onder op over s t te ten ter tho thoe thor to toe tot uit und unter uyt v van ver vom von voor
vor zu zum zur
"""
PREFIXES = frozenset(_PREFIX_TEXT.split())
"""Words that stand before a surname (after Dutch population register table 36), one word each, canonical.

Those that are given names (Ben, Don) or surnames (Boven) too are left out: where an EPD keeps one as prefix, it counts.
"""

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
_FORMS_OF_ADDRESS = frozenset({"dhr", "hr", "mw", "mevr", "mevrouw"})
_BEHIND_A_NAME = _SUFFIXES | _FORMS_OF_ADDRESS
_TITLES_AND_SUFFIXES = _BEHIND_A_NAME | {"dr", "drs", "prof"}

_LETTERS = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ß": "ss", "ẞ": "SS",
        "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH", "ħ": "h", "Ħ": "H", "ı": "i",
        "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'", "‛": "'",
        "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip
_IN_TWO_LETTERS = str.maketrans(
    {"ä": "ae", "Ä": "AE", "ö": "oe", "Ö": "OE", "ü": "ue", "Ü": "UE", "å": "aa", "Å": "AA", "ø": "oe", "Ø": "OE"}
)
_ONE_LETTER = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))
_WORD = re.compile(r"([^\W_]+)(\.?)(-?)")
_DE_L = re.compile(r"\bde l'")
_ASIDE = re.compile(r"\([^)]*\)|\"[^\"]*\"")  # a call name between brackets or quotes
_VOWEL = re.compile(r"[aeiouy]|[^a-z]")
_LONGEST_ABBREVIATION = 4
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz")
_UNKNOWN = frozenset("?*\ufffd")
KEPT = 1 << 15
"""Texts kept in each cache. Components of names are shared by many people, whole Person Names are not."""


class Word(NamedTuple):
    """One canonical word."""

    text: str
    short: bool  # an initial or abbreviation, which stands for any word that it begins
    hyphen: bool = False  # a hyphen joins it to the next word
    ij: bool = False  # its first letter is written IJ, of which the I alone is an initial too


def canonical(text: str) -> str:
    """Lower case; diacritics and ligatures resolved; apostrophes gone; `ij` as `y`; `oe` stays `oe`."""
    return _letters(text).replace("ij", "y")


def _letters(text: str) -> str:
    """Without diacritics and apostrophes. `de l'` is one prefix wherever it stands: its L is no initial."""
    if text.isascii():
        if text.isalpha():
            return text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    text = text.lower()
    if "l'" in text:
        text = _DE_L.sub("del ", text)
    return text.replace("'", "").replace("`", "")


def spellings(text: str) -> tuple[str, ...]:
    """A text as it stands and, where a letter is commonly written as two, also so: Müller and Mueller.

    Systems without diacritics write either; which letter was meant is only known where it stands.
    """
    if text.isascii():
        return (text,)
    spelled = unicodedata.normalize("NFC", text).translate(_IN_TWO_LETTERS)
    return (text,) if spelled == text else (text, spelled)


def folded(text: str) -> str:
    """Canonical text in which both spellings of such a letter are one; coarser than any comparison that proves."""
    for pair, letter in _ONE_LETTER:
        if pair in text:
            text = text.replace(pair, letter)
    return text


def canonical_phrase(text: str) -> str:
    """The canonical words of a text between single spaces."""
    return " ".join(word.text for word in words(text))


def words(text: str) -> tuple[Word, ...]:
    """The words of a text. A single letter and a short word before a full stop are `short`. Digits stay."""
    plain = _letters(text)
    if plain.isalpha() and "ij" not in plain:
        return (Word(plain, len(plain) == 1),)
    found = _WORD.findall(_ASIDE.sub(" ", plain)) if "(" in plain or '"' in plain else []
    return tuple(_word(*parts) for parts in found or _WORD.findall(plain))


def _word(letters: str, stop: str, hyphen: str) -> Word:
    text = letters.replace("ij", "y")
    short = len(text) == 1 or (bool(stop) and len(text) <= _LONGEST_ABBREVIATION)
    return Word(text, short, bool(hyphen and not stop), letters.startswith("ij"))


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
    return tuple(Word(word.text, True, False, word.ij) for word in found)


def as_given(found: tuple[Word, ...]) -> tuple[Word, ...]:
    """Words of a text, taken as given names."""
    if len(found) == 1 and (found[0].short or _is_a_name(found[0])) and not found[0].hyphen:
        return found
    given: list[Word] = []
    begun, ij = "", False  # words that a hyphen joins to this one, and how the first begins
    for word in found:
        ij = ij if begun else word.ij
        if word.hyphen and not word.short:
            begun += word.text + "-"
        elif begun or word.short or _is_a_name(word):
            given.append(Word(begun + word.text, word.short and not begun, False, ij))
            begun = ""
        else:
            given.extend(Word(letter, True) for letter in word.text)
    return (*given, Word(begun.rstrip("-"), False, False, ij)) if begun else tuple(given)


def _is_a_name(word: Word) -> bool:
    """Whether a word written in full can be spoken; else it is a row of initials."""
    return len(word.text) > _LONGEST_ABBREVIATION or _VOWEL.search(word.text) is not None


@lru_cache(maxsize=1 << 12)
def prefix_words(text: str) -> tuple[str, ...]:
    """The words of a field that is declared to hold prefixes, abbreviations written apart."""
    return prefix_parts(words(text))


@lru_cache(maxsize=1 << 12)
def initials_in_prefix(text: str) -> tuple[Word, ...]:
    """Single letters that stand in a field for prefixes and are none of them: what was typed in the wrong place."""
    return tuple(word for word in words(text) if len(word.text) == 1 and word.text not in PREFIXES) if text else ()


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
    while found[start].text in _TITLES_AND_SUFFIXES and not all(map(is_prefix, found[start + 1 :])):
        start += 1
    while end - start > 1 and found[end - 1].text in _BEHIND_A_NAME:
        end -= 1
    return found[start:end]


def row_of_capitals(text: str) -> str:
    """The canonical letters of two to four capitals alone, which are a row of initials as well as a name; else "".

    `JA` and `JWM` are initials; `BO`, `TIM` and `JAN` may be both in a system that writes everything in capitals.
    """
    if not text.isupper():
        return ""
    letters = text.replace(".", "").strip()
    is_row = 2 <= len(letters) <= _LONGEST_ABBREVIATION and letters.isalpha()
    return canonical(letters) if is_row else ""


@lru_cache(maxsize=1 << 14)
def is_legible(text: str) -> bool:
    """Whether the letters of a name are known: in Latin script, and none replaced by a sign that stands for any."""
    plain = canonical(text)
    return any(letter in _LATIN for letter in plain) and not any(
        letter in _UNKNOWN or (letter.isalpha() and letter not in _LATIN) for letter in plain
    )


def names_nobody(found: tuple[Word, ...]) -> bool:
    """Whether there are only titles and Jr or Sr among given names: "Jansen, Jr." and "Jansen^Mevr." hold none."""
    return all(word.text in _TITLES_AND_SUFFIXES for word in found)
