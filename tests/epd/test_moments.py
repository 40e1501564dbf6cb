"""No order of messages of one moment turns a refusal into a write, and no BSN is verified that a few lines refuse.

The oracle knows messages as they were made here, nothing of the replay: who was named, when, with which BSN.
"""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from itertools import combinations, permutations
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.epd.changes import Change
from tests.epd.epd_samples import BSN, BSN_2, adt, bsn, changes, doubts, load_text, new_registry, number, pid
from tests.epd.test_replay import World

PEOPLE = (("Visser^Jan", "19700215"), ("Visser^Joop", "19700215"), ("Smit^Piet", "19990101"), ("Visser^J", "19700215"))
NUMBERS = "1234"
ONE_PERSON = {(0, 0), (1, 1), (2, 2), (3, 3), (0, 3), (1, 3)}
"""Pairs of PEOPLE who may be one: J. is Jan or Joop, but not both."""


class Told(NamedTuple):
    """One message."""

    event: str
    at: int
    numbers: str  # of its PID-3; the survivor of a merge
    prior: str = ""
    person: int | None = None
    held: str | None = None  # BSN; None: no item
    birth: bool = True
    expired: str = ""  # numbers of its PID-3 that are no longer in use
    is_readable: bool = True

    def text(self) -> str:
        """As an EPD sends it."""
        time = f"2024010{self.at}120000"
        items = [*map(number, self.numbers), *(f"{number(value)}^^19990101^20100101" for value in self.expired)]
        items += [] if self.held is None else [bsn(self.held)]
        name, birth = PEOPLE[self.person or 0]
        told = pid(*items, name=name, birth="x" if not self.is_readable else birth if self.birth else "")
        if self.event == "A37":
            return adt("A37", time, *(pid(number(value)) for value in self.numbers))
        if self.person is None and self.is_readable and self.event != "A29":
            told = f"PID|1||{'~'.join(items)}"
        return adt(self.event, time, told, *([f"MRG|{'~'.join(map(number, self.prior))}"] if self.prior else []))


@cache
def meaning(told: Told) -> tuple[Change, ...]:
    """What the reader makes of it."""
    text = told.text()
    return tuple(item for item in (*changes(text), *doubts(text)) if isinstance(item, Change))


EVENTS = {"A08": 12, "A40": 3, "A47": 2, "A37": 1, "A43": 0.5, "A44": 0.5, "A29": 0.7, "unreadable": 0.7}


def story(chance: random.Random) -> list[Told]:
    """A few messages about a few numbers at one to three moments, so that they meet."""
    told = []
    moments, numbers = chance.choice((1, 2, 2, 3)), chance.choice(("12", "123", NUMBERS))
    people = chance.choice(((0,), (0, 0, 1, 2, 3)))
    for _ in range(chance.randrange(2, 9)):
        at, (one, two) = chance.randrange(1, moments + 1), chance.sample(numbers, 2)
        (event,) = chance.choices(list(EVENTS), list(EVENTS.values()))
        person, held = chance.choice(people), chance.choice((None, None, "", BSN, BSN, BSN, BSN_2))
        birth, speaks = chance.random() < 0.85, event == "A47" or chance.random() < 0.4
        if event == "A08":
            listed, expired = chance.choice(((one, ""), (one, ""), (one + two, ""), (one, two)))
            told.append(Told(event, at, listed, "", person, held, birth, expired))
        elif event in ("A40", "A47") and speaks:
            told.append(Told(event, at, one, two, person, held, birth))
        elif event in ("A40", "A43", "A44"):
            told.append(Told(event, at, one, two))
        elif event == "unreadable":
            told.append(Told("A08", at, one, is_readable=False))
        else:
            told.append(Told(event, at, one + two if event == "A37" else one))
    return sorted(told, key=lambda each: each.at)


Writes = dict[str, tuple[str, ...] | None]


def writes(*loads: list[Told]) -> Writes:
    """For each number what may be written under it, and for whom; None for a refusal."""
    world = World()
    for told in loads:
        world.apply([change for each in told for change in meaning(each)])
    every = world.standings.values()
    live = {standing: standing.record.known() for standing in every if standing.is_live and standing.record is not None}
    holders = Counter(known.bsn for known in live.values())
    answers: Writes = dict.fromkeys(NUMBERS)
    for (_, value), standing in world.standings.items():
        doubtful, root = standing.is_doubtful, standing
        while root.points_to is not None:
            root = root.points_to
            doubtful = doubtful or root.is_doubtful
        known = live.get(root)
        if known is not None and known.verified and not doubtful and holders[known.bsn] == 1:
            answers[value] = (known.content(),)
    return answers


def takes_back(told: Told) -> bool:
    """Whether nothing that was told before counts any more."""
    return told.event in ("A29", "A37") or not told.is_readable


def may_be_written(told: list[Told], value: str, digits: str) -> bool:
    """Whether the newest words on all numbers that were ever joined to this one allow this BSN."""
    joined, before = {value}, set[str]()
    while joined != before:
        before = set(joined)
        for each in told:
            if each.event in ("A08", "A40", "A47") and joined & {*each.numbers, *each.prior}:
                joined |= {*each.numbers, *each.prior}
    about = [each for each in told if joined & {*each.numbers}]
    for one in joined:
        mine = [each for each in about if one in each.numbers and each.held is not None]
        last = max((each.at for each in mine), default=0)
        since = [each for each in about if one in each.numbers and each.at >= last]
        if {each.held for each in mine if each.at == last} == {digits} and not any(map(takes_back, since)):
            people = sorted({each.person for each in since if each.person is not None})
            if all(pair in ONE_PERSON for pair in combinations(people, 2)):
                return True
    return any(goes_along(told, each, digits) for each in about if each.event == "A47" and each.held is None)


def goes_along(told: list[Told], moved: Told, digits: str) -> bool:
    """Whether a change of number takes the BSN with it that its patient had until then, and nothing speaks against."""
    before = [each for each in told if each.at < moved.at]
    since = [
        each
        for each in told
        if (each.at >= moved.at and set(moved.numbers) & set(each.numbers))
        or (each.at == moved.at and set(moved.prior) & set(each.numbers))
    ]
    people = sorted({each.person for each in since if each.person is not None})
    return (
        may_be_written(before, moved.prior, digits)
        and not any(takes_back(each) or each.held not in (None, digits) for each in since)
        and all(pair in ONE_PERSON for pair in combinations(people, 2))
    )


SEEDS = st.integers(0, 10**9)


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_no_order_within_a_moment_changes_what_is_written(seed: int) -> None:
    chance = random.Random(seed)
    told = story(chance)
    other = sorted(chance.sample(told, len(told)), key=lambda each: each.at)
    assert writes(told) == writes(other)


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_nothing_is_written_that_the_newest_words_do_not_allow(seed: int) -> None:
    told = story(random.Random(seed))
    for value, found in writes(told).items():
        for digits in (BSN, BSN_2):
            if found is not None and digits in found[0]:
                assert may_be_written(told, value, digits), (value, digits)


def test_a_moment_that_is_longer_than_a_chunk_is_one(tmp_path: Path) -> None:
    """Two merges and two lists of one number, one of them in the moment of a merge: whichever of both stands first."""
    begun = [Told("A08", 1, "1", "", 0, BSN), Told("A40", 1, "3", "2")]
    moment = [Told("A40", 3, "1", "2"), Told("A08", 3, "34", "", 0, BSN), Told("A08", 3, "12", "", 0, BSN)]
    digests = set()
    for at, order in enumerate(permutations(moment)):
        folder = tmp_path / str(at)
        folder.mkdir()
        registry = new_registry(folder)
        load_text(registry, folder, *(each.text() for each in (*begun, *order)), chunk=3)
        digests.add(registry.snapshot_digest())
    assert len(digests) == 1


def test_who_was_given_up_for_another_in_the_same_moment_is_followed() -> None:
    """3 goes to 2, and 1 to 3 with another person: what 2 took over of 3 is that of both."""
    told = [
        Told("A08", 1, "3", "", 0),
        Told("A40", 2, "2", "3"),
        Told("A47", 2, "3", "1", 2, BSN),
        Told("A08", 2, "3", "", 0, BSN),
    ]
    assert not any(writes(told).values())


def test_a_number_given_up_in_the_moment_in_which_it_is_parted_takes_its_doubt_along() -> None:
    """A37 parts 3 from 2, A47 gives 3 up for 1: nobody knows of whom the BSN of 3 was told, so 1 has none."""
    told = [Told("A08", 1, "3", "", 0, BSN), Told("A37", 2, "32"), Told("A47", 2, "1", "3")]
    for order in permutations(told[1:]):
        assert not any(writes([told[0], *order]).values())


def test_numbers_joined_in_one_moment_about_two_people_or_with_two_bsns_have_none() -> None:
    """1 goes to 4 as Joop and 4 to 2 as Jan, in one second; or a list and a merge tell two BSNs."""
    begun = Told("A08", 1, "1", "", 0, BSN)
    two_people = [Told("A47", 2, "4", "1", 1), Told("A47", 2, "2", "4", 0)]
    two_bsns = [Told("A08", 2, "12", "", 0, BSN), Told("A40", 2, "1", "2"), Told("A08", 2, "2", "", 0, BSN_2)]
    for moment in (two_people, two_bsns):
        for order in permutations(moment):
            assert not any(writes([begun, *order]).values())
    later = Told("A08", 3, "2", "", 0, BSN)
    assert writes([begun, *two_people, later])["2"] is not None, "until a newer message tells"
