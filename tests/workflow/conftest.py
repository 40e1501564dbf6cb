"""A small hospital with an approved plan, made once and copied for each test that changes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from misbehaving import table
from workplace import DemoRun, Workplace, shared_demo, shared_workplace


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
    return shared_demo(tmp_path_factory.mktemp("demo"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With -v (which outdoes the -q of every run) or -s: the rows of the misbehaviour matrix that ran, as a table."""
    if config.get_verbosity() < 0 and config.getoption("capture") != "no":
        return
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    told = [value for report in reports for name, value in report.user_properties if name == "misbehaviour"]
    if told:
        terminalreporter.write_sep("-", "misbehaviour")
        terminalreporter.write_line(table(map(tuple, told)))
