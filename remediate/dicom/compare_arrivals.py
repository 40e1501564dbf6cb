"""An object that is compared while it arrives: it touches the disk only from the first byte that differs.

Decides nothing: it says whether what came is byte for byte what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from remediate.dicom.incoming_file import IncomingFile
from remediate.header.buffers import Buffer, view_of
from remediate.records.dicom import OutgoingObject

OpenFile = Callable[[], IncomingFile]


class ComparedObject:
    """One object on its way in, beside the bytes that it should have."""

    def __init__(self, expected: OutgoingObject, open_file: OpenFile) -> None:
        """`open_file` gives a file for this object, should it turn out to be another one."""
        self.nbytes = 0
        self.sop_instance_uid = expected.sop_instance_uid
        self._expected = expected
        self._open_file = open_file
        self._file: IncomingFile | None = None
        self._rest = _pieces(expected.parts)
        self._piece = memoryview(b"")

    def write(self, data: memoryview, /) -> None:
        """Compare, or keep once something differed. Raises `SpoolError` when the disk is full."""
        if self._file is None and not self._continues_with(data):
            self._file = self._begin_file(self.nbytes)
        if self._file is not None:
            self._file.write(data)
        self.nbytes += len(data)

    def _continues_with(self, data: memoryview) -> bool:
        """Whether these bytes follow in the expected object. Small copies: comparing views is far slower."""
        while len(data):
            if not len(self._piece):
                self._piece = next(self._rest, memoryview(b""))
                if not len(self._piece):
                    return False
            count = min(len(data), len(self._piece))
            if bytes(data[:count]) != bytes(self._piece[:count]):
                return False
            data, self._piece = data[count:], self._piece[count:]
        return True

    def _begin_file(self, count: int) -> IncomingFile:
        """A file with what came so far, which is the beginning of what was expected."""
        file = self._open_file()
        for piece in _pieces(self._expected.parts):
            file.write(piece[:count])
            count -= min(count, len(piece))
            if not count:
                break
        return file

    def ended(self) -> IncomingFile | None:
        """After the last byte: None when all was as expected, else the file with what came instead."""
        if self._file is None and self.nbytes != self._expected.nbytes:
            self._file = self._begin_file(self.nbytes)
        return self._file

    def discard(self) -> None:
        """Let go of everything, the file included."""
        if self._file is not None:
            self._file.discard()


def _pieces(parts: Iterable[Buffer]) -> Iterator[memoryview]:
    return (view for part in parts if len(view := view_of(part)))
