"""Reads a BSN in whatever spelling people and systems gave it: the one reader for claims, masking and reports.

The EPD has a narrower one (`epd/identifiers.py`): it declares its numbers. Broad, because what it misses would count
as absent: separators and control characters, prefixes, suffixes, quotes, digits of other scripts and HL7 v2 CX
components (2.A.14) are taken off. Knows no elements, issuers' roles or patients.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from remediate.identity.bsn import BSN_OID, Bsn, BsnProblem, passes_eleven_test, problem_of

_DIGITS = 9
_SHORT = 8  # with a leading zero that got lost
_LONGEST = 20  # digits, zeros in front included; no number is written with more
_WORDS = (
    r"nlminbiza",  # assigning authority (HL7 v2 CX.4)
    r"nnnld",  # identifier type (CX.5)
    r"(?:https?://fhir\.nl/fhir/namingsystem/)?(?:bsn|b\.s\.n\.?|sofi|burger[- ]?service|sociaal-?fiscaal)"
    r"(?:[-. ]?(?:nummer|numr|nr|no)\b\.?)?",
    r"bsnr",
)
_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(_WORDS)})(?![a-z])", re.IGNORECASE)
_HINTS = ("bsn", "nlminbiza", "nnnld", "sofi", "b.s.n", "burger", "fiscaal", "113883")
_NUMBER_BESIDES = re.compile(r"[0-9][^0-9]*[0-9][^0-9]*[0-9]|[A-Za-z][^A-Za-z0-9]*[0-9]")
_OID = re.compile(rf"(?:urn:oid:)?(?<![0-9.]){re.escape(BSN_OID)}(?![0-9])", re.IGNORECASE)
_UID = re.compile(r"(?<![0-9.])[0-2](?:\.(?:0|[1-9][0-9]*)){4,}(?![0-9])")
_ESCAPE = re.compile(r"\\(?:[EFRST]|X[0-9A-Fa-f]*|\.[a-z]{2}[+0-9]*)\\")
_ESCAPED = {"S": "^", "T": "&", "R": "~", "F": "|"}
_EIGHT_DIGITS = re.compile(r"[0-9](?:[^0-9]*[0-9]){7}")
_RUN = re.compile(r"[0-9](?:(?:[^\w^~&|]|_)*[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_DIGIT = re.compile(r"[0-9]")
_EVEN_RUN = re.compile(r"(?<![0-9])(?=([0-9]+(?:([^\w\n^~&|]|_)[0-9]+(?:\2[0-9]+)*)?))")
_AFTER_WORD = re.compile(r"[^0-9A-Za-z^]{0,12}(?:(?:is|van|pat\w*|nummer|nr|no)\b)?[^0-9A-Za-z^]{0,6}(?=[0-9])")
_TOKEN = re.compile(r"[0-9](?:[^\s^~&|]*[0-9])?")
_BEFORE_WORD = re.compile(r"(?:[^\w]|_){0,6}")
_SAYS_SOMETHING = re.compile(r"[^\W_]")


class Spelled(NamedTuple):
    """One number in a text."""

    value: Bsn | BsnProblem  # a problem: declared to be a BSN, but is none
    is_declared: bool  # by a word, authority, type or OID in the same text, or by who asked
    start: int  # of its digits, in the text
    end: int


@lru_cache(maxsize=1 << 12)
def declares_bsn(text: str) -> bool:
    """Whether an issuer, authority or type names the number system of the BSN, in whatever case or company.

    A text that holds a number of its own speaks of that number, not of the one beside it.
    """
    if not text:
        return False
    plain = _plain(text)
    return _WORD.search(plain) is not None and _EIGHT_DIGITS.search(plain) is None


def names_bsn_oid(text: str) -> bool:
    """Whether a text names the number system of the BSN by its object identifier, with or without `urn:oid:`."""
    return _OID.search(text) is not None


def says_nothing(text: str) -> bool:
    """Whether a value is empty or only looks filled: quotes (HL7 v2 writes `""` to delete a value), dashes, blanks."""
    return not text or not (text.isalnum() or _SAYS_SOMETHING.search(text))


def may_hold_number(text: str) -> bool:
    """Whether so many digits stand in a text that a BSN could; quick, and never wrong about a no."""
    return bool(text) and (_EIGHT_DIGITS.search(text) is not None or not text.isascii())


def may_declare_bsn(text: str) -> bool:
    """The same for a word that declares one."""
    lower = text.lower()
    return any(hint in lower for hint in _HINTS) or not text.isascii()


def read_identifier(text: str, *, is_declared: bool = False) -> tuple[Spelled, ...]:
    """Every distinct number in a field that holds an identifier, in order, declared ones first.

    Nine digits that pass the eleven-test are found whatever stands between and around them; eight (a leading zero got
    lost) only where a BSN is declared. A declared number that does not pass is a problem; nothing is none.
    """
    if not is_declared and text.isascii():
        if text.isdigit():
            return _plain_digits(text)
        if _EIGHT_DIGITS.search(text) is None and not may_declare_bsn(text):
            return ()
    return _read_identifier(text, is_declared)


def _plain_digits(digits: str) -> tuple[Spelled, ...]:
    """The usual case: a number of nothing but digits, with zeros too many at most."""
    last = digits[-_DIGITS:]
    if not passes_eleven_test(last) or digits[:-_DIGITS].strip("0") or last == "000000000":
        return ()
    return (Spelled(Bsn(last), False, 0, len(digits)),)


@lru_cache(maxsize=1 << 12)
def _read_identifier(text: str, is_declared: bool) -> tuple[Spelled, ...]:
    found: list[Spelled] = []
    problems: list[Spelled] = []
    says_itself = False  # a repetition names the BSN, and holds one: then the others may be other numbers
    for start, repetition in _repetitions(_plain(text)):
        says_bsn = _WORD.search(repetition) is not None
        declared = is_declared or says_bsn
        at, part = _number_part(repetition)
        numbers = list(_numbers(repetition, _DIGITS))
        if declared and not numbers:
            numbers = list(_numbers(part, _SHORT)) or list(_all_digits(part))
            numbers = [(bsn, begin + at, end + at) for bsn, begin, end in numbers]
        found += [Spelled(bsn, declared, start + begin, start + end) for bsn, begin, end in numbers]
        says_itself |= says_bsn and bool(numbers)
        problem = _problem(part) if declared and not numbers else None
        if problem is not None:
            problems.append(Spelled(problem, says_bsn, start, start + len(repetition)))
    meant = [problem._replace(is_declared=True) for problem in problems if problem.is_declared or not says_itself]
    return _distinct([*found, *meant])


def read_text(text: str) -> tuple[Spelled, ...]:
    """The same in running text, where numbers are of many kinds: only spellings in which people write a BSN.

    Digits of one number are set apart by one kind of sign; what a word declares stands right beside it.
    """
    if not may_hold_number(text):
        return ()
    plain = _plain(text)
    found = list(_declared_in(plain))
    for bsn, start, end in _typed(plain):
        gap = _BEFORE_WORD.match(plain, end)
        found.append(Spelled(bsn, gap is not None and _WORD.match(plain, gap.end()) is not None, start, end))
    return _distinct(found)


def read_parts(text: str) -> tuple[Spelled, ...]:
    """Numbers that nine digits of a longer one make up, or nine with letters between them.

    `999911120001`, `1299991112034`, `%20999911120` and `9999A11120` may hold a BSN, and one number of twelve digits in
    three seems to, by chance: whoever asks has to know whether anybody has that BSN.
    """
    if len(text) <= _DIGITS or not may_hold_number(text):
        return ()
    plain = _plain(text)
    found: list[Spelled] = []
    for pattern in (_GROUP, _RUN, _TOKEN):
        for piece in pattern.finditer(plain):
            places = [piece.start() + digit.start() for digit in _DIGIT.finditer(piece[0])]
            for start in _starts(len(places), is_one_number=pattern is _GROUP):
                part = places[start : start + _DIGITS]
                bsn = _bsn("".join([plain[at] for at in part]), _DIGITS)
                if bsn is not None:
                    found.append(Spelled(bsn, False, part[0], part[-1] + 1))
    whole = [one for one in read_identifier(text) if isinstance(one.value, Bsn)] if found else []
    return _distinct([one for one in found if not any(one.start < it.end and it.start < one.end for it in whole)])


def _starts(digits: int, *, is_one_number: bool) -> Iterable[int]:
    """Where nine of so many digits may begin: anywhere in one number, at either end where other signs stand between."""
    last = digits - _DIGITS
    if last < 0:
        return ()
    return range(last + 1) if is_one_number and digits <= _LONGEST else (0, last)


def masked_numbers(text: str) -> str:
    """A text with every number in it masked that this reader, as broad as it can be, takes for a BSN."""
    if not may_hold_number(text):
        return text
    plain = _plain(text)
    spans: list[tuple[int, int, Bsn]] = [(start, end, bsn) for bsn, start, end in _numbers(plain, _SHORT)]
    for found in (*read_identifier(text), *read_parts(text), *read_text(text)):
        if isinstance(found.value, Bsn):
            spans.append((found.start, found.end, found.value))
    masked, before = "", 0
    for start, end, bsn in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end <= before:
            continue
        masked += text[before:start] + bsn.masked
        before = end
    return masked + text[before:]


def without_bsn(text: str, bsn: Bsn, *, is_declared: bool = False) -> str:
    """What is left of an identifier when this number is taken away, with all that only says what it is.

    "" when the text is nothing but this number; the text as it stands when the number is not in it.
    """
    if not any(found.value == bsn for found in read_identifier(text, is_declared=is_declared)):
        return text
    kept = []
    for start, repetition in _repetitions(_plain(text)):
        written = text[start : start + len(repetition)]
        spans = [
            (found.start, found.end)
            for found in read_identifier(written, is_declared=is_declared)
            if found.value == bsn
        ]
        if not spans:
            kept.append(written)
        elif left := _left_of(written, spans):
            kept.append(left)
    return "~".join(piece for piece in kept if not says_nothing(piece))


def _left_of(written: str, spans: list[tuple[int, int]]) -> str:
    """One identifier without the digits in these spans; "" when its number part holds no number besides.

    A letter, a name or a single digit beside a BSN is no identifier: left alone under its authority it would be a claim
    that nobody made.
    """
    plain, rest = _plain(written), list(written)
    for start, end in spans:
        rest[start:end] = [" "] * (end - start)
    at, part = _number_part(plain)
    left = "".join(rest)[at : at + len(part)]
    if _NUMBER_BESIDES.search(_WORD.sub(" ", _plain(left))) is None:
        return ""
    return " ".join(_WORD.sub(" ", "".join(rest)).split()).strip(" -/;,()[]\\")


def _plain(text: str) -> str:
    """The text, as long as it was, with ASCII digits, escapes of HL7 v2 (2.7) undone and unique identifiers blanked."""
    if not text.isascii():
        text = "".join([char if char.isascii() else _ascii_of(char) for char in text])
    if "\\" in text:
        text = _ESCAPE.sub(lambda found: _ESCAPED.get(found[0][1], " ").center(len(found[0])), text)
    if text.count(".") >= 4:
        text = _OID.sub(lambda found: "BSN".center(len(found[0])), text)
        text = _UID.sub(lambda found: _blanked(found[0]), text)
    return text


@lru_cache(maxsize=1 << 10)
def _ascii_of(char: str) -> str:
    """The ASCII digit that a digit of another script or width is; other characters in their plain form."""
    value = unicodedata.digit(char, -1)
    if value >= 0:
        return str(value)
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _blanked(uid: str) -> str:
    """A unique identifier (PS3.5 9.1) has more than nine digits; nine of them set apart by dots are a number."""
    return uid if sum(map(str.isdigit, uid)) <= _DIGITS else " " * len(uid)


def _repetitions(plain: str) -> Iterator[tuple[int, str]]:
    """The repetitions of a CX field with where they begin; usually one."""
    at = 0
    for repetition in plain.split("~"):
        yield at, repetition
        at += len(repetition) + 1


def _number_part(repetition: str) -> tuple[int, str]:
    """CX.1, where the number stands, and where it begins; the next one when that only says what number follows."""
    first, delimiter, rest = repetition.partition("^")
    if delimiter and not says_nothing(first) and says_nothing(_WORD.sub("", first)):
        return len(first) + 1, rest.partition("^")[0]
    return 0, first


def _numbers(plain: str, shortest: int) -> Iterator[tuple[Bsn, int, int]]:
    """Every number of nine digits (or eight) that whole groups of digits make up, with zeros too many in front."""
    for run in _RUN.finditer(plain):
        groups = [(run.start() + group.start(), group[0]) for group in _GROUP.finditer(run[0])]
        for first, (start, _) in enumerate(groups):
            digits = ""
            for at, group in groups[first:]:
                digits += group
                if len(digits) > _LONGEST:
                    break
                bsn = _bsn(digits, shortest)
                if bsn is not None:
                    yield bsn, start, at + len(group)


def _bsn(digits: str, shortest: int) -> Bsn | None:
    number = digits.zfill(_DIGITS) if len(digits) >= shortest else digits
    if number[:-_DIGITS].strip("0") or problem_of(number[-_DIGITS:]) is not None:
        return None
    return Bsn(number[-_DIGITS:])


def _all_digits(part: str) -> Iterator[tuple[Bsn, int, int]]:
    """Where a BSN is declared, the digits alone, whatever stands between them."""
    places = [found.start() for found in _DIGIT.finditer(part)]
    bsn = _bsn("".join(part[at] for at in places), _SHORT)
    if bsn is not None:
        yield bsn, places[0], places[-1] + 1


def _problem(part: str) -> BsnProblem | None:
    """Why a declared number is none; None when nothing is declared. What holds no digit stands for "none"."""
    rest = _WORD.sub("", part)
    if says_nothing(rest):
        return None
    digits = "".join(_GROUP.findall(rest))
    if not digits or len(set(digits)) == 1:
        return BsnProblem.PLACEHOLDER
    return BsnProblem.NOT_DIGITS if re.search(r"[^\W\d_]", rest) else problem_of(digits)


def _declared_in(plain: str) -> Iterator[Spelled]:
    """Numbers of nine or eight digits that follow a word for BSN."""
    for word in _WORD.finditer(plain):
        gap = _AFTER_WORD.match(plain, word.end())
        run = None if gap is None else _RUN.match(plain, gap.end())
        if run is None:
            continue
        taken = run[0]
        for size in (_DIGITS, _SHORT):
            cut = _first_digits(taken, size)
            if cut is None:
                continue
            digits = "".join(_GROUP.findall(taken[:cut]))
            bsn = _bsn(digits, _SHORT)
            if bsn is not None:
                yield Spelled(bsn, True, run.start(), run.start() + cut)
                break
        else:
            digits = "".join(_GROUP.findall(taken))
            if len(digits) in (_SHORT, _DIGITS):
                problem = problem_of(digits.zfill(_DIGITS))
                if problem is not None:
                    yield Spelled(problem, True, run.start(), run.end())


def _first_digits(run: str, size: int) -> int | None:
    """Where the first groups of a run end that together have so many digits; None when none do."""
    total = 0
    for group in _GROUP.finditer(run):
        total += len(group[0])
        if total == size:
            return group.end()
    return None


def _typed(plain: str) -> Iterator[tuple[Bsn, int, int]]:
    """Nine digits by themselves, or set apart by one kind of sign as people do; no part of a longer dotted number."""
    for found in _EVEN_RUN.finditer(plain):
        run, sign, start = found[1], found[2], found.start(1)
        groups = run.split(sign) if sign else [run]
        after_dot = start > 1 and plain[start - 1] == "." and plain[start - 2].isdigit()
        for count in range(1, len(groups) + 1):
            taken = groups[:count]
            if sum(map(len, taken)) != _DIGITS:
                continue
            is_whole = count == len(groups)
            if after_dot or (sign == "." and not is_whole):
                continue
            if count > 1 and not (is_whole or (count <= 4 and min(map(len, taken)) > 1)):
                continue
            bsn = _bsn("".join(taken), _DIGITS)
            if bsn is not None:
                yield bsn, start, start + _DIGITS + count - 1


def _distinct(found: list[Spelled]) -> tuple[Spelled, ...]:
    """Each value once, as declared where one of them is; problems only where no number was declared."""
    values: dict[Bsn | BsnProblem, Spelled] = {}
    for one in sorted(found, key=lambda one: not one.is_declared):
        values.setdefault(one.value, one)
    return tuple(values.values())
