"""Namesakes of every kind, whose studies lie under each other's number or claim each other's BSN.

A study is written as the EPD knows its owner, so whoever it lies under, the owner must be seen as a rival. A false
write is a study of one person that is planned with a BSN which is not that person's, whatever the rules say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.bench.adversarial_dutch import CALLED, GIVEN, given_names, initials, surname, whole
from tests.bench.adversarial_hospital import (
    BIRTH,
    HOSPITAL,
    ISSUER,
    ISSUER_QUALIFIERS,
    NAME,
    OTHER_IDS_SEQUENCE,
    PATIENT_ID,
    SEX,
    TYPE_CODE,
    UNIVERSAL_ID,
    UNIVERSAL_TYPE,
    Header,
    Study,
    hospital,
    test_bsns,
)
from tests.bench.adversarial_hospital import Answer as Answer
from tests.bench.adversarial_rivals_people import Human, Rivals, Said, spelled

Pair = tuple[Human, Human]
PAIRS = 1_400
STUDIES_A_PAIR = 16


def _two(random: Random, sex: str = "") -> Pair:
    """Two people of one birth date, sex and surname, whose given names begin alike and are not alike."""
    sex = sex or random.choice("MF")
    birth = date(random.randint(1925, 2005), 1, 2) + timedelta(days=random.randint(0, 363))
    prefix, name = surname(random, even=True)
    while True:
        given = given_names(random, sex)
        pool = [n for n in GIVEN[sex] if n[0] == given[0][0] and n != given[0]]
        if pool:
            break
    one = Human(prefix=prefix, surname=name, given=given, birth=birth, sex=sex)
    return one, replace(one, given=[random.choice(pool)], epd={})


def _other(random: Random, *taken: str) -> tuple[str, str]:
    while True:
        found = surname(random, even=True)
        if found[1] not in taken:
            return found


def twins(random: Random) -> Pair:
    return _two(random)


def partners_name(random: Random) -> Pair:
    """A's partner bears B's surname."""
    a, b = _two(random)
    own = _other(random, a.surname)
    return replace(a, prefix=own[0], surname=own[1], partner_prefix=a.prefix, partner_surname=a.surname), b


def one_partners_name(random: Random) -> Pair:
    """Two who married into one family."""
    a, b = _two(random)
    shared = (a.prefix, a.surname)
    x, y = _other(random, a.surname), _other(random, a.surname)
    a = replace(a, prefix=x[0], surname=x[1], partner_prefix=shared[0], partner_surname=shared[1])
    return a, replace(b, prefix=y[0], surname=y[1], partner_prefix=shared[0], partner_surname=shared[1])


def reversed_halves(random: Random) -> Pair:
    """A is de Vries with partner Jansen, B is Jansen with partner de Vries."""
    a, b = _two(random)
    x = _other(random, a.surname)
    a = replace(a, partner_prefix=x[0], partner_surname=x[1])
    return a, replace(b, prefix=x[0], surname=x[1], partner_prefix=b.prefix, partner_surname=b.surname)


def double_surname(random: Random) -> Pair:
    """What stands in one field with one of them stands in two with the other."""
    a, b = _two(random)
    x = _other(random, a.surname)
    both = random.choice(("-", " - ", " ")).join((a.surname, whole(*x)))
    return replace(a, surname=both), replace(b, partner_prefix=x[0], partner_surname=x[1])


def half_of_a_double_surname(random: Random) -> Pair:
    """A has a partner's name, B has only one half of both."""
    a, b = _two(random)
    x = _other(random, a.surname)
    a = replace(a, partner_prefix=x[0], partner_surname=x[1])
    return (a, b) if random.random() < 0.5 else (a, replace(b, prefix=x[0], surname=x[1]))


def prefix_glued(random: Random) -> Pair:
    """The EPD has B's prefix in the surname, with or without a space, or in front of it in another order."""
    a, b = _two(random)
    prefix = random.choice(("van", "van den", "de", "van der", "ter", "el"))
    a, b = replace(a, prefix=prefix), replace(b, prefix=prefix)
    glued = f"{prefix}{b.surname}".replace(" ", "").capitalize()
    written = random.choice((glued, glued, f"{prefix} {b.surname}", f"{b.surname}, {prefix}"))
    return a, replace(b, epd={"surname": written, "surname_prefix": ""})


def prefix_lost(random: Random) -> Pair:
    """A has a prefix and B has none."""
    a, b = _two(random)
    return replace(a, prefix=random.choice(("van", "van den", "de", "ter"))), replace(b, prefix="")


def other_letters(random: Random) -> Pair:
    """Müller and Mueller, Meijer and Meyer."""
    a, b = _two(random)
    spellings = random.choice(
        ("Müller Mueller Muller", "Meijer Meyer", "Kuijper Kuyper", "Schröder Schroeder Schroder", "IJzerman Yzerman",
         "Groß Gross", "Sørensen Soerensen Sorensen", "Şahin Sahin", "Haan Hâan", "Noël Noel Noël")
    )  # fmt: skip
    one, two = random.sample(spellings.split(), 2)
    return replace(a, prefix="", surname=one), replace(b, prefix="", surname=two)


def sex_unknown(random: Random) -> Pair:
    a, b = _two(random)
    return a, replace(b, epd={"sex": ""})


def birth_date_unknown(random: Random) -> Pair:
    """Not known, or a stand-in for not known."""
    a, b = _two(random)
    return a, replace(b, epd={"birth_date": random.choice(("", "", "1900-01-01", f"{b.birth.year}-01-01"))})


def given_name_unknown(random: Random) -> Pair:
    """The EPD has B's surname, birth date and sex, and not more than an initial."""
    a, b = _two(random)
    return a, replace(b, epd={"given_names": "", **({} if random.random() < 0.7 else {"initials": ""})})


def equal_full_names(random: Random) -> Pair:
    a, b = _two(random)
    return a, replace(b, given=list(a.given))


def initials_as_given_names(random: Random) -> Pair:
    """The EPD has a row of initials in the field for given names, of one or of both."""
    a, b = _two(random)
    letter = a.given[0][0]
    more = random.sample([n for n in GIVEN[a.sex] if n[0] != letter], random.randint(1, 3))
    a, b = replace(a, given=[a.given[0], *more]), replace(b, given=[b.given[0], *more])
    for one in (a, b) if random.random() < 0.7 else (b,):
        one.epd = {"given_names": random.choice(("", " ")).join(initials(one.given))}
    return a, b


def one_more_initial(random: Random) -> Pair:
    """A.B. and A., or A.B. and B.A.: where the row of letters is whole is not known."""
    a, b = _two(random)
    more = random.choice([n for n in GIVEN[a.sex] if n[0] != a.given[0][0]])
    b = replace(b, given=[b.given[0], more] if random.random() < 0.5 else [more, b.given[0]])
    for one in (a, b):
        one.epd = {"given_names": ""}
    return a, b


def second_given_name(random: Random) -> Pair:
    """A's second given name is B's first."""
    a, b = _two(random)
    return replace(a, given=[a.given[0], b.given[0]]), b


_KNOWN_BY_CALL_NAMES = {
    "M": ("Johannes", "Cornelis", "Hendrik", "Willem", "Pieter", "Petrus", "Jacobus", "Antonius"),
    "F": ("Geertruida", "Catharina", "Wilhelmina", "Petronella", "Johanna", "Elisabeth"),
}


def call_name(random: Random) -> Pair:
    """B's given name is what A is called, and everybody knows that bearers of A's name are called so."""
    a, b = _two(random)
    name = random.choice(_KNOWN_BY_CALL_NAMES[a.sex])
    return replace(a, given=[name, *a.given[1:]]), replace(b, given=[random.choice(CALLED[name])])


def one_call_name(random: Random) -> Pair:
    """Both are called the same: Pieter and Petrus are both Piet."""
    a, b = _two(random, random.choice("MF"))
    shared = {"M": ("Pieter", "Petrus", "Jacobus", "Jacob"), "F": ("Hendrika", "Hendrika", "Alida", "Alie")}[a.sex]
    one, two = random.choice((shared[:2], shared[2:]))
    return replace(a, given=[one]), replace(b, given=[two])


def title_or_initials(random: Random) -> Pair:
    """M.W. are letters of a name, and mw. is a title."""
    a, b = _two(random, "F")
    rows = {"MW": (["Maria", "Wilhelmina"], ["Wilhelmina"]), "DR": (["Dina", "Rika"], ["Rika"])}
    one, two = random.choice(list(rows.values()))
    return replace(a, given=one, epd={"given_names": ""}), replace(b, given=two)


def long_or_broken_letter(random: Random) -> Pair:
    """I, J and IJ."""
    a, b = _two(random, "M")
    one, two = random.sample(("IJsbrand", "Ids", "Jan", "Ivo", "Joop"), 2)
    a, b = replace(a, given=[one]), replace(b, given=[two])
    for human in (a, b):
        human.epd = {"given_names": ""} if random.random() < 0.5 else {}
    return a, b


def hyphened_given_name(random: Random) -> Pair:
    """Anne-Marie, Annemarie, Anne Marie and Anne."""
    a, b = _two(random, "F")
    one, two = random.sample((["Anne-Marie"], ["Annemarie"], ["Anne", "Marie"], ["Anne"]), 2)
    return replace(a, given=one), replace(b, given=two)


def surname_as_given_name(random: Random) -> Pair:
    """Thomas Peter and Peter Thomas, which a text without signs does not tell apart."""
    a, b = _two(random, "M")
    one, two = random.sample(("Thomas", "Peter", "Paul", "Willem", "Jacob", "Robert"), 2)
    return replace(a, prefix="", surname=one, given=[two]), replace(b, prefix="", surname=two, given=[one])


def father_and_son(random: Random) -> Pair:
    """One name at one address; sometimes the EPD has the father's birth date with the son too."""
    a, b = _two(random, "M")
    b = replace(b, given=list(a.given), birth=b.birth + timedelta(days=365 * random.randint(20, 35) + 8))
    return (a, replace(b, epd={"birth_date": ""})) if random.random() < 0.5 else (a, b)


def two_records_of_one(random: Random) -> Pair:
    """One person twice in the EPD: with the same BSN, without one, or with one that is not verified."""
    a, b = _two(random)
    return a, replace(b, given=list(a.given), epd=random.choice([{}, {"bsn": ""}, {"bsn_verified": "N"}]))


def strangers(random: Random) -> Pair:
    a, b = _two(random)
    other = _other(random, a.surname)
    return a, replace(b, prefix=other[0], surname=other[1], birth=b.birth + timedelta(days=random.randint(1, 900)))


KINDS: dict[Callable[[Random], Pair], int] = {
    strangers: 12, twins: 3, partners_name: 2, one_partners_name: 2, reversed_halves: 2, double_surname: 1,
    half_of_a_double_surname: 1, prefix_glued: 2, prefix_lost: 1, other_letters: 1, sex_unknown: 2,
    birth_date_unknown: 1, given_name_unknown: 2, equal_full_names: 2, initials_as_given_names: 2, one_more_initial: 1,
    second_given_name: 1, call_name: 1, one_call_name: 1, title_or_initials: 1, long_or_broken_letter: 1,
    hyphened_given_name: 1, surname_as_given_name: 1, father_and_son: 1, two_records_of_one: 1,
}  # fmt: skip


def header(number: str, said: Said, human: Human, **changes: str) -> dict[int, str]:
    """What a modality wrote of somebody, under a number."""
    made = {PATIENT_ID: number, NAME: said.text, BIRTH: f"{human.birth:%Y%m%d}", SEX: human.sex}
    return made | {{"birth": BIRTH, "sex": SEX}[key]: value for key, value in changes.items()}


def item(bsn: str) -> Header:
    """A complete item of Other Patient IDs Sequence."""
    qualifiers = {UNIVERSAL_ID: "2.16.840.1.113883.2.4.6.3", UNIVERSAL_TYPE: "ISO", TYPE_CODE: "NNNLD"}
    return {PATIENT_ID: bsn, ISSUER: "NLMINBIZA", ISSUER_QUALIFIERS: [qualifiers]}


def studies_of(random: Random, kind: str, pair: Pair, rivals: Rivals, how_many: int) -> Iterator[Study]:
    """Studies of both, by turns under either number."""
    for _ in range(how_many):
        owner, other = random.sample(pair, 2)
        leads_to = random.choice((owner, owner, other))
        yield _study(random, kind, owner, leads_to, other, rivals)


def _study(random: Random, kind: str, owner: Human, leads_to: Human, other: Human, rivals: Rivals) -> Study:
    said = spelled(random, owner)
    made: dict[int, object] = dict(header(leads_to.number, said, owner))
    lacks = random.random() < 0.06
    if lacks:
        made[random.choice((BIRTH, SEX))] = ""
    route = random.choice(("number", "number", "number", "claim", "both"))
    if route != "number":
        made[OTHER_IDS_SEQUENCE] = [item(leads_to.bsn)]
    if route == "claim":
        made[PATIENT_ID] = random.choice(("", "X-5512"))
    elif random.random() < 0.5:
        made[ISSUER] = HOSPITAL
    headers = [made]
    note = f"{said.text!r} of {_in_words(owner)} by {route} of {_in_words(leads_to)}"
    note += f", besides {_in_words(other)}" if leads_to is owner else ""
    if leads_to is not owner and random.random() < 0.1:  # his objects among hers, in one study
        headers.append({**made, NAME: spelled(random, leads_to).text})
        return Study(kind=kind, headers=tuple(headers), owner="", note=f"two people in one study; {note}")
    rival = rivals.possible(said, owner)
    by_initial = said.is_call_name and not owner.row["given_names"]
    decidable = leads_to is owner and owner.is_whole and said.is_plain and not (lacks or rival or by_initial)
    return Study(kind=kind, headers=tuple(headers), owner=owner.bsn, decidable=decidable, note=note)


def _in_words(human: Human) -> str:
    """The row without number and BSN, for whoever reads a false write."""
    row = human.row
    names = ("surname_prefix", "surname", "partner_prefix", "partner_surname", "given_names", "initials")
    return "/".join((*(row[column] for column in names), row["birth_date"], row["sex"], row["bsn_verified"]))


def world(random: Random, *, pairs: int = PAIRS) -> tuple[list[Human], list[tuple[str, Pair]]]:
    """People in pairs, with their numbers and BSNs. Sometimes the EPD has no BSN of the second that counts."""
    bsns = test_bsns(random)
    makers = random.choices(list(KINDS), weights=list(KINDS.values()), k=pairs)
    made, people = [], []
    for make in makers:
        pair = make(random)
        for human in pair:
            human.number, human.bsn = f"{3_000_000 + len(people)}", next(bsns)
            people.append(human)
        if make is two_records_of_one:
            pair[1].bsn = pair[0].bsn
        elif random.random() < 0.2:
            pair[1].epd = pair[1].epd | random.choice([{"bsn": ""}, {"bsn_verified": "N"}])
        made.append((make.__name__, pair))
    return people, made


def answers(random: Random, how_many: int) -> Iterator[tuple[Study, Answer]]:
    """What the program says of that many studies of one world."""
    people, pairs = world(random, pairs=min(PAIRS, max(100, how_many // STUDIES_A_PAIR)))
    rows = [human.row for human in people]
    rivals = Rivals(rows)
    each = -(-how_many // len(pairs))
    studies = [s for kind, pair in pairs for s in studies_of(random, kind, pair, rivals, each)][:how_many]
    with hospital() as here:
        here.load_rows(rows)
        yield from here.answers(studies, random)
