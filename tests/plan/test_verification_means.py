"""Weaker means of verification: named wherever a person looks, never believed alone, originals kept until `verify`."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.demo.faults import Faults, StorePolicy
from remediate.night.retention import waiting
from remediate.plan.verification_means import sampled, strength
from tests.workplace import Workplace, assert_corrected, everything, shared_workplace


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Four planned studies, approved with every object to be read back."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 5)


def approve_with(place: Workplace, **execute: Any) -> str:
    """A new plan under these settings; answers its identifier."""
    place.configure(execute=execute)
    plan: str = place.must("plan").answer["plan"]
    place.must("approve", plan, "--by", "A. Reviewer")
    return plan


def events(place: Workplace, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.must("ledger", "list", "--type", kind).answer["events"]
    return found


def kept(place: Workplace) -> set[str]:
    """Studies with originals in the spool."""
    return {path.parent.parent.name for path in (place.folder / "spool").glob("*/original-*/*")}


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers().map(str), min_size=1, max_size=30), st.floats(0.01, 100), st.sampled_from(["", "batch-1"]))
def test_a_sample_is_a_part_by_a_digest_that_anybody_can_repeat(found: set[str], percent: float, seed: str) -> None:
    part = sampled(found, percent, seed)
    assert len(part) == min(len(found), max(1, math.ceil(len(found) * percent / 100)))
    order = sorted(found, key=lambda name: hashlib.sha256(f"{seed}|{name}".encode()).hexdigest())
    assert part == set(order[: len(part)])


def test_weaker_is_weaker_and_what_names_nothing_is_whole() -> None:
    assert strength({}) == strength({"verify": "every"}) == 100
    assert strength({"verify": "sample", "verify_sample": 20.0}) == 20 > strength({"verify": "find"}) == 0


def test_a_sample_is_named_in_plan_ledger_text_and_page_and_keeps_the_originals(place: Workplace) -> None:
    before = everything(place.folder / "archive")
    place.configure(execute={"verify": "sample", "verify_sample": 20})
    with place.archive() as archive:
        refused = place.run("execute", place.plan, "--now")
        assert (refused.code, "weaker than what the plan says" in refused.one_line) == (1, True)
        assert everything(place.folder / "archive") == before
        plan = approve_with(place, verify="sample", verify_sample=20)
        assert "only 20 % of the objects" in (place.folder / "plans" / plan / "plan.html").read_text()
        done = place.run("execute", plan, "--now")
        assert (done.code, "Verified by weaker means (execute.verify: sample)" in done.out) == (0, True), done.err
        assert_corrected(archive, place.planned())
        verified = events(place, "verified")
        assert {event["study"] for event in verified} == kept(place) == {s.study_instance_uid for s in place.planned()}
        for event in verified:
            told = event["details"]
            objects = {item.sop_instance_uid for item in archive.objects(event["study"])}
            assert (event["reason"], told["by"], told["listed"]) == ("sample-read-back", "sample", len(objects))
            assert told["seed"] == f"{event['batch']}|{event['study']}"
            assert 1 <= told["drawn"] <= told["read_back"] <= len(objects)
        (opened,) = events(place, "batch-opened")
        assert opened["details"] == {"verify": "sample", "verify_sample": 20.0}
        objects = sum(event["details"]["listed"] for event in verified)
        assert f"`remediate verify`: {objects} originals (" in place.run("status").out
        with place.session(exclusive=False) as work:
            ledger, asked = work.ledger, []
            sqlalchemy.event.listen(
                work.database.engine, "before_cursor_execute", lambda *said: asked.append(said[2].split()[0])
            )
            assert len(list(waiting(ledger, work.spool))) == len(verified)
            assert asked == ["BEGIN", "SELECT"]
        page = Path(place.must("report").answer["path"]).read_text()
        assert "verified by weaker means: only 20 % of the objects" in page
        assert place.must("plan").answer["counts"]["planned"] == 0
        assert place.must("execute", plan, "--now").answer["verified"] == 0
        assert len(kept(place)) == len(verified), "a later run removes nothing that waits"
        assert place.must("verify").answer["released"] == len(verified)
    assert (kept(place), place.must("status").answer["waiting"]["bytes"]) == (set(), 0)
    assert place.must("ledger", "verify").answer["ok"]


def test_find_trusts_the_index_only_where_it_shows_the_correction(place: Workplace) -> None:
    plan = approve_with(place, verify="find", associations=1)
    with place.archive() as archive:
        first = place.must("execute", plan, "--now", "--max-studies", "1", code=3).answer
        assert (first["verified"], first["read_back"], first["verify"]) == (1, 0, {"verify": "find"})
        (event,) = events(place, "verified")
        assert (event["reason"], event["details"]["by"], event["details"]["index"]) == ("listed", "find", "shows-it")
        rollback = ("rollback", "--study", event["study"], "--by", "A. Reviewer", "--why", "test")
        assert place.must(*rollback, code=1).answer["restored"] == 0
        assert place.must("ledger", "show", event["study"]).answer["events"][-1]["reason"] == "originals-wait"
        assert kept(place) == {event["study"]}
        place.must("verify", "--study", event["study"])
        assert place.must(*rollback).answer["restored"] == 1, "every object was read back by now"
        archive.faults = Faults(store_policy=StorePolicy.IGNORE)
        ran = place.must("execute", plan, "--now", code=2)
    assert ran.answer["stopped_because"] == "verification-mismatch"
    assert list(place.reasons().values()).count("old-object-kept") == 1, "every object of it was read back after all"


def test_where_objects_stand_besides_all_is_read_back(place: Workplace) -> None:
    """An archive that keeps the old object beside a new one lists everything that was asked for."""
    plan = approve_with(place, verify="find", associations=1)
    with place.archive(Faults(store_policy=StorePolicy.FORK_INSTANCE)):
        answer = place.must("execute", plan, "--now", code=2).answer
    assert (answer["quarantined"], answer["stopped_because"]) == (1, "verification-mismatch")


def test_originals_wait_for_the_second_verification_and_no_earlier_than_asked(place: Workplace) -> None:
    spool = {"keep_until": "verified-again", "keep_days": 3}
    place.configure(execute={"spool": spool})
    with place.archive() as archive:
        assert place.must("execute", place.plan, "--now").answer["verified"] == len(place.planned())
        assert place.must("verify").answer["released"] == 0, "three days did not pass"
        place.configure(execute={"spool": {"keep_days": 0}})
        changed = place.planned()[0]
        archive.store_directly(changed.objects())
        assert place.must("verify", code=2).answer["released"] == len(place.planned()) - 1
        place.must("execute", place.plan, "--now")
    assert kept(place) == {changed.study_instance_uid}, "what `verify` found different stays"
