"""Keeps DICOM objects as Part 10 files in a folder, data sets byte for byte as received; knows no matching."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from remediate.demo.part10 import DicomObject, from_part10, is_uid, to_part10


class FolderStore:
    """One file an object: `<Study Instance UID>/<SOP Instance UID>.dcm`. A file is complete or absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, study_uid: str, item: DicomObject) -> None:
        """Write or replace one object. `ValueError` for a UID that is none."""
        path = self._path(study_uid, item.sop_instance_uid)
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(to_part10(item))
        os.replace(unfinished, path)

    def get(self, study_uid: str, sop_instance_uid: str) -> DicomObject:
        """Read one object. `FileNotFoundError` when there is none."""
        return from_part10(self._path(study_uid, sop_instance_uid).read_bytes())

    def remove(self, study_uid: str, sop_instance_uid: str) -> None:
        """Delete one object."""
        self._path(study_uid, sop_instance_uid).unlink()

    def scan(self) -> Iterator[DicomObject]:
        """Every object in the folder, sorted by path."""
        for path in sorted(self._folder.glob("*/*.dcm")):
            yield from_part10(path.read_bytes())

    def _path(self, study_uid: str, sop_instance_uid: str) -> Path:
        if not (is_uid(study_uid) and is_uid(sop_instance_uid)):
            raise ValueError("not a UID")
        return self._folder / study_uid / f"{sop_instance_uid}.dcm"
