"""Drives headless Chromium over its own protocol: pages of ours on a port of loopback, clicked and typed like a person.

Where Chromium is missing, the tests are skipped as in `tests/report/chromium.py`; with CI=true they fail.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import websocket

from tests.programs import require

_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-sync",
          "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
          "--remote-allow-origins=*")  # fmt: skip
_SECONDS = 30.0
_REACHED = """(() => {
  const wrong = [], name = e => e.outerHTML.slice(0, 90);
  for (const e of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")) {
    if (e.disabled || e.type === "hidden" || !e.checkVisibility({contentVisibilityAuto: true})) continue;
    if (e.closest("details:not([open])") && e.tagName !== "SUMMARY") continue;
    e.focus({focusVisible: true});
    if (document.activeElement !== e) { wrong.push("no focus: " + name(e)); continue; }
    if (getComputedStyle(e).outlineStyle === "none") wrong.push("focus not seen: " + name(e));
    const box = e.getBoundingClientRect(), part = box.height > innerHeight ? 20 : box.height / 2;
    const on = document.elementFromPoint(box.left + box.width / 2, box.top + part);
    const bar = on && on.closest(".deciding, .top");
    if (bar && !bar.contains(e)) wrong.push("covered: " + name(e));
    const inText = e.tagName === "A" && getComputedStyle(e).display === "inline";
    if (!inText && (box.width < 23.5 || box.height < 23.5)) wrong.push(`${box.width}x${box.height}: ` + name(e));
  }
  return wrong;
})()"""


class Tab:
    """One tab, with cookies of its own."""

    def __init__(self, browser: Browser, session: str, address: str) -> None:
        self._browser, self._session, self._address = browser, session, address

    def ask(self, method: str, **parameters: Any) -> Any:
        """One command of the Chrome DevTools Protocol."""
        return self._browser.ask(method, self._session, **parameters)

    def run(self, script: str) -> Any:
        """The value of a script, awaited."""
        told = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, script: str) -> Any:
        """Wait until a script is true in whatever page stands there by then."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            try:
                if found := self.run(script):
                    return found
            except (AssertionError, ConnectionError):
                pass  # between two pages
            time.sleep(0.02)
        raise AssertionError(f"never so: {script}; the page says {self.run('document.body.innerText')[:600]}")

    def leave(self, do: Any) -> None:
        """Do something that opens another page, and wait for that."""
        self.run("window.left = true")
        do()
        self.until("!window.left && document.readyState === 'complete'")

    def go(self, path: str) -> None:
        """Open a page."""
        url = self._address + path
        self.leave(lambda: self.ask("Page.navigate", url=url))

    def press(self, key: str) -> None:
        """A key, as typed."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def type(self, selector: str, text: str) -> None:
        """Text into a field."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self.ask("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """The first that fits."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def show(self, *, width: int, dark: bool, height: int = 900) -> None:
        """As on a screen of this width, in this theme."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=theme)

    def picture(self, path: Path) -> None:
        """The whole page."""
        shown = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shown["data"]))

    def faults(self) -> list[Any]:
        """What axe-core finds that is serious or worse."""
        self.run(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
        found = self.run("axe.run().then(told => JSON.stringify(told.violations))")
        return [
            (one["id"], [node["html"][:200] for node in one["nodes"]])
            for one in json.loads(found)
            if one["impact"] in ("serious", "critical")
        ]

    def unreachable(self) -> list[str]:
        """What by keyboard or finger is hard to come by: without a visible focus, hidden by something that stays where
        it is, or smaller than 24 by 24 CSS pixels (WCAG 2.2: 2.4.7, 2.4.11, 2.5.8)."""
        return list(self.run(_REACHED))

    def cookie(self, name: str, value: str) -> None:
        """As if the server had set it."""
        self.ask("Network.setCookie", name=name, value=value, url=self._address)


class Browser:
    """One Chromium."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=_SECONDS, max_size=None)
        self._number = 0

    def ask(self, method: str, session: str = "", **parameters: Any) -> Any:
        """One command, and its answer; what it tells meanwhile is not heard."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(asked | ({"sessionId": session} if session else {})))
        while True:
            told = json.loads(self._socket.recv())
            if told.get("id") == self._number:
                assert "error" not in told, (method, told["error"])
                return told["result"]

    def tab(self, address: str) -> Tab:
        """A new one, of a reader of its own."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Tab(self, session, address)

    def close(self) -> None:
        """End it."""
        self.ask("Browser.close")
        self._socket.close()


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A Chromium of our own with a new profile."""
    program = shutil.which("chromium-browser") or require("chromium", "Chromium")
    profile = folder / "profile"
    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"], stderr=subprocess.DEVNULL
    )
    try:
        told, end = profile / "DevToolsActivePort", time.monotonic() + _SECONDS
        while not (told.exists() and len(told.read_text().split()) == 2):
            assert time.monotonic() < end, "Chromium does not listen"
            assert process.poll() is None, "Chromium ended"
            time.sleep(0.05)
        port, path = told.read_text().split()
        browser = Browser(f"ws://127.0.0.1:{port}{path}")
        yield browser
        browser.close()
        process.wait(timeout=_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def serving() -> Iterator[str]:
    """The pages of this process on a port of loopback; their address."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Silent(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:  # type: ignore[override]
            """Nothing."""

    server = ThreadedWSGIServer(("127.0.0.1", 0), Silent, allow_reuse_address=False)
    server.set_app(get_wsgi_application())
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_SECONDS)
