"""What a synthetic study consists of: series, modality, SOP class, transfer syntax, pixels; knows no patient."""

from __future__ import annotations

import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    BasicTextSRStorage,
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    MRImageStorage,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
)

SIDE = 64
"""Rows and columns of every image, where it does not say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """Pixel data ready to be put in an object, with the attributes that describe it (PS3.3 C.7.6.3)."""

    data: bytes
    bits_allocated: int = 16
    bits_stored: int = 12
    colour: bool = False
    photometric: str = "MONOCHROME2"
    frames: int = 1
    side: int = SIDE
    encapsulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesShape:
    """One series: `instances` objects of one SOP class in one transfer syntax."""

    modality: str
    sop_class_uid: str
    transfer_syntax_uid: str
    instances: int = 1
    description: str = ""
    pixels: Callable[[int], Pixels] | None = None  # of the nth instance
    group_lengths: bool = False  # retired, but old archives are full of them
    undefined_lengths: bool = False  # sequences and items end with delimiters


def rle_frame(planes: tuple[bytes, ...]) -> bytes:
    """One frame in RLE Lossless (PS3.5 annex G): a header and one PackBits segment a byte plane."""
    segments = [_pack_bits(plane) for plane in planes]
    offsets = [64 + sum(len(segment) for segment in segments[:n]) for n in range(len(segments))]
    header = array.array("I", [len(segments), *offsets, *([0] * (15 - len(segments)))])
    return header.tobytes() + b"".join(segments)


def unpack_rle_frame(frame: bytes, plane_length: int) -> tuple[bytes, ...]:
    """The byte planes of one RLE Lossless frame, most significant first."""
    numbers = array.array("I", frame[:64])
    offsets = [*numbers[1 : 1 + numbers[0]], len(frame)]
    return tuple(_unpack_bits(frame[start:end], plane_length) for start, end in pairwise(offsets))


def _pack_bits(plane: bytes) -> bytes:
    """Rows are packed apart, as PS3.5 G.3.1 asks; runs of two or more are replicated."""
    packed = bytearray()
    for row in range(0, len(plane), SIDE):
        _pack_row(plane[row : row + SIDE], packed)
    return bytes(packed) + b"\0" * (len(packed) % 2)


def _pack_row(row: bytes, packed: bytearray) -> None:
    position = 0
    while position < len(row):
        run = 1
        while position + run < len(row) and run < 128 and row[position + run] == row[position]:
            run += 1
        if run > 1:
            packed += bytes((257 - run, row[position]))
            position += run
            continue
        end = position + 1
        while end < len(row) and end - position < 128 and (end + 1 >= len(row) or row[end] != row[end + 1]):
            end += 1
        packed.append(end - position - 1)
        packed += row[position:end]
        position = end


def _unpack_bits(segment: bytes, length: int) -> bytes:
    plane = bytearray()
    position = 0
    while len(plane) < length:
        count = segment[position]
        if count < 128:
            plane += segment[position + 1 : position + 2 + count]
            position += 2 + count
        else:
            plane += segment[position + 1 : position + 2] * (257 - count)
            position += 2
    return bytes(plane)


@cache
def _slice(number: int) -> bytes:
    """A disc whose size changes from slice to slice, 12 bits in 16, little endian."""
    radius = 400 + 40 * (number % 12)
    values = array.array("H", bytes(2 * SIDE * SIDE))
    for y in range(SIDE):
        for x in range(SIDE):
            distance = (x - 32) ** 2 + (y - 32) ** 2
            values[y * SIDE + x] = 1024 + 2 * ((x * 5 + y * 3 + number) % 61) if distance < radius else 24
    return values.tobytes()


def little_endian(number: int) -> Pixels:
    """An uncompressed slice."""
    return Pixels(data=_slice(number))


def big_endian(number: int) -> Pixels:
    """The same with its 16-bit words swapped, as explicit big endian asks (PS3.5 section 7.3)."""
    words = array.array("H", _slice(number))
    words.byteswap()
    return Pixels(data=words.tobytes())


def run_length(number: int) -> Pixels:
    """The same in RLE Lossless."""
    data = _slice(number)
    return Pixels(data=encapsulate([rle_frame((data[1::2], data[0::2]))]), encapsulated=True)


def _frame(name: str) -> bytes:
    return files("remediate.demo").joinpath("frames", name).read_bytes()


@cache
def ultrasound(number: int) -> Pixels:
    """A loop of colour frames in JPEG baseline."""
    frames = [_frame(f"ultrasound-{1 + (n + number) % 3}.jpg") for n in range(9)]
    return Pixels(
        data=encapsulate(frames), bits_allocated=8, bits_stored=8, colour=True, photometric="YBR_FULL_422",
        frames=len(frames), encapsulated=True,
    )  # fmt: skip


@cache
def xray_jpeg(_: int) -> Pixels:
    """A grey image in JPEG baseline."""
    return Pixels(data=encapsulate([_frame("xray.jpg")]), bits_allocated=8, bits_stored=8, encapsulated=True)


@cache
def xray_jpeg_2000(_: int) -> Pixels:
    """A 16-bit grey image in JPEG 2000, without loss."""
    return Pixels(data=encapsulate([_frame("xray.j2k")]), bits_stored=16, encapsulated=True)


def _ct(transfer_syntax_uid: str, pixels: Callable[[int], Pixels], instances: int = 4, **more: bool) -> SeriesShape:
    return SeriesShape(
        modality="CT", sop_class_uid=CTImageStorage, transfer_syntax_uid=transfer_syntax_uid, pixels=pixels,
        instances=instances, description="Thorax", **more,
    )  # fmt: skip


def _mr(transfer_syntax_uid: str, pixels: Callable[[int], Pixels], **more: bool) -> SeriesShape:
    return SeriesShape(
        modality="MR", sop_class_uid=MRImageStorage, transfer_syntax_uid=transfer_syntax_uid, pixels=pixels,
        instances=3, description="Knie", **more,
    )  # fmt: skip


_SR = SeriesShape(
    modality="SR", sop_class_uid=BasicTextSRStorage, transfer_syntax_uid=ExplicitVRLittleEndian,
    description="Verslag", undefined_lengths=True,
)  # fmt: skip
_PDF = SeriesShape(
    modality="DOC", sop_class_uid=EncapsulatedPDFStorage, transfer_syntax_uid=ExplicitVRLittleEndian,
    description="Brief",
)  # fmt: skip
_PR = SeriesShape(
    modality="PR", sop_class_uid=GrayscaleSoftcopyPresentationStateStorage,
    transfer_syntax_uid=ImplicitVRLittleEndian, description="Weergave",
)  # fmt: skip
_US = SeriesShape(
    modality="US", sop_class_uid=UltrasoundMultiFrameImageStorage, transfer_syntax_uid=JPEGBaseline8Bit,
    pixels=ultrasound, instances=2, description="Hart",
)  # fmt: skip
_CR = SeriesShape(
    modality="CR", sop_class_uid=ComputedRadiographyImageStorage, transfer_syntax_uid=JPEGBaseline8Bit,
    pixels=xray_jpeg, instances=2, description="Hand",
)  # fmt: skip
_DX = SeriesShape(
    modality="DX", sop_class_uid=DigitalXRayImageStorageForPresentation, transfer_syntax_uid=JPEG2000Lossless,
    pixels=xray_jpeg_2000, instances=2, description="Thorax",
)  # fmt: skip
_DX_LOSSY = SeriesShape(
    modality="DX", sop_class_uid=DigitalXRayImageStorageForPresentation, transfer_syntax_uid=JPEG2000,
    pixels=xray_jpeg_2000, description="Heup",
)  # fmt: skip

STUDY_SHAPES: tuple[tuple[SeriesShape, ...], ...] = (
    (_ct(ExplicitVRLittleEndian, little_endian), _PR),
    (_mr(ImplicitVRLittleEndian, little_endian), _SR),
    (_US, _PDF),
    (_ct(ExplicitVRBigEndian, big_endian), _ct(ImplicitVRLittleEndian, little_endian, 2, group_lengths=True)),
    (_DX, _SR),
    (_mr(RLELossless, run_length), _mr(ExplicitVRLittleEndian, little_endian, undefined_lengths=True)),
    (_CR, _PR),
    (_ct(DeflatedExplicitVRLittleEndian, little_endian), _PDF),
    (_ct(RLELossless, run_length, 3, group_lengths=True), _SR),
    (_DX_LOSSY, _CR),
    (_mr(ExplicitVRBigEndian, big_endian, group_lengths=True, undefined_lengths=True), _PR),
)
"""Every study has two series, so that a case in which series disagree fits any of them."""

SOP_CLASSES: tuple[str, ...] = tuple(sorted({str(series.sop_class_uid) for shape in STUDY_SHAPES for series in shape}))
TRANSFER_SYNTAXES: tuple[str, ...] = tuple(
    sorted({str(series.transfer_syntax_uid) for shape in STUDY_SHAPES for series in shape})
)
