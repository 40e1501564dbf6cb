"""Whether two records of a hospital number tell of one person; strict, because another word of the EPD settles it.

Asked when what an EPD says about a number changes and it does not tell the BSN again. A correction of spelling, a name
written in full, a partner's name are the same person; another given name, birth date or sex is not, since a twin or
whoever gets the number next differs in no more. What one of both does not hold says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from remediate.identity.name_text import Word, canonical_phrase, given_words, initial_words
from remediate.identity.names import Agreement, surname_agreement
from remediate.identity.patients import PersonName

_SPELLINGS = (
    ("sch", "s"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("ch", "k"), ("c", "k"), ("z", "s"), ("ie", "i"), ("y", "i"),
)  # fmt: skip
_DOUBLED = re.compile(r"(.)\1")
_LONG_ENOUGH = 5
"""Letters of a surname from which one of them may be a slip of the pen: Bos and Vos are two families."""


class Identity(NamedTuple):
    """Who a record is about, so far as it says; "" and an empty name for what it does not."""

    birth_date: str = ""
    sex: str = ""
    names: tuple[PersonName, ...] = ()  # the name, and the other names that the same record knows

    def __repr__(self) -> str:
        return "Identity(...)"


def may_be_one_person(one: Identity, other: Identity) -> bool:
    """Whether nothing that both records hold makes them two people."""
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        return False
    if one.sex and other.sex and one.sex != other.sex:
        return False
    if one.names == other.names or not one.names or not other.names:
        return True
    given = _given_names_agree(one.names[0], other.names[0])
    if given is False:
        return False
    pairs = [(a, b) for a in one.names for b in other.names]
    if any(_share_a_surname(a, b) for a, b in pairs):
        return True
    return given is True and any(_misspelled(a.surname, b.surname) for a, b in pairs)


def _share_a_surname(one: PersonName, other: PersonName) -> bool:
    """Whether the own or the partner's surname of one is a form of the other's; an empty one says nothing."""
    mine, theirs = _surnames(one), _surnames(other)
    if not mine or not theirs:
        return True
    return any(surname_agreement(text, other) is Agreement.AGREES for text in mine) or any(
        surname_agreement(text, one) is Agreement.AGREES for text in theirs
    )


def _surnames(name: PersonName) -> list[str]:
    parts = ((name.prefix, name.surname), (name.partner_prefix, name.partner_surname))
    return [f"{prefix} {surname}".strip() for prefix, surname in parts if surname]


def _given_names_agree(one: PersonName, other: PersonName) -> bool | None:
    """False: other given names. True: the first is written in full on both sides, and alike. None: too little said."""
    mine, theirs = _given(one), _given(other)
    in_full = False
    for at, (ours, other_word) in enumerate(zip(mine, theirs, strict=False)):
        if ours.short or other_word.short:
            if not (ours.text.startswith(other_word.text) or other_word.text.startswith(ours.text)):
                return False
        elif as_heard(ours.text) != as_heard(other_word.text) and not _swapped(ours.text, other_word.text):
            return False
        else:
            in_full = in_full or at == 0
    return True if in_full else None


def _given(name: PersonName) -> tuple[Word, ...]:
    words = given_words(name.given_names) or initial_words(name.initials)
    return tuple(Word(part, word.short) for word in words for part in word.text.split("-") if part)


def as_heard(text: str) -> str:
    """One text for spellings that sound alike: Stephan and Stefan, Visscher and Visser."""
    for written, heard in _SPELLINGS:
        text = text.replace(written, heard)
    return _DOUBLED.sub(r"\1", text)


def _swapped(one: str, other: str) -> bool:
    """Whether two letters that stand together changed places."""
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) != len(other) or len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    first, second = differ
    return one[first] == other[second] and one[second] == other[first]


def _misspelled(one: str, other: str) -> bool:
    """Whether they sound alike, or one letter was left out, added, exchanged or swapped, in surnames of some length."""
    short, long = sorted((canonical_phrase(one), canonical_phrase(other)), key=len)
    if len(short) < _LONG_ENOUGH:
        return False
    if as_heard(short) == as_heard(long):
        return True
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) <= 1 or _swapped(short, long)
    return any(short == long[:at] + long[at + 1 :] for at in range(len(long)))
