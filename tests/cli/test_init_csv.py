"""`init --csv FILE` writes what it found into the configuration, with which the file is then loaded."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from remediate.config.settings import load_config
from remediate.config.yaml_text import read_yaml
from tests.workplace import run

FILE = (
    "Patiëntnummer,BSN,Geverifieerd,Geboortedatum,Geslacht,Achternaam,Meisjesnaam,Voornamen,Plaats\r\n"
    "00123,999911120,J,15-02-1970,V,Çelik,,Anna,Assen\r\n"
)


def _init(folder: Path) -> Path:
    extract = folder / "extract.csv"
    extract.write_bytes(FILE.encode("cp1252"))
    ran = run("init", "--dir", str(folder), "--csv", str(extract))
    assert ran.code == 0, ran.err
    return folder / "config.yaml"


def test_the_proposal_is_a_configuration_that_loads_the_file(tmp_path: Path) -> None:
    config = _init(tmp_path)
    text = config.read_text(encoding="utf-8")
    csv = load_config(config).epd.csv
    assert (csv.delimiter, csv.encoding) == (",", "cp1252")
    assert csv.columns == {
        "patient_id": "Patiëntnummer", "bsn": "BSN", "bsn_verified": "Geverifieerd", "birth_date": "Geboortedatum",
        "sex": "Geslacht", "given_names": "Voornamen",
    }  # fmt: skip
    assert re.search(r'# surname: +# choose: "Achternaam", "Meisjesnaam"\n', text)
    assert '# date_format: "%d-%m-%Y"' in text
    assert not any(cell in text for cell in ("999911120", "Çelik", "15-02-1970", "Assen"))
    loaded = run("--json", "--config", str(config), "epd", "load", str(tmp_path / "extract.csv")).answer
    assert [item["reason"] for item in loaded["rejected"]] == ["birth-date-unreadable"], "no form was chosen"
    chosen = re.sub(r"# surname:.*", 'surname: "Achternaam"', text.replace("# date_format:", "date_format:"))
    config.write_text(chosen, encoding="utf-8")
    loaded = run("--json", "--config", str(config), "epd", "load", str(tmp_path / "extract.csv")).answer
    assert (loaded["patients"], loaded["rejected"]) == (1, [])


def test_everything_else_of_the_configuration_stays_as_the_example_has_it(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert run("init", "--dir", str(tmp_path / "plain")).code == 0
    expected = read_yaml((tmp_path / "plain" / "config.yaml").read_text())
    found = read_yaml(_init(tmp_path).read_text())
    for raw in (expected, found):
        raw["epd"]["csv"] = raw["epd"]["csv"]["sex_values"]
    assert found == expected


def test_a_configuration_that_exists_is_kept_and_the_proposal_shown(tmp_path: Path) -> None:
    config = _init(tmp_path)
    config.write_text(config.read_text() + "\n# mine\n")
    before = config.read_text()
    ran = run("init", "--dir", str(tmp_path), "--csv", str(tmp_path / "extract.csv"))
    assert config.read_text() == before
    assert '      patient_id: "Patiëntnummer"\n' in ran.out
    answer = run("--json", "init", "--dir", str(tmp_path), "--csv", str(tmp_path / "extract.csv")).answer
    assert answer["csv"]["date_formats"] == ["%d-%m-%Y"]
    assert answer["kept"]["config"]


def test_a_file_without_a_header_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "extract.csv").write_text(FILE.splitlines()[1])
    ran = run("init", "--dir", str(tmp_path / "new"), "--csv", str(tmp_path / "extract.csv"))
    assert ran.code == 1
    assert "extract.csv" in ran.one_line
    assert not any(cell in ran.err for cell in ("00123", "999911120", "elik"))
    assert not (tmp_path / "new").exists()


def test_init_writes_the_example_that_people_read() -> None:
    written = files("remediate.cli").joinpath("config.example.yaml").read_text(encoding="utf-8")
    assert written == (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")
