"""One changed element as a line for people, masked unless told otherwise; decides nothing.

Masking works by allow-list: what is not known to be harmless is told by its length, a BSN by its last three digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pydicom import DataElement, Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID

from remediate.header import tags
from remediate.identity.bsn import Bsn, parse_bsn
from remediate.texts.language import Language, Sentence

_HARMLESS = frozenset(
    {
        tags.ISSUER_OF_PATIENT_ID,
        tags.TYPE_OF_PATIENT_ID,
        tags.UNIVERSAL_ENTITY_ID,
        tags.UNIVERSAL_ENTITY_ID_TYPE,
        tags.IDENTIFIER_TYPE_CODE,
        tags.ATTRIBUTE_MODIFICATION_DATETIME,
        tags.MODIFYING_SYSTEM,
        tags.SOURCE_OF_PREVIOUS_VALUES,
        tags.REASON_FOR_THE_ATTRIBUTE_MODIFICATION,
    }
)
"""Elements that say whose number it is and who changed it, not whose the study is."""


def element_name(tag: int) -> str:
    """`(0010,1002) Other Patient IDs Sequence`."""
    return f"{tags.tag_text(tag)} {DataElement(tag, 'UN', None).name}"


_ABSENT = Sentence("absent", "ontbreekt")
_NO_ITEMS = Sentence("no items", "geen items")
_EMPTY = Sentence("empty", "leeg")


def element_text(element: bytes, transfer_syntax_uid: str, *, reveal: bool, language: Language) -> str:
    """The value of one whole encoded element; `absent` when there is none."""
    if not element:
        return _ABSENT.in_(language)
    syntax = UID(transfer_syntax_uid)
    try:
        dataset = read_dataset(BytesIO(element), syntax.is_implicit_VR, syntax.is_little_endian)
        values = ", ".join(_values(dataset, reveal=reveal, language=language, named=False))
    except (ValueError, NotImplementedError, EOFError, KeyError, AttributeError, TypeError, OSError):
        values = ""
    told = Sentence(f"{len(element)} bytes that cannot be shown", f"{len(element)} bytes die niet te tonen zijn")
    return values or told.in_(language)


def _values(dataset: Dataset, *, reveal: bool, language: Language, named: bool) -> Iterator[str]:
    for element in dataset:
        name = f"{element.keyword or tags.tag_text(element.tag)} " if named else ""
        if element.VR == "SQ":
            yield name + _items(element.value, reveal=reveal, language=language)
        else:
            yield name + "\\".join(
                _value(element, value, reveal=reveal, language=language) for value in _multiple(element.value)
            )


def _items(items: Any, *, reveal: bool, language: Language) -> str:
    if not items:
        return _NO_ITEMS.in_(language)
    return " ".join(f"[{', '.join(_values(item, reveal=reveal, language=language, named=True))}]" for item in items)


def _multiple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ("",)
    return tuple(value) if isinstance(value, list | tuple) or type(value).__name__ == "MultiValue" else (value,)


def _value(element: DataElement, value: Any, *, reveal: bool, language: Language) -> str:
    text = str(value)
    if not text:
        return _EMPTY.in_(language)
    if reveal:
        return text
    bsn = parse_bsn(text)
    if isinstance(bsn, Bsn):
        return bsn.masked
    harmless = element.tag in _HARMLESS or tags.is_group_length(element.tag)
    return text if harmless else Sentence(f"({len(text)} characters)", f"({len(text)} tekens)").in_(language)
