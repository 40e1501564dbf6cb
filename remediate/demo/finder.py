"""C-FIND of the embedded archive: matching by PS3.4 section C.2.2.2 and the answers; speaks no network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from remediate.demo.index import Elements, StudyEntry, image_level, series_level, study_level, tag

Predicate = Callable[[str], bool]

_LEVEL, _CHARSET, _STUDY = tag("QueryRetrieveLevel"), tag("SpecificCharacterSet"), tag("StudyInstanceUID")
_NOT_KEYS = frozenset({_LEVEL, _CHARSET, tag("RetrieveAETitle"), tag("TimezoneOffsetFromUTC")})
_LEVELS: dict[str, Callable[[StudyEntry], Iterator[Elements]]] = {
    "STUDY": lambda entry: iter((study_level(entry),)),
    "SERIES": series_level,
    "IMAGE": image_level,
}


class Catalogue(Protocol):
    """Where studies are looked up; `Holdings` and `Index` are both."""

    def study(self, study_uid: str) -> StudyEntry | None:
        """One study."""

    def studies(self) -> Iterable[StudyEntry]:
        """Every study."""


class UnknownLevelError(ValueError):
    """The identifier names no level of the Study Root model."""


def find(catalogue: Catalogue, identifier: Dataset) -> Iterator[Dataset]:
    """The identifier of every match, with the requested keys; keys that nothing is known about are empty.

    Its elements are the index's own and must not be changed, only replaced.

    `UnknownLevelError` when Query/Retrieve Level is none of STUDY, SERIES and IMAGE.
    """
    level = str(identifier.get("QueryRetrieveLevel", ""))
    if level not in _LEVELS:
        raise UnknownLevelError(level)
    requested = [int(number) for number in identifier.keys()]  # noqa: SIM118 - values are not wanted here
    predicates = _predicates(identifier)
    return _matches(catalogue, level, _study_uids(identifier), predicates, requested)


def _matches(
    catalogue: Catalogue, level: str, study_uids: list[str], predicates: dict[int, Predicate], requested: list[int]
) -> Iterator[Dataset]:
    if study_uids:
        entries = [entry for uid in study_uids if (entry := catalogue.study(uid))]
    else:
        entries = list(catalogue.studies())
    direct = {number: test for number, test in predicates.items() if level == "STUDY" and number not in _DERIVED}
    predicates = {number: test for number, test in predicates.items() if number not in direct}
    for entry in entries:
        if not _agrees(entry.elements, direct):
            continue
        for elements in _LEVELS[level](entry):
            if _agrees(elements, predicates):
                yield _answer(elements, requested, level)


_DERIVED = frozenset(
    tag(keyword)
    for keyword in (
        "ModalitiesInStudy",
        "SOPClassesInStudy",
        "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    )
)


def _agrees(elements: Elements, predicates: dict[int, Predicate]) -> bool:
    """Any value of a multi-valued element may match."""
    return all(any(test(text) for text in texts(elements.get(number))) for number, test in predicates.items())


def texts(element: DataElement | None) -> tuple[str, ...]:
    """An element's values as text; one empty text when it is absent or has no value."""
    if element is None or element.value is None:
        return ("",)
    if isinstance(element.value, MultiValue):
        return tuple(str(one) for one in element.value) or ("",)
    return (str(element.value),)


def _study_uids(identifier: Dataset) -> list[str]:
    element = identifier.get(_STUDY)
    return [text for text in texts(element) if text and "*" not in text]


def _predicates(identifier: Dataset) -> dict[int, Predicate]:
    """A test for every key that does not match universally. Sequence keys only ask for a return value."""
    found: dict[int, Predicate] = {}
    for element in identifier:
        if int(element.tag) in _NOT_KEYS or element.VR == "SQ":
            continue
        wanted = texts(element)
        if wanted != ("",) and wanted != ("*",):
            found[int(element.tag)] = predicate(element.VR, wanted)
    return found


def predicate(vr: str, wanted: tuple[str, ...]) -> Predicate:
    """The matching that PS3.4 C.2.2.2 gives this representation and value."""
    if vr in ("DA", "TM", "DT") and "-" in wanted[0]:
        first, _, last = wanted[0].partition("-")
        return _in_range(vr, first.strip(), last.strip())
    if any(sign in text for text in wanted for sign in "*?") and vr not in ("DA", "TM", "DT", "UI"):
        patterns = [_wildcard(text, ignore_case=vr == "PN") for text in wanted]
        return lambda text: any(pattern.fullmatch(text) for pattern in patterns)
    if vr == "PN":
        folded = {text.casefold() for text in wanted}
        return lambda text: text.casefold() in folded
    return frozenset(wanted).__contains__


def _in_range(vr: str, first: str, last: str) -> Predicate:
    """Both ends included; an empty end is open. What is no real date or time lies in no range."""
    if vr == "TM":
        return lambda text: bool(text) and (first or "0") <= text and text[: len(last) or 1] <= (last or ":")
    return lambda text: _is_date(text) and (first or "0") <= text <= (last or ":")


@lru_cache(maxsize=16_384)
def _is_date(text: str) -> bool:
    if len(text) != 8 or not text.isdigit():
        return False
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - DICOM dates have no zone
    except ValueError:
        return False
    return True


def _wildcard(text: str, *, ignore_case: bool) -> re.Pattern[str]:
    """`*` is any run, `?` any one character (PS3.4 C.2.2.2.4)."""
    pattern = "".join(".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in text)
    return re.compile(pattern, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)


def _answer(elements: Elements, requested: list[int], level: str) -> Dataset:
    answer = Dataset()
    for number in requested:
        element = elements.get(number)
        answer[number] = element if element is not None else _empty(number)
    if _CHARSET in elements:
        answer[_CHARSET] = elements[_CHARSET]
    answer[_STUDY] = elements[_STUDY]
    answer[_LEVEL] = _level(level)
    return answer


@lru_cache
def _level(level: str) -> DataElement:
    return DataElement(_LEVEL, "CS", level)


@lru_cache(maxsize=1024)
def _empty(number: int) -> DataElement:
    try:
        vr = dictionary_VR(number)
    except KeyError:  # a private key
        vr = "UN"
    return DataElement(number, vr, [] if vr == "SQ" else None)
