"""Spellings of hospital numbers: whatever the settings make one number is found by its core, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.number_spelling import NumberSpelling, core, settings_between
from remediate.identity.patients import LocalId

TEXTS = st.one_of(
    st.text(st.sampled_from("0012Zzh-A ²é'"), max_size=9), st.from_regex(r"(ZH-|zh-|)0{0,4}[0-9]{1,5}", fullmatch=True)
)
SPELLINGS = st.builds(
    NumberSpelling,
    width=st.integers(0, 9),
    strip_leading_zeros=st.booleans(),
    prefix=st.sampled_from(["", "ZH-", "z", "É", "-"]),
    ignore_case=st.booleans(),
    ignore_issuer_case=st.booleans(),
)


@given(TEXTS, SPELLINGS)
def test_every_spelling_has_the_core_of_what_it_is_compared_as(text: str, spelling: NumberSpelling) -> None:
    """So that two numbers which are one under any settings are found by one core."""
    assert core(spelling.value(text)) == core(text)
    assert spelling.value(spelling.value(text)) == spelling.value(text) or spelling.prefix


@pytest.mark.parametrize(
    ("settings", "one", "other", "are_one"),
    [
        ({}, "0012345", "12345", False),
        ({"width": 7}, "0012345", "12345", True),
        ({"width": 7}, "000000012345", "12345", True),
        ({"width": 7}, "120012345", "12345", False),
        ({"width": 7}, "00A12345", "A12345", False),
        ({"strip_leading_zeros": True}, "0012345", "12345", True),
        ({"strip_leading_zeros": True}, "12345", "123450", False),
        ({"strip_leading_zeros": True}, "000", "0", True),
        ({"prefix": "ZH-"}, "ZH-12345", "12345", True),
        ({"prefix": "ZH-"}, "ZH-0012345", "12345", False),
        ({"prefix": "ZH-", "width": 7}, "ZH-0012345", "12345", True),
        ({"prefix": "ZH-"}, "zh-12345", "12345", False),
        ({"prefix": "ZH-", "ignore_case": True}, "zh-12345", "12345", True),
        ({"prefix": "ZH"}, "ZHX12345", "X12345", False),
        ({"ignore_case": True}, "ab12345", "AB12345", True),
    ],
)
def test_what_is_one_number(settings: dict[str, object], one: str, other: str, are_one: bool) -> None:
    spelling = NumberSpelling(**settings)  # type: ignore[arg-type]
    assert (spelling.value(one) == spelling.value(other)) is are_one


@pytest.mark.parametrize(
    ("asked", "known", "told"),
    [
        ("HOSPITAL 12345", "HOSPITAL 0012345", "epd.numbers.strip_leading_zeros: true"),
        ("HOSPITAL 0012345", "HOSPITAL 12345", "epd.numbers.strip_leading_zeros: true"),
        ("zhb 12345", "ZHB 12345", "epd.numbers.ignore_issuer_case: true"),
        ("OLD 12345", "ZHB 12345", 'epd.issuer_aliases: {"OLD": "ZHB"}'),
        ("ZHB ZH-12345", "ZHB 12345", 'epd.numbers.prefix: "ZH-"'),
        ("ZHB ab1", "ZHB AB1", "epd.numbers.ignore_case: true"),
        (
            "zhb ZH-0012345",
            "ZHB 12345",
            'epd.numbers.ignore_issuer_case: true; epd.numbers.prefix: "ZH-"; epd.numbers.strip_leading_zeros: true',
        ),
        ("ZHB 12345", "ZHB 12345", ""),
        ("ZHB 12345", "ZHB 12346", None),
        ("ZHB ZH-12345", "ZHB PAT12345", None),
    ],
)
def test_the_settings_that_make_two_spellings_one(asked: str, known: str, told: str | None) -> None:
    (one, issuer), (other, authority) = asked.split()[::-1], known.split()[::-1]
    found = settings_between(
        LocalId(value=one, authority=issuer), LocalId(value=other, authority=authority), issuer=issuer
    )
    assert (None if found is None else "; ".join(found)) == told
