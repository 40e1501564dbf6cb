"""What may happen in a night, in any order: crashes, second workers, changes of EPD and archive, faults of the archive.

The world in which it happens, and what must hold after each step, stand in `night_world`.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.night.night_world import FAULTS, MANGLING, NightWorld
from tests.workplace import Workplace

STUDIES = 3
STUDY = st.integers(0, STUDIES - 1)
CALL = st.integers(1, 90)


class Night(RuleBasedStateMachine):
    """One hospital, from an approved plan on."""

    template: Workplace
    base: Path
    happened: ClassVar[Counter[str]]
    _folders = itertools.count()

    @initialize()
    def evening(self) -> None:
        self.world = NightWorld(self.template, self.base / f"night-{next(self._folders)}", self.happened)
        self.uids = list(self.world.studies)
        self.world.did("night")

    @rule()
    def execute(self) -> None:
        self.world.execute()

    @rule(calls=CALL)
    def crash(self, calls: int) -> None:
        self.world.crash(calls)

    @rule(calls=CALL, later=st.booleans())
    def second_worker(self, calls: int, later: bool) -> None:
        self.world.crowd(calls, later=later)

    @rule()
    def new_plan(self) -> None:
        self.world.new_plan()

    @rule(which=STUDY)
    def rollback(self, which: int) -> None:
        self.world.rollback(self.uids[which])

    @rule(which=STUDY)
    def release(self, which: int) -> None:
        self.world.release(self.uids[which])

    @rule(which=STUDY, withdrawn=st.booleans())
    def epd_changes(self, which: int, withdrawn: bool) -> None:
        if not self.world.studies[self.uids[which]].merged:
            self.world.epd(self.uids[which], None if withdrawn else next(self.world.new_bsns))

    @precondition(lambda self: not any(one.merged for one in self.world.studies.values()))
    @rule(which=STUDY)
    def epd_merges(self, which: int) -> None:
        self.world.merge(self.uids[which], self.uids[(which + 1) % STUDIES])

    @rule(which=STUDY)
    def object_added(self, which: int) -> None:
        self.world.add(self.uids[which])

    @rule(which=STUDY)
    def object_sent_again(self, which: int) -> None:
        self.world.resend(self.uids[which])

    @rule(which=STUDY, whole=st.booleans())
    def deleted(self, which: int, whole: bool) -> None:
        self.world.delete(self.uids[which], whole=whole)

    @rule(name=st.sampled_from(sorted(FAULTS)))
    def archive_fails(self, name: str) -> None:
        self.world.misbehave(name)

    @rule(name=st.sampled_from(sorted(MANGLING)))
    def archive_mangles(self, name: str) -> None:
        self.world.misbehave(name)

    @precondition(lambda self: self.world.troubled)
    @rule()
    def cure(self) -> None:
        self.world.cure()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if (error := sys.exception()) is None:
                self.world.end()
        except BaseException as later:
            error = later
            raise
        finally:
            self.world.close()
            shutil.rmtree(self.world.place.folder)
            if isinstance(error, Exception):
                error.add_note("\n".join(("What happened in this night:", *self.world.history)))


def nights(template: Workplace, base: Path, examples: int, steps: int, *, seed: int | None = None) -> Counter[str]:
    """Run so many nights of so many steps; how often each thing happened in them, and `night`.

    Without a seed always the same nights. A night that fails is told step by step as it was found: to shrink it would
    take hundreds of nights more.
    """
    happened: Counter[str] = Counter()
    members = {"template": template, "base": base, "happened": happened, "_hypothesis_internal_use_seed": seed}
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=seed is None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(type("Nights", (Night,), members), settings=chosen)  # type: ignore[no-untyped-call]
    return happened
