"""Reads the EPD's CSV extract into changes; guesses neither dates nor numbers that a spreadsheet spoiled.

A file is read twice: first for numbers of which rows may contradict each other, of which none is believed, so that
the order of rows does not matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from operator import and_
from pathlib import Path

from remediate.config.epd import CsvSettings, VerifiedSettings
from remediate.epd.changes import (
    NOTHING_HELD,
    UNVERIFIED,
    Change,
    ChangeKind,
    NameParts,
    News,
    Number,
    mark_of,
    tuples_of,
)
from remediate.epd.csv.cells import flag_reader, moment_reader, sex_reader
from remediate.epd.csv.table import Columns, EpdRows, Extract, Has
from remediate.epd.identifiers import read_bsns
from remediate.epd.reasons import RejectedRecord, RejectReason
from remediate.tables.cells import is_spoiled
from remediate.tables.dates import date_reader

_DATES_KEPT = 500

_DOUBTFUL = {RejectReason.BIRTH_DATE_UNREADABLE, RejectReason.TIME_UNREADABLE, RejectReason.TIME_IN_FUTURE}


class CsvReader:
    """One file under one set of settings; no row can have been changed after `latest` (as `Change.at`).

    Raises `EpdError` where the file as a whole cannot be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        settings: CsvSettings,
        verified: VerifiedSettings,
        default_issuer: str,
        latest: int = 99991231235959_9999,
    ) -> None:
        self._path = path
        self._settings = settings
        self._default_issuer = default_issuer
        self._is_verified = flag_reader(verified.csv_values)
        self._sex = sex_reader(settings.sex_values)
        self._birth_date = date_reader(settings.date_format)
        self._moment = moment_reader(settings.changed_format)
        self._latest = latest
        self.dates: set[str] = set()
        """Birth dates as they are written, of some rows among which one could not be read."""

    def read(self, progress: Callable[[int], None] | None = None) -> Iterator[Change | RejectedRecord]:
        """Every row as a change or a rejection. `progress` is given the bytes read so far, every some hundred rows."""
        extract = Extract(self._path, self._settings)
        repeated = self._repeated(extract)
        suspects = self._contradicted(extract, repeated) if repeated else repeated
        held_back: dict[Number, list[Change]] = defaultdict(list)
        for block in extract.blocks(progress):
            yield from (self._rejected(misfit.line, misfit.reason) for misfit in block.misfits)
            found = self._interpreted(block, extract.has)
            yield from _hold_back(found, suspects, held_back) if suspects else found
        for changes in held_back.values():
            yield from self._settled(changes)

    def _repeated(self, extract: Extract) -> set[int]:
        """Hashes of the numbers that stand in more than one row."""
        seen: set[int] = set()
        repeated: set[int] = set()
        for issuers, values in extract.numbers():
            hashes = list(map(hash, zip(self._authorities(issuers), values, strict=True)))
            new = set(hashes)
            repeated |= new & seen
            if len(new) < len(hashes):
                repeated.update(number for number, count in Counter(hashes).items() if count > 1)
            seen |= new
        return repeated

    def _contradicted(self, extract: Extract, repeated: set[int]) -> set[int]:
        """Of the repeated numbers those of which rows differ in any cell that is read."""
        content_of: dict[int, int] = {}
        suspects: set[int] = set()
        for block in extract.blocks():
            columns = block.columns
            numbers = map(hash, zip(self._authorities(columns.issuer), columns.patient_id, strict=True))
            for number, content in zip(numbers, zip(*columns, strict=True), strict=True):
                if number in repeated and content_of.setdefault(number, hash(content)) != hash(content):
                    suspects.add(number)
        return suspects

    def _authorities(self, issuers: Sequence[str]) -> Iterable[str]:
        return [issuer or self._default_issuer for issuer in issuers]

    def _interpreted(self, block: EpdRows, has: Has) -> Iterator[Change | RejectedRecord]:
        """The rows of a block. What a column says is found out for all rows at once; changes are made one by one.

        Tuples of a whole block would live long enough for the garbage collector to look through all that is held.
        """
        columns = block.columns
        dates = list(map(self._birth_date, columns.birth_date))
        if None in dates and len(self.dates) < _DATES_KEPT:
            self.dates.update(filter(None, columns.birth_date))
        bsns, bsns_refused = read_bsns(columns.bsn)
        verified = map(and_, map(self._is_verified, columns.bsn_verified), map(bool, bsns))
        untold = repeat(None)
        news = tuples_of(
            News,
            tuples_of(NameParts, *columns[6:12]) if has.name else untold,
            dates if has.birth_date else untold,
            map(self._sex, columns.sex) if has.sex else untold,
            bsns if has.bsn else untold,
            verified if has.bsn_verified else untold,
            repeat(()),
        )
        numbers = zip(zip(self._authorities(columns.issuer), columns.patient_id, strict=True), strict=True)
        lines, row, no_prior, no_mark = block.lines, repeat(ChangeKind.ROW), repeat(()), repeat("")
        moments = list(map(self._moment, columns.changed)) if has.changed else None
        at = untold if moments is None else moments
        changes = tuples_of(Change, lines, row, at, numbers, no_prior, news, no_mark, bsns_refused)
        refused = self._refused_moments(moments) | _refused(columns, dates)
        return self._without(refused, changes) if refused else changes

    def _without(
        self, refused: dict[int, RejectReason], changes: Iterable[Change]
    ) -> Iterator[Change | RejectedRecord]:
        for at, change in enumerate(changes):
            if at not in refused:
                yield change
                continue
            yield self._rejected(change.line, refused[at])
            if refused[at] in _DOUBTFUL:  # the number is known, and something of it changed
                at_moment = None if refused[at] is RejectReason.TIME_IN_FUTURE else change.at
                yield change._replace(kind=ChangeKind.ROW_DOUBT, at=at_moment, news=UNVERIFIED, bsn_refused=None)

    def _refused_moments(self, moments: Sequence[int | None] | None) -> dict[int, RejectReason]:
        """Rows of which nobody knows whether they are newer than a message."""
        if moments is None:
            return {}
        unread, future = RejectReason.TIME_UNREADABLE, RejectReason.TIME_IN_FUTURE
        ends = ((at, unread if moment is None else future) for at, moment in enumerate(moments)
                if moment is None or moment > self._latest)  # fmt: skip
        return dict(ends)

    def _settled(self, changes: list[Change]) -> Iterator[Change | RejectedRecord]:
        """One number's rows: each where they are of different moments, one where all say the same.

        Else nothing is believed any more about the number.
        """
        said = {change.news for change in changes}
        moments = {change.at for change in changes}
        if len(moments) == len(changes) and None not in moments:
            yield from sorted(changes, key=_moment_of)
            return
        if len(said) == 1:
            yield max(changes, key=_moment_of)
            return
        for change in changes:
            if change.kind is not ChangeKind.ROW_DOUBT:  # that row was rejected
                yield self._rejected(change.line, RejectReason.ROWS_CONTRADICT)
        last = max(reversed(changes), key=_moment_of)
        at = None if None in moments else last.at
        yield last._replace(kind=ChangeKind.ROW, at=at, news=NOTHING_HELD, mark=mark_of(*said), bsn_refused=None)

    def _rejected(self, line: int, reason: RejectReason) -> RejectedRecord:
        return RejectedRecord(file=self._path.name, line=line, reason=reason)


def _moment_of(change: Change) -> int:
    return change.at or 0


def _refused(columns: Columns, dates: list[str | None]) -> dict[int, RejectReason]:
    """The rows that cannot be used, by their place in the block; the gravest of several reasons."""
    refused: dict[int, RejectReason] = {}
    if None in dates:
        refused |= {at: RejectReason.BIRTH_DATE_UNREADABLE for at, date in enumerate(dates) if date is None}
    values = columns.patient_id
    if not "".join(values).isalnum():
        refused |= {at: RejectReason.IDENTIFIER_SPOILED for at, value in enumerate(values) if is_spoiled(value)}
    if not all(values):
        refused |= {at: RejectReason.IDENTIFIER_ABSENT for at, value in enumerate(values) if not value}
    return refused


def _hold_back(
    found: Iterable[Change | RejectedRecord], suspects: set[int], held_back: dict[Number, list[Change]]
) -> Iterator[Change | RejectedRecord]:
    """Lets those pass whose number is no suspect."""
    for item in found:
        if isinstance(item, Change) and hash(item.numbers[0]) in suspects:
            held_back[item.numbers[0]].append(item)
        else:
            yield item
