"""Messages over real sockets to a receiver that answers well, badly or not at all."""

from __future__ import annotations

import ssl
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from remediate.config.base import TlsSettings
from remediate.config.hl7 import Hl7OutputSettings
from remediate.hl7_output.sender import Hl7Sender, read_acknowledgement
from remediate.identity.bsn import Bsn
from remediate.identity.patients import PersonName
from remediate.records.messages import Acknowledgement, MessageAnswer, PatientUpdate
from tests.hl7_output.mllp_receiver import Manner, MllpReceiver
from tests.syslog_receivers import make_certificates
from tests.workplace import free_port

AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
UPDATE = PatientUpdate(
    patient_id="12345", issuer="HOSPITAL", bsn=Bsn("999911120"), name=PersonName(surname="Vries", given_names="Jan"),
    birth_date=date(1970, 2, 3), sex="M",
)  # fmt: skip

OUTCOMES = {
    Manner.APPLIES: Acknowledgement(answer=MessageAnswer.ACCEPTED, code="AA"),
    Manner.HANGS_UP: Acknowledgement(answer=MessageAnswer.ACCEPTED, code="AA"),
    Manner.ERROR: Acknowledgement(answer=MessageAnswer.REFUSED, code="AE", error="204"),
    Manner.REJECTS: Acknowledgement(answer=MessageAnswer.REFUSED, code="AR"),
    Manner.SILENT: Acknowledgement(answer=MessageAnswer.NONE),
    Manner.DRIPS: Acknowledgement(answer=MessageAnswer.NONE),
    Manner.CLOSES: Acknowledgement(answer=MessageAnswer.NONE),
    Manner.CLOSES_UNREAD: Acknowledgement(answer=MessageAnswer.NONE),
    Manner.ANSWERS_ANOTHER: Acknowledgement(answer=MessageAnswer.FOREIGN),
    Manner.GARBLES: Acknowledgement(answer=MessageAnswer.UNREADABLE),
}


def sender_to(receiver: MllpReceiver, **settings: object) -> Hl7Sender:
    raw = {"host": "127.0.0.1", "port": receiver.port, "answer_timeout": 20} | settings
    return Hl7Sender(settings=Hl7OutputSettings.model_validate(raw), base=Path())


@pytest.mark.parametrize("manner", OUTCOMES, ids=str)
def test_every_manner_has_its_outcome_and_the_next_message_is_not_mistaken(manner: Manner) -> None:
    applied: list[object] = []
    with MllpReceiver(applied.append, manner=manner) as receiver:
        never = manner in (Manner.SILENT, Manner.DRIPS)
        sender = sender_to(receiver, **({"answer_timeout": 0.2} if never else {}))
        assert sender.send(UPDATE, control_id="one", at=AT) == OUTCOMES[manner]
        receiver.manner = Manner.APPLIES
        sender._connection.answer_timeout = 20
        again = sender.send(UPDATE, control_id="two", at=AT)
        sender.close()
    assert again == Acknowledgement(answer=MessageAnswer.ACCEPTED, code="AA")
    assert receiver.control_ids[-1] == "two"
    assert len(applied) == (2 if OUTCOMES[manner].answer is MessageAnswer.ACCEPTED else 1)


def test_nobody_listening_means_that_nothing_was_sent() -> None:
    settings = Hl7OutputSettings(host="127.0.0.1", port=free_port(), connect_timeout=1)
    found = Hl7Sender(settings=settings, base=Path()).send(UPDATE, control_id="one", at=AT)
    assert found.answer is MessageAnswer.UNREACHABLE


def test_over_tls_only_to_whom_the_authority_vouches_for(tmp_path: Path) -> None:
    ours, others = make_certificates(tmp_path / "ours"), make_certificates(tmp_path / "others")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ours.server, ours.key)
    with MllpReceiver(lambda _: None, tls=context) as receiver:
        for certificates, expected in ((ours, MessageAnswer.ACCEPTED), (others, MessageAnswer.UNREACHABLE)):
            sender = sender_to(receiver, tls=TlsSettings(ca_file=str(certificates.ca)))
            for control_id in ("one", "two"):
                assert sender.send(UPDATE, control_id=control_id, at=AT).answer is expected
            sender.close()
    assert receiver.control_ids == ["one", "two"], "and on one connection"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"MSH|^~\\&|A\rMSA|AA|id\r", Acknowledgement(answer=MessageAnswer.ACCEPTED, code="AA")),
        (b"MSH|^~\\&|A\nMSA|CA|id\n", Acknowledgement(answer=MessageAnswer.ACCEPTED, code="CA")),
        (
            b"MSH#!~\\&#A\rMSA#AE#id\rERR#1!2!3!101&x\r",
            Acknowledgement(answer=MessageAnswer.REFUSED, code="AE", error="101"),
        ),
        (b"MSH|^~\\&|A\rMSA|AR|id||||207^x\r", Acknowledgement(answer=MessageAnswer.REFUSED, code="AR", error="207")),
        (b"MSH|^~\\&|A\rMSA|AE|id\rERR|||999911120^\r", Acknowledgement(answer=MessageAnswer.REFUSED, code="AE")),
        (b"MSH|^~\\&|A\rMSA|AA|\r", Acknowledgement(answer=MessageAnswer.FOREIGN)),
        (b"MSH|^~\\&|A\rMSA|??|id\r", Acknowledgement(answer=MessageAnswer.UNREADABLE)),
        (b"MSH|^~\\&|A\r", Acknowledgement(answer=MessageAnswer.UNREADABLE)),
        (b"", Acknowledgement(answer=MessageAnswer.UNREADABLE)),
    ],
)
def test_an_answer_gives_codes_and_no_words(answer: bytes, expected: Acknowledgement) -> None:
    assert read_acknowledgement(answer, "id") == expected
