"""Synthetic people as life knows them: families, twins, Jr and Sr, married names; no EPD yet. Nobody here exists.

Dutch families are made of Faker's names; FEBRL's people are paired off and given twins and sons of their own. BSNs
are drawn anew for each population, because the 9999 range holds only some nine thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from random import Random

from remediate.identity.bsn import Bsn, passes_eleven_test
from remediate.identity.patients import PersonName
from tests.bench.adversarial_names import CALL_NAMES, FebrlPerson, Vocabulary, dutch, febrl, split_prefix
from tests.bench.adversarial_spelling import folded

STRANGERS = 50
_NO_DAY = date(1900, 1, 1)


@dataclass(kw_only=True)
class Person:
    """Someone who was once examined, as life knows him; the EPD may know less."""

    number: int  # index in the population
    name: PersonName
    birth_date: date
    sex: str
    bsn: Bsn
    relatives: list[int] = field(default_factory=list)  # partner, parents, siblings
    twin: int | None = None
    senior: int | None = None  # the father who bears the very same name
    febrl: FebrlPerson | None = None  # where the person is FEBRL's

    @property
    def is_whole(self) -> bool:
        """Whether everything is known of him; FEBRL leaves fields out."""
        return bool(self.name.surname and self.name.given_names) and self.birth_date.month + self.birth_date.day > 2


@dataclass(kw_only=True)
class Population:
    """People the EPD knows, and strangers who once had a number that was given out again."""

    people: list[Person]
    strangers: list[Person]


@cache
def bsns_for_tests() -> tuple[Bsn, ...]:
    """Every number of the 9999 range that passes the eleven-test."""
    numbers = (str(number) for number in range(999900000, 999999999))
    return tuple(Bsn(number) for number in numbers if passes_eleven_test(number))


def dutch_population(random: Random, size: int) -> Population:
    """At least `size` people in whole families; at most 8,000, as many as there are test numbers."""
    births = _Births(random, dutch())
    while len(births.people) < size:
        _family(births)
    return births.population()


def febrl_population(random: Random, size: int) -> Population:
    """FEBRL's people, at most 5,000, paired off as couples; some get a twin or a son of the same name."""
    births = _Births(random, dutch())
    chosen = random.sample(febrl(), min(size, len(febrl())))
    for person in chosen:
        births.add_febrl(person)
    people = births.people[:]
    for man, woman in zip(people[0::2], people[1::2], strict=False):
        if random.random() < 0.3:
            _marry(man, woman)
        _relate([man, woman])
    for parent in people[:: len(people) // (len(people) // 8)]:
        if parent.is_whole:
            made = _junior(births, parent, 25) if parent.sex == "M" and random.random() < 0.4 else _twin(births, parent)
            _relate([parent, made])
    return births.population()


class _Births:
    """Where people come from: names, and numbers in an order of chance."""

    def __init__(self, random: Random, names: Vocabulary) -> None:
        self.random = random
        self.names = names
        self.people: list[Person] = []
        self._bsns: Iterator[Bsn] = iter(random.sample(bsns_for_tests(), len(bsns_for_tests())))

    def add(self, name: PersonName, sex: str, day: date) -> Person:
        person = self.person(name, sex, day)
        self.people.append(person)
        return person

    def person(self, name: PersonName, sex: str, day: date) -> Person:
        whole = replace(name, initials=initials_of(name.given_names))
        return Person(number=len(self.people), name=whole, birth_date=day, sex=sex, bsn=next(self._bsns))

    def add_febrl(self, found: FebrlPerson) -> None:
        row = found.original
        prefix, surname = split_prefix(row.surname)
        name = PersonName(prefix=prefix, surname=surname, given_names=row.given_name)
        born = row.date_of_birth
        day = date(int(born[:4]), int(born[4:6]), int(born[6:])) if born else _NO_DAY
        self.add(name, "MF"[len(self.people) % 2], day).febrl = found

    def day(self, year: int) -> date:
        """Any day but 1 January, which the policy takes for a placeholder."""
        return date(year, 1, 2) + timedelta(days=self.random.randint(0, 363))

    def named(self, prefix: str, surname: str, sex: str) -> PersonName:
        return PersonName(prefix=prefix, surname=surname, given_names=self.names.given_names(self.random, sex))

    def population(self) -> Population:
        strangers = []
        for _ in range(STRANGERS):
            sex = self.random.choice("MF")
            name = self.named(*self.names.surname(self.random), sex)
            strangers.append(self.person(name, sex, self.day(self.random.randint(1890, 1920))))
        return Population(people=self.people, strangers=strangers)


def _family(births: _Births) -> None:
    """Two parents who may bear each other's names, children, often twins, and a son named after his father."""
    random, names = births.random, births.names
    his, hers = names.surname(random), names.surname(random)
    year = random.randint(1925, 1975)
    father = births.add(births.named(*his, "M"), "M", births.day(year))
    mother = births.add(births.named(*hers, "F"), "F", births.day(year))
    if random.random() < 0.7:
        _marry(father, mother)
    family = [father, mother]
    for _ in range(random.randint(0, 3)):
        age, sex = random.randint(20, 35), random.choice("MF")
        if sex == "M" and random.random() < 0.2:
            child = _junior(births, father, age)
        else:
            child = births.add(births.named(*his, sex), sex, births.day(year + age))
        family.append(child)
        if random.random() < 0.35:
            family.append(_twin(births, child))
    _relate(family)
    if random.random() < 0.1:
        _twin(births, random.choice(family))  # no twin, but a namesake born on the same day


def _relate(family: list[Person]) -> None:
    everyone = [person.number for person in family]
    for person in family:
        person.relatives += [number for number in everyone if number != person.number]


def _marry(man: Person, woman: Person) -> None:
    """She may be known by his name, by hers, or by both."""
    woman.name = replace(woman.name, partner_prefix=man.name.prefix, partner_surname=man.name.surname)


def _junior(births: _Births, father: Person, age: int) -> Person:
    son = births.add(replace(father.name, partner_surname=""), "M", births.day(father.birth_date.year + age))
    son.senior = father.number
    return son


def _twin(births: _Births, child: Person) -> Person:
    """Same surname, birth date and sex, often the same initial; sometimes the same first and another second name.

    Never the same call name: where every fact of a study is another's, nobody can tell.
    """
    random = births.random
    taken = child.name.given_names.split()
    used = {folded(name) for name in (*taken, *map(_call_name, taken))}
    pool = [name for name in births.names.given[child.sex] if used.isdisjoint({folded(name), folded(_call_name(name))})]
    alike = [name for name in pool if name[0].casefold() == taken[0][0].casefold()] or pool
    given = random.choice(alike if random.random() < 0.6 else pool)
    if random.random() < 0.2 and child.febrl is None:
        second, other = random.sample(sorted(set(pool)), 2)
        given = f"{taken[0]} {other}"
        child.name = replace(child.name, given_names=f"{taken[0]} {second}")
        child.name = replace(child.name, initials=initials_of(child.name.given_names))
    name = replace(child.name, given_names=given, partner_prefix="", partner_surname="")
    twin = births.add(name, child.sex, child.birth_date)
    twin.twin, child.twin = child.number, twin.number
    return twin


def _call_name(name: str) -> str:
    return CALL_NAMES.get(name, name)


def initials_of(given_names: str) -> str:
    """As the EPD writes them: J.P. for Jean-Pierre, and IJ. for IJsbrand."""
    words = given_names.replace("-", " ").split()
    return "".join(f"{'IJ' if word.startswith('IJ') else word[0].upper()}." for word in words)
