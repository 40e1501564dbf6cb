"""Objects as they arrive: to Part 10 files or compared in passing, and accounted for one by one. Decodes no data set.

Memory stays flat: what comes off the wire goes on in the pieces in which it came. An object that is compared touches
the disk only from the first byte that differs.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from remediate.dicom import commands
from remediate.dicom.associations import OfferedContext
from remediate.dicom.commands import Command, CommandElement
from remediate.errors import SpoolError
from remediate.header.buffers import Buffer, view_of
from remediate.header.dataset import same_stream
from remediate.header.identify import peek_identity
from remediate.header.part10 import build_meta
from remediate.header.uids import uid_problem
from remediate.records.dicom import (
    ExpectedObject,
    FoundInstance,
    OutgoingObject,
    ReceivedObject,
    TransferProblem,
    nothing_expected,
)
from remediate.spool.files import PARTIAL, Reader, SpoolFiles, spool_error


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


Incoming = IncomingFile | ComparedObject


def _unheard(_nbytes: int) -> None:
    """Nobody counts."""


class Reception:
    """Takes in the objects of one study and says what was wrong with them. Safe for several associations at once."""

    def __init__(
        self,
        folder: Path,
        study_instance_uid: str,
        expected: Iterable[FoundInstance],
        contents: ExpectedObject = nothing_expected,
        files: SpoolFiles | None = None,
        arrived: Callable[[int], object] = _unheard,
    ) -> None:
        """`contents` says what an object should be: one that is exactly that leaves nothing on disk. `arrived` hears of
        every object's bytes."""
        self.study_instance_uid = study_instance_uid
        self.expected = {instance.sop_instance_uid: instance for instance in expected}
        self.received: dict[str, ReceivedObject] = {}
        self.same: set[str] = set()  # came, byte for byte as expected
        self.nbytes = 0  # of the data sets of both
        self.failure: SpoolError | None = None
        self._contents = contents
        self._arrived = arrived
        self._files = files or SpoolFiles()
        self._problems: set[tuple[TransferProblem, str]] = set()
        self._folder = folder
        self._lock = threading.Lock()
        self._order = 0

    def open(self, context: OfferedContext, request: Command) -> Incoming:
        """Where the data set goes that follows this C-STORE request."""
        uid = commands.text(request, CommandElement.AFFECTED_SOP_INSTANCE_UID)
        content = self._contents(uid) if uid in self.expected else None
        if content is not None and content.transfer_syntax_uid == context.transfer_syntax:
            return ComparedObject(content, lambda: self._file(context, request))
        return self._file(context, request)

    def _file(self, context: OfferedContext, request: Command) -> IncomingFile:
        with self._lock:
            self._order += 1
            order = self._order
        return IncomingFile(self._files, self._folder, context, request, order)

    @contextlib.contextmanager
    def arriving(self) -> Iterator[Arrivals]:
        """Leaves no half object behind, however the block ends, and remembers a full disk."""
        arrivals = Arrivals(self)
        try:
            yield arrivals
        except SpoolError as error:
            self.failure = error
            raise
        finally:
            arrivals.drop()

    def finish(self, incoming: Incoming) -> None:
        """Put the whole object in its place, or name what is wrong with it."""
        self._finish(incoming)
        self._arrived(incoming.nbytes)

    def _finish(self, incoming: Incoming) -> None:
        if isinstance(incoming, ComparedObject):
            file = incoming.ended()
            if file is None:
                self._as_expected(incoming)
                return
            incoming = file
        uid = incoming.sop_instance_uid
        study, in_header = peek_identity(incoming.start, incoming.transfer_syntax_uid)
        incoming.finish()
        with self._lock:
            if uid not in self.expected or uid_problem(uid) or in_header != uid:
                self._refuse(incoming, TransferProblem.UNEXPECTED)
            elif study != self.study_instance_uid:
                self._refuse(incoming, TransferProblem.FOREIGN_STUDY)
            elif uid in self.received:
                self._again(incoming)
            elif uid in self.same:
                self._refuse(incoming, TransferProblem.DUPLICATE_DIFFERS)
            else:
                self._keep(incoming)

    def _as_expected(self, incoming: ComparedObject) -> None:
        """What was expected came; the same object once more is harmless, another one under its name is not."""
        uid = incoming.sop_instance_uid
        with self._lock:
            if uid in self.received:
                self._problems.add((TransferProblem.DUPLICATE_DIFFERS, uid))
            elif uid not in self.same:
                self.same.add(uid)
                self.nbytes += incoming.nbytes

    def _refuse(self, incoming: IncomingFile, problem: TransferProblem) -> None:
        incoming.discard()
        uid = incoming.sop_instance_uid
        self._problems.add((problem, "" if uid_problem(uid) else uid))

    def _again(self, incoming: IncomingFile) -> None:
        """The same object twice is harmless as long as it is the same."""
        uid = incoming.sop_instance_uid
        first = self.received[uid]
        with self._files.open(first.path, uid) as one, self._files.open(incoming.path, uid) as other:
            is_same = first.transfer_syntax_uid == incoming.transfer_syntax_uid and same_content(one, other)
        incoming.discard()
        if not is_same:
            self._problems.add((TransferProblem.DUPLICATE_DIFFERS, uid))

    def _keep(self, incoming: IncomingFile) -> None:
        path = incoming.keep()
        self.nbytes += incoming.nbytes
        self.received[incoming.sop_instance_uid] = ReceivedObject(
            study_instance_uid=self.study_instance_uid,
            sop_instance_uid=incoming.sop_instance_uid,
            sop_class_uid=incoming.sop_class_uid,
            transfer_syntax_uid=incoming.transfer_syntax_uid,
            path=path,
            nbytes=incoming.nbytes,
        )

    @property
    def anything_came(self) -> bool:
        """Whether an object so much as began to come, whatever became of it."""
        return self._order > 0 or bool(self.same)

    def missing(self) -> tuple[FoundInstance, ...]:
        """What was asked for and has not come, in the order of asking."""
        return tuple(i for uid, i in self.expected.items() if uid not in self.received and uid not in self.same)

    def problems(self) -> tuple[tuple[TransferProblem, str], ...]:
        """Everything wrong so far, missing instances included, sorted."""
        lost = {(TransferProblem.MISSING, i.sop_instance_uid) for i in self.missing()}
        return tuple(sorted(self._problems | lost))


class Arrivals:
    """What is arriving on one association: at most one object at a time."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._open: Incoming | None = None

    def open(self, context: OfferedContext, request: Command) -> Incoming:
        """Where the data set goes that follows this C-STORE request."""
        self._open = self._reception.open(context, request)
        return self._open

    @property
    def is_open(self) -> bool:
        """Whether an object has begun and not ended."""
        return self._open is not None

    def finish(self) -> None:
        """The object is whole."""
        if self._open is not None:
            incoming, self._open = self._open, None
            self._reception.finish(incoming)

    def drop(self) -> None:
        """Remove what did not come whole."""
        if self._open is not None:
            self._open.discard()
            self._open = None


def same_content(one: Reader, other: Reader) -> bool:
    """Whether two files hold the same bytes."""
    if one.nbytes != other.nbytes:
        return False
    return same_stream(one.read(0, one.nbytes), other.read(0, other.nbytes))
