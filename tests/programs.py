"""Programs that the tests compare with: where they are, and what becomes of a test when one is missing.

With CI=true a missing program is a failure; otherwise its tests are skipped and one line at the end says so.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI", "").lower() in ("true", "1")
NOT_TESTED: set[str] = set()


def require(program: str, name: str) -> str:
    """Path of a program; skip the test, or fail it in CI, when it is not there."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    return found or untested(name)


def untested(name: str) -> NoReturn:
    """Skip the test for want of a program, or fail it in CI."""
    if IN_CI:
        pytest.fail(f"{name} is not installed, and with CI=true its tests may not be skipped")
    NOT_TESTED.add(name)
    pytest.skip(f"{name} is not installed")
