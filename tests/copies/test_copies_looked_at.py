"""Copies of the archive: what each holds of the studies that were put right, found over real associations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remediate.config.settings import parse_config
from remediate.errors import ConfigError
from tests.bench.slow_link import slow_link
from tests.copies.copy_world import (
    copy_of,
    corrected_copy,
    node,
    old_objects,
    put_right,
    with_another_instance,
    with_another_patient_id,
)
from tests.leaks import Secrets, leaks_in
from tests.workplace import Workplace


@pytest.fixture
def place(approved: Workplace, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Workplace:
    """A night is done, and nobody looked at the node `vna` yet."""
    made = corrected_copy(approved, tmp_path_factory.mktemp("corrected") / "place", tmp_path / "place")
    made.configure(copies={"vna": node()})
    return made


def looked_at(place: Workplace, *arguments: str, code: int) -> dict[str, Any]:
    """What `verify --copies` says of the one copy."""
    (one,) = place.must("verify", "--copies", *arguments, code=code).answer["copies"]
    return dict(one)


def test_each_way_in_which_a_copy_holds_a_study_is_told_apart(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        several = next(uid for uid in put_right(place) if len(archive.objects(uid)) > 1)
        whole, old, forked, coerced, twice, *rest = (uid for uid in put_right(place) if uid != several)
        vna.store_directly(archive.objects(whole))
        vna.store_directly(old_objects(place, old))
        vna.store_directly(archive.objects(several)[1:])
        vna.store_directly(with_another_instance(archive.objects(forked)))
        vna.store_directly(with_another_patient_id(archive.objects(coerced)))
        vna.store_directly([*archive.objects(twice), *with_another_instance(old_objects(place, twice))])
        told = looked_at(place, code=2)
        spoken = place.run("--lang", "nl", "verify", "--copies").out
    page = place.must("--lang", "nl", "report").answer
    assert "met de oude header" in Path(page["path"]).read_text()
    status = place.run("status").out
    assert "Copy vna does not hold 5 studies as the archive does" in status
    assert place.json("status").answer["copies"]["vna"]["another"] == 3
    assert not list(leaks_in((spoken + status).encode(), "spoken", Secrets.of(place.hospital)))
    states = {one["study_instance_uid"]: one["state"] for one in told["studies"]}
    assert states == {
        old: "old-header", several: "partly", forked: "another", coerced: "another", twice: "another",
    }  # fmt: skip
    assert told["states"] == {"another": 3, "corrected": 1, "none": len(rest), "old-header": 1, "partly": 1}
    assert (told["held"], told["right"], told["share"]) == (6, 1, pytest.approx(1 / 6, abs=1e-6))
    assert told["interval"]["high"] - told["interval"]["low"] < 2e-6, "every study was looked at"
    assert "met de oude header" in spoken
    assert "Objecten: " in spoken


def test_a_copy_that_is_right_needs_nobody_and_a_sample_has_an_interval(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        for uid in put_right(place):
            vna.store_directly(archive.objects(uid))
        told = looked_at(place, "--sample", "50", code=0)
    assert told["share"] == 1
    assert told["interval"]["low"] < 1 == told["interval"]["high"]
    assert told["do"] == []


def test_of_a_copy_that_gives_no_answer_nothing_is_said(place: Workplace) -> None:
    with place.archive():
        told = looked_at(place, "--study", put_right(place)[0], code=2)
    assert told["unreachable"]
    assert told["states"] == {"unknown": 1}
    assert (told["right"], told["interval"]["low"], told["interval"]["high"]) == (0, 0, 1)


def test_an_old_header_that_came_back_is_named_and_corrected_again(place: Workplace) -> None:
    """A copy with the old header feeds it back: the next verification says so, and the next plan puts it right."""
    with place.archive() as archive, copy_of(place) as vna:
        fed, *_ = put_right(place)
        vna.store_directly(old_objects(place, fed))
        archive.store_directly(old_objects(place, fed))
        answer = place.must("verify", "--copies", code=2).answer
        assert {one["reason"] for one in answer["different"]} == {"old-header-back"}
        assert answer["copies"][0]["studies"][0]["study_instance_uid"] == fed
        spoken = place.run("--lang", "nl", "verify", "--study", fed).out
        assert "old-header-back. De header van vóór onze wijziging staat er weer" in spoken
        plan = place.must("plan").answer
        assert plan["counts"]["planned"] == 1
        place.must("approve", plan["path"], "--by", "A. Reviewer")
        assert place.must("execute", plan["path"], "--now").answer["verified"] == 1
        assert place.must("verify").answer["different"] == []


def test_looking_is_written_down_and_changes_no_state(place: Workplace) -> None:
    before = place.states()
    with place.archive() as archive, copy_of(place) as vna:
        one, *_ = put_right(place)
        vna.store_directly(archive.objects(one))
        looked_at(place, "--study", one, code=0)
    assert place.states() == before
    events = place.must("ledger", "list", "--type", "copy-checked").answer["events"]
    assert [(event["study"], event["reason"]) for event in events] == [(one, "corrected")]
    assert place.left_in_spool() == []


@pytest.mark.parametrize(
    "copies",
    [
        {"vna": node(104, host="LOCALHOST.")},
        {"vna": node(104, called_ae_title="ANOTHER", host="::1")},
        {"vna": node(105, store={"host": "127.0.0.1", "port": 104, "called_ae_title": "X"})},
        {"vna": node(105), "cache": node(105, called_ae_title="CACHE")},
        {"vna": node(105, update="hl7")},
        {"vna": node(105, portt=1)},
        {"VNA 1": node(105)},
    ],
)
def test_a_copy_that_is_the_archive_itself_is_refused(copies: dict[str, Any], tmp_path: Path) -> None:
    archive = {"host": "127.0.0.1", "port": 104, "called_ae_title": "ARCHIVE"}
    parse_config({"archive": archive, "copies": {"vna": node(105)}}, base=tmp_path)
    with pytest.raises(ConfigError):
        parse_config({"archive": archive, "copies": copies}, base=tmp_path)


def test_verify_without_copies_says_where_they_are_named(approved: Workplace) -> None:
    ran = approved.run("verify", "--copies")
    assert ran.code == 64
    assert "section copies" in ran.one_line


def test_a_copy_at_which_another_process_is_at_work_is_not_read(place: Workplace) -> None:
    with place.archive() as archive, copy_of(place) as vna:
        whole = put_right(place)[0]
        vna.store_directly(archive.objects(whole))
        with place.session() as work:
            fence = work.ledger.take_lease("copy vna", "elsewhere:1:1", 60, is_gone=lambda _: False)
            assert fence is not None
        found = looked_at(place, "--study", whole, code=2)
        assert (found["elsewhere"], found["looked"], found["states"]) == (True, 0, {"unknown": 1})
        with place.session() as work:
            work.ledger.end_lease("copy vna", fence)
        found = looked_at(place, "--study", whole, code=0)
        assert (found["elsewhere"], found["right"]) == (False, 1)


def test_a_copy_that_may_be_the_archive_itself_is_named_when_it_is_probed(place: Workplace) -> None:
    with place.archive(), copy_of(place), slow_link(place.port, 0) as door:
        place.configure(copies={"door": node(door.port)})
        found = place.must("doctor", "--probe").answer
        assert (found["may_be_the_archive"], found["ok"]) == (["door"], True)
        told = place.run("doctor", "--probe", "--lang", "nl").out
        assert "--  kopie door toont het onderzoek dat net in het archief is opgeslagen" in told
        assert place.must("doctor").answer["may_be_the_archive"] == []
