"""When work must stop or wait: quota, operator, breaker, window, and ceilings over several workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remediate.config.execute import ExecuteSettings, LimitSettings, WindowSettings
from remediate.night.ceilings import buckets
from remediate.night.execute import prepare_run
from remediate.night.gate import Gate, StopSwitch
from remediate.night.study_times import LAST, StudyTimes, Told
from remediate.reasons.study import StopReason
from remediate.records.ledger import EventType, NewEvent, RunMode
from remediate.wiring import Session, now
from tests.workplace import Workplace

ALWAYS = WindowSettings(**{"from": "00:00", "to": "00:00"})


@pytest.fixture
def work(place: Workplace) -> Iterator[Session]:
    with place.session() as opened:
        yield opened


class SteppingClock:
    """A clock that stands still until told."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def gate(work: Session, *, settings: ExecuteSettings | None = None, **more: object) -> Gate:
    settings = settings or ExecuteSettings(window=ALWAYS)
    prepare_run(work.ledger, now=now(), actor="")
    return Gate(control=work.ledger, settings=settings, clock=now, switch=StopSwitch(), **more)  # type: ignore[arg-type]


def control(work: Session, mode: RunMode) -> None:
    work.ledger.set_control(mode, NewEvent(type=EventType.CONTROL, at=now(), details={"mode": mode.value}))


def test_the_quota_admits_exactly_as_many_studies_over_all_workers(work: Session) -> None:
    shared = gate(work, quota=7)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: shared.before_study(), range(20)))
    assert answers.count(None) == 7
    assert set(answers) == {None, StopReason.MAX_STUDIES}


def test_what_is_kept_of_the_quota_for_a_patient_in_hand_is_nobody_elses(work: Session) -> None:
    shared = gate(work, quota=3)
    assert shared.before_study() is None
    assert shared.keep(5) == 2, "as far as there is any"
    assert shared.before_study() is StopReason.MAX_STUDIES
    assert shared.before_study(is_kept=True) is None
    shared.give_back(1)
    assert [shared.before_study() for _ in range(2)] == [None, StopReason.MAX_STUDIES]
    control(work, RunMode.STOP)
    assert shared.before_study(is_kept=True) is StopReason.STOP_ASKED


def test_stop_is_obeyed_before_the_next_study_and_reset_by_the_next_run(work: Session) -> None:
    shared = gate(work)
    assert shared.before_study() is None
    control(work, RunMode.STOP)
    assert shared.before_study() is StopReason.STOP_ASKED
    assert gate(work).before_study() is None


def test_pause_waits_until_resume(work: Session) -> None:
    shared = gate(work)
    control(work, RunMode.PAUSE)
    admitted = threading.Event()
    waiting = threading.Thread(target=lambda: (shared.before_study(), admitted.set()))
    waiting.start()
    assert not admitted.wait(0.3)
    control(work, RunMode.RUN)
    assert admitted.wait(5)
    waiting.join()


def test_a_signal_ends_the_waiting_of_paused_work(work: Session) -> None:
    shared = gate(work)
    control(work, RunMode.PAUSE)
    threading.Timer(0.1, shared.switch.stop, [StopReason.SIGNAL]).start()
    assert shared.before_study() is StopReason.SIGNAL


def test_a_stop_ends_a_wait_in_the_middle_of_a_study(work: Session) -> None:
    passed: list[float] = []

    class Switch(StopSwitch):
        def wait(self, seconds: float) -> bool:
            passed.append(seconds)
            if len(passed) == 3:
                control(work, RunMode.STOP)
            return self.stopped

    shared = gate(work, steady=lambda: sum(passed))
    shared.switch = Switch()
    shared.wait(1.0)
    assert (sum(passed), shared.switch.stopped) == (1.0, False)
    shared.wait(60.0)
    assert (len(passed), shared.switch.reason) == (3, StopReason.STOP_ASKED)
    shared.wait(60.0)
    assert len(passed) == 3


def test_a_new_run_stays_paused(work: Session) -> None:
    control(work, RunMode.PAUSE)
    gate(work)
    assert work.ledger.control() is RunMode.PAUSE


def test_the_first_reason_to_stop_stands(work: Session) -> None:
    switch = StopSwitch()
    switch.stop(StopReason.VERIFICATION_MISMATCH)
    switch.stop(StopReason.SIGNAL)
    assert switch.reason is StopReason.VERIFICATION_MISMATCH


def test_a_mismatch_that_another_process_read_back_stops_this_one(work: Session) -> None:
    found = [False]
    shared = gate(work, is_forbidden=lambda: found[0])
    shared.heed_ceilings()
    assert not shared.switch.stopped
    found[0] = True
    shared.heed_ceilings()
    assert shared.over() is StopReason.VERIFICATION_MISMATCH


def test_failures_in_a_row_open_the_breaker_and_a_success_starts_the_count_again(work: Session) -> None:
    shared = gate(work, settings=ExecuteSettings(window=ALWAYS, breaker=3))
    for failed in (True, True, False, True, True):
        shared.report(failed=failed)
    assert shared.before_study() is None
    shared.report(failed=True)
    assert shared.before_study() is StopReason.BREAKER
    assert shared.before_object(1) is StopReason.BREAKER


def test_the_window_and_until_are_asked_before_each_study(work: Session) -> None:
    settings = ExecuteSettings(window=WindowSettings(**{"from": "20:00", "to": "06:00", "timezone": "UTC"}))
    clock = SteppingClock(datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    until = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
    shared = Gate(control=work.ledger, settings=settings, clock=clock, switch=StopSwitch(), until=until)
    assert shared.before_study() is None
    clock.moment = until
    assert shared.before_study() is StopReason.UNTIL_REACHED
    shared.until = None
    clock.moment = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert shared.before_study() is StopReason.WINDOW_CLOSED
    shared.ignore_window = True
    assert shared.before_study() is None


def test_a_closed_window_never_breaks_off_the_study_in_hand(work: Session) -> None:
    settings = ExecuteSettings(window=WindowSettings(**{"from": "20:00", "to": "06:00", "timezone": "UTC"}))
    noon = SteppingClock(datetime(2026, 3, 3, 12, 0, tzinfo=UTC))
    shared = Gate(control=work.ledger, settings=settings, clock=noon, switch=StopSwitch())
    assert shared.before_study() is StopReason.WINDOW_CLOSED
    assert shared.before_object(1000) is None


def test_objects_a_second_is_a_ceiling_over_two_workers(work: Session) -> None:
    shared = gate(work, settings=ExecuteSettings(window=ALWAYS, limits=LimitSettings(objects_per_second=10)))
    went: list[float] = []

    def worker() -> None:
        while len(went) < 25:
            assert shared.before_object(100) is None
            went.append(time.monotonic())

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    went.sort()
    busiest = max(sum(1 for other in went if start <= other < start + 0.95) for start in went)
    assert busiest <= 11, "more than the ceiling within a second, though nothing was sent before it"


def test_objects_an_hour_is_a_ceiling_over_several_gates_on_one_ledger(work: Session, place: Workplace) -> None:
    """Two workers that share nothing but the ledger, on a clock of their own: never more than hour and burst."""
    settings = ExecuteSettings(window=ALWAYS, limits=LimitSettings(objects_per_hour=60))
    gate(work, settings=settings)
    start = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    taken = 0
    for second in range(0, 3601, 10):
        for _ in range(2):
            if work.ledger.take({"objects_per_hour": 1.0}, now=start + timedelta(seconds=second)) == 0.0:
                taken += 1
    assert 59 <= taken <= 61


def test_studies_an_hour_make_the_next_study_wait(work: Session) -> None:
    settings = ExecuteSettings(window=ALWAYS, limits=LimitSettings(studies_per_hour=60))
    shared = gate(work, settings=settings)
    assert shared.before_study() is None
    threading.Timer(0.2, shared.switch.stop, [StopReason.SIGNAL]).start()
    assert shared.before_study() is StopReason.SIGNAL


def test_an_object_larger_than_the_bytes_of_a_second_goes_through_and_is_paid_for(work: Session) -> None:
    settings = ExecuteSettings(window=ALWAYS, limits=LimitSettings(bytes_per_second=1000))
    gate(work, settings=settings)
    moment = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    assert work.ledger.take({"bytes_per_second": 300_000.0}, now=moment) == 0.0
    assert work.ledger.take({"bytes_per_second": 1.0}, now=moment) >= 200


def test_limits_without_a_value_have_no_bucket(tmp_path: Path) -> None:
    assert buckets(LimitSettings()) == {}


def test_nothing_is_tried_again_on_an_archive_once_work_is_to_end(work: Session) -> None:
    """The last study of a quota still has all its tries; a stop, a signal and the window's end leave none."""
    assert not gate(work, quota=0).is_over()
    signalled = gate(work)
    signalled.switch.stop(StopReason.SIGNAL)
    assert signalled.is_over()
    clock = SteppingClock(datetime(2026, 3, 4, 12, 0, tzinfo=UTC))
    nightly = ExecuteSettings(window=WindowSettings(**{"from": "20:00", "to": "06:00"}))
    closed = gate(work, settings=nightly)
    closed.clock = clock
    assert closed.is_over()
    stopped = gate(work)
    control(work, RunMode.STOP)
    assert stopped.is_over()
    assert work.new_archive(stopped)._ending()


NIGHTLY = ExecuteSettings(window=WindowSettings(**{"from": "20:00", "to": "06:00"}))
FIVE = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 05:00 in Amsterdam, an hour before the window ends


def test_a_study_is_begun_only_where_it_would_be_done_before_work_must_end(work: Session) -> None:
    clock, times = SteppingClock(FIVE), StudyTimes(Told(0, 1_000))
    night = Gate(
        control=work.ledger, settings=NIGHTLY, clock=clock, steady=lambda: 0.0, switch=StopSwitch(), times=times
    )
    assert night.has_time_for(3_600)
    assert not night.has_time_for(3_601)
    clock.moment += timedelta(minutes=30)
    assert not night.has_time_for(1_801)
    night.until = FIVE + timedelta(minutes=40)
    assert not night.has_time_for(601)
    assert night.has_time_for(600)
    assert gate(work, settings=NIGHTLY, times=StudyTimes(Told(0, 1_000)), ignore_window=True).has_time_for(10**6)
    assert gate(work, times=StudyTimes(Told(0, 1_000))).has_time_for(10**6)  # a window that never ends


def test_how_long_a_study_takes_is_learnt_from_the_last_ones() -> None:
    assert StudyTimes(Told(10**7, 10**6)).expected(100) == 600.0 + 3_000.0  # it was away for hours
    times = StudyTimes(Told(0, 500))
    assert times.expected(10) == 5.0
    times.learn(0, 600.0)  # nothing was stored: it tells nothing
    times.learn(10, 20.0)
    assert times.expected(100) == 20.0 + 200.0
    for _ in range(LAST):
        times.learn(10, 100.0)  # the archive became five times as slow
    assert times.expected(100) == 100.0 + 1_000.0
    assert times.expected(None) == 100.0 + 100.0
    learnt = times.learnt()
    assert learnt is not None
    assert StudyTimes(learnt).expected(10) == times.expected(10)  # the next batch begins with that
