"""A worker that was frozen past its lease wakes on the machine of its successor: it spoils nothing in their spool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from remediate import wiring
from remediate.cli.night import working
from remediate.cli.night.working import Limits, run_plan
from remediate.cli.output import Output
from remediate.demo.archive import EmbeddedArchive
from remediate.demo.rewriting import coerced
from remediate.dicom import commands
from remediate.dicom.arrivals import IncomingFile
from remediate.dicom.associations import OfferedContext
from remediate.dicom.commands import Command, CommandElement
from remediate.ledger.database import Database
from remediate.ledger.ledger import SqlLedger
from remediate.night.gate import StopSwitch
from remediate.night.hand_out import STAY_SECONDS
from remediate.night.retention import remove_expired_originals
from remediate.processes import this_process
from remediate.reasons.study import StopReason
from remediate.records.ledger import EventType, NewEvent
from remediate.records.states import State
from remediate.spool.files import SpoolFiles
from remediate.spool.folder_spool import FolderSpool
from tests.night.oracle import lies
from tests.night.watched import Moment, watched
from tests.workplace import Workplace, assert_corrected, shared_workplace

LATER = timedelta(hours=5)
"""Longer than a lease."""


ENDLESS = 2_000
"""Waits after which somebody waits for nothing."""


class Killed(BaseException):
    """The second worker's process is gone."""


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 3)


def second_worker(place: Workplace, *, killed: bool) -> None:
    """Works on the plan when the first one's lease is over; may be killed with the last intent written and no more.

    What was handed out before is handed out last, so that is the first one's study.
    """
    real, intents = wiring.now, 0

    def watch(step: str, moment: Moment) -> None:
        nonlocal intents
        intents += step == "intent written" and moment is Moment.AFTER
        if killed and intents == len(place.planned()):
            raise Killed

    with (
        patch.object(working, "now", lambda: real() + LATER),
        patch.object(working, "worker_name", lambda: "second"),
        watched(watch),
        place.session(exclusive=False) as work,
        pytest.raises(Killed) if killed else patch.object(working, "THREAD_SECONDS", 0.005),
    ):
        run_plan(work, Output(as_json=True), "plan-0001", Limits(ignore_window=True))


@contextmanager
def frozen(owner: type, method: str, when: Callable[..., bool], meanwhile: Callable[..., None]) -> Iterator[None]:
    """The first call of a method for which `when` holds stops before it begins, until all else has happened."""
    real, woken = getattr(owner, method), False

    def call(self: Any, *arguments: Any) -> Any:
        nonlocal woken
        if not woken and when(*arguments):
            woken = True
            meanwhile(*arguments)
        return real(self, *arguments)

    with patch.object(owner, method, call):
        yield
    assert woken


def first_worker(place: Workplace) -> dict[str, Any]:
    """What the worker answers that was frozen, of a ledger that others may use too."""
    with patch.object(Database, "is_ours_alone", property(lambda _: False)):
        return place.json("execute", place.plan, "--now").answer


def finish(place: Workplace, archive: EmbeddedArchive) -> None:
    """What the second worker left is settled, from originals that are whole, and nothing stays behind."""
    assert list(lies(place, archive)) == []
    assert place.must("execute", place.plan, "--now").answer["remaining"] == 0
    states = place.states()
    assert {states[study.study_instance_uid] for study in place.planned()} == {State.VERIFIED}
    assert_corrected(archive, place.planned())
    assert place.left_in_spool() == []
    assert place.must("ledger", "verify").answer["ok"]


def originals(place: Workplace, uid: str) -> dict[str, bytes]:
    """What the spool holds for the unsettled intent, by SOP Instance UID."""
    with place.session(exclusive=False) as work:
        intent = work.ledger.open_intent(uid)
        assert intent is not None
        found = work.spool.received(work.spool.folder(uid, intent.spool_folder))
        return {item.sop_instance_uid: bytes(work.spool.read(item).header) for item in found}


def held(archive: EmbeddedArchive, uid: str) -> dict[str, bytes]:
    """What the archive holds of a study."""
    return {item.sop_instance_uid: item.dataset_bytes for item in archive.objects(uid)}


def arriving_in(what: str) -> Callable[..., bool]:
    """Whether an object has come whose file is to be made in such a folder; its bytes are on their way."""
    return lambda _files, folder, *_: folder.name.startswith(what)


def test_an_object_that_arrives_late_never_takes_the_place_of_an_original(place: Workplace) -> None:
    place.configure(execute={"associations": 1})

    def meanwhile(_: SpoolFiles, folder: Path, __: OfferedContext, request: Command, *___: Any) -> None:
        """A modality sends the object anew that is on its way to the first worker; the second worker gets that one."""
        name = commands.text(request, CommandElement.AFFECTED_SOP_INSTANCE_UID)
        (one,) = [item for item in archive.objects(folder.parent.name) if item.sop_instance_uid == name]
        archive.store_directly([coerced(one)])
        second_worker(place, killed=True)

    with place.archive() as archive:
        with frozen(IncomingFile, "__init__", arriving_in("original"), meanwhile):
            assert first_worker(place)["stopped_because"] == "claim-lost"
        with place.session(exclusive=False) as work:
            (begun,) = work.ledger.open_studies()
        assert originals(place, begun) == held(archive, begun)
        assert place.must("execute", place.plan, "--now").answer["remaining"] == 0
        assert b"COERCED" in b"".join(held(archive, begun).values())
        assert place.left_in_spool() == []


def test_a_late_cleaning_removes_nothing_that_came_after_it(place: Workplace) -> None:
    place.configure(execute={"associations": 1})
    for study in place.planned():
        left = place.folder / "spool" / study.study_instance_uid / "original-0-0"  # as a crash leaves them
        left.mkdir(mode=0o700, parents=True)
        (left / "1.part").touch()
    with place.archive() as archive:
        with frozen(
            FolderSpool,
            "remove",
            lambda folder: folder.name == "original-0-0",
            lambda _: second_worker(place, killed=True),
        ):
            first_worker(place)
        finish(place, archive)


def test_a_late_reading_back_says_nothing_of_a_study_that_another_has_finished(place: Workplace) -> None:
    place.configure(execute={"associations": 1})
    with place.archive() as archive:
        with frozen(IncomingFile, "__init__", arriving_in("read-back"), lambda *_: second_worker(place, killed=False)):
            answer = first_worker(place)
        assert (answer["stopped_because"], answer["failed"]) == (None, 0)
        finish(place, archive)
    leftovers_go_once_nobody_is_at_work(place)


def leftovers_go_once_nobody_is_at_work(place: Workplace) -> None:
    """What a worker left that woke after all was done: the next run removes it, unless the study is in hand again."""
    uid = place.planned()[0].study_instance_uid
    with place.session() as work:
        (work.spool.folder(uid, "read-back-9-9") / "1.part").touch()
        for in_hand, removed in ((frozenset({uid}), 0), (frozenset(), 1)):
            with patch.object(SqlLedger, "in_hand", lambda _, found=in_hand: found):
                settings = work.config.execute.spool
                assert (
                    remove_expired_originals(
                        work.spool,
                        settings,
                        studies=work.ledger,
                        work=work.ledger,
                        vault=work.ledger,
                        events=work.ledger,
                        now=wiring.now(),
                    )
                    == removed
                )
    assert place.left_in_spool() == []


@pytest.mark.parametrize("stays", [True, False])
def test_a_worker_that_stays_takes_what_another_gives_back(place: Workplace, *, stays: bool) -> None:
    """The other has a patient in hand while ours does the rest: a worker waits for what becomes of that, an `execute`
    ends."""
    elsewhere = f"{this_process()._replace(machine='pacs-2', boot='another').name}/0"
    waits, real = 0, StopSwitch.wait
    alone = patch.object(Database, "is_ours_alone", property(lambda _: False))
    with place.archive(), alone, place.session(exclusive=False) as work:
        opened = NewEvent(type=EventType.BATCH_OPENED, at=wiring.now(), plan="plan-0001")
        theirs = work.ledger.open_batch("plan-0001", opened)
        (claim,) = work.ledger.claim(theirs.batch_id, elsewhere, LATER, now=wiring.now())

        def wait(switch: StopSwitch, seconds: float) -> bool:
            nonlocal waits
            if seconds != STAY_SECONDS:
                return real(switch, seconds)
            waits += 1
            if waits == 3:
                work.ledger.finish(claim, done=False)
            if waits == ENDLESS:
                switch.stop(StopReason.FAULT)
            return False

        with patch.object(StopSwitch, "wait", wait):
            result = run_plan(work, Output(as_json=True), "plan-0001", Limits(ignore_window=True, stays=stays))
    left = 0 if stays else len(claim.studies)
    assert (result.remaining, result.outcomes) == (left, {State.VERIFIED: len(place.planned()) - left})
    assert 3 <= waits < ENDLESS if stays else waits == 0
