"""hl7apy says what is wrong with a message that was refused, and nothing about whom the message is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from remediate.epd.hl7.explain import Explainer, said
from remediate.epd.load import load_files
from remediate.epd.reasons import RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.texts.language import Language
from tests.epd.epd_samples import BSN, NOW, SETTINGS, adt, bsn, load_text, number, pid, update
from tests.epd.hl7_fuzz import Piece, files

T = "20240101120000"
SAFE = re.compile(
    r"(?:[A-Z]{3}(?:-\d+)?: )?[A-Za-z]+(?: [A-Z][A-Z0-9]{2}(?:_\w+)?)*|\w+ (?:lacks|has too many) \w+|"
    r"[A-Z]{3}-\d+: not as its data type asks"
)


def _explained(content: str) -> str:
    return Explainer().explain(content.encode("latin-1"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (adt("A08", T), "ADT_A01 lacks PID"),
        (adt("A08", T, pid(number("1")), pid(number("2"))), "ADT_A01 has too many PID"),
        (adt("A40", T, f"PID|1||{number('1')}|||"), "PID lacks PID_5"),
        (adt("A40", T, pid(number("1"))), "ADT_A39_PATIENT lacks MRG"),
        (
            adt("A08", T, pid(number("1"), birth="31-12-1980")).replace("|2.4|", "|2.5|"),
            "PID-7: not as its data type asks",
        ),
        (adt("A08", "yesterday", pid(number("1"))).replace("|2.4|", "|2.5|"), "EVN-2: not as its data type asks"),
        (adt("A08", T, pid(number("1"), name="J" * 600)), "PID-5: MaxLengthReached"),
        (update(T, "1").replace("^~\\&", "^^\\&"), "MSH: InvalidEncodingChars"),
        (update(T, "1").replace("|2.4|", "|7.8|"), "MSH: UnsupportedVersion"),
        (update(T, "1", event="A99"), ""),
        ("", "MSH: ParserError"),
    ],
)
def test_what_is_wrong_is_said_in_names_of_the_standard(content: str, words: str) -> None:
    assert words in _explained(content)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_whatever_the_message_no_value_is_told(pieces: list[Piece]) -> None:
    for piece in pieces:
        told = Explainer().explain(piece.content)
        assert all(SAFE.fullmatch(finding) for finding in told.split("; ") if finding), told
        assert not re.search(r"\d{4}", told)


@pytest.mark.parametrize(
    ("finding", "dutch"),
    [
        ("PID lacks PID_5", "in PID ontbreekt PID_5"),
        ("ADT_A01 has too many PID", "in ADT_A01 staat PID te vaak"),
        ("PID-7: not as its data type asks; PID-5: MaxLengthReached",
         "PID-7 is niet zoals het gegevenstype vraagt; PID-5 is langer dan toegestaan"),
        ("MSH: UnsupportedVersion", "MSH voldoet niet (“UnsupportedVersion”)"),
        ("ChildNotFound PID ZPI", "het bericht voldoet niet (“ChildNotFound PID ZPI”)"),
    ],
)  # fmt: skip
def test_in_dutch_only_names_stay_in_english(finding: str, dutch: str) -> None:
    assert said(finding, Language.EN) == f"hl7apy: {finding}"
    assert said(finding, Language.NL) == f"volgens de HL7-standaard (hl7apy): {dutch}"


def test_only_the_first_are_explained() -> None:
    explainer = Explainer(limit=2)
    assert [bool(explainer.explain(adt("A08", T).encode())) for _ in range(4)] == [True, True, False, False]


def test_a_load_tells_what_hl7apy_finds(registry: SqlRegistry, tmp_path: Path) -> None:
    bad = adt("A28", T, pid(number("1"), bsn(BSN), name="Janssen^Jan", birth="31-12-1980")).replace("|2.4|", "|2.5|")
    report = load_text(registry, tmp_path, bad, bad.replace("^~\\&", "^~~&"), update(T, "2"))
    assert [(item.reason, item.explanation.split("; ")[0]) for item in report.rejected] == [
        (RejectReason.BIRTH_DATE_UNREADABLE, "PID-7: not as its data type asks"),
        (RejectReason.HEADER_MALFORMED, "MSH: InvalidEncodingChars"),
    ]
    (tmp_path / "good.hl7").write_text(update(T, "3"))
    assert load_files([tmp_path / "good.hl7"], SETTINGS, registry, NOW).rejected == ()
