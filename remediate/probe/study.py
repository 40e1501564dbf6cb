"""Builds the marked synthetic study of a probe, before and after a correction; stores nothing.

It never holds a person: the patient is named REMEDIATE PROBE and the BSN is a test number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, SecondaryCaptureImageStorage

from remediate.errors import RemediateError
from remediate.header.correction import Provenance, apply, plan_correction
from remediate.header.profiles import Profile
from remediate.header.refusal import Refusal
from remediate.identity.bsn import Bsn
from remediate.texts.language import Sentence

UID_ROOT = "1.2.826.0.1.3680043.8.498"
"""Root under which pydicom lets everybody make UIDs."""

PROBE_PATIENT_ID = "REMEDIATE-PROBE"
"""Marks the study as ours: never planned, never counted among patients."""

_BSN = Bsn("999911120")
_SIDE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeObject:
    """One object of the probe."""

    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    dataset: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeStudy:
    """The same objects before and after a correction, one uncompressed and one compressed."""

    study_instance_uid: str
    before: tuple[ProbeObject, ...]
    after: tuple[ProbeObject, ...]


def build_probe_study(now: datetime, profile: Profile, provenance: Provenance) -> ProbeStudy:
    """A new study of two small secondary captures; UIDs come from the moment, to the tenth of a second."""
    study_uid = f"{UID_ROOT}.{now:%Y%m%d}.1{now:%H%M%S}.{now.microsecond // 100_000 + 1}"
    syntaxes = (ExplicitVRLittleEndian, RLELossless)
    before = tuple(_object(study_uid, number, syntax, now) for number, syntax in enumerate(syntaxes, start=1))
    return ProbeStudy(
        study_instance_uid=study_uid,
        before=before,
        after=tuple(_corrected(item, profile, provenance) for item in before),
    )


def _corrected(item: ProbeObject, profile: Profile, provenance: Provenance) -> ProbeObject:
    correction = plan_correction(
        item.dataset, item.transfer_syntax_uid, bsn=_BSN, profile=profile, provenance=provenance
    )
    parts = correction if isinstance(correction, Refusal) else apply(correction, item.dataset)
    if isinstance(parts, Refusal):
        raise RemediateError(
            Sentence(
                f"The target profile cannot be applied to the probe study: {parts.reason.value}.",
                f"Het doelprofiel kan niet op het testonderzoek worden toegepast: {parts.reason.value}.",
            )
        )
    return ProbeObject(
        sop_instance_uid=item.sop_instance_uid,
        sop_class_uid=item.sop_class_uid,
        transfer_syntax_uid=item.transfer_syntax_uid,
        dataset=parts.join(),
    )


def _object(study_uid: str, number: int, syntax: str, now: datetime) -> ProbeObject:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.SOPInstanceUID = f"{study_uid}.1.{number}"
    ds.StudyInstanceUID = study_uid
    ds.SeriesInstanceUID = f"{study_uid}.1"
    ds.StudyDate = ds.ContentDate = now.strftime("%Y%m%d")
    ds.StudyTime = ds.ContentTime = now.strftime("%H%M%S")
    ds.Modality = "OT"
    ds.ConversionType = "SYN"
    ds.PatientName = "REMEDIATE^PROBE"
    ds.PatientID = PROBE_PATIENT_ID
    ds.PatientBirthDate = "19700102"
    ds.PatientSex = "O"
    ds.add_new(0x00101000, "LO", _BSN.digits)
    ds.StudyDescription = "Synthetic test study of remediate, may be deleted"
    ds.AccessionNumber = ds.StudyID = ds.ReferringPhysicianName = ""
    ds.SeriesNumber = 1
    ds.InstanceNumber = number
    _add_pixels(ds, syntax)
    return ProbeObject(
        sop_instance_uid=ds.SOPInstanceUID,
        sop_class_uid=ds.SOPClassUID,
        transfer_syntax_uid=str(syntax),
        dataset=_encoded(ds),
    )


def _add_pixels(ds: Dataset, syntax: str) -> None:
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows = ds.Columns = _SIDE
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit = 7
    ds.PixelRepresentation = 0
    pixels = bytes(range(_SIDE * _SIDE))
    if syntax == RLELossless:
        ds.add_new(0x7FE00010, "OB", encapsulate([_rle_frame(pixels)]))
        ds["PixelData"].is_undefined_length = True
    else:
        ds.add_new(0x7FE00010, "OB", pixels)


def _rle_frame(pixels: bytes) -> bytes:
    """One segment of literal runs (PS3.5 annex G): valid RLE, if not short."""
    runs = [pixels[start : start + 128] for start in range(0, len(pixels), 128)]
    segment = b"".join(bytes([len(run) - 1]) + run for run in runs)
    header = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    return header + segment + b"\x00" * (len(segment) % 2)


def _encoded(ds: Dataset) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, ds)
    return buffer.getvalue()
