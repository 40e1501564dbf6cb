"""Originals on disk, owner-only, until verified. Knows files, not what is in them."""

from __future__ import annotations

import mmap
import os
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from remediate.archive.incoming import PARTIAL, SUFFIX, spool_error
from remediate.archive.peek import peek_identity
from remediate.errors import SpoolError
from remediate.header.part10 import Part10, split_part10
from remediate.records.dicom import ReceivedObject

OWNER_ONLY = 0o700
SYNCED_AT_ONCE = 8


class FolderSpool:
    """A spool in one folder of a local disk. Every method raises `SpoolError` when the disk does not do its part."""

    def __init__(self, root: Path) -> None:
        """`root` is made when absent. Refused when others than its owner can read it."""
        self._root = root.resolve()
        self._make(self._root)
        _check_private(self._root)

    def _make(self, folder: Path) -> None:
        """Make missing folders one by one, since `mkdir(parents=True)` gives parents the default mode."""
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        try:
            for each in reversed(missing):
                each.mkdir(mode=OWNER_ONLY, exist_ok=True)
                _sync(each.parent)
        except OSError as error:
            raise spool_error(error, folder) from None

    def folder(self, *names: str) -> Path:
        """A sub-folder, made when absent. Names are single path components."""
        for name in names:
            if not name or name in (".", "..") or "/" in name or "\0" in name:
                raise ValueError("not a name for a folder of the spool")
        folder = self._root.joinpath(*names)
        self._make(folder)
        return folder

    def received(self, folder: Path) -> tuple[ReceivedObject, ...]:
        """The complete objects in a folder, sorted by SOP Instance UID. Half objects of a crash are not among them."""
        try:
            return tuple(self._object(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
        except OSError as error:
            raise spool_error(error, folder) from None

    def _object(self, path: Path) -> ReceivedObject:
        parts = self._split(path)
        dataset = parts.dataset
        study, instance = peek_identity(lambda count: bytes(dataset[:count]), parts.transfer_syntax_uid)
        if instance != parts.sop_instance_uid or f"{instance}{SUFFIX}" != path.name:
            raise SpoolError(f"{path.name} in the spool is not the object that its name says.")
        return ReceivedObject(
            study_instance_uid=study,
            sop_instance_uid=instance,
            sop_class_uid=parts.sop_class_uid,
            transfer_syntax_uid=parts.transfer_syntax_uid,
            path=path,
            nbytes=len(dataset),
        )

    def read(self, item: ReceivedObject) -> memoryview:
        """The data set of one object, mapped, not copied. The mapping ends with the last view on it."""
        dataset = self._split(item.path).dataset
        if len(dataset) != item.nbytes:
            raise SpoolError(f"{item.path.name} in the spool has another size than when it was received.")
        return dataset

    def _split(self, path: Path) -> Part10:
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            raise SpoolError(f"{path.name} in the spool cannot be read.") from None
        parts = split_part10(mapped)
        if not isinstance(parts, Part10):
            raise SpoolError(f"{path.name} in the spool is not a DICOM file.")
        return parts

    def make_durable(self, folder: Path) -> None:
        """fsync every file, then the folder and those above it up to the root: after this a power cut loses nothing.

        Several files at a time: a journalling file system then writes its journal once for all of them.
        """
        try:
            whole = folder.resolve()
            with ThreadPoolExecutor(SYNCED_AT_ONCE, thread_name_prefix="fsync") as pool:
                list(pool.map(_sync, _whole_files(whole)))
            for each in (whole, *whole.parents):
                _sync(each)
                if each == self._root:
                    break
        except OSError as error:
            raise spool_error(error, folder) from None

    def remove(self, folder: Path) -> None:
        """Remove a folder of the spool with everything in it; one that is gone already is fine.

        Not made durable: what a power cut brings back is removed again by whoever needs the folder, or with the
        originals that are no longer needed.
        """
        target = folder.resolve()
        if self._root not in target.parents:
            raise ValueError("not a folder of the spool")
        try:
            if target.exists():
                shutil.rmtree(target)
        except OSError as error:
            raise spool_error(error, target) from None

    def kept(self) -> tuple[tuple[str, datetime], ...]:
        """Sub-folders, sorted, with the moment of their last change."""
        try:
            found = [entry for entry in os.scandir(self._root) if entry.is_dir(follow_symlinks=False)]
            return tuple(sorted((e.name, datetime.fromtimestamp(e.stat().st_mtime, UTC)) for e in found))
        except OSError as error:
            raise spool_error(error, self._root) from None

    def free_bytes(self) -> int:
        """Free space of the disk under the spool, for us."""
        try:
            return shutil.disk_usage(self._root).free
        except OSError as error:
            raise spool_error(error, self._root) from None


def _check_private(folder: Path) -> None:
    """Refuse a folder that is not ours, or that the group or others may enter."""
    try:
        found = folder.stat()
    except OSError as error:
        raise spool_error(error, folder) from None
    if found.st_uid != os.geteuid():
        raise SpoolError(f"The spool {folder} belongs to another user.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise SpoolError(f"Others can read the spool {folder}.", advice=f"Run: chmod 700 {folder}")


def _whole_files(folder: Path) -> Iterator[Path]:
    """The files of a folder; what arrived in part is removed on the way."""
    for path in list(folder.iterdir()):
        if path.suffix == PARTIAL:
            path.unlink()
        elif path.is_file():
            yield path


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
