"""Synthetic inflows against what the control charts state: `python -m tests.soak.soak_inflow [INFLOWS]`.

Half of the 2,000 do not change: false alarms, beside the most that is stated. Half fall by exactly what the chart says
that it notices within 7 or 28 days with a chance of 90 %: how many it missed. Exit code 1 when either is more than
stated.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TypeVar

from tests.simulated_inflows import PER_DAY, Fallen, Steady, fallen_inflows, missed_allowed, steady_inflows

T = TypeVar("T", Steady, Fallen)


def main(number: int = 2_000, seed: int = 15) -> int:
    """`number` inflows in all."""
    number = max(number, 240)
    steady, fallen = list(steady_inflows(number // 2, seed)), list(fallen_inflows(number - number // 2, seed))
    print("no change     inflows  chart years  false alarms  at most")
    for name, group in _kinds(steady):
        years, stated = sum(one.years for one in group), sum(one.stated for one in group)
        false = sum(one.false for one in group)
        print(f"{name:12} {len(group):8} {years:12.0f} {false:13} {stated:8.1f}")
    print("fallen        inflows  smallest and largest fall  missed  at most 10 %")
    for name, group in _kinds(fallen):
        points = sorted(one.points for one in group)
        missed = sum(one.missed for one in group)
        part = missed / len(group)
        print(f"{name:12} {len(group):8}   {points[0]:3} to {points[-1]:3} points {missed:15}  {part:11.1%}")
    false, stated = sum(one.false for one in steady), sum(one.stated for one in steady)
    missed = sum(one.missed for one in fallen)
    return 0 if false <= stated and missed <= missed_allowed(len(fallen)) else 1


def _kinds(inflows: list[T]) -> list[tuple[str, list[T]]]:
    found: dict[str, list[T]] = defaultdict(list)
    for one in inflows:
        found[f"{one.charts} chart{'s' if one.charts > 1 else ''}"].append(one)
    for per_day in PER_DAY:
        found[f"{per_day:g} a day"] = [one for one in inflows if one.per_day == per_day]
    return [*((name, group) for name, group in found.items() if group), ("all", inflows)]


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
