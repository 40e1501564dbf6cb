#!/usr/bin/env python3
"""Starts a native Orthanc on free loopback ports with a temporary store, and removes both when it stops.

Needs nothing but Python and Orthanc. For tests and trials only: there is no authentication, hence loopback only.
Prints one line of JSON once Orthanc answers: {"dicom": port, "http": port, "aet": ..., "pid": ..., "store": folder}.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

SETTINGS = ("overwriting", "stock", "c-move-only")
HERE = Path(__file__).resolve().parent
START_SECONDS = 30


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_orthanc() -> str:
    """Path of the Orthanc program; Debian puts it in /usr/sbin, which is not on everybody's path."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin:/opt/orthanc/bin")
    if not found:
        raise SystemExit("Orthanc is not installed. On Debian: apt-get install orthanc")
    return found


def configuration(setting: str, store: Path, move_to: tuple[str, int]) -> dict[str, object]:
    """The shipped settings file of that name, with this run's ports and folders."""
    settings: dict[str, object] = json.loads((HERE / f"{setting}.json").read_text(encoding="utf-8"))
    name, port = move_to
    modality = {"AET": name, "Host": "127.0.0.1", "Port": port, "AllowGet": setting != "c-move-only"}
    settings.update(
        {
            "DicomPort": free_port(),
            "HttpPort": free_port(),
            "StorageDirectory": str(store / "db"),
            "IndexDirectory": str(store / "db"),
            "DicomModalities": {name.lower(): modality},
        }
    )
    return settings


def wait_until_up(process: subprocess.Popen[bytes], http_port: int) -> None:
    """Return once the REST interface answers; give up when Orthanc ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"Orthanc ended at once with code {process.returncode}; see its log (--log FILE).")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"http://127.0.0.1:{http_port}/system", timeout=2).close()
            return
        time.sleep(0.05)
    process.kill()
    raise SystemExit(f"Orthanc did not answer within {START_SECONDS} s.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End Orthanc at once: its store is thrown away, so the seconds that it takes to close it would be wasted."""
    process.kill()
    process.wait()


def ended_by_signal(_number: int, _frame: FrameType | None) -> None:
    """Turn SIGTERM into the same clean end as ctrl-c."""
    raise KeyboardInterrupt


def wait(process: subprocess.Popen[bytes], parent: int) -> int:
    """Until Orthanc ends, or (when one is given) the parent process is gone, as after kill -9 of a test run."""
    while parent in (0, os.getppid()):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(1)
    return 0


def run(setting: str, move_to: tuple[str, int], log: Path | None, *, with_parent: bool) -> int:
    """Start, announce, wait for the end; the store is gone afterwards."""
    signal.signal(signal.SIGTERM, ended_by_signal)
    store = Path(tempfile.mkdtemp(prefix="orthanc-test-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        settings = configuration(setting, store, move_to)
        config = store / "orthanc.json"
        config.write_text(json.dumps(settings, indent=1), encoding="utf-8")
        with open(log or os.devnull, "ab") as out:
            process = subprocess.Popen([find_orthanc(), str(config)], stdout=out, stderr=out, start_new_session=True)
        wait_until_up(process, int(str(settings["HttpPort"])))
        answer = {
            "dicom": settings["DicomPort"],
            "http": settings["HttpPort"],
            "aet": settings["DicomAet"],
            "pid": process.pid,
            "store": str(store),
        }
        print(json.dumps(answer), flush=True)
        return wait(process, os.getppid() if with_parent else 0)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if process is not None:
            stop(process)
        shutil.rmtree(store, ignore_errors=True)


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("setting", nargs="?", choices=SETTINGS, default="overwriting")
    parser.add_argument("--move-aet", default="REMEDIATE", help="AE title to which C-MOVE may send (default: ours)")
    parser.add_argument("--move-port", type=int, default=11113, help="its port on loopback")
    parser.add_argument("--log", type=Path, help="append Orthanc's own log to this file")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this ends")
    chosen = parser.parse_args()
    return run(chosen.setting, (chosen.move_aet, chosen.move_port), chosen.log, with_parent=chosen.with_parent)


if __name__ == "__main__":
    sys.exit(main())
