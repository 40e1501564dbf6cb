"""No order of messages of one moment turns a refusal into a write, and no BSN is verified that a few lines refuse.

The oracle knows messages as they were made here, nothing of the replay: who was named, when, with which BSN.
"""

from __future__ import annotations

import random
from itertools import combinations
from typing import NamedTuple

from epd_samples import BSN, BSN_2, adt, bsn, changes, doubts, merge, number, pid
from hypothesis import given, settings
from hypothesis import strategies as st
from test_epd_replay import World

from remediate.epd.changes import Change

PEOPLE = (("Visser^Jan", "19700215"), ("Visser^Joop", "19700215"), ("Smit^Piet", "19990101"), ("Visser^J", "19700215"))
NUMBERS = "1234"
ONE_PERSON = {(0, 0), (1, 1), (2, 2), (3, 3), (0, 3), (1, 3)}
"""Pairs of PEOPLE who may be one: J. is Jan or Joop, but not both."""


class Told(NamedTuple):
    """One message."""

    kind: str
    at: int
    numbers: str  # of its PID-3; the survivor of a merge
    prior: str = ""
    person: int | None = None
    held: str | None = None  # BSN; None: no item
    birth: bool = True

    def text(self) -> str:
        """As an EPD sends it."""
        time = f"2024010{self.at}120000"
        if self.kind == "merge":
            return merge(time, self.numbers, self.prior)
        if self.kind == "part":
            return adt("A37", time, *(pid(number(value)) for value in self.numbers))
        if self.kind in ("delete", "unreadable"):
            birth = "x" if self.kind == "unreadable" else "19700215"
            event = "A08" if self.kind == "unreadable" else "A29"
            return adt(event, time, pid(*map(number, self.numbers), birth=birth))
        name, birth = PEOPLE[self.person or 0]
        items = [*map(number, self.numbers), *([] if self.held is None else [bsn(self.held)])]
        return adt("A08", time, pid(*items, name=name, birth=birth if self.birth else ""))


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    """A few messages about a few numbers at a few moments, so that they meet."""
    chance = random.Random(draw(st.integers(0, 10**9)))
    told = []
    lists, merges = draw(st.sampled_from([(0.0, 3), (0.3, 0)]))  # a story lists two numbers, or gives numbers up
    for _ in range(draw(st.integers(2, 9))):
        at, (one, two) = chance.randrange(1, 4), chance.sample(NUMBERS, 2)
        kind = chance.choices(["update", "merge", "part", "delete", "unreadable"], [12, merges, 1, 1, 1])[0]
        if kind == "update":
            numbers = "".join(sorted({one, two})) if chance.random() < lists else one
            held = chance.choice([None, None, "", BSN, BSN, BSN_2])
            told.append(Told(kind, at, numbers, "", chance.randrange(4), held, chance.random() < 0.8))
        elif kind == "part":
            told.append(Told(kind, at, one + two))
        else:
            told.append(Told(kind, at, one, two if kind == "merge" else ""))
    return told


Writes = dict[str, tuple[str, ...] | None]


def writes(told: list[Told]) -> Writes:
    """For each number what might be written under it, and for whom; None for a refusal. Other holders are not asked."""
    found = [item for each in told for text in [each.text()] for item in (*changes(text), *doubts(text))]
    world = World()
    world.apply([item for item in found if isinstance(item, Change)])
    answers: Writes = dict.fromkeys(NUMBERS)
    for (_, value), standing in world.standings.items():
        doubtful, root = standing.is_doubtful, standing
        while root.points_to is not None:
            root = root.points_to
            doubtful = doubtful or root.is_doubtful
        record = root.record
        if root.is_live and record is not None and record.verified and not doubtful:
            answers[value] = (record.content(),)
    return answers


def may_be_written(told: list[Told], value: str, digits: str) -> bool:
    """Whether the newest words on all numbers that were ever joined to this one allow this BSN."""
    joined, before = {value}, set[str]()
    while joined != before:
        before = set(joined)
        joined |= {sign for each in told if joined & {*each.numbers, *each.prior} and each.kind in ("update", "merge")
                   for sign in each.numbers + each.prior}  # fmt: skip
    about = [each for each in told if joined & {*each.numbers}]
    for one in joined:
        mine = [each for each in about if one in each.numbers and each.held is not None]
        last = max((each.at for each in mine), default=0)
        if {each.held for each in mine if each.at == last} == {digits} and not any(
            each.kind in ("delete", "unreadable", "part") and each.at >= last for each in about if one in each.numbers
        ):
            named = [each.person for each in about if one in each.numbers and each.at >= last and each.kind == "update"]
            people = sorted({person for person in named if person is not None})
            if all(pair in ONE_PERSON for pair in combinations(people, 2)):
                return True
    return False


@settings(max_examples=120, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_no_order_within_a_moment_turns_a_refusal_into_a_write(told: list[Told], chance: random.Random) -> None:
    told.sort(key=lambda each: each.at)
    other = list(told)
    chance.shuffle(other)
    other.sort(key=lambda each: each.at)
    assert writes(told) == writes(other)


@settings(max_examples=120, deadline=None)
@given(stories())
def test_nothing_is_written_that_the_newest_words_do_not_allow(told: list[Told]) -> None:
    for value, found in writes(told).items():
        for digits in (BSN, BSN_2):
            if found is not None and digits in found[0]:
                assert may_be_written(told, value, digits)


@settings(max_examples=80, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_what_was_read_again_adds_no_write(told: list[Told], chance: random.Random) -> None:
    """The whole file, a first part of it, or single messages."""
    again = [*told, *told[: chance.randrange(len(told) + 1)], chance.choice(told)]
    before, after = writes(told), writes(again)
    assert all(found is None or found == before[value] for value, found in after.items())
