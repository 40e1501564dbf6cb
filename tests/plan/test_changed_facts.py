"""What an approval and an intent rest on may change before the work is done: then nothing of the old is written."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.tag import Tag

from remediate.demo.epd_files import csv_text
from remediate.demo.faults import Faults
from remediate.demo.hospital import Study
from remediate.demo.index import PATIENT_TAGS, Elements
from remediate.demo.part10 import DicomObject, to_part10
from remediate.demo.people import Feed
from remediate.records.states import State
from tests.workplace import Workplace


def someone(place: Workplace, state: State = State.PLANNED) -> Study:
    """A planned study of a patient whom the EPD delivers as CSV, as far as it came."""
    rows = {person.bsn: person for person in place.hospital.people if person.feed is Feed.CSV}
    states = place.states()
    return next(
        study
        for study in place.planned()
        if study.truth.bsn and study.truth.bsn.digits in rows and states[study.study_instance_uid] is state
    )


def withdraw_verification(place: Workplace, study: Study) -> None:
    """The EPD no longer counts this patient's BSN as verified."""
    bsn = study.truth.bsn
    assert bsn is not None
    person = next(person for person in place.hospital.people if person.bsn == bsn.digits)
    file = place.folder / "epd" / "later.csv"
    file.write_text(csv_text([replace(person, bsn_verified=False)]), encoding="utf-8")
    place.must("epd", "load", str(file))


def as_first_stored(study: Study) -> list[DicomObject]:
    return sorted(study.objects(), key=lambda item: item.sop_instance_uid)


@pytest.mark.parametrize("accepted", [0, 1])
def test_a_retry_after_the_epd_changed_puts_the_study_back(place: Workplace, accepted: int) -> None:
    """Refused at first, so the intent is open; what it says is no longer what the EPD says. The study of which one
    object was accepted cannot be put back then, and waits for a person."""
    place.configure(archive={"retries": 0}, execute={"associations": 1, "breaker": 99})
    with place.archive(Faults(store_status=0xA700, store_status_on=range(1 + accepted, 10_000))) as archive:
        place.must("execute", place.plan, "--now", code=1)
        study = someone(place, State.FAILED)
        uid = study.study_instance_uid
        withdraw_verification(place, study)
        archive.faults = Faults()
        answer = place.must("execute", place.plan, "--now").answer
        assert answer["drifted"] == 1
        assert (place.states()[uid], place.reasons()[uid]) == (State.DRIFTED, "put-back")
        assert list(archive.objects(uid)) == as_first_stored(study)
    assert place.must("ledger", "verify").answer["ok"]


def test_an_unsettled_study_is_not_planned_anew(place: Workplace) -> None:
    place.configure(archive={"retries": 0})
    with place.archive(Faults(store_status=0xA700)):
        place.must("execute", place.plan, "--now", code=1)
        failed = {uid for uid, state in place.states().items() if state is State.FAILED}
        assert failed
        place.must("plan")
    assert {uid for uid, state in place.states().items() if state is State.FAILED} == failed


def test_a_correction_that_the_epd_later_contradicts_can_still_be_rolled_back(place: Workplace) -> None:
    study = someone(place)
    uid = study.study_instance_uid
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        assert list(archive.objects(uid)) != as_first_stored(study)
        withdraw_verification(place, study)
        place.must("plan")
        answer = place.must("rollback", "--study", uid, "--by", "A. Reviewer", "--why", "the EPD took it back").answer
        assert answer["restored"] == 1
        assert list(archive.objects(uid)) == as_first_stored(study)
    assert place.states()[uid] is State.ROLLED_BACK


def test_settings_that_changed_after_the_approval_refuse_the_plan(place: Workplace) -> None:
    place.configure(identity={"fill_missing": False})
    with place.archive():
        ran = place.json("execute", place.plan, "--now")
    assert ran.code == 1
    assert "settings of target, identity or epd changed" in ran.one_line


def test_a_file_without_a_header_is_refused_without_quoting_a_patient(place: Workplace) -> None:
    person = next(person for person in place.hospital.people if person.bsn)
    file = Path(place.folder / "epd" / "headless.csv")
    file.write_text("\n".join(csv_text([person]).splitlines()[1:2]), encoding="utf-8")
    ran = place.json("epd", "load", str(file))
    assert ran.code == 1
    assert person.bsn not in ran.err
    assert person.name.surname not in ran.err


def test_an_index_that_names_another_patient_than_the_objects_sends_the_study_to_a_person(place: Workplace) -> None:
    """Planned on the index alone, found out at night, and from then on both are seen: never planned for either."""
    ours = someone(place)
    theirs = next(s for s in place.planned() if s.case.identity.patient_id != ours.case.identity.patient_id)
    said = dcmread(BytesIO(to_part10(next(iter(theirs.objects())))))
    elements = {int(element.tag): element for element in said if int(element.tag) in PATIENT_TAGS}

    def as_theirs(patient: Elements) -> Elements | None:
        number = str(patient[int(Tag("PatientID"))].value)
        return elements if number == ours.case.identity.patient_id else None

    uid = ours.study_instance_uid
    with place.archive() as archive:
        archive.update_patients(as_theirs)
        place.must("survey", "--headers", "none")
        made = place.must("plan").answer["plan"]
        assert place.states()[uid] is State.PLANNED
        place.must("approve", made, "--by", "A. Reviewer")
        before = archive.objects(uid)
        place.must("execute", made, "--now")
        assert archive.objects(uid) == before
        assert (place.states()[uid], place.reasons()[uid]) == (State.DRIFTED, "identity-changed")
        place.must("plan")
        assert place.states()[uid] is State.REVIEW
