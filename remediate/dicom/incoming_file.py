"""One object on its way to disk, as a Part 10 file under a temporary name until it is whole. Decodes no data set."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from remediate.dicom import commands
from remediate.dicom.associations import OfferedContext
from remediate.dicom.commands import Command, CommandElement
from remediate.header.part10 import build_meta
from remediate.spool.files import PARTIAL, SpoolFiles, spool_error


class IncomingFile:
    """One object on its way to disk. Every method raises `SpoolError` when the disk does not do its part."""

    def __init__(self, files: SpoolFiles, folder: Path, context: OfferedContext, request: Command, order: int) -> None:
        self.sop_class_uid = commands.text(request, CommandElement.AFFECTED_SOP_CLASS_UID)
        self.sop_instance_uid = commands.text(request, CommandElement.AFFECTED_SOP_INSTANCE_UID)
        self.transfer_syntax_uid = context.transfer_syntax
        self.nbytes = 0
        self.path = folder / f"{order}{PARTIAL}"
        self._folder = folder
        self._files = files
        self._content: bytes | None = None
        head = build_meta(self.sop_class_uid, self.sop_instance_uid, self.transfer_syntax_uid)
        self._head_bytes = len(head)
        try:
            self._handle = os.open(self.path, os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise spool_error(error, folder) from None
        with self._whole_or_gone():
            self._file = files.writer(self._handle, folder, self.sop_instance_uid)
            self._file.write(memoryview(head))

    @contextlib.contextmanager
    def _whole_or_gone(self) -> Iterator[None]:
        """Nothing half is left behind when the disk is full."""
        try:
            yield
        except OSError as error:
            self.discard()
            raise spool_error(error, self._folder) from None
        except BaseException:
            self.discard()
            raise

    def write(self, data: memoryview, /) -> None:
        """Append to the data set."""
        self.nbytes += len(data)
        with self._whole_or_gone():
            self._file.write(data)

    def start(self, count: int) -> bytes:
        """The first bytes of the data set."""
        return self._file.start(self._head_bytes + count)[self._head_bytes :]

    def finish(self) -> None:
        """The data set is whole; the file keeps its temporary name."""
        with self._whole_or_gone():
            self._content = self._file.finish()
        self._close()

    def keep(self) -> Path:
        """Give the finished file the name of its object."""
        path = self._folder / f"{self.sop_instance_uid}{self._files.suffix}"
        with self._whole_or_gone():
            self.path.replace(path)
        if self._content is not None:
            self._files.remember(path, self._content)
        return path

    def discard(self) -> None:
        """Close and remove."""
        self._close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
