"""Fuzzes the HL7 v2 reader for a given time: files of messages of which some are damaged, and bytes at random.

`python -m tests.soak.fuzz_hl7 [SECONDS] [--seed N]`, 600 seconds by default. Prints how much was tried; exits 1 with
the smallest failing example. What must hold stands in `tests/epd/hl7_fuzz.py`; each round has a fresh seed.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import traceback
from collections import Counter

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from remediate.epd.hl7.reader import AdtMessage, read_messages
from tests.epd.hl7_fuzz import Piece, check, files

ROUND = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NOISE = st.one_of(st.binary(max_size=400), st.text("MSHPIDEVNFB|^~\\&\r\n\x0b\x1c0", max_size=400).map(str.encode))
AFTER = b"\rMSH|^~\\&|||||20240101||ADT^A08\rPID|1||1^^^H^PI||A||19700101|M\r"


def one_round(number: int, tried: Counter[str]) -> None:
    """Some hundreds of files from one seed."""

    @seed(number)
    @ROUND
    @given(pieces=files())
    def damaged(pieces: list[Piece]) -> None:
        tried["files"] += 1
        tried["messages"] += len(pieces)
        tried["damaged messages"] += sum(not piece.whole for piece in pieces)
        check(pieces)

    @seed(number)
    @ROUND
    @given(noise=NOISE)
    def noisy(noise: bytes) -> None:
        tried["noise"] += 1
        found = list(read_messages(io.BytesIO(noise + AFTER), file="fuzz", encoding="latin-1"))
        assert isinstance(found[-1], AdtMessage), "the message after it"
        assert found[-1].content == AFTER[1:]

    damaged()
    noisy()


def main() -> int:
    """Fuzz until the time is up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float, nargs="?", default=600.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.seconds
    tried: Counter[str] = Counter()
    number = arguments.seed
    while time.monotonic() < end:
        try:
            one_round(number, tried)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            traceback.print_exc()
            print(f"failed at seed {number} after {sum(tried.values())} inputs")
            return 1
        number += 1
    for outcome, count in tried.most_common():
        print(f"{count:>9} {outcome}")
    print(f"nothing found, seeds {arguments.seed} to {number - 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
