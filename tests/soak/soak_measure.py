"""Samples over very many archives of known share: `python tests/soak/soak_measure.py [ARCHIVES] [SEED]`.

Prints how often the interval holds the truth and how often "above 95 %" is claimed falsely, for each kind of archive.
Ends with exit code 1 when an interval is off by more than a point, or a claim is false more often than its risk, by
more than three standard deviations of this very count.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from test_measure_intervals import TARGET, alike, different, just_not_above, perfect_but_for_some, sampled, share_of

from remediate.workflow.measure.intervals import Verdict, verdict, wilson

SIZES = (40, 60, 100, 150, 200, 300, 500)
CONFIDENCES = (0.9, 0.95, 0.99)


def main(archives: int = 20_000, seed: int = 1) -> int:
    """`archives` of each kind, at each confidence."""
    good = True

    def slack(confidence: float) -> float:
        return 3 * (confidence * (1 - confidence) / archives) ** 0.5

    for confidence in CONFIDENCES:
        for make in (alike, different, perfect_but_for_some):
            rng = random.Random(seed)
            held = 0
            for number in range(archives):
                truth = make(rng)
                correct, drawn, population, gain = sampled(rng, truth, number, rng.choice(SIZES))
                found = wilson(correct, drawn, population=population, confidence=confidence, gain=gain)
                held += found.holds(share_of(truth))
            share = held / archives
            good = good and abs(share - confidence) <= 0.01 + slack(confidence)
            print(f"{confidence:.0%} interval, {make.__name__:22} holds the truth in {share:.2%}", flush=True)
        rng = random.Random(seed)
        false = 0
        for number in range(archives):
            correct, drawn, population, gain = sampled(rng, just_not_above(rng), number, rng.choice(SIZES))
            found_verdict = verdict(
                correct, drawn, population=population, target=TARGET, confidence=confidence, gain=gain
            )
            false += found_verdict is Verdict.SHOWN
        good = good and false / archives <= 1 - confidence + slack(confidence)
        print(f"{confidence:.0%} claim of more than 95 % where it is not so: {false / archives:.2%}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
