"""Counts different texts, however many there are: eight bytes each, once there are many. Keeps none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_FEW = 1 << 18


class Distinct:
    """How many different texts were added. Two of them count as one by a chance of one in ten million, of two million.

    For one process: the digests are those of its own `hash`.
    """

    __slots__ = ("_few", "_many")

    def __init__(self) -> None:
        self._few: set[int] = set()
        self._many: Any = None  # a sorted array of 64-bit numbers, once there are many

    def add(self, texts: Iterable[str]) -> None:
        """More texts."""
        self._few.update(map(hash, texts))
        if len(self._few) >= _FEW:
            self._fold()

    def _fold(self) -> None:
        import numpy as np  # only a large plan needs it, and it takes a tenth of a second to load

        new = np.fromiter(self._few, dtype=np.int64, count=len(self._few))
        self._many = np.unique(new) if self._many is None else np.union1d(self._many, new)
        self._few.clear()

    def __len__(self) -> int:
        if self._many is None:
            return len(self._few)
        self._fold()
        return len(self._many)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Distinct) and len(self) == len(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"
