"""Messages of one moment, of which nobody knows which was meant first: their order, and whether they agree.

Where they stand in the file has no part in it: first what is said of patients, then who is whom, then what is taken
back. Numbers that messages of one moment join while they tell two people, or two BSNs, are in doubt. Applies nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby

from remediate.epd.changes import Change, ChangeKind, Number
from remediate.epd.record import said_in
from remediate.identity.same_person import may_be_one_person

_ROWS = frozenset({ChangeKind.ROW, ChangeKind.ROW_DOUBT})
_WITHIN_A_MOMENT = (
    ChangeKind.UPSERT,
    ChangeKind.MERGE,
    ChangeKind.RENUMBER,
    ChangeKind.DELETE,
    ChangeKind.DOUBT,
    ChangeKind.PART,
)
_TELL = frozenset({ChangeKind.UPSERT, ChangeKind.MERGE, ChangeKind.RENUMBER})


def is_of_message(change: Change) -> bool:
    """Whether the change has its place in time by itself, as that of a message has, not by when it is loaded."""
    return change.at is not None and change.kind not in _ROWS


def in_order_of_time(changes: Sequence[Change]) -> Iterator[Change]:
    """Changes of messages by their moment, those of one moment in an order of their own, with a doubt behind those that
    contradict each other about numbers which they join. Rows stay where they are."""
    messages = sorted(filter(is_of_message, changes), key=_place_in_time)
    moments = groupby(messages, key=lambda change: change.at)
    ordered = (place for _, moment in moments for place in _with_doubts(list(moment)))
    for change in changes:
        if is_of_message(change):
            yield from next(ordered)
        else:
            yield change


def _place_in_time(change: Change) -> tuple[object, ...]:
    return change.at, _WITHIN_A_MOMENT.index(change.kind), change.numbers, change.prior, change.mark


def _with_doubts(moment: list[Change]) -> Iterator[tuple[Change, ...]]:
    """Each change of one moment; with the last, a doubt about numbers that are joined and told of in two ways."""
    doubts = () if len(moment) < 2 else tuple(_doubts(moment))
    for change in moment[:-1]:
        yield (change,)
    yield (moment[-1], *doubts)


def _doubts(moment: Sequence[Change]) -> Iterator[Change]:
    joined = _joined(change for change in moment if len(change.numbers) + len(change.prior) > 1)
    told: defaultdict[frozenset[Number], list[Change]] = defaultdict(list)
    for change in moment if joined else ():
        numbers = joined.get(change.numbers[0])
        if numbers is not None and change.kind in _TELL:
            told[numbers].append(change)
    for numbers, about in told.items():
        if _contradicts(about):
            yield Change(line=about[-1].line, kind=ChangeKind.DOUBT, at=about[-1].at, numbers=tuple(sorted(numbers)))


def _joined(changes: Iterable[Change]) -> dict[Number, frozenset[Number]]:
    """For each number that a change names beside others, all that are joined with it."""
    found: dict[Number, frozenset[Number]] = {}
    for change in changes:
        named = (*change.numbers, *change.prior)
        group = frozenset(named).union(*(found.get(number, ()) for number in named))
        found.update(dict.fromkeys(group, group))
    return found


def _contradicts(about: Sequence[Change]) -> bool:
    if len({change.news.bsn for change in about if change.news.bsn}) > 1:
        return True
    people = {said_in(change.news) for change in about}
    return any(not may_be_one_person(one.identity(), other.identity()) for one, other in combinations(people, 2))
