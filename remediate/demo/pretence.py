"""What the embedded archive's index says besides the truth, as its faults ask; what matches is decided in finder.

Texts go out as they are given, odd ones too: they are what an archive says whose index is broken or hostile.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from remediate.demo.faults import Faults
from remediate.demo.finder import Catalogue, find
from remediate.demo.index import Elements, StudyEntry, tag

_STUDY = tag("StudyInstanceUID")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Besides:
    """A catalogue with studies that no object stands behind."""

    catalogue: Catalogue
    more: Mapping[str, StudyEntry]

    def study(self, study_uid: str) -> StudyEntry | None:
        """One study."""
        return self.catalogue.study(study_uid) or self.more.get(study_uid)

    def studies(self) -> Iterable[StudyEntry]:
        """Every study."""
        return chain(self.catalogue.studies(), self.more.values())


def pretended(catalogue: Catalogue, identifier: Dataset, faults: Faults) -> Iterator[Dataset]:
    """The matches of a C-FIND. `UnknownLevelError` as `find` raises it."""
    more = {entry.study_uid: entry for entry in map(_entry, faults.find_besides)}
    found = find(_Besides(catalogue=catalogue, more=more) if more else catalogue, identifier)
    if identifier.QueryRetrieveLevel != "STUDY":
        return found
    if faults.find_briefly_only and "PatientName" in identifier:
        found = (match for match in found if str(match[_STUDY].value) not in faults.find_briefly_only)
    return chain(found, _ever_new(identifier, faults.find_flood)) if faults.find_flood else found


def _entry(texts: tuple[tuple[str, str], ...]) -> StudyEntry:
    elements: Elements = {tag(keyword): _element(keyword, text) for keyword, text in texts}
    return StudyEntry(study_uid=dict(texts)["StudyInstanceUID"], elements=elements, first_patient=elements)


def _element(keyword: str, text: str) -> DataElement:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DataElement(tag(keyword), dictionary_VR(tag(keyword)), text)


def _ever_new(identifier: Dataset, number_of: int) -> Iterator[Dataset]:
    day = str(identifier.get("StudyDate") or "20200101")[:8]
    for number in range(number_of):
        match = Dataset()
        match.QueryRetrieveLevel = "STUDY"
        match.StudyInstanceUID = f"1.2.3.{number}.{id(identifier)}"
        match.StudyDate = day
        match.PatientID = f"{number}"
        yield match
