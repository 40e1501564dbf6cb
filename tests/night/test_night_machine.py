"""Some nights in which anything may happen; `tests/soak/soak_nights.py` runs hundreds with fresh seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.night.night_machine import STUDIES, nights
from tests.workplace import Workplace, shared_workplace


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies of three patients."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), STUDIES)


def test_a_few_nights(approved: Workplace, tmp_path: Path) -> None:
    nights(approved, tmp_path, examples=2, steps=8)
