"""The answer for a patient as lines and as a page: what is not there is said, long values break, in two languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from lxml import html as parser

from remediate.audit.patient_answer import InPlan, PatientAnswer, StudyAnswer
from remediate.identity.evidence import StudyEvidence
from remediate.reasons.study import Difference, NoDifference, sentence
from remediate.records.ledger import AS_FOUND, Approval, EventType, LedgerEvent, NewEvent, PlanKind, PlanRow, StudyRow
from remediate.records.states import State
from remediate.report.event_words import told_of
from remediate.report.patient_page import Changed, PatientPage, html, lines
from remediate.report.patient_words import EVENTS
from remediate.texts.language import Language

AT = datetime(2026, 11, 28, 21, 15, 30, tzinfo=UTC)
UID = "1.2.840.113619.2.55.3.2831208458.315.1326878489.8934.12345678901"
UNREADABLE = "The old values of batch-0001 were made unreadable for good."


def event(seq: int, type_: EventType, **fields: object) -> LedgerEvent:
    """One event of the patient's."""
    told = NewEvent(type=type_, at=AT, actor="A. Officer", **fields)  # type: ignore[arg-type]
    return LedgerEvent(
        seq=seq, event=told, system_account="officer", software="", config_digest="", previous="", digest=""
    )


def answered(*, withdrawn: bool = False) -> PatientPage:
    """One corrected study whose old values are gone, and one that nothing was done with."""
    plan = PlanRow(
        plan_id="plan-0001", kind=PlanKind.CORRECT, digest="d", path="p", created_at=AT, created_by="a", planned=1,
        approvals=(Approval("A. Reviewer", AT, "reviewer"),), withdrawn=withdrawn,
    )  # fmt: skip
    entry = {"state": "planned", "reasons": ["missing"], "proofs": ["bsn-valid", "no-rival"]}
    done, idle = (
        StudyRow(study_instance_uid=uid, state=state, reason=reason, evidence=StudyEvidence(study_instance_uid=uid))
        for uid, state, reason in ((UID, State.VERIFIED, "read-back"), ("1.2.3", State.REVIEW, "sex-absent"))
    )
    history = (
        event(7, EventType.VERIFIED, study=UID, state=State.VERIFIED, reason="read-back", plan="plan-0001"),
        event(9, EventType.VERIFY, study=UID, reason="same"),
    )
    studies = (
        StudyAnswer(row=done, plans=(InPlan(plan=plan, batches=("batch-0001",), entry=entry),), history=history),
        StudyAnswer(row=idle, plans=(), history=()),
    )
    looked = (event(12, EventType.EXPORT, details={"what": "review export"}),)
    changes = {UID: [Changed(0, "", UNREADABLE, "")], "1.2.3": []}
    zone = ZoneInfo("Europe/Amsterdam")
    return PatientPage(PatientAnswer(studies=studies, looked=looked), changes, False, "H", AT, "P. Officer", zone)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (Language.EN, ("Nothing else was done with it", "still as it was written", "the list of doubtful studies")),
        (Language.NL, ("Er is verder niets mee gedaan", "nog zoals het geschreven is", "de lijst van twijfelgevallen")),
    ],
)
def test_what_was_not_done_or_cannot_be_read_is_said(language: Language, told: tuple[str, ...]) -> None:
    text = "\n".join(line.text for line in lines(answered(), language))
    for words in (*told, UNREADABLE, "plan-0001", "batch-0001", "22:15:30 CET"):
        assert words in text
    assert not answered().shows_values_of(UID)
    assert ".;" not in text
    assert "same" not in text
    withdrawn = {Language.EN: "plan-0001 (withdrawn)", Language.NL: "plan-0001 (ingetrokken)"}[language]
    assert withdrawn not in text
    assert withdrawn in "\n".join(line.text for line in lines(answered(withdrawn=True), language))


def test_what_belongs_together_is_one_list() -> None:
    page = parser.document_fromstring(html(answered(), Language.NL))
    assert [len(found.xpath("li")) for found in page.xpath("//ul")] == [3, 1, 2]
    assert not page.xpath("//p//ul")


@pytest.mark.parametrize("language", Language)
def test_every_event_and_what_reading_back_again_finds_is_said_in_words(language: Language) -> None:
    for type_ in EventType:
        assert EVENTS[type_].in_(language) not in ("", type_.value)
    for code in (*Difference, *NoDifference):
        entry = event(1, EventType.VERIFY, reason=code)
        assert told_of(entry, language).endswith(sentence(code, language))
        assert sentence(code, language) != code
    as_found = replace(entry, event=replace(entry.event, reason="no-word-for-it", details={AS_FOUND: "missing"}))
    assert told_of(as_found, language).endswith(sentence("missing", language))
    assert "no-word" not in told_of(as_found, language)
