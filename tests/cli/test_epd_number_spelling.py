"""Numbers that the EPD and the archive spell otherwise: a hint, found with the setting, never two patients in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.demo.epd_files import CSV_COLUMNS
from remediate.demo.hospital import build_hospital
from tests.workplace import Workplace, run

HEADER = "StudyInstanceUID;PatientID;IssuerOfPatientID;PatientName;PatientBirthDate;PatientSex;StudyDate"
BSN, BSN_2 = "999911120", "999990019"


def place_with(folder: Path, *numbers: str, issuer: str = "ZHB") -> Workplace:
    """A ledger with one person for each of these numbers: Anna, then Piet."""
    place = Workplace(folder=folder, hospital=build_hospital(1), port=1)
    place.configure(epd={"default_issuer": issuer})
    place.must("init", "--dir", str(folder))
    people = ((BSN, "J", "1970-02-15", "V", "Jansen", "Anna"), (BSN_2, "J", "1980-12-31", "M", "Smit", "Piet"))
    rows = [
        ";".join((number, *facts[:5], "", "", "", facts[5], "")) for number, facts in zip(numbers, people, strict=False)
    ]
    (folder / "epd.csv").write_text("\n".join([";".join(CSV_COLUMNS.values()), *rows]), encoding="utf-8")
    place.must("epd", "load", str(folder / "epd.csv"))
    return place


def planned(place: Workplace, number: str, issuer: str, born: str = "19700215") -> tuple[list[str], list[str]]:
    """States of a plan for three of Anna's studies under this number, and its hints."""
    rows = [f"1.2.3.{at};{number};{issuer};JANSEN^ANNA;{born};F;20120314" for at in range(3)]
    (place.folder / "list.csv").write_text("\n".join([HEADER, *rows]))
    place.must("survey", "import", str(place.folder / "list.csv"))
    ran = place.must("plan")
    made = json.loads(Path(ran.answer["path"]).read_text())
    found = [one["reasons"][0] if one["state"] == "review" else one["state"] for one in made["studies"]]
    return found, ran.answer["hints"]


ANOTHER_WAY = [
    ("0012345", "12345", "ZHB", {"strip_leading_zeros": True}, "strip_leading_zeros: true"),
    ("12345", "0012345", "ZHB", {"width": 7}, "strip_leading_zeros: true"),
    ("12345", "12345", "zhb", {"ignore_issuer_case": True}, "ignore_issuer_case: true"),
    ("12345", "ZH-12345", "", {"prefix": "ZH-"}, 'prefix: "ZH-"'),
    ("ZH-12345", "12345", "ZHB", {"prefix": "ZH-"}, 'prefix: "ZH-"'),
    ("A12345", "a12345", "ZHB", {"ignore_case": True}, "ignore_case: true"),
    ("0012345", "zh12345", "zhb", {"prefix": "zh", "width": 8, "ignore_issuer_case": True}, 'prefix: "zh"'),
]


@pytest.mark.parametrize(("known", "number", "issuer", "setting", "told"), ANOTHER_WAY)
def test_another_spelling_is_unknown_with_a_hint_and_found_with_the_setting(
    tmp_path: Path, known: str, number: str, issuer: str, setting: dict[str, object], told: str
) -> None:
    place = place_with(tmp_path, known)
    found, hints = planned(place, number, issuer)
    assert found == ["patient-unknown"] * 3
    assert len(hints) == 1
    assert hints[0].startswith("3 of 3 studies")
    assert told in hints[0]
    place.configure(epd={"numbers": setting})
    assert planned(place, number, issuer) == (["planned"] * 3, [])  # without loading again


def test_an_issuer_of_another_name_is_hinted_at_and_one_day_of_birth_decides_whether(tmp_path: Path) -> None:
    place = place_with(tmp_path, "12345")
    assert planned(place, "12345", "OLD", born="19700216") == (["patient-unknown"] * 3, [])
    found, hints = planned(place, "12345", "OLD")
    assert found == ["patient-unknown"] * 3
    assert 'epd.issuer_aliases: {"OLD": "ZHB"}' in hints[0]
    assert hints[0] in place.run("plan").out
    assert place.run("--lang", "nl", "plan").out.count("3 van 3 opgezochte onderzoeken") == 1


@pytest.mark.parametrize("number", ["12345", "0012345", "012345"])
def test_two_patients_whose_numbers_are_one_are_left_to_people_and_told(tmp_path: Path, number: str) -> None:
    place = place_with(tmp_path, "0012345", "12345")
    place.configure(epd={"numbers": {"width": 7}})
    hints = place.must("epd", "load", str(tmp_path / "epd.csv")).answer["hints"]
    assert [hint for hint in hints if hint.startswith("1 numbers are one number under epd.numbers")]
    assert planned(place, number, "ZHB") == (["patient-ambiguous"] * 3, [])
    shown = place.must("epd", "show", number)
    assert [one["bsn"] for one in shown.answer["patients"]] == ["******120", "******019"]
    told = {
        lang: run("--lang", lang, "--config", str(place.config), "epd", "show", number).out for lang in ("en", "nl")
    }
    assert "stands for 2 live patients" in told["en"]
    assert "voor 2 levende patiënten" in told["nl"]
    assert not any(secret in text for secret in (BSN, BSN_2, "Jansen", "Smit") for text in told.values())


def test_an_apostrophe_that_marks_text_is_no_part_of_a_number(tmp_path: Path) -> None:
    place = place_with(tmp_path, "'0012345")
    assert planned(place, "0012345", "ZHB") == (["planned"] * 3, [])
    assert planned(place, "'0012345", "ZHB") == (["planned"] * 3, [])


def test_a_prefix_holds_no_digits(tmp_path: Path) -> None:
    place = Workplace(folder=tmp_path, hospital=build_hospital(1), port=1)
    place.configure(epd={"numbers": {"prefix": "Z1"}})
    assert "epd.numbers.prefix" in place.run("plan").err
