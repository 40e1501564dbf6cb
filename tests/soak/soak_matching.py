"""Three million adversarial decisions: `python -m tests.soak.soak_matching [SECONDS]`, whatever the seconds are.

Ends with exit code 1 at a false write, at a refusal for a wrong reason, or below 95 % of what is decidable. The number
of decisions is the claim that is tested, so the time that `make soak` gives does not shorten it.
"""

from __future__ import annotations

import os
import sys

from tests.bench.adversarial_matching import main

DECISIONS = 3_000_000

if __name__ == "__main__":
    os.nice(10)
    sys.exit(main(DECISIONS))
