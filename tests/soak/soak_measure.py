"""Samples whose truth is known, over all that they can show: `python -m tests.soak.soak_measure [ARCHIVES [CASES]]`.

Prints the least coverage of the interval, and the largest risk of a false "above 95 %", for populations of 65 to
20,000, shares from a half to all and samples up to all but a few; and the same over so many archives in strata. Ends
with exit code 1 when coverage falls more than a point below the confidence, or a claim is false more often than its
risk.
"""

from __future__ import annotations

import random
import sys

from tests.exact_coverage import TARGET, against_scipy, archives, coverage, false_claims, pmf, stratified

POPULATIONS = (65, 100, 300, 1_000, 5_000, 20_000)
PARTS = (0.01, 0.05, 0.2, 0.5, 0.9, 0.97)
SHARES = (0.5, 0.7, 0.9, 0.94, 0.95, 0.96, 0.98, 0.99, 0.995, 0.999, 1.0)


def main(number: int = 400, cases: int = 100_000, seed: int = 1) -> int:
    """`number` archives in strata, after all simple ones; then as many random cases against SciPy."""
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
    least, most = 1.0, 0.0
    for strata, drawn in archives(random.Random(seed), number):
        held, false = stratified(strata, pmf(strata, drawn), sum(drawn), 0.95)
        least, most = min(least, held), max(most, false)
    print(f"95%: in strata, least coverage {least:.2%}; false claim at most {most:.2%} ({number} archives)")
    difference, wrong = against_scipy(cases, seed)
    print(f"against SciPy, {cases:,} random cases: tails differ by {difference:.1e} at most, {wrong} ends are wrong")
    good = good and difference <= 1e-9 and not wrong
    return 0 if good and least >= 0.94 and most <= 0.05 + 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
