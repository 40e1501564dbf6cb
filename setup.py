"""The version with the commit that is installed, so that the ledger tells which program wrote what; all else stands in
pyproject.toml. Of an exported tree git wrote the commit into .git_archival.txt; where nothing tells it, it is left out.

Seven digits of the commit: in nine a number may stand that passes the eleven-test, as a BSN does.
"""

import re
import subprocess
from pathlib import Path

from setuptools import setup

RELEASE = "0.1.0"
HERE = Path(__file__).resolve().parent


def git(*arguments: str) -> str:
    """What git answers about this tree; "" where it is no checkout of its own, or there is no git."""
    if not (HERE / ".git").exists():
        return ""
    try:
        done = subprocess.run(["git", *arguments], cwd=HERE, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def version() -> str:
    """Such as 0.1.0+g7c1ee6b, with .changed where files differ from that commit (PEP 440, local version)."""
    commit = git("rev-parse", "HEAD")
    archived = HERE / ".git_archival.txt"
    if not commit and archived.exists():
        found = re.search(r"[0-9a-f]{40,64}", archived.read_text(encoding="utf-8"))
        commit = found[0] if found else ""
    if not commit:
        return RELEASE
    changed = ".changed" if git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{RELEASE}+g{commit[:7]}{changed}"


if __name__ == "__main__":
    setup(version=version())
