"""Opens a CSV file as rows of the configured columns; interprets no cell.

Knows a byte order mark, quoted line breaks, blank lines, and `="007"`, as spreadsheets keep digits as text.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TextIO

from remediate.config import CSV_COLUMNS, CsvSettings
from remediate.errors import EpdError

_EVERY = 1000
_DELIMITERS: Mapping[str, str] = {";": "a semicolon", ",": "a comma", "\t": "a tab", "|": "a vertical bar"}


Row = tuple[int, list[str]]
"""A row as it stands: the physical line on which it begins, and its cells."""


class Cells(NamedTuple):
    """The configured cells of a row, blanks at both ends gone; "" where a column is not configured."""

    patient_id: str
    issuer: str
    bsn: str
    bsn_verified: str
    birth_date: str
    sex: str
    surname: str
    surname_prefix: str
    partner_surname: str
    partner_prefix: str
    given_names: str
    initials: str


class Has(NamedTuple):
    """Which facts the configured columns tell. What no column tells is left as it is."""

    name: bool
    birth_date: bool
    sex: bool
    bsn: bool
    bsn_verified: bool


class Layout:
    """Where the configured columns stand in this file."""

    def __init__(self, header: list[str], columns: Mapping[str, str]) -> None:
        self._width = len(header)
        # A column that is not configured finds the empty cell that `pick` puts behind the others.
        places = [header.index(columns[name]) if name in columns else self._width for name in Cells._fields]
        self._pick = itemgetter(*places)
        self.has = Has(
            name="surname" in columns,
            birth_date="birth_date" in columns,
            sex="sex" in columns,
            bsn="bsn" in columns,
            bsn_verified="bsn_verified" in columns,
        )
        self.mark = "".join("1" if told else "0" for told in self.has)  # `has` as a short text

    def pick(self, cells: list[str]) -> Cells | None:
        """The configured cells; None when the row is not as long as the header, so that none may be in its place."""
        if len(cells) != self._width:
            return None
        text = ";".join(cells)  # most rows need nothing cleared, which one look at the whole row tells
        cells.append("")
        if text.isprintable() and " ;" not in text and "; " not in text and '="' not in text and text == text.strip():
            return Cells._make(self._pick(cells))
        return Cells._make(map(_clear, self._pick(cells)))


def _clear(cell: str) -> str:
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    if not cell.isprintable():
        cell = "".join(sign if sign.isprintable() else " " for sign in cell)
    return cell.strip()


class Table:
    """An open file, its header read."""

    def __init__(self, path: Path, file: TextIO, settings: CsvSettings) -> None:
        self._path = path
        self._file = file
        self._reader = csv.reader(file, delimiter=settings.delimiter)
        header = next(self._reader, None)
        if header is None:
            raise EpdError(f"{path.name} is empty.")
        self.layout = Layout(*_checked_header(path.name, [name.strip() for name in header], settings))

    def rows(self, progress: Callable[[int], None] | None) -> Iterator[Row]:
        """Every row that holds anything."""
        reader = self._reader
        begins = reader.line_num + 1
        told = self._file.buffer.tell
        for count, cells in enumerate(reader):
            if any(cells):
                yield begins, cells
            begins = reader.line_num + 1
            if progress is not None and count % _EVERY == 0:
                progress(told())


@contextmanager
def open_table(path: Path, settings: CsvSettings) -> Iterator[Table]:
    """Open a file with its configured delimiter and encoding. Raises `EpdError` with one line that says why not."""
    try:
        with path.open(encoding=_codec(settings.encoding), newline="") as file:
            yield Table(path, file, settings)
    except FileNotFoundError:
        raise EpdError(f"The file {path.name} does not exist.") from None
    except OSError as error:
        raise EpdError(f"The file {path.name} cannot be read: {error.strerror}.") from None
    except UnicodeError:
        raise EpdError(
            f"{path.name} is not in the encoding {settings.encoding}.", advice="Set epd.csv.encoding."
        ) from None
    except csv.Error as error:
        raise EpdError(
            f"{path.name} cannot be read as CSV ({error}).", advice="A quotation mark may never be closed."
        ) from None


def _codec(name: str) -> str:
    """The configured encoding; for UTF-8 the one that knows a byte order mark."""
    return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name


def _checked_header(name: str, header: list[str], settings: CsvSettings) -> tuple[list[str], Mapping[str, str]]:
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
    return header, columns


def _described(header: list[str], columns: Mapping[str, str]) -> str:
    """What the first row has, without quoting it: where the header is missing, that row is a patient."""
    known = [name for name in header if name in columns.values()]
    return f"its first row has {len(header)} columns, of which known: {_listed(known) if known else 'none'}"


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _advice(header: list[str], settings: CsvSettings) -> str:
    if len(header) == 1:
        for sign, words in _DELIMITERS.items():
            if sign != settings.delimiter and sign in header[0]:
                return f"The header looks separated by {words}: set epd.csv.delimiter."
    return "Set epd.csv.columns."
