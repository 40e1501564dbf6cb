"""Five thousand patients of a Dutch hospital as its EPD has them, and how fifteen years of modalities wrote them.

Nothing is made to deceive. How often things happen is set by hand, after what archives and registrations are known for,
and stands in the tables; surnames and given names are drawn as often as they occur, a quarter by Faker's lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from faker import Faker

from tests.bench.adversarial_dutch import CALLED, bare, given_names, initials, surname, whole
from tests.bench.adversarial_hospital import test_bsns
from tests.bench.adversarial_rivals_people import Human

EPD_LACKS = {
    "nothing": 93.0, "no BSN": 2.0, "BSN not verified": 2.5, "no given names, only initials": 0.0, "no sex": 0.2,
    "no birth date": 0.2, "no given names, no initials": 0.6, "partner's name not known": 1.0, "two records": 0.5,
}  # fmt: skip
"""Per cent of the patients of whom the EPD has not everything, or not right."""
BIRTH_DATE_UNPROVEN = "a proven birth date (1 January)"
"""By the contract a first of January is a placeholder: the EPD does not know the day."""
ONLY_INITIALS = 0.25  # of the rest: given names were not asked for
FIRST_OF_JANUARY = 0.015  # born abroad, registered without a day
MARRIED = 0.55  # of the women over 25, known by a partner's name too
TWINS = 0.015

FROM_ABROAD = {
    "M": ["Mohamed", "Ahmed", "Mustafa", "Ali", "Hassan", "Ibrahim", "Mehmet", "Omar", "Yusuf", "Abdullah", "Murat"],
    "F": ["Fatima", "Aïcha", "Khadija", "Fatma", "Ayşe", "Emine", "Zeynep", "Malika", "Naima", "Samira", "Halima"],
}
ABROAD = [
    ("", "Yılmaz"), ("", "Kaya"), ("", "Demir"), ("", "Çelik"), ("el", "Idrissi"), ("el", "Amrani"), ("", "Bouzid"),
    ("", "Ali"), ("", "Mohamed"), ("", "Hassan"), ("ben", "Ali"), ("", "Öztürk"), ("", "Şahin"), ("", "Haddad"),
]  # fmt: skip


@dataclass(kw_only=True)
class Registered:
    """A patient, and what the EPD lacks of him."""

    human: Human
    lacks: str = "nothing"
    old_number: str = field(default="")  # given up in a merge
    partner_known: bool = True


class _Names:
    """Draws names: three quarters by frequency, a quarter by Faker's Dutch lists."""

    def __init__(self, random: Random) -> None:
        self.random, self.fake = random, Faker("nl_NL")
        self.fake.seed_instance(random.randrange(1 << 30))

    def surname(self) -> tuple[str, str]:
        if self.random.random() < 0.75:
            return surname(self.random)
        words = self.fake.last_name().split(" ")
        prefix = [word for word in words[:-1] if word.islower() or word.startswith("'")]
        return " ".join(prefix), " ".join(words[len(prefix) :])

    def given(self, sex: str) -> list[str]:
        if self.random.random() < 0.75:
            return given_names(self.random, sex)
        draw = self.fake.first_name_male if sex == "M" else self.fake.first_name_female
        return list(dict.fromkeys(draw() for _ in range(self.random.choice((1, 1, 2, 3)))))


def _birth(random: Random) -> date:
    """Hospitals see the old more than the young; the first of January is a day like any other here."""
    year = 2024 - min(99, int(random.betavariate(2.4, 1.5) * 97))
    return date(year, 1, 1) + timedelta(days=random.randint(0, 364))


def registered(random: Random, how_many: int) -> list[Registered]:
    """The patients with their numbers and BSNs."""
    names, bsns, made = _Names(random), test_bsns(random), []
    while len(made) < how_many:
        human = _human(random, names)
        family = [human, *_relatives(random, names, human)]
        for one in family:
            one.number, one.bsn = f"{2_000_000 + 7 * len(made)}", next(bsns)
            made.append(_in_the_epd(random, one))
            if random.random() < 0.04:
                made[-1].old_number = f"{1_000_000 + len(made)}"
    return made


def _human(random: Random, names: _Names) -> Human:
    sex = random.choice("MF")
    if random.random() < FIRST_OF_JANUARY:
        prefix, name = random.choice(ABROAD)
        birth = date(random.randint(1935, 1998), 1, 1)
        return Human(prefix=prefix, surname=name, given=[random.choice(FROM_ABROAD[sex])], birth=birth, sex=sex)
    prefix, name = names.surname()
    human = Human(prefix=prefix, surname=name, given=names.given(sex), birth=_birth(random), sex=sex)
    if sex == "F" and human.birth.year < 1999 and random.random() < MARRIED:
        human.partner_prefix, human.partner_surname = names.surname()
    return human


def _relatives(random: Random, names: _Names, human: Human) -> Iterator[Human]:
    """Now and then a twin, a father of the same name, or a wife known by his."""
    alone = replace(human, partner_prefix="", partner_surname="", epd={})
    if random.random() < TWINS:
        sex = random.choice("MF")
        yield replace(alone, sex=sex, given=names.given(sex), epd={})
    if human.sex == "M" and random.random() < 0.03:
        yield replace(alone, birth=human.birth - timedelta(days=random.randint(8_000, 13_000)), epd={})
    if human.sex == "M" and random.random() < 0.2:
        prefix, name = names.surname()
        birth = human.birth + timedelta(days=random.randint(-2_000, 2_000))
        partner = (human.prefix, human.surname)
        yield Human(prefix=prefix, surname=name, partner_prefix=partner[0], partner_surname=partner[1],
                    given=names.given("F"), birth=birth, sex="F")  # fmt: skip


def _in_the_epd(random: Random, human: Human) -> Registered:
    lacks = random.choices(list(EPD_LACKS), weights=list(EPD_LACKS.values()))[0]
    if random.random() < ONLY_INITIALS:
        human.epd = {"given_names": ""}
    changes = {
        "no BSN": {"bsn": "", "bsn_verified": ""},
        "BSN not verified": {"bsn_verified": "N"},
        "no sex": {"sex": ""},
        "no birth date": {"birth_date": ""},
        "no given names, no initials": {"given_names": "", "initials": ""},
        "partner's name not known": {"partner_surname": "", "partner_prefix": ""},
    }
    human.epd = human.epd | changes.get(lacks, {})
    if lacks == "partner's name not known" and not human.partner_surname:
        lacks = "nothing"
    if lacks == "nothing" and (human.birth.day, human.birth.month) == (1, 1):
        lacks = BIRTH_DATE_UNPROVEN
    return Registered(human=human, lacks=lacks)


WRITTEN = {
    "as the EPD has it": 940, "surname only": 8, "call name": 12, "typing error in the surname": 4,
    "another given name": 1, "birth date mistyped": 1, "no birth date": 0.5, "no sex": 1, "sex mistyped": 0.5,
    "surname and given name exchanged": 0.5, "another patient's study": 2, "title or remark in the name": 12,
    "cut off": 4, "letters lost": 3, "extra initial": 5,
}  # fmt: skip
"""How often of a thousand studies. The first is written in the manner of its years: most come from a worklist."""


def written(random: Random, patient: Registered, year: int, how: str) -> str:
    """Patient's Name in the manner of its year, with what went wrong."""
    human = patient.human
    given = _given(random, human, year, how)
    prefix, rest = _surname(random, human, year)
    if how == "typing error in the surname":
        at = random.randrange(1, max(2, len(rest) - 1))
        rest = rest[:at] + random.choice("aeinrst") + rest[at + 1 :]
    if how == "cut off":
        rest = rest[:10]
    if how == "letters lost":
        rest = "".join(letter if letter.isascii() else "?" for letter in rest)
    if how == "surname and given name exchanged":
        return f"{given}^{rest}"
    name = _laid_out(random, prefix, rest, given, year)
    if how == "title or remark in the name":
        name = _remarked(random, name, human.sex)
    if year < 2014 and random.random() < 0.8:
        name = _old_letters(random, name)
    return name


def _given(random: Random, human: Human, year: int, how: str) -> str:
    letters = initials(human.given)
    if how == "surname only":
        return ""
    if how == "call name":
        return random.choice(CALLED.get(human.given[0]) or (human.given[0],))
    if how == "another given name":
        return random.choice(("Robin", "Sam", "Kim", "Chris"))
    if how == "extra initial":
        return ".".join([*letters, random.choice("ABCEGHJM"), ""])
    if random.random() < (0.75 if year < 2014 else 0.35):
        return random.choice((".".join([*letters, ""]), "".join(letters), letters[0], f"{letters[0]}."))
    return human.given[0] if random.random() < 0.7 else " ".join(human.given)


def _surname(random: Random, human: Human, year: int) -> tuple[str, str]:
    own, partner = (human.prefix, human.surname), (human.partner_prefix, human.partner_surname)
    if not human.partner_surname:
        return own
    kind = random.random()
    if kind < 0.35:
        return own
    if kind < 0.5 and year > 2009:
        return partner
    first, second = (partner, own) if kind < 0.95 else (own, partner)
    sign = random.choice(("-", "-", " - "))
    return first[0], f"{first[1]}{sign}{whole(*second)}"


def _laid_out(random: Random, prefix: str, rest: str, given: str, year: int) -> str:
    if not prefix:
        return random.choice((f"{rest}^{given}", f"{rest}^{given}", f"{rest}^{given}", f"{rest}, {given}"))
    old = (
        f"{rest}^{given}^^{prefix}",
        f"{whole(prefix, rest)}^{given}",
        f"{rest} {prefix}^{given}",
        f"{rest}, {prefix}^{given}",
    )
    new = (
        f"{whole(prefix, rest)}^{given}",
        f"{rest}^{given}^^{prefix}",
        f"{whole(prefix, rest)}^{given}",
        f"{rest}^{given}^{prefix}",
    )
    return random.choice(old if year < 2014 else new)


def _remarked(random: Random, name: str, sex: str) -> str:
    title = {"M": ("Dhr.", "dhr", "Hr."), "F": ("Mw.", "Mevr.", "mw")}[sex]
    return random.choice((f"{name}^^{random.choice(title)}", f"{name} {random.choice(title)}", f"{name}^^^^Dr"))


def _old_letters(random: Random, name: str) -> str:
    if random.random() < 0.2:
        for letter, pair in (("ü", "ue"), ("ö", "oe"), ("ä", "ae"), ("ø", "oe"), ("ß", "ss")):
            name = name.replace(letter, pair)
    return bare(name).upper()
