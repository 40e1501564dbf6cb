"""The reader of tables: what spreadsheets and broken exports write, each line a row or named with its fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.errors import TableError
from remediate.tables.encodings import is_garbled, is_utf8
from remediate.tables.faults import SENTENCES, RowFault
from remediate.tables.reader import Format, Misfit, Row, configured_format, found_format, open_table

HEADER = "a;b;c"


def read(folder: Path, content: str | bytes, form: Format | None = None) -> list[tuple[int, object]]:
    """Every line with its cells, or its fault."""
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with open_table(path, form or found_format(path, lambda names: len({"a", "b", "c"} & set(names)))) as table:
        found = list(table.rows([0, 1, 2]))
    return [(item.line, item.cells if isinstance(item, Row) else item.fault) for item in found]


PLAIN = [(2, ("1", "2", "3")), (3, ("4", "5", "6"))]


@pytest.mark.parametrize(
    "content",
    [
        "a;b;c\n1;2;3\n4;5;6\n",
        "a;b;c\r\n1;2;3\r4;5;6",
        "a,b,c\n1,2,3\n4,5,6\n",
        "a\tb\tc\n1\t2\t3\n4\t5\t6\n",
        "a|b|c\n1|2|3\n4|5|6\n",
        "\ufeffa;b;c\n1;2;3\n4;5;6\n",
        '"a";"b";"c"\n"1";"2";"3"\n"4";="5";6\n',
        "a;b;c\n 1 ;2;3\t\n4;5;6\n;;\n\n",
        "a;b;c;\n1;2;3;\n4;5;6;\n",
        "a;b;c\n1;2;3;\n4;5;6;\n",
        "a;b;c;\n1;2;3\n4;5;6\n",
        "a;b;c;d,e,f,g\n1;2;3;\n4;5;6;\n",
        "a;b;c\n1;2;3\n4;5;6\n".encode("utf-16"),
        "a;b;c\n1;2;3\n4;5;6\n".encode("utf-16-le"),
        "a;b;c\n1;2;3\n4;5;6\n".encode("utf-16-be"),
    ],
)
def test_one_table_in_many_spellings(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content) == PLAIN


@pytest.mark.parametrize(
    "content", ["sep=;\na;b;c\n1;2;3\n4;5;6\n", "sep=,\r\na,b,c\r\n1,2,3\r\n4,5,6\r\n", "\n;;\na;b;c\n1;2;3"]
)
def test_lines_before_the_header(tmp_path: Path, content: str) -> None:
    assert [cells for _, cells in read(tmp_path, content)] in ([PLAIN[0][1]], [PLAIN[0][1], PLAIN[1][1]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "a;b;c\nÇelik;Jäger;Zoë\n".encode(encoding)) == [(2, ("Çelik", "Jäger", "Zoë"))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['1;"2;3', "4;5;6"], {2: RowFault.QUOTE_UNCLOSED, 3: ("4", "5", "6")}),
        (['1;"2;3', "4;5;6", '7;"8";9'], {2: RowFault.QUOTE_UNCLOSED, 3: ("4", "5", "6"), 4: ("7", "8", "9")}),
        (['1;"2;3', "4;5;6", '7;";9'], dict.fromkeys((2, 3, 4), RowFault.LINE_BREAK_DOUBTFUL)),
        (['1;"2;3', "4;5;6", '7;8";9'], dict.fromkeys((2, 3, 4), RowFault.LINE_BREAK_DOUBTFUL)),
        (['1;2;"3', '4;5;6"'], dict.fromkeys((2, 3), RowFault.LINE_BREAK_DOUBTFUL)),
        (['1;"2;3', '"4";"5";"6"'], {2: RowFault.QUOTE_UNCLOSED, 3: ("4", "5", "6")}),
        (['1;"2"x;3', "4;5;6"], {2: RowFault.QUOTE_BROKEN, 3: ("4", "5", "6")}),
        (['1;2;"3'], {2: RowFault.QUOTE_UNCLOSED}),
        (["1;2", "4;5;6", "7;8;9;0"], {2: RowFault.ROW_LENGTH, 3: ("4", "5", "6"), 4: RowFault.ROW_LENGTH}),
        (["1;2;" + "3" * 200_000, "4;5;6"], {2: RowFault.CELL_TOO_LONG, 3: ("4", "5", "6")}),
        (['1;2;"' + "3" * 200_000 + '"', "4;5;6"], {2: RowFault.CELL_TOO_LONG, 3: ("4", "5", "6")}),
        (["1;2\0;3", "4;5;6"], {2: RowFault.NUL_CHARACTER, 3: ("4", "5", "6")}),
        (['1;"2\nand more";3', "4;5;6"], {2: ("1", "2 and more", "3"), 4: ("4", "5", "6")}),
        (['"1\n\n";2;3', "4;5;6"], {2: ("1", "2", "3"), 5: ("4", "5", "6")}),
        (['1;2;"3', *["4;5;6"] * 500, '7;8;9"'], {2: RowFault.QUOTE_UNCLOSED, 503: ("7", "8", '9"')}
         | dict.fromkeys(range(3, 503), ("4", "5", "6"))),
    ],
)  # fmt: skip
def test_every_line_is_a_row_or_named(tmp_path: Path, lines: list[str], expected: dict[int, object]) -> None:
    assert dict(read(tmp_path, "\n".join([HEADER, *lines]) + "\n")) == expected


def test_rows_in_another_encoding_are_named(tmp_path: Path) -> None:
    many = "".join(f"{at};Çelik;x\n" for at in range(20))
    mixed = (HEADER + "\n" + many).encode() + "y;Jäger;x\n".encode("latin-1") + "z;Zoë;x\n".encode()
    found = dict(read(tmp_path, mixed))
    assert found[22] is RowFault.OTHER_ENCODING
    assert (found[2], found[23]) == (("0", "Çelik", "x"), ("z", "Zoë", "x"))
    other = (HEADER + "\n" + many).encode("cp1252") + "y;Jäger;x\n".encode()
    found = dict(read(tmp_path, other))
    assert (found[2], found[22]) == (("0", "Çelik", "x"), RowFault.OTHER_ENCODING)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"PK\x03\x04 [Content_Types].xml xl/workbook.xml", "an Excel workbook (.xlsx)"),
        (b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "a LibreOffice spreadsheet (.ods)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "an Excel workbook"),
        (b"<html><body><table>", "a web page"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"%PDF-1.7", "a PDF"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, head: bytes, what: str) -> None:
    for content in (head, head + bytes(300)):
        with pytest.raises(TableError) as caught:
            read(tmp_path, content)
        assert what in caught.value.message.en
        assert caught.value.advice.en


@pytest.mark.parametrize("content", ["", "\n\n", b"\x00\x01\x02\x00" * 10])
def test_what_holds_nothing_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(TableError, match=r"table\.csv"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "setting", "likely"),
    [
        ("Ç".encode(), "cp1252", "utf-8"),
        ("Ç".encode("cp1252"), "utf-8", "cp1252"),
        ("a".encode("utf-16"), "utf-8", "utf-16"),
        ("a".encode("utf-16"), "cp1252", "utf-16"),
        ("a".encode("utf-8-sig"), "iso-8859-1", "utf-8"),
    ],
)
def test_another_encoding_than_the_configured_one_is_named(
    tmp_path: Path, content: bytes, setting: str, likely: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=f"here.encoding: {likely}"):
        configured_format(path, ";", setting, setting="here")


@pytest.mark.parametrize(
    "name", ["Jansen", "Müller^José", "ÇELİK", "Ångström", "van 't Hof", "Groß", "ŁUKASZ", "Ã", ""]
)
def test_names_that_can_be_read(name: str) -> None:
    assert not is_garbled(name)
    encodable = name.encode("cp1252", "ignore").decode("cp1252")
    assert not is_utf8(encodable.encode("cp1252"))


@pytest.mark.parametrize("name", ["Müller", "José", "Çelik", "ŁUKASZ", "İpek", "D’Hondt", "Ă", "ß"])
@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_names_that_cannot_be_read(name: str, codec: str) -> None:
    assert is_utf8(name.encode())
    assert is_garbled(name.encode().decode(codec, "replace"))
    assert is_garbled(name.encode("ascii", "replace").decode().replace("?", "\ufffd"))


def test_every_fault_has_a_sentence() -> None:
    assert set(SENTENCES) == set(RowFault)
    assert Misfit(2, RowFault.ROW_LENGTH) < Misfit(3, RowFault.ROW_LENGTH)
