"""Samples whose truth is known, over all that they can show: `python -m tests.soak.soak_measure [CASES]`.

Prints the least coverage of the interval, and the largest risk of a false "above 95 %", for populations of 65 to
20,000, shares from a half to all and samples up to all but a few. Ends with exit code 1 when coverage falls more than a
point below the confidence, or a claim is false more often than its risk.
"""

from __future__ import annotations

import sys

from tests.exact_coverage import TARGET, against_scipy, coverage, false_claims

POPULATIONS = (65, 100, 300, 1_000, 5_000, 20_000)
PARTS = (0.01, 0.05, 0.2, 0.5, 0.9, 0.97)
SHARES = (0.5, 0.7, 0.9, 0.94, 0.95, 0.96, 0.98, 0.99, 0.995, 0.999, 1.0)


def main(cases: int = 100_000, seed: int = 1) -> int:
    """All of them, and so many random cases against SciPy."""
    good = True
    for confidence in (0.9, 0.95, 0.99):
        for population in POPULATIONS:
            sizes = sorted({min(population - 1, max(20, int(part * population))) for part in PARTS} | {59, 64})
            sizes = [size for size in sizes if (size < population and size <= 2_000) or size > population * 0.95]
            held = {
                (size, share): coverage(population, size, round(share * population), confidence)
                for size in sizes
                for share in SHARES
            }
            false = max(false_claims(population, size, int(TARGET * population), confidence) for size in sizes)
            (size, share), least = min(held.items(), key=lambda pair: pair[1])
            print(
                f"{confidence:.0%}: of {population:6}, least coverage {least:.2%} ({size} drawn, {share:.1%} right);"
                f" false claim at 95 % at most {false:.2%}",
                flush=True,
            )
            good = good and least >= confidence - 0.01 and false <= 1 - confidence + 1e-9
    difference, wrong = against_scipy(cases, seed)
    print(f"against SciPy, {cases:,} random cases: tails differ by {difference:.1e} at most, {wrong} ends are wrong")
    good = good and difference <= 1e-9 and not wrong
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
