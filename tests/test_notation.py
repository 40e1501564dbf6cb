"""How figures and moments are written: never on the other side of the target, one zone, named."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.texts import notation
from remediate.texts.language import Language

EN, NL = Language.EN, Language.NL


@pytest.mark.parametrize(
    ("some", "whole", "english", "dutch"),
    [
        (94_996, 100_000, "94.9 %", "94,9 %"),
        (95, 100, "95.0 %", "95,0 %"),
        (950_001, 1_000_000, "95.0001 %", "95,0001 %"),
        (9_504, 10_000, "95.04 %", "95,04 %"),
        (999_999, 1_000_000, "99.9 %", "99,9 %"),
        (0, 7, "0.0 %", "0,0 %"),
        (7, 7, "100.0 %", "100,0 %"),
        (0, 0, "–", "–"),
    ],
)
def test_a_share_is_rounded_down_and_never_reads_as_the_target_when_it_is_more(
    some: int, whole: int, english: str, dutch: str
) -> None:
    assert notation.part_of(some, whole, EN) == english
    assert notation.part_of(some, whole, NL) == dutch


@given(st.integers(1, 20_000_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_what_is_shown_is_more_than_the_target_exactly_when_the_share_is(counts: tuple[int, int]) -> None:
    some, whole = counts
    shown = float(notation.part_of(some, whole, EN).removesuffix(" %"))
    assert shown <= 100 * some / whole + 1e-9
    if some * 10**6 > 95 * 10**4 * whole + whole or some * 100 <= 95 * whole:  # within what six decimals can tell
        assert (shown > 95) == (some * 100 > 95 * whole)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(0.9496, "94.9 %", "95.0 %"), (0.95, "95.0 %", "95.0 %"), (0.950012, "95.001 %", "95.1 %")],
)
def test_ends_of_an_interval_are_rounded_outwards_and_never_contradict_what_is_shown(
    value: float, low: str, high: str
) -> None:
    assert (notation.at_least(value, EN), notation.at_most(value, EN)) == (low, high)


def test_a_share_that_binary_fractions_do_not_hold_loses_nothing() -> None:
    assert [notation.share(tenths / 1000, EN) for tenths in range(1001) if tenths != 950] == [
        f"{tenths / 10:.1f} %" for tenths in range(1001) if tenths != 950
    ]


def test_moments_are_told_in_the_zone_that_was_configured_and_name_it() -> None:
    at = datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
    amsterdam = ZoneInfo("Europe/Amsterdam")
    assert notation.second(at, amsterdam, EN) == "2026-07-02 00:30:05 CEST"
    assert notation.minute(at, amsterdam, NL) == "02-07-2026 00:30 CEST"


def test_numbers_and_sizes_have_the_signs_of_the_language() -> None:
    assert (notation.number(1234.5, EN, 1), notation.number(1234.5, NL, 1)) == ("1,234.5", "1.234,5")
    assert (notation.size(1_530_000, EN), notation.size(1_530_000, NL)) == ("1.5 MB", "1,5 MB")
    assert notation.size(999, EN) == "999 B"


@pytest.mark.parametrize(
    ("number", "english", "dutch"),
    [(0, "0 studies", "0 onderzoeken"), (1, "1 study", "1 onderzoek"), (1234, "1,234 studies", "1.234 onderzoeken")],
)
def test_a_word_goes_with_its_number(number: int, english: str, dutch: str) -> None:
    values = {"n": number, "name": "x"}
    assert "{n} {n:study|studies}".format(**notation.counted(values, Language.EN)) == english
    assert "{n} {n:onderzoek|onderzoeken}".format(**notation.counted(values, Language.NL)) == dutch


@pytest.mark.parametrize(
    ("a_second", "en", "nl"),
    [
        (1234.56, "1,234.6 objects a second", "1.234,6 objecten per seconde"),
        (0.95, "0.9 objects a second", "0,9 objecten per seconde"),
        (0.04, "2.4 objects a minute", "2,4 objecten per minuut"),
        (0.0021, "7.6 objects an hour", "7,6 objecten per uur"),
        (0.0, "0.0 objects an hour", "0,0 objecten per uur"),
    ],
)
def test_a_slow_pace_never_reads_as_none(a_second: float, en: str, nl: str) -> None:
    assert notation.pace(a_second, Language.EN) == en
    assert notation.pace(a_second, Language.NL) == nl
