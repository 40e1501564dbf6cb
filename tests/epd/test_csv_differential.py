"""The CSV reader works column by column, and twice over a file; it must say what a plain reader says row by row."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.config.epd import CsvSettings, VerifiedSettings
from remediate.epd.changes import NOTHING_HELD, Change, ChangeKind, NameParts, News
from remediate.epd.csv.reader import CsvReader
from remediate.epd.identifiers import read_bsn
from remediate.epd.reasons import RejectedRecord, RejectReason
from remediate.errors import EpdError
from remediate.tables import reader as table_reader
from remediate.tables.cells import is_spoiled
from tests.epd.epd_samples import BSN, BSN_2, COLUMNS, HOSPITAL

ALL_COLUMNS = {**COLUMNS, "issuer": "bron"}
CELLS = {
    "patient_id": ["1", "2", "2", "007", " 3 ", '="4"', "", "1,2E+7", "12.0", "a b", "5\t"],
    "issuer": ["", "LAB", " LAB", "HOSPITAL"],
    "bsn": [BSN, BSN_2, "", "99990015", "999911121", "999999999", "000000000", f'="{BSN}"', "9,9E+08", "x"],
    "bsn_verified": ["J", "j ", "N", "", "1"],
    "birth_date": ["15-02-1970", "1-2-1970", "", " 15-02-1970", "30-02-1970", "1970-02-15", "02-1970", "١٥-02-1970"],
    "sex": ["M", "v", " V", "", "X"],
    "surname": ["Jansen", "Çelik", "Jan sen ", "", "a\r\nb", "a;b", 'O"Neil', "\x00\x07"],
}  # fmt: skip
SETTINGS = {"date_format": "%d-%m-%Y"}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, CsvSettings]:
    """A file and the settings under which it is read."""
    told = draw(st.sets(st.sampled_from(sorted(ALL_COLUMNS)), min_size=4)) | {"patient_id"}
    columns = {ours: theirs for ours, theirs in ALL_COLUMNS.items() if ours in told}
    header = draw(st.permutations([*columns.values(), "opmerking"]))
    ours_of = {theirs: ours for ours, theirs in columns.items()}
    cells = [st.sampled_from(CELLS.get(ours_of.get(name, ""), ["", "Anna", "J.", "de"])) for name in header]
    whole = st.tuples(*cells).map(list)
    odd = st.sampled_from([[], [""] * len(header), ["1"], ["1"] * (len(header) + 1)])
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator=draw(st.sampled_from(["\r\n", "\n", "\r"])))
    writer.writerow(header)
    writer.writerows(draw(st.lists(st.one_of(whole, whole, whole, odd), max_size=12)))
    return text.getvalue(), CsvSettings.model_validate({**SETTINGS, "columns": columns})


def _plain(text: str, epd: CsvSettings) -> Iterator[Change | RejectedRecord]:
    """One row after the other, in the simplest way."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    header = next(reader)
    by_number: dict[tuple[str, str], list[Change]] = defaultdict(list)
    raw: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    begins = 2
    for row in reader:
        line, begins = begins, reader.line_num + 1
        if not any(row):
            continue
        if len(row) != len(header):
            yield RejectedRecord(file="plain", line=line, reason=RejectReason.ROW_LENGTH)
            continue
        if any("\0" in cell for cell in row):
            yield RejectedRecord(file="plain", line=line, reason=RejectReason.NUL_CHARACTER)
            continue
        cells = {ours: _clear(row[header.index(theirs)]) for ours, theirs in epd.columns.items()}
        number = (cells.get("issuer") or HOSPITAL, cells["patient_id"])
        raw[number].add(tuple(cells.values()))
        found = _change(line, number, cells)
        if isinstance(found, RejectReason):
            yield RejectedRecord(file="plain", line=line, reason=found)
        if found is RejectReason.BIRTH_DATE_UNREADABLE:
            found = Change(line=line, kind=ChangeKind.ROW_DOUBT, at=None, numbers=(number,), news=News(verified=False))
        if isinstance(found, Change):
            by_number[number].append(found)
    for number, changes in by_number.items():
        yield from _believed(changes, in_other_words=len(raw[number]) > 1)


def _believed(changes: list[Change], *, in_other_words: bool) -> Iterator[Change | RejectedRecord]:
    """What is left of the rows of one number."""
    if len({change.news for change in changes}) == 1:
        yield from changes[:1] if in_other_words else changes
        return
    for change in changes:
        if change.kind is ChangeKind.ROW:
            yield RejectedRecord(file="plain", line=change.line, reason=RejectReason.ROWS_CONTRADICT)
    yield changes[-1]._replace(kind=ChangeKind.ROW, news=NOTHING_HELD, bsn_refused=None)


def _clear(cell: str) -> str:
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    return "".join(sign if sign.isprintable() else " " for sign in cell).strip()


def _change(line: int, number: tuple[str, str], cells: dict[str, str]) -> Change | RejectReason:
    if not number[1]:
        return RejectReason.IDENTIFIER_ABSENT
    if is_spoiled(number[1]):
        return RejectReason.IDENTIFIER_SPOILED
    date = ""
    if cells.get("birth_date"):
        try:
            date = datetime.strptime(cells["birth_date"], SETTINGS["date_format"]).strftime("%Y%m%d")  # noqa: DTZ007
        except ValueError:
            return RejectReason.BIRTH_DATE_UNREADABLE
    bsn, refused = read_bsn(cells.get("bsn", ""))
    verified = bool(bsn) and cells.get("bsn_verified", "").casefold() in ("j", "1", "ja", "true")
    sex = {"M": "M", "V": "F", "F": "F"}.get(cells.get("sex", "").upper(), "")
    name = NameParts(
        cells.get("surname", ""), cells.get("surname_prefix", ""), cells.get("partner_surname", ""),
        cells.get("partner_prefix", ""), cells.get("given_names", ""), cells.get("initials", ""),
    )  # fmt: skip
    news = News(
        name=name if "surname" in cells else None,
        birth_date=date if "birth_date" in cells else None,
        sex=sex if "sex" in cells else None,
        bsn=bsn if "bsn" in cells else None,
        verified=verified if "bsn_verified" in cells else None,
    )
    return Change(line=line, kind=ChangeKind.ROW, at=None, numbers=(number,), news=news, bsn_refused=refused)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.sampled_from([1, 2, 3, 200]))
def test_columns_say_what_rows_say(table: tuple[str, CsvSettings], block: int) -> None:
    text, epd = table
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_reader, "BLOCK", block)
        path = Path(folder) / "plain"
        path.write_bytes(text.encode())
        reader = CsvReader(path, settings=epd, verified=VerifiedSettings(), default_issuer=HOSPITAL)
        if not any(map(any, list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:])):
            with pytest.raises(EpdError, match="no patients"):
                list(reader.read())
            return
        found = list(reader.read())
    expected = list(_plain(text, epd))
    assert _refused(found) == _refused(expected)
    assert _said(found) == _said(expected)


def _refused(found: list[Change | RejectedRecord]) -> list[tuple[int, RejectReason]]:
    return sorted((item.line, item.reason) for item in found if isinstance(item, RejectedRecord))


def _said(found: list[Change | RejectedRecord]) -> list[Change]:
    """The changes; those of rows that contradict each other come last and have a mark of their own."""
    return sorted((item._replace(mark="") for item in found if isinstance(item, Change)), key=lambda item: item.line)
