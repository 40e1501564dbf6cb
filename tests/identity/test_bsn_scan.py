"""One scanner with three bounds: which numbers each finds, held against plain loops over every stretch of digits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, parse_bsn
from remediate.identity.bsn_scan import Bounds, bsns_in, candidates_in_bytes, may_hold_bsn

BSN = "999911120"
SHORT = "99990015"  # with a zero before it a BSN that lost it

texts = st.lists(
    st.sampled_from([BSN, SHORT, "0", "1", "7", " ", ".", "-", "A", "_", ",", "é"]), min_size=1, max_size=9
).map("".join)  # fmt: skip


def found(text: str, bounds: Bounds) -> list[str]:
    return sorted({bsn.digits for _, bsn in bsns_in(text, bounds)})


def oracle(text: str, fits: Callable[[str, str, str], str]) -> list[str]:
    """Every stretch of the text, as `fits` reads it between the signs before and after."""
    numbers = set()
    for begin in range(len(text)):
        for end in range(begin + 8, len(text) + 1):
            digits = fits(text[begin - 1 : begin], text[begin:end], text[end : end + 1])
            parsed = parse_bsn(digits) if digits.isascii() and digits.isdigit() else None
            if isinstance(parsed, Bsn):
                numbers.add(parsed.digits)
    return sorted(numbers)


def touches(sign: str) -> bool:
    return sign.isascii() and (sign.isalnum() or sign == "_")


def standing_alone(before: str, text: str, after: str) -> str:
    return text if len(text) == 9 and not touches(before) and not touches(after) else ""


def within_run(_before: str, text: str, _after: str) -> str:
    return text if len(text) in (8, 9) else ""


def typed(before: str, text: str, after: str) -> str:
    if text.isdigit() and (len(text) == 9 or (len(text) == 8 and not (before.isdigit() or after.isdigit()))):
        return text
    bare = text.replace(" ", "").replace(".", "").replace("-", "")
    spaced = all(a.isdigit() or b.isdigit() for a, b in pairwise(text))
    ends = text[0].isdigit() and text[-1].isdigit() and not (before.isdigit() or after.isdigit())
    return bare if spaced and ends and len(bare) == 9 else ""


@pytest.mark.parametrize(
    ("bounds", "fits"),
    [
        (Bounds.STANDING_ALONE, standing_alone),
        (Bounds.WITHIN_RUN, within_run),
        (Bounds.TYPED, typed),
    ],
)
@given(text=texts)
def test_each_bounds_finds_what_it_says_and_no_more(
    bounds: Bounds, fits: Callable[[str, str, str], str], text: str
) -> None:
    assert found(text, bounds) == oracle(text, fits)


@pytest.mark.parametrize(
    ("text", "alone", "within", "typed"),
    [
        (BSN, True, True, True),
        (f"by {BSN}.", True, True, True),
        (f"BSN{BSN}", False, True, True),
        (f"00{BSN}", False, True, True),
        (f"1{BSN}", False, True, True),
        (SHORT, False, True, True),
        (f"7{SHORT}3", False, True, False),
        ("9999 11-120", False, False, True),
        ("123456789", False, False, False),
        ("000000000", False, False, False),
    ],
)
def test_three_bounds_side_by_side(text: str, alone: bool, within: bool, typed: bool) -> None:
    bounds = (Bounds.STANDING_ALONE, Bounds.WITHIN_RUN, Bounds.TYPED)
    assert [bool(found(text, each)) for each in bounds] == [alone, within, typed]
    assert may_hold_bsn(text) is within


def test_undecoded_text_is_scanned_alike() -> None:
    content = f"é {BSN} 000000000".encode()
    spans = [
        (content[one.start : one.end].decode(), one.digits)
        for one in candidates_in_bytes(content, Bounds.STANDING_ALONE)
    ]
    assert spans == [(BSN, BSN), ("000000000", "000000000")]  # whether it is one is for the caller: a leak is no Bsn
