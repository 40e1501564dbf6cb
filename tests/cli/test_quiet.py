"""What pydicom and pynetdicom say to developers quotes values of elements: none of it reaches stderr."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PLANTED = "999911120"
SAYS_TOO_MUCH = f"""
import logging, sys, warnings
import remediate.cli.main as main
def planted(arguments):
    import pydicom, pynetdicom
    from pydicom.dataset import Dataset
    made = Dataset()
    made.PatientBirthDate = "{PLANTED}"
    made.StudyInstanceUID = "{PLANTED}..1"
    made.PatientID = "{PLANTED}" * 9
    warnings.warn("Invalid value for VR LO: {PLANTED}", UserWarning)
    for name in ("pydicom", "pynetdicom", "pynetdicom.association", "pydicom.valuerep"):
        logging.getLogger(name).error("{PLANTED}")
    return 0
if "quiet" in sys.argv:
    main.invoke = planted
    main.main()
else:
    planted([])
"""


def stderr(*arguments: str) -> str:
    command = [sys.executable, "-W", "always", "-c", SAYS_TOO_MUCH, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr


def test_no_value_reaches_stderr_through_a_library() -> None:
    assert PLANTED in stderr()
    assert stderr("quiet") == ""


def test_every_entry_point_goes_through_the_one_that_is_silent() -> None:
    repository = Path(__file__).parents[2]
    scripts = (repository / "pyproject.toml").read_text(encoding="utf-8").split("[project.scripts]")[1].split("[")[0]
    assert scripts.strip() == 'remediate = "remediate.__main__:main"'
    assert "from remediate.cli.main import main" in (repository / "remediate" / "__main__.py").read_text("utf-8")
