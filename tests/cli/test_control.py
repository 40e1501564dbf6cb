"""Hands on running work: signals, pause, resume and stop from another process."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from remediate.demo.faults import Break, ConversationEnding, Delay, Faults, Phase
from remediate.demo.leaving import Breaker
from tests.workplace import Workplace, assert_corrected

SLOW = Faults(delays=(Delay(phase=Phase.STORE, seconds=0.15),))
"""An archive that leaves time to interfere."""


class Held:
    """Every C-STORE waits at the archive until it is let go."""

    def __init__(self) -> None:
        self.go_on, self.reached = threading.Event(), 0

    @property
    def is_reached(self) -> bool:
        return self.reached > 0


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    hands, checkpoint = Held(), Breaker.checkpoint

    def at(self: Breaker, phase: Phase, association: object) -> None:
        if phase is Phase.STORE:
            hands.reached += 1
            hands.go_on.wait(120)
        checkpoint(self, phase, association)

    monkeypatch.setattr(Breaker, "checkpoint", at)
    yield hands
    hands.go_on.set()


def until(condition: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def verified(place: Workplace) -> int:
    return sum(state == "verified" for state in place.states().values())


def ended(process: subprocess.Popen[str], *, said: str = "") -> tuple[int, dict[str, object]]:
    out, err = process.communicate(timeout=60)
    assert err == said
    return process.returncode, json.loads(out)


def test_sigterm_ends_between_two_objects_with_3_and_the_next_run_finishes(place: Workplace, held: Held) -> None:
    with place.archive(SLOW) as archive:
        process = place.start("--json", "execute", place.plan, "--now", quiet_seconds=600)
        until(lambda: held.is_reached, process)
        process.send_signal(signal.SIGTERM)
        time.sleep(2)  # to hear it in: on a busy machine its main thread is late
        held.go_on.set()
        code, answer = ended(process)
        assert held.reached <= 4  # one in hand of each of two workers, and one that each began before it heard
        assert (code, answer["stopped_because"]) == (3, "signal")
        assert answer["remaining"]
        archive.faults = Faults()
        assert place.must("execute", place.plan, "--now").answer["remaining"] == 0
        assert_corrected(archive, place.planned())
    assert place.must("ledger", "verify").answer["ok"]


def test_stop_from_another_process_ends_after_the_study_in_hand(place: Workplace, held: Held) -> None:
    with place.archive():
        process = place.start("--json", "execute", place.plan, "--now", quiet_seconds=600)
        until(lambda: held.is_reached, process)
        place.must("stop")
        held.go_on.set()
        code, answer = ended(process)
        assert (code, answer["stopped_because"]) == (3, "stop-asked")
        assert not {"intent", "stored"} & set(place.states().values())
        assert verified(place) == answer["verified"]


@pytest.mark.parametrize("how", ["SIGTERM", "stop"])
@pytest.mark.parametrize("phase", [Phase.FIND, Phase.GET])
def test_an_archive_that_drips_holds_neither_a_signal_nor_a_stop_longer_than_a_message_may_take(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, phase: Phase, how: str
) -> None:
    """Each byte is progress, and no time-out of silence ever ends it."""
    message, dripping, drip = 2, threading.Event(), Breaker._drip
    monkeypatch.setattr(Breaker, "_drip", lambda *given: (dripping.set(), drip(*given)))
    place.configure(archive={"timeouts": {"message": message, "store": message, "association": message}, "retries": 0})
    with place.archive(Faults(breaks=(Break(phase=phase, by=ConversationEnding.DRIP),))) as archive:
        process = place.start("--json", "execute", place.plan, "--now")
        until(dripping.is_set, process)
        asked = time.monotonic()
        if how == "stop":
            place.must("stop")
        else:
            process.send_signal(signal.SIGTERM)
        code, answer = ended(process)
        assert time.monotonic() - asked < 2 * message
        assert (code, answer["stopped_because"] in ("signal", "stop-asked")) == (1, True)
        archive.faults = Faults()
        place.must("execute", place.plan, "--now")
        assert_corrected(archive, place.planned())


def test_pause_holds_work_and_resume_lets_it_go_on(place: Workplace, held: Held) -> None:
    with place.archive():
        process = place.start("--json", "execute", place.plan, "--now", quiet_seconds=600)
        until(lambda: held.is_reached, process)
        place.must("pause")
        held.go_on.set()
        assert place.must("status", code=2).answer["control"] == "pause"
        until(lambda: not {"intent", "stored"} & set(place.states().values()), process)
        done = verified(place)
        time.sleep(1.0)
        assert verified(place) == done < len(place.planned())
        assert process.poll() is None
        place.must("resume")
        code, answer = ended(process, said="Paused: waiting for `remediate resume` or `remediate stop`.\n")
        assert (code, answer["remaining"]) == (0, 0)
        assert verified(place) == len(place.planned())


def test_status_and_approve_answer_while_a_batch_runs_and_a_second_execute_is_refused(
    place: Workplace, held: Held
) -> None:
    with place.archive():
        process = place.start("--json", "execute", place.plan, "--now", quiet_seconds=600)
        until(lambda: held.is_reached, process)
        assert place.must("status", code=2).answer["batch"]["closed_at"] is None
        second = place.json("execute", place.plan, "--now")
        assert second.code == 1
        assert second.out == ""
        assert second.one_line.startswith("remediate: ")
        place.must("stop")
        held.go_on.set()
        ended(process)
