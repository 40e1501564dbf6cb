"""`epd load` without arguments: what is new of the configured names and patterns, each file once, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remediate.epd.deliveries import matching
from tests.workplace import CSV_COLUMNS, Workplace, free_port, run

HEAD = ";".join(CSV_COLUMNS.values())


def row(number: int, surname: str) -> str:
    given = {"patient_id": str(number), "birth_date": "1960-02-03", "sex": "M", "surname": surname}
    return ";".join(given.get(ours, "") for ours in CSV_COLUMNS)


def extract(*rows: str) -> str:
    return "\n".join((HEAD, *rows)) + "\n"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deliveries")
    (folder / "config.yaml").write_text(
        "archive: {port: 4242, called_ae_title: NONE}\n"
        f"epd: {{default_issuer: HOSPITAL, files: ['in/*.csv'], csv: {{columns: {CSV_COLUMNS!r}}}}}\n"
    )
    assert run("--config", str(folder / "config.yaml"), "init", "--dir", str(folder)).code == 0
    (folder / "in").mkdir()
    return folder


@pytest.fixture
def here(ready: Path, tmp_path: Path) -> Workplace:
    place = Workplace(folder=ready, hospital=None, port=0)  # type: ignore[arg-type]
    return place.copy(tmp_path / "place")


def load(here: Workplace, *more: str) -> dict[str, Any]:
    return here.must("epd", "load", *more).answer


def test_each_file_is_loaded_once_in_order_and_what_grew_or_changed_is_told(here: Workplace) -> None:
    arrivals = here.folder / "in"
    (arrivals / "epd-10.csv").write_text(extract(row(1, "Jansen")))
    (arrivals / "epd-9.csv").write_text(extract(row(1, "Pietersen"), row(2, "Smit")))
    first = load(here)
    assert (first["files"], first["records"], first["again"]) == (2, 3, [])
    assert load(here)["files"] == 0

    with (arrivals / "epd-10.csv").open("a") as file:
        file.write(row(3, "Bakker") + "\n")
    (arrivals / "epd-9.csv").write_text(extract(row(2, "Smid")))
    (arrivals / "epd-11.csv").write_text(extract(row(4, "Visser")))
    second = load(here)
    assert second["files"] == 3
    assert second["again"] == [{"file": "epd-9.csv", "why": "changed"}, {"file": "epd-10.csv", "why": "grew"}]
    assert (second["patients"], load(here)["files"]) == (4, 0)


def test_it_is_told_which_files_are_read_again_and_which_are_not(here: Workplace) -> None:
    arrivals = here.folder / "in"
    (arrivals / "a.csv").write_text(extract(row(1, "Jansen")))
    (arrivals / "b.csv").write_text(extract(row(2, "Smit")))
    load(here)
    (arrivals / "b.csv").write_text(extract(row(2, "Smid")))
    told = here.run("epd", "load").out
    assert "b.csv: changed since it was loaded" in told
    assert "1 file was loaded before and did not change since." in told
    assert "2 bestanden waren al geladen en sindsdien niet gewijzigd." in here.run("--lang", "nl", "epd", "load").out


def test_a_pattern_without_files_is_told_and_no_fault_and_a_name_without_a_file_is_one(here: Workplace) -> None:
    ran = here.run("epd", "load")
    assert (ran.code, "No file matches in/*.csv." in ran.out) == (0, True)
    here.configure(epd={"files": ["in/*.csv", "absent.csv"]})
    assert here.json("epd", "load").one_line == "remediate: The file absent.csv does not exist."


def test_the_same_content_under_another_name_is_a_new_statement(here: Workplace) -> None:
    """Without a column of changes the file that comes last holds."""
    arrivals = here.folder / "in"
    for name, surname in (("1.csv", "Jansen"), ("2.csv", "Pietersen")):
        (arrivals / name).write_text(extract(row(1, surname)))
    load(here)
    (arrivals / "3.csv").write_bytes((arrivals / "1.csv").read_bytes())
    assert load(here)["files"] == 1


def test_under_other_settings_everything_is_read_again(here: Workplace) -> None:
    (here.folder / "in" / "a.csv").write_text(extract(row(1, "Jansen")))
    load(here)
    here.configure(epd={"max_rejected": 0.2})
    assert load(here)["files"] == 0
    here.configure(epd={"verified": {"csv_values": ["X"]}})
    assert load(here)["again"] == [{"file": "a.csv", "why": "settings"}]
    assert load(here)["files"] == 0


def test_a_load_that_was_refused_is_not_remembered_and_one_by_name_is(here: Workplace) -> None:
    bad = here.folder / "in" / "a.csv"
    bad.write_text(extract(*(f"{n};;;;" for n in range(20))))
    assert here.json("epd", "load").code == 1
    assert here.json("epd", "load").code == 1
    bad.write_text(extract(row(1, "Jansen")))
    assert load(here, str(bad))["files"] == 1
    assert load(here)["files"] == 0
    assert load(here, str(bad))["files"] == 1  # who names a file means it


def test_a_snapshot_is_all_files_together(here: Workplace) -> None:
    arrivals = here.folder / "in"
    (arrivals / "a.csv").write_text(extract(*(row(n, "Jansen") for n in range(1, 30))))
    (arrivals / "b.csv").write_text(extract(row(99, "Smit")))
    load(here)
    (arrivals / "b.csv").write_text(extract(row(99, "Smid")))
    answer = load(here, "--snapshot")
    assert (answer["files"], answer["unlisted"]) == (2, 0)


def test_names_of_files_stand_nowhere_in_clear_in_the_ledger(here: Workplace) -> None:
    (here.folder / "in" / "jansen-piet.csv").write_text(extract(row(1, "Jansen")))
    load(here)
    assert b"jansen-piet" not in (here.folder / "ledger.db").read_bytes()


def test_patterns_find_files_in_the_order_in_which_people_count(tmp_path: Path) -> None:
    for name in ("adt-10.hl7", "adt-9.hl7", ".adt-1.hl7", "adt-09b.hl7", "deep/adt-3.hl7", "x[1].hl7"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [path.name for path in matching("adt-*.hl7", tmp_path)] == ["adt-9.hl7", "adt-09b.hl7", "adt-10.hl7"]
    assert [path.name for path in matching("**/adt-3*", tmp_path)] == ["adt-3.hl7"]
    assert matching("x[1].hl7", tmp_path) == (tmp_path / "x[1].hl7",)
    assert matching("no/*.hl7", tmp_path) == ()


def test_who_has_set_files_is_not_told_to_name_them(here: Workplace) -> None:
    """`survey` and `plan` advised `epd load FILE...` although the configuration names what is delivered."""
    place = Workplace(folder=here.folder, hospital=here.hospital, port=free_port())
    place.configure(archive={"port": place.port, "called_ae_title": "ARCHIVE"})
    with place.archive():
        assert "remediate epd load, then: remediate plan" in place.run("survey").out
        assert "`remediate epd load`" in place.run("plan").err
        place.configure(epd={"files": []})
        assert "remediate epd load FILE..., then: remediate plan" in place.run("survey").out
