"""A second adversary, which knows the program by its contract only: namesakes, histories of a registry, spellings.

`python -m tests.bench.adversarial_second [STUDIES] [SEED]` prints by kind, and ends with exit code 1 at a false write
or where less than 97 % of the truly decidable are decided. Each world has its own people and BSNs; everything goes in
by `epd load` and as bytes of headers. A false write is judged by the truth: a study that would get, or would count
as rightly having, a BSN that is not its owner's.
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from random import Random
from time import perf_counter

from tests.bench import adversarial_histories as histories
from tests.bench import adversarial_rivals as rivals
from tests.bench import adversarial_spellings as spellings
from tests.bench.adversarial_hospital import Answer, Study

LEAST_SHARE = 0.97
WORLDS: dict[str, tuple[Callable[[Random, int], Iterator[tuple[Study, Answer]]], int]] = {
    "rivals": (rivals.answers, 10_000),
    "histories": (histories.answers, 6_000),
    "spellings": (spellings.answers, 10_000),
}
"""What makes a world and asks about its studies, and how many studies a world has."""


@dataclass(kw_only=True)
class Tally:
    """What came of many studies, by kind."""

    studies: Counter[str] = field(default_factory=Counter)
    decidable: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)  # of the decidable
    refused: Counter[str] = field(default_factory=Counter)
    false_writes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # why decidable ones were refused
    examples: dict[str, list[str]] = field(default_factory=dict)  # of false writes and refusals, a few a kind

    def add(self, world: str, study: Study, answer: Answer) -> None:
        """Count one answer against the truth."""
        kind = f"{world}: {study.kind}"
        writes = answer.state in ("planned", "correct") and bool(answer.bsn)
        self.studies[kind] += 1
        self.decidable[kind] += study.decidable
        self.decided[kind] += study.decidable and writes
        self.refused[kind] += not writes
        if writes and answer.bsn != study.owner:
            self.false_writes[kind] += 1
            self._example("FALSE", kind, study, answer)
        elif study.decidable and not writes:
            self.reasons[f"{kind}: {', '.join(answer.reasons)}"] += 1
            self._example("refused", kind, study, answer)

    def _example(self, what: str, kind: str, study: Study, answer: Answer) -> None:
        kept = self.examples.setdefault(f"{what} {kind}", [])
        if len(kept) < 3:
            kept.append(f"{study.note} -> {answer.state}: {', '.join(map(str, answer.reasons))}")

    @property
    def share(self) -> float:
        """Share decided of the truly decidable."""
        return self.decided.total() / max(1, self.decidable.total())

    @property
    def is_good(self) -> bool:
        """No false write, and few decidable studies left to people."""
        return not self.false_writes.total() and self.share >= LEAST_SHARE

    def lines(self) -> Iterator[str]:
        """A table, one line a kind."""
        yield f"{'kind':44}{'studies':>9}{'decidable':>10}{'decided':>9}{'share':>9}{'refused':>9}{'false':>7}"
        for kind in sorted(self.studies):
            yield self._line(kind, *(counted[kind] for counted in self._counters()))
        yield self._line("all", *(counted.total() for counted in self._counters()))

    def details(self, *, reasons: int = 15) -> Iterator[str]:
        """Why decidable studies were refused, and a few of what went wrong."""
        for reason, times in self.reasons.most_common(reasons):
            yield f"{times:>8} x {reason}"
        for kind, kept in sorted(self.examples.items()):
            if kind.startswith("FALSE"):
                yield from (f"{kind}: {text}" for text in kept)

    def _counters(self) -> tuple[Counter[str], ...]:
        return self.studies, self.decidable, self.decided, self.refused, self.false_writes

    @staticmethod
    def _line(kind: str, studies: int, decidable: int, decided: int, refused: int, false: int) -> str:
        share = f"{decided / decidable:9.2%}" if decidable else f"{'-':>9}"
        return f"{kind:44}{studies:9}{decidable:10}{decided:9}{share}{refused:9}{false:7}"


def run(studies: int, *, seed: int, a_world: int = 0, report: bool = False) -> Tally:
    """Ask about that many studies, over as many worlds as it takes; `a_world` makes smaller ones."""
    tally, started = Tally(), perf_counter()
    for number, name in enumerate(cycle(WORLDS)):
        todo = studies - tally.studies.total()
        if todo <= 0:
            return tally
        answers, size = WORLDS[name]
        for study, answer in answers(Random(f"{seed}.{number}"), min(todo, a_world or size)):
            tally.add(name, study, answer)
        if report:
            _report(tally, perf_counter() - started)
    raise AssertionError("unreachable")


def _report(tally: Tally, seconds: float) -> None:
    rows, false = tally.studies.total(), tally.false_writes.total()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = f"{rows:>12,} studies  {false} false writes  {tally.share:.2%}  {seconds:.0f} s  {peak:.0f} MB"
    print(text, file=sys.stderr, flush=True)


def main(studies: int = 200_000, seed: int = 1) -> int:
    """Ask, print the table, and say how it went."""
    print(f"{studies} studies, seed {seed}", flush=True)
    tally = run(studies, seed=seed, report=True)
    print("\n".join((*tally.lines(), *tally.details())))
    return 0 if tally.is_good else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
