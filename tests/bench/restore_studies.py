"""Studies of equal objects for the bench of the re-store: their making, and a stock Orthanc that holds them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MultiFrameGrayscaleWordSecondaryCaptureImageStorage

from remediate.config.archive import ArchiveSettings
from remediate.demo.hospital import Hospital, Study
from remediate.demo.shapes import Pixels, SeriesShape
from remediate.dicom.client import DicomArchive
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import OutgoingObject, StoreVerdict


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Studies of one kind: how many objects each has and how many of them each contestant is given."""

    name: str
    studies: int
    instances: int
    side: int
    frames: int = 1

    @property
    def nbytes(self) -> int:
        """Pixel data of one object."""
        return 2 * self.side * self.side * self.frames

    @property
    def shape(self) -> SeriesShape:
        """One series, explicit VR little endian."""
        return SeriesShape(
            modality="CT" if self.frames == 1 else "OT",
            sop_class_uid=CTImageStorage if self.frames == 1 else MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
            transfer_syntax_uid=ExplicitVRLittleEndian,
            instances=self.instances,
            description="Bench",
            pixels=lambda number: Pixels(data=_noise(self.nbytes, number), frames=self.frames, side=self.side),
        )


@cache
def _block(nbytes: int) -> bytes:
    return os.urandom(nbytes)


def _noise(nbytes: int, number: int) -> bytes:
    return number.to_bytes(8, "little") + _block(nbytes)[8:]


def choose(hospital: Hospital) -> Iterator[Study]:
    """Studies that the plan will hold, each of one patient, whatever wrong place their BSN stands in."""
    patients: set[str] = set()
    for study in hospital.studies:
        identity = study.case.identity
        is_plain = study.truth.expected_state == "planned" and study.case.second_series is None
        if is_plain and not study.case.signed and identity.patient_id not in patients:
            patients.add(identity.patient_id)
            yield study


def of_kind(study: Study, kind: Kind) -> Study:
    """The same patient with other objects."""
    return replace(study, shape=(kind.shape,))


def fill(settings: ArchiveSettings, studies: Iterable[Study], told: Callable[[int], object]) -> None:
    """Store every object of these studies; `told` hears of each study's objects."""
    archive = DicomArchive(settings, EvidenceSettings())
    try:
        for study in studies:
            verdicts = [result.verdict for result in archive.store(_outgoing(study))]
            if set(verdicts) != {StoreVerdict.STORED}:
                raise RuntimeError("the archive did not take the bench's objects")
            told(len(verdicts))
    finally:
        archive.close()


def _outgoing(study: Study) -> Iterator[OutgoingObject]:
    for item in study.objects():
        yield OutgoingObject(
            sop_instance_uid=item.sop_instance_uid,
            sop_class_uid=item.sop_class_uid,
            transfer_syntax_uid=item.transfer_syntax_uid,
            parts=[item.dataset_bytes],
            nbytes=len(item.dataset_bytes),
        )
