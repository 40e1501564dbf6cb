"""Real archives, a real PostgreSQL and a small hospital with an approved plan for the tests, gone when they are done.

`servers.py` starts archives; PostgreSQL listens at a socket of its own. `programs.py` says what becomes of a test when
one of them is missing. REMEDIATE_TEST_POSTGRESQL names another server to use instead: its URL,
with a role that may make schemas.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url

from tests.postgres_server import running_postgresql
from tests.programs import IN_CI, NOT_TESTED
from tests.servers import Server, StartArchive, running_dcmqrscp, running_orthanc, running_qrscp
from tests.workplace import DemoRun, Workplace, shared_demo, shared_workplace

# The same examples in every CI run: a new one is found on a developer's machine or by `make soak`, not by luck. No
# example has a deadline of its own: on a busy machine the first takes long, and fails for nothing.
_SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=_SLOW)
hypothesis.settings.register_profile("here", deadline=None, suppress_health_check=_SLOW)
hypothesis.settings.load_profile("ci" if IN_CI else "here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One visible line for each program without which tests were skipped."""
    for program in sorted(NOT_TESTED):
        terminalreporter.write_line(f"NOT TESTED: {program} is not installed, so its tests were skipped.", yellow=True)


@pytest.fixture(scope="session")
def start_orthanc() -> StartArchive:
    """`with start_orthanc(setting) as server`: for fixtures that share one Orthanc over several tests."""
    return running_orthanc


@pytest.fixture
def orthanc() -> Iterator[Callable[..., Server]]:
    """`orthanc(setting)` starts one (overwriting, stock or c-move-only); all are stopped after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda setting="overwriting": stack.enter_context(running_orthanc(setting))


@pytest.fixture
def qrscp(tmp_path: Path) -> Iterator[Server]:
    """A running qrscp of pynetdicom."""
    with running_qrscp(tmp_path) as server:
        yield server


@pytest.fixture
def dcmqrscp(tmp_path: Path) -> Iterator[Server]:
    """A running dcmqrscp."""
    with running_dcmqrscp(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    given = os.environ.get("REMEDIATE_TEST_POSTGRESQL", "")
    if given:
        yield given
        return
    with running_postgresql() as server:
        yield server.url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of an empty schema on that server."""
    name = f"remediate_{uuid.uuid4().hex}"
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    query = {"options": f"-csearch_path={name}"}
    yield make_url(postgresql_server).update_query_dict(query).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    server.dispose()


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Probed, surveyed with a header of each series, planned and approved; read only."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 12)


@pytest.fixture
def place(approved: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return approved.copy(tmp_path / "place")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """`remediate demo` as a process, run once; read only."""
    own = tmp_path_factory.getbasetemp()
    everybodys = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own  # each worker has a folder in that of all
    return shared_demo(tmp_path_factory.mktemp("demo"), everybodys)
