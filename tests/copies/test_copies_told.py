"""A copy that keeps patients in a database of its own is told of them by HL7 message, under approval, and read back."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from pydicom.dataelem import DataElement

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults, RetrievePolicy
from remediate.demo.hospital import Study
from remediate.demo.index import Elements, tag
from remediate.demo.rewriting import coerced, with_study_uid
from remediate.epd.hl7.reader import AdtMessage
from tests.copies.copy_world import PLAN, copy_of, corrected_copy, node, old_objects, update
from tests.hl7_output.mllp_receiver import Manner, MllpReceiver
from tests.hl7_output.patient_update import update_of
from tests.leaks import Secrets, leaks_in
from tests.workplace import Workplace, free_port, objects_of

OVERLAYS = Faults(retrieve_policy=RetrievePolicy.OVERLAY)
PORT = free_port()
FEW = 2
"""Studies that the copy holds, of as many patients."""


def chosen(place: Workplace) -> list[Study]:
    """Those of the fewest objects."""
    return sorted(place.planned(), key=lambda study: len(objects_of(study)))[:FEW]


def uids(place: Workplace) -> list[str]:
    return [study.study_instance_uid for study in chosen(place)]


@contextmanager
def told_copy(place: Workplace, manner: Manner = Manner.APPLIES) -> Iterator[tuple[EmbeddedArchive, MllpReceiver]]:
    """The copy and its HL7 interface, for the length of the block."""
    with (
        copy_of(place, faults=OVERLAYS) as vna,
        MllpReceiver(lambda m: vna.update_patients(update_of(m)), manner=manner, port=PORT) as receiver,
    ):
        yield vna, receiver


@pytest.fixture(scope="module")
def told(approved: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The night is done; a copy that is told by message holds old headers, and a plan that covers it is approved."""
    folder = tmp_path_factory.mktemp("told")
    place = corrected_copy(approved, folder / "night", folder / "place")
    hl7 = {"host": "127.0.0.1", "port": PORT, "answer_timeout": 5, "applied_within": 5, "look_every": 0.05}
    place.configure(copies={"vna": node(update="hl7", hl7=hl7)}, execute={"associations": 1})
    with place.archive():
        with told_copy(place) as (vna, receiver):
            assert place.must("doctor").answer["checks"]["copy vna hl7"] is True
            assert not receiver.control_ids, "nothing is sent to try it"
            vna.store_directly(old_objects(place, *uids(place)))
        plan = place.must("plan").answer
        page = (Path(plan["path"]).parent / "plan.html").read_text()
        assert f"hl7: ADT^A31, 127.0.0.1:{PORT}" in page
        place.must("approve", plan["path"], "--by", "A. Reviewer")
    return place


@pytest.fixture
def place(told: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return told.copy(tmp_path / "place")


def assert_shown(vna: EmbeddedArchive, place: Workplace) -> None:
    """By the hospital's truth: the copy knows each patient's BSN, once."""
    shown: dict[str, list[str]] = {}

    def note(patient: Elements) -> None:
        items = patient[tag("OtherPatientIDsSequence")].value if tag("OtherPatientIDsSequence") in patient else ()
        shown[str(patient[tag("PatientID")].value)] = [item.PatientID for item in items]

    vna.update_patients(note)
    for study in chosen(place):
        assert study.truth.bsn is not None
        assert shown[str(study.case.identity.patient_id)].count(study.truth.bsn.digits) == 1


def test_what_the_copy_makes_of_the_message_is_read_back_and_counts_as_corrected(place: Workplace) -> None:
    with place.archive(), told_copy(place) as (vna, receiver):
        (before,) = place.must("verify", "--copies", code=2).answer["copies"]
        assert before["states"]["old-header"] == FEW
        done = update(place)
        assert (done["updated"], done["stopped_because"], done["left"]) == (FEW, None, 0), done
        assert done["messages"] == len(receiver.control_ids) == len(set(receiver.control_ids))
        (copy,) = place.must("verify", "--copies").answer["copies"]
        assert (copy["held"], copy["right"]) == (FEW, FEW), copy
        assert_shown(vna, place)
        again = update(place)
        assert (again["updated"], again["messages"], again["right"]) == (0, 0, FEW)
    events = place.must("ledger", "list", "--type", "message").answer["events"]
    assert {event["details"]["copy"] for event in events} == {"vna"}
    assert place.must("ledger", "verify").answer["ok"]
    assert place.left_in_spool() == []


def test_a_copy_that_says_yes_and_keeps_the_old_header_is_not_updated(place: Workplace) -> None:
    place.configure(copies={"vna": {"hl7": {"applied_within": 0.1}}})
    with place.archive(), told_copy(place, Manner.ONLY_SAYS_SO) as (vna, receiver):
        done = update(place, code=2)
        assert (done["updated"], done["stopped_because"]) == (0, "messages-without-effect")
        assert done["reasons"] == {"message-not-applied": 1}
        assert len(receiver.control_ids) == 1, "sending it more tells nobody anything"
        assert place.left_in_spool() == []
        receiver.manner = Manner.APPLIES
        assert update(place)["updated"] == FEW
        assert_shown(vna, place)


def test_a_refused_message_leaves_the_copy_as_it_was(place: Workplace) -> None:
    with place.archive(), told_copy(place, Manner.ERROR) as (vna, receiver):
        before = [vna.objects(uid) for uid in uids(place)]
        ran = place.run("execute", PLAN, "--copies", "--now")
        assert ran.code == 1
        assert f"{FEW} x message-refused" in ran.out
        receiver.manner = Manner.REJECTS
        assert update(place, code=1)["reasons"] == {"message-refused": FEW}
        assert [vna.objects(uid) for uid in uids(place)] == before
    assert place.left_in_spool() == []
    shown = ran.out + place.run("ledger", "list").out
    assert list(leaks_in(shown.encode(), "printed", Secrets.of(place.hospital))) == [], "the receiver's words"


def test_a_receiver_that_is_down_ends_the_work_and_begins_nothing(place: Workplace) -> None:
    with place.archive(), copy_of(place, faults=OVERLAYS):
        done = update(place, code=1)
        assert (done["stopped_because"], done["updated"]) == ("receiver-unreachable", 0)
        assert place.json("doctor").answer["checks"]["copy vna hl7"] is False
    assert place.must("status").answer["left_in_copies"] == []


def test_what_was_not_answered_stays_open_and_goes_again_under_the_same_number(place: Workplace) -> None:
    place.configure(copies={"vna": {"hl7": {"answer_timeout": 0.2}}}, execute={"breaker": 1})
    with place.archive(), told_copy(place, Manner.SILENT) as (vna, receiver):
        done = update(place, code=1)
        assert done["reasons"] == {"message-unanswered": 1}
        receiver.manner = Manner.APPLIES_SILENTLY
        assert update(place)["updated"] == FEW, "what it shows counts, whatever it answered"
        assert receiver.control_ids[0] == receiver.control_ids[1]
        assert len(set(receiver.control_ids)) == len(receiver.control_ids) - 1
        assert_shown(vna, place)
    assert place.left_in_spool() == []


def test_killed_before_the_answer_the_copy_is_looked_at_first(place: Workplace) -> None:
    with place.archive(), told_copy(place, Manner.APPLIES_SILENTLY) as (vna, receiver):
        process = place.start("execute", PLAN, "--copies", "--now")
        while not receiver.control_ids and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        (left,) = place.must("status").answer["left_in_copies"]
        assert (left["copy"], left["end"]) == ("vna", "open")
        receiver.manner = Manner.APPLIES
        assert update(place)["updated"] == FEW
        assert len(set(receiver.control_ids)) == len(receiver.control_ids), "what was applied is not sent again"
        assert_shown(vna, place)
    updated = place.must("ledger", "list", "--type", "copy-updated").answer["events"]
    assert len({event["study"] for event in updated}) == len(updated) == FEW, "each is told once"
    assert place.left_in_spool() == []


@pytest.mark.parametrize("spoils", ["content", "numbers"])
def test_a_copy_that_changes_more_than_it_was_told_is_found_out(place: Workplace, spoils: str) -> None:
    with place.archive(), copy_of(place, faults=OVERLAYS) as vna:
        if spoils == "numbers":
            vna.update_patients(partial(with_other_numbers, ["LOST-1"]))

        def more_than_told(message: AdtMessage) -> None:
            if spoils == "numbers":
                vna.update_patients(partial(with_other_numbers, []))
            vna.update_patients(update_of(message))
            for uid in uids(place) if spoils == "content" else ():
                vna.store_directly(coerced(item) for item in vna.objects(uid))

        with MllpReceiver(more_than_told, port=PORT):
            done = update(place, code=2)
        assert (done["set_apart"], done["stopped_because"]) == (1, "verification-mismatch")
        assert done["reasons"] == {"other-number-lost" if spoils == "numbers" else "read-back-differs": 1}
        assert place.left_in_spool(), "its own objects are kept while a person must look"
        if spoils == "numbers":
            vna.update_patients(partial(with_other_numbers, ["LOST-1"]))
            with MllpReceiver(more_than_told, port=PORT, manner=Manner.REJECTS):
                update(place, code=1)
            assert place.must("status").answer["left_in_copies"] == [], "somebody put the number back"


def with_other_numbers(numbers: list[str], patient: Elements) -> Elements:
    """The patient with these in Other Patient IDs."""
    changed = dict(patient)
    changed[tag("OtherPatientIDs")] = DataElement(tag("OtherPatientIDs"), "LO", numbers)
    return changed


def test_a_patient_of_whom_the_copy_has_an_unknown_study_is_told_nothing(place: Workplace) -> None:
    study = chosen(place)[0]
    with place.archive(), told_copy(place) as (vna, receiver):
        vna.store_directly(with_study_uid(item, "6") for item in study.objects())
        for uid in uids(place)[1:]:
            vna.remove_directly(uid)
        done = update(place, code=0)
        assert (done["updated"], done["reasons"]) == (0, {"patient-not-whole": 1})
        assert not receiver.control_ids


def test_no_message_takes_a_roll_back_to_the_copy(place: Workplace) -> None:
    study = uids(place)[0]
    with place.archive(), told_copy(place) as (_, receiver):
        update(place)
        sent = len(receiver.control_ids)
        rolled = place.run("rollback", "--study", study, "--by", "A. Reviewer", "--why", "test")
        assert rolled.code == 0, rolled.err
        assert "execute" not in rolled.out.split("Copy vna")[1]
        (copy,) = place.must("verify", "--copies", "--study", study, code=2).answer["copies"]
        assert copy["states"] == {"still-corrected": 1}
        (done,) = place.must("execute", "plan-0003", "--copies", "--now").answer["copies"]
        assert done["reasons"] == {"not-taken-back-by-message": 1}
        assert len(receiver.control_ids) == sent


def test_another_receiver_than_the_approved_one_is_told_nothing(place: Workplace) -> None:
    place.configure(copies={"vna": {"hl7": {"receiving_application": "OTHER"}}})
    with place.archive(), told_copy(place) as (_, receiver):
        ran = place.run("--lang", "nl", "execute", PLAN, "--copies", "--now")
        assert not receiver.control_ids
    assert ran.code == 1
    assert "plan-0002 geldt voor geen kopie" in ran.one_line
