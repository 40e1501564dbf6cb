"""Of whom the EPD knows next to nothing, nothing rules him out: the plan says how many studies of others that costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.demo.epd_files import CSV_COLUMNS
from remediate.demo.hospital import build_hospital
from tests.workplace import Workplace

ANNA = "1;999911120;J;1970-02-15;V;Jansen;;;;Anna;"
HEADER = "StudyInstanceUID;PatientID;IssuerOfPatientID;PatientName;PatientBirthDate;PatientSex;StudyDate"


def planned(folder: Path, *others: str, name: str = "JANSEN^ANNA") -> tuple[list[str], list[str], str]:
    """States of a plan for three of Anna's studies while the EPD holds others too, its hints, and what it printed."""
    place = Workplace(folder=folder, hospital=build_hospital(1), port=1)
    place.configure(epd={"default_issuer": "ZHB"})
    place.must("init", "--dir", str(folder))
    (folder / "epd.csv").write_text("\n".join([";".join(CSV_COLUMNS.values()), ANNA, *others]))
    place.must("epd", "load", str(folder / "epd.csv"))
    rows = [f"1.2.3.{at};1;ZHB;{name};19700215;F;20120314" for at in range(3)]
    (folder / "list.csv").write_text("\n".join([HEADER, *rows]))
    place.must("survey", "import", str(folder / "list.csv"))
    ran = place.must("plan")
    made = json.loads(Path(ran.answer["path"]).read_text())
    found = [one["reasons"][0] if one["state"] == "review" else one["state"] for one in made["studies"]]
    return found, ran.answer["hints"], place.run("--lang", "nl", "plan").out


@pytest.mark.parametrize(
    "others",
    [
        ["2;;N;;V;Jansen;;;;;"],
        ["2;;N;;V;Jansen;;;;Anna;"],
        ["2;;N;1970-02-15;V;Jansen;;;;;"],
        ["2;;N;1970-02-15;;Jansen;;;;Anna;"],
        ["2;;N;;V;Jansen;;;;;", "3;;N;1970-02-15;V;;;;;Anna;"],
    ],
)
def test_whoever_is_hardly_known_is_counted_with_the_studies_of_others(tmp_path: Path, others: list[str]) -> None:
    found, hints, printed = planned(tmp_path, *others)
    assert found == ["another-patient-fits"] * 3
    assert len(hints) == 1
    assert hints[0].startswith(f"{len(others)} records without birth date")
    assert "keep 3 studies of others in review" in hints[0]
    assert f"{len(others)} dossiers zonder geboortedatum" in printed
    assert "Jansen" not in hints[0]


def test_a_namesake_of_whom_everything_is_known_is_no_hint(tmp_path: Path) -> None:
    found, hints, _ = planned(tmp_path, "2;;N;1970-02-15;V;Jansen;;;;Alida;", name="JANSEN^A")
    assert (found, hints) == (["another-patient-fits"] * 3, [])


def test_nor_is_it_one_where_another_stands_in_the_way_as_well(tmp_path: Path) -> None:
    others = ["2;;N;1970-02-15;V;Jansen;;;;Alida;", "3;;N;;V;Jansen;;;;;"]
    assert planned(tmp_path, *others, name="JANSEN^A")[1] == []


def test_studies_that_are_decided_need_no_hint(tmp_path: Path) -> None:
    assert planned(tmp_path, "2;;N;;V;Smit;;;;;")[:2] == (["planned"] * 3, [])


def test_the_list_says_how_the_other_one_compares(tmp_path: Path) -> None:
    """Whoever reviews sees who fits better, and no value of either."""
    planned(tmp_path, "2;;N;1970-02-15;V;Jansen;;;;Alida;", name="JANSEN^A")
    place = Workplace(folder=tmp_path, hospital=build_hospital(1), port=1)
    (line, *_) = [one for one in place.json("review", "list").answer["rows"] if one["epd_patient_id"] == "1"]
    by_initials = {"surname": ["agrees"], "given_name": ["by-initials"], "birth_date": ["equal"], "sex": ["equal"]}
    assert line["rivals"] == [by_initials]
    place.must("review", "export", str(tmp_path / "review-list.csv"))
    told = (tmp_path / "review-list.csv").read_text(encoding="utf-8-sig")
    assert "The other one compares like this: surname agrees; given name " in told
    assert "Alida" not in told
    assert (
        "Die ander vergelijkt zo: achternaam komt overeen; voornaam " in place.run("--lang", "nl", "review", "list").out
    )
