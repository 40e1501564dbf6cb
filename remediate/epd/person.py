"""Reads name, birth date and sex of a PID segment; knows nothing of identifiers and merges.

Source: HL7 v2 chapter 3 (PID-5, PID-7, PID-8) and 2.A (XPN, FN, TS). Dutch systems fill the sub-components of FN as
whole surname, own prefix, own surname, partner's prefix, partner's surname.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from operator import itemgetter

from remediate.epd.changes import NO_NAME, NameParts
from remediate.epd.hl7_text import DELETE, Delimiters
from remediate.identity.name_text import PREFIXES, prefix_words

_NAME_TYPES = {"L": 0, "": 1, "D": 2, "B": 3}
"""Name types (table 0200), the legal name first. Call names, aliases and others are not the name that is compared."""

_LAST_RANK = max(_NAME_TYPES.values())
_SEXES = {"M": "M", "F": "F", "O": "O", "A": "O"}  # table 0001; U and N say that it is not known
_ONLY_INITIALS = re.compile(r"(?:[^\W\d_]{1,3}\.[ -]?|[^\W\d_](?:[ -]|$))+")


def read_name(text: str, delimiters: Delimiters, encoding: str) -> NameParts | None:
    """PID-5: the legal name; None when the field is absent, no name when it asks to delete or holds only others."""
    if not text:
        return None
    if text == DELETE:
        return NO_NAME
    component = delimiters.component
    if delimiters.repetition not in text:
        rank, parts = _ranked(text, component)
    else:
        rank, parts = min((_ranked(name, component) for name in text.split(delimiters.repetition)), key=itemgetter(0))
    if rank > _LAST_RANK:
        return NO_NAME
    given = component.join(parts[1:3])
    return NameParts._make((*_family(parts[0], delimiters, encoding), *_given(given, delimiters, encoding)))


def _ranked(repetition: str, component: str) -> tuple[int, list[str]]:
    parts = repetition.split(component)
    kind = parts[6].strip().upper() if len(parts) > 6 else ""
    return _NAME_TYPES.get(kind, _LAST_RANK + 1), parts


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
    """Some systems put the whole surname, prefix included, where the prefix belongs."""
    if prefix and not PREFIXES.issuperset(prefix_words(prefix)):
        return "", prefix
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


def read_sex(text: str) -> str:
    """PID-8 as M, F, O or "" (unknown, not applicable, or a code that table 0001 does not hold)."""
    return _SEXES.get(text.upper(), "")
