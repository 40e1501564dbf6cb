"""Synthetic Dutch families and the EPD that knows them: twins, Jr and Sr, married names, merged and reused numbers.

Names come from the small lists below and BSNs from the 9999 range; nobody here exists.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from remediate.identity.bsn import Bsn, passes_eleven_test
from remediate.identity.match import Candidates
from remediate.identity.names import namesake_key
from remediate.identity.patients import LocalId, Patient, PersonName

HOSPITAL = "HOSPITAL"

SURNAMES = [
    ("", "Jansen"), ("de", "Vries"), ("van den", "Berg"), ("van", "Dijk"), ("", "Bakker"), ("", "Visser"),
    ("", "Smit"), ("", "Meijer"), ("de", "Boer"), ("", "Mulder"), ("de", "Groot"), ("", "Bos"), ("", "Vos"),
    ("", "Peters"), ("", "Hendriks"), ("van", "Leeuwen"), ("", "Dekker"), ("", "Brouwer"), ("de", "Wit"),
    ("", "Dijkstra"), ("", "Smits"), ("de", "Graaf"), ("van der", "Meer"), ("", "Kok"), ("", "Jacobs"),
    ("van der", "Linden"), ("ten", "Have"), ("ter", "Horst"), ("van 't", "Hof"), ("'t", "Hart"), ("in 't", "Veld"),
    ("d'", "Hondt"), ("op den", "Kelder"), ("", "Müller"), ("", "Özdemir"), ("", "Sørensen"), ("", "Groß"),
    ("", "Łukaszewski"), ("", "Đorđević"), ("el", "Amrani"), ("", "O'Neill"), ("", "Ytsma"), ("", "Wijnants"),
    ("van", "Rijn"), ("de", "Bruijn"), ("", "Noël"), ("", "Roeland"), ("", "Coöten"),
]  # fmt: skip
_MEN = (
    "Jan Piet Kees Pieter Paul Johannes Petrus Willem Hendrik Cornelis Antonius Jacobus Gerrit Maarten Thomas Daan "
    "IJsbrand Jean-Pierre Bo Ab Thijs Chris Philip Theodorus Mohammed Björn André Zoë-Jan Erik Otto"
)
_WOMEN = (
    "Maria Anna Johanna Elisabeth Cornelia Wilhelmina Catharina Sanne Emma Julia Sophie Annemarie Anne-Marie Renée "
    "Zoë Fatima Ingrid Yvonne Jo Eva Hendrika Geertruida Margaretha Petronella Els Truus IJke Ria Chantal Thea"
)
MEN, WOMEN = _MEN.split(), _WOMEN.split()
CALL_NAMES = {
    "Johannes": "Hans", "Petrus": "Piet", "Willem": "Wim", "Hendrik": "Henk", "Cornelis": "Kees", "Antonius": "Ton",
    "Jacobus": "Koos", "Theodorus": "Theo", "Maria": "Riet", "Johanna": "Joke", "Elisabeth": "Bep",
    "Wilhelmina": "Mien", "Catharina": "Tineke", "Geertruida": "Truus", "Margaretha": "Greet", "Petronella": "Nel",
}  # fmt: skip


@dataclass(kw_only=True)
class Person:
    """Someone who was once examined, as life knows him; the EPD may know less."""

    number: int  # index in the hospital
    name: PersonName
    birth_date: date
    sex: str
    bsn: Bsn
    relatives: list[int] = field(default_factory=list)  # partner, parents, siblings
    twin: int | None = None


@dataclass(kw_only=True)
class Hospital:
    """People, and the EPD's records of them with the ways to find them."""

    people: list[Person]
    records: list[Patient]  # records[i] belongs to people[i]
    strangers: list[Person]  # had a number that was given out again
    by_number: dict[LocalId, list[Patient]]
    merged: set[LocalId]
    by_bsn: dict[Bsn, list[Patient]]

    def candidates(self, local: object, claimed: tuple[Bsn, ...]) -> Candidates:
        """What the registry answers."""
        found = self.by_number.get(local, []) if isinstance(local, LocalId) else []
        holders = [patient for bsn in claimed for patient in self.by_bsn.get(bsn, [])]
        return Candidates(by_patient_id=tuple(found), by_merged_id=local in self.merged, by_claim=tuple(holders))


def bsns_for_tests() -> Iterator[Bsn]:
    """Every number of the 9999 range that passes the eleven-test."""
    for number in range(999900000, 999999999):
        if passes_eleven_test(str(number)):
            yield Bsn(str(number))


def hospital(random: Random, size: int = 4000) -> Hospital:
    """A hospital of families; `size` people at most 8,000, as many as there are test numbers."""
    numbers = list(bsns_for_tests())
    random.shuffle(numbers)
    people = _families(random, size, iter(numbers))
    strangers = [_stranger(random, number, bsn) for number, bsn in enumerate(numbers[size : size + 50])]
    records = [_record(random, person) for person in people]
    _spoil(random, records)
    records = _counted(records)
    return _indexed(people, records, strangers)


def _families(random: Random, size: int, numbers: Iterator[Bsn]) -> list[Person]:
    people: list[Person] = []
    while len(people) < size:
        family = _family(random, len(people), numbers)
        people += family[: size - len(people)]
    kept = len(people)
    for person in people:
        person.relatives = [number for number in person.relatives if number < kept]
        person.twin = person.twin if person.twin is not None and person.twin < kept else None
    return people


def _family(random: Random, first: int, numbers: Iterator[Bsn]) -> list[Person]:
    """Two parents who may bear each other's names, children, often twins, and a son named after his father."""
    (his_prefix, his), (her_prefix, hers) = random.sample(SURNAMES, 2)
    year = random.randint(1925, 1975)
    father = _person(random, first, PersonName(prefix=his_prefix, surname=his), "M", _day(random, year), numbers)
    mother = _person(random, first + 1, PersonName(prefix=her_prefix, surname=hers), "F", _day(random, year), numbers)
    if random.random() < 0.7:
        mother.name = replace(mother.name, partner_prefix=his_prefix, partner_surname=his)
    family = [father, mother]
    for _ in range(random.randint(0, 3)):
        sex = random.choice("MF")
        day = _day(random, year + random.randint(20, 35))
        name = PersonName(prefix=his_prefix, surname=his)
        child = _person(random, first + len(family), name, sex, day, numbers)
        if sex == "M" and random.random() < 0.15:
            child.name = replace(father.name)  # Jr
        family.append(child)
        if random.random() < 0.35:
            family.append(_twin(random, child, first + len(family), numbers))
    everyone = [person.number for person in family]
    for person in family:
        person.relatives = [number for number in everyone if number != person.number]
    return family


def _twin(random: Random, child: Person, number: int, numbers: Iterator[Bsn]) -> Person:
    """Same surname, birth date and sex, often the same initial; sometimes the same first and another second name."""
    taken = child.name.given_names.split()[0]
    pool = [name for name in (MEN if child.sex == "M" else WOMEN) if name != taken]
    alike = [name for name in pool if name[0] == taken[0]] or pool
    given = random.choice(alike if random.random() < 0.6 else pool)
    if random.random() < 0.2:
        given = f"{taken} {random.choice(pool)}"
        child.name = replace(child.name, given_names=f"{taken} {random.choice([n for n in pool if n not in given])}")
        child.name = replace(child.name, initials=_initials(child.name.given_names))
    name = replace(child.name, given_names=given, initials=_initials(given))
    twin = Person(number=number, name=name, birth_date=child.birth_date, sex=child.sex, bsn=next(numbers))
    twin.twin, child.twin = child.number, twin.number
    return twin


def _person(random: Random, number: int, name: PersonName, sex: str, day: date, numbers: Iterator[Bsn]) -> Person:
    given = random.sample(MEN if sex == "M" else WOMEN, random.choice([1, 1, 2, 3]))
    name = replace(name, given_names=" ".join(given), initials=_initials(" ".join(given)))
    return Person(number=number, name=name, birth_date=day, sex=sex, bsn=next(numbers))


def _stranger(random: Random, number: int, bsn: Bsn) -> Person:
    prefix, surname = random.choice(SURNAMES)
    name = PersonName(prefix=prefix, surname=surname)
    return _person(random, number, name, random.choice("MF"), _day(random, random.randint(1890, 1920)), iter([bsn]))


def _initials(given: str) -> str:
    return "".join(f"{'IJ' if name.startswith('IJ') else name[0]}." for name in given.split())


def _day(random: Random, year: int) -> date:
    """Any day but 1 January, which the policy takes for a placeholder."""
    return date(year, 1, 2) + timedelta(days=random.randint(0, 363))


def _record(random: Random, person: Person) -> Patient:
    """The EPD's record: a number of its own, often an older merged one, sometimes one that looks like a BSN."""
    own = str(1000000 + person.number)
    if random.random() < 0.05:
        own = next(n for n in (str(random.randint(100000000, 899999999)) for _ in range(500)) if passes_eleven_test(n))
    numbers = {own} | ({str(5000000 + person.number)} if random.random() < 0.3 else set())
    name = person.name
    if random.random() < 0.2:
        name = replace(name, given_names="")  # an EPD that knows initials only
    return Patient(
        epd_patient_id=own,
        authority=HOSPITAL,
        identifiers=frozenset(LocalId(value=value, authority=HOSPITAL) for value in numbers),
        name=name,
        birth_date=person.birth_date,
        sex=person.sex,
        bsn=person.bsn,
        bsn_verified=True,
    )


def _spoil(random: Random, records: list[Patient]) -> None:
    """Records without a BSN, not verified, or with a BSN that is another's."""
    for at in range(len(records)):
        dice = random.random()
        if dice < 0.02:
            records[at] = replace(records[at], bsn=None, bsn_verified=False)
        elif dice < 0.04:
            records[at] = replace(records[at], bsn_verified=False)
    for at in random.sample(range(len(records)), len(records) // 100):
        other = records[random.randrange(len(records))]
        if records[at].bsn is not None and other.bsn is not None:
            records[at] = replace(records[at], bsn=other.bsn)


def _counted(records: list[Patient]) -> list[Patient]:
    """With the holders of each BSN and the namesakes counted, as the registry does."""
    holders = Counter(record.bsn for record in records)
    alike = Counter((namesake_key(r.name), r.birth_date, r.sex) for r in records)
    return [
        replace(
            record,
            bsn_holders=holders[record.bsn] if record.bsn else 0,
            namesakes=alike[(namesake_key(record.name), record.birth_date, record.sex)] - 1,
        )
        for record in records
    ]


def _indexed(people: list[Person], records: list[Patient], strangers: list[Person]) -> Hospital:
    by_number: dict[LocalId, list[Patient]] = defaultdict(list)
    by_bsn: dict[Bsn, list[Patient]] = defaultdict(list)
    merged = set()
    for record in records:
        for identifier in record.identifiers:
            by_number[identifier].append(record)
            if identifier.value != record.epd_patient_id:
                merged.add(identifier)
        if record.bsn:
            by_bsn[record.bsn].append(record)
    return Hospital(
        people=people, records=records, strangers=strangers, by_number=by_number, merged=merged, by_bsn=by_bsn
    )
