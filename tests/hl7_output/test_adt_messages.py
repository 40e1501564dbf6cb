"""Messages that are built: our own reader finds in them what went in, hl7apy finds them valid, and no value escapes."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from hl7apy.parser import parse_message
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.config.epd import EpdSettings
from remediate.config.hl7 import Hl7OutputSettings
from remediate.epd.changes import ChangeKind
from remediate.epd.hl7.messages import Interpreter
from remediate.epd.hl7.reader import AdtMessage, read_messages
from remediate.errors import MessageError
from remediate.hl7_output.adt import adt_message
from remediate.identity.bsn import Bsn
from remediate.identity.patients import PersonName
from remediate.records.messages import PatientUpdate

AT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
BSN = Bsn("999911120")
NAMES = st.text("abcXYZéß'-|^&~\\", min_size=1, max_size=6)
NUMBERS = st.text("0123456789ABC|^&~\\-", min_size=1, max_size=5)


def read(content: bytes) -> AdtMessage:
    (message,) = read_messages(io.BytesIO(content), file="", encoding="ascii")
    assert isinstance(message, AdtMessage)
    return message


def update(**changes: object) -> PatientUpdate:
    values: dict[str, object] = {
        "patient_id": "12345",
        "issuer": "HOSPITAL",
        "bsn": BSN,
        "name": PersonName(surname="Vries", prefix="de", given_names="Jan Piet"),
        "birth_date": date(1970, 2, 3),
        "sex": "M",
    }
    return PatientUpdate(**(values | changes))  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(
    number=NUMBERS, issuer=NAMES, surname=NAMES, given=NAMES, partner=NAMES, prefix=st.sampled_from(["", "van 't"]),
    version=st.sampled_from(["2.4", "2.5"]), event=st.sampled_from(["A31", "A08"]),
)  # fmt: skip
def test_our_own_reader_finds_the_same_person(
    number: str, issuer: str, surname: str, given: str, partner: str, prefix: str, version: str, event: str
) -> None:
    name = PersonName(
        surname=surname, prefix=prefix, partner_surname=partner, partner_prefix=prefix, given_names=f"A{given} Bert"
    )
    told = update(patient_id=number, issuer=issuer, name=name)
    how = Hl7OutputSettings.model_validate({"version": version, "event": event, "receiving_application": "A|B"})
    content = adt_message(told, how, control_id="abc", at=AT)
    parse_message(content.decode().rstrip("\r"), find_groups=False).validate()
    message = read(content)
    assert (message.header.text(5), message.header.text(10)) == ("A\\F\\B", "abc")
    (change,) = Interpreter(EpdSettings(), now=2026_01_01_000000_0000).changes(message)
    assert change.kind is ChangeKind.UPSERT
    assert change.numbers == ((issuer, number),), "the number under which the archive files the patient comes first"
    news = change.news
    assert (news.bsn, news.verified, news.birth_date, news.sex) == (BSN.digits, True, "19700203", "M")
    assert news.name is not None
    assert (news.name.surname, news.name.prefix, news.name.partner_surname) == (surname, prefix, partner)
    assert news.name.given_names == f"A{given} Bert"


def test_a_line_end_inside_a_value_begins_no_segment() -> None:
    name = PersonName(surname="Vries\rMRG|1", given_names="Jan\n\x0bPID|2\x1c")
    content = adt_message(update(name=name), Hl7OutputSettings(), control_id="abc", at=AT)
    assert [line[:4] for line in content.split(b"\r")] == [b"MSH|", b"EVN|", b"PID|", b"PV1|", b""]
    assert b"\x0b" not in content
    assert b"\x1c" not in content


def test_the_same_patient_makes_the_same_bytes_and_the_bsn_comes_with_its_authority_and_type() -> None:
    one, other = (adt_message(update(), Hl7OutputSettings(), control_id="abc", at=AT) for _ in range(2))
    assert one == other
    assert b"PID|||12345^^^HOSPITAL^PI~" + BSN.digits.encode() + b"^^^NLMINBIZA&" in one
    assert b"&ISO^NNNLD||" in one
    assert BSN.digits not in repr(update())
    assert "Vries" not in repr(update())


def test_a_name_beyond_the_character_set_is_refused_without_naming_it() -> None:
    latin = Hl7OutputSettings(character_set="8859/1")
    with pytest.raises(MessageError) as raised:
        adt_message(update(name=PersonName(surname="Şahin", given_names="A")), latin, control_id="a", at=AT)
    assert "ahin" not in str(raised.value)
    assert adt_message(update(name=PersonName(surname="Müller", given_names="A")), latin, control_id="a", at=AT)
