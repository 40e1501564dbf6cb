"""What one record of the EPD says, whatever format it came in; applies nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from remediate.epd.reasons import RejectReason

T = TypeVar("T")
_encode = json.JSONEncoder(separators=(",", ":")).encode

Number = tuple[str, str]
"""A hospital number as (authority, value): HL7 v2 CX.4.1 and CX.1."""


class ChangeKind(Enum):
    """What a record asks for."""

    UPSERT = "upsert"
    ROW = "row"  # of a snapshot: as UPSERT, but it says nothing of where its number stands
    MERGE = "merge"
    RENUMBER = "renumber"  # as MERGE, of one patient who gets another number
    DELETE = "delete"
    DOUBT = "doubt"  # something was said of the patient of each number that could not be read
    ROW_DOUBT = "row-doubt"  # as DOUBT, of a row
    PART = "part"  # these numbers are of another patient than those beside which they stood


DOUBTS = frozenset({ChangeKind.DOUBT, ChangeKind.ROW_DOUBT})
"""Of records that were rejected."""


class NameParts(NamedTuple):
    """A Dutch name by part, as `PersonName` holds it; empty parts are ""."""

    surname: str = ""
    prefix: str = ""
    partner_surname: str = ""
    partner_prefix: str = ""
    given_names: str = ""
    initials: str = ""

    def __repr__(self) -> str:
        return "NameParts(...)"


NO_NAME = NameParts()


class News(NamedTuple):
    """What a record says about its patient. None: nothing, what is held stays. Empty: the EPD holds none.

    A tuple because millions of them are made; `repr` shows none of it.
    """

    name: NameParts | None = None
    birth_date: str | None = None  # YYYYMMDD
    sex: str | None = None  # M, F, O or ""
    bsn: str | None = None  # nine digits, or as it stands when it is no BSN
    verified: bool | None = None  # by the configured rule
    other_names: tuple[NameParts, ...] = ()  # further forms of `name` that the record knows, such as the birth name

    def __repr__(self) -> str:
        told = (name for name, value in zip(self._fields, self, strict=True) if value is not None)
        return f"News({', '.join(told)})"


NOTHING = News()

NOTHING_HELD = News(name=NO_NAME, birth_date="", sex="", bsn="", verified=False)
"""Says of every fact that the EPD holds none."""

UNVERIFIED = News(verified=False)


class Change(NamedTuple):
    """One accepted record. `at` orders them; a row of CSV that names no time holds from its loading on."""

    line: int
    kind: ChangeKind
    at: int | None  # YYYYMMDDHHMMSSffff, wall clock of the hospital
    numbers: tuple[Number, ...]  # of the patient, or of the survivor of a merge; the preferred one first
    prior: tuple[Number, ...] = ()  # the numbers that a merge gives up
    news: News = NOTHING
    mark: str = ""  # short digest of the record as it stands, to know a repeat; "" is that of the news
    bsn_refused: RejectReason | None = None  # why `news.bsn` is no BSN


def mark_of(*said: News) -> str:
    """Short digest of what a row says; of several rows the same in whatever order they stand."""
    texts = "\n".join(sorted(map(_encode, said)))
    return hashlib.blake2b(texts.encode("ascii"), digest_size=8).hexdigest()


def tuples_of(kind: type[T], *columns: Iterable[object]) -> Iterator[T]:
    """Named tuples made of their fields column by column, as many as the shortest column is long.

    `kind._make` does the same for one at thrice the cost.
    """
    make = cast("Any", partial(tuple.__new__, kind))
    return map(make, zip(*columns, strict=False))
