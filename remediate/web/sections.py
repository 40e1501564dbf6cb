"""The menu: which pages there are, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from remediate.records.roles import Role
from remediate.web.roles import EVERYBODY, LEDGER


class Section(NamedTuple):
    """One entry."""

    view: str  # name of its address in urls.py; others of the section begin with it and a hyphen
    word: str  # of words.py
    may: frozenset[Role]


SECTIONS = (
    Section("overview", "overview", EVERYBODY),
    Section("queue", "queue", frozenset((Role.REVIEWER,))),
    Section("plans", "plans", EVERYBODY),
    Section("night", "night", EVERYBODY),
    Section("ledger", "ledger", LEDGER),
)


def menu(roles: frozenset[Role], current: str) -> Iterator[tuple[Section, bool]]:
    """What these roles may open, and whether it is open."""
    for one in SECTIONS:
        if one.may & roles:
            yield one, current == one.view or current.startswith(f"{one.view}-")
