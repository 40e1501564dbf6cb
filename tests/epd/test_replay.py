"""Merges and updates in memory, thousands of stories: no order and no repetition changes who is whom."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.epd.changes import Change, Number
from remediate.epd.hl7.moments import in_order_of_time
from remediate.epd.reasons import RejectReason
from remediate.epd.replay import NumberStanding, Replay
from tests.epd.epd_samples import BSN, BSN_2, changes, doubts, merge, update

State = dict[str, tuple[str, bool, str]]
MOMENT = "20240101120000"


class World:
    """A registry without a database."""

    def __init__(self) -> None:
        self.standings: dict[Number, NumberStanding] = {}

    def find(self, number: Number) -> NumberStanding:
        new = NumberStanding(id=len(self.standings) + 1, number=number, is_new=True)
        return self.standings.setdefault(number, new)

    def apply(self, told: list[Change]) -> list[RejectReason | None]:
        """Apply as one chunk."""
        replay = Replay(self.find, rule="", rows_at=20260102030405_0000)
        reasons = [replay.apply(change) for change in in_order_of_time(told)]
        for standing in self.standings.values():
            standing.is_new = False
        return reasons

    def state(self) -> State:
        """For each number: under which number its patient is kept, whether it was given up, and what is known."""
        found = {}
        for (_, value), standing in self.standings.items():
            root = standing.root()
            known = root.record.known().content() if root.record is not None and root.is_live else ""
            found[value] = (root.number[1], standing.merged, known)
        return found


def _story(chance: random.Random) -> list[str]:
    texts = []
    for moment in range(1, chance.randrange(4, 14)):
        time = f"202401{moment:02d}120000"
        one, two = chance.sample("123456", 2)
        kind = chance.random()
        if kind < 0.4:
            texts.append(merge(time, one, two))
        elif kind < 0.5:
            texts.append(update(time, one, event="A29"))
        elif kind < 0.6:
            texts.append(update(time, one, birth="x", held=BSN_2))
        else:
            texts.append(update(time, one, name=f"N{moment}^J", held=chance.choice(["", BSN, BSN_2])))
    return texts


def _told(texts: list[str]) -> list[Change]:
    told = [item for text in texts for item in (*changes(text), *doubts(text))]
    return [change for change in told if isinstance(change, Change)]


SEEDS = st.integers(0, 10**9)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_any_order_of_messages_gives_the_same_patients(seed: int) -> None:
    chance = random.Random(seed)
    people = [update("20230101120000", value, name=f"P{value}^J", held=BSN) for value in "123456"]
    told = _told(people + _story(chance))
    states = []
    for _ in range(3):
        world = World()
        world.apply(told)
        states.append(world.state())
        chance.shuffle(told)
    assert states[0] == states[1] == states[2]


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_file_that_is_read_again_is_no_news_also_where_all_is_of_one_moment(seed: int) -> None:
    chance = random.Random(seed)
    story = _story(chance)
    told = _told([re.sub(r"202401\d\d120000", MOMENT, text) for text in story] + story[:3])
    world = World()
    refused = world.apply(told)
    once = world.state()
    assert world.apply(told) == refused
    assert world.state() == once


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_who_does_not_contradict_does_not_mind_the_order_within_a_moment(seed: int) -> None:
    """Updates of different patients, and merges that form a forest, all of one moment."""
    chance = random.Random(seed)
    told = [update(MOMENT, value, name=f"P{value}^J") for value in "123456"]
    told += [merge(MOMENT, chance.choice("123456"[at + 1 :]), "123456"[at]) for at in range(5) if chance.random() < 0.6]
    states = []
    for _ in range(3):
        world = World()
        assert not any(world.apply(_told(told)))
        states.append(world.state())
        chance.shuffle(told)
    assert states[0] == states[1] == states[2]


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_links_never_run_in_a_circle(seed: int) -> None:
    chance = random.Random(seed)
    moments = [f"2024010{chance.randrange(1, 4)}120000" for _ in range(20)]
    told = _told([merge(moment, *chance.sample("1234", 2)) for moment in moments])
    world = World()
    world.apply(told)
    for standing in world.standings.values():
        steps, found = 0, standing
        while found.points_to is not None:
            found, steps = found.points_to, steps + 1
            assert steps <= len(world.standings)
        assert found.is_live
