"""Reads name, birth date and sex of a PID segment; knows nothing of identifiers and merges.

Source: HL7 v2 chapter 3 (PID-5, PID-7, PID-8) and 2.A (XPN, FN, TS). Dutch systems fill the sub-components of FN as
whole surname, own prefix, own surname, partner's prefix, partner's surname.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from remediate.epd.changes import NO_NAME, NameParts
from remediate.epd.hl7.text import DELETE, Delimiters
from remediate.identity.name_text import PREFIXES, canonical_phrase, prefix_words

_ONLY_INITIALS = re.compile(r"(?:[^\W\d_]{1,3}\.[ -]?|[^\W\d_](?:[ -]|$))+")


class Names(NamedTuple):
    """What PID-5 says."""

    name: NameParts | None  # None: nothing
    others: tuple[NameParts, ...] = ()
    met: tuple[str, ...] = ()  # types of names that were passed over

    def __repr__(self) -> str:
        return "Names(...)"


class NameReader:
    """Reads PID-5 under the configured types of names."""

    def __init__(self, name_types: Sequence[str], other_name_types: Sequence[str]) -> None:
        self._ranks = {code.upper(): rank for rank, code in enumerate((*name_types, *other_name_types))}

    def read(self, text: str, delimiters: Delimiters, encoding: str) -> Names:
        """The name that counts and those of other known types; no name when the field asks to delete.

        A field that is absent, or holds names of other types only, says nothing about the name.
        """
        if not text:
            return Names(None)
        if text == DELETE:
            return Names(NO_NAME)
        found: list[tuple[int, NameParts]] = []
        met: list[str] = []
        for name in text.split(delimiters.repetition):
            parts = name.split(delimiters.component)
            kind = parts[6].strip().upper() if len(parts) > 6 else ""
            rank = self._ranks.get(kind)
            if rank is None:
                met.append(kind)
            else:
                found.append((rank, _name(parts, delimiters, encoding)))
        if len(found) == 1:  # as most are written
            return Names(found[0][1], (), tuple(met))
        if not found:
            return Names(None, (), tuple(met))
        rank, counts = min(found, key=itemgetter(0))
        others = [name for kind, name in found if kind != rank and name not in (counts, NO_NAME)]
        return Names(counts, tuple(dict.fromkeys(others)), tuple(met))


def _name(parts: list[str], delimiters: Delimiters, encoding: str) -> NameParts:
    given = delimiters.component.join(parts[1:3])
    return NameParts._make((*_family(parts[0], delimiters, encoding), *_given(given, delimiters, encoding)))


@lru_cache(maxsize=1 << 14)
def _family(text: str, delimiters: Delimiters, encoding: str) -> tuple[str, str, str, str]:
    """Own surname and its prefix, partner's surname and its prefix. Many people share theirs."""
    family = [_clear(part, delimiters, encoding) for part in text.split(delimiters.subcomponent)]
    whole, prefix, own, partner_prefix, partner = (*family[:5], *[""] * (5 - len(family)))
    prefix, own = _surname(prefix, own)
    partner_prefix, partner = _surname(partner_prefix, partner)
    return own or whole, prefix, partner, partner_prefix if partner else ""


@lru_cache(maxsize=1 << 14)
def _given(text: str, delimiters: Delimiters, encoding: str) -> tuple[str, str]:
    """Given names and initials: one of both, since the two components hold one or the other."""
    given = " ".join(filter(None, (_clear(part, delimiters, encoding) for part in text.split(delimiters.component))))
    return ("", given) if _ONLY_INITIALS.fullmatch(given) else (given, "")


def _clear(text: str, delimiters: Delimiters, encoding: str) -> str:
    value = delimiters.value(text, encoding)
    return "" if value == DELETE else value


def _surname(prefix: str, surname: str) -> tuple[str, str]:
    """Some systems put the whole surname, prefix included, where the prefix belongs: the surname is empty or in it."""
    if prefix and not PREFIXES.issuperset(prefix_words(prefix)):
        is_whole = not surname or canonical_phrase(prefix).endswith(canonical_phrase(surname))
        return ("", prefix) if is_whole else (prefix, surname)
    return prefix, surname


@lru_cache(maxsize=1 << 16)
def read_birth_date(text: str) -> str | None:
    """The date of a TS or DT value as YYYYMMDD; "" when it is only known in part; None when it is no date."""
    digits = text[:8]
    if not (text.isascii() and digits.isdigit()) or len(digits) not in (4, 6, 8):
        return None
    if not digits.strip("0"):
        return ""
    year, month, day = int(digits[:4]), int(digits[4:6] or 0), int(digits[6:] or 0)
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return digits if month and day else ""
