"""The scanner: every number that may be a BSN is found, known-safe fields are left alone, nothing is repeated."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import passes_eleven_test
from remediate.report.leak_scan import SAFE, numbers_in

BSN = "999911120"
ALSO_PASSES = "524288008"  # a size in bytes that happens to pass the eleven-test


def found(text: str) -> list[int]:
    """The lines on which something was found."""
    return [item.line for item in numbers_in(text.encode())]


def test_the_examples_pass_the_eleven_test() -> None:
    assert passes_eleven_test(BSN)
    assert passes_eleven_test(ALSO_PASSES)


@pytest.mark.parametrize(
    "text",
    [
        BSN,
        f"by {BSN}.",
        f'{{"why": "{BSN}"}}',
        f"why={BSN} batch=1",
        f";{BSN};",
        f"first line\nsecond {BSN}",
        f"bytes of {BSN}",
        f'"bytesize": {BSN}',
        f"name {BSN}.1.2",
        f"{BSN[:3]}{BSN[3:]}",
        f"éé {BSN} éé",
        f"-{BSN}-",
    ],
)
def test_a_number_is_found_in_any_field(text: str) -> None:
    assert found(text) == [text.count("\n") + 1]


@pytest.mark.parametrize(
    "text",
    [
        "123456789",  # fails the eleven-test
        f"1{BSN}",
        f"{BSN}0",
        f"a{BSN}",
        f"{BSN}b",
        f"1.2.840.113619.2.55.3.{BSN}.971",
        f'"study_instance_uid": "1.2.840.{BSN}.7"',
        f"1.2.3.{BSN}",
        f'"bytes": {ALSO_PASSES}, "instances": 3',
        f"bytes={ALSO_PASSES} instances=3",
        "2026-11-23T22:15:00.123456+01:00",
        "",
    ],
)
def test_known_safe_fields_and_other_numbers_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_safe_is_only_the_field_itself() -> None:
    assert found(f"1.2.840.{BSN}.7 {BSN}") == [1]
    assert found(f"bytes={ALSO_PASSES} why={ALSO_PASSES}") == [1]
    assert found(f"0.{BSN} 3.4.5.6.{BSN}") == [1, 1]  # too short for a UID; no UID begins with 3


def test_what_is_wrapped_in_base64_is_found() -> None:
    wrapped = b64encode(f"P. Officer {BSN}".encode()).decode()
    assert BSN not in wrapped
    assert found(f'<Detail value="{wrapped}"/>') == [1]
    assert found(f'<Detail value="{b64encode(b"nothing of the kind").decode()}"/>') == []
    assert found(b64encode(f"1.2.840.113619.{BSN}.1".encode()).decode()) == []


def test_every_safe_field_says_why() -> None:
    assert all(field.name and field.why for field in SAFE)


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_planted_number_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    text = f"{before}\n{BSN}\n{after}"
    lines = text.encode().count(b"\n", 0, len(before.encode()) + 1) + 1
    assert lines in found(text)


def test_nothing_that_was_found_is_repeated() -> None:
    (item,) = numbers_in(f"x {BSN}".encode())
    assert BSN not in repr(item)
