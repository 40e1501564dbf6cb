"""Fifty thousand studies made to deceive: no false write, and nearly everything decidable decided."""

from __future__ import annotations

from adversarial import CATEGORIES, run

STUDIES = 50_000
LEAST_SHARE = 0.95


def test_no_false_write_and_few_left_to_people() -> None:
    tally = run(STUDIES, seed=20240229)
    print("\n" + "\n".join(tally.lines()))
    assert tally.studies.total() == STUDIES
    assert set(tally.studies) == set(CATEGORIES)
    assert tally.false_writes.total() == 0, tally.false_writes
    assert tally.wrong_reasons.total() == 0, tally.wrong_reasons
    assert tally.share >= LEAST_SHARE
    for category in CATEGORIES:
        if tally.decidable[category]:
            assert tally.decided[category] >= LEAST_SHARE * tally.decidable[category], category
    assert tally.excused["newborn"] > 0
