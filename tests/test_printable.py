"""Text from outside is safe wherever it leaves, and says no more and no less than it did."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.texts.printable import (
    one_line,
    person_name,
    printable,
    printable_cell,
    printable_json,
    resembles,
    same_name,
)

UNSEEN = (
    "\0", "\x07", "\x1b", "\t", "\n", "\v", "\r", "\x7f", "\x85", "\x9b", "\xad", "\u034f", "\u061c", "\u115f",
    "\u180e", "\u200b", "\u200d", "\u200e", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069",
    "\u2800", "\u3164", "\ud800", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\uffff", "\U000e0001", "\U000e0041",
    "\U000e0100",
)  # fmt: skip


@pytest.mark.parametrize("sign", UNSEEN, ids=lambda sign: f"U+{ord(sign):04X}")
def test_what_cannot_be_seen_is_shown_as_an_escape(sign: str) -> None:
    shown = printable(f"1{sign}2")
    assert sign not in shown
    assert shown.startswith("1\\")
    assert shown.endswith("2")
    assert sign not in printable_json({sign: [sign]})
    assert sign not in one_line(f"1{sign}2")
    assert sign not in printable_cell(sign)


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_unseen_is_left_and_what_is_seen_stays(text: str) -> None:
    shown = printable(text)
    assert all(sign.isprintable() or unicodedata.category(sign) == "Zs" for sign in shown)
    assert printable(shown) == shown
    shown.encode()  # halves of surrogate pairs would raise
    if text.isascii() and text.isprintable():
        assert shown == text


@given(
    st.recursive(st.text(st.characters(exclude_categories=())), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
)
def test_a_document_says_what_it_said(document: object) -> None:
    for text in (printable_json(document), printable_json(document, indent=2)):
        assert json.loads(text) == document
        assert all(sign.isprintable() or sign == "\n" or unicodedata.category(sign) == "Zs" for sign in text)


@given(st.text(st.characters(exclude_categories=())))
def test_no_cell_is_a_formula_or_a_second_line(text: str) -> None:
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="").writerow([printable_cell(text), "x"])
    (row,) = csv.reader(io.StringIO(line.getvalue()), delimiter=";")
    assert len(row) == 2
    assert not row[0].lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\u200b=1", "\uff1d1", "\n=1"])
def test_formulas_are_cells(formula: str) -> None:
    assert printable_cell(formula)[0] in "'\\"


@pytest.mark.parametrize(
    "typed",
    [
        "Andr\u00e9 de Vries",
        "Andre\u0301 de Vries",
        " Andr\u00e9\u200b  de\tVries\n",
        "\ufeffAndr\u00e9\u00a0de\u2028Vries",
    ],
)
def test_one_person_is_one_name(typed: str) -> None:
    assert person_name(typed) == "Andr\u00e9 de Vries"


@pytest.mark.parametrize(
    "typed", ["J\u0430n Jansen", "\u0410. Jansen", "Jan Jan\u03b5n", "", " ", "\u200b", "1234", "--"]
)
def test_what_is_no_name_or_looks_like_another_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"name|alike"):
        person_name(typed)


@pytest.mark.parametrize(
    "typed",
    ["\u0418\u0432\u0430\u043d", "\u039c\u03b1\u03c1\u03af\u03b1", "Zo\u00eb \u00c7elik-\u0141", "A. Reviewer 2"],
)
def test_names_of_one_script_are_names(typed: str) -> None:
    assert person_name(typed) == typed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Andr\u00e9 Visser", "ANDRE\u0301  visser"), ("Andr\u00e9 Visser", "Visser, Andre."),
        ("Jan Visser", "Jan V\u0131sser"), ("Anna Bos", "\u1d00nna Bos"), ("Anna Bos", "\U0001d400nna Bos"),
        ("S\u00f8ren Bos", "Soren Bos"), ("J.P. Bos", "J. P. Bos"),
    ],
)  # fmt: skip
def test_one_person_is_not_two_by_another_spelling(one: str, other: str) -> None:
    assert same_name(one, other)
    assert not same_name(one, f"{other} jr")


def spellings(given: tuple[str, ...], prefix: str, surname: str) -> list[str]:
    """One person's name in the ways in which people type it."""
    dotted, joined = "".join(f"{name[0]}." for name in given), "".join(name[0] for name in given)
    firsts = (" ".join(given), given[0], f"{given[0][0]}.", dotted, joined)
    written = [f"{first} {prefix} {surname}" for first in firsts]
    written += [f"{surname}, {first} {prefix}" for first in firsts]
    return [*written, *map(str.upper, written), f"{joined.lower()} {surname.lower()}", surname]


GIVEN = st.lists(st.sampled_from(("Jan", "Ren\u00e9e", "Ad", "\u00d8yvind", "Piet-Hein", "Bo")), min_size=1, max_size=3)


@given(GIVEN, st.sampled_from(("", "van der", "de", "'t")), st.sampled_from(("Visser", "\u015eahin", "Bos")))
def test_every_spelling_of_one_name_is_the_same_or_resembles(given_names: list[str], prefix: str, surname: str) -> None:
    written = list(dict.fromkeys(spellings(tuple(given_names), prefix, surname)))
    for one, other in combinations_with_replacement(written, 2):
        assert same_name(one, other) or resembles(one, other) or one.casefold() == other.casefold(), (one, other)
        assert resembles(one, other) == resembles(other, one)
    for one in written:
        assert not resembles(one, "C. Kuiper"), one
        assert one == surname or not resembles(one, f"Wim {surname}"), one


@pytest.mark.parametrize(
    ("one", "other"), [("Jan Visser", "Piet Visser"), ("Jan Visser", "Jan Vermeer"), ("J. de Vries", "P. de Groot")]
)
def test_another_persons_name_does_not_resemble(one: str, other: str) -> None:
    assert not resembles(one, other)


@pytest.mark.parametrize(
    "typed", ["\u13aandr\u00e9 Visser", "Andr\u00e9 \u142fisser", "\u0391nna Bos", "Anna \u0412os"]
)
def test_letters_of_any_script_that_look_alike_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="alike"):
        person_name(typed)
