"""Which patients a full snapshot names, and which of the registry it does not; reads no files and judges nobody.

A patient whom the EPD no longer lists may have been removed, or be registered elsewhere by now. What is held stays, but
nothing about that patient counts as verified until a record names the number again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from remediate.epd import registry_rows as rows
from remediate.epd.changes import Change, ChangeKind, Number
from remediate.errors import EpdError


class TooManyMissingError(EpdError):
    """A snapshot names so few of the patients held that it can hardly be one."""


MOST_MISSING = 0.1
"""Share of the patients held above which a snapshot is taken for an increment, or for one of another hospital."""

_FEW = 20
"""So many may be missing whatever share they are: small registries change much."""


class Listed:
    """The numbers that were named so far, by their keys in the registry: a byte each."""

    def __init__(self) -> None:
        self._named = bytearray()
        self.authorities: set[str] = set()

    def add(self, key: int, number: Number) -> None:
        """The files name this number."""
        if key >= len(self._named):
            self._named.extend(bytes(max(key + 1 - len(self._named), len(self._named))))
        self._named[key] = 1
        self.authorities.add(number[0])

    def named(self) -> Iterator[int]:
        """Keys of the numbers that were named."""
        return (key for key, named in enumerate(self._named) if named)


def unlisted(connection: Connection, listed: Listed) -> tuple[list[int], int]:
    """Keys of the live patients whom none of the numbers leads to, and how many live patients there are.

    Only patients under an authority that the snapshot speaks of.
    """
    pointing = rows.links(connection)
    named = set()
    for key in listed.named():
        root = key
        while root in pointing:
            root = pointing[root][0]
        named.add(root)
    live = rows.live_keys(connection, listed.authorities)
    return [key for key in live if key not in named], len(live)


def too_many(missing: int, held: int) -> bool:
    """Whether so many are missing that the files can hardly be a full snapshot."""
    return missing > max(_FEW, MOST_MISSING * held)


def doubts(numbers: Iterable[Number]) -> list[Change]:
    """What the absence of these numbers says."""
    return [Change(0, ChangeKind.DOUBT, None, (number,)) for number in numbers]
