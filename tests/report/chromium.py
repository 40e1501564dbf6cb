"""Opens pages in headless Chromium and tells what they became; axe-core comes with a package from PyPI.

Where Chromium is missing, the tests are skipped and one line at the end says so; with CI=true they fail. `.ci/tools.sh`
installs it where it can.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from tests.programs import require

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_RUN = """axe.run({iframes: false}).then(found => parent.told(frameElement.id, found.violations.map(
  one => ({id: one.id, impact: one.impact, nodes: one.nodes.map(node => node.html.slice(0, 200))})),
  [innerWidth, matchMedia("(prefers-color-scheme: dark)").matches,
   document.documentElement.scrollWidth - document.documentElement.clientWidth]));"""
_HOST = """const all = {};
function told(name, violations, seen) {
  all[name] = {violations, seen};
  if (Object.keys(all).length == document.querySelectorAll("iframe").length) {
    document.body.textContent = JSON.stringify(all);
    document.title = "done";
  }
}"""
_OWN = re.compile(r"https?://[\w.-]*(?:google|googleapis|gstatic|gvt1)\.com/")
"""What Chromium asks for by itself, whatever page it shows."""

_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
          "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip


def chromium(folder: Path, *arguments: str) -> str:
    """What Chromium prints with these arguments, with a new profile."""
    program = shutil.which("chromium-browser") or require("chromium", "Chromium")
    command = [program, *_FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout


class Shown(NamedTuple):
    """A page as somebody sees it."""

    page: str
    width: int  # CSS pixels
    is_dark: bool


class Seen(NamedTuple):
    """What a page became."""

    violations: list[dict[str, Any]]  # that axe-core finds
    width: int
    is_dark: bool
    beyond: int  # pixels that stick out on the right, for which a reader would have to scroll


def seen(shown: Mapping[str, Shown], folder: Path) -> Mapping[str, Seen]:
    """What all these pages became, each in a frame of its own width and colour scheme, in one browser; by name. The
    copies that axe-core runs in allow scripts."""
    (folder / "axe.js").write_bytes(files("axe_playwright_python").joinpath("axe.min.js").read_bytes())
    script = f'<script src="axe.js"></script><script>{_RUN}</script>'
    frames = []
    for name, (page, width, is_dark) in shown.items():
        copy = escape(_POLICY.sub("", page).replace("</body>", f"{script}</body>"))
        style = f"border: 0; color-scheme: {'dark' if is_dark else 'light'}"
        frames.append(f'<iframe id="{name}" width="{width}" height="2000" style="{style}" srcdoc="{copy}"></iframe>')
    host = folder / "host.html"
    text = f'<!doctype html><meta charset="utf-8"><script>{_HOST}</script><body>{"".join(frames)}'
    host.write_text(text, encoding="utf-8")
    dumped = chromium(folder, "--virtual-time-budget=60000", "--dump-dom", host.as_uri())
    assert "<title>done</title>" in dumped, "axe-core did not end"
    found = json.loads(unescape(dumped.partition("<body>")[2].partition("</body>")[0]))
    return {name: Seen(told["violations"], *told["seen"]) for name, told in found.items()}


def asked_for(page: Path, folder: Path) -> list[str]:
    """Every address for which the page made the browser ask."""
    log = folder / "net.json"
    chromium(folder, f"--log-net-log={log}", "--dump-dom", page.as_uri())
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    found = re.findall(r'"url":"((?:https?|wss?|ftp)://[^"]*)"', text)
    return [address for address in found if not _OWN.match(address)]
