"""Everything that was done can be undone, byte for byte: in the archive by `rollback`, in files by `header undo`."""

from __future__ import annotations

from pathlib import Path

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.faults import Faults, StorePolicy
from remediate.demo.hospital import Study, build_hospital
from remediate.demo.part10 import to_part10
from remediate.demo.rewriting import coerced
from remediate.records.states import State
from tests.workplace import Workplace, assert_corrected, everything, free_port, new_workplace

BY = ("--by", "A. Reviewer", "--why", "wrong department")


def as_first_stored(archive: EmbeddedArchive, study: Study) -> bool:
    originals = sorted(study.objects(), key=lambda item: item.sop_instance_uid)
    return list(archive.objects(study.study_instance_uid)) == originals


def test_one_study_is_rolled_back_to_the_bytes_that_were_first_stored(place: Workplace) -> None:
    one, *others = place.planned()
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        assert not as_first_stored(archive, one)
        preview = place.must("rollback", "--study", one.study_instance_uid, *BY, "--preview").answer
        assert (preview["studies"], preview["restored"]) == (1, 0)
        assert not as_first_stored(archive, one)
        answer = place.must("rollback", "--study", one.study_instance_uid, *BY).answer
        assert set(answer) >= {"plan", "studies", "instances", "restored"}
        assert (answer["studies"], answer["restored"]) == (1, 1)
        assert answer["instances"] == len(list(one.objects()))
        assert as_first_stored(archive, one)
        assert_corrected(archive, others)
    assert place.states()[one.study_instance_uid] == "rolled_back"
    assert place.left_in_spool() == []


def test_what_was_rolled_back_is_not_planned_again(place: Workplace) -> None:
    one = place.planned()[0].study_instance_uid
    with place.archive():
        place.must("execute", place.plan, "--now")
        place.must("rollback", "--study", one, *BY)
        place.must("survey")
        assert place.must("plan", "--detailed-exitcode").answer["counts"]["planned"] == 0


def test_a_batch_and_then_the_rest_of_the_plan_are_rolled_back_though_it_is_broken_off(place: Workplace) -> None:
    with place.archive() as archive:
        first = place.must("execute", place.plan, "--now", "--max-studies", "2", code=3).answer["batch"]
        place.must("execute", place.plan, "--now")
        assert place.must("rollback", "--batch", first, *BY).answer["restored"] == 2
        rest = len(place.planned()) - 2
        place.configure(execute={"max_studies": 1})
        stopped = place.must("rollback", place.plan, *BY, code=3).answer
        assert (stopped["restored"], stopped["remaining"], stopped["stopped_because"]) == (1, rest - 1, "max-studies")
        assert place.must("status", code=2).answer["pending"] == rest - 1
        place.configure(execute={"max_studies": None})
        finished = place.must("execute", "--approved", "--now").answer
        assert (finished["rolled_back"], finished["remaining"]) == (rest - 1, 0)
        assert place.must("execute", "--approved", "--now").answer == finished | {
            "batch": None, "rolled_back": 0, "instances": 0, "bytes": 0, "read_back": 0, "seconds": 0.0
        }  # fmt: skip
        assert all(as_first_stored(archive, study) for study in place.hospital.studies)
        assert place.json("rollback", place.plan, *BY).code == 1
    assert place.must("ledger", "verify").answer["ok"]


def test_a_roll_back_is_rolled_back_itself_and_that_again(place: Workplace) -> None:
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        corrected = {s.study_instance_uid: list(archive.objects(s.study_instance_uid)) for s in place.planned()}
        back = place.must("rollback", place.plan, *BY).answer
        assert all(as_first_stored(archive, study) for study in place.planned())
        again = place.must("rollback", back["plan"], *BY).answer
        assert again["restored"] == back["restored"] == len(corrected)
        assert {uid: list(archive.objects(uid)) for uid in corrected} == corrected
        assert {place.states()[uid] for uid in corrected} == {"verified"}
        assert place.must("verify").answer["different"] == []
        assert "nothing to roll back" in place.json("rollback", back["plan"], *BY).one_line
        assert place.must("rollback", again["plan"], *BY).answer["restored"] == len(corrected)
        assert all(as_first_stored(archive, study) for study in place.planned())
    assert place.must("ledger", "verify").answer["ok"]


def test_a_previewed_roll_back_reverses_what_it_named_and_nothing_later(place: Workplace) -> None:
    one = place.planned()[0]
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        old = place.must("rollback", "--study", one.study_instance_uid, *BY, "--preview").answer["plan"]
        place.must("approve", old, "--by", "A. Reviewer")
        back = place.must("rollback", "--study", one.study_instance_uid, *BY).answer["plan"]
        place.json("execute", old, "--now")
        assert as_first_stored(archive, one), "it does not undo the other roll-back"
        place.must("rollback", back, *BY)
        place.json("execute", old, "--now")
        assert not as_first_stored(archive, one), "nor the correction that came back since"


def test_an_archive_that_refuses_the_way_back_keeps_the_corrected_study(place: Workplace) -> None:
    one = place.planned()[0]
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        archive.faults = Faults(store_policy=StorePolicy.IGNORE)
        ran = place.json("rollback", "--study", one.study_instance_uid, *BY)
        assert (ran.code, ran.answer["restored"]) == (2, 0)
        assert_corrected(archive, place.planned())


def test_a_study_that_was_changed_after_our_correction_is_left_alone(place: Workplace) -> None:
    one = place.planned()[0]
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        changed = [
            type(item)(
                sop_class_uid=item.sop_class_uid,
                sop_instance_uid=item.sop_instance_uid,
                transfer_syntax_uid=item.transfer_syntax_uid,
                dataset_bytes=item.dataset_bytes.replace(b"Ziekenhuis", b"ZIEKENHUIS"),
            )
            for item in archive.objects(one.study_instance_uid)
        ]
        corrected = archive.objects(one.study_instance_uid)
        archive.store_directly(changed)
        held = archive.objects(one.study_instance_uid)
        ran = place.json("rollback", "--study", one.study_instance_uid, *BY)
        answer = ran.answer
        assert (ran.code, answer["restored"], answer["left_alone"], answer["remaining"]) == (2, 0, 1, 0)
        assert archive.objects(one.study_instance_uid) == held
        assert place.states()[one.study_instance_uid] is State.VERIFIED, "it stays what it was"
        archive.store_directly(corrected)
        assert place.json("execute", answer["plan"], "--now").answer["rolled_back"] == 0, "never silently later"
        assert place.must("execute", "--approved", "--now").answer["batch"] is None
        assert archive.objects(one.study_instance_uid) == corrected
        assert place.must("rollback", "--study", one.study_instance_uid, *BY).answer["restored"] == 1
    assert place.must("ledger", "verify").answer["ok"]


def test_many_changed_studies_do_not_keep_the_others_from_going_back(place: Workplace) -> None:
    *changed, one = place.planned()
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        for study in changed:
            archive.store_directly(coerced(item) for item in archive.objects(study.study_instance_uid))
        place.configure(execute={"ramp": [1, 1], "breaker": 2, "associations": 1})
        answer = place.must("rollback", place.plan, *BY, code=2).answer
        assert (answer["restored"], answer["left_alone"], answer["stopped_because"]) == (1, len(changed), None)
        assert as_first_stored(archive, one)


def test_a_study_that_was_never_corrected_cannot_be_rolled_back(place: Workplace) -> None:
    with place.archive():
        ran = place.json("rollback", "--study", place.planned()[0].study_instance_uid, *BY)
    assert ran.code == 1
    assert "nothing to roll back" in ran.one_line


def test_headers_of_files_go_there_and_back_byte_for_byte(tmp_path: Path) -> None:
    place = new_workplace(tmp_path / "place", build_hospital(40), free_port(), ())
    done = 0
    for study in place.hospital.studies:
        if study.truth.expected_state != "planned":
            continue
        assert study.truth.bsn is not None
        here = tmp_path / study.truth.variant / f"{study.frame.number}"
        (here / "in").mkdir(parents=True)
        for item in study.objects():
            (here / "in" / f"{item.sop_instance_uid}.dcm").write_bytes(to_part10(item))
        (here / "bsn.txt").write_text(study.truth.bsn.digits + "\n")
        before = everything(here / "in")
        files = [str(path) for path in sorted((here / "in").iterdir())]
        corrected = place.must(
            "header", "correct", *files, "--to", str(here / "out"), "--bsn-file", str(here / "bsn.txt")
        ).answer["files"]
        assert {one["state"] for one in corrected} == {"corrected"}, study.truth.variant
        for one in corrected:
            assert set(one) >= {"file", "state", "reason", "changed", "untouched_sha256", "written"}
            assert one["untouched_sha256"]["before"] == one["untouched_sha256"]["after"]
        written = [one["written"] for one in corrected]
        shown = place.must("header", "show", *written).answer["files"]
        assert {one["state"] for one in shown} == {"in-place"}
        assert study.truth.bsn.digits not in str(shown)
        undone = place.must("header", "undo", *written, "--to", str(here / "back")).answer["files"]
        assert {one["state"] for one in undone} == {"restored"}
        assert everything(here / "back") == before
        assert everything(here / "in") == before
        done += 1
    assert done >= 15
