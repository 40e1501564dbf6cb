"""What is a UID by DICOM PS3.5 section 9.1, against pydicom's own judgement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.config import IGNORE
from pydicom.uid import UID, generate_uid

from remediate.header.uids import SENTENCES, UidProblem, uid_problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1.2.840.10008.1.2", None),
        ("0.0", None),
        ("2.25." + "9" * 59, None),
        ("2.25." + "9" * 60, UidProblem.TOO_LONG),
        ("", UidProblem.ABSENT),
        (".", UidProblem.EMPTY_COMPONENT),
        ("..", UidProblem.EMPTY_COMPONENT),
        ("1.2.", UidProblem.EMPTY_COMPONENT),
        (".1.2", UidProblem.EMPTY_COMPONENT),
        ("1..2", UidProblem.EMPTY_COMPONENT),
        ("1.02", UidProblem.LEADING_ZERO),
        ("1.00", UidProblem.LEADING_ZERO),
        ("12345", UidProblem.ONE_COMPONENT),
        ("9" * 300, UidProblem.TOO_LONG),
        ("Totaal", UidProblem.OTHER_SIGNS),
        ("abc;drop", UidProblem.OTHER_SIGNS),
        ("1.2.3/", UidProblem.OTHER_SIGNS),
        ("1.2.3\n", UidProblem.OTHER_SIGNS),
        ("1.2.3\0", UidProblem.OTHER_SIGNS),
        (" 1.2.3", UidProblem.OTHER_SIGNS),
        ("1.2.\x1b[31m", UidProblem.OTHER_SIGNS),
        ("<script>", UidProblem.OTHER_SIGNS),
        ("1.2.٣", UidProblem.OTHER_SIGNS),
        ("1.2.²", UidProblem.OTHER_SIGNS),
    ],
)
def test_what_is_wrong_with_a_text_as_uid(text: str, problem: UidProblem | None) -> None:
    assert uid_problem(text) is problem


@given(st.one_of(st.text(max_size=80), st.text("0123456789.", max_size=80), st.builds(generate_uid)))
def test_pydicom_agrees_but_for_plain_numbers_and_a_line_end(text: str) -> None:
    valid = UID(text, validation_mode=IGNORE).is_valid and "." in text and not text.endswith("\n")
    assert (uid_problem(text) is None) == valid


def test_every_problem_has_a_sentence() -> None:
    assert set(SENTENCES) == set(UidProblem)
