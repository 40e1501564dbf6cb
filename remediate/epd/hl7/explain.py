"""Asks hl7apy what is wrong with a message that was refused; reads nothing for the registry.

hl7apy validates a whole message against the standard, at some tens a second. Its own sentences quote values, so only
names are passed on: of messages, segments and fields that the standard knows, and of errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from remediate.epd.hl7.text import Delimiters, parse_delimiters
from remediate.texts.language import Language

EXPLAINED = 50
"""Messages of one load that are explained; more would take longer than reading the rest of the file."""

_LONGEST = 20_000  # bytes of a message that are looked at
_MOST = 5  # findings told about one message
_CHECKED = ("MSH", "EVN", "PID", "MRG")
_LAST_FIELD = 39  # PID has no more
_EVENTS = """
A01: A01 A04 A08 A13; A02: A02; A03: A03; A05: A05 A14 A28 A31; A06: A06 A07; A09: A09 A10 A11 A12; A15: A15; A16: A16;
A17: A17; A18: A18; A20: A20; A21: A21 A22 A23 A25 A26 A27 A29 A32 A33; A24: A24; A30: A30 A34 A35 A36 A46 A47 A48 A49;
A37: A37; A38: A38; A39: A39 A40 A41 A42; A43: A43 A44; A45: A45; A50: A50 A51; A52: A52 A53; A54: A54 A55; A60: A60;
A61: A61 A62
"""
_STRUCTURES: Mapping[str, str] = {
    event: f"ADT_{name.strip()}"
    for name, events in (entry.split(":") for entry in _EVENTS.split(";"))
    for event in events.split()
}
"""Message structure of each event (HL7 v2 table 0354), which MSH-9.3 often leaves out."""

_ABOUT_CHILD = re.compile(r"(Missing required child|Child limit exceeded) (\w+)\.(\w+)")
_NAME = re.compile(r"\b[A-Z][A-Z0-9]{2}(?:_[A-Z0-9_]+)?\b")
_WORDS = {"Missing required child": "lacks", "Child limit exceeded": "has too many"}


_DUTCH: Mapping[str, str] = {
    r"(\w+) lacks (\w+)": r"in \1 ontbreekt \2",
    r"(\w+) has too many (\w+)": r"in \1 staat \2 te vaak",
    r"([A-Z0-9]{3}-\d+): not as its data type asks": r"\1 is niet zoals het gegevenstype vraagt",
    r"([A-Z0-9]{3}(?:-\d+)?): MaxLengthReached": r"\1 is langer dan toegestaan",
    r"([A-Z0-9]{3}(?:-\d+)?): (\w+)": r"\1 voldoet niet (“\2”)",
    r"(\w+)((?: \w+)*)": r"het bericht voldoet niet (“\1\2”)",
}
"""Each way in which a finding is put, the first that fits, and how it is said in Dutch; what is left in English are
names of the standard and, between quotation marks, of hl7apy's errors."""


def said(explanation: str, language: Language) -> str:
    """What `Explainer.explain` found, as a person reads it."""
    if language is not Language.NL:
        return f"hl7apy: {explanation}"
    return f"volgens de HL7-standaard (hl7apy): {'; '.join(map(_in_dutch, explanation.split('; ')))}"


def _in_dutch(finding: str) -> str:
    for pattern, dutch in _DUTCH.items():
        if re.fullmatch(pattern, finding):
            return re.sub(pattern, dutch, finding)
    return f"“{finding}”"


class Explainer:
    """Explains the first messages of a load that are refused."""

    def __init__(self, limit: int = EXPLAINED) -> None:
        self._left = limit

    def explain(self, content: bytes) -> str:
        """What hl7apy finds, as a short text without any value; "" when it finds nothing, or enough was explained."""
        if self._left <= 0:
            return ""
        self._left -= 1
        text = re.sub(r"\r\n?|\n", "\r", content[:_LONGEST].decode("latin-1"))
        return "; ".join(dict.fromkeys(list(_findings(text))[:_MOST]))


def _findings(text: str) -> Iterator[str]:
    from hl7apy import check_version  # a third of a second, and most loads need it not
    from hl7apy.parser import get_message_info

    try:
        signs, _, version = get_message_info(text)
        check_version(version)
    except Exception as error:  # noqa: BLE001 - hl7apy raises whatever it stumbles over
        yield f"MSH: {type(error).__name__}"
        return
    lines = text.split("\r")
    delimiters = parse_delimiters(lines[0])
    if delimiters is not None:
        yield from _findings_of_fields(lines, delimiters, signs, version)
        yield from _findings_of_structure(lines, delimiters, signs, version)


def _findings_of_fields(
    lines: list[str], delimiters: Delimiters, signs: Mapping[str, str], version: str
) -> Iterator[str]:
    """Fields that are not what their data type, length or number of repetitions allows."""
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.parser import parse_field

    for line in lines:
        fields = line.split(delimiters.separator)
        if fields[0] not in _CHECKED:
            continue
        first = 3 if fields[0] == "MSH" else 1  # MSH-1 and MSH-2 are the delimiters
        shift = 1 if fields[0] == "MSH" else 0
        for number, field in enumerate(fields[first - shift : _LAST_FIELD + 1], start=first):
            for text in filter(None, delimiters.repetitions(field)):
                try:
                    parse_field(text, f"{fields[0]}_{number}", version, signs, VALIDATION_LEVEL.STRICT).validate()
                except Exception as error:  # noqa: BLE001 - as above
                    yield f"{fields[0]}-{number}: {_error_name(error)}"
                    break


def _error_name(error: Exception) -> str:
    """As hl7apy calls it; where Python itself stumbled, its name would tell a reader nothing."""
    return "not as its data type asks" if type(error).__module__ == "builtins" else type(error).__name__


def _findings_of_structure(
    lines: list[str], delimiters: Delimiters, signs: Mapping[str, str], version: str
) -> Iterator[str]:
    """Segments that are missing, too many, or unknown."""
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.core import Message
    from hl7apy.parser import parse_segments

    header = lines[0].split(delimiters.separator)
    kind = header[8].split(delimiters.component) if len(header) > 8 else []
    structure = _STRUCTURES.get(kind[1].strip().upper()) if len(kind) > 1 else None
    if structure is None:
        return
    level = VALIDATION_LEVEL.TOLERANT
    try:
        message = Message(name=structure, version=version, validation_level=level, encoding_chars=signs)
        message.children = parse_segments("\r".join(lines), version, signs, level, message.reference, True)
        message.validate()
    except Exception as error:  # noqa: BLE001 - as above
        yield _without_values(error, version)


def _without_values(error: Exception, version: str) -> str:
    names = [name for name in _NAME.findall(str(error)) if _is_known(name, version)]
    found = _ABOUT_CHILD.fullmatch(str(error))
    if found is not None and names == [found[2], found[3]]:
        return f"{found[2]} {_WORDS[found[1]]} {found[3]}"
    return " ".join((type(error).__name__, *names))


def _is_known(name: str, version: str) -> bool:
    """Whether the standard knows this name, so that it is no value."""
    from hl7apy import load_library

    elements: Mapping[str, Any] = load_library(version).ELEMENTS
    return any(name in elements[kind] for kind in ("Message", "Group", "Segment", "Field"))
