"""The EPD that knows a population, as far as it does: two ranges of numbers, merges, gaps; and what a registry answers.

Which records are sound is known here from how they were made, not from what the matching finds.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from random import Random

from remediate.identity.bsn import Bsn, passes_eleven_test
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.identity.rivals import keys_to_keep
from remediate.identity.verdicts import Asked, Candidates
from remediate.identity.verdicts import MatchReason as R
from tests.bench.adversarial_people import Person, Population
from tests.bench.adversarial_spelling import folded

HOSPITAL, CLINIC = "HOSPITAL", "CLINIC"
FOREIGNERS_NUMBER = "BTL"  # what the numbers of patients from abroad begin with

FORMER_NAME = "former name"

_SPOILS: tuple[tuple[str, Callable[[Patient], Patient]], ...] = (
    ("no BSN", lambda p: replace(p, bsn=None, bsn_verified=False)),
    ("not verified", lambda p: replace(p, bsn_verified=False)),
    ("no BSN that is one", lambda p: replace(p, bsn=None, bsn_problem="bsn-eleven-test", bsn_verified=False)),
    ("no birth date", lambda p: replace(p, birth_date=None)),
    ("no sex", lambda p: replace(p, sex="")),
    ("placeholder date", lambda p: replace(p, birth_date=date(1900, 1, 1))),
    ("placeholder name", lambda p: replace(p, name=replace(p.name, surname="Onbekend", partner_surname=""))),
    ("no name", lambda p: replace(p, name=PersonName())),
    ("no given name", lambda p: replace(p, name=replace(p.name, given_names="", initials=""))),
    (FORMER_NAME, lambda p: replace(p, name=replace(p.name, partner_surname="", partner_prefix=""))),
)
SPOILT_REASONS = {
    "no BSN": R.EPD_WITHOUT_BSN,
    "not verified": R.BSN_NOT_VERIFIED,
    "no BSN that is one": R.EPD_BSN_INVALID,
    "no birth date": R.BIRTH_DATE_ABSENT,
    "no sex": R.SEX_ABSENT,
    "placeholder date": R.BIRTH_DATE_PLACEHOLDER,
    "placeholder name": R.NAME_PLACEHOLDER,
    "no name": R.NAME_ABSENT,
    "no given name": R.GIVEN_NAME_ABSENT,
    "BSN of two": R.BSN_ON_TWO_PATIENTS,
}
"""Why nothing is written for a record that lacks something. A former name only matters to some studies."""


@dataclass(kw_only=True)
class World:
    """A population, its EPD, and those of its people who can be told apart."""

    random: Random
    people: list[Person]
    strangers: list[Person]
    records: list[Patient]  # records[i] belongs to people[i]
    spoilt: dict[int, str]  # number of a person -> what his record lacks
    by_number: dict[LocalId, list[Patient]] = field(default_factory=lambda: defaultdict(list))
    by_bsn: dict[Bsn, list[Patient]] = field(default_factory=lambda: defaultdict(list))
    by_key: dict[str, list[Patient]] = field(default_factory=lambda: defaultdict(list))  # as the registry keeps rivals
    undated: list[Patient] = field(default_factory=list)  # records of which the birth date tells nothing
    by_day: dict[date, list[Patient]] = field(default_factory=lambda: defaultdict(list))
    holders: Counter[Bsn] = field(default_factory=Counter)
    shared: frozenset[LocalId] = frozenset()  # numbers that two patients have
    owners: dict[int, Person] = field(default_factory=dict)  # by identity of the record
    pools: dict[str, list[Person]] = field(default_factory=dict)  # people of whom a maker of studies asks more
    own_numbers: list[list[LocalId]] = field(default_factory=list)  # numbers that lead to people[i] alone
    alike: frozenset[int] = frozenset()  # people with a namesake: surname, birth date and sex
    sound: list[Person] = field(default_factory=list)  # with all that is needed and no namesake
    sound_numbers: frozenset[int] = frozenset()
    twins: list[Person] = field(default_factory=list)  # the same with a namesake, known by their full names

    def record(self, person: Person) -> Patient:
        """The EPD's record of someone."""
        return self.records[person.number]

    def owner(self, record: Patient) -> Person:
        """Whose record this is."""
        return self.owners[id(record)]

    def shared_number(self, person: Person) -> LocalId | None:
        """A number of the hospital that he has together with somebody else."""
        found = self.record(person).identifiers & self.shared
        return min((n for n in found if n.authority == HOSPITAL), key=lambda n: n.value, default=None)

    def somebody(self) -> Person:
        """Someone with a sound record."""
        return self.random.choice(self.sound)

    def numbers(self, person: Person, authority: str = "") -> list[LocalId]:
        """The numbers that lead to him alone, of one range or of both."""
        return [n for n in self.own_numbers[person.number] if authority in ("", n.authority)]

    def such(self, what: str, asked: Callable[[Person], bool]) -> Person:
        """One of the sound people of whom something holds, which is `what`."""
        return self.anyone(what, lambda person: person.number in self.sound_numbers and asked(person))

    def anyone(self, what: str, asked: Callable[[Person], bool]) -> Person:
        """One of all people of whom something holds."""
        if what not in self.pools:
            self.pools[what] = [person for person in self.people if asked(person)]
        return self.random.choice(self.pools[what])

    def relative(self, person: Person) -> Person:
        """Partner, parent, sibling or twin of someone who has one."""
        return self.people[self.random.choice(person.relatives)]

    def candidates(self, asked: Asked) -> Candidates:
        """What the registry answers."""
        local, claimed, keys = asked
        found = self.by_number.get(local, []) if local is not None else []
        holders = {id(p): p for bsn in claimed for p in self.by_bsn.get(bsn, [])}
        rivals = {id(p): p for key in keys or () for p in self.by_key.get(key, [])}
        merged = local is not None and any(
            local.authority == p.authority and local.value != p.epd_patient_id for p in found
        )
        return Candidates(
            by_patient_id=tuple(found),
            by_merged_id=merged,
            by_claim=tuple(holders.values()),
            rivals=tuple(rivals.values()),
        )

    def others_alike(self, text: str, day: date | None, sex: str, subjects: Collection[Patient]) -> list[Patient]:
        """Records that may be meant too by a name, a birth date and a sex, as the oracle sees it: by letters alone.

        Those of a surname stand somewhere in the name, or the record has none. More than one of the `subjects`, to
        whom the identifiers lead, are each other's.
        """
        letters = {_coarse(text), "".join(map(_coarse, _BETWEEN.split(text)))}  # AMRANI^J has no IJ in it
        dated = self.by_day.get(day, []) if day else []
        others = [r for r in (*self.undated, *dated) if not any(r is subject for subject in subjects)]
        meant = subjects if len(subjects) > 1 else [r for r in subjects if _is_held_twice(r, others)]
        opposite = {"M": "F", "F": "M"}.get(sex, "neither")
        alike = [r for r in (*others, *meant) if r.sex != opposite]
        return [r for r in alike if any(_is_alike(r, run, day) for run in letters)]


_BETWEEN = re.compile(r"[\W_]+")


def _is_held_twice(record: Patient, others: list[Patient]) -> bool:
    return any(other.epd_patient_id == record.epd_patient_id and other == record for other in others)


def _is_alike(record: Patient, letters: str, day: date | None) -> bool:
    named = _named(record.name.surname, record.name.partner_surname)
    return any(part in letters or letters in part for part in named) or (not named and record.birth_date == day)


@lru_cache(maxsize=1 << 16)
def _named(surname: str, partner_surname: str) -> tuple[str, ...]:
    words = _BETWEEN.split(f"{surname} {partner_surname}")
    return tuple(part for part in map(_coarse, words) if part and part != "onbekend")


def _coarse(text: str) -> str:
    """The same for both spellings of an umlaut."""
    return re.sub(r"(?<=[aou])e|aa", lambda found: "a" if found[0] == "aa" else "", folded(text))


def world(random: Random, population: Population) -> World:
    """The EPD of a population, and where everyone in it stands."""
    people = population.people
    spoilt: dict[int, str] = {}
    records = [_record(random, person, len(people)) for person in people]
    for number in random.sample(range(len(people)), len(people) // 12):
        kind, spoil = random.choice(_SPOILS)
        if kind != FORMER_NAME or records[number].name.partner_surname:
            records[number], spoilt[number] = spoil(records[number]), kind
    _give_bsns_twice(random, records, spoilt)
    _give_numbers_twice(random, records)
    made = World(random=random, people=people, strangers=population.strangers, records=records, spoilt=spoilt)
    _count(made)
    _index(made)
    _sort(made)
    return made


def _record(random: Random, person: Person, people: int) -> Patient:
    """A number in the hospital's range, often an older merged one, often one in the clinic's range.

    The clinic's number of one person is the hospital's of another.
    """
    own = _own_number(random, person)
    numbers = {LocalId(value=own, authority=HOSPITAL)}
    if random.random() < 0.3:
        numbers.add(LocalId(value=str(5_000_000 + person.number), authority=HOSPITAL))
    if random.random() < 0.3:
        other = (person.number * 7 + 1) % people
        numbers.add(LocalId(value=str(1_000_000 + other), authority=CLINIC))
    return Patient(
        epd_patient_id=own,
        authority=HOSPITAL,
        identifiers=frozenset(numbers),
        name=_as_kept(random, person),
        birth_date=_birth_date(person),
        sex=person.sex,
        bsn=person.bsn,
        bsn_verified=True,
    )


def _own_number(random: Random, person: Person) -> str:
    """Seven digits, or nine that look like a BSN, or eight that do with a zero before them; FEBRL's own."""
    if person.febrl is not None:
        return person.febrl.original.soc_sec_id
    dice = random.random()
    if dice < 0.05:
        return _like_a_bsn(random, 100_000_000, 899_999_999)
    if dice < 0.08:
        return _like_a_bsn(random, 10_000_000, 89_999_999)
    return str(1_000_000 + person.number)


def _like_a_bsn(random: Random, lowest: int, highest: int) -> str:
    while True:
        number = str(random.randint(lowest, highest))
        if passes_eleven_test(number.zfill(9)):
            return number


def _as_kept(random: Random, person: Person) -> PersonName:
    """The name as some EPDs keep it: only initials, no initials, the prefix with the surname, or in capitals."""
    name, dice = person.name, random.random()
    if dice < 0.2 and person.febrl is None and person.twin is None:
        return replace(name, given_names="")
    if dice < 0.3:
        name = replace(name, initials="")
    if dice > 0.9:
        name = replace(name, surname=f"{name.prefix} {name.surname}".strip(), prefix="")
    if 0.8 < dice < 0.85:
        parts = {part: getattr(name, part).upper() for part in PersonName.__slots__}
        return PersonName(**parts)
    return name


def _birth_date(person: Person) -> date | None:
    if person.febrl is not None and not person.febrl.original.date_of_birth:
        return None
    return person.birth_date


def _give_bsns_twice(random: Random, records: list[Patient], spoilt: dict[int, str]) -> None:
    """Some records hold the BSN of another."""
    for at in random.sample(range(len(records)), len(records) // 100):
        other = random.randrange(len(records))
        if other != at and spoilt.keys().isdisjoint({at, other}):
            records[at] = replace(records[at], bsn=records[other].bsn)
            spoilt[at] = spoilt[other] = "BSN of two"


def _give_numbers_twice(random: Random, records: list[Patient]) -> None:
    """Some numbers were given to two patients, beside their own."""
    for count, at in enumerate(random.sample(range(len(records)), len(records) // 50)):
        number = LocalId(value=str(7_000_000 + count // 2), authority=HOSPITAL)
        records[at] = replace(records[at], identifiers=records[at].identifiers | {number})


def _count(made: World) -> None:
    """Count holders, as the registry does."""
    made.holders = Counter(record.bsn for record in made.records if record.bsn)
    made.records = [
        replace(record, bsn_holders=made.holders[record.bsn] if record.bsn else 0) for record in made.records
    ]


def _index(made: World) -> None:
    made.owners = {id(record): person for record, person in zip(made.records, made.people, strict=True)}
    for record in made.records:
        for identifier in record.identifiers:
            made.by_number[identifier].append(record)
        if record.bsn:
            made.by_bsn[record.bsn].append(record)
        for key in keys_to_keep(record):
            made.by_key[key].append(record)
        day = record.birth_date
        if day is None or (day.month, day.day) == (1, 1):
            made.undated.append(record)
        if day is not None:
            made.by_day[day].append(record)
    made.shared = frozenset(number for number, found in made.by_number.items() if len(found) > 1)
    made.own_numbers = [
        sorted(record.identifiers - made.shared, key=lambda n: (n.authority, n.value)) for record in made.records
    ]


def _sort(made: World) -> None:
    """Tell the sound from the others by what is known of how they were made."""
    life = [(folded(p.name.surname), p.birth_date, p.sex) for p in made.people]
    count = Counter(life)
    made.alike = frozenset(number for number, key in enumerate(life) if count[key] > 1)
    fit = [p for p in made.people if p.is_whole and p.number not in made.spoilt and made.numbers(p, HOSPITAL)]
    made.sound = [p for p in fit if p.number not in made.alike]
    made.sound_numbers = frozenset(p.number for p in made.sound)
    made.twins = [p for p in fit if p.twin is not None and p.twin not in made.spoilt]
