"""Sorts the identifiers of PID-3 and MRG-1 into hospital numbers and the BSN; reads no other field.

Authority *and* type decide: NLMINBIZA issues passports (PPN) too. Source: HL7 v2 chapter 2.A (CX, HD), tables 0203
and 0363; HL7 Netherlands for NLMINBIZA and NNNLD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple, TypeVar

from remediate.config.epd import EpdSettings
from remediate.epd.changes import Number
from remediate.epd.hl7.text import DELETE, Delimiters
from remediate.epd.hl7.time import sortable_time
from remediate.epd.reasons import RejectReason
from remediate.identity.bsn import BsnProblem, passes_eleven_test, problem_of

T = TypeVar("T")

_OID_PREFIX = "URN:OID:"
_PASSPORT = "PPN"  # under the authority that issues the BSN
_KEPT = 1 << 12

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

    numbers: tuple[Number, ...]  # in use, preferred first, each once
    bsns: tuple[str, ...]  # distinct texts of BSN items; "" for an item that is empty or asks to delete
    expired: tuple[Number, ...] = ()  # numbers that are not in use: no longer, not yet, or none can tell
    bsn_expired: bool = False  # there is only a BSN that is not in use
    met: tuple[str, ...] = ()  # types of items that are no number of a patient


class _Kind(NamedTuple):
    """What everything but its value says of an identifier."""

    issuer: str
    type_code: str
    is_bsn: bool
    may_be_bsn: bool  # authority or type says so, but not both
    rank: int | None  # of the types that number patients; None for others
    in_use: bool


class IdentifierReader:
    """Reads identifiers under one set of settings. `now` (as `Change.at`) is the moment of loading.

    CX.7 and CX.8 are judged at that moment, not at that of the message: what has expired by now counts for nobody,
    also in a message of when it was in use.
    """

    def __init__(self, settings: EpdSettings, *, now: int) -> None:
        self._settings = settings
        self._now = now
        self._ranks = {code.upper(): rank for rank, code in enumerate(settings.identifier_types)}
        self._bsn_types = frozenset(code.upper() for code in settings.bsn_types)
        self._bsn_authorities = frozenset(map(_comparable, settings.bsn_authorities))
        aliased = settings.issuer_aliases.values()
        self._own = frozenset({settings.default_issuer, *aliased, *settings.person_issuers})
        self._kinds: dict[tuple[str, Delimiters, str], _Kind] = {}
        self.nine_digits: dict[tuple[str, str], tuple[int, int]] = {}
        """By authority and type of items that are no BSN: how many have nine digits, and how many look like a BSN."""

    def read(self, text: str, delimiters: Delimiters, encoding: str) -> Identifiers:
        """The identifiers of one field, which may repeat."""
        numbers: list[tuple[bool, int, str, str]] = []
        in_use: list[str] = []  # texts of BSN items
        spent: list[str] = []
        expired: list[Number] = []
        perhaps: list[str] = []
        met: list[str] = []
        for repetition in text.split(delimiters.repetition):
            first, _, rest = repetition.partition(delimiters.component)
            value = delimiters.value(first, encoding)
            value = "" if value == DELETE else value
            kind = self._kind_of(rest, delimiters, encoding)
            if kind.is_bsn:
                (in_use if kind.in_use or not value else spent).append(value)
                continue
            if len(value) == len(_NINE_ZEROS):
                perhaps += self._look_at(value, kind)
            if value and kind.rank is None:
                met.append(kind.type_code)
            elif value and kind.rank is not None and kind.in_use:
                issuer = kind.issuer or self._settings.default_issuer
                numbers.append((issuer != self._settings.default_issuer, kind.rank, issuer, value))
            elif value:
                expired.append((kind.issuer or self._settings.default_issuer, value))
        told = any(in_use)
        if told and perhaps:
            in_use += perhaps  # two words on the BSN: neither is believed
        if len(numbers) > 1:
            numbers.sort()
        return Identifiers(
            _each_once([number[2:] for number in numbers]),
            _each_once(in_use) or (("",) if spent else ()),
            _each_once(expired),
            bool(spent) and not told,
            _each_once(met),
        )

    def of_one_person(self, numbers: Sequence[Number]) -> tuple[Number, ...]:
        """The preferred number, and those beside it whose authority gives each person numbers of his own.

        An insurer's or a family's number stands in the records of more than one person.
        """
        return (*numbers[:1], *(number for number in numbers[1:] if number[0] in self._own))

    def _kind_of(self, text: str, delimiters: Delimiters, encoding: str) -> _Kind:
        """What follows the value, CX.2 and on. Most identifiers of a hospital share it."""
        key = (text, delimiters, encoding)
        found = self._kinds.get(key)
        if found is None:
            if len(self._kinds) > _KEPT:
                self._kinds.clear()
            found = self._kinds[key] = self._read_kind(text, delimiters, encoding)
        return found

    def _read_kind(self, text: str, delimiters: Delimiters, encoding: str) -> _Kind:
        parts = [*text.split(delimiters.component), *[""] * 7]
        issuers = _issuers(parts[2], delimiters, encoding) if parts[2] else ("",)
        code = delimiters.value(parts[3], encoding).upper()
        is_ministry = not self._bsn_authorities.isdisjoint(map(_comparable, issuers))
        is_bsn = code in self._bsn_types and (is_ministry or not any(issuers))
        return _Kind(
            issuer=issuers[0],
            type_code=code,
            is_bsn=is_bsn,
            may_be_bsn=not is_bsn and (code in self._bsn_types or (is_ministry and code != _PASSPORT)),
            rank=None if is_ministry or is_bsn else self._ranks.get(code),
            in_use=self._is_in_use(*(delimiters.value(part, encoding) for part in parts[5:7])),
        )

    def _is_in_use(self, effective: str, expires: str) -> bool:
        """Whether the moment of loading lies between CX.7 and CX.8; not where one of them cannot be read."""
        first, last = (_moment(text) for text in (effective, expires))
        return first is not None and last is not None and first <= self._now and (not last or self._now < last)

    def _look_at(self, value: str, kind: _Kind) -> Iterator[str]:
        if not value.isdigit():
            return
        key, looks = (kind.issuer, kind.type_code), passes_eleven_test(value)
        digits, like_bsn = self.nine_digits.get(key, (0, 0))
        self.nine_digits[key] = (digits + 1, like_bsn + looks)
        if looks and kind.may_be_bsn:
            yield value


def _each_once(items: Sequence[T]) -> tuple[T, ...]:
    return tuple(items) if len(items) < 2 else tuple(dict.fromkeys(items))


def _moment(text: str) -> int | None:
    """As `Change.at`; 0 where there is none, None where it cannot be read."""
    return sortable_time(text) if text and text != DELETE else 0


def _comparable(authority: str) -> str:
    return authority.upper().removeprefix(_OID_PREFIX)


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
