"""Query identifiers: what we ask for, in bytes, and what came back, in text (PS3.4 annex C.4). No network."""

from __future__ import annotations

from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.dsutils import decode, encode

from remediate.archive.associations import Context
from remediate.header.buffers import Buffer
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
"""Return keys at study level, asked for with zero length; (0010,1002) is asked for with one empty item."""
OTHER_PATIENT_IDS, OTHER_PATIENT_IDS_SEQUENCE = (0x0010, 0x1000), (0x0010, 0x1002)


def encode_identifier(identifier: Dataset, context: Context) -> bytes:
    """Encode in the accepted transfer syntax. Raises ValueError when pydicom cannot."""
    syntax = UID(context.transfer_syntax)
    data = encode(identifier, syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated)
    if data is None:
        raise ValueError("the identifier cannot be encoded")
    return bytes(data)


def decode_identifier(data: Buffer, context: Context) -> Dataset:
    """Decode a response identifier."""
    syntax = UID(context.transfer_syntax)
    identifier: Dataset = decode(BytesIO(data), syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated)
    return identifier


def study_request(query: StudyQuery) -> Dataset:
    """The identifier of a Study Root C-FIND at study level (PS3.4 C.6.2.1.2)."""
    made = Dataset()
    made.QueryRetrieveLevel = "STUDY"
    for keyword in STUDY_KEYS:
        setattr(made, keyword, None)
    item = Dataset()
    item.PatientID = None
    item.IssuerOfPatientID = None
    item.TypeOfPatientID = None
    made.OtherPatientIDsSequence = [item]
    made.StudyDate = _date_range(query)
    made.StudyTime = query.time_range or None
    made.PatientID = query.patient_id or None
    made.StudyInstanceUID = query.study_instance_uid or None
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
    return made


def image_request(study_instance_uid: str, series_instance_uid: str) -> Dataset:
    """Every object of a series: hierarchical matching wants the series to be named (PS3.4 C.4.1.3.1.1)."""
    made = Dataset()
    made.QueryRetrieveLevel = "IMAGE"
    made.StudyInstanceUID = study_instance_uid
    made.SeriesInstanceUID = series_instance_uid
    made.SOPInstanceUID = None
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


def text(identifier: Dataset, keyword: str) -> str:
    """One element as text, stripped; "" when it is absent or empty."""
    value = identifier.get(keyword)
    return "" if value is None else str(value).strip(" \0")


def texts(identifier: Dataset, keyword: str) -> tuple[str, ...]:
    """The values of an element, sorted and distinct."""
    value = identifier.get(keyword)
    if value is None or value == "":
        return ()
    many = [value] if isinstance(value, str) else list(value)
    return tuple(sorted({str(each).strip(" \0") for each in many} - {""}))


def instance_of(identifier: Dataset, series_instance_uid: str) -> FoundInstance | None:
    """One response at image level; None when it names no instance."""
    uid = text(identifier, "SOPInstanceUID")
    if not uid:
        return None
    available = texts(identifier, "AvailableTransferSyntaxUID")
    return FoundInstance(
        sop_instance_uid=uid,
        sop_class_uid=text(identifier, "SOPClassUID"),
        series_instance_uid=text(identifier, "SeriesInstanceUID") or series_instance_uid,
        transfer_syntax_uid=available[0] if len(available) == 1 else "",
    )


def instances_count(identifier: Dataset) -> int | None:
    """Number of Study Related Instances, where the archive answers it with a number."""
    value = text(identifier, "NumberOfStudyRelatedInstances")
    return int(value) if value.isascii() and value.isdigit() else None


def answers_other_ids(identifier: Dataset) -> bool:
    """Whether the response carries both elements, empty or not: then no header needs to be looked at for them."""
    return OTHER_PATIENT_IDS in identifier and OTHER_PATIENT_IDS_SEQUENCE in identifier
