"""Damaged study lists: whatever happens to a file, each study's row is kept as it was, or its line is named."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.errors import RemediateError
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import FoundStudy
from remediate.survey.study_list import LeftOutRow, look_through

COLUMNS = (
    "StudyInstanceUID", "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "InstitutionName",
)  # fmt: skip
NAMES = ("JANSEN^ANNA", "KÖTER^PIET", "DE VRIES^J", "ÇELIK^ZOË", "'T HOF^K", "", "VAN DER BERG^A.B.", '5" SCHERM^X')
PLACES = ("Ziekenhuis Noord", "", "Kliniek; Zuid, Oost", "Sint Jan\nlocatie West")


@dataclass
class Line:
    """One row as text, and whether it is as it was exported."""

    uid: str
    number: str
    text: str
    is_whole: bool = True


def _cell(text: str, delimiter: str, *, quoted: bool) -> str:
    needs = quoted or any(sign in text for sign in (delimiter, '"', "\n"))
    return '"' + text.replace('"', '""') + '"' if needs else text


@st.composite
def damages(draw: st.DrawFn, line: Line, delimiter: str) -> Line:
    """The row after something happened to it."""
    kind = draw(st.sampled_from(["quote", "quote", "delete", "insert", "cut", "nul", "break", "long"]))
    cells = line.text.split(delimiter)
    at = draw(st.integers(0, len(cells) - 1))
    if kind == "quote":
        cells[at] = draw(st.sampled_from(['"' + cells[at], cells[at] + '"', '"', cells[at][:1] + '"' + cells[at][1:]]))
    elif kind == "delete":
        del cells[at]
    elif kind == "insert":
        cells.insert(at, draw(st.sampled_from(["", "x"])))
    elif kind == "cut":
        return Line(line.uid, line.number, line.text[: draw(st.integers(0, len(line.text)))], is_whole=False)
    elif kind == "nul":
        cells[at] += "\0"
    elif kind == "break":
        cells[at] = cells[at][:2] + "\n" + cells[at][2:]
    else:
        cells[at] = "9" * 140_000
    return Line(line.uid, line.number, delimiter.join(cells), is_whole=False)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, Line]]]:
    """A file, and each of its rows with the line on which it begins."""
    delimiter = draw(st.sampled_from([";", ",", "\t", "|"]))
    quoted = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    order = draw(st.permutations(COLUMNS))
    text = draw(st.sampled_from(["", f"sep={delimiter}{end}", end]))
    text += delimiter.join(_cell(name, delimiter, quoted=quoted) for name in order) + end
    begins: list[tuple[int, Line]] = []
    for at in range(draw(st.integers(1, 9))):
        person = {
            "StudyInstanceUID": f"1.2.3.{at}",
            "PatientID": f"{4711 + at}",
            "PatientName": draw(st.sampled_from(NAMES)),
            "PatientBirthDate": "19700215",
            "PatientSex": "F",
            "StudyDate": "20120314",
            "InstitutionName": draw(st.sampled_from(PLACES)),
        }
        row = delimiter.join(_cell(person[name], delimiter, quoted=quoted) for name in order)
        line = Line(person["StudyInstanceUID"], person["PatientID"], row)
        if draw(st.integers(0, 3)) == 0:
            line = draw(damages(line, delimiter))
        begins.append((1 + text.replace("\r\n", "\n").replace("\r", "\n").count("\n"), line))
        text += line.text.replace("\n", end) + end
    return text.encode(encoding), begins


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(file=files())
def test_every_row_is_kept_as_it_was_or_named(file: tuple[bytes, list[tuple[int, Line]]]) -> None:
    content, begins = file
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(content)
        if not any(_holds_anything(row) for _, row in begins):
            with suppress(RemediateError):
                look_through(path)
            return
        listed = look_through(path)
        items = list(listed.studies(EvidenceSettings()))
    kept = {item.study_instance_uid: item for item in items if isinstance(item, FoundStudy)}
    named = {item.line for item in items if isinstance(item, LeftOutRow)}
    for line, row in begins:
        if not _holds_anything(row):
            continue
        assert row.uid in kept or line in named, (line, row)
        if row.is_whole and line not in named:
            numbers = {kept[row.uid].evidence.patient_id, *(one.patient_id for one in kept[row.uid].others)}
            assert row.number in numbers
    if not any(not row.is_whole for _, row in begins):
        assert not named
        assert len(kept) == len(begins)


def _holds_anything(row: Line) -> bool:
    """Whether anything of a row is left in the file."""
    return row.text.strip(' ;,\t|\n"') != ""
