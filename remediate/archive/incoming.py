"""One object on its way to disk, as a Part 10 file under a temporary name until it is whole. Decodes no data set."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from pathlib import Path

from remediate.archive import commands
from remediate.archive.associations import Context
from remediate.archive.commands import Command, Element
from remediate.errors import SpoolError
from remediate.header.part10 import build_meta

SUFFIX = ".dcm"
PARTIAL = ".part"
_UID = re.compile(r"[0-9.]{1,64}")


def is_uid(text: str) -> bool:
    """Digits and dots only, so that it can be a file name."""
    return bool(_UID.fullmatch(text)) and text.strip(".") != ""


def spool_error(error: OSError, folder: Path) -> SpoolError:
    """A full disk or an unusable folder, as one line."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SpoolError(f"The disk under {folder} is full.", advice="Free space and run again; nothing is lost.")
    return SpoolError(f"Cannot write in {folder}: {error.strerror}.")


class IncomingFile:
    """One object on its way to disk, under a temporary name until it is whole."""

    def __init__(self, folder: Path, context: Context, request: Command, order: int) -> None:
        self.sop_class_uid = commands.text(request, Element.AFFECTED_SOP_CLASS_UID)
        self.sop_instance_uid = commands.text(request, Element.AFFECTED_SOP_INSTANCE_UID)
        self.transfer_syntax_uid = context.transfer_syntax
        self.nbytes = 0
        self._folder = folder
        self.path = folder / f"{order}{PARTIAL}"
        try:
            self._file = os.open(self.path, os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise spool_error(error, folder) from None
        head = build_meta(self.sop_class_uid, self.sop_instance_uid, self.transfer_syntax_uid)
        self._head_bytes = len(head)
        try:
            self.write(memoryview(head))
        except SpoolError:
            self.discard()
            raise
        self.nbytes = 0

    def write(self, data: memoryview, /) -> None:
        """Append. Raises `SpoolError` when the disk is full."""
        self.nbytes += len(data)
        try:
            while len(data):
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise spool_error(error, self._folder) from None

    def start(self, count: int) -> bytes:
        """The first bytes of the data set."""
        return os.pread(self._file, count, self._head_bytes)

    def close(self) -> None:
        """Close the file; it stays where it is."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def discard(self) -> None:
        """Close and remove."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
