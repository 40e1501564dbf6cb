"""A smaller hospital than the other rooms have; `place` copies it, as everywhere."""

from __future__ import annotations

import pytest

from tests.workplace import Workplace, shared_workplace


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Probed, surveyed with a header of each series, planned and approved; read only."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 8)
