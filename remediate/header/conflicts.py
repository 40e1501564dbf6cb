"""Whether an identity inside a sequence is someone else's than the object's own. Errs towards "someone else".

A number only contradicts a number of the same issuer. A person who has two numbers is one person when name and birth
date both agree.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from remediate.header.claims import item_identifiers, top_identifier
from remediate.header.identifiers import Identifier
from remediate.header.layout import Layout
from remediate.header.nested import NestedItem
from remediate.header.tags import OTHER_PATIENT_IDS, PATIENT_BIRTH_DATE, PATIENT_NAME
from remediate.header.texts import decoded, split_values

_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPerson:
    """The object's own identity, as far as an inner one can contradict it."""

    numbers: frozenset[str] = field(repr=False)  # every Patient ID at top level
    issuer: str  # of Patient ID; "" when it names none
    name: frozenset[str] = field(repr=False)  # words of the family name
    birth_date: str = field(repr=False)


def person_of(layout: Layout) -> HeaderPerson:
    """The identity at top level. Raises Refused."""
    identifier = top_identifier(layout)
    others = split_values(layout.value(OTHER_PATIENT_IDS), layout.character_set)
    numbers = {identifier.patient_id, *(item.patient_id for item in item_identifiers(layout))}
    numbers.update(decoded(value, layout.character_set) for value in others)
    return HeaderPerson(
        numbers=frozenset(numbers - {""}),
        issuer=identifier.issuer,
        name=_family_words(layout.text(PATIENT_NAME, is_name=True)),
        birth_date=layout.text(PATIENT_BIRTH_DATE),
    )


def names_another(person: HeaderPerson, item: NestedItem, identifier: Identifier) -> bool:
    """Whether the item's number, name or birth date says that it is about somebody else."""
    name = _family_words(item.text(PATIENT_NAME, is_name=True))
    birth_date = item.text(PATIENT_BIRTH_DATE)
    has_both_names, has_both_dates = bool(name and person.name), bool(birth_date and person.birth_date)
    same_name = has_both_names and bool(name & person.name)
    same_date = has_both_dates and birth_date == person.birth_date
    if (has_both_names and not same_name) or (has_both_dates and not same_date):
        return True
    return _other_number(person, identifier) and not (same_name and same_date)


def _other_number(person: HeaderPerson, identifier: Identifier) -> bool:
    if not identifier.patient_id or not person.numbers or identifier.patient_id in person.numbers:
        return False
    if identifier.claims():
        return False  # it may be a BSN, in whatever spelling; matching compares those with each other
    return not (identifier.issuer and person.issuer) or identifier.issuer == person.issuer


def _family_words(name: str) -> frozenset[str]:
    """The words of the family name complex, without accents and case."""
    plain = unicodedata.normalize("NFKD", name.split("=")[0].split("^")[0]).casefold()
    return frozenset(_WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))
