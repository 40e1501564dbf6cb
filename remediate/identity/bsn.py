"""The Burgerservicenummer as a value that never prints itself; knows nothing of where it was found.

Source: Wet algemene bepalingen burgerservicenummer; eleven-test as in the Nictiz/SBV-Z documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BSN_OID = "2.16.840.1.113883.2.4.6.3"
"""Object identifier of the BSN number system (HL7 Netherlands)."""

BSN_AUTHORITY = "NLMINBIZA"
"""Assigning authority of the BSN in HL7 v2 CX.4.1, and so Issuer of Patient ID (DICOM 2025b)."""

BSN_TYPE_CODE = "NNNLD"
"""Identifier type code of the BSN in HL7 v2 CX.5."""


PLACEHOLDERS = frozenset({*(digit * 9 for digit in "0123456789"), "123456789", "012345678", "987654321"})
"""What people type where a number is asked for and there is none. Only 000000000 passes the eleven-test."""


class BsnRange(StrEnum):
    """Which BSNs may be written: production numbers into a test archive are a data breach, and vice versa."""

    TEST = "test"
    PRODUCTION = "production"
    ANY = "any"


class BsnProblem(StrEnum):
    """Why a text is not a BSN."""

    EMPTY = "bsn-empty"
    NOT_DIGITS = "bsn-not-digits"
    WRONG_LENGTH = "bsn-wrong-length"
    ELEVEN_TEST = "bsn-eleven-test"
    PLACEHOLDER = "bsn-placeholder"


@dataclass(frozen=True, slots=True)
class Bsn:
    """Nine digits that pass the eleven-test. `str` and `repr` are masked; only `digits` holds the number."""

    digits: str

    def __post_init__(self) -> None:
        if problem_of(self.digits) is not None:
            raise ValueError("not a BSN")

    def __repr__(self) -> str:
        return f"Bsn({self.masked})"

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The last three digits only, enough to compare two lines, too little to name a person."""
        return "******" + self.digits[-3:]

    @property
    def is_test_number(self) -> bool:
        """Numbers that begin with 9999 are never given to people."""
        return self.digits.startswith("9999")

    def is_in(self, allowed: BsnRange) -> bool:
        """Whether this number may be written under the configured range."""
        if allowed is BsnRange.ANY:
            return True
        return self.is_test_number == (allowed is BsnRange.TEST)


def passes_eleven_test(digits: str) -> bool:
    """9a+8b+7c+6d+5e+4f+3g+2h-i is a multiple of eleven. Only for nine ASCII digits; anything else fails."""
    if len(digits) != 9 or not (digits.isascii() and digits.isdigit()):
        return False
    # Written out, because it is done for every number of every record; 2064 is what the signs of nine zeros give.
    a, b, c, d, e, f, g, h, i = digits.encode("ascii")
    return (9 * a + 8 * b + 7 * c + 6 * d + 5 * e + 4 * f + 3 * g + 2 * h - i - 2064) % 11 == 0


def problem_of(digits: str) -> BsnProblem | None:
    """What keeps `digits` (taken as it stands, no padding) from being a BSN; None when it is one."""
    if not digits:
        return BsnProblem.EMPTY
    if not (digits.isascii() and digits.isdigit()):
        return BsnProblem.NOT_DIGITS
    if len(digits) != 9:
        return BsnProblem.WRONG_LENGTH
    if digits in PLACEHOLDERS:
        return BsnProblem.PLACEHOLDER
    return None if passes_eleven_test(digits) else BsnProblem.ELEVEN_TEST


def parse_bsn(text: str) -> Bsn | BsnProblem:
    """Read a field that is declared to hold a BSN.

    Old systems dropped a leading zero, so eight digits are padded to nine. Shorter numbers are never padded:
    one in eleven of all short hospital numbers would then pass. Spaces and dots between digits are ignored.
    """
    digits = text.replace(" ", "").replace(".", "").strip("\0")
    if len(digits) == 8 and digits.isascii() and digits.isdigit():
        digits = "0" + digits
    problem = problem_of(digits)
    return Bsn(digits) if problem is None else problem
