"""`epd load` and `epd show` at the command line: what is rejected is explained, and nobody's BSN is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from remediate.config.yaml_text import read_yaml
from remediate.demo.epd_files import CSV_COLUMNS
from tests.workplace import Ran, run

T = "20240101120000"
BSN = "999911120"
_PI = "^^^HOSPITAL^PI"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    assert run("init", "--dir", str(tmp_path)).code == 0
    path = tmp_path / "config.yaml"
    raw = read_yaml(path.read_text())
    raw["epd"]["default_issuer"] = "HOSPITAL"
    path.write_text(yaml.safe_dump(raw))
    return path


def _load(config: Path, *pids: str, as_json: bool = False) -> Ran:
    header = f"MSH|^~\\&|EPD|HOSPITAL|||{T}||ADT^A28|1|P|2.5||||||8859/1\rEVN|A28|{T}\r"
    path = config.parent / "adt.hl7"
    path.write_bytes("".join(f"{header}{pid}\r" for pid in pids).encode("latin-1"))
    return run(*(["--json"] if as_json else []), "--config", str(config), "epd", "load", str(path))


def _pid(number: str, birth: str = "19700215") -> str:
    return f"PID|1||{number}^^^HOSPITAL^PI~{BSN}^^^NLMINBIZA^NNNLD||Zwaanstra^Quirijn||{birth}|M"


def test_what_hl7apy_says_stands_beside_the_reason_and_nobody_is_named(config: Path) -> None:
    pids = (_pid("1"), _pid("2", birth="15-02-1970"))
    ran = _load(config, *pids)
    assert ran.code == 0
    assert "adt.hl7:4: birth-date-unreadable" in ran.out
    assert "hl7apy: PID-7: not as its data type asks" in ran.out
    assert not any(secret in ran.out + ran.err for secret in (BSN, "Zwaanstra", "Quirijn", "15-02-1970"))
    answer = _load(config, *pids, as_json=True).answer
    assert answer["rejected"] == [{"file": "adt.hl7", "line": 4, "reason": "birth-date-unreadable"}]
    assert [(item["file"], item["line"]) for item in answer["explained"]] == [("adt.hl7", 4)]
    assert answer["records"] == 2


def test_a_hospital_that_numbers_its_patients_by_bsn_does_not_see_them_on_the_screen(config: Path) -> None:
    _load(config, _pid(BSN), _pid("77001"))
    for number, shown in ((BSN, "******120"), ("77001", "77001")):
        for options in ([], ["--json"]):
            ran = run(*options, "--config", str(config), "epd", "show", number)
            assert ran.code == 0
            assert shown in ran.out
            assert BSN not in ran.out + ran.err
    ran = run("--config", str(config), "epd", "show", "77001", "--issuer", BSN)
    assert "******120" in ran.out
    assert BSN not in ran.out


def test_where_the_bsn_went_of_a_survivor_who_was_told_of_without_one(config: Path) -> None:
    alone = f"PID|1||2{_PI}||Zwaanstra^Quirijn||19700215|M"
    assert _load(config, _pid("1"), alone).code == 0
    merge = f"MSH|^~\\&|EPD|H|||20240301||ADT^A40|1|P|2.5||||||8859/1\rEVN|A40|20240301\rPID|1||2{_PI}\rMRG|1{_PI}\r"
    (config.parent / "merge.hl7").write_text(merge)
    assert run("--config", str(config), "epd", "load", str(config.parent / "merge.hl7")).code == 0
    answer = run("--json", "--config", str(config), "epd", "show", "1").answer
    assert (answer["epd_patient_id"], answer["bsn"]) == ("2", "none")
    assert answer["bsn_under_merged_number"] == "1: ******120"


def _events(config: Path) -> list[dict[str, object]]:
    listed = run("--json", "--config", str(config), "ledger", "list", "--type", "epd-loaded").answer["events"]
    of_deliveries = {"fact", "fact_sha256"}  # which files are known from now on
    return [{key: value for key, value in event["details"].items() if key not in of_deliveries} for event in listed]


def test_the_ledger_tells_of_a_load_that_wrote_something_how_it_ended(config: Path) -> None:
    snapshot, other = config.parent / "all.csv", config.parent / "other.csv"
    names = ";".join(CSV_COLUMNS.values())
    snapshot.write_text(f"{names}\n1001{';' * names.count(';')}\n")
    other.write_text("naam;leeftijd\nx;3\n")
    load = ("--config", str(config), "epd", "load")
    assert run(*load, str(other)).code == 1
    assert _events(config) == []  # nothing was written
    assert _load(config, *(_pid(str(number)) for number in range(1000, 1030))).code == 0
    refused = run(*load, "--snapshot", str(snapshot))
    assert (refused.code, refused.out) == (1, "")
    assert "lacks 29 of 30" in refused.one_line
    assert run(*load, str(config.parent / "adt.hl7"), str(other)).code == 1
    told = {"patients": 30, "merges": 0}
    assert _events(config) == [
        {"ended": "complete", "files": 1, "records": 30, "rejected": 0, **told},
        {"ended": "too-many-missing", "files": 1, "records": 1, "rejected": 0, "unlisted": 0, **told},
        {"ended": "file-unreadable", "files": 2, "records": 30, "rejected": 0, **told},
    ]
