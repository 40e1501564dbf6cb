"""Files that only their owner may read, that appear whole or not at all, and that a power cut leaves; knows no content.

Every function raises `OSError` as the system gives it: who calls knows what the file was for, and says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

OWNER_ONLY = 0o600
"""Mode of a file, whatever the umask says."""
OWNER_ONLY_FOLDER = 0o700
PARTIAL = ".part"
"""The end of the name of a file that is not whole yet."""
_BUFFER = 1 << 20


@contextmanager
def new_file(path: Path, mode: int = OWNER_ONLY) -> Iterator[BinaryIO]:
    """A file that was not there; durable once the block ends, gone if it fails. Raises `FileExistsError` where one
    stands: nothing is ever written over. An error of writing names the file, as the system does for opening only."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb", buffering=_BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        sync(path.parent)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: Path, mode: int = OWNER_ONLY) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` as a whole when the block ends, so that nobody reads half of it; after a
    crash the one or the other stands there."""
    beside = path.with_name(path.name + PARTIAL)
    beside.unlink(missing_ok=True)
    with new_file(beside, mode) as file:
        yield file
    beside.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """What a file holds, or which names a folder has, is on disk when this returns."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private_folder(folder: Path, *, even_if_there: bool = False) -> None:
    """Make a folder and those above it that are missing, each for its owner only, whatever the umask says."""
    is_there = folder.exists()
    if not is_there:
        private_folder(folder.parent)
        folder.mkdir(exist_ok=True)
    if not is_there or even_if_there:
        folder.chmod(OWNER_ONLY_FOLDER)
