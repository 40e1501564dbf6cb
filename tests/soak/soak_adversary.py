"""The second adversary: `python -m tests.soak.soak_adversary [SECONDS] [STUDIES] [SEED]`, whatever the seconds are.

Two hundred thousand studies of worlds that nobody has seen, or as many as are asked for; the seed is printed. Ends with
exit code 1 at a false write, or where less than 97 % of the truly decidable are decided.
"""

from __future__ import annotations

import os
import sys
from random import SystemRandom

from tests.bench.adversarial_second import main

STUDIES = 200_000

if __name__ == "__main__":
    os.nice(10)
    asked = [int(argument) for argument in sys.argv[2:]]
    studies = asked[0] if asked else STUDIES
    seed = asked[1] if len(asked) > 1 else SystemRandom().randrange(1 << 31)
    sys.exit(main(studies, seed))
