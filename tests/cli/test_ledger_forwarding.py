"""`ledger forward`: a receiver gets every event in order, once, however often it was away; a real rsyslog too."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from remediate.records.ledger import EventType, NewEvent
from remediate.wiring import now
from tests.syslog_receivers import Rsyslog, TlsReceiver, frames, make_certificates
from tests.workplace import Workplace, free_port


def _numbers(messages: list[str]) -> list[int]:
    return [int(number) for text in messages for number in re.findall(r'\[meta sequenceId="(\d+)"\]', text)]


def _add(place: Workplace, number: int) -> int:
    """Some events; answers the number of the last."""
    with place.session(exclusive=False) as work:
        work.ledger.record(*(NewEvent(type=EventType.CONTROL, at=now()) for _ in range(number)))
        return work.ledger.verify().events


def test_a_real_rsyslog_gets_every_message_in_order_across_a_restart(place: Workplace, tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "certificates")
    rsyslog = Rsyslog(folder=tmp_path, port=free_port(), certificates=certificates)
    command = ("ledger", "forward", "--to", f"127.0.0.1:{rsyslog.port}", "--ca", str(certificates.ca))
    place.must("ledger", "checkpoint", "--to", str(tmp_path / "second.txt"))
    with rsyslog.running():
        first = place.must(*command).answer["sent"]
        _add(place, 1_200)
        assert place.must(*command).answer["sent"] == 1_200
    _add(place, 10)
    away = place.run(*command)
    assert (away.code, "did not take the messages" in away.one_line) == (1, True)
    with rsyslog.running():
        assert place.must(*command).answer["sent"] == 10
        assert place.must(*command).answer["sent"] == 0
    everything = rsyslog.messages()
    messages = [text for text in everything if " CHECKPOINT [meta" not in text]
    assert _numbers(messages) == list(range(1, first + 1_210 + 1))
    for text in messages[:20]:
        ElementTree.fromstring(text[text.index("<AuditMessage") :])
    seen = tmp_path / "checkpoints.txt"
    texts = [json.loads(text[text.index("{") :])["checkpoint"] for text in everything if text not in messages]
    seen.write_text("\n".join(texts))
    proof = place.must("ledger", "verify", "--checkpoints", str(seen)).answer
    assert (proof["ok"], proof["elsewhere"]) == (True, len(texts))
    assert texts


def test_what_was_broken_off_is_sent_again_from_there(place: Workplace, tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "certificates")
    last = _add(place, 900)
    receiver = TlsReceiver(certificates, vanish_after=200_000)
    with receiver.listening():
        command = ("ledger", "forward", "--to", f"127.0.0.1:{receiver.port}", "--ca", str(certificates.ca))
        assert place.run(*command).code == 1
        receiver.vanish_after = None
        place.must(*command)
    messages = [text for group in receiver.received for text in frames(group) if " CHECKPOINT [meta" not in text]
    arrived = _numbers(messages)
    assert arrived == list(range(1, last + 1))


def test_it_never_keeps_a_batch_waiting(place: Workplace) -> None:
    """A receiver is configured and away: the batch is done, and only forwarding tells so."""
    place.configure(ledger={"syslog": {"host": "127.0.0.1", "port": free_port(), "timeout": 1}})
    with place.archive():
        assert place.must("execute", place.plan, "--now").answer["failed"] == 0
    assert place.run("ledger", "forward").code == 1


@pytest.mark.parametrize("target", ["", "host", ":6514", "host:port"])
def test_a_receiver_must_be_named(place: Workplace, target: str) -> None:
    ran = place.run("ledger", "forward", "--to", target)
    assert (ran.code, "Name a receiver" in ran.one_line) == (64, True)
