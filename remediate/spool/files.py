"""Files of the spool, sealed where there are keys and plain where there are none; knows no DICOM.

A spool without keys is for tests and for what an earlier version left behind: plain files are read wherever they lie.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from remediate.errors import SpoolError
from remediate.spool.sealing import KeyNamed, SealBrokenError, SealedReader, SealedWriter, is_sealed
from remediate.texts.language import Sentence, strerror_nl

PASSING = "passing"
"""Names the key of files that need not outlive this process: read back, compared, removed."""
AT_HAND_BYTES = 48 << 20
"""How much of the originals in work is in memory as well: those of two studies of everyday size."""
PLAIN, SEALED, PARTIAL = ".dcm", ".sealed", ".part"
SUFFIXES = (PLAIN, SEALED)


class Writer(Protocol):
    """A file in the making; its handle is the maker's."""

    def write(self, data: memoryview, /) -> None:
        """Append. Raises OSError."""

    def finish(self) -> bytes | None:
        """Nothing more will come; answers the content where it is at hand. Raises OSError."""

    def start(self, count: int) -> bytes:
        """The first bytes."""


class Reader(Protocol):
    """A finished file, while it is open."""

    @property
    def nbytes(self) -> int:
        """Length of its content."""

    def read(self, start: int, end: int) -> Iterator[memoryview]:
        """The content from one offset to another, piece by piece."""


class SpoolFiles:
    """Makes and opens the files of one spool. Safe for several threads."""

    def __init__(self, key_named: KeyNamed | None = None) -> None:
        """Without `key_named` files are plain; it is never asked for `PASSING`."""
        self._key_named = key_named
        self._passing = secrets.token_bytes(32)
        self._keys: dict[Path, str] = {}
        self._at_hand: dict[Path, bytes] = {}
        self._room = AT_HAND_BYTES
        self._lock = threading.Lock()

    @property
    def suffix(self) -> str:
        """Of the files that are made."""
        return SEALED if self._key_named else PLAIN

    def assign(self, folder: Path, key_name: str) -> None:
        """Files made in this folder from now on are sealed by this key."""
        with self._lock:
            self._keys[folder] = key_name

    def forget(self, folder: Path) -> None:
        """The folder is gone, and all that is known of it."""
        with self._lock:
            self._keys = {path: name for path, name in self._keys.items() if folder not in (path, *path.parents)}
            for path in [path for path in self._at_hand if folder in path.parents]:
                self._room += len(self._at_hand.pop(path))

    def remember(self, path: Path, content: bytes) -> None:
        """Keep what a file of an assigned folder holds in memory as well, while there is room: it is read soon, and
        more than once."""
        with self._lock:
            self._room += len(self._at_hand.pop(path, b""))
            if path.parent in self._keys and len(content) <= self._room:
                self._room -= len(content)
                self._at_hand[path] = content

    def writer(self, handle: int, folder: Path, name: str) -> Writer:
        """For an empty file, open for reading and writing, of a folder; `name` says whose content it is."""
        if self._key_named is None:
            return _PlainWriter(handle)
        with self._lock:
            key_name = self._keys.get(folder, PASSING)
        return SealedWriter(handle, name, key_name, self._key)

    @contextmanager
    def open(self, path: Path, name: str) -> Iterator[Reader]:
        """A file of a folder. Raises `SpoolError` when it is not what was written, `KeysError` without its key."""
        content = self._at_hand.get(path)
        if content is not None:
            yield _MemoryReader(content)
            return
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            raise SpoolError(
                Sentence(
                    f"{path.name} in the spool cannot be read.", f"{path.name} in de spool kan niet worden gelezen."
                )
            ) from None
        try:
            must_be_sealed = path.suffix == SEALED or is_sealed(handle)
            yield SealedReader(handle, name, self._key) if must_be_sealed else _PlainReader(handle)
        except SealBrokenError:
            raise SpoolError(
                Sentence(
                    f"{path.name} in the spool is not what was written there.",
                    f"{path.name} in de spool is niet wat daar is geschreven.",
                )
            ) from None
        except OSError as error:
            raise SpoolError(
                Sentence(
                    f"{path.name} in the spool cannot be read: {error.strerror}.",
                    f"{path.name} in de spool kan niet worden gelezen: {strerror_nl(error)}.",
                )
            ) from None
        finally:
            os.close(handle)

    def _key(self, name: str) -> bytes:
        if name == PASSING or self._key_named is None:
            return self._passing
        return self._key_named(name)


class _PlainWriter:
    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, data: memoryview, /) -> None:
        while len(data):
            data = data[os.write(self._handle, data) :]

    def finish(self) -> bytes | None:
        return None

    def start(self, count: int) -> bytes:
        return os.pread(self._handle, count, 0)


class _MemoryReader:
    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self.nbytes = len(content)

    def read(self, start: int, end: int) -> Iterator[memoryview]:
        yield self._content[start:end]


class _PlainReader:
    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.nbytes = os.fstat(handle).st_size

    def read(self, start: int, end: int) -> Iterator[memoryview]:
        end = min(end, self.nbytes)
        while start < end:
            data = os.pread(self._handle, min(end - start, 1 << 20), start)
            if not data:
                raise OSError(errno.EIO, "the file became shorter")
            yield memoryview(data)
            start += len(data)


def spool_error(error: OSError, folder: Path) -> SpoolError:
    """A full disk or an unusable folder, as one line."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SpoolError(
            Sentence(f"The disk under {folder} is full.", f"De schijf onder {folder} is vol."),
            advice=Sentence(
                "Free space and run again; nothing is lost.", "Maak ruimte en voer opnieuw uit; er is niets verloren."
            ),
        )
    return SpoolError(
        Sentence(
            f"Cannot write in {folder}: {error.strerror}.", f"Kan niet schrijven in {folder}: {strerror_nl(error)}."
        )
    )
