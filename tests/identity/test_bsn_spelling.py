"""A BSN in any wrapping is found, declared where a word says so, masked and taken out; other texts stay as they are."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import PLACEHOLDERS, Bsn, BsnProblem
from remediate.identity.bsn_spelling import (
    declares_bsn,
    masked_numbers,
    names_bsn_oid,
    read_identifier,
    read_parts,
    read_text,
    says_nothing,
    without_bsn,
)
from tests.identity.bsn_wrappings import OID, wrappings

BSN = Bsn("999911120")
ZERO = Bsn("010000008")


@given(wrappings())
def test_a_number_in_any_wrapping_is_found_masked_and_taken_out(wrapped: tuple[Bsn, str]) -> None:
    bsn, text = wrapped
    found = {one.value: one for one in read_identifier(text)}
    assert bsn in found
    if re.search("bsn|burgerservice|sofi|nlminbiza|113883", text, re.IGNORECASE):
        assert found[bsn].is_declared
    assert bsn not in {one.value for one in read_identifier(masked_numbers(text))}
    assert bsn not in {one.value for one in read_identifier(without_bsn(text, bsn))}


@given(st.text() | wrappings().map(lambda pair: pair[1]))
def test_a_declaration_from_outside_only_adds(text: str) -> None:
    alone = {one.value for one in read_identifier(text) if isinstance(one.value, Bsn)}
    declared = [one for one in read_identifier(text, is_declared=True) if isinstance(one.value, Bsn)]
    assert alone <= {one.value for one in declared}
    assert all(one.is_declared for one in declared)


@given(st.text(), st.text())
def test_what_running_text_holds_can_be_masked_and_nothing_else_is_lost(before: str, after: str) -> None:
    text = f"{before} {BSN.digits} {after}"
    assert BSN.digits not in masked_numbers(text)
    letters = [char for char in text if unicodedata.category(char)[0] == "L"]
    assert [char for char in masked_numbers(text) if unicodedata.category(char)[0] == "L"] == letters


DECLARED: list[tuple[str, Bsn | BsnProblem | None]] = [
    ("99991112 0", BSN),
    ("10000008", ZERO),
    ("1000.00.08", ZERO),
    ("0999911120", BSN),
    ("9999a11b120", BSN),
    ("999911121", BsnProblem.ELEVEN_TEST),
    ("12345", BsnProblem.WRONG_LENGTH),
    ("AA1234567", BsnProblem.NOT_DIGITS),
    ("", None),
    ('""', None),
    (" - ", None),
    ("^^^NLMINBIZA^NNNLD^^19990101", None),
    ('""^^^NLMINBIZA^NNNLD', None),
    ("H0012345^^^HOSPITAL^PI~^^^NLMINBIZA^NNNLD", BsnProblem.NOT_DIGITS),
    ("onbekend", BsnProblem.PLACEHOLDER),
    ("n.v.t.", BsnProblem.PLACEHOLDER),
    ("0", BsnProblem.PLACEHOLDER),
    ("99999999", BsnProblem.PLACEHOLDER),
    *((number, BsnProblem.PLACEHOLDER) for number in sorted(PLACEHOLDERS)),
]


@pytest.mark.parametrize(("text", "expected"), DECLARED)
def test_what_is_declared(text: str, expected: Bsn | BsnProblem | None) -> None:
    assert [one.value for one in read_identifier(text, is_declared=True)] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    "text",
    ["H0012345", "10000008", "123456789", "BSNUMMER", "MIJNBSN", "1.2.826.0.1.999911120.4", "A9999B11120", "19990101",
     "12^3456^789", "999911^120", "9999111200", "1999911120"],
)  # fmt: skip
def test_what_is_no_bsn(text: str) -> None:
    assert read_identifier(text) == ()


@pytest.mark.parametrize("text", ["tel 0999911120", "1.2.999911120.4", "12-03-2009 1", "BSN onbekend"])
def test_what_is_no_bsn_in_running_text(text: str) -> None:
    assert read_text(text) == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("999911120", ""),
        ("nr. 9999.11.120", ""),
        ("999911120^^^NLMINBIZA^NNNLD^^20100101", ""),
        ("H1^^^HOSPITAL~999911120^^^NLMINBIZA", "H1^^^HOSPITAL"),
        ("H1 / 999911120", "H1"),
        ("999911120 H1", "H1"),
        ("H1", "H1"),
        ("999990019", "999990019"),
    ],
)
def test_what_is_left_without_it(text: str, left: str) -> None:
    assert without_bsn(text, BSN) == left


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        *((name, True) for name in ("NLMINBIZA", "nlminbiza", " BSN ", "BSN-nummer", "NLMINBIZA^NNNLD", "NNNLD")),
        *((name, True) for name in (OID, f"urn:oid:{OID}", f"NLMINBIZA&{OID}&ISO", "Burgerservicenummer", "sofi")),
        *((name, False) for name in ("", "HOSPITAL", "BSNX", "NLMINBIZAX", OID + "0", f"1.{OID}", "NLRDW")),
        (f"BSN {BSN.digits}", False),
    ],
)
def test_which_issuers_mean_bsn(issuer: str, expected: bool) -> None:
    assert declares_bsn(issuer) is expected


def test_the_oid_by_itself() -> None:
    assert names_bsn_oid(f"URN:OID:{OID}")
    assert not names_bsn_oid(f"{OID}1")
    assert says_nothing('""')
    assert not says_nothing("x")


def test_masking_leaves_all_else_as_it_stands() -> None:
    text = f"A{BSN.digits}/00{BSN.digits} 1234567 {ZERO.digits[1:]}b"
    assert masked_numbers(text) == "A******120/******120 1234567 ******008b"


@given(st.text("0123456789", max_size=6), st.text("0123456789", max_size=5))
def test_a_number_within_a_longer_one_is_seen_and_masked(before: str, after: str) -> None:
    text = f"{before}{BSN.digits}{after}"
    assert BSN in {one.value for one in (*read_identifier(text), *read_parts(text))}
    assert BSN.digits not in masked_numbers(text)
