"""Whether a name in a header is the name of an EPD patient, by rules; never by likeness, and empty never agrees.

Surname: own, partner's, or both in either order, with or without hyphen, with its own prefix or none. Given names:
in full, by initials, as one of several, or by a usual call name. Sources: DICOM PS3.5 section 6.2.1 (PN), HL7 v2
FN and XPN data types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from remediate.identity.call_names import BAPTISMAL_NAMES, is_call_name_of
from remediate.identity.name_text import (
    PREFIXES,
    Surname,
    Word,
    given_words,
    initial_words,
    is_abbreviated,
    prefix_words,
    read_surname,
    readings,
    words,
)
from remediate.identity.patients import PersonName


class Agreement(StrEnum):
    """How a surname compares."""

    AGREES = "agrees"
    DIFFERS = "differs"
    ABSENT = "absent"  # one of both sides holds none


class GivenNameAgreement(StrEnum):
    """How given names compare; later members prove more."""

    DIFFERS = "differs"
    ABSENT = "absent"  # one of both sides holds neither given name nor initial
    COMPATIBLE = "compatible"  # initials, one of several names, or a call name
    FULL = "full"  # every given name, written in full and alike on both sides


class NameComparison(NamedTuple):
    """Surname and given names under the reading of the header's text that fits best."""

    surname: Agreement
    given: GivenNameAgreement
    given_words: tuple[Word, ...]  # the given names of the header under that reading


class GivenNames(NamedTuple):
    """What one side knows of given names."""

    names: tuple[Word, ...]
    initials: tuple[Word, ...]  # as a field of their own holds them


_MERITS = tuple(GivenNameAgreement)


def surname_agreement(pn: str, name: PersonName) -> Agreement:
    """Whether the surname in DICOM Person Name `pn` is one of the forms of the EPD's name."""
    return compare_names(pn, name).surname


def given_name_agreement(pn: str, name: PersonName) -> GivenNameAgreement:
    """How far the given names or initials in DICOM Person Name `pn` are those of the EPD."""
    return compare_names(pn, name).given


def compare_names(pn: str, name: PersonName) -> NameComparison:
    """Both comparisons at once, under one and the same reading of `pn`."""
    theirs = GivenNames(given_words(name.given_names), initial_words(name.initials))
    ways = readings(pn)
    explained = [way for way in ways if _is_surname_of(way.surname, name)]
    surname = Agreement.AGREES
    if not explained:
        held = _holds_surname(name) and any(way.surname.core for way in ways)
        surname = Agreement.DIFFERS if held else Agreement.ABSENT
    fits = [(given_names_fit(way.given, theirs, apart=way.apart), way.given) for way in explained or ways]
    if not fits:
        return NameComparison(surname, GivenNameAgreement.ABSENT, ())
    best, given = max(fits, key=_merit) if len(fits) > 1 else fits[0]
    return NameComparison(surname, best, given)


def _merit(fit: tuple[GivenNameAgreement, tuple[Word, ...]]) -> int:
    return _MERITS.index(fit[0])


def surnames_compatible(one: str, other: str, name: PersonName | None = None) -> bool:
    """Whether the surnames of two Person Names may be one person's; an absent one says nothing.

    They share a word, as own and combined name do, or both are forms of `name`, when the EPD's name is known.
    """
    if one == other:
        return True
    mine, theirs = _family_words(one), _family_words(other)
    if not mine or not theirs or mine & theirs:
        return True
    if any(a.surname.core == b.surname.core for a, b in product(readings(one), readings(other))):
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
    ways = readings(pn)
    return ways[0].given if ways else ()


def namesake_key(name: PersonName) -> str:
    """Canonical own surname without prefix: with birth date and sex it finds twins. "" is nobody's namesake."""
    return _surname(name.prefix, name.surname).core


@lru_cache(maxsize=1 << 15)
def _surname(prefix: str, surname: str) -> Surname:
    """An EPD surname with the prefix that it keeps apart."""
    found = tuple(word.text for word in words(surname))
    return read_surname(found, prefix_words(prefix) if found else ())


def _holds_surname(name: PersonName) -> bool:
    own, partner = _surname(name.prefix, name.surname), _surname(name.partner_prefix, name.partner_surname)
    return bool(own.core or partner.core)


Forms = Mapping[str, frozenset[tuple[str, ...]]]
"""Accepted surnames without prefix -> the prefixes that may stand with each."""


def _is_surname_of(surname: Surname, name: PersonName) -> bool:
    """Whether a surname is the EPD's own, the partner's, or both in either order."""
    if _is_form(surname, _forms(name.prefix, name.surname)):
        return True
    if not name.partner_surname:
        return False
    partner = (name.partner_prefix, name.partner_surname)
    return _is_form(surname, _forms(*partner)) or _is_form(
        surname, _forms_together(name.prefix, name.surname, *partner)
    )


@lru_cache(maxsize=1 << 15)
def _forms(prefix: str, surname: str) -> Forms:
    return _collected(_spellings(prefix, surname))


@lru_cache(maxsize=1 << 12)
def _forms_together(prefix: str, surname: str, partner_prefix: str, partner_surname: str) -> Forms:
    own, partner = _spellings_beside(prefix, surname), _spellings_beside(partner_prefix, partner_surname)
    return _collected(
        (core, tuple(sorted(one + other)))
        for (first, one), (second, other) in product(own, partner)
        for core in (first + second, second + first)
        if core
    )


def _collected(spellings: Iterable[tuple[str, tuple[str, ...]]]) -> Forms:
    forms: dict[str, set[tuple[str, ...]]] = {}
    for core, prefix in spellings:
        forms.setdefault(core, set()).add(prefix)
    return {core: frozenset(prefixes) for core, prefixes in forms.items()}


def _spellings(prefix: str, surname: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """With all its prefixes, without any, without the one before it, or glued on; nothing for an empty surname."""
    part = _surname(prefix, surname)
    if not part.core:
        return ()
    if not part.prefix:
        return ((part.core, ()),)
    inner = _surname("", surname).prefix  # Stael de Jonge, who is van der Stael de Jonge
    return (part.core, ()), (part.core, part.prefix), (part.core, inner), (part.glued, ())


def _spellings_beside(prefix: str, surname: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The same beside another surname, where a name such as Le or Van looks like one more prefix."""
    found, part = _spellings(prefix, surname), _surname(prefix, surname)
    return (*found, ("", (*part.prefix, part.core))) if part.core in PREFIXES else found


def _is_form(surname: Surname, forms: Mapping[str, frozenset[tuple[str, ...]]]) -> bool:
    """Whether a surname is an accepted form; a prefix of its own must be that form's, v.d. any that it shortens."""
    allowed = forms.get(surname.core, frozenset())
    if surname.prefix in allowed or () in forms.get(surname.glued, ()):  # Van den Berg where the EPD has Vandenberg
        return True
    letters = _first_letters(surname.prefix)
    return any(
        letters == _first_letters(prefix)
        for prefix in allowed
        if prefix and (is_abbreviated(surname.prefix) or is_abbreviated(prefix))
    )


def _first_letters(prefix: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(word[0] for word in prefix))


def given_names_fit(ours: tuple[Word, ...], theirs: GivenNames, *, apart: bool = True) -> GivenNameAgreement:
    """How given names of a header fit what the other side knows.

    Where the other side knows names in full, they alone decide about a name in full: Paul is not the P. whom the
    EPD calls Piet. Initials fit either. Unless they stand `apart` from the surname, no name may be left over that the
    other side does not know: it may be a surname.
    """
    names, initials = theirs
    if not ours or not (names or initials):
        return GivenNameAgreement.ABSENT
    if _in_order(ours, names) and (apart or _no_name_left(ours, names) or _spelled_out(ours, initials)):
        return GivenNameAgreement.FULL if _in_full(ours, names) else GivenNameAgreement.COMPATIBLE
    only_initials = all(word.short for word in ours)
    knows_names = any(not word.short for word in names)
    if knows_names and not only_initials:
        return _full_names_fit(ours, theirs)
    sides = [side for side in theirs if side and (apart or _no_name_left(ours, side))]
    fits = any(_in_order(ours, side) or _joined(ours) == _joined(side) for side in sides)
    if fits or _in_order_word_by_word(ours, theirs) or any(_call_name_begins(ours, side[0]) for side in sides):
        return GivenNameAgreement.COMPATIBLE
    return GivenNameAgreement.DIFFERS


def _full_names_fit(ours: tuple[Word, ...], theirs: GivenNames) -> GivenNameAgreement:
    mine = _joined(ours)
    if mine == _joined(theirs.names):
        return GivenNameAgreement.FULL if _in_full(ours, theirs.names) else GivenNameAgreement.COMPATIBLE
    if _is_run(mine, theirs.names) or mine in _rows_of_initials(theirs):
        return GivenNameAgreement.COMPATIBLE
    if len(ours) == 1 and any(is_call_name_of(mine, word.text) for word in theirs.names):
        return GivenNameAgreement.COMPATIBLE
    fits = _in_order_word_by_word(ours, GivenNames(theirs.names, ()))
    return GivenNameAgreement.COMPATIBLE if fits else GivenNameAgreement.DIFFERS


def _in_order_word_by_word(ours: tuple[Word, ...], theirs: GivenNames) -> bool:
    """The same with a hyphen read as a space: Jean-Pierre is J.P. as well as J."""
    if not any("-" in word.text for word in (*ours, *theirs.names)):
        return False
    mine = _without_hyphens(ours)
    sides = (_without_hyphens(theirs.names), theirs.initials)
    return any(_in_order(mine, side) and _no_name_left(mine, side) for side in sides)


def _without_hyphens(found: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(Word(text, word.short) for word in found for text in word.text.split("-") if text)


def _rows_of_initials(theirs: GivenNames) -> tuple[str, ...]:
    """As `AM` and `ABM` stand in headers without any stop: as the EPD has them, and as follow from its names."""
    rows = (theirs.names, _without_hyphens(theirs.names))
    return _joined(theirs.initials), *("".join(word.text[0] for word in row).replace("ij", "y") for row in rows)


def _in_full(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> bool:
    """Whether these are the same names, none of them shortened; Anne-Marie and Anne Marie are one."""
    return (ours == theirs or _joined(ours) == _joined(theirs)) and not any(word.short for word in (*ours, *theirs))


def _no_name_left(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> bool:
    return all(word.short for word in ours[len(theirs) :])


def _spelled_out(ours: tuple[Word, ...], initials: tuple[Word, ...]) -> bool:
    """Whether there is an initial for every name."""
    return len(ours) <= len(initials) and _in_order(ours, initials)


def _joined(found: tuple[Word, ...]) -> str:
    return "".join(word.text for word in found).replace("-", "").replace("ij", "y")


def _in_order(ours: tuple[Word, ...], theirs: tuple[Word, ...]) -> bool:
    """Each word equals the other's at its place, or shortens it; the longer row may go on."""
    for (text, short, _), (other, other_short, _) in zip(ours, theirs, strict=False):
        if text == other or (short and other.startswith(text)) or (other_short and text.startswith(other)):
            continue
        return False
    return bool(theirs)


def _is_run(mine: str, theirs: tuple[Word, ...]) -> bool:
    """Whether a text is some of the names, in their order: the second given name, or Annemarie for Anne Marie."""
    count = len(theirs)
    return any(
        mine == _joined(theirs[start:end])
        for start in range(count)
        for end in range(start + 1, count + 1)
        if not theirs[start].short
    )


def _call_name_begins(ours: tuple[Word, ...], initial: Word) -> bool:
    """Where only initials are known: Kees fits C., because Kees is Cornelis."""
    if len(ours) != 1 or not initial.short:
        return False
    return any(name.startswith(initial.text) for name in BAPTISMAL_NAMES.get(ours[0].text, ()))


@lru_cache(maxsize=1 << 15)
def _family_words(pn: str) -> frozenset[str]:
    """The words of the family component without prefixes and initials."""
    group = next((text for text in pn.split("=") if text.strip(" ^")), "")
    family = group.partition("^")[0].partition(",")[0]
    return frozenset(word.text for word in words(family) if not word.short and word.text not in PREFIXES)
