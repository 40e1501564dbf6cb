"""A hospital whose night is done, with a second embedded archive that is a copy, and what copies make of objects."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pydicom import dcmread

from remediate.config.yaml_text import read_yaml
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults
from remediate.demo.part10 import DicomObject, to_part10
from remediate.ledger.ledger import SqlLedger
from tests.workplace import Workplace, free_port, objects_of

FEW = 3
"""Studies that the copy holds: with more the tests take longer and show no more."""
PLAN = "plan-0002"
"""Covers the copy `vna`; see `covered` in conftest.py."""
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
    port = read_yaml(place.config.read_text())["copies"][name]["port"]
    with EmbeddedArchive(place.folder / f"copy-{name}", port=port, faults=faults) as archive:
        yield archive


def put_right(place: Workplace) -> list[str]:
    """The studies that are corrected."""
    return [study.study_instance_uid for study in place.planned()]


def old_objects(place: Workplace, *uids: str) -> tuple[DicomObject, ...]:
    """Objects as they were before anything was corrected."""
    found = (study for study in place.hospital.studies if study.study_instance_uid in uids)
    return tuple(item for study in found for item in objects_of(study))


def update(place: Workplace, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What `execute --copies` says of the one copy."""
    (one,) = place.must("execute", PLAN, "--copies", "--now", *arguments, code=code).answer["copies"]
    return dict(one)


def held(archive: EmbeddedArchive, place: Workplace) -> dict[str, tuple[DicomObject, ...]]:
    """What a node holds of the studies that the copy held from the start."""
    return {uid: archive.objects(uid) for uid in put_right(place)[:FEW]}


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


class KilledError(BaseException):
    """The process is gone: nothing that comes after runs."""


def dies(where: str) -> Callable[[], Any]:
    """A patch under which the updater dies once, at a moment of its work."""
    return {
        "intent not written": lambda: patch.object(SqlLedger, "write_copy_intent", side_effect=KilledError),
        "nothing sent": lambda: patch("remediate.copies.update._Turn._carry_out", side_effect=KilledError),
        "one sent": lambda: patch("remediate.copies.update._Turn._renew", SecondTime()),
        "all sent": lambda: patch("remediate.copies.update._Turn._look", side_effect=KilledError),
        "read back": lambda: patch.object(SqlLedger, "end_copy_intent", side_effect=KilledError),
    }[where]


class SecondTime:
    """Stands for a method that dies the third time: once before the intent, once before the first object."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        if self.times > 2:
            raise KilledError
