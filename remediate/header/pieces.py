"""A data set in pieces: new elements, and views on the bytes that stay; nothing is copied until `join`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from remediate.header.buffers import Buffer, view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What to send or write, in order, as often as it is iterated over. The buffers that the views lie on must outlive
    it."""

    parts: tuple[Buffer, ...] = field(repr=False)
    inflated: tuple[Buffer, ...] | None = field(default=None, repr=False)
    """The data set inside `parts` where those are a deflate stream; None in every other syntax."""

    def __iter__(self) -> Iterator[Buffer]:
        return iter(self.parts)

    @property
    def nbytes(self) -> int:
        """Length in bytes of what is sent."""
        return sum(memoryview(part).nbytes for part in self.parts)

    @property
    def dataset(self) -> tuple[Buffer, ...]:
        """The data set, uncompressed."""
        return self.parts if self.inflated is None else self.inflated

    def join(self) -> bytes:
        """All bytes in one piece: a copy as large as the object."""
        return b"".join(self.parts)

    def sha256(self) -> str:
        """Digest of the data set, hex. Of a deflated one it is that of the inflated bytes: equal data sets have
        equal digests whichever zlib deflated them.
        """
        return sha256_of(self.dataset)


def sha256_of(pieces: Iterable[Buffer]) -> str:
    """SHA-256 in hex over pieces as if they were joined."""
    digest = sha256()
    for piece in pieces:
        digest.update(view_of(piece))
    return digest.hexdigest()
