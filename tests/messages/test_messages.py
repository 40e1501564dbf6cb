"""An archive that overlays what it stores is corrected by HL7 messages: a whole night, and what can go wrong in it."""

from __future__ import annotations

import signal
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pydicom.dataelem import DataElement

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults, RetrievePolicy, nth
from remediate.demo.hospital import build_hospital
from remediate.demo.rewriting import coerced, overlaid, with_study_uid
from remediate.epd.hl7.reader import AdtMessage, read_messages
from remediate.records.states import State
from tests.hl7_output.mllp_receiver import Manner, MllpReceiver
from tests.hl7_output.patient_update import update_of
from tests.leaks import Secrets, leaks_in
from tests.workplace import Ran, Workplace, free_port, load_epd, new_workplace

OVERLAYS = Faults(retrieve_policy=RetrievePolicy.OVERLAY)
PORT = free_port()
PLAN = "plan-0001"
PATIENTS = 2


@contextmanager
def interface(place: Workplace, manner: Manner = Manner.APPLIES) -> Iterator[tuple[EmbeddedArchive, MllpReceiver]]:
    """The archive and its HL7 interface, for the length of the block."""
    with (
        place.archive(OVERLAYS) as archive,
        MllpReceiver(lambda m: archive.update_patients(update_of(m)), manner=manner, port=PORT) as receiver,
    ):
        yield archive, receiver


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A plan of messages over three studies of two patients; read only."""
    hospital = build_hospital(12)
    planned = [study for study in hospital.studies if study.truth.expected_state == "planned"]
    chosen = sorted(planned, key=lambda study: len(list(study.objects())))[:PATIENTS]
    place = new_workplace(tmp_path_factory.mktemp("told"), hospital, free_port(), chosen)
    place.configure(
        archive={"correct_by": "hl7"},
        execute={"associations": 1, "attempts": 9},
        hl7_output={
            "host": "127.0.0.1", "port": PORT, "answer_timeout": 60, "applied_within": 60, "look_every": 0.1
        },
    )  # fmt: skip
    with interface(place) as (archive, receiver):
        archive.store_directly(with_study_uid(item, "5") for item in chosen[0].objects())
        assert place.must("doctor", "--probe").answer["checks"]["receiver"] is True
        assert not receiver.control_ids, "nothing was sent to try it"
        place.must("survey", "--headers", "study")
        load_epd(place)
        assert "ADT^A31" in place.run("plan").out
        place.must("approve", PLAN, "--by", "A. Reviewer")
    assert f"127.0.0.1:{PORT}" in (place.folder / "plans" / PLAN / "plan.html").read_text()
    return place


def test_doctor_says_that_nobody_listens_for_messages(approved: Workplace) -> None:
    with approved.archive(OVERLAYS):
        for arguments in (("doctor",), ("doctor", "--probe")):
            ran = approved.json(*arguments)
            assert (ran.code, ran.answer["ok"], ran.answer["checks"]["receiver"]) == (1, False, False)
            assert f"127.0.0.1:{PORT}" in ran.one_line
            assert "hl7_output.port" in ran.one_line


def execute(place: Workplace, *arguments: str) -> Ran:
    return place.json("execute", PLAN, "--now", *arguments)


def verified(place: Workplace) -> int:
    return Counter(place.states().values())[State.VERIFIED]


def test_a_night_by_message(place: Workplace) -> None:
    printed: list[Ran] = []

    def ran(*arguments: str) -> Ran:
        printed.append(place.run(*arguments))
        return printed[-1]

    with interface(place) as (archive, receiver):
        objects = {uid: archive.objects(uid) for uid in archive.study_uids()}
        done = ran("execute", PLAN, "--now")
        assert done.code == 0, done.out + done.err
        assert verified(place) == 3
        assert len(receiver.control_ids) == len(set(receiver.control_ids)) == PATIENTS, "one message a patient"
        assert {uid: archive.objects(uid) for uid in archive.study_uids()} == objects, "nothing was stored"
        assert "planned   0" in ran("plan").out
        assert ran("verify").code == ran("ledger", "list").code == ran("ledger", "verify").code == 0
        told = next(uid for uid, state in place.states().items() if state is State.VERIFIED)
        assert "before it was told of the patient" in ran("ledger", "show", told).out
        refused = ran("rollback", PLAN, "--by", "A. Reviewer", "--why", "test", "--yes")
    assert refused.code == 1
    assert "cannot be rolled back" in refused.one_line
    assert place.left_in_spool() == []
    secrets = Secrets.of(place.hospital)
    for text in (*(one.out + one.err for one in printed), (place.folder / "plans" / PLAN / "plan.json").read_text()):
        assert list(leaks_in(text.encode(), "printed", secrets)) == []


FAILING = {
    Manner.ERROR: "message-refused",
    Manner.ONLY_SAYS_SO: "message-not-applied",
    Manner.SILENT: "message-unanswered",
}


def test_nothing_counts_before_the_archive_shows_it(place: Workplace) -> None:
    """One batch after the other on one archive; what failed is sent again under the same control ID."""
    with interface(place) as (_, receiver):
        for manner, reason in FAILING.items():
            receiver.manner = manner
            place.configure(
                hl7_output={"answer_timeout": 0.2 if manner is Manner.SILENT else 60, "applied_within": 0.2}
            )
            done = execute(place, "--max-studies", "1")
            assert (done.code, done.answer["failed"] > 0, verified(place)) == (1, True, 0), manner
            assert reason in place.reasons().values(), manner
        listed = place.run("ledger", "list").out
        assert "error=204" in listed
        assert list(leaks_in(listed.encode(), "ledger list", Secrets.of(place.hospital))) == [], "the receiver's words"
        receiver.manner = Manner.APPLIES_LATER
        place.configure(hl7_output={"answer_timeout": 60, "applied_within": 60})
        assert execute(place).answer["remaining"] == 0
        assert len(set(receiver.control_ids)) == PATIENTS < len(receiver.control_ids)
    assert verified(place) == 3


def test_a_receiver_without_effect_stops_the_batch_and_uses_up_no_attempt(place: Workplace) -> None:
    place.configure(hl7_output={"applied_within": 0.2}, execute={"attempts": 1})
    with interface(place, Manner.ONLY_SAYS_SO) as (_, receiver):
        for _night in range(2):
            answer = execute(place).answer
            assert (answer["stopped_because"], answer["quarantined"]) == ("messages-without-effect", 0)
        receiver.manner = Manner.APPLIES
        place.configure(hl7_output={"applied_within": 60})
        assert execute(place).answer["remaining"] == 0
    assert verified(place) == 3


def test_killed_before_the_answer_the_archive_is_looked_at_first(place: Workplace) -> None:
    with interface(place, Manner.APPLIES_SILENTLY) as (_, receiver):
        process = place.start("execute", PLAN, "--now")
        while not receiver.control_ids and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        assert State.INTENT in place.states().values()
        receiver.manner = Manner.APPLIES
        done = execute(place)
        assert (done.answer["remaining"], done.answer["failed"], verified(place)) == (0, 0, 3)
        assert Counter(receiver.control_ids).most_common(1)[0][1] == 1, "what was applied is not sent again"
    assert "settled" in place.reasons().values()
    assert place.must("ledger", "verify").answer["ok"]


def test_what_is_handed_over_besides_after_a_message_is_found_out(place: Workplace) -> None:
    study = next(study for study in place.planned() if f"{study.study_instance_uid}.5" in place.states())
    number = study.case.identity.patient_id
    with place.archive(OVERLAYS) as archive:

        def and_a_foreign_object_from_now_on(message: AdtMessage) -> None:
            archive.update_patients(update_of(message))
            pid = message.first("PID")
            assert pid is not None
            if number in pid.text(3):  # of this patient the archive has two studies of one kind
                archive.faults = replace(OVERLAYS, retrieve_foreign=nth(1))

        with MllpReceiver(and_a_foreign_object_from_now_on, port=PORT):
            done = execute(place)
    assert (done.code, done.answer["quarantined"], done.answer["stopped_because"]) == (2, 1, "verification-mismatch")
    assert "unlisted-object" in place.reasons().values()


def test_a_patient_of_whom_the_archive_has_an_unknown_study_is_told_nothing(place: Workplace) -> None:
    """And so with a receiver that is not the approved one, and with one that nobody named. An archive that changes more
    than it was told is found out."""
    study = next(study for study in place.planned() if f"{study.study_instance_uid}.5" in place.states())
    uid = study.study_instance_uid
    with place.archive(OVERLAYS) as archive:

        def more_than_told(message: AdtMessage) -> None:
            archive.update_patients(update_of(message))
            for one in place.planned():
                archive.store_directly(coerced(item) for item in archive.objects(one.study_instance_uid))

        other = DataElement("PatientBirthDate", "DA", "19010203")
        archive.store_directly(overlaid(with_study_uid(item, "6"), [other], ()) for item in study.objects())
        with MllpReceiver(more_than_told, port=PORT) as receiver:  # which patient comes first, the keys decide
            done = execute(place)
            assert (done.code, done.answer["quarantined"]) == (2, 1)
            assert "read-back-differs" in place.reasons().values()
            assert "Reading back in batch-0001 showed something else" in execute(place).one_line
            place.must("doctor", "--probe")
            execute(place)
        assert {place.reasons()[uid], place.reasons()[f"{uid}.5"]} == {"patient-not-whole"}
        assert len(receiver.control_ids) == PATIENTS - 1
        place.configure(hl7_output={"port": PORT + 1})
        assert "changed since the plan was made" in execute(place).one_line
        place.configure(hl7_output={"host": ""})
        told = place.run("plan")
        written = place.folder / "plans" / "plan-0002" / "messages.hl7"
        content = written.read_bytes()
        written.write_bytes(content.replace(b"|P|", b"|T|"))
        assert "somebody changed it" in place.must("approve", "plan-0002", "--by", "A. Reviewer", code=1).one_line
        written.write_bytes(content)
        place.must("approve", "plan-0002", "--by", "A. Reviewer")
        assert place.must("ledger", "verify").answer["ok"]
        assert "messages.hl7" in place.json("execute", "plan-0002", "--now").one_line
        place.must("survey", "--headers", "study")
        reasons = place.must("plan").answer["reasons"]
        assert (reasons["other-study-undecided"], reasons["birth-date-differs"]) == (2, 1)
        place.must("review", "export", str(place.folder / "review.csv"))
        place.must("measure")
    place.configure(target={"profile": "patient-id"})
    assert place.run("status").code == 64, "no message replaces a Patient ID"
    path = place.folder / "plans" / "plan-0002" / "messages.hl7"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("rb") as file:
        (message,) = read_messages(file, file="", encoding="utf-8")
    assert isinstance(message, AdtMessage)
    assert message.header.text(9) == "ADT^A31^ADT_A05"
    assert list(leaks_in(told.out.encode(), "printed", Secrets.of(place.hospital))) == []
