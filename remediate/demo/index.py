"""The archive's index in memory: what C-FIND can see of every object, rebuilt from the folder at each start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO

from pydicom import dcmread
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement

from remediate.demo.part10 import DicomObject, is_uid, to_part10

Elements = dict[int, DataElement]

PATIENT_KEYWORDS = (
    "PatientName", "PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "PatientBirthDate",
    "PatientSex", "OtherPatientIDs", "OtherPatientIDsSequence", "PatientComments",
)  # fmt: skip
_OTHER_KEYWORDS = (
    "SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyDate", "SeriesDate", "StudyTime",
    "AccessionNumber", "Modality", "InstitutionName", "InstitutionalDepartmentName", "ReferringPhysicianName",
    "StationName", "StudyDescription", "SeriesDescription", "StudyInstanceUID", "SeriesInstanceUID", "StudyID",
    "SeriesNumber", "InstanceNumber", "NumberOfFrames", "Rows", "Columns",
)  # fmt: skip


@lru_cache(maxsize=1024)
def tag(keyword: str) -> int:
    """The tag of a keyword of the data dictionary. `ValueError` for any other text."""
    number = tag_for_keyword(keyword)
    if number is None:
        raise ValueError(f"{keyword} is not in the data dictionary")
    return number


PATIENT_TAGS = frozenset(tag(keyword) for keyword in PATIENT_KEYWORDS)
_INDEXED = [tag(keyword) for keyword in (*PATIENT_KEYWORDS, *_OTHER_KEYWORDS)]
_SOP_CLASS, _SOP_INSTANCE = tag("SOPClassUID"), tag("SOPInstanceUID")
_STUDY, _SERIES, _MODALITY = tag("StudyInstanceUID"), tag("SeriesInstanceUID"), tag("Modality")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One object's header, as far as the index keeps it."""

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    elements: Elements = field(repr=False)


@dataclass(slots=True, kw_only=True)
class StudyEntry:
    """One study: its objects by SOP Instance UID, and what study level answers for it."""

    study_uid: str
    elements: Elements = field(repr=False)
    first_patient: Elements = field(repr=False)  # the patient as the first object named it
    instances: dict[str, Instance] = field(default_factory=dict, repr=False)
    derived: Elements | None = field(default=None, repr=False)  # counts and sets over the instances, made when asked

    def update_patient(self, patient: Elements | None) -> bool:
        """Know the patient by these elements from now on; None changes nothing. Whether it changed anything."""
        if patient is None:
            return False
        others = {number: element for number, element in self.elements.items() if number not in PATIENT_TAGS}
        self.first_patient, self.elements = patient, {**others, **patient}
        return True


def read_instance(item: DicomObject) -> Instance:
    """Read a header for the index. `ValueError` when it names no study or series, or cannot be read."""
    header = dcmread(BytesIO(to_part10(item)), stop_before_pixels=True, specific_tags=_INDEXED)
    elements: Elements = {int(element.tag): element for element in header}
    study, series = (_text(elements, number) for number in (_STUDY, _SERIES))
    if not (is_uid(study) and is_uid(series) and is_uid(item.sop_instance_uid)):
        raise ValueError("the object names no study, series or instance")
    return Instance(
        study_uid=study,
        series_uid=series,
        sop_instance_uid=item.sop_instance_uid,
        sop_class_uid=item.sop_class_uid,
        transfer_syntax_uid=item.transfer_syntax_uid,
        elements=elements,
    )


class Index:
    """Every study and object. Not locked: `Holdings` lets one thread in at a time."""

    def __init__(self) -> None:
        self._studies: dict[str, StudyEntry] = {}

    def add(self, instance: Instance, *, refresh_study: bool = True) -> None:
        """Add or replace one object; `refresh_study` decides whether study level takes over its header."""
        entry = self._studies.get(instance.study_uid)
        if entry is None:
            patient = {number: element for number, element in instance.elements.items() if number in PATIENT_TAGS}
            entry = StudyEntry(study_uid=instance.study_uid, elements=instance.elements, first_patient=patient)
            self._studies[instance.study_uid] = entry
        elif refresh_study:
            entry.elements = instance.elements
        entry.instances[instance.sop_instance_uid] = instance
        entry.derived = None

    def remove(self, study_uid: str, sop_instance_uid: str) -> None:
        """Forget one object, and its study with the last one."""
        entry = self._studies[study_uid]
        del entry.instances[sop_instance_uid]
        entry.derived = None
        if not entry.instances:
            del self._studies[study_uid]

    def study(self, study_uid: str) -> StudyEntry | None:
        """One study, None when the archive does not have it."""
        return self._studies.get(study_uid)

    def studies(self) -> Iterator[StudyEntry]:
        """Every study in order of arrival."""
        return iter(tuple(self._studies.values()))


def study_level(entry: StudyEntry) -> Elements:
    """What a C-FIND at study level can answer (PS3.4 table C.6-5)."""
    if entry.derived is None:
        instances = entry.instances.values()
        entry.derived = {
            **_derived("ModalitiesInStudy", tuple(sorted({_text(one.elements, _MODALITY) for one in instances}))),
            **_derived("SOPClassesInStudy", tuple(sorted({one.sop_class_uid for one in instances}))),
            **_derived("NumberOfStudyRelatedSeries", len({one.series_uid for one in instances})),
            **_derived("NumberOfStudyRelatedInstances", len(instances)),
        }
    return {**entry.elements, **entry.derived}


def series_level(entry: StudyEntry) -> Iterator[Elements]:
    """The same for each series of a study."""
    for series_uid in dict.fromkeys(one.series_uid for one in entry.instances.values()):
        members = [one for one in entry.instances.values() if one.series_uid == series_uid]
        yield {**members[0].elements, **_derived("NumberOfSeriesRelatedInstances", len(members))}


def image_level(entry: StudyEntry) -> Iterator[Elements]:
    """The same for each object of a study."""
    for one in entry.instances.values():
        yield {**one.elements, **_derived("AvailableTransferSyntaxUID", one.transfer_syntax_uid)}


@lru_cache(maxsize=4096)
def _derived(keyword: str, value: int | str | tuple[str, ...]) -> Elements:
    """One element by keyword; most studies share theirs with many others."""
    number = tag(keyword)
    return {number: DataElement(number, dictionary_VR(number), list(value) if isinstance(value, tuple) else value)}


def _text(elements: Elements, number: int) -> str:
    element = elements.get(number)
    return "" if element is None or element.value is None else str(element.value)
