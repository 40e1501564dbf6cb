"""Whether a name in a header is the name of an EPD patient, by rules; never by likeness, and empty never agrees.

Sources: DICOM PS3.5 section 6.2.1 (PN), HL7 v2 FN and XPN data types.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from remediate.identity.given_names import GivenNameAgreement, GivenNames, given_names_fit
from remediate.identity.name_readings import Reading, component_groups, readings
from remediate.identity.name_text import KEPT, PREFIXES, Word, given_words, initial_words, words
from remediate.identity.patients import PersonName
from remediate.identity.surname_forms import holds_surname, is_surname_of, namesake_key

__all__ = [
    "Agreement",
    "GivenNameAgreement",
    "NameComparison",
    "compare_names",
    "given_name_agreement",
    "given_names_compatible",
    "namesake_key",
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


_MERITS = tuple(GivenNameAgreement)
_NOTHING = NameComparison(Agreement.ABSENT, GivenNameAgreement.ABSENT, ())


def surname_agreement(pn: str, name: PersonName) -> Agreement:
    """Whether the surname in DICOM Person Name `pn` is one of the forms of the EPD's name."""
    return compare_names(pn, name).surname


def given_name_agreement(pn: str, name: PersonName) -> GivenNameAgreement:
    """How far the given names or initials in DICOM Person Name `pn` are those of the EPD."""
    return compare_names(pn, name).given


def compare_names(pn: str, name: PersonName) -> NameComparison:
    """Both comparisons at once, under one and the same reading of `pn`; of several groups the one that fits least."""
    groups = component_groups(pn)
    if len(groups) > 1:
        return min((_compare_group(group, name) for group in groups), key=_standing)
    return _compare_group(groups[0], name) if groups else _NOTHING


def _compare_group(group: str, name: PersonName) -> NameComparison:
    theirs = GivenNames(given_words(name.given_names), initial_words(name.initials))
    ways = readings(group)
    explained = [way for way in ways if is_surname_of(way.surname, name)]
    surname = Agreement.AGREES
    if not explained:
        held = holds_surname(name) and any(way.surname.core for way in ways)
        surname = Agreement.DIFFERS if held else Agreement.ABSENT
    fits = [(given_names_fit(way.given, theirs, apart=way.apart), way.given) for way in explained or ways]
    if not fits:
        return NameComparison(surname, GivenNameAgreement.ABSENT, ())
    best, given = max(fits, key=_merit) if len(fits) > 1 else fits[0]
    return NameComparison(surname, best, given)


def _merit(fit: tuple[GivenNameAgreement, tuple[Word, ...]]) -> int:
    return _MERITS.index(fit[0])


def _standing(found: NameComparison) -> tuple[bool, int]:
    return found.surname is Agreement.AGREES, _MERITS.index(found.given)


def surnames_compatible(one: str, other: str, name: PersonName | None = None) -> bool:
    """Whether the surnames of two Person Names may be one person's; an absent one says nothing.

    They share a word, as own and combined name do, or both are forms of `name`, when the EPD's name is known.
    """
    if one == other:
        return True
    mine, theirs = _family_words(one), _family_words(other)
    if not mine or not theirs or mine & theirs:
        return True
    if any(a.surname.core == b.surname.core for a, b in product(_first_readings(one), _first_readings(other))):
        return True
    return name is not None and all(surname_agreement(text, name) is Agreement.AGREES for text in (one, other))


def given_names_compatible(one: str, other: str, name: PersonName | None = None) -> bool:
    """Whether the given names of two Person Names do not contradict each other; an absent one says nothing.

    `name` is the EPD's name when it is known: it tells which words of the texts are given names.
    """
    if one == other:
        return True
    mine, theirs = (_given_of(text, name) for text in (one, other))
    return given_names_fit(mine, GivenNames(theirs, theirs)) is not GivenNameAgreement.DIFFERS


def _given_of(pn: str, name: PersonName | None) -> tuple[Word, ...]:
    if name is not None:
        return compare_names(pn, name).given_words
    ways = _first_readings(pn)
    return ways[0].given if ways else ()


def _first_readings(pn: str) -> tuple[Reading, ...]:
    groups = component_groups(pn)
    return readings(groups[0]) if groups else ()


@lru_cache(maxsize=KEPT)
def _family_words(pn: str) -> frozenset[str]:
    """The words of the family component without prefixes and initials."""
    group = next((text for text in pn.split("=") if text.strip(" ^")), "")
    family = group.partition("^")[0].partition(",")[0]
    return frozenset(word.text for word in words(family) if not word.short and word.text not in PREFIXES)
