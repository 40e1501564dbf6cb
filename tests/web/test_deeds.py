"""What people do on the pages is what they do on the command line: the same rules, across both faces."""

from __future__ import annotations

import time

import pytest

from remediate.ledger.ledger import SqlLedger
from remediate.records.ledger import EventType, PlanProgress, RunMode
from remediate.records.roles import Role
from tests.web.pages import Pages


@pytest.fixture(scope="module")
def plan_id(pages: Pages) -> str:
    """A roll-back that waits for a second person, where two must approve."""
    study, configured = pages.place.planned()[0].study_instance_uid, pages.place.config.read_text()
    pages.place.configure(approval={"people": 2})
    made = pages.place.must("rollback", "--study", study, "--by", "A. Reviewer", "--why", "for a test", code=2)
    pages.place.config.write_text(configured)
    return str(made.answer["plan"])


def digest(pages: Pages, plan_id: str) -> str:
    with pages.place.session(exclusive=False) as work:
        head = work.ledger.plan(plan_id)
        assert head is not None
        return head.digest


def test_a_plan_is_approved_by_who_read_it_and_not_by_one_person_twice(pages: Pages, plan_id: str) -> None:
    address = f"/plans/{plan_id}"
    client = pages.new_client("approver")
    wrong = client.post(f"{address}/approve", {"digest": "x"})
    assert (wrong.status_code, b"nothing was approved" in wrong.content) == (400, True)
    unread = client.post(f"{address}/approve", {"digest": digest(pages, plan_id)})
    assert (unread.status_code, b"Read the plan" in unread.content) == (400, True)
    assert client.get(f"{address}/page").status_code == 200
    assert client.post(f"{address}/approve", {"digest": digest(pages, plan_id)}).status_code == 302
    assert b"A. Pprover (account approver)" in client.get(address).content
    again = client.post(f"{address}/approve", {"digest": digest(pages, plan_id)})
    assert (again.status_code, b"already" in again.content) == (409, True)
    for own, by in (("root", "a pprover"), ("APPROVER", "Somebody Else")):  # the other face, as if another person
        with pages.place.acting_as(own):
            same_person = pages.place.json("approve", plan_id, "--by", by)
        assert same_person.code == 64
        assert "account of the pages" in same_person.err
    with pages.place.acting_as("Approver"):
        same_person = pages.place.json("approve", plan_id)
    assert same_person.code == 1
    assert "already" in same_person.err
    with pages.place.session(exclusive=False) as work:
        *_, event = work.ledger.events(type_=EventType.APPROVED)
        assert (event.event.actor, event.system_account) == ("A. Pprover", "approver")


def test_a_plan_is_withdrawn_for_a_reason_without_numbers(pages: Pages, plan_id: str) -> None:
    client = pages.new_client("approver")
    assert client.post(f"/plans/{plan_id}/withdraw", {"why": ""}).status_code == 400
    assert client.post(f"/plans/{plan_id}/withdraw", {"why": "it is 999911120"}).status_code == 400
    assert client.post(f"/plans/{plan_id}/withdraw", {"why": "made for a test"}).status_code == 302
    assert b"was withdrawn" in client.get(f"/plans/{plan_id}").content


@pytest.mark.parametrize("left", [9, 0])
def test_nobody_is_asked_to_approve_what_was_carried_out(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr(SqlLedger, "plan_progress", lambda *_, **_how: PlanProgress(9, 9, left, left))
    page = pages.signed_in(Role.APPROVER).get(f"/plans/{pages.plan}").content.decode()
    assert (f"/plans/{pages.plan}/approve" in page) is (left > 0)


def test_an_operator_pauses_and_resumes_and_lowers_ceilings(pages: Pages) -> None:
    client = pages.new_client("operator")
    for mode, stands in (("pause", RunMode.PAUSE), ("resume", RunMode.RUN)):
        told = client.post("/night/control", {"mode": mode}, follow=True)
        assert b"Nothing runs." in told.content
        with pages.place.session(exclusive=False) as work:
            assert work.ledger.control() is stands
            assert work.ledger.controlled().account == "operator"
    assert client.post("/night/limit", {"objects_per_hour": "x"}).status_code == 400
    assert client.post("/night/limit", {"associations": "99"}).status_code == 400
    assert client.post("/night/limit", {"objects_per_hour": "500"}).status_code == 302
    assert b'value="1">As configured' in client.get("/night").content
    assert client.post("/night/limit", {"as_configured": "1"}).status_code == 302


def test_the_stream_tells_what_the_page_shows(pages: Pages) -> None:
    answer = pages.signed_in(Role.VIEWER).get("/night/events")
    assert answer["Content-Type"] == "text/event-stream"
    parts = iter(answer.streaming_content)
    assert next(parts).startswith(b"retry:")
    told = next(parts).decode()
    assert told.startswith("event: night\ndata: ")
    assert "Tonight" in told
    answer.close()


def test_values_in_clear_are_shown_for_a_reason_and_recorded_first(pages: Pages) -> None:
    study = pages.place.planned()[0].study_instance_uid
    bsn = next(one.truth.bsn for one in pages.place.planned() if one.study_instance_uid == study)
    assert bsn is not None
    client = pages.signed_in(Role.AUDITOR)
    masked = client.get(f"/ledger/study/{study}").content
    assert bsn.digits.encode() not in masked
    assert client.post(f"/ledger/study/{study}/reveal", {"why": " "}).status_code == 400
    with pages.place.session(exclusive=False) as work:
        before = len(list(work.ledger.events(type_=EventType.KEY_USE)))
    shown = client.post(f"/ledger/study/{study}/reveal", {"why": "request of the patient"})
    assert bsn.digits.encode() in shown.content
    with pages.place.session(exclusive=False) as work:
        *_, event = work.ledger.events(type_=EventType.KEY_USE)
        assert len(list(work.ledger.events(type_=EventType.KEY_USE))) == before + 1
        assert (event.event.actor, event.event.study) == ("U. Ditor", study)
        assert event.event.details["why"] == "request of the patient"


def test_every_look_at_a_study_or_patient_is_an_event(pages: Pages) -> None:
    study, client = pages.place.planned()[1], pages.signed_in(Role.AUDITOR)
    with pages.place.session(exclusive=False) as work:
        after = max(entry.seq for entry in work.ledger.events(type_=EventType.EXPORT))
        row = work.ledger.study(study.study_instance_uid)
        assert row is not None
        number = row.evidence.headers[0].patient_id
    client.get(f"/ledger/study/{study.study_instance_uid}")
    client.get(f"/plans/plan-0001/studies/{study.study_instance_uid}")
    client.get("/plans/plan-0001/studies")
    client.get("/plans/plan-0001/page")
    client.get("/ledger")
    answer = client.post("/ledger/patient", {"number": number})
    assert study.study_instance_uid.encode() in answer.content
    with pages.place.session(exclusive=False) as work:
        events = list(work.ledger.events(type_=EventType.EXPORT, after=after))
    assert [one.event.details["what"] for one in events] == [
        "web study", "web study of a plan", "web studies of a plan", "web plan page", "web ledger",
        "answer for a patient",
    ]  # fmt: skip
    assert {(one.event.actor, one.system_account) for one in events} == {("U. Ditor", "auditor")}
    assert events[0].event.patient  # whose study it is


def test_the_ledger_is_proved_and_exported(pages: Pages) -> None:
    client = pages.signed_in(Role.AUDITOR)
    assert client.post("/ledger/checkpoint").status_code == 302
    assert client.post("/ledger/verify")["Location"] == "/ledger/proof"
    ends = time.monotonic() + 30
    while b"proof-now" in (page := client.get("/ledger/proof").content) and b"At work" in page:
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert b"The ledger is what was written" in page
    for form in ("csv", "jsonl", "nen7513", "dicom-audit"):
        answer = client.post("/ledger/export", {"form": form})
        assert answer["Content-Disposition"].startswith("attachment")
        assert len(b"".join(answer.streaming_content).splitlines()) > 20


def test_the_command_keeps_accounts(pages: Pages) -> None:
    place = pages.place
    assert place.json("web", "user", "add", "viewer", "--role", "viewer", "--person", "V. Iewer").code == 64
    assert place.json("web", "user", "role", "nobody", "--role", "viewer").code == 64
    place.must("web", "user", "add", "leaver", "--role", "operator", "--person", "L. Eaver")
    alike = place.run("web", "user", "add", "leave", "--role", "operator", "--person", "Lea Eaver")
    assert "The account leaver has a name that is much like it." in alike.out
    place.must("web", "user", "close", "leave")
    place.must("web", "user", "role", "leaver", "--role", "auditor")
    place.must("web", "user", "close", "leaver")
    (found,) = [one for one in place.must("web", "user", "list").answer["accounts"] if one["account"] == "leaver"]
    assert (found["roles"], found["open"], found["person"]) == (["auditor"], False, "L. Eaver")
    with place.session(exclusive=False) as work:
        told = [one.event.details["what"] for one in work.ledger.events(type_=EventType.ACCOUNT)]
    assert told[-5:] == ["added", "added", "closed", "roles", "closed"]
