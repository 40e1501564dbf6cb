"""What kind of difference lies between a header and an EPD record, field by field, for the person who must judge it.

Tells no value and decides nothing: whether fields agree is asked in `checks`. Where they do not, the kind says what
may have happened: a typing error, two fields exchanged, a partner's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from remediate.identity import checks
from remediate.identity.dates import DateProblem, read_da
from remediate.identity.evidence import Evidence
from remediate.identity.given_names import (
    GivenNameAgreement,
    GivenNamePart,
    GivenNames,
    given_names_fit,
    part_that_fits,
)
from remediate.identity.name_readings import NameReading, component_groups, read_surname, readings
from remediate.identity.name_text import words
from remediate.identity.names import compare_names, given_names_of
from remediate.identity.patients import Patient, PersonName, known_names
from remediate.identity.verdicts import MatchingPolicy, MatchReason, Proof

_SHORTEST = 4
"""Words of fewer letters are no slip of each other: Bos is no mistyped Vos."""


class Comparison(StrEnum):
    """How one field of a study compares with the EPD; tells no value."""

    EQUAL = "equal"
    AGREES = "agrees"
    PARTNERS_NAME = "partners-name"
    IN_FULL = "in-full"
    COMPATIBLE = "compatible"
    BY_INITIALS = "by-initials"
    FIRST_NAME = "first-name"
    CALL_NAME = "call-name"
    LATER_NAME = "later-name"  # so brothers and sisters may agree too
    # what differs
    DIFFERS = "differs"
    ONE_LETTER = "one-letter"
    LETTERS_SWAPPED = "letters-swapped"
    HALVES_REVERSED = "halves-reversed"
    PART_IN_COMMON = "part-in-common"
    CUT_OFF = "cut-off"
    PREFIX_DIFFERS = "prefix-differs"
    NAMES_EXCHANGED = "names-exchanged"
    INITIALS_DIFFER = "initials-differ"
    SAME_INITIAL = "same-initial"
    YEAR_BY_ONE = "year-by-one"
    CENTURY = "century"
    YEAR_ONLY = "year-only"
    MONTH_ONLY = "month-only"
    DAY_ONLY = "day-only"
    DAY_AND_MONTH_SWAPPED = "day-and-month-swapped"
    DIGITS_SWAPPED = "digits-swapped"
    OTHER_SEX = "other-sex"
    # what lacks
    ABSENT_IN_STUDY = "absent-in-study"
    ABSENT_IN_EPD = "absent-in-epd"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    TOO_LITTLE = "too-little"  # such as letters that may be a name or initials
    PLACEHOLDER = "placeholder"


_PARTS = {
    GivenNamePart.FIRST: Comparison.FIRST_NAME,
    GivenNamePart.CALL_NAME: Comparison.CALL_NAME,
    GivenNamePart.INITIALS: Comparison.BY_INITIALS,
    GivenNamePart.LATER: Comparison.LATER_NAME,
    GivenNamePart.OTHERWISE: Comparison.COMPATIBLE,
}
"""The most telling first."""
_FITS = (GivenNameAgreement.COMPATIBLE, GivenNameAgreement.FULL)
AGREEING = frozenset(
    {Comparison.EQUAL, Comparison.AGREES, Comparison.PARTNERS_NAME, Comparison.IN_FULL, *_PARTS.values()}
) - {Comparison.LATER_NAME}
"""What is no difference that a person should see."""


def compare_surnames(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Comparison:
    """How two surnames differ, without either of them."""
    answer = checks.surname_agrees(header, patient, policy)
    if answer is MatchReason.NAME_PLACEHOLDER:
        return Comparison.PLACEHOLDER
    if answer is MatchReason.NAME_ABSENT:
        return _absent(any(way.surname.core for way in _ways(header)), bool(patient.name.surname))
    pairs = [(way, name) for way in _ways(header) for name in known_names(patient)]
    if answer is Proof.SURNAME_AGREES:
        cores = {way.surname.core for way in _ways(header)}
        partner, own = _core(patient.name.partner_surname), _core(patient.name.surname)
        return Comparison.PARTNERS_NAME if partner and partner in cores and own not in cores else Comparison.AGREES
    return _first((_surname_kind(way, name) for way, name in pairs), _SURNAME_KINDS)


def compare_given_names(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Comparison:
    """How two given names or initials differ, without either of them."""
    answer = checks.given_name_agrees(header, patient, policy)
    if answer is Proof.GIVEN_NAME_IN_FULL:
        return Comparison.IN_FULL
    if answer is MatchReason.NAME_PLACEHOLDER:
        return Comparison.PLACEHOLDER
    names = known_names(patient)
    ours = compare_names(header.patient_name, names).given_words
    theirs = [given_names_of(name) for name in names]
    if answer is Proof.GIVEN_NAME_AGREES:
        fitting = [found for found in theirs if given_names_fit(GivenNames(ours, ()), found) in _FITS] or theirs
        return _first((_PARTS[part_that_fits(ours, found)] for found in fitting), _PARTS.values())
    if not ours or not any(found.names or found.initials for found in theirs):
        return _absent(bool(ours), any(found.names or found.initials for found in theirs))
    if any(_is_exchanged(way, name) for way in _ways(header) for name in names):
        return Comparison.NAMES_EXCHANGED
    if answer is MatchReason.GIVEN_NAME_ABSENT:
        return Comparison.TOO_LITTLE
    told = [word for found in theirs for word in found.names or found.initials]
    if not ours[0].short and not told[0].short and (slip := _slip(ours[0].text, told[0].text)):
        return slip
    if ours[0].text[0] == told[0].text[0]:
        return Comparison.SAME_INITIAL
    return Comparison.INITIALS_DIFFER if ours[0].short or told[0].short else Comparison.DIFFERS


def compare_birth_dates(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Comparison:
    """How two birth dates differ, without either of them."""
    answer = checks.birth_date_equal(header, patient, policy)
    if answer is Proof.BIRTH_DATE_EQUAL:
        return Comparison.EQUAL
    if answer is MatchReason.BIRTH_DATE_PLACEHOLDER:
        return Comparison.PLACEHOLDER
    ours, theirs = read_da(header.birth_date), patient.birth_date
    if isinstance(ours, DateProblem):
        return Comparison.ABSENT_IN_STUDY if ours is DateProblem.ABSENT else Comparison.UNREADABLE
    return Comparison.ABSENT_IN_EPD if theirs is None else _between(ours, theirs)


def compare_sexes(header: Evidence, patient: Patient, policy: MatchingPolicy) -> Comparison:
    """How two sexes differ."""
    answer = checks.sex_equal(header, patient, policy)
    if answer is MatchReason.SEX_ABSENT:
        return _absent(header.sex.upper() in checks.SEXES, patient.sex in checks.SEXES)
    return Comparison.EQUAL if answer is Proof.SEX_EQUAL else Comparison.OTHER_SEX


def _absent(in_study: bool, in_epd: bool) -> Comparison:
    """On which side a field lacks; on both, or on one that only the comparison knows, it just lacks."""
    if in_study == in_epd:
        return Comparison.ABSENT
    return Comparison.ABSENT_IN_EPD if in_study else Comparison.ABSENT_IN_STUDY


def _between(one: date, other: date) -> Comparison:
    same = (one.year == other.year, one.month == other.month, one.day == other.day)
    if same[0] and (one.month, one.day) == (other.day, other.month):
        return Comparison.DAY_AND_MONTH_SWAPPED
    if _slip(f"{one:%Y%m%d}", f"{other:%Y%m%d}") is Comparison.LETTERS_SWAPPED:
        return Comparison.DIGITS_SWAPPED
    if same == (False, True, True):
        by_years = {1: Comparison.YEAR_BY_ONE, 100: Comparison.CENTURY}
        return by_years.get(abs(one.year - other.year), Comparison.YEAR_ONLY)
    only = {(True, False, True): Comparison.MONTH_ONLY, (True, True, False): Comparison.DAY_ONLY}
    return only.get(same, Comparison.DIFFERS)


_SURNAME_KINDS = (
    Comparison.NAMES_EXCHANGED, Comparison.PREFIX_DIFFERS, Comparison.HALVES_REVERSED, Comparison.LETTERS_SWAPPED,
    Comparison.ONE_LETTER, Comparison.PART_IN_COMMON, Comparison.CUT_OFF,
)  # fmt: skip
"""The most telling first: of several readings and names the one that explains most counts."""


def _first(found: Iterable[Comparison | None], order: Iterable[Comparison]) -> Comparison:
    kinds = set(found)
    return next((kind for kind in order if kind in kinds), Comparison.DIFFERS)


def _surname_kind(way: NameReading, name: PersonName) -> Comparison | None:
    """The kind of difference between a surname as it was read and one name of the EPD; None when they have nothing
    in common."""
    if _is_exchanged(way, name):
        return Comparison.NAMES_EXCHANGED
    ours = way.surname.core
    return _first((_core_kind(ours, way.surname.words, theirs) for theirs in _forms(name)), _SURNAME_KINDS)


def _core_kind(ours: str, words_: tuple[str, ...], theirs: tuple[str, ...]) -> Comparison | None:
    joined = "".join(theirs)
    if not ours or not joined:
        return None
    if ours == joined:
        return Comparison.PREFIX_DIFFERS
    if sorted(words_) == sorted(theirs):
        return Comparison.HALVES_REVERSED
    if slip := _slip(ours, joined):
        return slip
    if any(len(word) >= _SHORTEST for word in {*words_} & {*theirs}):
        return Comparison.PART_IN_COMMON
    short, long = sorted((ours, joined), key=len)
    return Comparison.CUT_OFF if len(short) >= _SHORTEST and long.startswith(short) else None


def _forms(name: PersonName) -> Iterator[tuple[str, ...]]:
    """The words of own surname, partner's, and both."""
    own, partner = _words(name.surname), _words(name.partner_surname)
    yield from filter(None, (own, partner, (*own, *partner) if own and partner else ()))


def _is_exchanged(way: NameReading, name: PersonName) -> bool:
    """Whether the given name stands where the surname belongs, and the other way round."""
    own = {_core(name.surname), _core(name.partner_surname)} - {""}
    given = "".join(word.text for word in way.given)
    return given in own and way.surname.core in {word.text for word in given_names_of(name).names}


def _slip(one: str, other: str) -> Comparison | None:
    """One letter other, too many or too few, or two neighbours exchanged; None for any other difference."""
    if max(len(one), len(other)) < _SHORTEST:
        return None
    if len(one) == len(other):
        at = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        if len(at) == 2 and at[1] == at[0] + 1 and one[at[0]] == other[at[1]] and one[at[1]] == other[at[0]]:
            return Comparison.LETTERS_SWAPPED
        return Comparison.ONE_LETTER if len(at) == 1 else None
    short, long = sorted((one, other), key=len)
    is_one = len(long) - len(short) == 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    return Comparison.ONE_LETTER if is_one else None


def _ways(header: Evidence) -> tuple[NameReading, ...]:
    return tuple(way for group in component_groups(header.patient_name) for way in readings(group))


def _words(text: str) -> tuple[str, ...]:
    return read_surname(tuple(word.text for word in words(text))).words


def _core(text: str) -> str:
    return "".join(_words(text))
