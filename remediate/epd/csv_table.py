"""Opens a CSV file as blocks of its configured columns; interprets no cell.

Quoting as in RFC 4180. Knows a byte order mark, quoted line breaks, blank lines, Excel's `sep=` line, and `="007"`, as
spreadsheets keep digits as text. Works column by column: a step for each cell would cost more than all reading.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain, compress, islice
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from remediate.config import CSV_COLUMNS, CsvSettings
from remediate.epd.reasons import RejectReason
from remediate.errors import EpdError

BLOCK = 200
"""Rows that are read together: they stay in the processor's cache, and do not set off the garbage collector."""

Errors = Literal["strict", "surrogateescape"]
"""What to do about bytes that are not in the encoding: give up, or keep them apart (PEP 383)."""

DELIMITERS: Mapping[str, str] = {";": "a semicolon", ",": "a comma", "\t": "a tab", "|": "a vertical bar"}
"""The signs that separate cells, with their names."""

_END = "\x1a"
"""Follows the last line twice, and ends the reading as a row of its own; within an open quotation mark it is text."""

_LINE_END = re.compile(r"\r\n?|\n")
_UNDECODED = re.compile("[\udc80-\udcff]")


class NotInEncodingError(EpdError):
    """A file, or part of it, is not in the configured encoding."""


class Columns(NamedTuple):
    """The configured cells, blanks at both ends gone; "" where a column is not configured."""

    patient_id: Sequence[str]
    issuer: Sequence[str]
    bsn: Sequence[str]
    bsn_verified: Sequence[str]
    birth_date: Sequence[str]
    sex: Sequence[str]
    surname: Sequence[str]
    surname_prefix: Sequence[str]
    partner_surname: Sequence[str]
    partner_prefix: Sequence[str]
    given_names: Sequence[str]
    initials: Sequence[str]


class Misfit(NamedTuple):
    """A row of which it is not certain what stands in which column, or what it says there."""

    line: int
    reason: RejectReason


class Block(NamedTuple):
    """Rows that follow each other."""

    lines: Sequence[int]  # the physical line on which each row begins
    columns: Columns
    misfits: Sequence[Misfit]  # rows that are left out


class Has(NamedTuple):
    """Which facts the configured columns tell. What no column tells is left as it is."""

    name: bool
    birth_date: bool
    sex: bool
    bsn: bool
    bsn_verified: bool


Rows = tuple[Sequence[int], list[list[str]]]
"""Rows as they stand, and the line on which each begins."""


class Table:
    """An open file, its header read."""

    def __init__(self, path: Path, file: TextIO, settings: CsvSettings) -> None:
        self._file, self._name, self._delimiter = file, path.name, settings.delimiter
        self._reader = csv.reader(chain(file, (_END, _END)), delimiter=settings.delimiter)
        self._rows = iter(self._reader.__next__, [_END])
        header = read_header(self._rows)
        if header is None:
            raise EpdError(f"{path.name} is empty.")
        columns = _checked_columns(path.name, header, settings)
        self._width = len(header)
        self._places = [header.index(columns[name]) if name in columns else None for name in Columns._fields]
        self.has = Has(
            name="surname" in columns,
            birth_date="birth_date" in columns,
            sex="sex" in columns,
            bsn="bsn" in columns,
            bsn_verified="bsn_verified" in columns,
        )

    def numbers(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """The columns issuer and patient_id alone: the cheapest look at a whole file.

        Raises `EpdError` at its end when a quotation mark was never closed: all lines after it are one cell.
        """
        at, issuer_at = self._places[:2]
        assert at is not None
        reader, width, before = self._reader, self._width, -1
        while reader.line_num > before:
            before = reader.line_num
            rows = [(row[at], row[issuer_at or 0]) for row in islice(self._rows, BLOCK) if len(row) == width]
            values, issuers = zip(*rows, strict=True) if rows else ((), ())
            yield cleared(issuers) if issuer_at is not None else [""] * len(rows), cleared(values)
        if next(reader, None) is None:
            raise EpdError(
                f"{self._name}: a quotation mark in the row at line {self._last_line()} is never closed, so that all "
                "that follows is one cell.",
                advice="Mend that row, or the program that exports it.",
            )

    def _last_line(self) -> int:
        """The line on which the last row begins, found by reading again."""
        self._file.seek(0)
        reader = csv.reader(self._file, delimiter=self._delimiter)
        begins = before = 0
        for _ in reader:
            begins, before = before + 1, reader.line_num
        return begins

    def blocks(self, progress: Callable[[int], None] | None = None) -> Iterator[Block]:
        """Every row that holds anything. `progress` is given the bytes read so far."""
        begins = self._reader.line_num + 1
        while rows := list(islice(self._rows, BLOCK)):
            ends = self._reader.line_num + 1
            yield self._block(*_not_blank(_begin_lines(rows, begins, ends), rows))
            begins = ends
            if progress is not None:
                progress(self._file.buffer.tell())

    def _block(self, lines: Sequence[int], rows: list[list[str]]) -> Block:
        misfits: list[Misfit] = []
        if any(map(self._width.__ne__, map(len, rows))) or self._file.errors != "strict":
            reasons = [self._misfit(row) for row in rows]
            misfits = [Misfit(line, reason) for line, reason in zip(lines, reasons, strict=True) if reason]
            fits = [reason is None for reason in reasons]
            lines, rows = list(compress(lines, fits)), list(compress(rows, fits))
        return Block(lines, self._columns(rows), misfits)

    def _misfit(self, row: list[str]) -> RejectReason | None:
        if len(row) != self._width:
            return RejectReason.ROW_LENGTH
        decoded = not any(at is not None and _UNDECODED.search(row[at]) for at in self._places)
        return None if decoded else RejectReason.CHARACTER_SET_WRONG

    def _columns(self, rows: list[list[str]]) -> Columns:
        if not rows:
            return Columns._make([()] * len(Columns._fields))
        columns = list(zip(*rows, strict=True))
        empty = [""] * len(rows)
        return Columns._make(empty if at is None else cleared(columns[at]) for at in self._places)


def read_header(reader: Iterator[list[str]]) -> list[str] | None:
    """The first row that holds anything, but for the line in which Excel notes its delimiter."""
    for row in reader:
        if any(row) and not (row[0].casefold().startswith("sep=") and len(row) <= 2):
            return [name.strip() for name in row]
    return None


def _begin_lines(rows: list[list[str]], begins: int, ends: int) -> Sequence[int]:
    """The line on which each row begins: one after the other, unless cells hold line breaks."""
    if ends - begins == len(rows):
        return range(begins, ends)
    heights = (1 + len(_LINE_END.findall("|".join(row))) for row in rows[:-1])
    return list(accumulate(heights, initial=begins))


def _not_blank(lines: Sequence[int], rows: list[list[str]]) -> Rows:
    if all(map(any, rows)):
        return lines, rows
    return list(compress(lines, map(any, rows))), list(filter(any, rows))


def cleared(column: Sequence[str]) -> Sequence[str]:
    """Cells without blanks at both ends, without control characters, and without a spreadsheet's `="..."`."""
    text = ";".join(column)  # most columns need nothing cleared, which one look at all of them tells
    if text.isprintable() and " ;" not in text and "; " not in text and '="' not in text and text == text.strip():
        return column
    return [cell if cell.isalnum() else _clear(cell) for cell in column]


def _clear(cell: str) -> str:
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    if not cell.isprintable():
        cell = "".join(sign if sign.isprintable() else " " for sign in cell)
    return cell.strip()


@contextmanager
def open_table(path: Path, settings: CsvSettings, *, errors: Errors = "strict") -> Iterator[Table]:
    """Open a file with its configured delimiter and encoding.

    Raises `EpdError` with one line that says why it cannot be read, `NotInEncodingError` where that is the encoding.
    """
    try:
        with path.open(encoding=_codec(settings.encoding), errors=errors, newline="") as file:
            yield Table(path, file, settings)
    except FileNotFoundError:
        raise EpdError(f"The file {path.name} does not exist.") from None
    except OSError as error:
        raise EpdError(f"The file {path.name} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise NotInEncodingError(
            f"{path.name} is not in the encoding {settings.encoding}.", advice="Set epd.csv.encoding."
        ) from None
    except csv.Error as error:
        raise EpdError(
            f"{path.name} cannot be read as CSV ({error}).", advice="A quotation mark may never be closed."
        ) from None


def holds_decoded_signs(path: Path, settings: CsvSettings) -> bool:
    """Whether any sign beyond ASCII is in the encoding, so that the file is, but for some rows."""
    with path.open(encoding=_codec(settings.encoding), errors="surrogateescape", newline="") as file:
        while text := file.read(1 << 20):
            if not _UNDECODED.sub("", text).isascii():
                return True
    return False


def _codec(name: str) -> str:
    """The configured encoding; for UTF-8 the one that knows a byte order mark."""
    return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name


def _checked_columns(name: str, header: list[str], settings: CsvSettings) -> Mapping[str, str]:
    columns = {ours: theirs.strip() for ours, theirs in settings.columns.items() if ours in CSV_COLUMNS}
    if "patient_id" not in columns:
        raise EpdError("epd.csv.columns does not say which column holds patient_id.")
    held = Counter(header)
    missing = [theirs for theirs in columns.values() if not held[theirs]]
    if missing:
        raise EpdError(
            f"{name} has no column {_listed(missing)}; {_described(header, columns)}.",
            advice=_advice(header, settings),
        )
    twice = [theirs for theirs in columns.values() if held[theirs] > 1]
    if twice:
        raise EpdError(f"{name} has the column {_listed(twice)} more than once.")
    return columns


def _described(header: list[str], columns: Mapping[str, str]) -> str:
    """What the first row has, without quoting it: where the header is missing, that row is a patient."""
    known = [name for name in header if name in columns.values()]
    return f"its first row has {len(header)} columns, of which known: {_listed(known) if known else 'none'}"


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _advice(header: list[str], settings: CsvSettings) -> str:
    if len(header) == 1:
        for sign, words in DELIMITERS.items():
            if sign != settings.delimiter and sign in header[0]:
                return f"The header looks separated by {words}: set epd.csv.delimiter."
    return "Set epd.csv.columns, or let `remediate init --csv FILE` propose them."
