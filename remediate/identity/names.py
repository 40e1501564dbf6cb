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
    explained = [way.given for way in ways if _is_surname_of(way.surname, name)]
    if explained:
        fits = [(given_names_fit(given, theirs), given) for given in explained]
        best, given = max(fits, key=_merit) if len(fits) > 1 else fits[0]
        return NameComparison(Agreement.AGREES, best, given)
    held = _holds_surname(name) and any(way.surname.core for way in ways)
    given = ways[0].given if ways else ()
    surname = Agreement.DIFFERS if held else Agreement.ABSENT
    return NameComparison(surname, given_names_fit(given, theirs), given)


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
    return _is_form(surname, _forms(name.partner_prefix, name.partner_surname)) or _is_form(
        surname, _forms_together(name)
    )


@lru_cache(maxsize=1 << 15)
def _forms(prefix: str, surname: str) -> Forms:
    return _collected(_spellings(_surname(prefix, surname)))


def _forms_together(name: PersonName) -> Forms:
    own = _spellings(_surname(name.prefix, name.surname))
    partner = _spellings(_surname(name.partner_prefix, name.partner_surname))
    return _collected(
        (core, tuple(sorted(one + other)))
        for (first, one), (second, other) in product(own, partner)
        for core in (first + second, second + first)
    )


def _collected(spellings: Iterable[tuple[str, tuple[str, ...]]]) -> Forms:
    forms: dict[str, set[tuple[str, ...]]] = {}
    for core, prefix in spellings:
        forms.setdefault(core, set()).add(prefix)
    return {core: frozenset(prefixes) for core, prefixes in forms.items()}


def _spellings(part: Surname) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """With its prefix, without, or with the prefix glued on; nothing for an empty surname."""
    if not part.core:
        return ()
    if not part.prefix:
        return ((part.core, ()),)
    return (part.core, ()), (part.core, part.prefix), (part.glued, ())


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


def given_names_fit(ours: tuple[Word, ...], theirs: GivenNames) -> GivenNameAgreement:
    """How given names of a header fit what the other side knows.

    Where the other side knows names in full, they alone decide about a name in full: Paul is not the P. whom the
    EPD calls Piet. Initials fit either.
    """
    if not ours or not (theirs.names or theirs.initials):
        return GivenNameAgreement.ABSENT
    if _in_order(ours, theirs.names):
        in_full = ours == theirs.names and not any(word.short for word in ours)
        return GivenNameAgreement.FULL if in_full else GivenNameAgreement.COMPATIBLE
    only_initials = all(word.short for word in ours)
    knows_names = any(not word.short for word in theirs.names)
    if knows_names and not only_initials:
        return _full_names_fit(ours, theirs)
    sides = [side for side in theirs if side]
    fits = any(_in_order(ours, side) or _joined(ours) == _joined(side) for side in sides)
    if fits or any(_call_name_begins(ours, side[0]) for side in sides):
        return GivenNameAgreement.COMPATIBLE
    return GivenNameAgreement.DIFFERS


def _full_names_fit(ours: tuple[Word, ...], theirs: GivenNames) -> GivenNameAgreement:
    mine = _joined(ours)
    if mine == _joined(theirs.names) or _is_run(mine, theirs.names) or mine == _joined(theirs.initials):
        return GivenNameAgreement.COMPATIBLE
    if len(ours) == 1 and any(is_call_name_of(mine, word.text) for word in theirs.names):
        return GivenNameAgreement.COMPATIBLE
    return GivenNameAgreement.DIFFERS


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
