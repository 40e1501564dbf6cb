"""Names that stand for no name (TEST, ONBEKEND, N.N., newborn forms); knows no people and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from remediate.identity.name_text import Word, canonical, canonical_phrase

_WORDS = re.compile(r"[^\W_]+")
_APART = re.compile(r"[\W_]+")
_NEVER = re.compile(r"(?!)")


def holds_placeholder(text: str, placeholders: frozenset[str]) -> bool:
    """Whether a name is, or holds as whole words, one of the configured placeholders (TEST, ONBEKEND, N.N.)."""
    for part in text.split("^"):
        if part and _may_hold_placeholder(part, placeholders):
            break
    else:
        return False
    forms = _placeholder_forms(placeholders)
    plain = canonical(text)
    return forms.pattern.search(plain) is not None or _is_one(plain, forms)


def is_placeholder_among(given: Iterable[Word], placeholders: frozenset[str]) -> bool:
    """Whether one of these given names is a configured placeholder (MEISJE, TWEELING)."""
    stand_ins = _placeholder_forms(placeholders).together
    return any(word.text in stand_ins for word in given)


@lru_cache(maxsize=1 << 15)
def _may_hold_placeholder(part: str, placeholders: frozenset[str]) -> bool:
    """Whether one component of a name is a placeholder or holds the word with which one begins.

    Where none does there is no placeholder, because each begins with a whole word of some component.
    """
    forms = _placeholder_forms(placeholders)
    plain = canonical(part)
    if plain.isalpha():
        return plain in forms.first_words or plain in forms.together
    return not forms.first_words.isdisjoint(_WORDS.findall(plain)) or _is_one(plain, forms)


class _PlaceholderForms(NamedTuple):
    """Placeholders, prepared for comparison with canonical text."""

    pattern: re.Pattern[str]  # the phrases as whole words
    together: frozenset[str]  # the phrases without anything between their words
    first_words: frozenset[str]


@lru_cache(maxsize=64)
def _placeholder_forms(placeholders: frozenset[str]) -> _PlaceholderForms:
    phrases = sorted({canonical_phrase(text) for text in placeholders} - {""})
    if not phrases:
        return _PlaceholderForms(_NEVER, frozenset(), frozenset())
    ways = "|".join(re.escape(phrase).replace(r"\ ", r"[\W_]+") for phrase in phrases)
    return _PlaceholderForms(
        pattern=re.compile(rf"(?<![^\W_])(?:{ways})(?![^\W_])"),
        together=frozenset(phrase.replace(" ", "") for phrase in phrases),
        first_words=frozenset(phrase.partition(" ")[0] for phrase in phrases),
    )


def _is_one(plain: str, forms: _PlaceholderForms) -> bool:
    """Whether the family name component is a placeholder when everything between its letters is left out."""
    return _APART.sub("", plain.partition("^")[0]) in forms.together
