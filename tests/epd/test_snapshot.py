"""A full snapshot says as much by whom it leaves out: nothing about those patients counts as verified any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.epd.load import load_files
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError
from tests.epd.epd_samples import BSN, BSN_2, NOW, SETTINGS, load_text, merge, row, table, update, who

T1, T2 = "20240101120000", "20240102120000"


def _snapshot(registry: SqlRegistry, folder: Path, *rows: str, accept: bool = False) -> int:
    path = folder / "all.csv"
    path.write_text(table(*rows))
    return load_files([path], SETTINGS, registry, NOW, snapshot=True, accept_missing=accept, chunk=3).unlisted


def _verified(registry: SqlRegistry, *numbers: str) -> list[bool]:
    found = [who(registry, number) for number in numbers]
    return [patient is not None and patient.bsn_verified for patient in found]


def test_who_is_left_out_is_held_but_not_verified_until_named_again(registry: SqlRegistry, tmp_path: Path) -> None:
    both = row("1", bsn=BSN), row("2", bsn=BSN_2)
    assert _snapshot(registry, tmp_path, *both) == 0
    whole = registry.snapshot_digest()
    assert _verified(registry, "1", "2") == [True, True]
    for _ in range(2):  # the same again says nothing new
        assert _snapshot(registry, tmp_path, both[0]) == 1
        assert _verified(registry, "1", "2") == [True, False]
        assert registry.patients() == 2
    assert registry.snapshot_digest() != whole
    assert _snapshot(registry, tmp_path, *both) == 0
    assert _verified(registry, "1", "2") == [True, True]
    assert registry.snapshot_digest() == whole


def test_a_patient_is_listed_under_any_number_that_leads_to_them(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", held=BSN), update(T1, "2"), merge(T2, "1", "2"))
    assert _snapshot(registry, tmp_path, row("2", bsn=BSN)) == 0
    assert _verified(registry, "1") == [True]


def test_a_number_that_is_a_bsn_can_be_missing_too(registry: SqlRegistry, tmp_path: Path) -> None:
    _snapshot(registry, tmp_path, row(BSN, bsn=BSN), row("2", bsn=BSN_2))
    assert _snapshot(registry, tmp_path, row("2", bsn=BSN_2)) == 1
    assert _verified(registry, BSN, "2") == [False, True]


def test_a_refused_row_is_doubt_enough(registry: SqlRegistry, tmp_path: Path) -> None:
    _snapshot(registry, tmp_path, row("1", bsn=BSN), row("2", bsn=BSN_2))
    _snapshot(registry, tmp_path, row("1", bsn=BSN, birth_date="31-31-1970"), row("2", bsn=BSN_2))
    assert _verified(registry, "1", "2") == [False, True]


def test_an_increment_is_not_taken_for_a_snapshot(registry: SqlRegistry, tmp_path: Path) -> None:
    everybody = [row(str(number), bsn=BSN if number == 1 else "") for number in range(1, 31)]
    _snapshot(registry, tmp_path, *everybody)
    with pytest.raises(EpdError, match="lacks 29 of 30 patients"):
        _snapshot(registry, tmp_path, everybody[1])
    assert _verified(registry, "1") == [True]
    assert _snapshot(registry, tmp_path, everybody[1], accept=True) == 29
    assert _verified(registry, "1") == [False]


def test_messages_are_never_a_snapshot(registry: SqlRegistry, tmp_path: Path) -> None:
    path = tmp_path / "f.hl7"
    path.write_text(update(T1, "1"))
    with pytest.raises(EpdError, match="only CSV"):
        load_files([path], SETTINGS, registry, NOW, snapshot=True)
    assert registry.patients() == 0
