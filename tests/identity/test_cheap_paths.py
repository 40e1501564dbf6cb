"""The cheap ways of reading names against the plain ones that they stand for: the same answer to every text."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.identity.name_readings import readings
from remediate.identity.name_text import canonical, canonical_phrase, words
from remediate.identity.patients import PersonName
from remediate.identity.placeholders import holds_placeholder
from remediate.identity.surname_forms import is_surname_of
from remediate.identity.verdicts import PLACEHOLDER_NAMES

PIECES = [
    "Jansen", "JANSEN", "van", "der", "de", "v.d.", "vd", "Vries", "d'", "IJ", "ÿ", "ø", "Müller", "Berg", "-", " - ",
    "'", ".", ",", "^", " ", "=", "P.", "J", "Petra", "geb.", "e/v", "Jr.", "dr", "test", "N.N.", "zoon van", "zoon",
    "onbekend", "baby2", "＾", "_", "(", ")", "Le", "ten", "ij", "i'j",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)
surnames = st.sampled_from(["", "Jansen", "de Vries", "Le", "Müller", "IJsselstein", "Stael de Jonge", "Berg", "-"])
prefixes = st.sampled_from(["", "van", "van der", "de", "d'", "v.d.", "ten"])
names = st.builds(PersonName, surname=surnames, prefix=prefixes, partner_surname=surnames, partner_prefix=prefixes)


def plainly_holds_placeholder(text: str, placeholders: frozenset[str]) -> bool:
    """Every phrase looked for in the whole text, as whole words, or as the family name component run together."""
    plain = canonical(text)
    family = re.sub(r"[\W_]+", "", plain.partition("^")[0])
    phrases = {canonical_phrase(phrase) for phrase in placeholders} - {""}
    patterns = (phrase.replace(" ", r"[\W_]+") for phrase in phrases)
    inside = (re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", plain) for pattern in patterns)
    return any(inside) or family in {phrase.replace(" ", "") for phrase in phrases}


@settings(max_examples=200)
@given(texts)
def test_placeholders_are_found_as_by_looking_for_each(text: str) -> None:
    assert holds_placeholder(text, PLACEHOLDER_NAMES) is plainly_holds_placeholder(text, PLACEHOLDER_NAMES)


@settings(max_examples=200)
@given(texts, names)
def test_a_surname_needs_no_more_forms_than_are_asked_for(text: str, name: PersonName) -> None:
    """Own, partner's and both in one: which of them is looked at first is nothing."""
    turned = PersonName(
        surname=name.partner_surname,
        prefix=name.partner_prefix,
        partner_surname=name.surname,
        partner_prefix=name.prefix,
    )
    for way in readings(text):
        assert is_surname_of(way.surname, name) is is_surname_of(way.surname, turned)
        alone = [PersonName(surname=s, prefix=p) for s, p in _parts(name)]
        if any(is_surname_of(way.surname, one) for one in alone):
            assert is_surname_of(way.surname, name)


def _parts(name: PersonName) -> list[tuple[str, str]]:
    return [(name.surname, name.prefix), (name.partner_surname, name.partner_prefix)]


@given(texts)
def test_canonical_text_is_canonical(text: str) -> None:
    """What was read once may be read again: components are taken apart before and after."""
    assert canonical(canonical(text)) == canonical(text)


@given(texts)
def test_a_word_alone_is_read_as_among_others(text: str) -> None:
    """The short way for a text of letters only."""
    for word in words(text):
        assert words(f"{word.text} 1")[0].text == words(word.text)[0].text


@given(texts, texts)
def test_canonical_components_are_components_of_the_canonical_text(one: str, other: str) -> None:
    assert canonical(f"{one}^{other}") == f"{canonical(one)}^{canonical(other)}"
