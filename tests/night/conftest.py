"""With -v: the rows of the misbehaviour matrix that ran."""

from __future__ import annotations

import pytest

from tests.night.misbehaving import table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With -v (which outdoes the -q of every run) or -s: the rows of the misbehaviour matrix that ran, as a table."""
    if config.get_verbosity() < 0 and config.getoption("capture") != "no":
        return
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    told = [value for report in reports for name, value in report.user_properties if name == "misbehaviour"]
    if told:
        terminalreporter.write_sep("-", "misbehaviour")
        terminalreporter.write_line(table(map(tuple, told)))
