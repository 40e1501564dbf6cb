"""Sorts the identifiers of PID-3 and MRG-1 into hospital numbers and the BSN; reads no other field.

Authority *and* type decide: NLMINBIZA issues passports (PPN) too. Source: HL7 v2 chapter 2.A (CX, HD), tables 0203
and 0363; HL7 Netherlands for NLMINBIZA and NNNLD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from remediate.epd.changes import Number
from remediate.epd.hl7_text import DELETE, Delimiters
from remediate.epd.reasons import RejectReason
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE, BsnProblem, passes_eleven_test, problem_of

_BSN_AUTHORITIES = frozenset({BSN_AUTHORITY, BSN_OID})
_NUMBER_TYPES = {"PI": 0, "MR": 1, "PT": 2, "PN": 3, "": 4}
"""Types (table 0203) that name a patient, the most telling first. VN and AN name a visit, others a document."""

_NINE_ZEROS = "000000000"  # the only placeholder that passes the eleven-test
_BSN_LENGTH = 9
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)  # of the eleven-test
_WEIGHED = [bytes(weight * (sign - 48) % 11 if 48 <= sign < 58 else 255 for sign in range(256)) for weight in _WEIGHTS]
_MULTIPLES_OF_ELEVEN = frozenset(range(0, 100, 11))
_BSN_FORM = re.compile(r"\d{8,9}|\d{4}([. ])\d{2}\1\d{3}|\d{3}([. ])\d{3}\2\d{3}|\d{2}([. ])\d{3}\3\d{3}", re.ASCII)
_PROBLEMS = {
    BsnProblem.NOT_DIGITS: RejectReason.BSN_NOT_DIGITS,
    BsnProblem.WRONG_LENGTH: RejectReason.BSN_WRONG_LENGTH,
    BsnProblem.ELEVEN_TEST: RejectReason.BSN_ELEVEN_TEST,
    BsnProblem.PLACEHOLDER: RejectReason.BSN_PLACEHOLDER,
}


class Identifiers(NamedTuple):
    """What a list of CX holds."""

    numbers: tuple[Number, ...]  # preferred first, each once
    bsns: tuple[str, ...]  # distinct texts of BSN items; "" for an item that is empty or asks to delete


def read_identifiers(text: str, delimiters: Delimiters, encoding: str, default_issuer: str) -> Identifiers:
    """The identifiers of one field, which may repeat."""
    numbers: list[tuple[bool, int, str, str]] = []
    bsns: list[str] = []
    for repetition in text.split(delimiters.repetition):
        first, _, rest = repetition.partition(delimiters.component)
        value = delimiters.value(first, encoding)
        if value == DELETE:
            value = ""
        issuer, is_bsn, rank = _read_rest(rest, delimiters, encoding)
        if is_bsn:
            bsns.append(value)
        elif value and rank is not None:
            issuer = issuer or default_issuer
            numbers.append((issuer != default_issuer, rank, issuer, value))
    if len(numbers) == 1 and len(bsns) < 2:
        return Identifiers((numbers[0][2:],), tuple(bsns))
    numbers.sort()
    ordered = dict.fromkeys(number[2:] for number in numbers)
    return Identifiers(tuple(ordered), tuple(dict.fromkeys(bsns)))


@lru_cache(maxsize=1 << 12)
def _read_rest(text: str, delimiters: Delimiters, encoding: str) -> tuple[str, bool, int | None]:
    """What follows the value, CX.2 and on: its issuer, whether it is a BSN, else its rank (None: no patient's number).

    Most identifiers of a hospital share it.
    """
    parts = text.split(delimiters.component)
    issuers = _issuers(parts[2], delimiters, encoding) if len(parts) > 2 and parts[2] else ("",)
    kind = delimiters.value(parts[3], encoding).upper() if len(parts) > 3 else ""
    is_ministry = not _BSN_AUTHORITIES.isdisjoint(issuers)
    rank = None if is_ministry else _NUMBER_TYPES.get(kind)
    return issuers[0], is_ministry and kind == BSN_TYPE_CODE, rank


def _issuers(text: str, delimiters: Delimiters, encoding: str) -> tuple[str, ...]:
    """CX.4 by sub-component: namespace, universal id, its type. The universal id stands in where no name does."""
    found = [delimiters.value(part, encoding) for part in text.split(delimiters.subcomponent)]
    return (found[0] or found[1], *found[1:2]) if len(found) > 1 else (found[0],)


def read_bsns(texts: Sequence[str]) -> tuple[Sequence[str], Iterable[RejectReason | None]]:
    """`read_bsn` of a whole column. As a rule all that it holds are BSNs, which is seen at once."""
    if _are_bsns(list(filter(None, texts))):
        return texts, repeat(None)
    read = [read_bsn(text) for text in texts]
    return [text for text, _ in read], [refused for _, refused in read]


def _are_bsns(texts: Sequence[str]) -> bool:
    """Whether all are nine digits that pass the eleven-test: the first digits of all are weighed, then the second."""
    joined = "".join(texts)
    if not joined.isascii() or any(map(_BSN_LENGTH.__ne__, map(len, texts))) or _NINE_ZEROS in texts:
        return False
    digits = joined.encode("ascii")
    weighed = (digits[at::_BSN_LENGTH].translate(scale) for at, scale in enumerate(_WEIGHED))
    return _MULTIPLES_OF_ELEVEN.issuperset(map(sum, zip(*weighed, strict=True)))


def read_bsn(text: str) -> tuple[str, RejectReason | None]:
    """A text that is declared to be a BSN: its nine digits, or the text itself with why it is none.

    Only eight or nine digits are read, in one piece or in the usual groups: `99991112.0` is a number that a
    spreadsheet made, and reading past its point would make another BSN of it.
    """
    if not text:
        return "", None
    if passes_eleven_test(text) and text != _NINE_ZEROS:  # as most are written
        return text, None
    if not _BSN_FORM.fullmatch(text):
        spoiled = not (text.isascii() and text.isdigit())
        return text, RejectReason.BSN_NOT_DIGITS if spoiled else RejectReason.BSN_WRONG_LENGTH
    digits = text.replace(" ", "").replace(".", "").zfill(9)  # only one leading zero can be missing
    problem = problem_of(digits)
    return (digits, None) if problem is None else (text, _PROBLEMS[problem])
