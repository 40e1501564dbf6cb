"""A small hospital with an approved plan, made once and copied for each test that changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workplace import DemoRun, Workplace, shared_demo, shared_workplace


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Probed, surveyed with a header of each series, planned and approved; read only."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 8)


@pytest.fixture
def place(approved: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return approved.copy(tmp_path / "place")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """`remediate demo` as a process, run once; read only."""
    return shared_demo(tmp_path_factory.mktemp("demo"))
