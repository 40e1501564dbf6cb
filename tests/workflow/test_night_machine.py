"""Crashes, second workers, changes of EPD and archive, faults: in any order no object gets a BSN but the oracle's."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from night_world import FAULTS, MANGLING, NightWorld
from workplace import Workplace, shared_workplace

STUDIES = 3
STUDY = st.integers(0, STUDIES - 1)
CALL = st.integers(1, 90)


class Night(RuleBasedStateMachine):
    """One hospital, from an approved plan on."""

    template: Workplace
    base: Path
    _folders = itertools.count()

    @initialize()
    def evening(self) -> None:
        self.world = NightWorld(self.template, self.base / f"night-{next(self._folders)}")
        self.uids = list(self.world.studies)

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

    @rule(which=STUDY)
    def epd_merges(self, which: int) -> None:
        into = self.uids[(which + 1) % STUDIES]
        if not any(self.world.studies[uid].merged for uid in self.uids):
            self.world.merge(self.uids[which], into)

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
        self.world.misbehave(FAULTS[name], mangles=False)

    @rule(name=st.sampled_from(sorted(MANGLING)))
    def archive_mangles(self, name: str) -> None:
        self.world.misbehave(MANGLING[name], mangles=True)

    @rule()
    def cure(self) -> None:
        self.world.cure()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.end()
            self.world.close()


def nights(template: Workplace, base: Path, examples: int, steps: int) -> None:
    """Run so many nights of so many steps."""
    machine = type("Nights", (Night,), {"template": template, "base": base})
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=examples < 50,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies of three patients."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), STUDIES)


def test_a_few_nights(approved: Workplace, tmp_path: Path) -> None:
    nights(approved, tmp_path, examples=3, steps=8)


@pytest.mark.soak
def test_hundreds_of_nights(approved: Workplace) -> None:
    with tempfile.TemporaryDirectory(prefix="nights-") as base:
        nights(approved, Path(base), examples=300, steps=20)
