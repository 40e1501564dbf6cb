"""Opens the EPD's CSV extract as blocks of its configured columns; interprets no cell. Reading itself is `tables`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from remediate.config.epd import CSV_COLUMNS, CsvSettings
from remediate.epd.reasons import RejectReason
from remediate.errors import EpdError, TableError
from remediate.tables.faults import SWALLOWS_ROWS, RowFault
from remediate.tables.reader import DELIMITERS, Format, Table, configured_format, open_table
from remediate.texts.language import Sentence

_SETTING = "epd.csv"
_REASONS: Mapping[RowFault, RejectReason] = {
    **{fault: RejectReason(fault.value) for fault in RowFault if fault is not RowFault.OTHER_ENCODING},
    RowFault.OTHER_ENCODING: RejectReason.CHARACTER_SET_WRONG,
}


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
    changed: Sequence[str]


class RowMisfit(NamedTuple):
    """A row of which it is not certain what stands in which column, or what it says there."""

    line: int
    reason: RejectReason


class EpdRows(NamedTuple):
    """Rows that follow each other."""

    lines: Sequence[int]  # the physical line on which each row begins
    columns: Columns
    misfits: Sequence[RowMisfit]  # rows that are left out


class Has(NamedTuple):
    """Which facts the configured columns tell. What no column tells is left as it is."""

    name: bool
    birth_date: bool
    sex: bool
    bsn: bool
    bsn_verified: bool
    changed: bool


class Extract:
    """One file under its settings. Every method raises `EpdError` with one line that says why it cannot be read."""

    def __init__(self, path: Path, settings: CsvSettings) -> None:
        self._path, self._settings = path, settings
        with _as_epd_errors():
            self._form: Format = configured_format(path, settings.delimiter, settings.encoding, setting=_SETTING)
            with open_table(path, self._form) as table:
                columns = _checked_columns(path.name, table.names, settings)
                self._places = [table.names.index(columns[n]) if n in columns else None for n in Columns._fields]
        self.has = Has(
            name="surname" in columns,
            birth_date="birth_date" in columns,
            sex="sex" in columns,
            bsn="bsn" in columns,
            bsn_verified="bsn_verified" in columns,
            changed="changed" in columns,
        )

    def numbers(self) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
        """The columns issuer and patient_id alone: the cheapest look at a whole file.

        Raises `EpdError` where a quotation mark swallows rows, and at the end of a file without any.
        """
        is_empty = True
        with self._opened() as table:
            for block in table.blocks(self._places[1::-1]):
                for line, fault in block.misfits:
                    if fault in SWALLOWS_ROWS:
                        raise EpdError(
                            Sentence(
                                f"{self._path.name}: a quotation mark in the row at line {line} is never closed, so "
                                "that it is uncertain where the next row begins.",
                                f"{self._path.name}: een aanhalingsteken in de rij op regel {line} wordt nooit "
                                "gesloten, zodat onzeker is waar de volgende rij begint.",
                            ),
                            advice=Sentence(
                                "Mend that row, or the program that exports it.",
                                "Herstel die rij, of het programma dat haar exporteert.",
                            ),
                        )
                is_empty = is_empty and not block.lines and not block.misfits
                issuers, values = block.columns
                yield issuers, values
        if is_empty:
            raise EpdError(
                Sentence(
                    f"{self._path.name} has a header and no patients.",
                    f"{self._path.name} heeft een kopregel en geen patiënten.",
                ),
                advice=Sentence("Export it again.", "Exporteer het opnieuw."),
            )

    def blocks(self, progress: Callable[[int], None] | None = None) -> Iterator[EpdRows]:
        """Every row that holds anything. `progress` is given the bytes read so far."""
        with self._opened() as table:
            for lines, columns, misfits in table.blocks(self._places, progress):
                yield EpdRows(lines, Columns(*columns), [RowMisfit(line, _REASONS[fault]) for line, fault in misfits])

    @contextmanager
    def _opened(self) -> Iterator[Table]:
        with _as_epd_errors(), open_table(self._path, self._form) as table:
            yield table


@contextmanager
def _as_epd_errors() -> Iterator[None]:
    try:
        yield
    except TableError as error:
        raise EpdError(error.message, advice=error.advice) from None


def _checked_columns(name: str, header: list[str], settings: CsvSettings) -> Mapping[str, str]:
    columns = {ours: theirs.strip() for ours, theirs in settings.columns.items() if ours in CSV_COLUMNS}
    if "patient_id" not in columns:
        raise EpdError(
            Sentence(
                "epd.csv.columns does not say which column holds patient_id.",
                "epd.csv.columns zegt niet in welke kolom patient_id staat.",
            )
        )
    held = Counter(header)
    missing = [theirs for theirs in columns.values() if not held[theirs]]
    if missing:
        raise EpdError(
            _lacking(name, missing, header, columns),
            advice=_advice(header, settings),
        )
    twice = [theirs for theirs in columns.values() if held[theirs] > 1]
    if twice:
        raise EpdError(
            Sentence(
                f"{name} has the column {_listed(twice)} more than once.",
                f"{name} heeft de kolom {_listed(twice)} meer dan één keer.",
            )
        )
    return columns


def _lacking(name: str, missing: list[str], header: list[str], columns: Mapping[str, str]) -> Sentence:
    """What the first row has, without quoting it: where the header is missing, that row is a patient."""
    known = [theirs for theirs in header if theirs in columns.values()]
    en, nl = _listed(known) or "none", _listed(known) or "geen"
    return Sentence(
        f"{name} has no column {_listed(missing)}; its first row has {len(header)} columns, of which known: {en}.",
        f"{name} heeft geen kolom {_listed(missing)}; de eerste rij heeft {len(header)} kolommen, "
        f"waarvan bekend: {nl}.",
    )


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _advice(header: list[str], settings: CsvSettings) -> Sentence:
    if len(header) == 1:
        for sign, words in DELIMITERS.items():
            if sign != settings.delimiter and sign in header[0]:
                return Sentence(
                    f"The header looks separated by {words.en}: set epd.csv.delimiter.",
                    f"De kopregel lijkt gescheiden door {words.nl}: stel epd.csv.delimiter in.",
                )
    return Sentence(
        "Set epd.csv.columns, or let `remediate init --csv FILE` propose them.",
        "Stel epd.csv.columns in, of laat `remediate init --csv BESTAND` ze voorstellen.",
    )
