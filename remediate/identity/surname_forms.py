"""Under which surnames the EPD knows someone: own, partner's, or both; reads no header.

With its own prefix or none, or with the prefix glued on; both in either order, with or without hyphen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import permutations, product

from remediate.identity.name_readings import Surname, read_surname
from remediate.identity.name_text import (
    ABBREVIATED_PREFIXES,
    GLUED_PREFIXES,
    KEPT,
    PREFIXES,
    folded,
    is_prefix,
    prefix_words,
    words,
)
from remediate.identity.patients import PersonName

_HYPHEN = re.compile(r"\s*[-/]\s*")
_SEVERAL = re.compile(r"[-/,;()]|\b(?:e\.?\s?/?\s?v|geb|geboren|echtgenote|weduwe|wed)\b\.?", re.IGNORECASE)
"""What stands between two surnames in one field."""

_SHORTEST_SURNAME = 2  # van Os
_MOST_WORDS = 4
"""Without prefixes, in one surname field; of more only the order in which they stand is looked at."""
_MAY_BE_GLUED = sorted(prefix for prefix in PREFIXES | GLUED_PREFIXES.keys() if len(prefix) > 1)
"""A single letter is not taken off: every Smit would be a Mit."""
_BEGINS_WITH_PREFIX = re.compile("|".join(_MAY_BE_GLUED))

Forms = Mapping[str, frozenset[tuple[str, ...]]]
"""Accepted surnames without prefix -> the prefixes that may stand with each."""


@lru_cache(maxsize=KEPT)
def _surname(prefix: str, surname: str) -> Surname:
    """An EPD surname with the prefix that it keeps apart."""
    return _read(tuple(word.text for word in words(surname)), prefix)


def _read(found: tuple[str, ...], prefix: str) -> Surname:
    return read_surname(found, prefix_words(prefix) if found else ())


def holds_surname(name: PersonName) -> bool:
    """Whether the EPD holds an own or a partner's surname."""
    own, partner = _surname(name.prefix, name.surname), _surname(name.partner_prefix, name.partner_surname)
    return bool(own.core or partner.core)


def is_surname_of(surname: Surname, name: PersonName) -> bool:
    """Whether a surname is the EPD's own, the partner's, or both in either order."""
    if _is_form(surname, _forms(name.prefix, name.surname)):
        return True
    if not name.partner_surname:
        return False
    partner = (name.partner_prefix, name.partner_surname)
    return _is_form(surname, _forms(*partner)) or _is_form(
        surname, _forms_together(name.prefix, name.surname, *partner)
    )


@lru_cache(maxsize=KEPT)
def _forms(prefix: str, surname: str) -> Forms:
    found = _spellings(prefix, surname)
    halves = _HYPHEN.split(surname) if "-" in surname or "/" in surname else ()
    if len(halves) == 2:  # Jansen-de Vries is also de Vries-Jansen: systems disagree whose name goes first
        found += (*_spellings(prefix, " ".join(reversed(halves))), *_together(prefix, halves[0], "", halves[1]))
    return _collected(found)


@lru_cache(maxsize=1 << 12)
def _forms_together(prefix: str, surname: str, partner_prefix: str, partner_surname: str) -> Forms:
    return _collected(_together(prefix, surname, partner_prefix, partner_surname))


def _together(prefix: str, surname: str, second_prefix: str, second: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Two surnames in either order, each in its own spelling: Vandenbosch-de Graaf too."""
    sides = _spellings_beside(prefix, surname), _spellings_beside(second_prefix, second)
    for (one, before), (other, between) in product(*sides):
        for core in (one + other, other + one):
            if core:
                yield core, tuple(sorted(before + between))


def _collected(spellings: Iterable[tuple[str, tuple[str, ...]]]) -> Forms:
    forms: dict[str, set[tuple[str, ...]]] = {}
    for core, prefix in spellings:
        forms.setdefault(core, set()).add(prefix)
    return {core: frozenset(prefixes) for core, prefixes in forms.items()}


def _spellings(prefix: str, surname: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """With all its prefixes, without any, without those before it, or glued on; nothing for an empty surname."""
    part = _surname(prefix, surname)
    if not part.core:
        return ()
    if not part.prefix:
        return ((part.core, ()),)
    inner = _surname("", _without_leading(surname)).prefix  # Stael de Jonge, who is van der Stael de Jonge
    found = (part.core, ()), (part.core, part.prefix), (part.core, inner), (part.glued, ())
    unlisted = tuple(word for word in prefix_words(prefix) if word not in PREFIXES) if prefix else ()
    if not unlisted:
        return found
    listed = tuple(sorted(word for word in part.prefix if word not in unlisted))
    behind = (part.core + "".join(unlisted), listed)  # Ali Ben, of whom the EPD says that Ben is a prefix
    return (*found, behind, ("".join(unlisted) + part.core, listed))


def _without_leading(surname: str) -> str:
    """A surname without the prefixes that a registration put into the same field."""
    found = words(surname)
    start = next((at for at, word in enumerate(found) if not is_prefix(word)), 0)
    return " ".join(word.text for word in found[start:])


def _spellings_beside(prefix: str, surname: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The same beside another surname, where a name such as Le or Van looks like one more prefix."""
    found, part = _spellings(prefix, surname), _surname(prefix, surname)
    return (*found, ("", (*part.prefix, part.core))) if part.core in PREFIXES else found


def _is_form(surname: Surname, forms: Mapping[str, frozenset[tuple[str, ...]]]) -> bool:
    """Whether a surname is an accepted form; a prefix of its own must be that form's, v.d. any that it shortens."""
    allowed = forms.get(surname.core, frozenset())
    if surname.prefix in allowed or () in forms.get(surname.glued, ()):  # Van den Berg where the EPD has Vandenberg
        return True
    if not allowed or not surname.prefix:
        return False
    letters = _first_letters(surname.prefix)
    return any(
        letters == _first_letters(prefix)
        for prefix in allowed
        if prefix and (_is_abbreviated(surname.prefix) or _is_abbreviated(prefix))
    )


@lru_cache(maxsize=KEPT)
def keys_of_reading(surname: Surname) -> tuple[str, ...]:
    """Under which keys a surname in a header may be found among `keys_of_name`, as loosely as a contradiction asks."""
    bare = _bare(surname.words)
    if bare == (surname.core,) == (surname.glued,):
        return (folded(surname.core),)
    return tuple({folded(text) for text in (surname.core, surname.glued, *bare)})


def keys_of_name(name: PersonName) -> frozenset[str]:
    """Keys of every surname that may stand in a header for this name: if it is one of them, a key is shared.

    Looser than `is_surname_of`: with whatever prefix, also where it is glued on here or there, and of several surnames
    in a field, of which the EPD does not tell whose each is, one alone or some in another order: Jansen for Jansen-de
    Vries or Bakker e/v Jansen.
    """
    own, partner = (name.prefix, name.surname), (name.partner_prefix, name.partner_surname)
    several = _keys_of_several(name.surname, name.partner_surname)
    if not name.partner_surname:
        return _keys(*own) | several
    return _keys(*own) | _keys(*partner) | _keys_together(*own, *partner) | several


@lru_cache(maxsize=KEPT)
def _keys(prefix: str, surname: str) -> frozenset[str]:
    found = set(_forms(prefix, surname))
    apart = [part for part in _SEVERAL.split(surname) if part.strip()]
    if len(apart) > 1:
        found.update(core for part in apart for core, _ in _spellings("", part))
    single = [word.text for word in words(surname) if not word.short and not is_prefix(word)]
    found.update(*map(_without_glued, single), _in_any_order(prefix, surname))
    return frozenset(folded(text) for text in found if text)


@lru_cache(maxsize=1 << 12)
def _keys_together(prefix: str, surname: str, partner_prefix: str, partner_surname: str) -> frozenset[str]:
    found = set(_forms_together(prefix, surname, partner_prefix, partner_surname))
    bare = _bare(_surname(prefix, surname).words), _bare(_surname(partner_prefix, partner_surname).words)
    found.update(core for one, other in product(*bare) for core in (one + other, other + one))
    return frozenset(folded(text) for text in found if text)


def _in_any_order(prefix: str, surname: str) -> Iterator[str]:
    """What may be two surnames in one field with either first, each with its prefixes, with some of them, or bare.

    A space between them tells no more than a hyphen: Bosch de Graaf is also Degraaf-Vandenbosch.
    """
    whole = _surname(prefix, surname).words
    yield from _bare(whole)
    found = tuple(word.text for word in words(surname))
    for at in range(1, len(found) if len(whole) <= _MOST_WORDS else 1):
        first, second = _read(found[:at], prefix), _read(found[at:], "")
        if first.words and second.words:
            sides = [(part.core, part.glued, *_bare(part.words)) for part in (first, second)]
            yield from (text for one, other in product(*sides) for text in (one + other, other + one))


def _bare(found: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a surname run together, each as it is and without prefixes glued onto it: Vandenbosch is Bosch."""
    if len(found) > _MOST_WORDS or not any(map(_BEGINS_WITH_PREFIX.match, found)):
        return ("".join(found),)
    return tuple("".join(parts) for parts in product(*map(_without_glued, found)))


@lru_cache(maxsize=KEPT)
def _without_glued(word: str) -> frozenset[str]:
    """A word, and what is left of it when prefixes that it may begin with are off, in every way: Vandenbosch is Bosch.

    Without fewer of them too, so that what is left of van + Nijs is always among what is left of Vannijs.
    """
    left = [word[len(prefix) :] for prefix in _MAY_BE_GLUED if word.startswith(prefix)]
    return frozenset({word}).union(*(_without_glued(text) for text in left if len(text) >= _SHORTEST_SURNAME))


@lru_cache(maxsize=1 << 12)
def _keys_of_several(surname: str, partner_surname: str) -> frozenset[str]:
    """Two or three words of several surnames in any order: Lopez Garcia is Garcia-Lopez, and Garcia-Jansen by marriage.

    Of no more than the first four words: what has more is no surname.
    """
    found = [word.text for word in words(f"{surname} {partner_surname}") if not word.short and not is_prefix(word)][:4]
    return frozenset(folded("".join(some)) for count in (2, 3) for some in permutations(found, count))


def _first_letters(prefix: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(word[0] for word in prefix))


def _is_abbreviated(prefix: tuple[str, ...]) -> bool:
    """Whether a prefix holds v. or d."""
    return not ABBREVIATED_PREFIXES.isdisjoint(prefix)
