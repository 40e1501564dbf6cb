"""Opens a page in headless Chromium and tells what it became; axe-core comes from npm, into a folder of the test's own.

Where Chromium or npm is missing, the tests are skipped and one line at the end says so. `.ci/tools.sh` installs
Chromium where it can; nothing installs npm.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from html import unescape
from pathlib import Path
from typing import Any, NoReturn

import pytest
from programs import NOT_TESTED

AXE = "axe-core@4.14.1"
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_RUN = """axe.run().then(found => {
  document.title = "done";
  document.body.textContent = JSON.stringify(found.violations.map(
    one => ({id: one.id, impact: one.impact, nodes: one.nodes.map(node => node.html.slice(0, 200))})));
});"""
_OWN = re.compile(r"https?://[\w.-]*(?:google|googleapis|gstatic|gvt1)\.com/")
"""What Chromium asks for by itself, whatever page it shows."""

_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
          "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


def missing(name: str) -> NoReturn:
    """Skip, with one line at the end."""
    NOT_TESTED.add(name)
    pytest.skip(f"{name} is not there")


def chromium(folder: Path, *arguments: str) -> str:
    """What Chromium prints with these arguments, with a new profile."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("Chromium")
    command = [program, *_FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout


def axe_source(folder: Path) -> str:
    """The source of axe-core."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm")
    done = subprocess.run(
        [npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    packed = next(folder.glob("axe-core-*.tgz"), None)
    if done.returncode or packed is None:
        missing("axe-core from npm")
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def violations(page: str, axe: str, folder: Path, *, width: int) -> list[dict[str, Any]]:
    """What axe-core finds wrong with a page at a width. The copy that it runs in allows scripts."""
    (folder / "axe.js").write_text(axe, encoding="utf-8")
    script = f'<script src="axe.js"></script><script>{_RUN}</script>'
    copy = folder / f"axe-{width}.html"
    copy.write_text(_POLICY.sub("", page).replace("</body>", f"{script}</body>"), encoding="utf-8")
    size = f"--window-size={width},2000"
    dumped = chromium(folder, size, "--virtual-time-budget=20000", "--dump-dom", copy.as_uri())
    assert "<title>done</title>" in dumped, "axe-core did not end"
    found: list[dict[str, Any]] = json.loads(unescape(dumped.partition("<body>")[2].partition("</body>")[0]))
    return found


def asked_for(page: Path, folder: Path) -> list[str]:
    """Every address for which the page made the browser ask."""
    log = folder / "net.json"
    chromium(folder, f"--log-net-log={log}", "--dump-dom", page.as_uri())
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    found = re.findall(r'"url":"((?:https?|wss?|ftp)://[^"]*)"', text)
    return [address for address in found if not _OWN.match(address)]
