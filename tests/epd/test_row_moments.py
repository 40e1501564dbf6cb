"""Rows of CSV with a moment of their own: the newer word counts, of a row or a message, in whatever order they came."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from remediate.epd.csv.cells import moment_reader
from remediate.epd.load_verdict import TooManyRejectedError
from tests.epd.epd_samples import BSN, BSN_2, COLUMNS, HOSPITAL, load_text, new_registry, settings, update, who

EPD = settings(csv={"columns": COLUMNS | {"changed": "gewijzigd"}})
HEADER = "gewijzigd;" + ";".join(COLUMNS.values())


def row(changed: str, held: str, number: str = "1", birth: str = "1970-02-15") -> str:
    return f"{changed};{number};{held};J;{birth};M;Jansen;;;;Jan;J"


def loaded(folder: Path, *files: tuple[str, str]) -> str:
    """The BSN that counts after these files; "" where none does."""
    folder.mkdir()
    registry = new_registry(folder)
    for name, content in files:
        load_text(registry, folder, content, name=name, epd=EPD)
    patient = who(registry, "1", HOSPITAL)
    return patient.bsn.digits if patient is not None and patient.bsn and patient.bsn_verified else ""


def csv(*rows: str) -> tuple[str, str]:
    return "rows.csv", "\n".join([HEADER, *rows])


def hl7(time: str, held: str) -> tuple[str, str]:
    return "m.hl7", update(time, "1", held=held)


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        ([csv(row("2024-03-01", BSN)), hl7("20240401120000", BSN_2)], BSN_2),
        ([csv(row("2024-05-01", BSN)), hl7("20240401120000", BSN_2)], BSN),
        ([csv(row("2024-04-01T11:59:59", BSN)), hl7("20240401120000", BSN_2)], BSN_2),
        ([csv(row("2024-04-01 12:00:01", BSN)), hl7("20240401120000", BSN_2)], BSN),
        ([csv(row("2024-04-01T12:00:00", BSN)), hl7("20240401120000", BSN_2)], ""),
        ([csv(row("2024-04-01T10:30:00Z", BSN)), hl7("20240401120000", BSN_2)], BSN),  # 12:30 on the wall
        ([csv(row("2024-03-01", BSN)), csv(row("2024-05-01", BSN)), hl7("20240401120000", BSN_2)], BSN),
        ([csv(row("2024-03-01", BSN), row("2024-05-01", BSN_2)), hl7("20240401120000", BSN)], BSN_2),
    ],
)
def test_the_newer_of_row_and_message_counts(tmp_path: Path, files: list[tuple[str, str]], counts: str) -> None:
    found = {loaded(tmp_path / str(at), *order) for at, order in enumerate(permutations(files))}
    assert found == {counts}


@pytest.mark.parametrize("changed", ["", "01-05-2024", "2024-13-01", "2077-01-01", "gisteren"])
def test_a_row_of_which_the_moment_is_not_known_leaves_nothing_verified(tmp_path: Path, changed: str) -> None:
    assert loaded(tmp_path / "a", hl7("20240401120000", BSN), csv(row(changed, BSN))) == ""


def test_a_row_with_an_unreadable_birth_date_is_a_doubt_of_its_own_moment(tmp_path: Path) -> None:
    bad, good = csv(row("2024-05-01", BSN, birth="x")), csv(row("2024-06-01", BSN))
    assert loaded(tmp_path / "older", bad, hl7("20240601120000", BSN)) == BSN
    assert loaded(tmp_path / "newer", hl7("20240401120000", BSN), bad) == ""
    assert loaded(tmp_path / "mended", bad, good) == BSN
    assert loaded(tmp_path / "again", good, bad, good) == BSN


def test_rows_of_one_moment_that_differ_are_not_believed(tmp_path: Path) -> None:
    assert loaded(tmp_path / "a", csv(row("2024-05-01", BSN), row("2024-05-01", BSN_2))) == ""
    assert loaded(tmp_path / "b", csv(row("2024-05-01", BSN), row("2024-05-01", BSN))) == BSN


def test_moments_in_another_form_say_which_setting_is_likely(tmp_path: Path) -> None:
    with pytest.raises(TooManyRejectedError) as told:
        loaded(tmp_path / "a", csv(*(row("01-05-2024", BSN, str(at)) for at in range(20))))
    assert "epd.csv.changed_format" in told.value.advice.en
    assert moment_reader("%d-%m-%Y %H:%M")("01-05-2024 09:30") == 20240501_093000_0000
