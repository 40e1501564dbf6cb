"""Five thousand studies made to deceive: no false write, every refusal for its reason, and few left to people.

A sample of `tests/bench/adversarial_matching.py`, which `make soak` runs for three million.
"""

from __future__ import annotations

from tests.bench.adversarial_febrl import febrl_copy, febrl_copy_by_bsn
from tests.bench.adversarial_matching import LEAST_SHARE, WEIGHTS, run

DECISIONS = 5_000
ONE_OF_FEW = 1  # decidable study of a kind may be left to people, of some hundred
HARD = {"badly_written"}  # damaged beyond the rules, and so left to people in part


def test_no_false_write_every_refusal_for_its_reason_and_few_left_to_people() -> None:
    """One population of Dutch families, one of FEBRL's people."""
    tally = run(DECISIONS, seed=20240229, people=1_500, a_population=DECISIONS // 2)
    print("\n" + "\n".join(tally.lines()))
    assert tally.studies.total() == DECISIONS
    assert set(tally.studies) == {maker.__name__ for maker in WEIGHTS}
    assert tally.false_writes.total() == 0, tally.false_writes
    assert tally.wrong_reasons.total() == 0, tally.mistakes
    assert tally.share >= LEAST_SHARE
    for category, decidable in tally.decidable.items():
        if decidable and category not in HARD:
            assert tally.decided[category] >= LEAST_SHARE * decidable - ONE_OF_FEW, category


def test_errors_that_nobody_here_made_up_are_among_them() -> None:
    """FEBRL's copies are compared with its originals: both decided and refused ones."""
    names = {febrl_copy.__name__, febrl_copy_by_bsn.__name__}
    tally = run(1_000, seed=7, people=2_000, a_population=500)
    decided = sum(tally.decided[name] for name in names)
    refused = sum(tally.studies[name] - tally.agreed[name] for name in names)
    assert decided > 10
    assert refused > 10
