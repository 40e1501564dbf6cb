"""Six thousand studies of an adversary that knows the program by its contract: no false write, and few left to people.

A sample of `tests/bench/adversarial_second.py`, which `make soak` runs for two hundred thousand of another seed.
What is true is known there from how people were made.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.bench.adversarial_second import LEAST_SHARE, WORLDS, Tally

SEED = 20240301
STUDIES = 2_000


@pytest.mark.parametrize("world", list(WORLDS))
def test_no_study_gets_another_persons_bsn_and_few_are_left_to_people(world: str) -> None:
    """Namesakes, what clerks told of people, and numbers in every spelling."""
    answers, _ = WORLDS[world]
    tally = Tally()
    for study, answer in answers(Random(f"{SEED}.{world}"), STUDIES):
        tally.add(world, study, answer)
    print("\n" + "\n".join((*tally.lines(), *tally.details())))
    assert tally.decidable.total() > STUDIES / 20
    assert tally.refused.total() > STUDIES / 20
    assert tally.false_writes.total() == 0, tally.false_writes
    assert tally.share >= LEAST_SHARE, tally.reasons.most_common(5)
