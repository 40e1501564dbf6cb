"""In which spellings hospital numbers are one number: width, leading zeros, prefix, case; a setting. Looks nobody up.

The EPD's numbers stay as the EPD writes them, so nothing joins two patients: of each number its `core` is kept, which
every spelling under every setting shares, and the settings decide which numbers with one core are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from remediate.identity.patients import LocalId

_DIGITS = re.compile(r"[0-9]+")
_BEFORE_DIGITS = re.compile(r"[^0-9]*0*(?=[0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSpelling:
    """The settings. Zeros are added to, or taken off, numbers of digits alone."""

    width: int = 0  # digits that every number has, with zeros before them; 0: as it stands
    strip_leading_zeros: bool = False
    prefix: str = ""  # that may stand before the digits, and no digit in it
    ignore_case: bool = False  # of letters in numbers
    ignore_issuer_case: bool = False

    @property
    def is_as_written(self) -> bool:
        """Whether a number has one spelling only."""
        return self is AS_WRITTEN or self == AS_WRITTEN

    def issuer(self, text: str) -> str:
        """An assigning authority as it is compared."""
        return text.upper() if self.ignore_issuer_case else text

    def value(self, text: str) -> str:
        """A number as it is compared."""
        text, prefix = (text.upper(), self.prefix.upper()) if self.ignore_case else (text, self.prefix)
        if prefix and text.startswith(prefix) and _DIGITS.match(text, len(prefix)):
            text = text[len(prefix) :]
        if (self.width or self.strip_leading_zeros) and _DIGITS.fullmatch(text):
            text = (text.lstrip("0") or "0").zfill(self.width)
        return text

    def of(self, number: LocalId) -> LocalId:
        """A number with its authority as it is compared."""
        if self.is_as_written:
            return number
        return LocalId(value=self.value(number.value), authority=self.issuer(number.authority))

    def of_all(self, numbers: frozenset[LocalId]) -> frozenset[LocalId]:
        """The same of each."""
        return numbers if self.is_as_written else frozenset(map(self.of, numbers))


AS_WRITTEN = NumberSpelling()


def core(value: str) -> str:
    """What all spellings of a number share under any setting: without what stands before its first digit but zero.

    Upper case. A number without digits is its own core.
    """
    return _BEFORE_DIGITS.sub("", value.upper(), count=1)


def settings_between(asked: LocalId, known: LocalId, *, issuer: str) -> tuple[str, ...] | None:
    """Which settings make these spellings one number, as they are written in the configuration; none when it is one.

    None where no setting does. `asked` has its `issuer` resolved to the EPD's authority as far as it is known now.
    """
    needed: list[str] = []
    if asked.authority != known.authority:
        if asked.authority.upper() == known.authority.upper():
            needed.append("epd.numbers.ignore_issuer_case: true")
        elif not known.authority:
            return None
        elif issuer:
            needed.append(f'epd.issuer_aliases: {{"{issuer}": "{known.authority}"}}')
        else:
            needed.append(f'epd.default_issuer: "{known.authority}"')
    return _of_values(asked.value, known.value, needed)


def _of_values(one: str, other: str, needed: list[str]) -> tuple[str, ...] | None:
    if one == other:
        return tuple(needed)
    if core(one) != core(other):
        return None
    if one.upper() == other.upper():
        return (*needed, "epd.numbers.ignore_case: true")
    (before, digits), (other_before, other_digits) = _parts(one), _parts(other)
    if before and other_before:
        return None  # two prefixes, or one that is spelled in two ways
    if before or other_before:
        needed.append(f'epd.numbers.prefix: "{before or other_before}"')
    if digits == other_digits:
        return tuple(needed)
    if not (_DIGITS.fullmatch(digits) and _DIGITS.fullmatch(other_digits)):
        return None
    return (*needed, "epd.numbers.strip_leading_zeros: true")


def _parts(value: str) -> tuple[str, str]:
    """What stands before the first digit, and the rest; without digits all is the rest."""
    found = _DIGITS.search(value)
    return (value[: found.start()], value[found.start() :]) if found else ("", value)
