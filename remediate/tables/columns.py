"""Which columns of a table are meant, by their names in any spelling; reads no row."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_SHOWN = 40


def plain_name(name: str) -> str:
    """A column's name without capitals, diacritics and signs between words."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in letters if sign.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumns:
    """Where known columns stand in a header."""

    places: Mapping[str, int]  # by our name; those that stand there once
    twice: tuple[str, ...]  # our names of columns that stand there more than once
    others: tuple[str, ...]  # names of theirs that are none of ours, as they stand

    def place(self, name: str) -> int | None:
        """Where a column stands, None when it is absent."""
        return self.places.get(name)


def find_columns(header: Sequence[str], known: Iterable[str]) -> FoundColumns:
    """Find known columns in a header, however they are spelled."""
    ours = {plain_name(name): name for name in known}
    stands: dict[str, list[int]] = {}
    others = []
    for at, theirs in enumerate(header):
        name = ours.get(plain_name(theirs))
        if name is not None:
            stands.setdefault(name, []).append(at)
        elif theirs:
            others.append(shown(theirs))
    return FoundColumns(
        places={name: places[0] for name, places in stands.items() if len(places) == 1},
        twice=tuple(name for name, places in stands.items() if len(places) > 1),
        others=tuple(others),
    )


def meant(name: str, header: Iterable[str]) -> str:
    """The name in a header that was probably meant by a missing column; "" when none comes near."""
    plain = {plain_name(theirs): theirs for theirs in header}
    close = difflib.get_close_matches(plain_name(name), plain, n=1, cutoff=0.7)
    return shown(plain[close[0]]) if close else ""


def shown(name: str) -> str:
    """A column's name as it may be told: short, and not at all where it holds a number."""
    if sum(sign.isdigit() for sign in name) > 4:  # a row of patients that stands where the header should
        return "..."
    return name if len(name) <= _SHOWN else name[:_SHOWN] + "..."
