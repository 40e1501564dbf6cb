"""What a misbehaving archive does to an object: other UIDs, overlaid headers, another transfer syntax. Re-encodes."""

from __future__ import annotations

import array
from collections.abc import Callable, Iterable
from io import BytesIO

from pydicom import dcmread, dcmwrite
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from remediate.demo.part10 import DicomObject, from_part10, to_part10
from remediate.demo.shapes import unpack_rle_frame

_PIXEL_DATA = 0x7FE00010


def with_instance_uid(item: DicomObject, suffix: str) -> DicomObject:
    """The object under another SOP Instance UID."""

    def rename(header: FileDataset) -> None:
        header.SOPInstanceUID = f"{item.sop_instance_uid}.{suffix}"
        header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID

    return _rewritten(item, rename)


def with_study_uid(item: DicomObject, suffix: str) -> DicomObject:
    """The object in another study."""

    def move(header: FileDataset) -> None:
        header.StudyInstanceUID = f"{header.StudyInstanceUID}.{suffix}"

    return _rewritten(item, move)


def coerced(item: DicomObject) -> DicomObject:
    """One element changed, as an archive does that answers 0xB000 (Coercion of Data Elements)."""

    def coerce(header: FileDataset) -> None:
        header.StudyDescription = "COERCED"

    return _rewritten(item, coerce)


def overlaid(item: DicomObject, patient: Iterable[DataElement], patient_tags: Iterable[int]) -> DicomObject:
    """The patient's elements replaced by the index's."""

    def overlay(header: FileDataset) -> None:
        for number in patient_tags:
            if number in header:
                del header[number]
        for element in patient:
            header[element.tag] = element

    return _rewritten(item, overlay)


def with_other_ids_kept(item: DicomObject, old: DicomObject) -> DicomObject:
    """Other Patient IDs (0010,1000) of the old object added to those of the new one."""
    kept = _other_ids(dcmread(BytesIO(to_part10(old)), stop_before_pixels=True))

    def add(header: FileDataset) -> None:
        union = list(dict.fromkeys((*_other_ids(header), *kept)))
        if union:
            header.OtherPatientIDs = union

    return _rewritten(item, add)


def transcoded(item: DicomObject, target: UID | None = None) -> DicomObject:
    """The object in little endian, uncompressed: in `target`, or else in whichever of the two it is not in already.

    JPEG stays as it is, since this archive has no such codec.
    """
    syntax = item.transfer_syntax_uid
    target = target or (ImplicitVRLittleEndian if syntax == ExplicitVRLittleEndian else ExplicitVRLittleEndian)
    header = dcmread(BytesIO(to_part10(item)))
    if header.file_meta.TransferSyntaxUID.is_encapsulated:
        if syntax != RLELossless:
            return item
        header[_PIXEL_DATA] = DataElement(_PIXEL_DATA, "OW", _decoded_rle(header))
    elif syntax == ExplicitVRBigEndian and _PIXEL_DATA in header:
        words = array.array("H", header.PixelData)
        words.byteswap()
        header[_PIXEL_DATA] = DataElement(_PIXEL_DATA, "OW", words.tobytes())
    header.file_meta.TransferSyntaxUID = target
    return _written(header, implicit=target == ImplicitVRLittleEndian)


def _decoded_rle(header: FileDataset) -> bytes:
    """Grey frames of 8 or 16 bits: one segment for each byte of a pixel, the most significant first (PS3.5 G.2)."""
    plane = int(header.Rows) * int(header.Columns)
    pixels = bytearray()
    for frame in generate_frames(header.PixelData, number_of_frames=int(header.get("NumberOfFrames", 1) or 1)):
        segments = unpack_rle_frame(frame, plane)
        words = bytearray(len(segments) * plane)
        for place, segment in enumerate(reversed(segments)):
            words[place :: len(segments)] = segment[:plane]
        pixels += words
    return bytes(pixels)


def _other_ids(header: FileDataset) -> tuple[str, ...]:
    value = header.get("OtherPatientIDs") or ()
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _rewritten(item: DicomObject, change: Callable[[FileDataset], None]) -> DicomObject:
    header = dcmread(BytesIO(to_part10(item)))
    change(header)
    return _written(header, implicit=header.file_meta.TransferSyntaxUID.is_implicit_VR)


def _written(header: FileDataset, *, implicit: bool) -> DicomObject:
    stream = BytesIO()
    little = header.file_meta.TransferSyntaxUID.is_little_endian
    dcmwrite(stream, header, implicit_vr=implicit, little_endian=little, force_encoding=True)
    return from_part10(stream.getvalue())
