"""The pages, once a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.pages import Pages, served
from tests.web.reviewing import waiting
from tests.workplace import DemoRun


@pytest.fixture(scope="session")
def pages(demo: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Over a copy of the demo's ledger."""
    return served(demo.place, tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def queued(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Over a hundred studies that wait."""
    with waiting(pages, tmp_path_factory.mktemp("waiting")) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_guesses(pages: Pages) -> None:
    """No test is kept out by what another one tried."""
    from django.core.cache import cache

    cache.clear()
