"""A ledger on each database: SQLite, and a PostgreSQL of our own that runs for the length of the session.

Each test has a file, or a schema, of its own; tests/conftest.py has the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.ledger.database import Database, open_database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from tests.ledger.ledger_samples import assert_left_is_exact, make_keys, new_ledger

_SLOW_ON_POSTGRESQL = (
    "test_two_processes_never_get_the_same_work",
    "test_every_character_is_encoded_alike",
    "test_every_text_is_encoded_alike",
    "test_survey_saves_thousands",
    "test_studies_are_streamed",
    "test_many_items_are_streamed",
    "test_events_are_found_by_every_filter",
    "test_ledger_is_proved_while_others_append",
    "test_rate_holds_over_any_time",
    "test_whoever_asks_in_whatever_order_the_ceiling_holds",
    "test_a_changed_proof_does_not_hold",
    "test_every_study_stands_once_in_the_pages_and_a_patients_together",
)
"""Tests whose second database is left to the soak, so that all tests stay below ten minutes."""

_TAMPERING = ("test_explained.py", "test_tamper.py")
"""Tests that change rows behind the ledger's back."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slowest tests on PostgreSQL; on SQLite they run every time."""
    for item in items:
        if "[postgresql" in item.name and item.name.startswith(_SLOW_ON_POSTGRESQL):
            item.add_marker(pytest.mark.soak)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def keys() -> Keys:
    """The ledger's keys."""
    return make_keys()


@pytest.fixture
def database(database_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An open, empty database. Whatever a test did, what is kept of how much is left is then what a count finds."""
    opened = open_database(database_url, create=True)
    yield opened
    if request.path.name not in _TAMPERING:
        assert_left_is_exact(opened)
    opened.close()


@pytest.fixture
def ledger(database: Database, keys: Keys) -> SqlLedger:
    """An empty ledger."""
    return new_ledger(database, keys)
