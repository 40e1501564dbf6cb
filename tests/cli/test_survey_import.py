"""`survey import` through the command line: what archives and spreadsheets export, and what the plan makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from remediate.demo.epd_files import CSV_COLUMNS
from remediate.demo.hospital import build_hospital
from tests.workplace import Ran, Workplace

HEADER = "StudyInstanceUID;PatientID;PatientName;PatientBirthDate;PatientSex;StudyDate;NumberOfStudyRelatedInstances"
PEOPLE = (
    ("4711", "999911120", "1970-02-15", "V", "Jansen", "Anna"),
    ("4712", "999990019", "1980-12-31", "M", "Köter", "Piet"),
)
ANNA = "4711;JANSEN^ANNA;19700215;F;20120314;2"
PIET = "4712;KÖTER^PIET;19801231;M;20130102;1"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A ledger with two patients and no study; read only."""
    place = Workplace(folder=tmp_path_factory.mktemp("loaded"), hospital=build_hospital(1), port=1)
    place.configure()
    place.must("init", "--dir", str(place.folder))
    rows = [
        ";".join((n, bsn, "J", born, sex, name, "", "", "", given, "")) for n, bsn, born, sex, name, given in PEOPLE
    ]
    (place.folder / "epd.csv").write_text("\n".join([";".join(CSV_COLUMNS.values()), *rows]), encoding="utf-8")
    place.must("epd", "load", str(place.folder / "epd.csv"))
    return place


@pytest.fixture
def place(loaded: Workplace, tmp_path: Path) -> Workplace:
    return loaded.copy(tmp_path / "place")


def imported(place: Workplace, content: str | bytes, *arguments: str) -> Ran:
    """The list as a file, imported with --json."""
    path = place.folder / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place.json("survey", "import", str(path), *arguments)


def listed(*rows: str, header: str = HEADER) -> str:
    """A list of these rows, each with a UID of its own."""
    return "\n".join([header, *(f"1.2.3.{at};{row}" for at, row in enumerate(rows, start=1))]) + "\n"


def decided(place: Workplace) -> dict[str, tuple[str, list[str]]]:
    """State and reasons of each study in a new plan."""
    made = json.loads(Path(place.must("plan").answer["path"]).read_text())
    return {one["study_instance_uid"]: (one["state"], one["reasons"]) for one in made["studies"]}


def left_out(ran: Ran) -> dict[int, str]:
    return {one["line"]: one["reason"] for one in ran.answer["rejected"]}


def test_a_plain_list_is_planned(place: Workplace) -> None:
    ran = imported(place, listed(ANNA, PIET))
    assert (ran.code, ran.answer["studies"], ran.answer["new"], ran.answer["complete"]) == (0, 2, 2, True)
    assert {state for state, _ in decided(place).values()} == {"planned"}
    assert imported(place, listed(ANNA, PIET)).answer["new"] == 0


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: ("sep=;\r\n" + text).encode("cp1252"),
        lambda text: text.replace(";", "\t").encode(),
        lambda text: text.replace(";", ",").encode("utf-8-sig"),
        lambda text: text.replace(";", "|").replace("\n", "\r").encode(),
        lambda text: text.replace("PatientBirthDate", "patient birth date").replace("PatientID", "patient_id").encode(),
        lambda text: ("\n".join(";".join(reversed(line.split(";"))) for line in text.splitlines())).encode(),
        lambda text: "\n".join(f'"{line}"'.replace(";", '";"') + ";" for line in text.splitlines()).encode(),
    ],
    ids=["bom", "cp1252", "utf-16", "sep", "tab", "comma", "bar-cr", "names", "reversed", "quoted-trailing"],
)
def test_one_list_in_many_spellings(place: Workplace, encode: Any) -> None:
    ran = imported(place, encode(listed(ANNA, PIET)))
    assert (ran.code, ran.answer["studies"], ran.answer["complete"]) == (0, 2, True), ran.out
    assert {state for state, _ in decided(place).values()} == {"planned"}


@pytest.mark.parametrize("other", [PIET, ANNA.replace("ANNA", "ALIDA"), ANNA.replace("19700215", "19700216")])
@pytest.mark.parametrize("turned", [False, True])
def test_two_rows_of_one_study_that_name_two_patients_are_both_seen(place: Workplace, other: str, turned: bool) -> None:
    rows = [f"1.2.3;{ANNA}", f"1.2.4;{ANNA}", f"1.2.3;{other}"]
    ran = imported(place, "\n".join([HEADER, *(reversed(rows) if turned else rows)]))
    assert (ran.answer["studies"], ran.answer["in_several_rows"]) == (2, 1)
    found = decided(place)
    assert found["1.2.3"][0] == "review"
    assert "identity-differs-in-study" in found["1.2.3"][1]
    assert found["1.2.4"][0] == "planned"


def test_rows_of_one_study_far_apart_and_equal_ones(place: Workplace) -> None:
    rows = [f"1.2.3;{ANNA}", *(f"1.2.4.{at};{PIET}" for at in range(12_000)), f"1.2.3;{PIET}", f"1.2.4.7;{PIET}"]
    ran = imported(place, "\n".join([HEADER, *rows]))
    assert (ran.code, ran.answer["studies"], ran.answer["in_several_rows"]) == (0, 12_001, 1)
    assert decided(place)["1.2.3"][0] == "review"
    assert decided(place)["1.2.4.7"][0] == "planned"


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([f'1.2.3;4711;"JANSEN^ANNA;{ANNA[17:]}', f"1.2.4;{PIET}", f"1.2.5;{PIET}"], {2: "quote-unclosed"}),
        ([f"1.2.3;{ANNA}", "1.2.4;4711", f"1.2.5;{PIET};x"], {3: "row-length", 4: "row-length"}),
        ([f"1.2.3;{ANNA}", "1.2.4;" + PIET.replace("KÖTER", "K;TER")], {3: "row-length"}),
        ([f"1.2.3;{ANNA}", f"Totaal;{ANNA}"], {3: "uid-other-signs"}),
        ([f"1.2.3;{ANNA}", f'"abc;drop";{ANNA}'], {3: "uid-other-signs"}),
        ([f"1.2.3;{ANNA}", f".;{ANNA}", f"..;{ANNA}"], {3: "uid-empty-component", 4: "uid-empty-component"}),
        ([f"1.2.3;{ANNA}", f";{ANNA}", f"2;{ANNA}"], {3: "uid-absent", 4: "uid-one-component"}),
        ([f"1.2.3;{ANNA}", f"1.2.03;{ANNA}", f"1.{'2' * 63};{ANNA}"], {3: "uid-leading-zero", 4: "uid-too-long"}),
        ([f"1.2.3;{ANNA}", f"1.2.4;{ANNA.replace('JANSEN', 'J' * 140_000)}"], {3: "cell-too-long"}),
        ([f"1.2.3;{ANNA}", f"1.2.4;{ANNA.replace('4711', '4,711E+03')}"], {3: "identifier-spoiled"}),
        ([f"1.2.3;{ANNA}", f"1.2.4;{ANNA.replace('JANSEN', 'JAN' + chr(0) + 'SEN')}"], {3: "nul-character"}),
    ],
)
def test_what_is_left_out_is_named(place: Workplace, rows: list[str], lines: dict[int, str]) -> None:
    ran = imported(place, "\n".join([HEADER, *rows]) + "\n")
    assert left_out(ran) == lines
    assert (ran.answer["complete"], ran.answer["studies"]) == (False, len(rows) - len(lines))
    assert (ran.answer["left_out"], sum(ran.answer["reasons"].values())) == (len(lines), len(lines))
    assert len(decided(place)) == len(rows) - len(lines)
    told = place.run("survey", "import", str(place.folder / "list.csv"))
    assert "NOT complete" in told.out
    assert all(f"line {line}: {reason}" in told.out for line, reason in lines.items())
    assert "JANSEN" not in told.out + told.err


def test_a_lost_quotation_mark_swallows_no_study(place: Workplace) -> None:
    """Three of five studies were gone, and the list was called complete."""
    rows = [f"1.2.{at};{ANNA}" for at in range(5)]
    for cut in ('"JANSEN^ANNA', 'JANSEN^ANNA"', '"JANSEN"^ANNA'):
        damaged = [rows[0], rows[1].replace("JANSEN^ANNA", cut), *rows[2:4], rows[4].replace("JANSEN^ANNA", cut)]
        ran = imported(place, "\n".join([HEADER, *damaged]) + "\n")
        kept = ran.answer["studies"]
        assert kept + ran.answer["left_out"] == 5
        assert kept == 5 or ran.answer["complete"] is False
        assert {3, 6} >= left_out(ran).keys() or cut.count('"') == 1


@pytest.mark.parametrize(
    ("born", "studied"),
    [
        (("15-02-1970", "31-12-1980"), ("14-03-2012", "02-01-2013")),
        (("1970-02-15", "1980-12-31"), ("2012-03-14", "2013-01-02")),
        (("15/02/1970", "31/12/1980"), ("2012-03-14 13:45:10", "2013-01-02T08:00:00.000")),
        (("15-2-1970 0:00", "31-12-1980 0:00"), ("14-3-2012 0:00", "2-1-2013 0:00")),
        (("15021970", "31121980"), ("20120314", "20130102")),
        (("2/15/1970", "12/31/1980"), ("3/14/2012", "1/2/2013")),
        (("1970.02.15", "1980.12.31"), ("14.03.2012", "02.01.2013")),
    ],
)
def test_dates_in_one_form_are_read(place: Workplace, born: tuple[str, str], studied: tuple[str, str]) -> None:
    rows = [
        ANNA.replace("19700215", born[0]).replace("20120314", studied[0]),
        PIET.replace("19801231", born[1]).replace("20130102", studied[1]),
    ]
    ran = imported(place, listed(*rows))
    assert (ran.code, ran.answer["complete"], ran.answer["unread"]) == (0, True, [])
    assert {state for state, _ in decided(place).values()} == {"planned"}


@pytest.mark.parametrize("studied", ["31-12-1960", "onbekend", "2012", "12-03-14", "20121403", "2012-02-31"])
def test_a_study_date_that_cannot_be_read_never_switches_a_check_off(place: Workplace, studied: str) -> None:
    ran = imported(place, listed(ANNA.replace("20120314", studied)))
    state, reasons = decided(place)["1.2.3.1"]
    assert state == "review"
    assert set(reasons) & {"study-date-unreadable", "study-before-birth"}
    if "study-date-unreadable" in reasons:
        assert (ran.answer["complete"], ran.code) == (False, 1)
        assert ran.answer["unread"][0]["column"] == "StudyDate"
        told = place.run("survey", "import", str(place.folder / "list.csv")).out
        assert "StudyDate: dates cannot be read: 1 of 1" in told


def test_dates_that_two_forms_read_are_not_guessed(place: Workplace) -> None:
    rows = [ANNA.replace("19700215", "03-02-1970"), PIET.replace("19801231", "11-12-1980")]
    ran = imported(place, listed(*rows))
    assert (ran.code, ran.answer["complete"]) == (1, False)
    assert ran.answer["unread"] == [
        {"column": "PatientBirthDate", "cells": 2, "of": 2, "likely": ["%d-%m-%Y", "%m-%d-%Y"]}
    ]
    assert {tuple(reasons) for _, reasons in decided(place).values()} == {("birth-date-unreadable",)}
    assert "--date-format %d-%m-%Y" in place.run("survey", "import", str(place.folder / "list.csv")).out
    assert imported(place, listed(*rows), "--date-format", "%d-%m-%Y").answer["complete"] is True
    assert {reason for _, reasons in decided(place).values() for reason in reasons} == {"birth-date-differs"}


def test_another_column_of_the_list_may_tell_the_form(place: Workplace) -> None:
    rows = [ANNA.replace("20120314", "03-02-2012").replace("19700215", "15-02-1970")]
    assert imported(place, listed(*rows)).answer["complete"] is True
    assert decided(place)["1.2.3.1"][0] == "planned"


def test_a_date_that_the_archive_itself_holds_amiss_leaves_the_list_complete(place: Workplace) -> None:
    rows = [*[ANNA] * 20, ANNA.replace("20120314", "20110231")]
    ran = imported(place, listed(*rows))
    assert (ran.code, ran.answer["complete"]) == (0, True)
    assert ran.answer["unread"][0]["cells"] == 1
    assert decided(place)["1.2.3.21"] == ("review", ["study-date-unreadable"])


@pytest.mark.parametrize("count", ["²", "-3", "12,5", "1e3", "9" * 30, "twee", "١"])
def test_counts_that_are_none_are_told(place: Workplace, count: str) -> None:
    ran = imported(place, listed(ANNA[: -len("2")] + count, PIET))
    assert (ran.answer["studies"], ran.answer["complete"]) == (2, False)
    assert ran.answer["unread"] == [{"column": "NumberOfStudyRelatedInstances", "cells": 1, "of": 2, "likely": []}]
    assert "counts cannot be read: 1 of 2" in place.run("survey", "import", str(place.folder / "list.csv")).out


@pytest.mark.parametrize(
    ("name", "words"),
    [("KÃ–TER^PIET", "1 of 2 names"), ("K\ufffdTER^PIET", "1 of 2 names"), ("KÖTER PIET", "no name has a ^")],
)
def test_names_that_cannot_be_read_are_told(place: Workplace, name: str, words: str) -> None:
    rows = [ANNA if "^" in name else ANNA.replace("^", " "), PIET.replace("KÖTER^PIET", name)]
    imported(place, listed(*rows))
    assert words in place.run("survey", "import", str(place.folder / "list.csv")).out
    assert "^" not in name or decided(place)["1.2.3.2"][0] == "review"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("", 64, ("empty", "StudyInstanceUID", "PatientID")),
        (HEADER + "\n", 1, ("no studies",)),
        (listed(ANNA, header=HEADER.replace("PatientName", "PatientID")), 64, ("more than one column PatientID",)),
        (listed(ANNA, header=HEADER.replace("PatientName", "patient id")), 64, ("more than one column PatientID",)),
        (listed(ANNA, header=HEADER.replace("PatientID", "PatienID")), 64, ("no column PatientID", "PatienID")),
        (listed(ANNA, header=HEADER.replace("StudyInstanceUID", "StudyUID")), 64, ("no column StudyInstanceUID",)),
        (f"1.2.3;{ANNA}\n1.2.4;{PIET}\n", 64, ("no column StudyInstanceUID",)),
        (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml" + bytes(300), 1, ("Excel workbook", "CSV UTF-8")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), 1, ("Excel workbook", "CSV UTF-8")),
        (bytes(range(256)) * 8, 1, ("damaged",)),
    ],
    ids=["empty", "header", "twice", "twice-spelled", "near", "far", "no-header", "xlsx", "xls", "binary"],
)
def test_what_is_no_list_is_one_line_and_changes_nothing(
    place: Workplace, content: str | bytes, code: int, words: tuple[str, ...]
) -> None:
    ran = imported(place, content)
    assert ran.code == code, ran.err
    assert all(word in ran.one_line for word in words), ran.one_line
    assert "JANSEN" not in ran.one_line
    assert "4711" not in ran.one_line
    assert place.states() == {}


def test_other_columns_are_named(place: Workplace) -> None:
    ran = imported(place, listed(ANNA + ";x", header=HEADER + ";Opmerking"))
    assert ran.answer["other_columns"] == ["Opmerking"]
    assert "Opmerking" in place.run("survey", "import", str(place.folder / "list.csv")).out


def test_dutch(place: Workplace) -> None:
    imported(place, listed(ANNA, "4711", ANNA.replace("19700215", "03-02-1970")))
    told = place.run("--lang", "nl", "survey", "import", str(place.folder / "list.csv")).out
    assert "NIET volledig: 1 van 3 rijen weggelaten" in told
    assert "PatientBirthDate: datums zijn niet te lezen: 1 van 2" in told
