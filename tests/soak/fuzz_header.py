"""Fuzzes the header room for a given time: generated and damaged data sets, every proof of every correction.

`python -m tests.soak.fuzz_header [SECONDS] [--seed N]`, 600 seconds by default. Prints how much was tried;
exits 1 with the smallest failing example. The properties are those of `tests/header/test_properties.py`, with
fresh seeds each round; real files are damaged as well.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydicom.data import get_testdata_files

from remediate.header.correction import Correction
from remediate.header.part10 import Part10, split_part10
from remediate.header.profiles import Profile
from tests.header.header_samples import Sample, samples
from tests.header.test_properties import PROFILES, check_damaged, check_proven, damaged, plan

ROUND = settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@cache
def small_files() -> tuple[Sample, ...]:
    """pydicom's own small test files, as data sets."""
    parts = [split_part10(Path(name).read_bytes()) for name in sorted(get_testdata_files("**/*.dcm"))]
    found = [part for part in parts if isinstance(part, Part10) and len(part.dataset) < 20_000]
    return tuple(Sample(part.transfer_syntax_uid, (), raw=bytes(part.dataset)) for part in found)


def damaged_files() -> SearchStrategy[tuple[bytes, str]]:
    """Real data sets with damage."""
    return damaged(st.sampled_from(small_files()))


def one_round(number: int, tried: Counter[str]) -> None:
    """Some hundreds of data sets from one seed."""

    @seed(number)
    @ROUND
    @given(sample=samples(), profile=PROFILES)
    def whole(sample: Sample, profile: Profile) -> None:
        correction = plan(sample.data, sample.syntax, profile)
        tried["corrected" if isinstance(correction, Correction) else f"refused: {correction.reason}"] += 1
        if isinstance(correction, Correction):
            check_proven(sample.data, sample.syntax, profile, correction)

    @seed(number)
    @ROUND
    @given(damage=damaged(), profile=PROFILES)
    def broken(damage: tuple[bytes, str], profile: Profile) -> None:
        start = time.monotonic()
        check_damaged(*damage, profile)
        tried["damaged"] += 1
        assert time.monotonic() - start < 20, "took too long"

    @seed(number)
    @ROUND
    @given(damage=damaged_files(), profile=PROFILES)
    def real(damage: tuple[bytes, str], profile: Profile) -> None:
        check_damaged(*damage, profile)
        tried["damaged files"] += 1

    whole()
    broken()
    real()


def main() -> int:
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
            print(f"failed at seed {number} after {sum(tried.values())} data sets")
            return 1
        number += 1
    for outcome, count in tried.most_common():
        print(f"{count:>9} {outcome}")
    print(f"nothing found in {sum(tried.values())} data sets, seeds {arguments.seed} to {number - 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
