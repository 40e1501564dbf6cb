"""Studies over which people have to think, and whose each of them is: drawn by a seed, kind by kind, nobody exists.

Two sides look alike in pairs of kinds of which the one is the patient's own and the other is not: a year of birth
mistyped, and a father with his son's number; a day mistyped, and a twin of the same initial. What tells them apart
stands under "against" alone, as `tells` says. Where what is shown does not tell, it is right to leave the study.

The truth is how a case was made, and what somebody who reads all that is shown can know of it: the rules stand in
`RULES`, which a reader is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from remediate.epd.changes import Change, ChangeKind, NameParts, News
from remediate.identity.bsn import Bsn
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength
from tests.bench.bench_plan import AUTHORITY, ENDINGS, SURNAMES, bsn_of

MEN = ("Jan", "Johan", "Joost", "Jeroen", "Pieter", "Paul", "Peter", "Koen", "Klaas", "Karel", "Willem", "Wouter",
       "Daan", "Dirk", "Bram", "Bas", "Hendrik", "Hugo", "Martijn", "Maarten")  # fmt: skip
WOMEN = ("Anna", "Anja", "Paula", "Johanna", "Judith", "Janneke", "Maria", "Marieke", "Monique", "Elisabeth", "Els",
         "Esther", "Sofie", "Sanne", "Saskia", "Femke", "Froukje", "Willemijn", "Wilma", "Petra")  # fmt: skip
PREFIXES = ("", "", "", "van", "de", "van den", "van der")

RULES = """\
confirm: the study is of the patient in the EPD. What differs is a slip of whoever typed (a letter or digit, two of
         them exchanged, the wrong sex, a date left out) or another surname of the same woman; all else agrees.
exclude: the study is of somebody else: another given name, another generation of the family, another person
         altogether, a number that was given out again, a BSN of another person.
nothing: what is shown does not tell. Leave the study without a decision: that too is an answer, and may be right."""


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A patient as the EPD has him."""

    number: int
    surname: str
    given: tuple[str, str]
    sex: str
    born: str  # YYYYMMDD
    prefix: str = ""
    partner: str = ""

    @property
    def value(self) -> str:
        """The hospital's number, from which nothing follows."""
        return f"{self.number * 7_654_321 % 90_000_000 + 10_000_000}"

    @property
    def initials(self) -> str:
        """With nothing between."""
        return "".join(name[0] for name in self.given)

    def change(self) -> Change:
        """As the EPD tells it."""
        name = NameParts(self.surname, self.prefix, self.partner, "", " ".join(self.given), self.initials)
        news = News(name, self.born, self.sex, bsn_of(self.number), True)
        return Change(1, ChangeKind.UPSERT, None, ((AUTHORITY, self.value),), (), news, self.value)

    def header(self, given: str = "") -> Evidence:
        """As a modality wrote it."""
        name = f"{self.prefix} {self.surname}".strip() + f"^{given or ' '.join(self.given)}"
        return Evidence(patient_id=self.value, patient_name=name, birth_date=self.born, sex=self.sex)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One study, and what is right."""

    kind: str
    right: str  # confirm, exclude, or "" to leave it
    people: tuple[Someone, ...]  # in the EPD
    header: Evidence = field(repr=False)
    study_date: str
    tells: bool = False  # what stands under "against" decides


@dataclass
class _Draw:
    """Numbers of the EPD, each once."""

    chance: Random
    numbers: Iterator[int]

    def someone(self, **given: object) -> Someone:
        """An adult, or as asked."""
        chance, sex = self.chance, str(given.pop("sex", "") or self.chance.choice("MF"))
        number = next(number for number in self.numbers if bsn_of(number))
        first, second = chance.sample(MEN if sex == "M" else WOMEN, 2)
        drawn = Someone(
            number=number,
            surname=chance.choice(SURNAMES) + chance.choice(ENDINGS) + chance.choice(ENDINGS),
            prefix=chance.choice(PREFIXES),
            given=(first, second),
            sex=sex,
            born=f"{chance.randrange(1940, 1999)}{chance.randrange(1, 13):02d}{chance.randrange(13, 29):02d}",
        )
        return replace(drawn, **given)  # type: ignore[arg-type]

    def relative(self, of: Someone, **other: object) -> Someone:
        """Of the same name."""
        return self.someone(**{"surname": of.surname, "prefix": of.prefix, "sex": of.sex, "born": of.born} | other)

    def namesake(self, given: str, sex: str) -> tuple[str, str]:
        """Other given names, of which the first has the same letter."""
        names = MEN if sex == "M" else WOMEN
        alike = [name for name in names if name[0] == given[0] and name != given]
        return self.chance.choice(alike), self.chance.choice([name for name in names if name[0] != given[0]])

    def day(self) -> str:
        """A Study Date of the years of digital archives."""
        return (
            f"{self.chance.randrange(2006, 2025)}{self.chance.randrange(1, 13):02d}{self.chance.randrange(1, 29):02d}"
        )


def _case(draw: _Draw, right: str, header: Evidence, *people: Someone, tells: bool = False, day: str = "") -> Case:
    return Case(kind="", right=right, people=people, header=header, study_date=day or draw.day(), tells=tells)


def _other_year(draw: _Draw, born: str) -> str:
    """The last two digits exchanged, where that is a generation; else the digit of the decade mistyped."""
    swapped = born[:2] + born[3] + born[2] + born[4:]
    if swapped != born and 1930 < int(swapped[:4]) < 2000:
        return swapped
    return f"{int(born[:4]) - draw.chance.choice((20, 30))}{born[4:]}"


def year_mistyped(draw: _Draw) -> Case:
    """One's own, though it looks like a parent's."""
    own = draw.someone()
    header = replace(own.header(own.initials), birth_date=_other_year(draw, own.born))
    return _case(draw, "confirm", header, own, tells=True)


def father_and_son(draw: _Draw) -> Case:
    """The son's number, the father in the study; both have these initials and this birthday."""
    son = draw.someone(sex="M")
    father = draw.relative(son, given=son.given, born=_other_year(draw, son.born))
    header = replace(father.header(son.initials), patient_id=son.value)
    return _case(draw, "exclude", header, son, father, tells=True)


def day_mistyped(draw: _Draw) -> Case:
    """One's own, by initial alone; nobody else of that name was born then."""
    own = draw.someone()
    header = replace(own.header(own.given[0][0]), birth_date=_other_day(draw, own.born))
    return _case(draw, "confirm", header, own, tells=True)


def twin_by_initial(draw: _Draw) -> Case:
    """Two of one day and one initial: the study may be of either."""
    own = draw.someone()
    twin = draw.relative(own, given=draw.namesake(own.given[0], own.sex))
    return _case(draw, "", own.header(own.given[0][0]), own, twin, tells=True)


def twin_by_name(draw: _Draw) -> Case:
    """The other one's given name."""
    own = draw.someone()
    twin = draw.relative(own, given=draw.namesake(own.given[0], own.sex))
    return _case(draw, "exclude", replace(twin.header(twin.given[0]), patient_id=own.value), own, twin)


def sex_mistyped(draw: _Draw) -> Case:
    """The wrong box; given names in full."""
    own = draw.someone()
    return _case(draw, "confirm", replace(own.header(), sex={"M": "F", "F": "M"}[own.sex]), own)


def brother_and_sister(draw: _Draw) -> Case:
    """Twins of one initial: number and initial of the one, the sex of the other, who is in the EPD."""
    own = draw.someone()
    other = {"M": "F", "F": "M"}[own.sex]
    alike = [name for name in (MEN if other == "M" else WOMEN) if name[0] == own.given[0][0]]
    if not alike:
        return brother_and_sister(draw)
    twin = draw.relative(own, sex=other, given=(draw.chance.choice(alike), "Maria"))
    header = replace(twin.header(twin.given[0][0]), patient_id=own.value)
    return _case(draw, "exclude", header, own, twin, tells=True)


def letter_mistyped(draw: _Draw) -> Case:
    """Two letters of the surname exchanged, or one too few."""
    own = draw.someone()
    at = draw.chance.randrange(1, len(own.surname) - 2)
    name = own.surname
    wrong = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    wrong = wrong if wrong != name and draw.chance.random() < 0.5 else name[: at + 1] + name[at + 2 :]
    return _case(draw, "confirm", replace(own, surname=wrong).header(), own)


def former_partner(draw: _Draw) -> Case:
    """A surname of which the EPD knows nothing; given names in full and the birth date are hers."""
    own = draw.someone(sex="F")
    return _case(draw, "confirm", replace(own, surname=draw.someone().surname, prefix="").header(), own, tells=True)


def another_of_that_day(draw: _Draw) -> Case:
    """The same, but a woman of that surname with this given name was born on that day."""
    own = draw.someone(sex="F")
    another = draw.someone(sex="F", born=own.born, given=own.given, prefix="")
    return _case(draw, "exclude", replace(another.header(), patient_id=own.value), own, another, tells=True)


def number_mistyped(draw: _Draw) -> Case:
    """Digits of the number exchanged: it is a namesake's, some years older or younger."""
    own = draw.someone()
    year = int(own.born[:4]) + draw.chance.choice((-7, -4, -3, 3, 5, 8))
    meant = draw.relative(
        own, given=draw.namesake(own.given[0], own.sex), born=f"{year}0{draw.chance.randrange(1, 9)}17"
    )
    return _case(draw, "exclude", replace(meant.header(), patient_id=own.value), own, meant)


def number_again(draw: _Draw) -> Case:
    """A number that was given out again: a study of before the patient was born, by a family name and an initial."""
    own = draw.someone(born=f"{draw.chance.randrange(2008, 2019)}0{draw.chance.randrange(1, 10)}14")
    day = f"{int(own.born[:4]) - draw.chance.randrange(1, 3)}{draw.chance.randrange(1, 13):02d}11"
    header = replace(own.header(own.given[0][0]), birth_date="")
    return _case(draw, "exclude", header, own, tells=True, day=day)


def date_absent(draw: _Draw) -> Case:
    """No birth date, and given names in full that agree."""
    own = draw.someone()
    return _case(draw, "confirm", replace(own.header(), birth_date=""), own)


def too_little(draw: _Draw) -> Case:
    """No birth date, no sex, and an initial: it is somebody of that family."""
    own = draw.someone()
    return _case(draw, "", replace(own.header(own.given[0][0]), birth_date="", sex=""), own)


def another_date(draw: _Draw) -> Case:
    """The name and an initial agree, and the birth date is no slip: none of its parts is the patient's."""
    own = draw.someone()
    year = int(own.born[:4]) + draw.chance.choice((-13, -11, 11, 13))
    month = (int(own.born[4:6]) + draw.chance.randrange(3, 9) - 1) % 12 + 1
    header = replace(own.header(own.given[0][0]), birth_date=f"{year}{month:02d}{int(own.born[6:]) - 11:02d}")
    return _case(draw, "exclude", header, own)


def another_surname(draw: _Draw) -> Case:
    """A man of another name altogether, of the same day and initial: no man changes it so."""
    own = draw.someone(sex="M")
    header = replace(own, surname=draw.someone().surname, prefix="").header(own.given[0][0])
    return _case(draw, "exclude", header, own)


def date_absent_by_initial(draw: _Draw) -> Case:
    """No birth date, and an initial: sex and family name are many people's."""
    own = draw.someone()
    return _case(draw, "", replace(own.header(own.given[0][0]), birth_date=""), own)


def another_bsn(draw: _Draw) -> Case:
    """All agrees but for a slip in the date, and the study carries the BSN of somebody else."""
    own, other = draw.someone(), draw.someone()
    claim = BsnClaim(
        place=Place.OTHER_PATIENT_IDS,
        path="(0010,1000)[0]",
        strength=Strength.EXPLICIT,
        value=Bsn(bsn_of(other.number)),
    )
    header = replace(own.header(own.initials), birth_date=_other_day(draw, own.born), claims=(claim,))
    return _case(draw, "exclude", header, own, tells=True)


def _other_day(draw: _Draw, born: str) -> str:
    """Another last digit: a slip, or somebody else's day."""
    return f"{born[:6]}{born[6]}{draw.chance.choice([one for one in '345678' if one != born[7]])}"


KINDS: tuple[tuple[Callable[[_Draw], Case], int], ...] = (
    (year_mistyped, 7), (day_mistyped, 7), (sex_mistyped, 6), (letter_mistyped, 7), (former_partner, 7),
    (date_absent, 6),
    (father_and_son, 7), (another_date, 6), (twin_by_name, 5), (brother_and_sister, 4), (another_of_that_day, 4),
    (another_surname, 5), (number_mistyped, 4), (number_again, 4), (another_bsn, 3),
    (twin_by_initial, 7), (too_little, 5), (date_absent_by_initial, 6),
)  # fmt: skip
"""Of a hundred: 40 to confirm, 42 to exclude, 18 to leave; in half of them what stands under "against" has a say, and
of no reason that stands there alone is the answer always the same."""


def cases(seed: int, which: int) -> list[Case]:
    """A hundred, in an order of chance; those of another `which` are drawn alike and have nobody in common."""
    chance = Random(f"{seed}/{which}")
    draw = _Draw(chance, iter(chance.sample(range(which * 5_000, which * 5_000 + 4_999), 4_999)))
    made = [replace(kind(draw), kind=kind.__name__) for kind, times in KINDS for _ in range(times)]
    chance.shuffle(made)
    return made
