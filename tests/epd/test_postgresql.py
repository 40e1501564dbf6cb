"""The registry on PostgreSQL holds what it holds on SQLite: histories, merges, moments and a snapshot."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from remediate.epd.load import load_files
from remediate.epd.registry import SqlRegistry
from remediate.ledger.database import open_database
from tests.epd.epd_samples import (
    BSN,
    BSN_2,
    HOSPITAL,
    NOW,
    SETTINGS,
    keys,
    load_text,
    new_registry,
    row,
    table,
    who,
    with_tables,
)
from tests.epd.test_moments import NUMBERS, story

pytestmark = pytest.mark.postgresql


def test_both_databases_hold_the_same_patients(postgresql_url: str, tmp_path: Path) -> None:
    theirs = SqlRegistry(with_tables(open_database(postgresql_url, create=True)), keys(), HOSPITAL)
    ours = new_registry(tmp_path)
    for seed in range(6):
        texts = [told.text() for told in story(random.Random(seed))]
        reports = [load_text(registry, tmp_path, *texts, chunk=10) for registry in (ours, theirs)]
        assert reports[0] == reports[1]
        assert [who(ours, value) for value in NUMBERS] == [who(theirs, value) for value in NUMBERS]
        assert ours.snapshot_digest() == theirs.snapshot_digest()
    everybody = tmp_path / "all.csv"
    everybody.write_text(table(row("1", BSN), row("99991112", BSN_2), row("~5", "")), encoding="utf-8")
    for registry in (ours, theirs):
        load_files([everybody], SETTINGS, registry, NOW, snapshot=True, accept_missing=True)
    assert ours.snapshot_digest() == theirs.snapshot_digest()
    for value in ("1", "99991112", "~5"):
        found = who(ours, value)
        assert found is not None
        assert found == who(theirs, value)
