"""Objects as they arrive: straight to Part 10 files, accounted for one by one. Decodes no data set.

Memory stays flat: what comes off the wire goes to the file in the pieces in which it came.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from remediate.archive import commands
from remediate.archive.associations import Context
from remediate.archive.commands import Command, Element
from remediate.archive.peek import peek_identity
from remediate.errors import SpoolError
from remediate.header.part10 import build_meta
from remediate.records.dicom import FoundInstance, ReceivedObject, TransferProblem

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


class Reception:
    """Takes in the objects of one study and says what was wrong with them. Safe for several associations at once."""

    def __init__(self, folder: Path, study_instance_uid: str, expected: Iterable[FoundInstance]) -> None:
        self.study_instance_uid = study_instance_uid
        self.expected = {instance.sop_instance_uid: instance for instance in expected}
        self.received: dict[str, ReceivedObject] = {}
        self.failure: SpoolError | None = None
        self._problems: set[tuple[TransferProblem, str]] = set()
        self._folder = folder
        self._lock = threading.Lock()
        self._order = 0

    def open(self, context: Context, request: Command) -> IncomingFile:
        """A file for the data set that follows this C-STORE request."""
        with self._lock:
            self._order += 1
            order = self._order
        return IncomingFile(self._folder, context, request, order)

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

    def finish(self, incoming: IncomingFile) -> None:
        """Put the whole object in its place, or name what is wrong with it."""
        uid = incoming.sop_instance_uid
        study, in_header = peek_identity(incoming.start, incoming.transfer_syntax_uid)
        with self._lock:
            if uid not in self.expected or not is_uid(uid) or in_header != uid:
                self._refuse(incoming, TransferProblem.UNEXPECTED)
            elif study != self.study_instance_uid:
                self._refuse(incoming, TransferProblem.FOREIGN_STUDY)
            elif uid in self.received:
                self._again(incoming)
            else:
                self._keep(incoming)

    def _refuse(self, incoming: IncomingFile, problem: TransferProblem) -> None:
        incoming.discard()
        uid = incoming.sop_instance_uid
        self._problems.add((problem, uid if is_uid(uid) else ""))

    def _again(self, incoming: IncomingFile) -> None:
        """The same object twice is harmless as long as it is the same."""
        incoming.close()
        first = self.received[incoming.sop_instance_uid]
        same = first.transfer_syntax_uid == incoming.transfer_syntax_uid and same_bytes(first.path, incoming.path)
        incoming.discard()
        if not same:
            self._problems.add((TransferProblem.DUPLICATE_DIFFERS, incoming.sop_instance_uid))

    def _keep(self, incoming: IncomingFile) -> None:
        incoming.close()
        path = self._folder / f"{incoming.sop_instance_uid}{SUFFIX}"
        incoming.path.replace(path)
        self.received[incoming.sop_instance_uid] = ReceivedObject(
            study_instance_uid=self.study_instance_uid,
            sop_instance_uid=incoming.sop_instance_uid,
            sop_class_uid=incoming.sop_class_uid,
            transfer_syntax_uid=incoming.transfer_syntax_uid,
            path=path,
            nbytes=incoming.nbytes,
        )

    def missing(self) -> tuple[FoundInstance, ...]:
        """What was asked for and has not come, in the order of asking."""
        return tuple(i for uid, i in self.expected.items() if uid not in self.received)

    def problems(self) -> tuple[tuple[TransferProblem, str], ...]:
        """Everything wrong so far, missing instances included, sorted."""
        lost = {(TransferProblem.MISSING, i.sop_instance_uid) for i in self.missing()}
        return tuple(sorted(self._problems | lost))


class Arrivals:
    """What is arriving on one association: at most one object at a time."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._open: IncomingFile | None = None

    def open(self, context: Context, request: Command) -> IncomingFile:
        """A file for the data set that follows this C-STORE request."""
        self._open = self._reception.open(context, request)
        return self._open

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


def same_bytes(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    with one.open("rb") as a, other.open("rb") as b:
        while True:
            x, y = a.read(1 << 20), b.read(1 << 20)
            if x != y:
                return False
            if not x:
                return True
