"""`header show|correct|undo` on the files that pydicom ships: one call, nothing stops it, and back byte for byte."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pydicom
import pytest

from remediate.cli.header import FileResult
from tests.workplace import run

DEFLATED = "image_dfl.dcm"
"""Its data set comes back byte for byte; the compressed stream around it is another zlib's."""


@pytest.fixture(scope="module")
def files() -> list[str]:
    found = sorted((Path(pydicom.__file__).parent / "data" / "test_files").rglob("*.dcm"))
    names = Counter(path.name for path in found)
    return [str(path) for path in found if names[path.name] == 1]


@pytest.fixture(scope="module")
def bsn_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bsn") / "bsn.txt"
    path.write_text("999911120\n")
    return str(path)


def test_correct_and_undo_every_file(files: list[str], bsn_file: str, tmp_path: Path) -> None:
    out, back = tmp_path / "out", tmp_path / "back"
    ran = run("--json", "header", "correct", *files, "--to", str(out), "--bsn-file", bsn_file)
    results = ran.answer["files"]
    assert ran.code == 1, "some were refused"
    assert [entry["file"] for entry in results] == files
    assert all(set(entry) == set(FileResult.__dataclass_fields__) for entry in results)
    corrected = [entry for entry in results if entry["state"] == "corrected"]
    assert len(corrected) > 0.9 * len(files)
    assert all(entry["untouched_sha256"]["before"] == entry["untouched_sha256"]["after"] for entry in corrected)
    assert all(entry["reason"] for entry in results if entry["state"] == "refused")
    undone = run("--json", "header", "undo", *(entry["written"] for entry in corrected), "--to", str(back))
    assert undone.code == 0
    for entry in corrected:
        original = Path(entry["file"])
        if original.name != DEFLATED:
            assert (back / original.name).read_bytes() == original.read_bytes(), original.name


def test_a_second_correction_changes_nothing(files: list[str], bsn_file: str, tmp_path: Path) -> None:
    file = next(name for name in files if name.endswith("CT_small.dcm"))
    run("header", "correct", file, "--to", str(tmp_path / "once"), "--bsn-file", bsn_file)
    again = run("--json", "header", "correct", str(tmp_path / "once" / "CT_small.dcm"), "--to", str(tmp_path / "twice"),
                "--bsn-file", bsn_file)  # fmt: skip
    assert (again.code, again.answer["files"][0]["state"]) == (0, "unchanged")


def test_a_refusal_never_stops_the_rest(files: list[str], bsn_file: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 50)
    good = next(name for name in files if name.endswith("CT_small.dcm"))
    ran = run("--json", "header", "correct", str(tmp_path / "none.dcm"), str(broken), good, "--to",
              str(tmp_path / "out"), "--bsn-file", bsn_file)  # fmt: skip
    assert [entry["state"] for entry in ran.answer["files"]] == ["refused", "refused", "corrected"]


@pytest.mark.parametrize("number", ["123456789", "111222333", "", "no number"])
def test_only_a_bsn_of_the_allowed_range_is_taken(files: list[str], number: str, tmp_path: Path) -> None:
    path = tmp_path / "bsn.txt"
    path.write_text(number)
    ran = run("header", "correct", files[0], "--to", str(tmp_path / "out"), "--bsn-file", str(path))
    assert ran.code == 64
    assert number == "" or number not in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("written", ["999990019", "9999.90.019", "999990019\t", "P999990019", "X-17\\999990019"])
def test_nothing_is_written_beside_a_number_that_may_be_anothers_bsn(
    files: list[str], bsn_file: str, tmp_path: Path, written: str
) -> None:
    """But as Patient ID it is told of only: one hospital number in eleven looks like a BSN."""
    held = pydicom.dcmread(next(name for name in files if name.endswith("CT_small.dcm")))
    held.add_new(0x00101000, "LO", written.split("\\"))
    held.save_as(tmp_path / "other.dcm")
    del held.OtherPatientIDs
    held.PatientID = "999990019"
    held.save_as(tmp_path / "number.dcm")
    names = (str(tmp_path / "other.dcm"), str(tmp_path / "number.dcm"))
    ran = run("--json", "header", "correct", *names, "--to", str(tmp_path / "out"), "--bsn-file", bsn_file)
    other, number = ran.answer["files"]
    assert (other["state"], other["reason"], other["written"]) == ("refused", "other-bsn-claimed", None)
    assert (number["state"], number["warnings"]) == ("corrected", ["(0010,0020)"])
    assert "999990019" not in ran.out + ran.err
