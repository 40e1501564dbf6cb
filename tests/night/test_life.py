"""Whether a batch's process is at work: what its machine says comes before signs, and no clock that is set deceives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace

import pytest

from remediate import processes
from remediate.cli.night.notices import Notices
from remediate.cli.output import Output
from remediate.cli.progress import Lines
from remediate.night.life import SILENT_SECONDS, Life, life_of, open_batches
from remediate.night.pulse import RECENT_SECONDS, Pulse
from remediate.processes import fate_of, since_boot, this_process
from remediate.records.ledger import EventType, NewEvent
from remediate.records.signs import Doing, Fate, Hold, Process
from remediate.texts.language import Sentence, both
from remediate.wiring import now
from tests.workplace import Workplace

HERE = Process("pacs01", 4242, "boot-a", "100")
RECENTLY, LONG_AGO = 3.0, SILENT_SECONDS + 1


@dataclass
class Watching:
    """A machine whose answers are given."""

    fate: Fate = Fate.UNKNOWN
    boot: str = "boot-a"
    locked: bool | None = None
    machine: str = "pacs01"
    clock: float = 1000.0

    def fate_of(self, process: Process) -> Fate:
        return self.fate

    def is_of_this_boot(self, process: Process) -> bool:
        return process.boot == self.boot

    def since_boot(self) -> float:
        return self.clock

    def is_locked(self) -> bool | None:
        return self.locked

    def holder(self) -> None:
        return None

    def ledger_room(self) -> int | None:
        return None

    def may_write(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("watch", "silent", "life"),
    [
        (Watching(Fate.LIVES), RECENTLY, Life.ALIVE),
        (Watching(Fate.LIVES), LONG_AGO, Life.FROZEN),
        (Watching(Fate.STOPPED), RECENTLY, Life.FROZEN),
        (Watching(Fate.GONE), RECENTLY, Life.GONE),
        (Watching(Fate.UNKNOWN, "boot-b", machine="other"), RECENTLY, Life.ALIVE),
        (Watching(Fate.UNKNOWN, "boot-b", machine="other"), LONG_AGO, Life.SILENT),
        (Watching(Fate.UNKNOWN, "boot-b", machine="other"), None, Life.SILENT),
        (Watching(Fate.UNKNOWN, "boot-b"), LONG_AGO, Life.GONE),
        (Watching(Fate.UNKNOWN, "boot-b"), RECENTLY, Life.ALIVE),
        (Watching(Fate.UNKNOWN, "boot-b", locked=False), RECENTLY, Life.GONE),
        (Watching(Fate.UNKNOWN, "boot-b", locked=True), RECENTLY, Life.ALIVE),
    ],
    ids=[
        "at work",
        "there, but hangs",
        "SIGSTOP",
        "killed, though just heard",
        "on another machine",
        "another machine, not heard",
        "another machine, clock set back",
        "this machine was started again",
        "a namesake of this machine",
        "nobody holds the embedded ledger",
        "somebody holds the embedded ledger",
    ],
)
def test_what_a_machine_says_of_its_own_process_comes_before_signs(
    watch: Watching, silent: float | None, life: Life
) -> None:
    assert life_of(HERE, watch, silent) is life


def test_a_process_is_told_from_one_that_was_given_its_number_later() -> None:
    ours = this_process()
    assert fate_of(ours) is Fate.LIVES
    assert fate_of(ours._replace(started="1")) is Fate.GONE
    assert fate_of(ours._replace(boot="another")) is Fate.UNKNOWN
    assert fate_of(ours._replace(started="")) is Fate.UNKNOWN


def test_the_system_tells_who_is_stopped_and_who_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    stat = processes._stat_of(child.pid)
    assert stat is not None
    process = this_process()._replace(pid=child.pid, started=stat[19])
    assert fate_of(process) is Fate.LIVES
    child.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while fate_of(process) is not Fate.STOPPED:
        assert time.monotonic() < deadline
    with monkeypatch.context() as patch:  # a machine that shows nobody the processes of others
        patch.setattr(processes, "_stat_of", lambda pid: None)
        assert fate_of(process) is Fate.UNKNOWN
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert fate_of(process) is Fate.GONE, "nobody asked yet how it ended"
    child.communicate()
    assert fate_of(process) is Fate.GONE


def test_signs_are_dated_by_clocks_that_nobody_sets(place: Workplace) -> None:
    event = NewEvent(type=EventType.BATCH_OPENED, at=now(), plan="plan-0001")
    with place.session() as work:
        opened = work.ledger.open_batch("plan-0001", event, process=this_process(), steady=since_boot())
        doing = Doing(studies=2, hold=Hold.ROOM, since=now(), told=Sentence("A700h", "A700h"), until=now())
        work.ledger.sign(opened.batch_id, doing, steady=since_boot() - 40)
        watch = Watching(Fate.LIVES, this_process().boot, clock=since_boot())
        (here,) = open_batches(work.ledger, watch)
        (elsewhere,) = open_batches(work.ledger, replace(watch, boot="other", fate=Fate.UNKNOWN))
    assert here.doing == elsewhere.doing == doing
    assert (here.life, elsewhere.life) == (Life.ALIVE, Life.ALIVE)
    assert here.silent_for == pytest.approx(40, abs=5), "by the machine's own clock"
    assert elsewhere.silent_for == pytest.approx(0, abs=5), "by the database's"


def test_a_pace_is_of_the_last_minutes_and_a_pause_is_no_work() -> None:
    clock = [0.0]
    pulse = Pulse(steady=lambda: clock[0])
    for seconds in (30.0, 2 * RECENT_SECONDS, 2 * RECENT_SECONDS + 60):
        pulse.begin()
        clock[0] = seconds
        pulse.end(objects=12)
    assert (pulse.doing().studies, pulse.doing().objects, pulse.doing().recent_objects) == (3, 36, 24)
    pulse.hold(Hold.PAUSED)
    clock[0] += 5 * RECENT_SECONDS
    assert pulse.doing().recent_objects == 24
    pulse.let_go(Hold.PAUSED)
    assert (pulse.doing().hold, pulse.doing().recent_seconds) == (None, RECENT_SECONDS)


def test_a_line_when_work_waits_one_when_it_goes_on_and_seldom_more(capsys: pytest.CaptureFixture[str]) -> None:
    clock = [0.0]
    pulse = Pulse(on_hold=Notices(Output(), steady=lambda: clock[0]))
    for at in (0, 10, 20, 70):
        clock[0] = at
        with pulse.holding(Hold.ROOM, both("A700h")), pulse.holding(Hold.ROOM, both("A700h")):
            assert pulse.doing().hold is Hold.ROOM
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == [
        "The archive has no room for an object (A700h)",
        "No object waits for room any more.",
    ] * 2


def test_progress_without_a_terminal_is_a_line_now_and_then_of_what_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("remediate.cli.progress.time.monotonic", lambda: clock[0])
    with Output().progress(total=500, unit="studies", what="plan-0001", more=lambda: "3.2 objects a second") as lines:
        assert isinstance(lines, Lines)
        for clock[0] in (1, 59, 61, 100, 700):
            lines.update(20)
    told = [line.partition("UTC  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert told == [
        "plan-0001: 60/500 studies (12.0 %), 3.2 objects a second",
        "plan-0001: 100/500 studies (20.0 %), 3.2 objects a second",
    ]
