"""A hospital whose night is done, with a second embedded archive that is a copy, and what copies make of objects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pydicom import dcmread

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults
from remediate.demo.part10 import DicomObject, to_part10
from tests.workplace import Workplace, free_port, objects_of

CORRECTED: dict[int, Workplace] = {}


def corrected_copy(approved: Workplace, base: Path, folder: Path) -> Workplace:
    """A workplace of its own in which everything planned was executed; the night is run once."""
    if id(approved) not in CORRECTED:
        place = approved.copy(base)
        with place.archive():
            place.must("execute", place.plan, "--now")
        CORRECTED[id(approved)] = place
    return CORRECTED[id(approved)].copy(folder)


def node(port: int = 0, **more: Any) -> dict[str, Any]:
    """Settings of a copy under the archive's own AE title, on another port."""
    return {"host": "127.0.0.1", "port": port or free_port(), "called_ae_title": "ARCHIVE", **more}


@contextmanager
def copy_of(place: Workplace, name: str = "vna", faults: Faults | None = None) -> Iterator[EmbeddedArchive]:
    """The copy that is configured under this name, while a block runs; empty at first."""
    port = yaml.safe_load(place.config.read_text())["copies"][name]["port"]
    with EmbeddedArchive(place.folder / f"copy-{name}", port=port, faults=faults) as archive:
        yield archive


def put_right(place: Workplace) -> list[str]:
    """The studies that are corrected."""
    return [study.study_instance_uid for study in place.planned()]


def old_objects(place: Workplace, *uids: str) -> tuple[DicomObject, ...]:
    """Objects as they were before anything was corrected."""
    found = (study for study in place.hospital.studies if study.study_instance_uid in uids)
    return tuple(item for study in found for item in objects_of(study))


def with_another_instance(objects: Iterable[DicomObject]) -> list[DicomObject]:
    """What a copy makes of objects to which it gives SOP Instance UIDs of its own."""
    return [_renamed(item, item.sop_instance_uid[:-1] + ("1" if item.sop_instance_uid[-1] != "1" else "2"))
            for item in objects]  # fmt: skip


def _renamed(item: DicomObject, uid: str) -> DicomObject:
    data = item.dataset_bytes.replace(item.sop_instance_uid.encode(), uid.encode())
    return replace(item, sop_instance_uid=uid, dataset_bytes=data)


def with_another_patient_id(objects: Iterable[DicomObject]) -> list[DicomObject]:
    """What a copy makes of objects whose Patient ID it coerces."""
    return [_coerced(item) for item in objects]


def _coerced(item: DicomObject) -> DicomObject:
    was = str(dcmread(io.BytesIO(to_part10(item)), stop_before_pixels=True).PatientID).encode()
    return replace(item, dataset_bytes=item.dataset_bytes.replace(was, b"9" * len(was), 1))
