"""What the probe says about every way in which an archive can treat a re-stored object."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.demo.faults import Faults, Rejection, RetrievePolicy, StorePolicy, nth
from remediate.errors import PlanError
from remediate.probe.probing import last_probe, require_fitting_probe
from remediate.wiring import now
from tests.workplace import Workplace, everything

BEHAVIOURS = [
    ("replaces", Faults()),
    ("ignores", Faults(store_policy=StorePolicy.IGNORE)),
    ("refuses", Faults(store_policy=StorePolicy.REFUSE)),
    ("forks", Faults(store_policy=StorePolicy.FORK_INSTANCE)),
    ("forks", Faults(store_policy=StorePolicy.FORK_STUDY)),
    ("renames", Faults(store_policy=StorePolicy.RENAME)),
    ("overlays", Faults(store_policy=StorePolicy.MERGE)),
    ("overlays", Faults(retrieve_policy=RetrievePolicy.OVERLAY)),
    ("loses", Faults(store_lost=nth(1))),
    ("ignores", Faults(store_lost=nth(4))),
    ("loses", Faults(retrieve_lost=nth(2))),
    ("refuses", Faults(store_status=0xA700)),
    ("refuses", Faults(store_status=0xA900, store_status_on=nth(3))),
]


@pytest.mark.parametrize(("kind", "faults"), BEHAVIOURS, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(BEHAVIOURS)])
def test_the_probe_names_the_behaviour_and_only_a_replacing_archive_may_be_corrected(
    place: Workplace, kind: str, faults: Faults
) -> None:
    patients = {
        uid: everything(place.folder / "archive" / uid) for uid in (s.study_instance_uid for s in place.planned())
    }
    with place.archive(faults):
        told = place.json("doctor", "--probe")
        assert told.answer["probe"]["kind"] == kind
        assert told.answer["ok"] is (kind == "replaces")
        assert told.code == (0 if kind == "replaces" else 2)
        executed = place.json("execute", place.plan, "--now", "--max-studies", "1")
    if kind == "replaces":
        assert executed.answer["verified"] == 1
        return
    assert executed.code == 1
    assert "probe" in executed.one_line
    assert ("archive.correct_by to hl7" in executed.one_line) is (kind in ("overlays", "refuses", "ignores"))
    assert patients == {uid: everything(place.folder / "archive" / uid) for uid in patients}


@pytest.mark.parametrize(
    "faults", [Faults(store_policy=StorePolicy.TRANSCODE), Faults(retrieve_policy=RetrievePolicy.DECOMPRESS)]
)
def test_the_probe_names_an_archive_that_transcodes(place: Workplace, faults: Faults) -> None:
    place.configure(archive={"retries": 0, "timeouts": {"message": 2, "network": 2, "store": 2}})
    with place.archive(faults):
        told = place.json("doctor", "--probe")
    assert told.answer["probe"]["kind"] == "transcodes"


def test_the_probe_stores_a_marked_study_of_nobody_and_leaves_nothing_on_our_disk(place: Workplace) -> None:
    with place.archive() as archive:
        before = set(archive.study_uids())
        study = place.must("doctor", "--probe").answer["probe"]["study_instance_uid"]
        assert set(archive.study_uids()) - before == {study}
    assert place.left_in_spool() == []


def test_a_probe_is_for_one_archive_one_profile_and_a_limited_time(place: Workplace) -> None:
    with place.session() as work:
        assert require_fitting_probe(work.ledger, work.config, now=now()).kind == "replaces"
        with pytest.raises(PlanError, match="too old"):
            require_fitting_probe(work.ledger, work.config, now=now() + timedelta(days=31))
    place.configure(target={"profile": "patient-id"})
    with place.session() as work, pytest.raises(PlanError, match="another archive or target profile"):
        require_fitting_probe(work.ledger, work.config, now=now())


def test_an_archive_that_does_not_answer_leaves_the_last_verdict_as_it_was(place: Workplace) -> None:
    with place.session() as work:
        before = last_probe(work.ledger)
    with place.archive(Faults(reject=Rejection.UNKNOWN_CALLER)):
        assert place.json("doctor", "--probe").code == 1
    with place.session() as work:
        assert last_probe(work.ledger) == before
