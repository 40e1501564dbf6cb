"""Fixtures for the tests of patient records."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.epd.registry import SqlRegistry
from tests.epd.epd_samples import new_registry


@pytest.fixture
def registry(tmp_path: Path) -> SqlRegistry:
    """An empty registry in a new database."""
    return new_registry(tmp_path)
