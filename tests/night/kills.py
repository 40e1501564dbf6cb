"""Kills `execute` at named steps and at any moment, as a power cut does, and judges what is left; for test and soak."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from remediate.records.states import State
from tests.night.oracle import Holds, lies
from tests.night.watched import Moment
from tests.servers import REPOSITORY
from tests.workplace import Workplace

ANY = "any moment"
STEPS: tuple[tuple[str, Moment], ...] = (
    *((step, Moment.DURING) for step in ("read-back removed", "originals removed")),
    *(
        (step, moment)
        for step in (
            "echo", "batch opened", "claimed", "claim renewed", "intent looked up", "access told", "listed",
            "retrieved", "judged", "made durable", "intent written", "fence asked", "object stored", "state stored",
            "read back", "state verified", "evidence kept", "originals found", "read-back removed",
            "originals removed", "claim given back", "batch closed", "checkpoint signed",
        )
        for moment in (Moment.BEFORE, Moment.AFTER)
    ),
)  # fmt: skip
"""Every point between two steps of the work, in about their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """When to kill: at a step for the n-th time, or after so many seconds."""

    step: str
    moment: Moment = Moment.BEFORE
    nth: int = 1
    seconds: float | None = None

    def __str__(self) -> str:
        return self.step if self.seconds is not None else f"{self.moment} {self.step}"


def aims(rng: random.Random) -> Iterator[Aim]:
    """For ever: every step in turn, at its first or a later time, and every fifth at any moment."""
    for number, (step, moment) in enumerate(cycle(STEPS)):
        nth = 1 if number < len(STEPS) else rng.choice((1, 1, 1, 2, 3))
        yield Aim(step=step, moment=moment, nth=nth)
        if number % 4 == 3:
            yield Aim(step=ANY, seconds=rng.random() * 0.6)


@dataclass(kw_only=True)
class Killer:
    """Runs commands by a warm process that forks, and counts the kills by step."""

    server: subprocess.Popen[str]
    kills: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # the command ended before the step came

    def kill(self, place: Workplace, aim: Aim, *, plan: str = "", ends: Collection[int] = (0,)) -> bool:
        """Run `execute` of a plan, the first if none is named, until it is killed.

        False: it was over before, with one of the codes of `ends`.
        """
        said = place.folder / "said.txt"
        request = {
            "arguments": ["--config", str(place.config), "execute", plan or place.plan, "--now"],
            "step": aim.step,
            "moment": aim.moment.value,
            "nth": aim.nth,
            "seconds": aim.seconds,
            "said": str(said),
        }
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        answer = json.loads(self.server.stdout.readline())
        assert answer["killed"] or answer["code"] in ends, f"{aim}: {said.read_text()}"
        (self.kills if answer["killed"] else self.missed)[str(aim)] += 1
        return bool(answer["killed"])

    def table(self) -> str:
        """Kills by step, the most first."""
        return "\n".join(f"  {number:5}  {step}" for step, number in self.kills.most_common())


@contextmanager
def killer() -> Iterator[Killer]:
    """The warm process, for the length of the block."""
    command = [sys.executable, "-m", "tests.night.kill_server"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield Killer(server=server)
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait(30)


def assert_whole(place: Workplace, archive: Holds) -> None:
    """`execute` once more: every planned study verified, no BSN twice, nothing missing, the ledger proved."""
    wrong = list(lies(place, archive))
    assert wrong == [], f"before the next run: {wrong}"
    answer = place.must("execute", place.plan, "--now").answer
    assert answer["remaining"] == 0
    states = place.states()
    assert {states[study.study_instance_uid] for study in place.planned()} == {State.VERIFIED}
    wrong = list(lies(place, archive))
    assert wrong == [], f"after the next run: {wrong}"
    proof = place.must("ledger", "verify").answer
    assert proof["ok"], proof["problems"]
    assert place.left_in_spool() == [], "originals of verified studies stay behind"
