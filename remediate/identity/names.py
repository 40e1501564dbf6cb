"""Whether a name in a header is the name of an EPD patient, by rules; never by likeness, and empty never agrees.

Sources: DICOM PS3.5 section 6.2.1 (PN), HL7 v2 FN and XPN data types.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from remediate.identity.given_names import GivenNameAgreement, GivenNames, given_names_fit, title_fits
from remediate.identity.name_readings import NameReading, component_groups, readings
from remediate.identity.name_text import (
    KEPT,
    PREFIXES,
    Word,
    folded,
    given_words,
    initial_words,
    row_of_capitals,
    spellings,
    words,
)
from remediate.identity.patients import PersonName
from remediate.identity.surname_forms import holds_surname, is_surname_of

__all__ = [
    "Agreement",
    "GivenNameAgreement",
    "NameComparison",
    "compare_names",
    "given_fit",
    "given_name_agreement",
    "given_names_compatible",
    "given_names_of",
    "name_spellings",
    "surname_agreement",
    "surnames_compatible",
]


class Agreement(StrEnum):
    """How a surname compares."""

    AGREES = "agrees"
    DIFFERS = "differs"
    ABSENT = "absent"  # one of both sides holds none


class NameComparison(NamedTuple):
    """Surname and given names under the reading of the header's text that fits best."""

    surname: Agreement
    given: GivenNameAgreement
    given_words: tuple[Word, ...]  # the given names of the header under that reading


_SURNAME_MERITS = (Agreement.DIFFERS, Agreement.ABSENT, Agreement.AGREES)
_MERITS = tuple(GivenNameAgreement)
_NOTHING = NameComparison(Agreement.ABSENT, GivenNameAgreement.ABSENT, ())


def surname_agreement(pn: str, *names: PersonName) -> Agreement:
    """Whether the surname in DICOM Person Name `pn` is one of the forms of the EPD's names."""
    return compare_names(pn, names).surname


def given_name_agreement(pn: str, *names: PersonName) -> GivenNameAgreement:
    """How far the given names or initials in DICOM Person Name `pn` are those of the EPD."""
    return compare_names(pn, names).given


def compare_names(pn: str, names: tuple[PersonName, ...]) -> NameComparison:
    """Both comparisons at once, under one and the same reading of `pn` and one of the names of a patient.

    Of several component groups the one that fits least counts, of several names and spellings the one that fits best.
    """
    groups = component_groups(pn)
    if len(groups) > 1:
        return min((_compare_group(group, names) for group in groups), key=_standing)
    return _compare_group(groups[0], names) if groups else _NOTHING


def _compare_group(group: str, names: tuple[PersonName, ...]) -> NameComparison:
    if len(names) == 1 and group.isascii() and _is_ascii(names[0]):
        return _compare(group, names[0])
    texts = spellings(group)
    ways = [(text, name) for text in texts for name in names]
    for name in names:  # Müeller is spelled Mueeller so, and no Müller
        ways += [(texts[-1], spelled) for spelled in name_spellings(name)[1:]]
    best = _NOTHING
    for number, (text, name) in enumerate(ways):
        found = _compare(text, name)
        if not number or _standing(found) > _standing(best):
            best = found
        if best.surname is Agreement.AGREES and best.given is GivenNameAgreement.FULL:
            break
    return best


def _compare(group: str, name: PersonName) -> NameComparison:
    theirs = given_names_of(name)
    ways = readings(group)
    explained = [way for way in ways if is_surname_of(way.surname, name)]
    surname = Agreement.AGREES
    if not explained:
        held = holds_surname(name) and any(way.surname.core for way in ways)
        surname = Agreement.DIFFERS if held else Agreement.ABSENT
    fits = [(given_fit(way, theirs), way.given) for way in explained or ways]
    if not fits:
        return NameComparison(surname, GivenNameAgreement.ABSENT, ())
    best, given = max(fits, key=_merit) if len(fits) > 1 else fits[0]
    return NameComparison(surname, best, given)


def name_spellings(name: PersonName) -> tuple[PersonName, ...]:
    """A name as it stands and, where it holds such letters, as systems without diacritics may spell it."""
    if _is_ascii(name):
        return (name,)
    written = (name.surname, name.partner_surname, name.given_names)
    surname, partner_surname, given_names = spelled = tuple(spellings(text)[-1] for text in written)
    if spelled == written:
        return (name,)
    return name, replace(name, surname=surname, partner_surname=partner_surname, given_names=given_names)


def _is_ascii(name: PersonName) -> bool:
    return name.surname.isascii() and name.given_names.isascii() and name.partner_surname.isascii()


def given_names_of(name: PersonName) -> GivenNames:
    """Given names and initials of the EPD, as they are compared.

    Capitals in the place of given names that are the very row of the initials beside them are initials.
    """
    return _given_names(name.given_names, name.initials)


@lru_cache(maxsize=KEPT)
def _given_names(text: str, declared_initials: str) -> GivenNames:
    initials = initial_words(declared_initials)
    row = row_of_capitals(text) if len(text) < 9 else ""
    if len(row) > 1 and row.replace("ij", "y") == "".join(word.text for word in initials).replace("ij", "y"):
        return GivenNames(initials, initials)
    return GivenNames(given_words(text), initials, row)


def given_fit(way: NameReading, theirs: GivenNames) -> GivenNameAgreement:
    """How far the given names under one reading of a header are the EPD's."""
    if way.title:
        return title_fits(way.title, theirs)
    return given_names_fit(GivenNames(way.given, (), way.row), theirs, apart=way.apart)


def _merit(fit: tuple[GivenNameAgreement, tuple[Word, ...]]) -> int:
    return _MERITS.index(fit[0])


def _standing(found: NameComparison) -> tuple[int, int]:
    return _SURNAME_MERITS.index(found.surname), _MERITS.index(found.given)


def surnames_compatible(one: str, other: str, names: tuple[PersonName, ...] = ()) -> bool:
    """Whether the surnames of two Person Names may be one person's; an absent one says nothing.

    They share a word, as own and combined name do, or both are forms of `names`, when the EPD's are known.
    """
    if one == other:
        return True
    mine, theirs = _family_words(one), _family_words(other)
    if not mine or not theirs or mine & theirs:
        return True
    if any(a.surname.core == b.surname.core for a, b in product(_first_readings(one), _first_readings(other))):
        return True
    return bool(names) and all(surname_agreement(text, *names) is Agreement.AGREES for text in (one, other))


def given_names_compatible(one: str, other: str, names: tuple[PersonName, ...] = ()) -> bool:
    """Whether the given names of two Person Names do not contradict each other; an absent one says nothing.

    `names` are the EPD's when they are known: they tell which words of the texts are given names.
    """
    if one == other:
        return True
    mine, theirs = (_given_of(text, names) for text in (one, other))
    return given_names_fit(GivenNames(mine, ()), GivenNames(theirs, theirs)) is not GivenNameAgreement.DIFFERS


def _given_of(pn: str, names: tuple[PersonName, ...]) -> tuple[Word, ...]:
    if names:
        return compare_names(pn, names).given_words
    ways = _first_readings(pn)
    return ways[0].given if ways else ()


def _first_readings(pn: str) -> tuple[NameReading, ...]:
    groups = component_groups(pn)
    return readings(groups[0]) if groups else ()


@lru_cache(maxsize=KEPT)
def _family_words(pn: str) -> frozenset[str]:
    """The words of the family component without prefixes and initials."""
    group = next((text for text in pn.split("=") if text.strip(" ^")), "")
    family = group.partition("^")[0].partition(",")[0]
    return frozenset(folded(word.text) for word in words(family) if not word.short and word.text not in PREFIXES)
