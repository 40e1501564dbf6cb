"""Syslog over TLS: framed as the RFCs say, sent to whom we trust, and only counted when it was read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.errors import LedgerError
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.syslog import Receiver, SyslogMessage, send_group
from remediate.texts.printable import printable
from tests.syslog_receivers import Certificates, TlsReceiver, frames, make_certificates

AT = datetime(2026, 11, 23, 22, 15, 0, 5, tzinfo=timezone(timedelta(hours=1)))
_RFC5424 = re.compile(
    r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)) ([!-~]{1,255}) ([!-~]{1,48}) "
    r"([!-~]{1,128}) ([!-~]{1,32}) (\[meta sequenceId=\"\d+\"\]) \ufeff(.*)",
    re.DOTALL,
)


def message(number: int, text: str = "<AuditMessage/>", host: str = "pacs-batch-1") -> bytes:
    return SyslogMessage(at=AT, host=host, kind="DICOM+RFC3881", sequence=number, text=text).encoded()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def receiver_at(port: int, ca: Path) -> Receiver:
    return Receiver(host="127.0.0.1", port=port, ca_file=ca, timeout=5)


@given(st.text(max_size=60), st.text(max_size=30))
def test_messages_have_the_form_of_the_rfcs(text: str, host: str) -> None:
    (framed,) = frames(message(7, text, host))
    found = _RFC5424.fullmatch(framed)
    assert found is not None
    assert found.group(1, 2) == ("85", "2026-11-23T22:15:00.000005+01:00")
    assert found.group(6, 7, 8) == ("DICOM+RFC3881", '[meta sequenceId="7"]', printable(text))


def test_moments_keep_their_zone() -> None:
    (framed,) = frames(SyslogMessage(at=AT.astimezone(UTC), host="", kind="NEN7513", sequence=1, text="").encoded())
    assert framed.startswith("<85>1 2026-11-23T21:15:00.000005+00:00 - remediate - NEN7513 ")


def test_a_group_arrives_whole_and_in_order(certificates: Certificates) -> None:
    with TlsReceiver(certificates).listening() as receiver:
        send_group(receiver_at(receiver.port, certificates.ca), [message(n, "é" * 2_000) for n in range(300)])
        assert [re.findall(r'sequenceId="(\d+)"', text)[0] for text in frames(receiver.received[0])] == [
            str(number) for number in range(300)
        ]


def test_a_receiver_that_vanishes_has_not_received(certificates: Certificates) -> None:
    with TlsReceiver(certificates, vanish_after=20_000).listening() as receiver:
        with pytest.raises(LedgerError, match="did not take the messages"):
            send_group(receiver_at(receiver.port, certificates.ca), [message(n, "x" * 4_000) for n in range(500)])
        assert receiver.received == []


def test_a_receiver_that_nobody_vouches_for_gets_nothing(certificates: Certificates, tmp_path: Path) -> None:
    strangers = make_certificates(tmp_path / "strangers")
    with TlsReceiver(certificates).listening() as receiver:
        with pytest.raises(LedgerError, match="certificate that is not trusted"):
            send_group(receiver_at(receiver.port, strangers.ca), [message(1)])
        with pytest.raises(LedgerError, match="certificate that is not trusted"):
            send_group(Receiver(host="127.0.0.1", port=receiver.port, timeout=5), [message(1)])
        assert receiver.received == []


def test_a_receiver_with_a_name_of_another_gets_nothing(tmp_path: Path) -> None:
    other = make_certificates(tmp_path / "other", name="syslog.example")
    with TlsReceiver(other).listening() as receiver:
        with pytest.raises(LedgerError, match="certificate that is not trusted"):
            send_group(receiver_at(receiver.port, other.ca), [message(1)])
        assert receiver.received == []


def test_a_receiver_that_is_away_is_one_line(certificates: Certificates, tmp_path: Path) -> None:
    with TlsReceiver(certificates).listening() as receiver:
        port = receiver.port
    with pytest.raises(LedgerError, match="did not take the messages: Connection refused") as raised:
        send_group(receiver_at(port, certificates.ca), [message(1)])
    assert "\n" not in str(raised.value)
    with pytest.raises(LedgerError, match="No such file"):
        send_group(receiver_at(port, tmp_path / "absent.pem"), [message(1)])


def test_each_receiver_has_a_place_of_its_own_in_the_ledger(ledger: SqlLedger) -> None:
    assert ledger.forwarded("one:6514 dicom-audit") == 0
    ledger.mark_forwarded("one:6514 dicom-audit", 5)
    ledger.mark_forwarded("other:6514 nen7513", 7)
    ledger.mark_forwarded("one:6514 dicom-audit", 9)
    assert [ledger.forwarded(name) for name in ("one:6514 dicom-audit", "other:6514 nen7513")] == [9, 7]
    assert ledger.verify().problems == ()
