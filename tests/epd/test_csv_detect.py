"""What `init --csv` proposes for a file: what stands there for certain, and the rest left to a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.epd.csv.detect import Detected, detect
from remediate.errors import EpdError
from remediate.tables.encodings import detect_encoding
from tests.epd.epd_samples import BSN, COLUMNS, row, table

WHOLE = table(row("1", surname="Çelik"), row("2"), row("3", birth=""))


def _detect(folder: Path, content: str | bytes) -> Detected:
    path = folder / "extract.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return detect(path)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "latin-1"), ("cp850", "cp850")],
)
def test_delimiter_encoding_and_columns(tmp_path: Path, delimiter: str, encoding: str, codec: str) -> None:
    found = _detect(tmp_path, WHOLE.replace(";", delimiter).encode(codec))
    assert (found.delimiter, found.encoding) == (delimiter, encoding)
    assert found.columns == COLUMNS
    assert (found.ambiguous, found.other_columns, found.rows) == ({}, 0, 3)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ziekenhuis “Oost” – €10", "cp1252"), ("“Poli”", "cp1252"), ("Café", "cp1252"),
        ("’s-Hertogenbosch…", "cp1252"),
        ("patiënt’s", "cp1252"), ("é", "cp1252"), ("Malmö", "cp850"), ("ältere Zürich", "cp850"),
        ("é", "cp850"), ("REÜNIE Coëvorden", "cp850"), ("CAFÉ", "cp850"), ("ÇELIK", "cp1252"),
    ],
)  # fmt: skip
def test_dashes_and_quotation_marks_of_windows_are_no_letters_of_dos(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(f"name;place\r\n{text};1\r\n".encode(encoding))
    assert detect_encoding(path, path.read_bytes()) == encoding


def test_a_letter_far_into_the_file_decides_the_encoding(tmp_path: Path) -> None:
    rows = [row(str(at), surname="Jansen") for at in range(40_000)]
    assert _detect(tmp_path, table(*rows, row("x", surname="Çelik")).encode("cp1252")).encoding == "cp1252"
    assert _detect(tmp_path, table(*rows)).encoding == "utf-8"


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("Patiënt-nummer;BSN;Geb. datum;M/V", {"patient_id", "bsn", "birth_date"}),
        ("PATIENTNR;GESLACHTSNAAM;Voorvoegsels;Voorletters", {"patient_id", "surname", "surname_prefix", "initials"}),
        ("patient id;Naam partner;voornaam;sex", {"patient_id", "partner_surname", "given_names", "sex"}),
        ("sep=;\r\nMRN;Last name;First name;DOB", {"patient_id", "surname", "given_names", "birth_date"}),
    ],
)
def test_names_that_systems_give_to_columns(tmp_path: Path, header: str, ours: set[str]) -> None:
    assert _detect(tmp_path, f"{header}\r\n1;2;3;4\r\n").columns.keys() == ours


def test_of_two_columns_that_may_be_meant_none_is_chosen(tmp_path: Path) -> None:
    found = _detect(tmp_path, "patientnr;achternaam;geslachtsnaam;woonplaats\r\n1;a;b;c\r\n")
    assert found.ambiguous == {"surname": ("achternaam", "geslachtsnaam")}
    assert (found.columns, found.other_columns) == ({"patient_id": "patientnr"}, 1)


@pytest.mark.parametrize(
    ("dates", "formats"),
    [
        (["01-02-1970", "03-04-1980", ""], ("%d-%m-%Y", "%m-%d-%Y")),
        (["31-12-1970", "01-02-1980"], ("%d-%m-%Y",)),
        (["1970-02-15", " 1980-01-01 "], ("%Y-%m-%d",)),
        (["19700215"], ("%Y%m%d",)),
        (["31-12-70"], ()),
        (["31-12-1970", "1970-12-31"], ()),
        ([""], ()),
    ],
)
def test_every_form_of_date_that_fits_is_named_and_none_chosen(
    tmp_path: Path, dates: list[str], formats: tuple[str, ...]
) -> None:
    assert _detect(tmp_path, table(*(row("1", birth=date) for date in dates))).date_formats == formats


@pytest.mark.parametrize(
    "content",
    ["", "\r\n", row("12345") + "\r\n", "naam;woonplaats\r\na;b\r\n", b"\x00\x01\x02\x00" * 10, '"open;patientnr\r\n'],
    ids=["empty", "blank", "no-header", "no-number", "binary", "open-quote"],
)
def test_a_file_that_tells_nothing_is_refused_without_quoting_it(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(EpdError) as caught:
        _detect(tmp_path, content)
    said = str(caught.value)
    assert "extract.csv" in said
    assert "\n" not in said
    assert not any(secret in said for secret in (BSN, "Jansen", "12345", "1970"))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EpdError, match=r"gone\.csv does not exist"):
        detect(tmp_path / "gone.csv")
