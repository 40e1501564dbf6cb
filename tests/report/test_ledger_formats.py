"""What leaves as a record of an event: valid by DICOM's schema, complete for NEN 7513, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import json
from base64 import b64decode
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydicom.filereader import read_dataset

from remediate.records.ledger import EventType, LedgerEvent, NewEvent
from remediate.records.states import State
from remediate.report.audit_events import OWN_SCHEME
from remediate.report.audit_xml import audit_message
from remediate.report.event_source import EventSource
from remediate.report.ledger_export import csv_heading, csv_line, json_line
from remediate.report.nen7513 import nen7513_line

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "dicom_audit_message.rng"))
AT = datetime(2026, 11, 23, 22, 15, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
SOURCE = EventSource(
    ledger_id="kgg2hj2to4gh2vlo",
    hospital="Synthetic hospital",
    host="pacs-batch-1",
    ae_title="REMEDIATE",
    archive_ae_title="ARCHIVE",
    archive_host="pacs.example",
)
STUDY = "1.2.826.0.1.3680043.8.498.7"


def entry(type_: EventType = EventType.VERIFIED, **fields: object) -> LedgerEvent:
    """An event as a night makes it."""
    values: dict[str, object] = {
        "actor": "",
        "responsible": "A. Reviewer",
        "study": STUDY,
        "patient": "pseudonym234567",
        "batch": "batch-0001",
        "plan": "plan-0001",
        "state": State.VERIFIED,
        "reason": "read-back",
        "details": {"instances": 6, "share": 0.5, "again": True, "note": 'é "quoted" <&> \'', "nothing": None},
    }
    return LedgerEvent(
        seq=123,
        event=NewEvent(type=type_, at=AT, **(values | fields)),  # type: ignore[arg-type]
        system_account="remediate",
        software="remediate 0.1.0",
        config_digest="c" * 52,
        previous="p" * 52,
        digest="d" * 52,
    )


def parsed(one: LedgerEvent) -> etree._Element:
    """The message, valid against the schema of PS3.15 A.5.1 and on one line."""
    text = audit_message(one, SOURCE)
    assert "\n" not in text
    message = etree.fromstring(text)
    SCHEMA.assertValid(message)
    return message


# DICOM PS3.15 A.5


@pytest.mark.parametrize("type_", list(EventType))
@pytest.mark.parametrize("fields", [{}, {"study": "", "patient": "", "state": None, "reason": "", "details": {}}])
def test_every_kind_of_event_is_valid_against_the_schema(type_: EventType, fields: dict[str, object]) -> None:
    message = parsed(entry(type_, **fields))
    code = message.find("EventIdentification/EventID")
    assert code.get("codeSystemName") in ("DCM", OWN_SCHEME)
    assert [p.get("UserIsRequestor") for p in message.findall("ActiveParticipant")].count("true") == 1


texts = st.text(max_size=20)


@given(actor=texts, responsible=texts, reason=texts, note=texts, study=st.sampled_from(["", STUDY]))
def test_whatever_people_typed_is_valid(actor: str, responsible: str, reason: str, note: str, study: str) -> None:
    one = entry(actor=actor, responsible=responsible, reason=reason, study=study, details={"why": note})
    own = parsed(one).findall("ParticipantObjectIdentification")[-1]
    told = {detail.get("type"): b64decode(detail.get("value")).decode() for detail in own.findall("*[@value]")}
    assert told.get("why", "") == note


def test_the_schema_can_fail() -> None:
    message = etree.fromstring(audit_message(entry(), SOURCE))
    message.find("EventIdentification").set("EventActionCode", "X")
    assert not SCHEMA.validate(message)
    message = etree.fromstring(audit_message(entry(), SOURCE))
    message.remove(message.find("AuditSourceIdentification"))
    assert not SCHEMA.validate(message)


def test_a_correction_is_instances_accessed_with_study_patient_and_people() -> None:
    message = parsed(entry(actor="B. Operator"))
    identified = message.find("EventIdentification")
    assert identified.attrib == {
        "EventActionCode": "U",
        "EventDateTime": "2026-11-23T22:15:00.123456+01:00",
        "EventOutcomeIndicator": "0",
    }
    assert identified.find("EventID").get("csd-code") == "110103"
    people = {p.get("UserID"): p for p in message.findall("ActiveParticipant")}
    assert people["B. Operator"].get("UserIsRequestor") == "true"
    assert people["A. Reviewer"].find("RoleIDCode").get("csd-code") == "responsible"
    objects = {o.get("ParticipantObjectID"): o for o in message.findall("ParticipantObjectIdentification")}
    assert objects[STUDY].find("ParticipantObjectIDTypeCode").get("csd-code") == "110180"
    assert objects["pseudonym234567"].get("ParticipantObjectTypeCodeRole") == "1"
    assert "remediate:ledger/kgg2hj2to4gh2vlo/event/123" in objects


@pytest.mark.parametrize(
    ("type_", "code", "ours", "theirs"),
    [(EventType.RETRIEVED, "110102", "110152", "110153"), (EventType.STORED, "110104", "110153", "110152")],
)
def test_a_transfer_names_both_sides(type_: EventType, code: str, ours: str, theirs: str) -> None:
    message = parsed(entry(type_))
    assert message.find("EventIdentification/EventID").get("csd-code") == code
    roles = {
        participant.get("AlternativeUserID"): participant.find("RoleIDCode").get("csd-code")
        for participant in message.findall("ActiveParticipant[@AlternativeUserID]")
    }
    assert roles == {"AETITLES=REMEDIATE": ours, "AETITLES=ARCHIVE": theirs}


def test_a_survey_carries_its_query_as_a_data_set() -> None:
    one = entry(EventType.SURVEY, study="", patient="", details={"from": "2019-01-01", "to": "2019-12-31"})
    found = parsed(one).find("ParticipantObjectIdentification/ParticipantObjectQuery")
    asked = read_dataset(BytesIO(b64decode(found.text)), is_implicit_VR=False, is_little_endian=True)
    assert (asked.QueryRetrieveLevel, asked.StudyDate) == ("STUDY", "20190101-20191231")


@pytest.mark.parametrize(
    ("state", "indicator"),
    [(State.VERIFIED, "0"), (State.DRIFTED, "4"), (State.FAILED, "4"), (State.QUARANTINED, "8"), (None, "0")],
)
def test_what_went_wrong_is_told(state: State | None, indicator: str) -> None:
    identified = parsed(entry(EventType.STATE, state=state)).find("EventIdentification")
    assert identified.get("EventOutcomeIndicator") == indicator
    assert (identified.findtext("EventOutcomeDescription") == "read-back") == (indicator != "0")


# NEN 7513


@pytest.mark.parametrize("type_", list(EventType))
def test_every_record_has_what_nen_7513_asks(type_: EventType) -> None:
    record = json.loads(nen7513_line(entry(type_, actor="B. Operator"), SOURCE))
    assert record["gebeurtenis"]["gebeurteniscode"]["code"]
    assert record["gebeurtenis"]["actiecode"] in "CRUDE"
    assert record["gebeurtenis"]["datum_en_tijd"] == "2026-11-23T22:15:00.123456+01:00"
    user = record["gebruiker"]
    assert (user["gebruikers_id"], user["verantwoordelijke_gebruiker"]) == ("B. Operator", "A. Reviewer")
    assert (user["account"], user["toegangspunt"]) == ("remediate", "pacs-batch-1")
    objects = {item["soort"]: item["identificator"] for item in record["objecten"]}
    assert objects["patient"] == "pseudonym234567"
    assert objects["onderzoek"] == STUDY
    assert (record["bron"]["identificatie"], record["bron"]["logregel"]) == ("remediate-kgg2hj2to4gh2vlo", 123)


def test_a_system_that_acts_is_told_from_a_person() -> None:
    user = json.loads(nen7513_line(entry(), SOURCE))["gebruiker"]
    assert (user["gebruikers_id"], user["gebruikersrol"]) == ("remediate", "systeem")


# CSV and JSON lines


@given(actor=texts, reason=texts, note=texts)
def test_csv_has_as_many_cells_as_its_heading_and_no_formula(actor: str, reason: str, note: str) -> None:
    line = csv_line(entry(actor=actor, reason=reason, details={"why": note}), SOURCE)
    heading, row = csv.reader([csv_heading().removeprefix("\ufeff"), line], delimiter=";")
    assert len(row) == len(heading)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert dict(zip(heading, row, strict=True))["study_instance_uid"] == STUDY


@given(actor=texts, note=texts)
def test_json_lines_hold_every_field_on_one_line(actor: str, note: str) -> None:
    line = json_line(entry(actor=actor, details={"why": note}), SOURCE)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["event"], told["actor"], told["details"]["why"]) == (123, actor, note)
    assert told["at"] == "2026-11-23T22:15:00.123456+01:00"
