"""Originals on disk, owner-only, until verified. Knows files, not what is in them."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from remediate.errors import SpoolError
from remediate.files import new_file, sync
from remediate.header.dataset import HeldDataSet, held_in_memory
from remediate.header.identify import peek_identity
from remediate.header.part10 import Part10, split_part10
from remediate.header.refusal import Refused
from remediate.header.skeleton import condense
from remediate.header.syntax import EXPLICIT_LE, syntax_of
from remediate.records.dicom import ReceivedObject
from remediate.spool.files import PARTIAL, SUFFIXES, Reader, SpoolFiles, spool_error
from remediate.texts.language import Sentence

OWNER_ONLY = 0o700
SYNCED_AT_ONCE = 8
META_BYTES = 1 << 16
"""More than the file meta information of any file that we made."""
_NOT_OURS = Sentence("That is not a folder of the spool.", "Dat is geen map van de spool.")
_TRIES = 5  # to make a folder while others remove those that are empty, and to remove one while others write there
IN_MEMORY = 1 << 24
"""Bytes of a data set up to which it is read whole."""
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,127}")
"""Of our own folders: UIDs, and words with numbers. No separator, no dot in front."""


class FolderSpool:
    """A spool in one folder of a local disk. Every method raises `SpoolError` when the disk does not do its part."""

    def __init__(self, root: Path, files: SpoolFiles | None = None) -> None:
        """`root` is made when absent. Refused when others than its owner can read it.

        `files` opens what lies in it, and is shared with whoever writes there; None is for plain files.
        """
        self.files = files or SpoolFiles()
        self._root = root.resolve()
        self._make(self._root)
        _check_private(self._root)

    def _make(self, folder: Path) -> None:
        """Make missing folders one by one, since `mkdir(parents=True)` gives parents the default mode."""
        for tries in reversed(range(_TRIES)):
            missing = [f for f in (folder, *folder.parents) if not f.exists()]
            try:
                for each in reversed(missing):
                    each.mkdir(mode=OWNER_ONLY, exist_ok=True)
                    sync(each.parent)
                return
            except OSError as error:
                if not (tries and isinstance(error, FileNotFoundError)):  # removed above us, being empty
                    raise spool_error(error, folder) from None

    def folder(self, *names: str, key_name: str = "") -> Path:
        """A sub-folder, made when absent. Raises `SpoolError` on a name that is none of ours.

        What arrives in it from now on is sealed under the key with this name, which must outlive the files; without a
        name under one that ends with this process.
        """
        folder = self._root.joinpath(*map(_name, names))
        self._make(folder)
        if key_name:
            self.files.assign(folder, key_name)
        return folder

    def parts(self, name: str) -> tuple[Path, ...]:
        """The folders in the sub-folder of this name, sorted; none where it is absent. Raises `SpoolError` on a name
        that is none of ours: `.` and `OTHER/` would be other studies' originals."""
        above = self._root / _name(name)
        try:
            return tuple(sorted(_own_folders(above)))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise spool_error(error, above) from None

    def received(self, folder: Path) -> tuple[ReceivedObject, ...]:
        """The complete objects in a folder, sorted by SOP Instance UID. Half objects of a crash are not among them."""
        try:
            paths = [path for path in folder.iterdir() if path.suffix in SUFFIXES]
        except OSError as error:
            raise spool_error(error, folder) from None
        return tuple(self._object(path) for path in sorted(paths, key=lambda path: path.stem))

    def _object(self, path: Path) -> ReceivedObject:
        with self.files.open(path, path.stem) as file:
            meta = _meta_of(file, path)
            start = len(meta.meta)
            study, instance = peek_identity(
                lambda count: b"".join(file.read(start, start + count)), meta.transfer_syntax_uid
            )
            if instance != meta.sop_instance_uid or instance != path.stem:
                raise SpoolError(
                    Sentence(
                        f"{path.name} in the spool is not the object that its name says.",
                        f"{path.name} in de spool is niet het object dat de naam zegt.",
                    )
                )
            return ReceivedObject(
                study_instance_uid=study,
                sop_instance_uid=instance,
                sop_class_uid=meta.sop_class_uid,
                transfer_syntax_uid=meta.transfer_syntax_uid,
                path=path,
                nbytes=file.nbytes - start,
            )

    def read(self, item: ReceivedObject) -> HeldDataSet:
        """The data set of one object: whole in memory, or, when it is longer than `IN_MEMORY`, only its header."""
        with self.files.open(item.path, item.sop_instance_uid) as file:
            start = _start_of_data_set(file, item.path)
            if file.nbytes - start != item.nbytes:
                raise SpoolError(
                    Sentence(
                        f"{item.path.name} in the spool has another size than when it was received.",
                        f"{item.path.name} in de spool heeft een andere grootte dan bij ontvangst.",
                    )
                )
            if item.nbytes <= IN_MEMORY or _is_deflated(item.transfer_syntax_uid):
                return held_in_memory(_whole(file)[start:], item.transfer_syntax_uid)
            return self._long(item, file, start)

    def _long(self, item: ReceivedObject, file: Reader, start: int) -> HeldDataSet:
        def read(first: int, end: int) -> Iterator[memoryview]:
            with self.files.open(item.path, item.sop_instance_uid) as again:
                yield from again.read(start + first, start + end)

        try:
            encoding = syntax_of(item.transfer_syntax_uid).encoding
        except Refused:
            encoding = EXPLICIT_LE  # nothing will be read from it: whoever asks for its elements is refused
        header, gaps = condense(
            lambda first, end: b"".join(file.read(start + first, start + end)), item.nbytes, encoding
        )
        return HeldDataSet(
            transfer_syntax_uid=item.transfer_syntax_uid,
            nbytes=item.nbytes,
            header=memoryview(header),
            gaps=gaps,
            read=read,
        )

    def copy_out(self, item: ReceivedObject, folder: Path) -> None:
        """Write an object in clear as a Part 10 file (mode 0600) into a folder; never over another file."""
        target = folder / f"{item.sop_instance_uid}.dcm"
        try:
            with new_file(target) as copy, self.files.open(item.path, item.sop_instance_uid) as file:
                for piece in file.read(0, file.nbytes):
                    copy.write(piece)
        except FileExistsError:
            raise SpoolError(
                Sentence(f"{target.name} exists already in that folder.", f"{target.name} bestaat al in die map."),
                advice=Sentence("Name an empty one.", "Noem een lege map."),
            ) from None
        except OSError as error:
            raise spool_error(error, folder) from None

    def make_durable(self, folder: Path) -> None:
        """fsync every file, then the folder and those above it up to the root: after this a power cut loses nothing.

        Several files at a time: a journalling file system then writes its journal once for all of them.
        """
        try:
            whole = folder.resolve()
            with ThreadPoolExecutor(SYNCED_AT_ONCE, thread_name_prefix="fsync") as pool:
                list(pool.map(sync, _whole_files(whole)))
            for each in (whole, *whole.parents):
                sync(each)
                if each == self._root:
                    break
        except OSError as error:
            raise spool_error(error, folder) from None

    def remove(self, folder: Path) -> None:
        """Remove a folder of the spool with everything in it; one that is gone already is fine. The folder above it
        goes too when nothing else is in it.

        Not made durable: what a power cut brings back is removed again by whoever needs the folder, or with the
        originals that are no longer needed.
        """
        target = self._own(folder)
        try:
            self.files.forget(target)
            if target.exists():
                _remove_tree(target)
            if target.parent != self._root:
                with contextlib.suppress(OSError):  # not empty, or gone
                    target.parent.rmdir()
        except OSError as error:
            raise spool_error(error, target) from None

    def _own(self, folder: Path) -> Path:
        """The folder, when `folder` could have made it. Raises `SpoolError`: what is a link, or is reached by way of
        another folder, is somebody else's."""
        if not folder.is_absolute() or folder == self._root or self._root not in folder.parents:
            raise SpoolError(_NOT_OURS)
        for name in folder.relative_to(self._root).parts:
            _name(name)
        if folder.resolve() != folder:
            raise SpoolError(_NOT_OURS)
        return folder

    def kept(self) -> tuple[tuple[str, datetime], ...]:
        """Sub-folders of our own, sorted, with the moment of their last change."""
        try:
            found = list(_own_folders(self._root))
            return tuple(sorted((e.name, datetime.fromtimestamp(e.stat().st_mtime, UTC)) for e in found))
        except OSError as error:
            raise spool_error(error, self._root) from None

    def free_bytes(self) -> int:
        """Free space of the disk under the spool, for us."""
        try:
            return shutil.disk_usage(self._root).free
        except OSError as error:
            raise spool_error(error, self._root) from None


def _name(name: str) -> str:
    """A name of a folder that the spool makes. Raises `SpoolError` on any other, without repeating it."""
    if not _NAME.fullmatch(name):
        raise SpoolError(_NOT_OURS)
    return name


def _own_folders(above: Path) -> Iterator[Path]:
    """What is in a folder and may be ours; a disk's `lost+found` is not."""
    with os.scandir(above) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                yield above / entry.name


def _remove_tree(folder: Path) -> None:
    """Whoever still writes there, frozen since its claim ended, may add a file meanwhile."""
    for _ in range(_TRIES):
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        else:
            return


def _whole(file: Reader) -> memoryview:
    pieces = list(file.read(0, file.nbytes))
    return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))


def _meta_of(file: Reader, path: Path) -> Part10:
    """The file meta information, which is ours and short."""
    parts = split_part10(b"".join(file.read(0, META_BYTES)))
    if not isinstance(parts, Part10):
        raise SpoolError(
            Sentence(
                f"{path.name} in the spool is not a DICOM file.", f"{path.name} in de spool is geen DICOM-bestand."
            )
        )
    return parts


def _start_of_data_set(file: Reader, path: Path) -> int:
    """Where the file meta information ends, by its group length (PS3.10 table 7.1-1), which we always write."""
    head = b"".join(file.read(0, 144))
    if len(head) < 144 or head[128:140] != b"DICM\x02\0\0\0UL\x04\0":
        raise SpoolError(
            Sentence(
                f"{path.name} in the spool is not a DICOM file.", f"{path.name} in de spool is geen DICOM-bestand."
            )
        )
    return 144 + int.from_bytes(head[140:144], "little")


def _is_deflated(transfer_syntax_uid: str) -> bool:
    try:
        return syntax_of(transfer_syntax_uid).deflated
    except Refused:
        return False


def _check_private(folder: Path) -> None:
    """Refuse a folder that is not ours, or that the group or others may enter."""
    try:
        found = folder.stat()
    except OSError as error:
        raise spool_error(error, folder) from None
    if found.st_uid != os.geteuid():
        raise SpoolError(
            Sentence(f"The spool {folder} belongs to another user.", f"De spool {folder} is van een andere gebruiker.")
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise SpoolError(
            Sentence(f"Others can read the spool {folder}.", f"Anderen kunnen de spool {folder} lezen."),
            advice=Sentence(f"Run: chmod 700 {folder}", f"Voer uit: chmod 700 {folder}"),
        )


def _whole_files(folder: Path) -> Iterator[Path]:
    """The files of a folder; what arrived in part is removed on the way."""
    for path in list(folder.iterdir()):
        if path.suffix == PARTIAL:
            path.unlink()
        elif path.is_file():
            yield path
