"""Copies that are brought up to what the archive holds: under approval, proven, and safe whatever breaks in between."""

from __future__ import annotations

import pytest

from remediate.demo.faults import Faults, StorePolicy, nth
from tests.copies.copy_world import FEW, PLAN, KilledError, copy_of, dies, held, old_objects, put_right, update
from tests.workplace import Workplace


def test_a_copy_with_old_headers_is_updated_once_and_verified(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        done = update(place)
        assert (done["updated"], done["stopped_because"], done["left"]) == (FEW, None, 0)
        assert held(vna, place) == held(archive, place), "byte for byte"
        assert not any(vna.objects(uid) for uid in put_right(place)[FEW:]), "what it did not hold is not added"
        (copy,) = place.must("verify", "--copies").answer["copies"]
        assert (copy["held"], copy["right"], copy["share"]) == (FEW, FEW, 1)
        again = update(place)
        assert (again["updated"], again["objects"], again["right"]) == (0, 0, FEW)
    types = [event["type"] for event in place.must("ledger", "list", "--batch", "batch-0001").answer["events"]]
    assert types.count("copy-intent") == types.count("copy-updated") == FEW
    assert place.must("ledger", "verify").answer["ok"]
    assert place.left_in_spool() == []


def test_a_copy_is_right_still_when_the_archive_had_to_be_corrected_once_more(place: Workplace) -> None:
    study = put_right(place)[0]
    with place.archive() as archive, copy_of(place) as vna:
        update(place)
        archive.store_directly(old_objects(place, study))
        place.must("verify", "--study", study, code=2)
        plan = place.must("plan").answer
        place.must("approve", plan["path"], "--by", "A. Reviewer")
        place.must("execute", plan["path"], "--now")
        assert archive.objects(study) != vna.objects(study), "Original Attributes tell another moment"
        (copy,) = place.must("verify", "--copies", "--study", study).answer["copies"]
        assert copy["states"] == {"corrected": 1}


def test_a_copy_named_after_the_approval_is_not_written(place: Workplace) -> None:
    place.configure(copies={"vna": {"called_ae_title": "OTHER"}})
    with place.archive(), copy_of(place) as vna:
        before = held(vna, place)
        ran = place.run("--lang", "nl", "execute", PLAN, "--copies", "--now")
        assert held(vna, place) == before
    assert ran.code == 1
    assert "plan-0002 geldt voor geen kopie" in ran.one_line


@pytest.mark.parametrize(
    ("policy", "end"),
    [
        (StorePolicy.IGNORE, "put_back"),
        (StorePolicy.FORK_INSTANCE, "set_apart"),
        (StorePolicy.MERGE, "set_apart"),
    ],
)
def test_a_copy_that_answers_success_and_did_otherwise_is_left_alone(
    place: Workplace, policy: StorePolicy, end: str
) -> None:
    with place.archive(), copy_of(place, faults=Faults(store_policy=policy)):
        done = update(place, code=2)
        assert (done["updated"], done["stopped_because"]) == (0, "verification-mismatch")
        assert (done[end], done["left"]) == (1, len(put_right(place)))
        refused = place.run("execute", PLAN, "--copies", "--now")
    assert refused.code == 1, "nothing more before somebody looked and probed again"
    assert "Copy vna: Reading back in plan-0002" in refused.one_line
    assert bool(place.left_in_spool()) == (end == "set_apart"), "its own objects are kept while a person must look"


def test_a_study_that_a_copy_takes_in_part_goes_back_to_what_it_was(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        before = held(vna, place)
        several = next(uid for uid, objects in before.items() if len(objects) > 1)
        for uid in before:
            if uid != several:
                vna.remove_directly(uid)
        vna.faults = Faults(store_status=0xA700, store_status_on=nth(2))
        done = update(place, code=1)
        assert (done["put_back"], done["reasons"]) == (1, {"store-refused": 1})
        assert vna.objects(several) == before[several]
        vna.faults = Faults()
        assert update(place)["updated"] == 1
        assert vna.objects(several) == archive.objects(several)


@pytest.mark.parametrize("where", ["intent not written", "one sent", "read back"])
def test_killed_in_between_nothing_is_lost_or_doubled(place: Workplace, where: str) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        before, wanted = held(vna, place), held(archive, place)
        with dies(where)(), pytest.raises(KilledError):
            place.run("execute", PLAN, "--copies", "--now")
        for uid, objects in held(vna, place).items():
            mixed = {*before[uid], *wanted[uid]}
            assert set(objects) <= mixed, "old or new, and nothing else"
            assert len(objects) == len(before[uid])
        done = update(place)
        assert held(vna, place) == wanted
        assert done["stopped_because"] is None
        assert sum(done["states"].values()) == len(put_right(place)), "each study is counted once"
    updated = place.must("ledger", "list", "--type", "copy-updated").answer["events"]
    assert len({event["study"] for event in updated}) == len(updated) == FEW, "each is told once"
    assert place.left_in_spool() == []


def test_a_roll_back_reaches_the_copies_too(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        update(place)
        study = put_right(place)[0]
        told = place.run("rollback", "--study", study, "--by", "A. Reviewer", "--why", "test")
        assert told.code == 0, told.err
        assert "vna" in told.out, "what the copies hold is said"
        (copy,) = place.must("verify", "--copies", "--study", study, code=2).answer["copies"]
        assert copy["states"] == {"still-corrected": 1}
        (done,) = place.must("execute", "plan-0003", "--copies", "--now").answer["copies"]
        assert done["updated"] == 1
        assert vna.objects(study) == archive.objects(study) == old_objects(place, study)
        (copy,) = place.must("verify", "--copies", "--study", study).answer["copies"]
        assert copy["states"] == {"restored": 1}


def test_the_window_keeps_it_from_beginning(place: Workplace) -> None:
    place.configure(
        execute={
            "window": {
                "from": "00:00",
                "to": "00:01",
                "days": ["holiday"],
                "holiday_dates": ["1990-01-01"],
                "holidays": "NL",
            }
        }
    )
    with place.archive(), copy_of(place) as vna:
        before = held(vna, place)
        ran = place.json("execute", PLAN, "--copies")
        assert ran.code == 3
        assert ran.answer["copies"][0]["stopped_because"] == "window-closed"
        assert held(vna, place) == before
