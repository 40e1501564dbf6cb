"""Reads the EPD's CSV extract into changes; guesses neither dates nor numbers that a spreadsheet spoiled.

A file is read twice: first for rows that may contradict each other, of which none is believed, so that the order of
rows does not matter. Quoting as in RFC 4180.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from remediate.config import CsvSettings, VerifiedSettings
from remediate.epd.changes import NO_NAME, Change, Kind, NameParts, News, Number
from remediate.epd.csv_table import Layout, open_table
from remediate.epd.identifiers import read_bsn
from remediate.epd.reasons import Rejected, RejectReason
from remediate.errors import EpdError

_SPOILED = re.compile(r"\d(?:[.,]\d+)?E[+-]\d+|\d+[.,]0+", re.ASCII | re.IGNORECASE)
_NOTHING_HELD = News(name=NO_NAME, birth_date="", sex="", bsn="", verified=False)
_SEXES = frozenset({"M", "F", "O"})


class CsvReader:
    """One file under one set of settings. Raises `EpdError` where the file as a whole cannot be read."""

    def __init__(self, path: Path, *, settings: CsvSettings, verified: VerifiedSettings, default_issuer: str) -> None:
        self._path = path
        self._settings = settings
        self._default_issuer = default_issuer
        self._verified_values = frozenset(value.strip().casefold() for value in verified.csv_values)
        self._sexes = {text.strip().upper(): sex for text, sex in settings.sex_values.items() if sex in _SEXES}
        self._birth_date = _date_reader(settings.date_format)

    def read(self, progress: Callable[[int], None] | None = None) -> Iterator[Change | Rejected]:
        """Every row as a change or a rejection. `progress` is given the bytes read so far, every thousand rows."""
        suspects = self._suspects()
        held_back: dict[Number, list[Change]] = defaultdict(list)
        with open_table(self._path, self._settings) as table:
            layout = table.layout
            for line, row in table.rows(progress):
                found = self._read_row(line, row, layout)
                if isinstance(found, RejectReason):
                    yield self._rejected(line, found)
                elif suspects and hash(found.numbers[0]) in suspects:
                    held_back[found.numbers[0]].append(found)
                else:
                    yield found
        for changes in held_back.values():
            yield from self._settled(changes)

    def _suspects(self) -> set[int]:
        """Hashes of the numbers of whom rows differ in any cell that is read."""
        seen: dict[int, int] = {}
        suspects: set[int] = set()
        with open_table(self._path, self._settings) as table:
            pick, default_issuer = table.layout.pick, self._default_issuer
            for _, row in table.rows(None):
                cells = pick(row)
                if cells is None:
                    continue
                number, content = hash((cells[1] or default_issuer, cells[0])), hash(cells)
                if seen.setdefault(number, content) != content:
                    suspects.add(number)
        return suspects

    def _settled(self, changes: list[Change]) -> Iterator[Change | Rejected]:
        """One number's rows: the first where all say the same, else nothing is believed any more about the number."""
        marks = {change.mark for change in changes}
        if len(marks) == 1:
            yield changes[0]
            return
        for change in changes:
            yield self._rejected(change.line, RejectReason.ROWS_CONTRADICT)
        mark = _mark(*sorted(marks))
        yield changes[-1]._replace(news=_NOTHING_HELD, mark=mark, bsn_refused=None)

    def _rejected(self, line: int, reason: RejectReason) -> Rejected:
        return Rejected(file=self._path.name, line=line, reason=reason)

    def _read_row(self, line: int, row: list[str], layout: Layout) -> Change | RejectReason:
        cells = layout.pick(row)
        if cells is None:
            return RejectReason.ROW_LENGTH
        patient_id, issuer, bsn, bsn_verified, birth_date, sex = cells[:6]
        name = NameParts._make(cells[6:])
        if not patient_id:
            return RejectReason.IDENTIFIER_ABSENT
        if not patient_id.isalnum() and _SPOILED.fullmatch(patient_id):
            return RejectReason.IDENTIFIER_SPOILED
        date = self._birth_date(birth_date) if birth_date else ""
        if date is None:
            return RejectReason.BIRTH_DATE_UNREADABLE
        number, refused = read_bsn(bsn)
        known_sex = self._sexes.get(sex.upper(), "")
        verified = bool(number) and bsn_verified.casefold() in self._verified_values
        mark = _mark(*name, date, known_sex, number, "1" if verified else "0", layout.mark)
        has = layout.has
        news = News(
            name if has.name else None,
            date if has.birth_date else None,
            known_sex if has.sex else None,
            number if has.bsn else None,
            verified if has.bsn_verified else None,
        )
        numbers = ((issuer or self._default_issuer, patient_id),)
        return Change(line, Kind.UPSERT, None, numbers, (), news, mark, refused)


def _mark(*texts: str) -> str:
    return hashlib.blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _date_reader(date_format: str) -> Callable[[str], str | None]:
    """A reader of dates in exactly this form: YYYYMMDD, or None for another text. A year has four digits."""
    if "%y" in date_format or not all(part in date_format for part in ("%Y", "%d")):
        raise EpdError(
            "epd.csv.date_format does not give day, month and a year of four digits.",
            advice="For 31-12-1980 use %d-%m-%Y.",
        )

    @lru_cache(maxsize=1 << 16)
    def read(text: str) -> str | None:
        try:
            found = datetime.strptime(text, date_format)  # noqa: DTZ007 - a date has no zone
        except ValueError:
            return None
        return f"{found.year:04d}{found.month:02d}{found.day:02d}"

    return read
