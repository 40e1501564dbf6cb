"""Draws a simple random sample from a stream of any length; the same seed draws the same studies. Tells it by stratum.

Each set of so many studies is as likely as every other: what the exact test of `intervals` asks for. (Drawing a fixed
number from each stratum would not be: in nearly exhausted populations "shown" was then false a little more often than
its risk.) Pure: no clock, no files.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

LEAST_EXPECTED = 10
"""Strata of which fewer are to be expected are joined with their neighbours: they would tell nothing by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was drawn of one stratum."""

    name: str  # one group, or "first .. last" of those that were joined
    studies: int
    uids: tuple[str, ...]


def priority(seed: int, study_instance_uid: str) -> int:
    """A number that is as good as random: the studies with the smallest are drawn."""
    key = seed.to_bytes(16, "big", signed=True)
    return int.from_bytes(blake2b(study_instance_uid.encode(), digest_size=8, key=key).digest(), "big")


def draw(studies: Iterable[tuple[str, str]], *, size: int, seed: int) -> tuple[Drawn, ...]:
    """`size` studies (all of them when there are fewer) in one pass over (stratum, Study Instance UID), by stratum.

    A UID is given once. Keeps no more than `size` in memory.
    """
    counts: Counter[str] = Counter()
    first: list[tuple[int, str, str]] = []  # heap: negated priority, UID, stratum
    for stratum, uid in studies:
        counts[stratum] += 1
        rank = -priority(seed, uid)
        if len(first) < size:
            heapq.heappush(first, (rank, uid, stratum))
        elif first[0][0] < rank:
            heapq.heapreplace(first, (rank, uid, stratum))
    uids: Mapping[str, list[str]] = defaultdict(list)
    for _, uid, stratum in first:
        uids[stratum].append(uid)
    joined = _joined(sorted(counts), counts, LEAST_EXPECTED * counts.total() / len(first)) if first else []
    return tuple(_drawn(names, counts, uids) for names in joined)


def _joined(names: Sequence[str], studies: Mapping[str, int], least: float) -> list[list[str]]:
    """Neighbours in order of name (years that follow each other) until each has `least` studies."""
    joined: list[list[str]] = [[]]
    count = 0
    for name in names:
        joined[-1].append(name)
        count += studies[name]
        if count >= least:
            joined.append([])
            count = 0
    rest = joined.pop()
    if rest and joined:
        joined[-1] += rest
    elif rest:
        joined = [rest]
    return joined


def _drawn(names: Sequence[str], counts: Mapping[str, int], uids: Mapping[str, Sequence[str]]) -> Drawn:
    name = names[0] if len(names) == 1 else f"{names[0]} .. {names[-1]}"
    together = sorted(uid for one in names for uid in uids[one])
    return Drawn(name=name, studies=sum(counts[one] for one in names), uids=tuple(together))
