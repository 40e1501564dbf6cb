"""Receivers that answer as no standard lets them: none is waited for without end, and none keeps the others waiting."""

from __future__ import annotations

import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from remediate.cli import telling
from remediate.config.hl7 import Hl7OutputSettings
from remediate.config.morning import WebhookSettings
from remediate.config.telling import AvailabilitySettings, CommandSettings
from remediate.telling.outbox import LEASE_SECONDS
from tests.copies.copy_world import corrected_copy, put_right
from tests.jobs.receivers import WebServer
from tests.workplace import Workplace


@pytest.fixture
def place(approved: Workplace, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Workplace:
    """A night is done, and nobody was told."""
    return corrected_copy(approved, tmp_path_factory.mktemp("corrected") / "place", tmp_path / "place")


@contextmanager
def answering(say: Callable[[socket.socket], object]) -> Iterator[int]:
    """A web server of one's own; answers the port."""
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            with suppress(OSError):
                connection = listener.accept()[0]
                with connection, suppress(OSError):
                    connection.recv(1 << 16)
                    while not stopped.is_set():
                        say(connection)
                        time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


@pytest.mark.parametrize("said", [b"HTTP/1.1 100 Continue\r\n\r\n", b"H"])
def test_a_webhook_whose_answer_never_ends_is_given_up(place: Workplace, said: bytes) -> None:
    with answering(lambda connection: connection.sendall(said)) as port:
        place.configure(tell={"hook": {"webhook": {"url": f"http://127.0.0.1:{port}/", "timeout": 0.3}}})
        began = time.monotonic()
        place.must("tell", code=1)
        assert time.monotonic() - began < 5
    assert {one["reason"] for one in place.json("status").answer["telling"]} == {"told-nobody"}


def test_a_receiver_whose_certificate_is_gone_keeps_no_other_from_its_turn(place: Workplace) -> None:
    tls = {"ca_file": "gone.pem"}
    hl7 = {"host": "127.0.0.1", "port": 1, "tls": tls}
    ian = {"host": "127.0.0.1", "port": 1, "called_ae_title": "VIEWER", "tls": tls}
    program = {"command": {"arguments": ["/bin/true"]}}
    place.configure(tell={"a": {"hl7": hl7}, "b": {"ian": ian}, "c": program})
    wanted = len(put_right(place))
    answer = place.must("tell", code=1).answer
    assert answer["told"] == {"a": 0, "b": 0, "c": wanted}
    assert [one["reason"] for one in answer["receivers"]] == ["receiver-not-set-up"] * 2 + [None]
    assert place.run("--lang", "nl", "tell", "--list").code == 0
    checks = place.json("doctor").answer["checks"]
    assert checks["told a"] is False, checks


def test_news_that_is_no_longer_so_is_told_to_nobody(place: Workplace) -> None:
    """A study was rolled back before a receiver heard that it was put right."""
    study, web = put_right(place)[0], WebServer(status=204)
    with place.archive():
        place.must("rollback", "--study", study, "--by", "A. Reviewer", "--why", "test")
    with web.running():
        place.configure(tell={"hook": {"webhook": {"url": f"http://127.0.0.1:{web.port}/"}}})
        place.must("tell")
    assert [one["event"] for one in web.posted if one["study_instance_uid"] == study] == ["rolled-back"]
    assert len(web.posted) == len(put_right(place))
    assert place.json("status").answer["telling"][0]["waiting"] == 0


def test_who_is_slow_keeps_the_others_no_longer_than_a_turn(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(telling, "TURN_SECONDS", 0.0)
    log, programs = tmp_path / "log", {}
    for name in ("a-slow", "b"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {name} >> {log}\n")
        program.chmod(stat.S_IRWXU)
        programs[name] = {"command": {"arguments": [str(program)]}}
    place.configure(tell=programs)
    place.must("tell")
    said = log.read_text().split()
    assert said[:4] == ["a-slow", "b", "a-slow", "b"]
    assert said.count("a-slow") == said.count("b") == len(put_right(place))


def test_a_program_that_hangs_is_ended_with_what_it_started(place: Workplace, tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = tmp_path / "hangs"
    program.write_text(
        f"#!{sys.executable}\nimport subprocess, os, time\n"
        f"child = subprocess.Popen(['/bin/sleep', '300'])\nopen({str(started)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(300)\n"
    )
    program.chmod(stat.S_IRWXU)
    place.configure(tell={"xds": {"command": {"arguments": [str(program)], "timeout": 1}}})
    answer = place.must("tell", code=1).answer
    assert answer["receivers"][0]["reason"] == "told-without-answer"
    child = Path("/proc") / started.read_text() / "stat"
    assert not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z"


def test_no_try_at_a_receiver_may_outlast_the_lease_under_which_it_is_told() -> None:
    too_long = LEASE_SECONDS / 2
    for kind, timeout in ((CommandSettings, "timeout"), (WebhookSettings, "timeout"), (AvailabilitySettings, "timeout"),
                          (Hl7OutputSettings, "connect_timeout"), (Hl7OutputSettings, "answer_timeout")):  # fmt: skip
        with pytest.raises(ValidationError) as refused:
            kind.model_validate({timeout: too_long})
        assert (timeout,) in {fault["loc"] for fault in refused.value.errors()}
