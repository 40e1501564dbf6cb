"""The version names the commit that is installed: of a checkout, of an exported tree, and of a tree that tells none."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from remediate import __version__
from tests.servers import REPOSITORY

COMMIT = "7c1ee6b50d3f0c69e19a64b15c2321234348d4ec"


def version_of(tree: Path) -> str:
    asked = "import setup; print(setup.version())"
    done = subprocess.run([sys.executable, "-c", asked], cwd=tree, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def exported(folder: Path, archival: str) -> Path:
    shutil.copy(REPOSITORY / "setup.py", folder)
    (folder / ".git_archival.txt").write_text(archival)
    return folder


def test_a_checkout_names_its_commit() -> None:
    if (REPOSITORY / ".git").exists():
        assert re.fullmatch(r"0\.1\.0\+g[0-9a-f]{7}(\.changed)?", version_of(REPOSITORY))


def test_an_exported_tree_names_the_commit_that_git_wrote_into_it(tmp_path: Path) -> None:
    assert version_of(exported(tmp_path, f"commit: {COMMIT}\n")) == f"0.1.0+g{COMMIT[:7]}"


def test_a_tree_that_tells_no_commit_has_the_version_of_the_release(tmp_path: Path) -> None:
    assert version_of(exported(tmp_path, "commit: $Format:%H$\n")) == "0.1.0"


def test_the_program_tells_it() -> None:
    assert re.fullmatch(r"0\.1\.0(\+g[0-9a-f]{7}(\.changed)?)?", __version__)
