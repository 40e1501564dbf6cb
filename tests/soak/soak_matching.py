"""Millions of adversarial decisions over many hospitals: `python tests/soak/soak_matching.py [STUDIES] [SEED]`.

Ends with exit code 1 at a false write, a wrong reason, or a share below 95 %.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "identity"))

from adversarial import Tally, run

STUDIES_A_HOSPITAL = 100_000
PEOPLE = 8_000
LEAST_SHARE = 0.95


def main(studies: int = 3_000_000, seed: int = 1) -> int:
    """Decide `studies` studies, a new hospital every hundred thousand."""
    tally, started = Tally(), perf_counter()
    for number, done in enumerate(range(0, studies, STUDIES_A_HOSPITAL)):
        run(min(STUDIES_A_HOSPITAL, studies - done), seed=seed + number, size=PEOPLE, tally=tally)
        seconds = perf_counter() - started
        rows = tally.studies.total()
        print(
            f"{rows:>12,} studies  {tally.false_writes.total()} false  {tally.share:.2%}  {seconds:.0f} s", flush=True
        )
    print("\n".join(tally.lines()))
    good = not tally.false_writes.total() and not tally.wrong_reasons.total() and tally.share >= LEAST_SHARE
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
