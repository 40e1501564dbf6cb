"""Query identifiers: what we ask for, in bytes, and what came back, in text (PS3.4 annex C.4). No network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.dsutils import encode

from remediate.dicom.associations import OfferedContext
from remediate.header.buffers import Buffer
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.index_answer import plain_evidence, plain_values
from remediate.header.refusal import Refused
from remediate.header.scanner import Element, leading_elements, scan
from remediate.header.syntax import IMPLICIT_VR_LITTLE_ENDIAN, Encoding, syntax_of
from remediate.header.tags import SPECIFIC_CHARACTER_SET
from remediate.header.texts import decoded, terms_of
from remediate.identity.evidence import Evidence, Flag
from remediate.records.dicom import FoundInstance, StudyQuery

STUDY_KEYS = (
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ModalitiesInStudy",
    "InstitutionName",
    "InstitutionalDepartmentName",
    "StationName",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "OtherPatientIDs",
    "StudyInstanceUID",
    "NumberOfStudyRelatedInstances",
)
"""Return keys at study level, asked for with zero length. So is (0010,1002), without an item: an item would limit
what comes back to the elements that it names, and Orthanc warns in its log at each query."""
BRIEF_KEYS = ("StudyDate", "PatientID", "StudyInstanceUID")
"""Every index has these at hand; for others Orthanc opens a file of each study."""
MOST_ELEMENTS = 1000
"""Far more than any response has."""


def encode_identifier(identifier: Dataset, context: OfferedContext) -> bytes:
    """Encode in the accepted transfer syntax. Raises ValueError when pydicom cannot."""
    syntax = UID(context.transfer_syntax)
    data = encode(identifier, syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated)
    if data is None:
        raise ValueError("the identifier cannot be encoded")
    return bytes(data)


def study_request(query: StudyQuery) -> Dataset:
    """The identifier of a Study Root C-FIND at study level (PS3.4 C.6.2.1.2)."""
    made = Dataset()
    made.QueryRetrieveLevel = "STUDY"
    for keyword in BRIEF_KEYS if query.briefly else STUDY_KEYS:
        setattr(made, keyword, None)
    if not query.briefly:
        made.OtherPatientIDsSequence = []
    made.StudyDate = _date_range(query)
    if query.time_range or not query.briefly:
        made.StudyTime = query.time_range or None
    made.PatientID = query.patient_id or None
    made.StudyInstanceUID = query.study_instance_uid or None
    if query.accession_number or not query.briefly:
        made.AccessionNumber = query.accession_number or None
    return made


def _date_range(query: StudyQuery) -> str | None:
    first = query.date_from.strftime("%Y%m%d") if query.date_from else ""
    last = query.date_to.strftime("%Y%m%d") if query.date_to else ""
    if not first and not last:
        return None
    return first if first == last else f"{first}-{last}"


def series_request(study_instance_uid: str) -> Dataset:
    """Every series of a study."""
    made = Dataset()
    made.QueryRetrieveLevel = "SERIES"
    made.StudyInstanceUID = study_instance_uid
    made.SeriesInstanceUID = None
    made.Modality = None
    return made


def image_request(study_instance_uid: str, series_instance_uid: str, *, briefly: bool = False) -> Dataset:
    """Every object of a series: hierarchical matching wants the series to be named (PS3.4 C.4.1.3.1.1).

    `briefly` asks for nothing but the unique key, which every index has at hand: Orthanc opens each object's file to
    answer the others.
    """
    made = Dataset()
    made.QueryRetrieveLevel = "IMAGE"
    made.StudyInstanceUID = study_instance_uid
    made.SeriesInstanceUID = series_instance_uid
    made.SOPInstanceUID = None
    if not briefly:
        made.SOPClassUID = None
        made.AvailableTransferSyntaxUID = None
    return made


def retrieve_study_request(study_instance_uid: str) -> Dataset:
    """C-GET or C-MOVE of a whole study."""
    made = Dataset()
    made.QueryRetrieveLevel = "STUDY"
    made.StudyInstanceUID = study_instance_uid
    return made


def retrieve_images_request(study_instance_uid: str, series_instance_uid: str, sop_instance_uids: list[str]) -> Dataset:
    """C-GET or C-MOVE of single objects of one series, by a list of UIDs (PS3.4 C.2.2.2.2)."""
    made = Dataset()
    made.QueryRetrieveLevel = "IMAGE"
    made.StudyInstanceUID = study_instance_uid
    made.SeriesInstanceUID = series_instance_uid
    made.SOPInstanceUID = sop_instance_uids if len(sop_instance_uids) > 1 else sop_instance_uids[0]
    return made


class Response:
    """A response identifier, read element by element where it stands; what cannot be read is absent."""

    def __init__(self, data: Buffer, context: OfferedContext) -> None:
        self._data = data
        self._syntax = context.transfer_syntax
        plain = plain_values(data) if self._syntax == IMPLICIT_VR_LITTLE_ENDIAN else None
        self._is_plain = plain is not None
        self._values = plain if plain is not None else _values(memoryview(data), syntax_of(self._syntax).encoding)
        self._character_set = terms_of(self._values.get(SPECIFIC_CHARACTER_SET, b""))

    def __contains__(self, keyword: str) -> bool:
        return _tag(keyword) in self._values

    def text(self, keyword: str) -> str:
        """One element as text, stripped; "" when it is absent or empty."""
        return decoded(self._values.get(_tag(keyword), b""), self._character_set)

    def texts(self, keyword: str) -> tuple[str, ...]:
        """The distinct values of an element, sorted. For values that hold no backslash, such as CS and UI."""
        text = self.text(keyword)
        if "\\" not in text:
            return (text,) if text else ()
        return tuple(sorted({value.strip() for value in text.split("\\")} - {""}))

    def evidence(self, settings: EvidenceSettings) -> Evidence:
        """What it claims of identity, as the reader of objects' headers reads it."""
        if self._is_plain and not settings.private_elements:
            evidence = plain_evidence(self._values, self._character_set)
            if evidence is not None:
                return evidence
        read = read_evidence(self._data, self._syntax, settings)
        return read if isinstance(read, Evidence) else Evidence(flags=frozenset({Flag.UNPARSABLE}))


def _values(view: memoryview, encoding: Encoding) -> dict[int, bytes]:
    try:
        elements: Sequence[Element] = scan(view, encoding, last_tag=None)
    except Refused:
        elements = leading_elements(view, 0, encoding, MOST_ELEMENTS)
    return {element.tag: bytes(view[element.value : element.value_end]) for element in elements}


@cache
def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(keyword)
    return tag


def instance_of(response: Response, series_instance_uid: str, modality: str = "") -> FoundInstance:
    """One response at image level."""
    available = response.texts("AvailableTransferSyntaxUID")
    return FoundInstance(
        sop_instance_uid=response.text("SOPInstanceUID"),
        sop_class_uid=response.text("SOPClassUID"),
        series_instance_uid=series_instance_uid,
        transfer_syntax_uid=available[0] if len(available) == 1 else "",
        modality=modality,
    )


def instances_count(response: Response) -> int | None:
    """Number of Study Related Instances, where the archive answers it with a number."""
    value = response.text("NumberOfStudyRelatedInstances")
    return int(value) if value.isascii() and value.isdigit() else None


def answers_other_ids(response: Response) -> bool:
    """Whether the response carries both elements, empty or not: then no header needs to be looked at for them."""
    return "OtherPatientIDs" in response and "OtherPatientIDsSequence" in response
