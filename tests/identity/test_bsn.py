"""The BSN as a value: what is one, what never is, and that it does not print itself."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, BsnProblem, BsnRange, parse_bsn, passes_eleven_test, problem_of

DIGITS = st.text(alphabet="0123456789", min_size=9, max_size=9)
BSNS = st.sampled_from([str(n) for n in range(999900000, 999999999) if passes_eleven_test(str(n))])


@given(DIGITS)
def test_a_number_is_a_bsn_exactly_when_the_sum_is_a_multiple_of_eleven(digits: str) -> None:
    weighted = sum((9 - at) * int(digit) for at, digit in enumerate(digits[:8])) - int(digits[8])
    named = digits in ("000000000", "999999999")
    assert (problem_of(digits) is None) == (weighted % 11 == 0 and not named)


@given(BSNS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(digits: str, at: int, step: int) -> None:
    wrong = digits[:at] + str((int(digits[at]) + step) % 10) + digits[at + 1 :]
    assert not passes_eleven_test(wrong)


@given(BSNS, st.integers(0, 7))
def test_two_swapped_neighbours_are_always_found(digits: str, at: int) -> None:
    assume(digits[at] != digits[at + 1])
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    assert not passes_eleven_test(swapped)


@given(BSNS)
def test_a_bsn_never_prints_itself(digits: str) -> None:
    bsn = Bsn(digits)
    for text in (str(bsn), repr(bsn), f"{bsn}", repr([bsn])):
        assert digits not in text
        assert digits[:-3] not in text


@given(st.text(max_size=12))
def test_reading_any_text_gives_a_bsn_or_a_reason(text: str) -> None:
    found = parse_bsn(text)
    if isinstance(found, Bsn):
        assert passes_eleven_test(found.digits)
    else:
        assert found in BsnProblem


@given(st.text(alphabet="0123456789", max_size=7))
def test_short_numbers_are_never_padded(digits: str) -> None:
    assert parse_bsn(digits) in (BsnProblem.EMPTY, BsnProblem.WRONG_LENGTH)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("999911120", Bsn("999911120")),
        ("9999.11.120", Bsn("999911120")),
        ("9999 11 120", Bsn("999911120")),
        ("10000008", Bsn("010000008")),
        ("", BsnProblem.EMPTY),
        ("000000000", BsnProblem.PLACEHOLDER),
        ("999999999", BsnProblem.PLACEHOLDER),
        ("999911121", BsnProblem.ELEVEN_TEST),
        ("AA1234567", BsnProblem.NOT_DIGITS),
        ("٩٩٩٩١١١٢٠", BsnProblem.NOT_DIGITS),
        ("9999111200", BsnProblem.WRONG_LENGTH),
    ],
)
def test_reading(text: str, expected: Bsn | BsnProblem) -> None:
    assert parse_bsn(text) == expected


def test_a_bsn_cannot_be_made_of_anything_else_and_the_error_does_not_tell_it() -> None:
    with pytest.raises(ValueError) as raised:
        Bsn("999911121")
    assert "9999" not in str(raised.value)


@given(BSNS)
def test_test_numbers_and_real_ones_never_share_a_range(digits: str) -> None:
    test, real = Bsn(digits), Bsn("010000008")
    assert test.is_in(BsnRange.TEST)
    assert not test.is_in(BsnRange.PRODUCTION)
    assert real.is_in(BsnRange.PRODUCTION)
    assert not real.is_in(BsnRange.TEST)
    assert test.is_in(BsnRange.ANY)
    assert real.is_in(BsnRange.ANY)
