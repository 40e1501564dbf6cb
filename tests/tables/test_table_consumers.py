"""Every command that reads a table reads it by the one reader: a tab, a workbook, a lost quotation mark."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from remediate.config.measure import JobListSettings
from remediate.demo.epd_files import CSV_COLUMNS
from remediate.demo.hospital import build_hospital
from remediate.errors import RemediateError, UsageError
from remediate.measure.address_book import read_address_book
from remediate.measure.job_list import read_job_list
from remediate.report.review_files import read_answers
from tests.workplace import Workplace

JOBS = "time;type;state;study_instance_uid;accession_number;destination;reason\n"
JOB = "2026-04-05 10:00;DICOM;finished;1.2.{};;Noord;\n"
XLSX = b"PK\x03\x04\x14\0\x06\0[Content_Types].xml" + bytes(300)
BSN = "999911120"


def row(number: str, surname: str = "Jansen") -> str:
    return f"{number};{BSN};J;1970-02-15;M;{surname};;;;Jan;J"


def table(*rows: str) -> str:
    return "\r\n".join([";".join(CSV_COLUMNS.values()), *rows, ""])


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """A ledger with nothing in it."""
    place = Workplace(folder=tmp_path / "place", hospital=build_hospital(1), port=1)
    place.folder.mkdir()
    place.configure()
    place.must("init", "--dir", str(place.folder))
    return place


def epd(place: Workplace, text: str | bytes, **csv: object) -> Path:
    path = place.folder / "extract.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    place.configure(epd={"csv": csv})
    return path


@pytest.mark.parametrize("delimiter", ["\t", "tab", "\\t"])
def test_an_epd_extract_separated_by_tabs(place: Workplace, delimiter: str) -> None:
    path = epd(place, table(row("1")).replace(";", "\t"), delimiter=delimiter)
    assert place.must("epd", "load", str(path)).answer["patients"] == 1


@pytest.mark.parametrize(
    ("content", "csv", "words"),
    [
        (table(), {}, ("no patients",)),
        (XLSX, {}, ("Excel workbook", "CSV UTF-8")),
        (table(row("1", surname="Köter")), {"encoding": "cp1252"}, ("epd.csv.encoding: utf-8",)),
        (table(row("1", surname="Köter")).encode("cp1252"), {}, ("epd.csv.encoding: cp1252",)),
        (table(row("1")).encode("utf-16"), {}, ("epd.csv.encoding: utf-16",)),
        (table(row("1", surname='"Köter'), row("2")), {}, ("quotation mark", "line 2")),
    ],
)
def test_an_epd_extract_that_cannot_be_read_says_what_to_do(
    place: Workplace, content: str | bytes, csv: dict[str, object], words: tuple[str, ...]
) -> None:
    ran = place.json("epd", "load", str(epd(place, content, **csv)))
    assert ran.code == 1
    assert all(word in ran.one_line for word in ("extract.csv", *words)), ran.one_line
    assert BSN not in ran.err


@pytest.mark.parametrize("delimiter", ["\t", "tab"])
def test_a_job_list_separated_by_tabs(place: Workplace, delimiter: str) -> None:
    path = place.folder / "jobs.csv"
    path.write_text((JOBS + JOB.format(1)).replace(";", "\t"))
    place.configure(measure={"jobs": {"delimiter": delimiter}})
    assert place.must("measure", "jobs", str(path)).answer["jobs"] == 1


def jobs(folder: Path, *lines: str, header: str = JOBS) -> tuple[list[int], list[tuple[int, str]]]:
    """The lines that are jobs, and those that are none with the reason."""
    path = folder / "jobs.csv"
    path.write_text(header + "".join(lines))
    found = read_job_list(path, JobListSettings(), today=date(2026, 11, 28))
    return [job.line for job in found.jobs], [(one.line, one.word or one.reason.value) for one in found.problems]


def test_a_damaged_job_is_named_and_swallows_no_other(tmp_path: Path) -> None:
    open_quote = JOB.format(1).replace("Noord", '"Noord')
    assert jobs(tmp_path, open_quote, JOB.format(2), JOB.format(3)) == ([3, 4], [(2, "quote-unclosed")])
    assert jobs(tmp_path, JOB.format(1), "2026;DICOM\n", JOB.format(2)) == ([2, 4], [(3, "row-width")])
    assert jobs(tmp_path, JOB.format(1).replace("Noord", "N" * 140_000), JOB.format(2)) == ([3], [(2, "cell-too-long")])
    with pytest.raises(UsageError, match="more than one column"):
        jobs(tmp_path, header=JOBS.replace("reason", "state"))


def test_jobs_that_differ_in_a_column_of_no_interest_are_two(tmp_path: Path) -> None:
    header = JOBS.replace("\n", ";id\n")
    one, other = (JOB.format(1).replace("\n", f";{number}\n") for number in (1, 2))
    assert jobs(tmp_path, one, other, one, header=header) == ([2, 3], [(4, "duplicate-row")])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_an_address_book_in_any_encoding_and_its_damaged_lines(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes('institution;contact\nKliniek Zoë;Radiologie\n"Noord;x\nZuid;y;z\nWest;w\n'.encode(encoding))
    book = read_address_book(path)
    assert book.find("kliniek zoë") is not None
    assert book.find("west") is not None
    assert [(number, reason.value) for number, reason in book.problems] == [(2, "not-an-entry"), (3, "not-an-entry")]


def test_a_workbook_is_no_list_for_any_command(place: Workplace) -> None:
    path = place.folder / "sheet.csv"
    path.write_bytes(XLSX)
    for read in (
        read_answers,
        read_address_book,
        lambda path: read_job_list(path, JobListSettings(), today=date(2026, 11, 28)),
    ):
        with pytest.raises(RemediateError, match="Excel workbook"):
            read(path)
    for command in (["measure", "jobs"], ["review", "import", "--by", "A. Reviewer"], ["init", "--csv"]):
        ran = place.json(*command, str(path))
        assert ran.code in (1, 64)
        assert "Excel workbook" in ran.one_line


def test_a_damaged_line_of_a_review_list_may_hold_a_decision(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text('StudyInstanceUID;Seen;decision;why\n1.2;s;exclude;"no\n1.3;s;exclude;ours\n1.4;s\n')
    found = read_answers(path)
    assert [(one.line, one.study_instance_uid, one.decision) for one in found] == [
        (2, "", "quote-unclosed"), (3, "1.3", "exclude"), (4, "", "row-length"),
    ]  # fmt: skip
