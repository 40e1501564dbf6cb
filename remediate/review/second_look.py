"""Second looks: which studies are drawn, what becomes of several people's decisions, and how well people agree.

Pure. The second person does not see what the first decided; where the two differ a third decides, and until then
nothing counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from math import isclose
from typing import NamedTuple

from remediate.ports import Pseudonym
from remediate.records.reviews import Decision, ReviewDecision, Round, Stage, agree
from remediate.review.words import ReviewProblem
from remediate.texts.printable import same_person

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
"""Of base32 (RFC 4648), by value."""
_LENGTH = 10
"""Signs of a digest that are looked at: fifty bits."""


def is_drawn(pseudonym: Pseudonym, study_instance_uid: str, share: float) -> bool:
    """Whether a second person has to look at a study. Keyed, so that nobody can tell beforehand; the same each time, so
    that nobody draws again."""
    signs = pseudonym("second-look", study_instance_uid).lower()[:_LENGTH]
    number = int("".join(f"{_DIGITS.index(sign):05b}" for sign in signs), 2)
    return bool(number < share * 2 ** (5 * _LENGTH))


class Settled(NamedTuple):
    """What becomes of a decision: it counts, it waits for somebody, or it is not taken."""

    decision: ReviewDecision | None = None
    round: Round | None = None
    problem: ReviewProblem | None = None
    outdated: Round | None = None  # closed: what was decided about facts that are no longer so


def settle(made: ReviewDecision, pending: Round | None, *, drawn: bool, shown: Collection[str]) -> Settled:
    """What becomes of a decision about a study, given what was decided there and does not count yet.

    `shown` are the digests (`seen`) of what the study and its candidates are now: a first decision about anything else
    is none any more.
    """
    outdated = None
    if pending is not None and not holds(pending, shown):
        outdated = replace(pending, is_closed=True)
        drawn, pending = True, None  # it begins anew, and stays drawn
    if pending is None:
        first = Round(study_instance_uid=made.study_instance_uid, first=made)
        return Settled(round=first, outdated=outdated) if drawn else Settled(made)
    if pending.stage is Stage.SECOND and made.account == pending.first.account:
        return Settled(round=replace(pending, first=made))  # thought again, before anybody else looked
    if any(is_same_person(made, one) for one in pending.looked):
        return Settled(problem=ReviewProblem.ANOTHER_PERSON)
    seconded = tuple(one.account for one in pending.looked)
    if pending.stage is Stage.THIRD:
        return Settled(replace(made, seconded=seconded), replace(pending, is_closed=True))
    both = replace(pending, second=made)
    if agree(pending.first, made):
        return Settled(replace(made, seconded=seconded), replace(both, is_closed=True))
    return Settled(round=both)


def holds(pending: Round, shown: Collection[str]) -> bool:
    """Whether all that was decided is about what the study and its candidates are now."""
    return all(one.seen in shown for one in pending.looked)


def is_same_person(one: ReviewDecision, other: ReviewDecision) -> bool:
    """Whether two decisions are one person's, as with approvals: one account, or one name."""
    return same_person((one.account, one.person), (other.account, other.person))


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """How well pairs of people agree who did not see each other's decision."""

    pairs: int
    agreed: int
    kappa: float | None  # Cohen's; None where chance alone would have them agree, or there is no pair

    @property
    def share(self) -> float | None:
        """Of the pairs that agree; None without any."""
        return self.agreed / self.pairs if self.pairs else None


def agreement(pairs: Iterable[tuple[str, str]]) -> Concordance:
    """Cohen's kappa over pairs of categories (J. Cohen, Educational and Psychological Measurement 20, 1960)."""
    counted = Counter(pairs)
    number = counted.total()
    agreed = sum(times for (one, other), times in counted.items() if one == other)
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), times in counted.items():
        first[one] += times
        second[other] += times
    if not number:
        return Concordance(pairs=0, agreed=0, kappa=None)
    by_chance = sum(first[category] * second[category] for category in first) / number**2
    if isclose(by_chance, 1):
        return Concordance(pairs=number, agreed=agreed, kappa=None)
    return Concordance(pairs=number, agreed=agreed, kappa=(agreed / number - by_chance) / (1 - by_chance))


_ANOTHER = "confirm-another"
"""What the second decided who confirmed another candidate than the first did."""


def categories(one: Round) -> tuple[str, str]:
    """What the first and the second decided, as categories in which only the same decision about the same candidate
    agrees. Raises ValueError on a round without a second decision."""
    if one.second is None:
        raise ValueError("nobody looked a second time")
    first, second = one.first.decision, one.second.decision
    if first is second is Decision.CONFIRM and not agree(one.first, one.second):
        return first.value, _ANOTHER
    return first.value, second.value
