"""Reads a table of text (CSV) row by row or in blocks of columns; every line is a row, or is named with its fault.

Quoting as in RFC 4180. Knows byte order marks, Excel's `sep=` line, `="007"`, quoted line breaks, blank lines, and
lines that end in CR, LF or both. A quotation mark that is not closed swallows no rows: reading goes on at the next
line. A line that is a row of its own, as nearly all are, costs nothing but the csv module.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress, islice
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from remediate.errors import EmptyTableError, TableError
from remediate.tables.cells import clear, cleared
from remediate.tables.encodings import (
    count_signs,
    detect_encoding,
    is_garbled,
    refuse_other_files,
    wide_encoding,
)
from remediate.tables.faults import RowFault
from remediate.texts.language import Sentence, unreadable

BLOCK = 200
"""Lines that are read together: they stay in the processor's cache, and do not set off the garbage collector."""

DELIMITERS = {
    ";": Sentence("a semicolon", "een puntkomma"),
    ",": Sentence("a comma", "een komma"),
    "\t": Sentence("a tab", "een tab"),
    "|": Sentence("a vertical bar", "een verticale streep"),
}
"""The signs that separate cells, with their names."""

Errors = Literal["strict", "surrogateescape"]
"""What to do about bytes that are not in the encoding: give up, or keep them apart (PEP 383)."""

_MOST_LINES = 200
"""A quoted cell over more lines than this was never closed."""
_HEAD = 1 << 16
_SAMPLE = 100
"""Rows that show whether every line ends with a delimiter, as some programs write them."""
_LONGEST = csv.field_size_limit()
_UNDECODED = frozenset(map(chr, range(0xDC80, 0xDD00)))


class Format(NamedTuple):
    """How a file is written."""

    delimiter: str
    codec: str
    errors: Errors = "strict"
    mixed: bool = False  # in a one-byte encoding, but for some signs that are UTF-8
    free_text: bool = True  # cells hold what people write, over several lines and with delimiters in it


class Misfit(NamedTuple):
    """A line that is left out."""

    line: int
    fault: RowFault


class Block(NamedTuple):
    """Rows that follow each other, by column."""

    lines: Sequence[int]  # the physical line on which each row begins, from 1
    columns: Sequence[Sequence[str]]  # the wanted ones, cleared; "" where none was wanted
    misfits: Sequence[Misfit]


class Row(NamedTuple):
    """One row: the wanted cells, cleared."""

    line: int
    cells: tuple[str, ...]


Score = Callable[[Sequence[str]], int]
"""How many names in a header are known."""


def head_of(path: Path) -> bytes:
    """The first bytes of a file. Raises `TableError` when it cannot be read, or is no text."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except FileNotFoundError:
        raise TableError(
            Sentence(f"The file {path.name} does not exist.", f"Het bestand {path.name} bestaat niet.")
        ) from None
    except OSError as error:
        raise TableError(unreadable(path.name, error)) from None
    refuse_other_files(path.name, head)
    return head


def configured_format(path: Path, delimiter: str, encoding: str, *, setting: str) -> Format:
    """How a file is to be read under settings, `setting` being where they stand.

    Raises `TableError` when it is in another encoding, and names the one that is likely.
    """
    head = head_of(path)
    codec = codecs.lookup(encoding).name
    is_utf8, is_wide = codec in ("utf-8", "utf-8-sig"), codec.startswith(("utf-16", "utf-32"))
    marked = "utf-8" if head.startswith(codecs.BOM_UTF8) else wide_encoding(head)
    if marked and (is_utf8, is_wide) != (marked == "utf-8", marked != "utf-8"):
        raise _not_in(path, encoding, marked, setting)
    if is_wide:
        return Format(delimiter, encoding)
    signs = count_signs(path)
    if not is_utf8:
        if signs.utf8 > signs.other:
            raise _not_in(path, encoding, "utf-8", setting)
        return Format(delimiter, encoding, "surrogateescape" if signs.other else "strict", mixed=signs.utf8 > 0)
    if signs.other > signs.utf8:
        raise _not_in(path, encoding, detect_encoding(path, head), setting)
    return Format(delimiter, "utf-8-sig", "surrogateescape" if signs.other else "strict")


def found_format(path: Path, score: Score) -> Format:
    """How a file seems to be written; the delimiter is that by which the header has most names that are known.

    Raises `TableError` when it is no text.
    """
    head = head_of(path)
    encoding = detect_encoding(path, head)
    if encoding == "utf-8":
        found = Format("", "utf-8-sig", "surrogateescape" if count_signs(path).other else "strict")
    elif encoding.startswith("utf-16"):
        found = Format("", encoding)
    else:
        found = Format("", encoding, "surrogateescape", mixed=count_signs(path).utf8 > 0)

    def known(delimiter: str) -> tuple[int, int]:
        try:
            with open_table(path, found._replace(delimiter=delimiter)) as table:
                return score(table.names), len(table.names)
        except TableError:
            return 0, 0

    return found._replace(delimiter=max(DELIMITERS, key=known))


@contextmanager
def open_table(path: Path, form: Format, *, header_line: int = 0) -> Iterator[Table]:
    """Open a file whose header stands on a line of it, from 1; 0: it is the first row that holds anything.

    Raises `TableError` when there is none, and while it is read when it is not in its encoding after all.
    """
    try:
        with path.open(encoding=form.codec, errors=form.errors, newline="") as file:
            yield Table(file, path.name, form, header_line)
    except FileNotFoundError:
        raise TableError(
            Sentence(f"The file {path.name} does not exist.", f"Het bestand {path.name} bestaat niet.")
        ) from None
    except OSError as error:
        raise TableError(unreadable(path.name, error)) from None
    except UnicodeError:
        raise TableError(
            Sentence(
                f"{path.name} is not in the encoding {form.codec}.", f"{path.name} heeft niet de codering {form.codec}."
            )
        ) from None


def _not_in(path: Path, encoding: str, likely: str, setting: str) -> TableError:
    shown = "utf-16" if likely.startswith("utf-16") else likely
    return TableError(
        Sentence(
            f"{path.name} is not in the encoding {encoding}, but seems to be in {shown}.",
            f"{path.name} heeft niet de codering {encoding}, maar zo te zien {shown}.",
        ),
        advice=Sentence(f"Set {setting}.encoding: {likely}.", f"Stel in: {setting}.encoding: {likely}."),
    )


class Table:
    """An open file, its header read."""

    def __init__(self, file: TextIO, name: str, form: Format, header_line: int = 0) -> None:
        self._file, self._name, self._form = file, name, form
        self._ahead: list[str] = []  # lines that were read to look for the end of a cell
        self._line = 1  # of what is read next
        self._line += len(self._take(max(0, header_line - 1)))
        self._width = 0
        self.names = self._header()
        self._width = self._usual_width()

    def rows(self, places: Sequence[int | None]) -> Iterator[Row | Misfit]:
        """Every row that holds anything and every line that is left out, in the order of the file."""
        for block in self.blocks(places):
            found: list[Row | Misfit] = [*map(Row, block.lines, zip(*block.columns, strict=True)), *block.misfits]
            yield from sorted(found, key=_line_of) if block.misfits else found

    def blocks(self, places: Sequence[int | None], progress: Callable[[int], None] | None = None) -> Iterator[Block]:
        """The same by column. `progress` is given the bytes read so far."""
        while lines := self._take(BLOCK):
            yield self._block(lines, places)
            if progress is not None:
                progress(self._file.buffer.tell())

    def _take(self, count: int) -> list[str]:
        lines, self._ahead = self._ahead[:count], self._ahead[count:]
        if len(lines) < count:
            lines += islice(self._file, count - len(lines))
        return lines

    def _header(self) -> list[str]:
        while lines := self._take(1):
            _, found, misfits = self._one_by_one(lines)
            if misfits:
                raise TableError(
                    Sentence(
                        f"{self._name}: the header at line {misfits[0].line} is damaged ({misfits[0].fault}).",
                        f"{self._name}: de kopregel op regel {misfits[0].line} is beschadigd ({misfits[0].fault}).",
                    )
                )
            for row in found:
                if not (row[0].casefold().startswith("sep=") and len(row) <= 2):
                    return [clear(name).lstrip("\ufeff") for name in row]
        raise EmptyTableError(Sentence(f"{self._name} is empty.", f"{self._name} is leeg."))

    def _usual_width(self) -> int:
        """As many cells as the header; one more or less where every line, or the header alone, ends in a delimiter."""
        width = len(self.names)
        self._ahead = self._take(_SAMPLE)
        rows = [row for row in map(self._alone, self._ahead) if any(row)]
        if rows and all(len(row) == width + 1 and not row[-1] for row in rows):
            return width + 1
        if rows and width > 1 and not self.names[-1] and all(len(row) == width - 1 for row in rows):
            self.names.pop()
            return width - 1
        return width

    def _alone(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line], delimiter=self._form.delimiter), [])
        except csv.Error:
            return []

    def _block(self, lines: list[str], places: Sequence[int | None]) -> Block:
        begins: Sequence[int]
        misfits: list[Misfit] = []
        rows = self._lines_as_rows(lines)
        if rows is None:
            begins, rows, misfits = self._one_by_one(lines)
        else:
            begins = range(self._line, self._line + len(lines))
            self._line += len(lines)
            if not all(map(any, rows)):
                begins, rows = list(compress(begins, map(any, rows))), list(filter(any, rows))
        if self._may_misfit(rows):
            faults = [self._fault(row, places) for row in rows]
            misfits = sorted([*misfits, *(Misfit(at, f) for at, f in zip(begins, faults, strict=True) if f)])
            fits = [fault is None for fault in faults]
            begins, rows = list(compress(begins, fits)), list(compress(rows, fits))
        return Block(begins, _columns(rows, places), misfits)

    def _lines_as_rows(self, lines: list[str]) -> list[list[str]] | None:
        """Each line as a row; None when some line is none."""
        try:
            rows = list(csv.reader(lines, delimiter=self._form.delimiter, strict=True))
        except csv.Error:
            return None
        return rows if len(rows) == len(lines) and "\0" not in "".join(lines) else None

    def _one_by_one(self, lines: list[str]) -> tuple[list[int], list[list[str]], list[Misfit]]:
        """The rows that begin in these lines, and the lines that are none; more lines are read where a cell goes on."""
        own, at = len(lines), 0
        begins: list[int] = []
        rows: list[list[str]] = []
        misfits: list[Misfit] = []
        while at < own:
            span, found = self._row(lines, at)
            if isinstance(found, RowFault):
                numbered = enumerate(lines[at : at + span], start=self._line + at)
                misfits += [Misfit(line, found) for line, text in numbered if text.strip()]
            elif any(found):
                begins.append(self._line + at)
                rows.append(found)
            at += span
        self._line += at
        self._ahead = lines[at:] + self._ahead
        return begins, rows, misfits

    def _row(self, lines: list[str], at: int) -> tuple[int, list[str] | RowFault]:
        """The row that begins with a line, and how many lines it is; after a fault, how many are left out."""
        source = self._lines_from(lines, at)
        reader = csv.reader(source, delimiter=self._form.delimiter, strict=True)
        try:
            cells = next(reader)
        except csv.Error:
            if len(lines[at]) > _LONGEST and lines[at].count('"') % 2 == 0:
                return 1, RowFault.CELL_TOO_LONG
            went_on = reader.line_num > 1 or next(source, None) is None
            return 1, RowFault.QUOTE_UNCLOSED if went_on else RowFault.QUOTE_BROKEN
        span = reader.line_num
        if any("\0" in cell for cell in cells):
            return span, RowFault.NUL_CHARACTER
        if span > 1 and self._width:
            if len(cells) != self._width:
                return span, RowFault.ROW_LENGTH
            if any(self._may_hold_rows(cell) for cell in cells):
                return span, RowFault.LINE_BREAK_DOUBTFUL
        return span, cells

    def _may_hold_rows(self, cell: str) -> bool:
        """Whether a cell over several lines has more delimiters than people write: then a closing mark was lost."""
        goes_on = "\n" in cell or "\r" in cell
        enough = (self._width - 1) // 2 if self._form.free_text else 1  # half a row
        return goes_on and cell.count(self._form.delimiter) >= max(1, enough)

    def _lines_from(self, lines: list[str], at: int) -> Iterator[str]:
        """These lines, and as many more as a cell may take, which are added to them."""
        for place in range(at, at + _MOST_LINES):
            if place == len(lines):
                more = self._ahead.pop(0) if self._ahead else next(self._file, None)
                if more is None:
                    return
                lines.append(more)
            yield lines[place]

    def _may_misfit(self, rows: list[list[str]]) -> bool:
        different = any(map(self._width.__ne__, map(len, rows)))
        return different or self._form.errors != "strict" or self._form.mixed

    def _fault(self, row: list[str], places: Sequence[int | None]) -> RowFault | None:
        if len(row) != self._width:
            return RowFault.ROW_LENGTH
        for at in places:
            if at is None or row[at].isascii():
                continue
            if not _UNDECODED.isdisjoint(row[at]) or (self._form.mixed and is_garbled(row[at])):
                return RowFault.OTHER_ENCODING
        return None


def _columns(rows: list[list[str]], places: Sequence[int | None]) -> list[Sequence[str]]:
    if not rows:
        return [()] * len(places)
    empty = [""] * len(rows)
    if len(places) < 4:  # cheaper than all columns
        return [empty if at is None else cleared([row[at] for row in rows]) for at in places]
    columns = list(zip(*rows, strict=True))
    return [empty if at is None else cleared(columns[at]) for at in places]


def _line_of(item: Row | Misfit) -> int:
    return item.line
