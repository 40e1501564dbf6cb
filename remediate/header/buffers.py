"""What counts as bytes here, and how to look at them without a copy; reads no files."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mmap import mmap

Buffer: TypeAlias = "bytes | bytearray | memoryview | mmap"
"""Anything that lends its bytes: an object in memory, or a file mapped by the caller."""


def view_of(data: Buffer) -> memoryview:
    """A read-only view of single bytes on `data`; nothing is copied."""
    view = memoryview(data)
    if view.format != "B" or view.ndim != 1:
        view = view.cast("B")
    return view.toreadonly()
