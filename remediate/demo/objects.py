"""Builds the DICOM objects of a synthetic study as bytes, odd but legal encodings included; decides no identity."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydicom.charset import convert_encodings
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from remediate.demo.modules import add_content, add_patient, add_signature
from remediate.demo.part10 import DicomObject
from remediate.demo.shapes import Pixels, SeriesShape
from remediate.demo.variants import HeaderIdentity, StudyCase

UID_ROOT = "1.2.826.0.1.3680043.8.498"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFrame:
    """What all objects of one study share, apart from the patient."""

    study_instance_uid: str
    number: int  # of the study in this hospital, from 1
    study_date: str  # DA; "" when undated
    study_time: str
    institution_name: str
    charset: str  # Specific Character Set (0008,0005)


def study_objects(frame: StudyFrame, case: StudyCase, shape: tuple[SeriesShape, ...]) -> Iterator[DicomObject]:
    """Every object of the study, series by series."""
    first_image = f"{frame.study_instance_uid}.1.1"
    for series_number, series in enumerate(shape, start=1):
        identity = case.second_series if case.second_series and series_number > 1 else case.identity
        for number in range(1, series.instances + 1):
            dataset = _dataset(frame, identity, series, series_number, number)
            add_content(dataset, series, first_image, str(shape[0].sop_class_uid))
            if case.corrected_before:
                _add_original_attributes(dataset)
            if case.signed and series_number == 1 and number == 1:
                add_signature(dataset)
            yield DicomObject(
                sop_class_uid=str(series.sop_class_uid),
                sop_instance_uid=str(dataset.SOPInstanceUID),
                transfer_syntax_uid=str(series.transfer_syntax_uid),
                dataset_bytes=encode(dataset, series),
            )


def _dataset(
    frame: StudyFrame, identity: HeaderIdentity, series: SeriesShape, series_number: int, number: int
) -> Dataset:
    """General Study, Series, Equipment, SOP Common and the patient (PS3.3 C.7)."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = frame.charset
    dataset.InstanceCreationDate = frame.study_date or "20100101"
    dataset.InstanceCreationTime = frame.study_time
    dataset.SOPClassUID = series.sop_class_uid
    dataset.SOPInstanceUID = f"{frame.study_instance_uid}.{series_number}.{number}"
    dataset.StudyDate = frame.study_date
    dataset.SeriesDate = frame.study_date
    dataset.ContentDate = frame.study_date
    dataset.StudyTime = frame.study_time
    dataset.ContentTime = frame.study_time
    dataset.AccessionNumber = f"ACC{frame.number:06d}"
    dataset.Modality = series.modality
    dataset.Manufacturer = "Synthetic"
    dataset.InstitutionName = frame.institution_name
    dataset.ReferringPhysicianName = "Verwijzer^A."
    dataset.StationName = f"{series.modality}{1 + frame.number % 3}"
    dataset.StudyDescription = series.description
    dataset.SeriesDescription = series.description
    dataset.StudyInstanceUID = frame.study_instance_uid
    dataset.SeriesInstanceUID = f"{frame.study_instance_uid}.{series_number}"
    dataset.StudyID = str(frame.number)
    dataset.SeriesNumber = series_number
    dataset.Laterality = ""
    dataset.InstanceNumber = number
    add_patient(dataset, identity)
    if number % 2:
        _add_private(dataset)
    if series.pixels is not None:
        _add_pixels(dataset, series.pixels(number))
    return dataset


def _add_private(dataset: Dataset) -> None:
    """A private block with the odd values that a correction must leave alone."""
    block = dataset.private_block(0x0009, "SYNTHETIC SCANNER 1", create=True)
    block.add_new(0x01, "LO", "kept as it is")
    block.add_new(0x02, "UN", b"\x00\x01\x02\x03odd!")
    block.add_new(0x03, "OB", bytes(range(16)))


def _add_pixels(dataset: Dataset, pixels: Pixels) -> None:
    """Image Pixel module (PS3.3 C.7.6.3)."""
    dataset.PatientOrientation = ""
    dataset.SamplesPerPixel = 3 if pixels.colour else 1
    dataset.PhotometricInterpretation = pixels.photometric
    if pixels.colour:
        dataset.PlanarConfiguration = 0
    if pixels.frames > 1:
        dataset.NumberOfFrames = pixels.frames
        dataset.FrameTime = "40"
        dataset.FrameIncrementPointer = 0x00181063
    dataset.Rows = dataset.Columns = pixels.side
    dataset.BitsAllocated = pixels.bits_allocated
    dataset.BitsStored = pixels.bits_stored
    dataset.HighBit = pixels.bits_stored - 1
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels.data
    dataset["PixelData"].VR = "OB" if pixels.encapsulated or pixels.bits_allocated == 8 else "OW"
    dataset["PixelData"].is_undefined_length = pixels.encapsulated


def _add_original_attributes(dataset: Dataset) -> None:
    """The trace of an earlier correction, which a later one keeps (PS3.3 C.12.1.1.9)."""
    before = Dataset()
    before.AccessionNumber = ""
    item = Dataset()
    item.ModifiedAttributesSequence = Sequence([before])
    item.AttributeModificationDateTime = "20150302101500"
    item.ModifyingSystem = "OLD ARCHIVE"
    item.SourceOfPreviousValues = ""
    item.ReasonForTheAttributeModification = "COERCE"
    dataset.OriginalAttributesSequence = Sequence([item])


def encode(dataset: Dataset, series: SeriesShape) -> bytes:
    """The data set in the series' transfer syntax, with its oddities."""
    if series.undefined_lengths:
        _leave_lengths_undefined(dataset)
    syntax = UID(series.transfer_syntax_uid)
    encodings = convert_encodings(dataset.SpecificCharacterSet)  # a group on its own does not name it
    if series.group_lengths:
        encoded = b"".join(_group_with_length(dataset, group, syntax, encodings) for group in sorted(_groups(dataset)))
    else:
        encoded = _encode_plain(dataset, syntax, encodings)
    return _deflate(encoded) if syntax.is_deflated else encoded


def _encode_plain(dataset: Dataset, syntax: UID, encodings: list[str]) -> bytes:
    stream = DicomBytesIO()
    stream.is_implicit_VR = syntax.is_implicit_VR
    stream.is_little_endian = syntax.is_little_endian
    write_dataset(stream, dataset, parent_encoding=encodings)
    return stream.getvalue()


def _groups(dataset: Dataset) -> set[int]:
    return {int(tag) >> 16 for tag in dataset.keys()}  # noqa: SIM118 - iterating a Dataset decodes its elements


def _group_with_length(dataset: Dataset, group: int, syntax: UID, encodings: list[str]) -> bytes:
    """One group, led by its Group Length (gggg,0000), UL (PS3.5 section 7.2; retired)."""
    encoded = _encode_plain(dataset.group_dataset(group), syntax, encodings)
    order: Literal["little", "big"] = "little" if syntax.is_little_endian else "big"
    head = group.to_bytes(2, order) + b"\0\0"
    length = len(encoded).to_bytes(4, order)
    if syntax.is_implicit_VR:
        return head + (4).to_bytes(4, order) + length + encoded
    return head + b"UL" + (4).to_bytes(2, order) + length + encoded


def _leave_lengths_undefined(dataset: Dataset) -> None:
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                _leave_lengths_undefined(item)


def _deflate(encoded: bytes) -> bytes:
    """RFC 1951 without header, padded to even length (PS3.5 section A.5)."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = compressor.compress(encoded) + compressor.flush()
    return deflated + b"\0" * (len(deflated) % 2)
