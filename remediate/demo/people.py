"""Synthetic Dutch people as an EPD knows them: names, birth dates, hospital numbers, test-range BSNs; no headers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import TypedDict, Unpack

from remediate.identity.bsn import Bsn, passes_eleven_test
from remediate.identity.patients import PersonName

ISSUER = "HOSPITAL"
"""Who issued every local number of this hospital."""

SURNAMES: tuple[tuple[str, str], ...] = (
    ("", "Jansen"), ("de", "Vries"), ("van den", "Berg"), ("", "Bakker"), ("", "Visser"), ("", "Smit"),
    ("van der", "Meer"), ("", "Mulder"), ("", "Dijkstra"), ("van", "Dijk"), ("de", "Wit"), ("", "Çelik"),
    ("", "Özdemir"), ("van 't", "Hof"), ("ter", "Horst"), ("", "Bruijn"), ("in 't", "Veld"), ("", "Schröder"),
    ("", "Ruijter"), ("van de", "Ven"), ("", "Koëter"), ("", "Dubois-Müller"), ("den", "Hartog"), ("", "Wijnberg"),
    ("von", "Weiß"), ("", "Sørensen"), ("", "Çakir"), ("d'", "Hondt"), ("op den", "Akker"), ("", "IJsselstein"),
)  # fmt: skip

GIVEN_NAMES: dict[str, tuple[str, ...]] = {
    "F": (
        "Anna", "Maria", "Sofie", "Noëlle", "Fleur", "Zoë", "Wilhelmina", "Elisabeth", "Katrijn", "Loïs", "Marijke",
        "Femke", "Hanneke", "Renée", "Ingrid", "Jacoba",
    ),
    "M": (
        "Jan", "Pieter", "Daan", "René", "Gijs", "Bram", "Cornelis", "Johannes", "Thijs", "Jürgen", "Willem", "Koen",
        "Mathijs", "André", "Hendrik", "Ruben",
    ),
}  # fmt: skip

_BORN_FROM, _BORN_TO = date(1925, 1, 2), date(2002, 12, 31)


class Feed(StrEnum):
    """Which EPD file brings a person; both formats are needed to know everybody."""

    HL7 = "hl7"
    ZORGDOMEIN = "zorgdomein"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class EpdPerson:
    """One EPD record as it will be written. `bsn` is text: an EPD may hold a number that is no BSN."""

    number: str  # local number, issued by HOSPITAL
    name: PersonName = field(repr=False)
    birth_date: date = field(repr=False)
    sex: str  # M or F
    bsn: str = field(default="", repr=False)
    bsn_verified: bool = True
    feed: Feed = Feed.HL7
    married_later: bool = False  # announced by A28 without the partner's name, which an A31 adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """HL7 A40: `gone` was merged into `survivor`; both are local numbers of HOSPITAL."""

    gone: str
    survivor: str


def test_bsns(rng: random.Random) -> Iterator[str]:
    """Every number of the range 9999xxxxx that passes the eleven-test, in random order, each once."""
    valid = list(_valid_bsns())
    rng.shuffle(valid)
    yield from valid


@cache
def _valid_bsns() -> tuple[str, ...]:
    numbers = (f"9999{tail:05d}" for tail in range(99_999))
    return tuple(number for number in numbers if passes_eleven_test(number))


class Given(TypedDict, total=False):
    """What a case may fix about a person; the rest is drawn."""

    sex: str
    name: PersonName
    birth_date: date
    bsn: str  # "" for none
    bsn_verified: bool
    feed: Feed


class Population:
    """Makes people who cannot be mistaken for one another, unless a case asks for exactly that."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._bsns = test_bsns(rng)
        self._numbers = self._local_numbers()
        self._born: set[tuple[date, str]] = set()
        self._feeds = 0
        self._regulars: list[EpdPerson] = []
        self.people: list[EpdPerson] = []
        self.merges: list[Merge] = []

    def new_bsn(self) -> str:
        """A test BSN that nobody has. `ValueError` when the 9,090 of the range are used up."""
        bsn = next(self._bsns, None)
        if bsn is None:
            raise ValueError("the test range holds no more BSNs: ask for fewer studies")
        return bsn

    def new_number(self) -> str:
        """A local number that nobody has: seven digits, so that it never reads as a BSN."""
        return next(self._numbers)

    def make(self, **given: Unpack[Given]) -> EpdPerson:
        """A person with fields as given and the others drawn; not yet in the EPD."""
        sex = given.get("sex") or self._rng.choice(("F", "M"))
        name = given.get("name") or self._name(sex)
        feed = given.get("feed") or self._next_feed()
        return EpdPerson(
            number=self.new_number(),
            name=name,
            birth_date=given.get("birth_date") or self._birth_date(sex),
            sex=sex,
            bsn=given["bsn"] if "bsn" in given else self.new_bsn(),
            bsn_verified=given.get("bsn_verified", True),
            feed=feed,
            married_later=bool(name.partner_surname) and feed is not Feed.CSV,
        )

    def admit(self, **given: Unpack[Given]) -> EpdPerson:
        """The same, known to the EPD."""
        person = self.make(**given)
        self.people.append(person)
        return person

    def regular(self) -> EpdPerson:
        """A patient about whom EPD and headers agree; the more of them there are, the more often one returns."""
        if self._rng.random() < min(0.75, len(self._regulars) / 200):
            return self._rng.choice(self._regulars)
        self._regulars.append(self.admit())
        return self._regulars[-1]

    def merge(self, gone: str, survivor: EpdPerson) -> None:
        """The EPD merges `gone` into `survivor`."""
        self.merges.append(Merge(gone=gone, survivor=survivor.number))

    def given_names(self, sex: str, *, other_than: str = "") -> str:
        """One or two given names; none of them, nor an initial, shared with `other_than`."""
        taken = {name[0] for name in other_than.split()}
        names = [name for name in GIVEN_NAMES[sex] if name[0] not in taken]
        return " ".join(self._rng.sample(names, self._rng.choice((1, 2))))

    def _name(self, sex: str) -> PersonName:
        (prefix, surname), (partner_prefix, partner) = self._rng.sample(SURNAMES, 2)
        given = self.given_names(sex)
        married = self._rng.random() < 0.35
        return PersonName(
            surname=surname,
            prefix=prefix,
            partner_surname=partner if married else "",
            partner_prefix=partner_prefix if married else "",
            given_names=given,
            initials="".join(f"{name[0]}." for name in given.split()),
        )

    def _birth_date(self, sex: str) -> date:
        """A day that no one else of this sex was born on, and no 1 January: those are placeholders."""
        while True:
            day = _BORN_FROM + timedelta(days=self._rng.randrange((_BORN_TO - _BORN_FROM).days))
            if (day.month, day.day) != (1, 1) and (day, sex) not in self._born:
                self._born.add((day, sex))
                return day

    def _next_feed(self) -> Feed:
        self._feeds += 1
        return (Feed.HL7, Feed.CSV, Feed.CSV, Feed.HL7, Feed.ZORGDOMEIN)[self._feeds % 5]

    def _local_numbers(self) -> Iterator[str]:
        seen: set[int] = set()
        while True:
            number = self._rng.randrange(1_000_000, 9_999_999)
            if number not in seen:
                seen.add(number)
                yield str(number)


def bsn_of(person: EpdPerson) -> Bsn:
    """The person's BSN as a value. `ValueError` when the EPD's text is none."""
    return Bsn(person.bsn)
