"""The table from C-STORE status to verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.dicom.status import store_verdict
from remediate.dicom.store import seconds_for
from remediate.records.dicom import StoreVerdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (0x0000, StoreVerdict.STORED),
        (0xB000, StoreVerdict.WARNING),
        (0xB006, StoreVerdict.WARNING),
        (0xB007, StoreVerdict.WARNING),
        (0xA700, StoreVerdict.BUSY),
        (0xA702, StoreVerdict.BUSY),
        (0xA778, StoreVerdict.REFUSED),
        (0xA900, StoreVerdict.REFUSED),
        (0xC000, StoreVerdict.REFUSED),
        (0x0110, StoreVerdict.BUSY),
        (0x0111, StoreVerdict.REFUSED),
        (0x0122, StoreVerdict.REFUSED),
        (0x0124, StoreVerdict.REFUSED),
        (0x0213, StoreVerdict.BUSY),
        (0xFF00, StoreVerdict.UNKNOWN),
        (None, StoreVerdict.UNKNOWN),
    ],
)
def test_each_status_means_one_thing(status: int | None, verdict: StoreVerdict) -> None:
    assert store_verdict(status) is verdict


@given(st.integers(1, 0xFFFF))
def test_nothing_but_zero_counts_as_stored(status: int) -> None:
    assert store_verdict(status) is not StoreVerdict.STORED


@given(st.integers(0, 1 << 33), st.integers(0, 1 << 33))
def test_a_larger_object_never_gets_less_time(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert 60 <= seconds_for(small, 60) <= seconds_for(large, 60)
