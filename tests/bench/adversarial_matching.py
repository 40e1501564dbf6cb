"""Studies made to deceive the matching, decided by the millions.

`python -m tests.bench.adversarial_matching [DECISIONS] [SEED]` ends with exit code 1 at a false write, at a refusal for
a wrong reason, or below 95 % of what is decidable. Each population has its own people and BSNs: every third is FEBRL's,
the others are Dutch families. Left out are studies of which every fact is another's: nobody could tell those.
"""

from __future__ import annotations

import gc
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from random import Random
from time import perf_counter, process_time

from remediate.identity.decide import decide, to_look_up
from remediate.identity.evidence import StudyEvidence
from remediate.identity.verdicts import Agree, Candidates, Match, NotApplicable
from tests.bench import adversarial_decidable as good
from tests.bench import adversarial_febrl as typed
from tests.bench import adversarial_gaps as gaps
from tests.bench import adversarial_wrong as wrong
from tests.bench.adversarial_people import dutch_population, febrl_population
from tests.bench.adversarial_truth import POLICY, Case, told_by_initials, weigh_others
from tests.bench.adversarial_world import World, world

LEAST_SHARE = 0.95
PEOPLE = 5_000
DECISIONS_A_POPULATION = 50_000
GROUP = 1_000

Maker = Callable[[World], Case]
WEIGHTS: dict[Maker, int] = {
    good.plain: 6, good.full_name: 4, good.married_name: 4, good.clinic_number: 3, good.merged_number: 3,
    good.junior: 2, good.several_headers: 3, good.own_claim: 3, good.by_claim_only: 3, good.two_on_one_number: 1,
    good.number_like_bsn: 2, good.twin_in_full: 3, good.old_date_format: 1, good.badly_written: 1,
    gaps.exception_with_claim: 1,
    wrong.wrong_number: 6, wrong.range_lost: 3, wrong.twins_number: 3, wrong.twin_in_short: 3,
    wrong.fathers_number: 3, wrong.reused_number: 3, wrong.wrong_claim: 4, wrong.wrong_claim_only: 3,
    wrong.claims_differ_between_series: 3, wrong.siblings_in_one_study: 4, wrong.mixture: 8,
    gaps.swapped_names: 2, gaps.swapped_fields: 2, gaps.placeholder_date: 2, gaps.empty_field: 4,
    gaps.placeholder_name: 2, gaps.typing_error: 5, gaps.given_name_mistyped: 2, gaps.unsound_record: 3,
    gaps.stale_record: 1, gaps.shared_number: 1, gaps.before_birth: 1, gaps.bad_claim_or_object: 3,
    gaps.newborn: 2, gaps.exception: 2,
    typed.febrl_copy: 10, typed.febrl_copy_by_bsn: 4,
}  # fmt: skip
"""How often each kind is made. What FEBRL has not (call names, numbers like a BSN), and what only it has, differs."""

_ONLY_DUTCH = {good.number_like_bsn}
_ONLY_FEBRL = {typed.febrl_copy, typed.febrl_copy_by_bsn}


@dataclass(kw_only=True)
class Tally:
    """What came of many studies, by category."""

    studies: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    decidable: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)  # of the decidable
    false_writes: Counter[str] = field(default_factory=Counter)
    wrong_reasons: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)  # wrong reasons in words
    seconds: float = 0.0  # of processor time, spent on deciding alone

    @property
    def share(self) -> float:
        """Share decided automatically of the truly decidable."""
        return self.decided.total() / self.decidable.total()

    @property
    def is_good(self) -> bool:
        """No false write, every reason right, and few decidable studies left to people."""
        return not self.false_writes.total() and not self.wrong_reasons.total() and self.share >= LEAST_SHARE

    def lines(self) -> Iterator[str]:
        """A table, one line a category."""
        head = ("category", "decisions", "decidable", "decided", "refused", "false", "reason?")
        yield "{:30}{:>10}{:>10}{:>9}{:>10}{:>6}{:>8}".format(*head)
        for name in sorted(self.studies):
            yield self._line(name, *(c[name] for c in self._counters()))
        yield self._line("all", *(c.total() for c in self._counters()))
        for mistake, times in self.mistakes.most_common(20):
            yield f"{times:>8} x {mistake}"
        yield f"{1e6 * self.seconds / self.studies.total():.1f} us of processor time a decision"

    def _counters(self) -> tuple[Counter[str], ...]:
        return self.studies, self.decidable, self.decided, self.agreed, self.false_writes, self.wrong_reasons

    @staticmethod
    def _line(name: str, studies: int, decidable: int, decided: int, agreed: int, false: int, reasons: int) -> str:
        share = f"{decided / decidable:9.2%}" if decidable else f"{'-':>9}"
        return f"{name:30}{studies:10}{decidable:10}{share}{studies - agreed:10}{false:6}{reasons:8}"

    def add(self, category: str, case: Case, match: Match) -> None:
        """Count one decision against the truth."""
        self.studies[category] += 1
        self.decidable[category] += case.decidable
        if isinstance(match, Agree):
            self.agreed[category] += 1
            self.decided[category] += case.decidable
            self.false_writes[category] += match.bsn != case.truth
            right = not case.expected.refused
        else:
            right = case.expected.is_right({match.reason} if isinstance(match, NotApplicable) else match.reasons)
        if not right:
            self.wrong_reasons[category] += 1
            self.mistakes[_in_words(category, case, match)] += 1


def _in_words(category: str, case: Case, match: Match) -> str:
    found = () if isinstance(match, Agree) else getattr(match, "reasons", None) or (match.reason,)
    must, one_of = sorted(case.expected.must), sorted(case.expected.one_of)
    return f"{category}: {', '.join(found) or 'agreed'}; expected {', '.join(must)} | {', '.join(one_of)}"


def asked(w: World, evidence: StudyEvidence) -> Candidates:
    """What the registry is asked about a study, and answers."""
    return w.candidates(to_look_up(evidence, POLICY))


def decide_many(w: World, makers: list[Maker], tally: Tally) -> None:
    """Make studies, decide them, and count; only the deciding is timed."""
    cases = [(make.__name__, make(w)) for make in makers]
    found = [asked(w, case.evidence) for _, case in cases]
    started = process_time()
    matches = [decide(case.evidence, candidates, POLICY) for (_, case), candidates in zip(cases, found, strict=True)]
    tally.seconds += process_time() - started
    for (category, case), candidates, match in zip(cases, found, matches, strict=True):
        case.expected.allow(told_by_initials(case.evidence, candidates))
        weigh_others(w, case, candidates)
        tally.add(category, case, match)


def run(decisions: int, *, seed: int = 1, people: int = PEOPLE, a_population: int = DECISIONS_A_POPULATION) -> Tally:
    """Decide that many studies, over as many populations as it takes."""
    tally, started = Tally(), perf_counter()
    for number in count():
        todo = min(a_population, decisions - tally.studies.total())
        if not todo:
            return tally
        random, is_febrl = Random(f"{seed}.{number}"), number % 3 == 1
        population = (febrl_population if is_febrl else dutch_population)(random, people)
        makers = chain.from_iterable(repeat(maker, weight) for maker, weight in WEIGHTS.items())
        kinds = [maker for maker in makers if maker not in (_ONLY_DUTCH if is_febrl else _ONLY_FEBRL)]
        w = world(random, population)
        kinds = [maker for maker in kinds if _has_people(maker, w)]
        gc.collect()
        gc.freeze()  # a population is no garbage; what is timed is deciding
        for done in range(0, todo, GROUP):
            decide_many(w, random.choices(kinds, k=min(GROUP, todo - done)), tally)
        _report(tally, perf_counter() - started)
    raise AssertionError("unreachable")


def _has_people(make: Maker, w: World) -> bool:
    """Whether this population has anybody for such a study: pools of rare people can be empty."""
    try:
        make(w)
    except IndexError:
        return False
    return True


def _report(tally: Tally, seconds: float) -> None:
    rows, false, reasons = tally.studies.total(), tally.false_writes.total(), tally.wrong_reasons.total()
    text = f"{rows:>12,} decisions  {false} false writes  {reasons} wrong reasons  {tally.share:.2%}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{text}  {seconds:.0f} s  {peak:.0f} MB", file=sys.stderr, flush=True)


def main(decisions: int = 3_000_000, seed: int = 1) -> int:
    """Decide, print the table, and say how it went."""
    tally = run(decisions, seed=seed)
    print("\n".join(tally.lines()))
    return 0 if tally.is_good else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
