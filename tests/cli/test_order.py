"""Who is sent next is put right first: `plan --order`, its lists, and what the night makes of it."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remediate.cli import ordering, planning
from remediate.cli.ordering import order_again
from remediate.cli.output import Output
from remediate.demo.hospital import Study
from remediate.ledger.work import BACK
from remediate.plan.reading import read_bound_plan
from remediate.records.needs import STEP, Appointment, Need
from remediate.records.states import State
from remediate.report.leak_scan import numbers_in
from tests.workplace import Workplace

AHEAD = datetime.now(UTC) + timedelta(days=3)


def number_of(place: Workplace, study: Study) -> str:
    """The EPD's number of whose a planned study is."""
    document = json.loads(Path(place.plan).read_text())
    return next(
        str(one["epd_patient_id"])
        for one in document["studies"]
        if one["study_instance_uid"] == study.study_instance_uid
    )


def order_by(place: Workplace, lines: str) -> None:
    """A list of appointments, which the next plan reads."""
    (place.folder / "agenda.csv").write_text(f"at;patient_id;appointment;state;opmerking\n{lines}", encoding="utf-8")
    place.configure(needs={"appointments": ["agenda.csv"]})


def planned_again(place: Workplace, *words: str, code: int = 0) -> tuple[dict[str, object], Path]:
    answer = place.must("plan", *words, code=code).answer
    return answer, Path(answer["path"]).parent


def last_by_default(place: Workplace) -> Study:
    """The planned study that comes last where no list says anything."""
    return min(place.planned(), key=lambda study: place_date(place, study))


def place_date(place: Workplace, study: Study) -> str:
    with place.session(exclusive=False) as work:
        row = work.ledger.study(study.study_instance_uid)
    assert row is not None
    return row.study_date


def test_a_patient_with_an_appointment_goes_first_and_the_plan_says_why(place: Workplace) -> None:
    study = last_by_default(place)
    order_by(place, f"{AHEAD:%Y-%m-%d} 09:00;{number_of(place, study)};A1;;BSN 999911120\n1999-01-01 09:00;5;;;\n")
    before = json.loads(Path(place.plan).read_text())
    answer, folder = planned_again(place)
    told = json.loads((folder / "plan.json").read_text())
    assert told["digest"] == before["digest"]  # the same facts in another order
    assert told["order"] == answer["order"]
    assert told["order"]["first"][0] == {
        "study_instance_uid": study.study_instance_uid, "why": "appointment", "at": f"{AHEAD:%Y-%m-%d}T09:00"
    }  # fmt: skip
    assert told["order"]["left_out"] == {"past": 1}
    assert [reason["why"] for reason in told["order"]["reasons"]] == ["appointment", "newest"]
    rows = (folder / "order.csv").read_text("utf-8-sig").splitlines()
    assert study.study_instance_uid in rows[1]
    assert "The patient has an appointment" in (folder / "plan.html").read_text()
    dutch = place.run("--lang", "nl", "plan", "--order", "need").out
    assert "De patiënt heeft een afspraak" in dutch
    assert "Een op de 10 patiënten" in dutch
    for file in folder.iterdir():
        assert next(numbers_in(file.read_bytes()), None) is None, file.name


def test_a_night_takes_them_in_that_order(place: Workplace) -> None:
    study = last_by_default(place)
    order_by(place, f"{AHEAD:%Y-%m-%d} 09:00;{number_of(place, study)};A1;;\n")
    _, folder = planned_again(place)
    with place.archive():
        place.must("approve", str(folder / "plan.json"), "--by", "A. Reviewer")
        (place.folder / "agenda.csv").unlink()  # a list that is gone by night: the order stands in the ledger
        ran = place.run("execute", str(folder / "plan.json"), "--now", "--max-studies", "1")
        assert "goes on in the order in which it was" in ran.err
        assert place.states()[study.study_instance_uid] is State.VERIFIED
        other = min((one for one in place.planned() if one != study), key=lambda one: place_date(place, one))
        order_by(place, f"{AHEAD:%Y-%m-%d} 09:00;{number_of(place, other)};A2;;\n")  # made after the approval
        place.must("execute", str(folder / "plan.json"), "--now", "--max-studies", "1", code=3)
    assert place.states()[other.study_instance_uid] is State.VERIFIED


def test_a_list_that_is_gone_is_told_and_keeps_no_plan_from_being_made(place: Workplace) -> None:
    place.configure(needs={"appointments": ["weg.csv"], "jobs": ["jobs-*.csv", "ook-weg.csv"]})
    ran = place.run("plan")
    assert ran.code == 0
    assert "weg.csv cannot order the plan" in ran.err
    assert "weg.csv could not be read: the order is made without it." in ran.out


def test_a_share_that_goes_while_a_list_is_read_keeps_no_night_from_its_work(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.configure(needs={"appointments": ["agenda.csv"]})
    (place.folder / "agenda.csv").write_text("at;patient_id\n")
    _, folder = planned_again(place)

    def goes(*_: object, **__: object) -> Iterator[Appointment]:
        yield Appointment(2, "A1", (("HOSPITAL", "1"),), 202801010900, 0, False)
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(ordering, "read_appointments", goes)
    with place.archive():
        place.must("approve", str(folder / "plan.json"), "--by", "A. Reviewer")
        ran = place.run("execute", str(folder / "plan.json"), "--now", "--max-studies", "1")
    assert ran.code == 3
    assert "agenda.csv cannot order the plan: The file agenda.csv cannot be read: Stale file handle." in ran.err
    assert "goes on in the order in which it was" in ran.err


@pytest.mark.parametrize("by", ["newest", "uid"])
def test_other_orders_read_no_list(place: Workplace, by: str) -> None:
    place.configure(needs={"appointments": ["weg.csv"]}, execute={"order": by})
    answer, _ = planned_again(place)
    assert answer["order"]["by"] == by  # type: ignore[index]
    assert place.run("plan").err == ""


def test_a_list_makes_nothing_go_through_that_is_not_proven(place: Workplace) -> None:
    """Every number of the archive and the EPD is on the list, as soon as can be; the same studies are planned."""
    numbers = {study["patient_id"] for study in json.loads(Path(place.plan).read_text())["studies"]}
    order_by(place, "".join(f"{AHEAD:%Y-%m-%d} 09:00;{number};;;\n" for number in sorted(numbers)))
    before = {
        study["study_instance_uid"]: study["state"] for study in json.loads(Path(place.plan).read_text())["studies"]
    }
    _, folder = planned_again(place)
    after = {
        study["study_instance_uid"]: study["state"]
        for study in json.loads((folder / "plan.json").read_text())["studies"]
    }
    assert after == before
    listed = (folder / "order.csv").read_text("utf-8-sig")
    assert not any(uid in listed for uid, state in after.items() if state != "planned")


def test_a_number_that_was_given_up_in_a_merge_leads_to_who_has_it_now(place: Workplace) -> None:
    """And one with zeros before it, where the EPD's settings take it for the same; one that nobody has is counted."""
    studies = json.loads(Path(place.plan).read_text())["studies"]
    merged = next(one for one in studies if one["state"] == "planned" and one["patient_id"] != one["epd_patient_id"])
    other = next(one for one in studies if one["state"] == "planned" and one["patient_id"] == one["epd_patient_id"])
    place.configure(epd={"numbers": {"strip_leading_zeros": True}})
    lines = (
        f"{AHEAD:%Y-%m-%d} 09:00;{merged['patient_id']};A1;;\n{AHEAD:%Y-%m-%d} 08:00;000{other['patient_id']};A2;;\n"
    )
    order_by(place, lines + f"{AHEAD:%Y-%m-%d} 07:00;31415926;A3;;\n")
    answer, _ = planned_again(place)
    order = answer["order"]
    assert isinstance(order, dict)
    assert [one["study_instance_uid"] for one in order["first"][:2]] == [
        other["study_instance_uid"],
        merged["study_instance_uid"],
    ]
    assert order["left_out"] == {"unknown-patient": 1}


def test_messages_move_and_cancel_what_they_booked(place: Workplace) -> None:
    first, second = sorted(place.planned(), key=lambda study: study.study_instance_uid)[:2]

    def siu(event: str, key: str, study: Study, days: int, sent: str) -> str:
        at = f"{AHEAD + timedelta(days=days):%Y%m%d}0900"
        return "\r".join(
            (
                f"MSH|^~\\&|AGENDA|ZKH|REM|ZKH|{sent}||SIU^{event}|1|P|2.4",
                f"SCH|{key}|{key}|||||||||^^^{at}",
                f"PID|1||{number_of(place, study)}^^^HOSPITAL^PI||Jansen^Piet",
                "",
            )
        )

    messages = (
        siu("S12", "1", first, 0, "20261101"), siu("S12", "2", second, 1, "20261101"),
        siu("S13", "1", first, 9, "20261102"),
    )  # fmt: skip
    agenda = place.folder / "siu.hl7"
    place.configure(needs={"appointments": ["siu.hl7"]})
    for told, expected in ((messages, [second, first]), ((*messages, siu("S15", "2", second, 1, "20261103")), [first])):
        agenda.write_text("".join(told), encoding="ascii")
        order = planned_again(place)[0]["order"]
        assert isinstance(order, dict)
        named = [one["study_instance_uid"] for one in order["first"] if one["why"] == "appointment"]
        assert named == [study.study_instance_uid for study in expected]


def test_what_was_sent_wrong_comes_before_what_is_like_it_and_the_latest_first(place: Workplace) -> None:
    """By UID or by Accession Number; a job that failed counts as one that was sent, and the future is none."""
    first, second, *_ = sorted(place.planned(), key=lambda study: study.study_instance_uid)
    today = datetime.now(UTC)
    with place.session(exclusive=False) as work:
        row = work.ledger.study(second.study_instance_uid)
    assert row is not None
    heads = "time;study_instance_uid;accession_number;type;state;destination;reason"
    lines = (
        f"{today - timedelta(days=9):%Y-%m-%d} 10:00:00;{first.study_instance_uid};;DICOM Send;Afgerond;ZKH;",
        f"{today - timedelta(days=2):%Y-%m-%d} 10:00:00;;{row.accession_number};DICOM Send;Mislukt;ZKH;geen BSN",
    )
    (place.folder / "jobs-1.csv").write_text("\n".join((heads, *lines)) + "\n", encoding="utf-8")
    place.configure(needs={"jobs": ["jobs-*.csv"]})
    order = planned_again(place)[0]["order"]
    assert isinstance(order, dict)
    assert order["reasons"][0]["why"] == "unsent"
    named = [one["study_instance_uid"] for one in order["first"] if one["why"] == "unsent"]
    assert named == [second.study_instance_uid, first.study_instance_uid]
    assert order["lists"] == [{"list": "jobs-1.csv", "lines": 2, "left_out": {}, "missing": False}]


def test_a_plan_by_uid_stays_by_uid_whatever_lists_there_are_by_night(place: Workplace) -> None:
    first, *_, last = sorted(place.planned(), key=lambda study: study.study_instance_uid)
    _, folder = planned_again(place, "--order", "uid")
    order_by(place, f"{AHEAD:%Y-%m-%d} 09:00;{number_of(place, last)};A1;;\n")
    with place.archive():
        place.must("approve", str(folder / "plan.json"), "--by", "A. Reviewer")
        place.must("execute", str(folder / "plan.json"), "--now", "--max-studies", "1", code=3)
    assert [uid for uid, state in place.states().items() if state is State.VERIFIED] == [first.study_instance_uid]
    with place.session(exclusive=False) as work:
        every = work.ledger.planned_in_order("plan-0002", before=(len(Need) + 1) * STEP)
        back = [uid for at, uid, _ in every if at > BACK]
    assert back == [first.study_instance_uid], "whom only the night's end kept from it keeps its place"


def test_the_name_of_a_list_is_told_without_a_number_that_may_be_a_bsn(place: Workplace) -> None:
    place.configure(needs={"appointments": ["agenda 999911120.csv"]})
    ran = place.run("plan")
    assert "999911120" not in ran.out + ran.err
    assert "cannot order the plan" in ran.err


def test_one_process_at_a_time_reads_the_lists(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    study = last_by_default(place)
    order_by(place, f"{AHEAD:%Y-%m-%d} 09:00;{number_of(place, study)};A1;;\n")
    monkeypatch.setattr(planning, "LISTS_SECONDS", 0.0)
    with place.session() as work:
        fence = work.ledger.take_lease("lists of needs", "elsewhere:1:1", 60, is_gone=lambda _: False)
        assert fence is not None
    assert "Another process reads the lists" in place.run("plan").one_line
    with place.session() as work:
        read_bound, said = read_bound_plan("plan-0001", work.ledger)[0], Output()
        with redirect_stderr(io.StringIO()) as told:
            order_again(work, said, read_bound)
        assert "plan-0001 goes on in the order in which it was" in told.getvalue()
        assert not work.ledger.kinds_of_needs(), "nothing was read"
        work.ledger.end_lease("lists of needs", fence)
    answer, _ = planned_again(place)
    assert answer["order"]["reasons"][0]["why"] == "appointment"
