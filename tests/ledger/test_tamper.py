"""Every way of tampering is detected and located with a copy, the checkpoints and the public key alone.

Some dozens of trials on a small ledger here; a thousand on a hundred thousand events by tests/soak/soak_tamper.py.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.ledger.tampering import ALL_WAYS, Written, one_trial, prove, write_ledger


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_ledger(tmp_path_factory.mktemp("written"), 1_200)


@pytest.mark.parametrize("way", ALL_WAYS)
def test_tampering_is_detected_and_located(written: Written, tmp_path: Path, way: str) -> None:
    rng = random.Random(way)
    assert [one_trial(written, tmp_path, way, rng) for _ in range(3)] == [""] * 3


def test_untouched_copies_are_proved(written: Written) -> None:
    report = prove(written.file, written.outside, written.public_key)
    assert (report.problems, report.events) == ((), written.events)
    assert report.checkpoints == report.elsewhere == len(written.checkpoints)


def test_an_older_copy_is_only_told_by_what_was_signed_since(written: Written, tmp_path: Path) -> None:
    last, older = written.older[0]
    assert prove(older, tmp_path, written.public_key).problems == ()
    assert prove(older, written.outside, written.public_key).problems[0].seq == last + 1
