"""The pages, once a process."""

from __future__ import annotations

import pytest

from tests.web.pages import Pages, served
from tests.workplace import DemoRun


@pytest.fixture(scope="session")
def pages(demo: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Over a copy of the demo's ledger."""
    return served(demo.place, tmp_path_factory.mktemp("web"))


@pytest.fixture(autouse=True)
def _no_guesses(pages: Pages) -> None:
    """No test is kept out by what another one tried."""
    from django.core.cache import cache

    cache.clear()
