"""Draws a stratified random sample in proportion, from a stream of any length; the same seed draws the same studies.

Pure: no clock, no files. Every study has the same chance to be drawn, so the share in the sample needs no weights.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

LEAST_EXPECTED = 10
"""Strata of which fewer would be drawn are joined with their neighbours: they would tell nothing by themselves."""


def priority(seed: int, study_instance_uid: str) -> int:
    """A number that is as good as random: of each stratum, the studies with the smallest are drawn."""
    key = seed.to_bytes(16, "big", signed=True)
    return int.from_bytes(blake2b(study_instance_uid.encode(), digest_size=8, key=key).digest(), "big")


@dataclass(slots=True)
class Pool:
    """One stratum: how many studies it has, and those that may be drawn."""

    studies: int = 0
    first: list[tuple[int, str]] = field(default_factory=list, repr=False)  # heap: negated priority, UID

    def add(self, rank: int, uid: str, most: int) -> None:
        """Count one study, and keep it when it is among the `most` smallest."""
        self.studies += 1
        if len(self.first) < most:
            heapq.heappush(self.first, (-rank, uid))
        elif -self.first[0][0] > rank:
            heapq.heapreplace(self.first, (-rank, uid))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The studies to look at in one stratum."""

    name: str  # one group, or "first .. last" of those that were joined
    studies: int
    uids: tuple[str, ...]


def pools_of(studies: Iterable[tuple[str, str]], *, seed: int, most: int) -> dict[str, Pool]:
    """One pass over (group, Study Instance UID); a UID is given once. Keeps `most` of each group in memory."""
    pools: dict[str, Pool] = {}
    for group, uid in studies:
        pool = pools.get(group)
        if pool is None:
            pool = pools[group] = Pool()
        pool.add(priority(seed, uid), uid, most)
    return pools


class Share(NamedTuple):
    """What to draw from one stratum."""

    groups: tuple[str, ...]  # those that were joined
    studies: int
    drawn: int


def draw(pools: Mapping[str, Pool], *, size: int, seed: int) -> tuple[Drawn, ...]:
    """A sample of `size` studies (all of them when there are fewer), in proportion to the joined strata."""
    shares = shares_of({name: pool.studies for name, pool in pools.items()}, size=size, seed=seed)
    return tuple(_drawn(share, [pools[name] for name in share.groups]) for share in shares)


def shares_of(studies: Mapping[str, int], *, size: int, seed: int) -> tuple[Share, ...]:
    """The strata of a sample of `size`, in order of name, each with what to draw from it."""
    whole = sum(studies.values())
    size = min(size, whole)
    if not size:
        return ()
    joined = _joined(sorted(studies), studies, LEAST_EXPECTED * whole / size)
    counts = [sum(studies[name] for name in names) for names in joined]
    drawn = allocate(counts, size=size, seed=seed)
    return tuple(Share(tuple(names), *counted) for names, *counted in zip(joined, counts, drawn, strict=True))


def allocate(studies: Sequence[int], *, size: int, seed: int) -> list[int]:
    """How many to draw from each stratum: proportional, with fractions rounded by one random start for all.

    So each study's chance is exactly size over all, and the numbers add up to `size`.
    """
    whole = sum(studies)
    start = priority(seed, "start") / 2**64
    shares: list[int] = []
    begun = passed = 0
    for count in studies[:-1]:
        passed += count
        reached = math.floor(size * passed / whole + start)
        shares.append(reached - begun)
        begun = reached
    return [*shares, size - begun] if studies else []


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


def _drawn(share: Share, pools: Sequence[Pool]) -> Drawn:
    ranked = heapq.nlargest(share.drawn, (entry for pool in pools for entry in pool.first))
    first, last = share.groups[0], share.groups[-1]
    name = first if first == last else f"{first} .. {last}"
    return Drawn(name=name, studies=share.studies, uids=tuple(sorted(uid for _, uid in ranked)))
