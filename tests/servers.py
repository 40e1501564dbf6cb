"""Archives of others on free loopback ports, while a block runs: Orthanc, DCMTK's dcmqrscp, pynetdicom's qrscp."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.programs import require

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An archive that runs. `move_port` is where it sends to our AE title REMEDIATE on C-MOVE."""

    dicom: int
    aet: str
    move_port: int
    pid: int
    http: int = 0
    store: Path = Path()


StartArchive = Callable[..., AbstractContextManager[Server]]


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_orthanc(setting: str = "overwriting") -> Iterator[Server]:
    """Orthanc by the same script that people use."""
    require("Orthanc", "Orthanc")
    move_port = free_port()
    script = REPOSITORY / "orthanc-test" / "run_orthanc.py"
    process = subprocess.Popen(
        [sys.executable, str(script), setting, "--with-parent", "--move-port", str(move_port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Server(
            dicom=told["dicom"],
            http=told["http"],
            aet=told["aet"],
            pid=told["pid"],
            store=Path(told["store"]),
            move_port=move_port,
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


@contextlib.contextmanager
def running_dcmqrscp(folder: Path) -> Iterator[Server]:
    """DCMTK's archive, which takes uncompressed objects only and indexes little."""
    program = require("dcmqrscp", "DCMTK")
    port, move_port = free_port(), free_port()
    (folder / "db").mkdir()
    config = folder / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 65536\nMaxAssociations = 16\n"
        f"HostTable BEGIN\nus = (REMEDIATE, localhost, {move_port})\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nQRSCP {folder / 'db'} RW (500, 1024mb) ANY\nAETable END\n",
        encoding="ascii",
    )
    process = subprocess.Popen(
        [program, "-c", str(config), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port)
        yield Server(dicom=port, aet="QRSCP", pid=process.pid, move_port=move_port)
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def running_qrscp(folder: Path) -> Iterator[Server]:
    """pynetdicom's archive, which keeps compressed objects and tells neither SOP class nor transfer syntax."""
    port, move_port = free_port(), free_port()
    config = folder / "qrscp.ini"
    config.write_text(
        f"[DEFAULT]\nae_title: QRSCP\nport: {port}\nmax_pdu: 16382\nacse_timeout: 30\ndimse_timeout: 30\n"
        f"network_timeout: 30\nbind_address: 127.0.0.1\ninstance_location: {folder / 'instances'}\n"
        f"database_location: {folder / 'index.sqlite'}\nlog_identifier: False\n"
        f"[REMEDIATE]\naddress: 127.0.0.1\nport: {move_port}\n",
        encoding="ascii",
    )
    command = [sys.executable, "-W", "ignore", "-m", "pynetdicom", "qrscp", "-c", str(config), "-q"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, 20)
        yield Server(dicom=port, aet="QRSCP", pid=process.pid, move_port=move_port)
    finally:
        process.kill()
        process.wait(10)


def wait_for_port(port: int, seconds: float = 10) -> None:
    """Return once something listens there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    pytest.fail(f"nothing listens at port {port}")
