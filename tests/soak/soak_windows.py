"""Windows that nobody thought of, against a wall clock that counts minutes.

`python -m tests.soak.soak_windows [SECONDS]`. The seed is printed. Ends with exit code 1 at a minute about which
the two differ.
"""

from __future__ import annotations

import os
import sys
import time
from random import Random, SystemRandom

from tests.test_window import differences

if __name__ == "__main__":
    os.nice(10)
    seed = SystemRandom().randrange(1 << 31)
    random, ends, windows = Random(seed), time.monotonic() + float(sys.argv[1] if sys.argv[1:] else 60), 0
    while time.monotonic() < ends:
        if wrong := differences(random):
            print(f"seed {seed}, window {windows}: {wrong}")
            sys.exit(1)
        windows += 1
    print(f"seed {seed}: {windows} windows, not a minute otherwise")
