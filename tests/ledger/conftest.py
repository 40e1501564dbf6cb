"""A ledger on each database that the tests may use: SQLite always, PostgreSQL where a server is named.

REMEDIATE_TEST_POSTGRESQL holds the URL of a server on which databases may be made and dropped.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_samples import make_keys, new_ledger
from sqlalchemy import create_engine, make_url

from remediate.ledger.database import Database, open_database
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger

_SERVER = os.environ.get("REMEDIATE_TEST_POSTGRESQL", "")


@pytest.fixture(params=["sqlite", *(["postgresql"] if _SERVER else [])])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    name = f"remediate_{uuid.uuid4().hex}"
    server = create_engine(_SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(_SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def keys() -> Keys:
    """The ledger's keys."""
    return make_keys()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty database."""
    opened = open_database(database_url, create=True)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database, keys: Keys) -> SqlLedger:
    """An empty ledger."""
    return new_ledger(database, keys)
