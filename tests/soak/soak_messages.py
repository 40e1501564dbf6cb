"""Kills `execute` of a plan of messages at random moments, with a receiver that answers well, late or not at all.

`soak_messages.py [SECONDS]` goes on for so long, 600 when not told. No round may end with a study that is not verified,
or with a patient whose archive shows another BSN than the hospital's truth.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults, RetrievePolicy
from remediate.demo.hospital import build_hospital
from remediate.demo.index import Elements, tag
from remediate.records.states import State
from tests.hl7_output.mllp_receiver import Manner, MllpReceiver
from tests.hl7_output.patient_update import update_of
from tests.night.kills import ANY, Aim, killer
from tests.workplace import Workplace, free_port, planned_workplace

OVERLAYS = Faults(retrieve_policy=RetrievePolicy.OVERLAY)
PORT = free_port()
PLAN = "plan-0002"
ENDS = frozenset({0, 2, 3})
"""What `execute` may say where no kill came in time: a receiver that does not answer leaves work, or stops it."""
MANNERS = (Manner.APPLIES, Manner.APPLIES, Manner.APPLIES_LATER, Manner.APPLIES_SILENTLY, Manner.SILENT, Manner.CLOSES)


def template(folder: Path) -> Workplace:
    """An approved plan of messages."""
    place = planned_workplace(folder, build_hospital(12), free_port())
    place.configure(
        archive={"correct_by": "hl7"},
        execute={"attempts": 99, "breaker": 99},
        hl7_output={"host": "127.0.0.1", "port": PORT, "answer_timeout": 1, "applied_within": 5, "look_every": 0.1},
    )
    with place.archive(OVERLAYS), MllpReceiver(lambda _: None, port=PORT):
        place.must("doctor", "--probe")
        place.must("survey", "--headers", "series")
        place.must("plan")
        place.must("approve", PLAN, "--by", "A. Reviewer")
    return place


def assert_told(place: Workplace, archive: EmbeddedArchive, receiver: MllpReceiver) -> None:
    """`execute` until all is done: every planned study verified, with its own BSN once, and the ledger proved."""
    receiver.manner = Manner.APPLIES
    answer = place.must("execute", PLAN, "--now").answer
    assert answer["remaining"] == 0, answer
    states = place.states()
    assert {states[study.study_instance_uid] for study in place.planned()} == {State.VERIFIED}
    shown: dict[str, list[str]] = {}

    def note(patient: Elements) -> None:
        items = patient[tag("OtherPatientIDsSequence")].value if tag("OtherPatientIDsSequence") in patient else ()
        shown[str(patient[tag("PatientID")].value)] = [item.PatientID for item in items]

    archive.update_patients(note)
    for study in place.planned():
        assert study.truth.bsn is not None
        number = str(study.case.identity.patient_id)
        assert Counter(shown[number])[study.truth.bsn.digits] == 1
    assert place.must("ledger", "verify").answer["ok"]
    assert place.left_in_spool() == [], "originals of verified studies stay behind"


def main() -> None:
    """Rounds of some kills on a fresh copy; stops with a traceback at the first that is not whole."""
    deadline = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 600)
    rng = random.Random(20261123)
    rounds = messages = 0
    with tempfile.TemporaryDirectory(prefix="soak-messages-") as base, killer() as hand:
        made = template(Path(base) / "template")
        while time.monotonic() < deadline:
            place = made.copy(Path(base) / "round")
            with (
                place.archive(OVERLAYS) as archive,
                MllpReceiver(lambda m, a=archive: a.update_patients(update_of(m)), port=PORT) as receiver,
            ):
                for _ in range(6):
                    receiver.manner = rng.choice(MANNERS)
                    hand.kill(place, Aim(step=ANY, seconds=rng.random()), plan=PLAN, ends=ENDS)
                assert_told(place, archive, receiver)
                messages += len(receiver.control_ids)
            shutil.rmtree(place.folder)
            rounds += 1
    kills = hand.kills.total()
    print(f"{kills} kills in {rounds} rounds, {messages} messages: every planned study verified with its own BSN")


if __name__ == "__main__":
    main()
