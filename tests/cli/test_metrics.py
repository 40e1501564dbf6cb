"""`remediate metrics`: the same text on stdout, in the file and at the port, which nobody but this machine reaches."""

from __future__ import annotations

import http.client
import re
import signal
import socket

import pytest

from remediate.cli.metrics import _application
from remediate.errors import LedgerError
from remediate.processes import since_boot, this_process
from remediate.records.ledger import EventType, NewEvent
from remediate.records.signs import Doing, PaceReason
from remediate.texts.language import Sentence
from remediate.wiring import now
from tests.workplace import Workplace, free_port

_WRITTEN = re.compile(r"^remediate_metrics_timestamp_seconds .*$", re.M)


def timeless(text: str) -> str:
    return _WRITTEN.sub("", text)


def got(port: int, path: str = "/metrics", method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def pace(text: str) -> tuple[str, list[str], str]:
    """Batches at work, the reasons that hold, and patients at a time."""
    at_work, patients = (
        re.search(rf"^remediate_{name} (.+)$", text, re.M) for name in ("batches_at_work", "pace_patients")
    )
    assert at_work is not None
    assert patients is not None
    return at_work[1], re.findall(r'^remediate_pace_reason\{reason="([a-z-]+)"\} [1-9]', text, re.M), patients[1]


def test_file_stdout_and_port_say_the_same_and_why_the_pace_is_what_it_is(place: Workplace) -> None:
    port, file = free_port(), place.folder / "remediate.prom"
    place.configure(metrics={"file": str(file), "port": port})
    with place.archive():
        place.must("execute", place.plan, "--now", "--max-studies", "2", code=3)
    written = file.read_text()
    assert timeless(place.run("metrics").out) == timeless(written) == timeless(place.must("metrics").answer["text"])
    assert pace(written)[0] == "0.0"
    assert len(pace(written)[1]) == 1, "the last that the newest batch told"

    serving = place.start("metrics", "--serve")
    try:
        assert serving.stdout is not None
        assert f"http://127.0.0.1:{port}/metrics" in serving.stdout.readline()
        assert timeless(got(port)[1]) == timeless(written)
        assert got(port, method="HEAD") == (200, "")
        assert [got(port, "/")[0], got(port, "/metrics/../config.yaml")[0], got(port, method="POST")[0]] == [404] * 3
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)

        begun = NewEvent(type=EventType.BATCH_OPENED, at=now(), plan="plan-0001")
        doing = Doing(at_a_time=3, pace_code=PaceReason.ARCHIVE_SLOWER)
        with place.session(exclusive=False) as work:
            batch = work.ledger.open_batch("plan-0001", begun, process=this_process(), steady=since_boot())
            work.ledger.sign(batch.batch_id, doing, steady=since_boot())
            assert pace(got(port)[1]) == ("1.0", ["archive-slower"], "3.0"), "while it works"
        serving.send_signal(signal.SIGINT)
    finally:
        out, err = serving.communicate(timeout=20)
    assert (out, err) == ("", "")


def test_a_ledger_that_cannot_be_read_is_a_503_that_says_no_more() -> None:
    """Its message may name the hospital's database."""

    def text() -> str:
        raise LedgerError(Sentence("no answer from pacs-db.example", "geen antwoord van pacs-db.example"))

    started: list[str] = []
    answer = b"".join(
        _application(text)(
            {"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET"}, lambda status, _headers: started.append(status)
        )
    )
    assert (started, answer) == (["503 Service Unavailable"], b"The ledger cannot be read.\n")


def test_nothing_listens_until_a_port_is_named(place: Workplace) -> None:
    assert place.run("metrics", "--serve").one_line.endswith("No port is configured: set metrics.port, such as 9465.")


def test_a_port_that_is_taken_is_said(place: Workplace) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place.configure(metrics={"port": other.getsockname()[1]}, report={"language": "nl"})
        ran = place.run("metrics", "--serve")
    assert ran.code == 64
    assert "kan niet worden geluisterd" in ran.one_line
