"""The reader against two general parsers, hl7apy and python-hl7, on generated messages: same fields, same values."""

from __future__ import annotations

import random
from typing import Any

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.epd.hl7.reader import AdtMessage
from remediate.epd.hl7.text import Delimiters
from tests.epd.epd_samples import read
from tests.epd.hl7_published import CODECS, PUBLISHED

SIGNS = "^~\\&"
PLAIN = st.text("abcXYZ012 .-'é()", max_size=8)
SPECIAL = st.text("ab1^~\\&|", min_size=1, max_size=6)
VALUE = PLAIN | SPECIAL
TEXT_FIELDS = {"PID": {3, 5, 6, 9}, "MRG": {1}, "EVN": {1}}
"""Fields that hl7apy does not turn into numbers or dates (it drops leading zeros there)."""
DELIMITERS = st.sampled_from(["^~\\&", "^_\\&", "^~\\&", "$~!%", "^@?&"])


@st.composite
def fields(draw: st.DrawFn) -> list[list[list[str]]]:
    """One field in clear: repetitions of components of sub-components."""
    return draw(
        st.lists(st.lists(st.lists(VALUE, min_size=1, max_size=3), min_size=1, max_size=4), min_size=1, max_size=3)
    )


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, list[list[list[list[str]]]]]:
    """A message and the clear values of its PID fields."""
    signs = draw(DELIMITERS)
    values = draw(st.lists(fields(), min_size=1, max_size=9))
    component, repetition, escape, subcomponent = signs
    names = {escape: "E", "|": "F", component: "S", subcomponent: "T", repetition: "R"}

    def escaped(text: str) -> str:
        return "".join(f"{escape}{names[sign]}{escape}" if sign in names else sign for sign in text)

    pid = "|".join(
        repetition.join(component.join(subcomponent.join(map(escaped, subs)) for subs in comps) for comps in field)
        for field in [*values, [[["END"]]]]  # both parsers strip the end of a message
    )
    header = f"MSH|{signs}|A|B|C|D|20240101120000||ADT{component}A08|1|P|2.4||||||UNICODE UTF-8"
    return f"{header}\rEVN|A08|20240101120000\rPID|{pid}\r", values


def _ours(text: str) -> tuple[list[str], Delimiters]:
    (found,) = read(text.encode())
    assert isinstance(found, AdtMessage)
    pid = found.first("PID")
    assert pid is not None
    return pid.fields, found.delimiters


Case = tuple[str, list[list[list[list[str]]]]]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages())
def test_python_hl7_splits_and_unescapes_alike(case: Case) -> None:
    _compare_with_python_hl7(case)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages())
def test_hl7apy_splits_alike(case: Case) -> None:
    _compare_with_hl7apy(case)


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages())
def test_both_parsers_on_thousands_of_messages(case: Case) -> None:
    _compare_with_python_hl7(case)
    _compare_with_hl7apy(case)


@pytest.mark.parametrize("shape", sorted(PUBLISHED))
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", None])
def test_every_published_shape_is_read_as_both_parsers_read_it(shape: str, end: str | None) -> None:
    text = PUBLISHED[shape]
    chance = random.Random(shape)
    lines = (line + (end or chance.choice(["\r", "\n", "\r\n"])) for line in text.removesuffix("\r").split("\r"))
    (found,) = read("".join(lines).encode(CODECS.get(shape, "latin-1")))
    assert isinstance(found, AdtMessage)
    theirs = hl7.parse(text)
    for segment in (found.header, *found.segments):
        expected = [str(field) for field in theirs.segment(segment.name)]
        assert segment.fields[1:] == expected[1:]
    parsed = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
    for segment in found.segments:
        _same_as_hl7apy(getattr(parsed, segment.name.lower()), segment.fields, found.delimiters)


def _compare_with_python_hl7(case: Case) -> None:
    text, values = case
    ours, delimiters = _ours(text)
    theirs = hl7.parse(text)
    assert ours[1:] == [str(field) for field in theirs.segment("PID")[1:]]
    for number, field in enumerate(values, start=1):
        for repeat, components in enumerate(delimiters.repetitions(ours[number]), start=1):
            for place, component in enumerate(delimiters.components(components), start=1):
                for sub, value in enumerate(delimiters.subcomponents(component), start=1):
                    clear = field[repeat - 1][place - 1][sub - 1]
                    assert delimiters.value(value) == clear.strip()
                    if theirs.separators == ["\r", "|", "~", "^", "&"] or "\\" in text[:8]:
                        assert theirs.unescape(value).strip() == clear.strip()


def _compare_with_hl7apy(case: Case) -> None:
    text, _ = case
    ours, delimiters = _ours(text)
    theirs = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
    signs = theirs.encoding_chars
    assert (signs["COMPONENT"], signs["REPETITION"], signs["ESCAPE"], signs["SUBCOMPONENT"]) == (
        delimiters.component, delimiters.repetition, delimiters.escape, delimiters.subcomponent,
    )  # fmt: skip
    _same_as_hl7apy(theirs.pid, ours, delimiters)


def _same_as_hl7apy(segment: Any, ours: list[str], delimiters: Delimiters) -> None:
    """Of the fields that hl7apy does not turn into numbers or dates."""
    signs = {
        "FIELD": delimiters.separator, "COMPONENT": delimiters.component, "REPETITION": delimiters.repetition,
        "ESCAPE": delimiters.escape, "SUBCOMPONENT": delimiters.subcomponent,
    }  # fmt: skip
    by_number: dict[int, list[str]] = {}
    for field in segment.children:
        by_number.setdefault(int(field.name.partition("_")[2]), []).append(field.to_er7(signs))
    for number in (TEXT_FIELDS[ours[0]] & by_number.keys()) if ours[0] in TEXT_FIELDS else ():
        expected = delimiters.repetitions(ours[number])
        assert _shortened(by_number[number], delimiters) == _shortened(expected, delimiters)


def _shortened(repetitions: list[str], delimiters: Delimiters) -> list[str]:
    """Without blank sub-components, ends of fields and components, and repetitions: hl7apy drops those."""
    blank = f"{delimiters.subcomponent} "
    short = []
    for text in repetitions:
        components = [_without_blanks(part, delimiters).rstrip(blank) for part in delimiters.components(text)]
        short.append(delimiters.component.join(components).rstrip(delimiters.component))
    return [text for text in short if text]


def _without_blanks(component: str, delimiters: Delimiters) -> str:
    subs = (sub if sub.strip() else "" for sub in delimiters.subcomponents(component))
    return delimiters.subcomponent.join(subs)
