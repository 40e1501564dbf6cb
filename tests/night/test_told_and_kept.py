"""What an archive says besides yes, and hands over besides what was asked for, reaches the ledger and the person."""

from __future__ import annotations

import pytest

from remediate.demo.faults import Faults, nth
from tests.night.watched import Moment, watched
from tests.workplace import Workplace, shared_workplace


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return shared_workplace(tmp_path_factory.mktemp("approved"), 5)


def test_a_warning_of_the_archive_stands_in_the_ledger(place: Workplace) -> None:
    with place.archive(Faults(store_status=0xB007, store_coerces=False)):
        place.must("execute", place.plan, "--now")
    for study in place.planned():
        assert "warnings=B007h" in place.run("ledger", "show", study.study_instance_uid).out


def test_originals_are_durable_before_the_intent_says_so(place: Workplace) -> None:
    steps: list[str] = []
    with place.archive(), watched(lambda step, moment: steps.append(step) if moment is Moment.BEFORE else None):
        place.run("execute", place.plan, "--now", "--max-studies", "1")
    wanted = [step for step in steps if step in ("made durable", "intent written", "object stored")]
    assert wanted[:3] == ["made durable", "intent written", "object stored"]


def test_verify_names_what_comes_besides(place: Workplace) -> None:
    with place.archive() as archive:
        place.must("execute", place.plan, "--now")
        archive.faults = Faults(retrieve_foreign=nth(1))  # where the other study's kind was negotiated
        answer = place.must("verify", place.plan, code=2).answer
        told = place.run("verify", place.plan).out
    assert {found["reason"] for found in answer["different"]} == {"unlisted-object"}
    assert answer["same"] == answer["checked"], "none of the studies' own objects differs"
    assert "does not list" in told
