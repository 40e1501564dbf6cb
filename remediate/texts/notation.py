"""How numbers, shares, sizes and moments are written for people, in English and in Dutch. Calculates no figure.

The one home of it: terminal, pages and letters write what is said here. Files for programs hold ISO 8601 and points.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from fractions import Fraction
from typing import Any

from remediate.texts.language import Language, Sentence

_TARGET = 95
"""Twiin's, in per cent: a share that is more than this never reads as if it were not."""
_MOST_DECIMALS = 6
_PACES = (
    (1, Sentence("objects a second", "objecten per seconde")),
    (60, Sentence("objects a minute", "objecten per minuut")),
    (3600, Sentence("objects an hour", "objecten per uur")),
)
_SIZES = ("B", "kB", "MB", "GB", "TB")


def number(value: float, language: Language, decimals: int = 0) -> str:
    """1,234.5 in English, 1.234,5 in Dutch."""
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language is Language.NL else text


class Counted:
    """A number in a sentence: `{n}` writes it as the language does, `{n:study|studies}` is its word."""

    def __init__(self, value: int, language: Language) -> None:
        self._value = value
        self._language = language

    def __format__(self, words: str) -> str:
        if not words:
            return number(self._value, self._language)
        one, more = words.split("|")
        return one if self._value == 1 else more

    def __str__(self) -> str:
        return format(self)


def counted(values: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Values for a sentence, whole numbers as `Counted`."""
    return {name: Counted(value, language) if isinstance(value, int) else value for name, value in values.items()}


def part_of(some: int, whole: int, language: Language) -> str:
    """A share in per cent, exact to the study before it is rounded down to a tenth: 949,999 of a million is 94.9 %.

    Where that would be the target of 95 % itself though the share is more, as many decimals as show it. A dash where
    the whole is nothing.
    """
    return _down(Fraction(some, whole), language) if whole else "–"


def share(value: float, language: Language) -> str:
    """The same of a share that was calculated elsewhere, to six digits."""
    return _down(_exact(value), language)


def at_least(value: float, language: Language) -> str:
    """The lower end of an interval, rounded down to a tenth of a per cent; with more decimals where only they show that
    it lies above the target."""
    return _down(_exact(value), language)


def at_most(value: float, language: Language) -> str:
    """The upper end of an interval, rounded up to a tenth of a per cent."""
    return _tenths(-(-_exact(value) * 1000 // 1), language)


def _exact(value: float) -> Fraction:
    """What was meant by a binary fraction: 0.95 is 19/20."""
    return Fraction(round(value * 10**_MOST_DECIMALS), 10**_MOST_DECIMALS)


def _down(value: Fraction, language: Language) -> str:
    for decimals in range(1, _MOST_DECIMALS + 1):
        shown = value * 100 * 10**decimals // 1
        if shown != _TARGET * 10**decimals or value * 100 <= _TARGET:
            break
    return f"{number(float(Fraction(shown, 10**decimals)), language, decimals)} %"


def _tenths(tenths: int, language: Language) -> str:
    return f"{number(tenths / 10, language, 1)} %"


def size(nbytes: int, language: Language) -> str:
    """Bytes in the largest unit of thousands."""
    value, unit = float(nbytes), 0
    while value >= 1000 and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number(value, language, 1 if unit else 0)} {_SIZES[unit]}"


def pace(a_second: float, language: Language) -> str:
    """3.2 objects a second; a minute or an hour where it is slower than one, so that it never reads as nothing."""
    return " ".join(pace_and_unit(a_second, language))


def pace_and_unit(a_second: float, language: Language) -> tuple[str, str]:
    """The number, and `objects a second` or what else makes it at least one."""
    seconds, unit = next(((s, unit) for s, unit in _PACES if a_second * s >= 0.95), _PACES[-1])  # 0.95 reads as 1.0
    return number(a_second * seconds, language, 1), unit.in_(language)


def day(moment: date, language: Language) -> str:
    """1 December 2026 as 2026-12-01 or 01-12-2026."""
    return f"{moment:%d-%m-%Y}" if language is Language.NL else f"{moment:%Y-%m-%d}"


def minute(at: datetime, zone: tzinfo | None, language: Language) -> str:
    """A moment in the configured zone, which is named, to the minute."""
    local = at.astimezone(zone)
    return f"{day(local, language)} {local:%H:%M %Z}"


def second(at: datetime, zone: tzinfo | None, language: Language) -> str:
    """The same to the second."""
    local = at.astimezone(zone)
    return f"{day(local, language)} {local:%H:%M:%S %Z}"
