"""Reads a study list that was exported out of an archive's database; every row is a study's or is named. Saves nothing.

Columns are DICOM keywords in any spelling and order; other columns are left alone. The
file is read twice: first for the form of its dates and for studies that stand in several rows.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from pydicom.uid import ImplicitVRLittleEndian

from remediate.errors import EmptyTableError, RemediateError, UsageError
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.refusal import Refusal
from remediate.header.uids import UidProblem, uid_problem
from remediate.identity.dates import DateProblem, read_da
from remediate.identity.evidence import Evidence, Flag
from remediate.records.dicom import FoundStudy
from remediate.tables.cells import is_spoiled
from remediate.tables.columns import FoundColumns, find_columns, meant
from remediate.tables.dates import DateColumn
from remediate.tables.encodings import is_garbled
from remediate.tables.faults import RowFault
from remediate.tables.reader import Format, Misfit, Row, found_format, open_table
from remediate.texts.language import Sentence

NEEDED = ("StudyInstanceUID", "PatientID")
TAGS = {
    "PatientName": 0x00100010,
    "PatientID": 0x00100020,
    "IssuerOfPatientID": 0x00100021,
    "PatientBirthDate": 0x00100030,
    "PatientSex": 0x00100040,
    "OtherPatientIDs": 0x00101000,
}
"""Columns that are read as a header's elements."""
COUNT = "NumberOfStudyRelatedInstances"
KEYWORDS = ("StudyInstanceUID", *TAGS, "StudyDate", "ModalitiesInStudy", "InstitutionName", COUNT)
DATES = ("StudyDate", "PatientBirthDate")
_INSTANCES = re.compile(r"[0-9]{1,7}")
_BITS = 1 << 27
_DOUBTFUL = 10
"""A column of which more than one cell in so many cannot be read is not understood."""

Cells = dict[str, str]
DateReader = Callable[[str], str | None]


class LeftOutRow(NamedTuple):
    """A line of which nothing is taken."""

    line: int
    reason: RowFault | UidProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Cells of a column that cannot be read. Their rows are kept, but prove nothing by them."""

    column: str
    cells: int
    of: int  # cells of the column that hold anything
    impossible: int = 0  # of `cells`, those well written that no calendar has: as the archive holds them
    likely: tuple[str, ...] = ()  # forms of dates that may be meant

    @property
    def is_doubtful(self) -> bool:
        """Whether the column as a whole is not understood."""
        return self.cells * _DOUBTFUL > self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a look through the whole list tells."""

    rows: int  # that hold anything, left out or not
    other_columns: tuple[str, ...]  # that are none of ours
    unread: tuple[Unread, ...]
    names: int
    garbled_names: int  # decoded amiss before they were exported, or by the exporting program
    parted_names: int  # with a sign between surname and given name


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyList:
    """A list that was looked through."""

    path: Path
    form: Format
    places: tuple[int | None, ...]  # where each of `KEYWORDS` stands
    dates: Mapping[str, DateReader]  # by column
    repeated: Repeated
    overview: Overview

    def studies(self, settings: EvidenceSettings) -> Iterator[FoundStudy | LeftOutRow]:
        """Every study once, with all that its rows say, and every line that is left out."""
        waiting: dict[str, list[FoundStudy]] = {}
        with open_table(self.path, self.form) as table:
            for row in table.rows(self.places):
                found = self._found(row, settings)
                if isinstance(found, FoundStudy) and found.study_instance_uid in self.repeated:
                    waiting.setdefault(found.study_instance_uid, []).append(found)
                else:
                    yield found
        for rows in waiting.values():
            yield joined(rows)

    def _found(self, row: Row | Misfit, settings: EvidenceSettings) -> FoundStudy | LeftOutRow:
        if isinstance(row, Misfit):
            return LeftOutRow(row.line, row.fault)
        cells: Cells = dict(zip(KEYWORDS, row.cells, strict=True))
        problem = uid_problem(cells["StudyInstanceUID"])
        if problem is not None:
            return LeftOutRow(row.line, problem)
        if is_spoiled(cells["PatientID"]):
            return LeftOutRow(row.line, RowFault.IDENTIFIER_SPOILED)
        for column, read in self.dates.items():
            found = read(cells[column])
            cells[column] = cells[column] if found is None else found
        return _study(cells, settings)


def look_through(path: Path, date_format: str = "") -> StudyList:
    """Look at a whole list. `date_format` says in which form dates stand that have not the year first; "" lets each
    column tell.

    Raises `UsageError` when columns that are needed are not there, `RemediateError` when the list holds no row or
    cannot be read.
    """
    form = found_format(path, lambda names: len(find_columns(names, KEYWORDS).places))._replace(free_text=False)
    found = _columns(path, form)
    places = tuple(map(found.place, KEYWORDS))
    repeated, tally, rows = Repeated(), ColumnTally(), 0
    with open_table(path, form) as table:
        for block in table.blocks(places):
            cells = dict(zip(KEYWORDS, block.columns, strict=True))
            rows += len(block.lines) + len(block.misfits)
            repeated.add(cells["StudyInstanceUID"])
            tally.look(cells)
    if not rows:
        raise RemediateError(
            Sentence(
                f"{path.name} has a header and no studies.", f"{path.name} heeft een kopregel en geen onderzoeken."
            ),
            advice=Sentence("Export it again.", "Exporteer het opnieuw."),
        )
    forms = tally.date_forms(date_format)
    return StudyList(
        path=path,
        form=form,
        places=places,
        dates={name: tally.dates[name].reader(forms[name]) for name in DATES},
        repeated=repeated,
        overview=Overview(
            rows=rows,
            other_columns=found.others,
            unread=tally.unread(forms),
            names=tally.names,
            garbled_names=tally.garbled_names,
            parted_names=tally.parted_names,
        ),
    )


def _columns(path: Path, form: Format) -> FoundColumns:
    try:
        with open_table(path, form) as table:
            header = table.names
    except EmptyTableError as error:
        raise UsageError(
            error.message,
            advice=Sentence(
                f"It needs the columns {' and '.join(NEEDED)}.", f"Nodig zijn de kolommen {' en '.join(NEEDED)}."
            ),
        ) from None
    found = find_columns(header, KEYWORDS)
    if found.twice:
        raise UsageError(
            Sentence(
                f"{path.name} has more than one column {', '.join(found.twice)}.",
                f"{path.name} heeft meer dan één kolom {', '.join(found.twice)}.",
            ),
            advice=Sentence("Leave out the wrong one.", "Laat de verkeerde weg."),
        )
    missing = [name for name in NEEDED if name not in found.places]
    if missing:
        near = [f"{theirs!r} for {name}" for name in missing if (theirs := meant(name, header))]
        raise UsageError(
            Sentence(
                f"{path.name} has no column {' and no column '.join(missing)}.",
                f"{path.name} heeft geen kolom {' en geen kolom '.join(missing)}.",
            ),
            advice=Sentence(
                "Columns are named by DICOM keyword." + (f" Did you mean {', '.join(near)}?" if near else ""),
                "Kolommen heten naar het DICOM-keyword." + (f" Bedoelde u {', '.join(near)}?" if near else ""),
            ),
        )
    return found


class Repeated:
    """UIDs that stand in more than one row, in little memory: some few others count among them."""

    def __init__(self) -> None:
        self._seen = bytearray(_BITS // 8)
        self._more: set[int] = set()

    def add(self, uids: Iterable[str]) -> None:
        """More rows."""
        seen = self._seen
        for uid in uids:
            at = hash(uid) % _BITS
            bit = 1 << (at & 7)
            if seen[at >> 3] & bit:
                self._more.add(at)
            seen[at >> 3] |= bit

    def __contains__(self, uid: str) -> bool:
        return hash(uid) % _BITS in self._more


@dataclass(slots=True)
class ColumnTally:
    """What the cells of some columns are like."""

    dates: dict[str, DateColumn] = field(
        default_factory=lambda: {name: DateColumn(any_time=name == "StudyDate") for name in DATES}
    )
    names: int = 0
    parted_names: int = 0
    garbled_names: int = 0
    counts: int = 0
    unread_counts: int = 0

    def look(self, cells: Mapping[str, Sequence[str]]) -> None:
        """More rows, by column."""
        for name, column in self.dates.items():
            column.look(cells[name])
        names = list(filter(None, cells["PatientName"]))
        self.names += len(names)
        self.parted_names += sum("^" in name or "," in name for name in names)
        self.garbled_names += sum(map(is_garbled, names))
        counts = list(filter(None, cells[COUNT]))
        self.counts += len(counts)
        self.unread_counts += sum(_INSTANCES.fullmatch(text) is None for text in counts)

    def date_forms(self, given: str) -> Mapping[str, str]:
        """The form of each column's dates besides those with the year first; "" where it is not certain.

        One program wrote all columns, so that one of them may decide for the other.
        """
        if given:
            return dict.fromkeys(DATES, given)
        alone = {name: column.form() for name, column in self.dates.items()}
        settled = next(filter(None, alone.values()), "")
        return {name: form or self.dates[name].form(settled) for name, form in alone.items()}

    def unread(self, forms: Mapping[str, str]) -> tuple[Unread, ...]:
        """The columns that hold what cannot be read."""
        found = [
            Unread(
                column=name,
                cells=column.unread(forms[name]),
                of=column.fitting.total(),
                impossible=column.impossible,
                likely=() if forms[name] else column.likely(),
            )
            for name, column in self.dates.items()
        ]
        found.append(Unread(column=COUNT, cells=self.unread_counts, of=self.counts))
        return tuple(one for one in found if one.cells)


def joined(rows: Sequence[FoundStudy]) -> FoundStudy:
    """One study of which several rows tell: each that says something else of the patient is a header of its own.

    Of several study dates the one counts that may contradict a birth date: what cannot be read, else the earliest.
    """
    first = rows[0]
    said = tuple(dict.fromkeys(row.evidence for row in rows))
    dates = sorted({row.study_date for row in rows} - {""})
    unreadable = [day for day in dates if isinstance(read_da(day), DateProblem)]
    return replace(
        first,
        study_date=next(iter([*unreadable, *dates]), ""),
        modalities=tuple(sorted({name for row in rows for name in row.modalities})),
        institution_name=next(filter(None, (row.institution_name for row in rows)), ""),
        instances=max((row.instances for row in rows if row.instances is not None), default=None),
        evidence=said[0],
        others=said[1:],
    )


def _study(cells: Cells, settings: EvidenceSettings) -> FoundStudy:
    modalities = cells["ModalitiesInStudy"].replace(",", "\\").split("\\")
    return FoundStudy(
        study_instance_uid=cells["StudyInstanceUID"],
        study_date=cells["StudyDate"],
        modalities=tuple(sorted({name.strip() for name in modalities} - {""})),
        institution_name=cells["InstitutionName"],
        instances=int(cells[COUNT]) if _INSTANCES.fullmatch(cells[COUNT]) else None,
        evidence=_evidence({TAGS[keyword]: cells[keyword] for keyword in TAGS if cells[keyword]}, settings),
        answers_other_ids=False,
    )


def _evidence(elements: Mapping[int, str], settings: EvidenceSettings) -> Evidence:
    """Read the row as if it were a header, so that a list and an object are judged by one reader."""
    found = read_evidence(_encoded(elements), ImplicitVRLittleEndian, settings)
    return Evidence(flags=frozenset({Flag.UNPARSABLE})) if isinstance(found, Refusal) else found


def _encoded(elements: Mapping[int, str]) -> bytes:
    """Implicit VR little endian (PS3.5 7.1.3), in UTF-8."""
    encoded = bytearray()
    for tag, text in sorted({0x00080005: "ISO_IR 192", **elements}.items()):
        data = text.encode()
        data += b" " * (len(data) % 2)
        encoded += struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(data)) + data
    return bytes(encoded)
