"""Files encrypted in chunks of one MiB (AES-256-GCM), written as a stream and read from anywhere; knows no DICOM.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", CRYPTO 2015): every file has a key of its own, derived from the batch's key and a
random salt; the nonce of a chunk is its number and whether it is the last. So a chunk that was changed, moved, left
out or cut off is noticed, and memory stays flat however large the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KeyNamed = Callable[[str], bytes]
"""The key of 256 bits with this name; names are short ASCII. Raises `KeysError` when there is none any more."""

MAGIC = b"REMEDIATE-SPOOL-1\n"
CHUNK = 1 << 20
TAG = 16
_SALT = 16


class SealBrokenError(Exception):
    """The file is not what was written, or belongs to another key or name."""


class _Cipher:
    """One file's key, bound to its head and to the name of what is in it."""

    def __init__(self, key: bytes, salt: bytes, bound_to: bytes) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"remediate spool file")
        self._aead = AESGCM(derive.derive(key))
        self._bound_to = bound_to

    def seal(self, number: int, data: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(_nonce(number, last=last), data, self._bound_to)

    def unseal(self, number: int, data: bytes, *, last: bool) -> bytes:
        try:
            return self._aead.decrypt(_nonce(number, last=last), data, self._bound_to)
        except (InvalidTag, ValueError):
            raise SealBrokenError from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


class SealedWriter:
    """A file in the making. `name` is bound to its content; the key's own name stands in its head."""

    def __init__(self, handle: int, name: str, key_name: str, key_named: KeyNamed) -> None:
        """`handle` is open for reading and writing, and empty; it stays the caller's to close."""
        self._handle = handle
        salt = os.urandom(_SALT)
        head = MAGIC + bytes([len(key_name)]) + key_name.encode("ascii") + salt
        self._head_bytes = len(head)
        self._cipher = _Cipher(key_named(key_name), salt, head + name.encode())
        self._open: list[bytes] = []  # of the chunk that is not written yet
        self._room = CHUNK
        self._chunks = 0
        _write(handle, head)

    def write(self, data: memoryview, /) -> None:
        """Append. Raises OSError."""
        while len(data) > self._room:  # a full chunk is written when more comes: the last one is marked as such
            self._open.append(bytes(data[: self._room]))
            data = data[self._room :]
            self._seal(last=False)
        self._open.append(bytes(data))
        self._room -= len(data)

    def finish(self) -> bytes | None:
        """Write the last chunk; answers the whole content where that is one chunk. Raises OSError."""
        content = self._seal(last=True)
        return content if self._chunks == 1 else None

    def start(self, count: int) -> bytes:
        """The first bytes, whether or not they are on disk already."""
        found: list[bytes] = []
        missing = count
        for number in range(self._chunks):
            if missing <= 0:
                break
            sealed = os.pread(self._handle, CHUNK + TAG, self._head_bytes + number * (CHUNK + TAG))
            found.append(self._cipher.unseal(number, sealed, last=False)[:missing])
            missing -= len(found[-1])
        for piece in self._open:
            if missing <= 0:
                break
            found.append(piece[:missing])
            missing -= len(found[-1])
        return b"".join(found)

    def _seal(self, *, last: bool) -> bytes:
        data = b"".join(self._open)
        _write(self._handle, self._cipher.seal(self._chunks, data, last=last))
        self._chunks += 1
        self._open.clear()
        self._room = CHUNK
        return data


class SealedReader:
    """A finished file. Raises `SealBrokenError` where it is not what was written."""

    def __init__(self, handle: int, name: str, key_named: KeyNamed) -> None:
        """`handle` must stay open as long as this is used."""
        start = os.pread(handle, len(MAGIC) + 1 + 255 + _SALT, 0)
        key_start = len(MAGIC) + 1
        key_end = key_start + (start[key_start - 1] if len(start) >= key_start else 0)
        if not start.startswith(MAGIC) or len(start) < key_end + _SALT:
            raise SealBrokenError
        key_name = start[key_start:key_end].decode("ascii", "replace")
        self._handle = handle
        self._head_bytes = key_end + _SALT
        head = start[: self._head_bytes]
        self._cipher = _Cipher(key_named(key_name), head[key_end:], head + name.encode())
        body = os.fstat(handle).st_size - self._head_bytes
        self._chunks = -(-body // (CHUNK + TAG))
        self.nbytes = body - self._chunks * TAG
        self._kept = -1, b""
        last = body - (self._chunks - 1) * (CHUNK + TAG)
        if self._chunks < 1 or last < TAG or (last == TAG and self._chunks > 1):
            raise SealBrokenError
        if not self.nbytes:  # nothing will be read, so nothing else would show that nothing is missing
            self._chunk(0)

    def read(self, start: int, end: int) -> Iterator[memoryview]:
        """The plain bytes from one offset to another, at most a chunk at a time."""
        end = min(end, self.nbytes)
        while start < end:
            number = start // CHUNK
            chunk = memoryview(self._chunk(number))
            first = start - number * CHUNK
            yield chunk[first : min(end - number * CHUNK, CHUNK)]
            start = (number + 1) * CHUNK

    def _chunk(self, number: int) -> bytes:
        """One chunk; the last one read is kept, since small reads follow each other."""
        if self._kept[0] != number:
            first = number * (CHUNK + TAG)
            size = min(CHUNK + TAG, self.nbytes + self._chunks * TAG - first)
            sealed = os.pread(self._handle, size, self._head_bytes + first)
            self._kept = number, self._cipher.unseal(number, sealed, last=number == self._chunks - 1)
        return self._kept[1]


def is_sealed(handle: int) -> bool:
    """Whether a file begins as one of ours."""
    return os.pread(handle, len(MAGIC), 0) == MAGIC


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while len(rest):
        rest = rest[os.write(handle, rest) :]
