"""The filter on foreign text, against lists of persons and places that it was not made from."""

from __future__ import annotations

import re

import pytest

from remediate.measure.names import MASKED, shown_name, shown_reason
from tests.measure.foreign_texts import BARE, PERSONS, PLACES

_OUR_WORDS = {"radiologie", "afdeling", "huisarts", "patient", "echo"}
_SMALL = {"jansen jan", "jan jansen"}  # nothing tells them from the words of a sentence


def test_there_are_a_hundred_and_fifty_of_each() -> None:
    assert min(len(set(PERSONS)), len(set(PLACES))) >= 150
    assert not set(PERSONS) & set(PLACES)


@pytest.mark.parametrize("text", PERSONS)
def test_no_group_is_called_after_a_person(text: str) -> None:
    assert (shown_name(text) == MASKED) is (text not in BARE)


@pytest.mark.parametrize("text", PLACES)
def test_institutions_and_stations_are_shown(text: str) -> None:
    assert shown_name(text) == text
    assert text in shown_reason(f"Geen verbinding met {text}")


@pytest.mark.parametrize("text", [one for one in PERSONS if one not in BARE | _SMALL])
def test_no_part_of_a_name_stays_in_a_reason(text: str) -> None:
    shown = shown_reason(f"C-STORE failed: {text}")
    assert shown.startswith("C-STORE failed")
    words = {word for word in re.findall(r"[^\W\d_]{4,}", text) if word.casefold() not in _OUR_WORDS}
    assert [word for word in words if word in shown] == []
