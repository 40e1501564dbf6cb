"""A BSN in a header in every spelling and place that people came upon, and a few numbers that are none.

Somebody's study under his own number holds once more his own BSN, another patient's, or nobody's. With another's,
nothing may be written; with his own, the study is decidable wherever the number stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from tests.bench.adversarial_dutch import given_names, surname, whole
from tests.bench.adversarial_hospital import (
    ADMISSION_ID,
    BIRTH,
    BIRTH_NAME,
    COMMENTS,
    HOSPITAL,
    ISSUER,
    ISSUER_QUALIFIERS,
    MEDICAL_RECORD_LOCATOR,
    NAME,
    OTHER_IDS,
    OTHER_IDS_SEQUENCE,
    OTHER_NAMES,
    PATIENT_ID,
    REFERENCED_PATIENT,
    REQUEST_ATTRIBUTES,
    SERVICE_EPISODE_ID,
    SEX,
    TYPE_CODE,
    UNIVERSAL_ID,
    UNIVERSAL_TYPE,
    Answer,
    Header,
    Study,
    hospital,
    is_bsn,
    test_bsns,
)
from tests.bench.adversarial_rivals_people import Human

OID = "2.16.840.1.113883.2.4.6.3"
PEOPLE = 1_500

_FULL_WIDTH = {ord(digit): 0xFF10 + int(digit) for digit in "0123456789"}
WRITTEN: tuple[Callable[[str], str], ...] = (
    lambda d: d,
    lambda d: f"{d[:4]}.{d[4:6]}.{d[6:]}",
    lambda d: f"{d[:3]}.{d[3:6]}.{d[6:]}",
    lambda d: f"{d[:4]} {d[4:6]} {d[6:]}",
    lambda d: f"{d[:3]}-{d[3:6]}-{d[6:]}",
    lambda d: f"{d[:3]}\u00a0{d[3:6]}\u00a0{d[6:]}",
    lambda d: f"{d[:4]}/{d[4:6]}/{d[6:]}",
    lambda d: f"{d}\r\n",
    lambda d: f"{d}\t",
    lambda d: f"\t{d}",
    lambda d: f"{d}\0",
    lambda d: f"{d} (BSN)",
    lambda d: f"{d} BSN",
    lambda d: f"{d}(bsn)",
    lambda d: f"BSN{d}",
    lambda d: f"BSN {d}",
    lambda d: f"BSN: {d}",
    lambda d: f"bsn={d}",
    lambda d: f"Bsn-{d}",
    lambda d: f"BSN nr. {d}",
    lambda d: f"B.S.N. {d}",
    lambda d: f"burgerservicenummer {d}",
    lambda d: f"Burgerservicenr.: {d}",
    lambda d: f"{d}^^^NLMINBIZA^NNNLD",
    lambda d: f"{d}^^^nlminbiza^nnnld",
    lambda d: f"{d}^^^NLMINBIZA&{OID}&ISO^NNNLD",
    lambda d: f"{d}^^^&{OID}&ISO",
    lambda d: f"{d}^^^{HOSPITAL}^PI",
    lambda d: f"{d}@NLMINBIZA",
    lambda d: f"NLMINBIZA:{d}",
    lambda d: f'"{d}"',
    lambda d: f"'{d}'",
    lambda d: f"'{d}",
    lambda d: f"({d})",
    lambda d: f"[{d}]",
    lambda d: f"<{d}>",
    lambda d: f"{d};",
    lambda d: f"#{d}",
    lambda d: f"{OID}.{d}",
    lambda d: f"urn:oid:{OID}:{d}",
    lambda d: f"{d[:8]} {d[8:]}",
    lambda d: f"  {d}  ",
    lambda d: " ".join(d),
    lambda d: f"{d[:2]} {d[2:4]} {d[4:7]} {d[7:]}",
    lambda d: f"{d[:4]}_{d[4:6]}_{d[6:]}",
    lambda d: f"{d[:3]},{d[3:6]},{d[6:]}",
    lambda d: f"{d[:3]}'{d[3:6]}'{d[6:]}",
    lambda d: f"{d[:3]}\u2013{d[3:6]}\u2013{d[6:]}",
    lambda d: f"{d[:3]}\u2009{d[3:6]}\u2009{d[6:]}",
    lambda d: f"{d[:4]}\u200b{d[4:]}",
    lambda d: f"{d[:4]}\u00ad{d[4:]}",
    lambda d: f"\ufeff{d}",
    lambda d: f"{d}BSN",
    lambda d: f"NL{d}",
    lambda d: f"P{d}",
    lambda d: f"SOFI {d}",
    lambda d: f"sofinr. {d}",
    lambda d: f"+{d}",
    lambda d: f"={d}",
    lambda d: f'="{d}"',
    lambda d: f"{d}A",
    lambda d: f"{d} Jansen",
    lambda d: f"{d}^0^M11^NLMINBIZA^NNNLD",
    lambda d: f"7700123^^^{HOSPITAL}^PI~{d}^^^NLMINBIZA^NNNLD",
    lambda d: f"http://fhir.nl/fhir/NamingSystem/bsn|{d}",
    lambda d: f"7700123 / {d}",
    lambda d: f"7700123 (BSN {d})",
    lambda d: f"BSN:{d};GEB:onb",
    lambda d: f"*{d}*",
    lambda d: f"{d}\x1b",
    lambda d: f"\x02{d}\x03",
    lambda d: d.translate(_FULL_WIDTH),
)
"""How nine digits were written."""

IN_NUMBERS_ONLY: tuple[Callable[[str], str], ...] = (
    lambda d: f"0{d}",
    lambda d: f"000{d}",
    lambda d: f"{d}.0",
    lambda d: f"{d},00",
    lambda d: f"{d}-1",
    lambda d: f"{d}/1",
)
"""Those that stand in fields for numbers only: in a text they would be telephone numbers and amounts."""

Place = Callable[[Random, dict[int, object], str], None]


def other_patient_ids(random: Random, made: dict[int, object], text: str) -> None:
    values = [text, *random.sample(["7700123", "K-881", "ZH55-12"], random.randint(0, 2))]
    random.shuffle(values)
    made[OTHER_IDS] = "\\".join(values)


def item(random: Random, made: dict[int, object], text: str) -> None:
    """An item with an issuer that means a BSN, any other issuer, or none."""
    found: dict[int, object] = {PATIENT_ID: text}
    issuers = ("NLMINBIZA", "nlminbiza", "BSN", "bsn", OID, HOSPITAL, "ZORGPAS", "NLRDW", "", "", "")
    issuer = random.choice(issuers)
    if issuer:
        found[ISSUER] = issuer
    if random.random() < 0.3:
        found[ISSUER_QUALIFIERS] = [random.choice([{TYPE_CODE: "NNNLD"}, {UNIVERSAL_ID: OID, UNIVERSAL_TYPE: "ISO"}])]
    others: list[Header] = [{PATIENT_ID: "7700123", ISSUER: "ELSEWHERE"}] if random.random() < 0.4 else []
    items = [found, *others]
    random.shuffle(items)
    made[OTHER_IDS_SEQUENCE] = items


def item_in_halves(random: Random, made: dict[int, object], text: str) -> None:
    """The number in one item, an issuer in the next: the BSN's or another's."""
    issuer = random.choice(("NLMINBIZA", "NLRDW", "ZORGPAS", OID, "ELSEWHERE"))
    made[OTHER_IDS_SEQUENCE] = [{PATIENT_ID: text}, {ISSUER: issuer}]


def second_item(random: Random, made: dict[int, object], text: str) -> None:
    """Behind an item with a number of the hospital, or one that is empty."""
    first = random.choice([{PATIENT_ID: "7700123"}, {ISSUER: "NLMINBIZA"}, {PATIENT_ID: ""}, {}])
    made[OTHER_IDS_SEQUENCE] = [first, {PATIENT_ID: text}]


def comments(random: Random, made: dict[int, object], text: str) -> None:
    around = random.choice((("", ""), ("", ""), ("pat. komt van SEH, ", " , tel. volgt"), ("Nuchter.\r\n", "\r\n")))
    made[COMMENTS] = text.join(around)


def admission_id(random: Random, made: dict[int, object], text: str) -> None:
    made[ADMISSION_ID] = text


def service_episode_id(random: Random, made: dict[int, object], text: str) -> None:
    made[SERVICE_EPISODE_ID] = text


def medical_record_locator(random: Random, made: dict[int, object], text: str) -> None:
    made[MEDICAL_RECORD_LOCATOR] = text


def nested(random: Random, made: dict[int, object], text: str) -> None:
    inner: dict[int, object] = {PATIENT_ID: text} if random.random() < 0.6 else {OTHER_IDS: text}
    if PATIENT_ID in inner and random.random() < 0.3:
        inner[ISSUER] = random.choice(("NLMINBIZA", HOSPITAL, "bsn"))
    if random.random() < 0.2:
        inner = {OTHER_IDS_SEQUENCE: [inner]}
    made[random.choice((REQUEST_ATTRIBUTES, REFERENCED_PATIENT))] = [inner]


def patient_id(random: Random, made: dict[int, object], text: str) -> None:
    """Under any issuer; a complete item says who it is."""
    made[PATIENT_ID] = text
    made.pop(ISSUER, None)
    issuer = random.choice(("", HOSPITAL, "NLMINBIZA", "bsn", "ELSEWHERE"))
    if issuer:
        made[ISSUER] = issuer
    qualifiers: Header = {UNIVERSAL_ID: OID, UNIVERSAL_TYPE: "ISO", TYPE_CODE: "NNNLD"}
    made[OTHER_IDS_SEQUENCE] = [{PATIENT_ID: "OWN", ISSUER: "NLMINBIZA", ISSUER_QUALIFIERS: [qualifiers]}]


def other_names(random: Random, made: dict[int, object], text: str) -> None:
    made[OTHER_NAMES] = text


def patient_name(random: Random, made: dict[int, object], text: str) -> None:
    made[NAME] = random.choice((f"{made[NAME]} {text}", f"{made[NAME]}^^^{text}"))


def birth_name(random: Random, made: dict[int, object], text: str) -> None:
    made[BIRTH_NAME] = random.choice((text, f"Jansen^{text}"))


def issuer(random: Random, made: dict[int, object], text: str) -> None:
    made[ISSUER] = text


PLACES: tuple[Place, ...] = (
    other_patient_ids, other_patient_ids, item, item, item_in_halves, second_item, comments, admission_id,
    service_episode_id, medical_record_locator, nested, patient_id, patient_id, other_names, patient_name, birth_name,
    issuer,
)  # fmt: skip
_HIDES = (patient_name, issuer, other_names, birth_name)  # that would hide facts, or is no place for numbers
_TEXTS = (comments, patient_name, other_names, birth_name)


def study(random: Random, person: Human, others: list[Human], spare: str, place: Place | None = None) -> Study:
    """One study of somebody with one number in it."""
    place = place or random.choice(PLACES)
    whose = random.choice(("own", "another", "another", "nobody"))
    digits = {"own": person.bsn, "another": random.choice(others).bsn, "nobody": spare}[whose]
    if digits == person.bsn:
        whose = "own"
    write = random.choice(WRITTEN if place in _TEXTS else WRITTEN + IN_NUMBERS_ONLY)
    made = _header(random, person)
    place(random, made, write(digits))
    for found in made.get(OTHER_IDS_SEQUENCE, ()):
        if found.get(PATIENT_ID) == "OWN":
            found[PATIENT_ID] = person.bsn
    own = whose == "own"
    inside = [f"({tag:08X})" for tag, value in made.items() if not isinstance(value, str)]
    note = f"{write('#########')!r} {' '.join(inside)}"
    return Study(
        kind=f"{place.__name__}, {whose}",
        headers=(made,),
        owner=person.bsn if own else "",
        decidable=own and place not in _HIDES,
        note=note,
    )


def _header(random: Random, person: Human) -> dict[int, object]:
    made: dict[int, object] = {
        PATIENT_ID: person.number,
        NAME: f"{whole(person.prefix, person.surname)}^{person.given[0]}",
        BIRTH: f"{person.birth:%Y%m%d}",
        SEX: person.sex,
    }
    if random.random() < 0.5:
        made[ISSUER] = HOSPITAL
    return made


def no_number(random: Random, person: Human) -> Study:
    """What is declared as a BSN and is empty, or is no number of nine digits: no claim, so the BSN may be filled in."""
    made = _header(random, person)
    empty = random.choice(('""', "", '""^^^NLMINBIZA^NNNLD', "^^^NLMINBIZA^NNNLD"))
    kinds: list[tuple[str, dict[int, object]]] = [
        ("empty item", {OTHER_IDS_SEQUENCE: [{PATIENT_ID: empty, ISSUER: "NLMINBIZA"}]}),
        ("empty item", {OTHER_IDS_SEQUENCE: [{PATIENT_ID: empty, ISSUER_QUALIFIERS: [{TYPE_CODE: "NNNLD"}]}]}),
        ("empty item behind another", {OTHER_IDS_SEQUENCE: [
            {PATIENT_ID: random.choice(("7700123", person.number))}, {ISSUER: "NLMINBIZA"}]}),
        ("empty value", {OTHER_IDS: random.choice((empty, f"7700123\\{empty}"))}),
        ("telephone", {COMMENTS: f"tel. 06-{_no_bsn(random)}"}),
        ("date", {COMMENTS: f"geb. {person.birth:%d-%m-%Y}, zie verslag 12-03-2009"}),
        ("number of another kind", {ADMISSION_ID: _no_bsn(random), OTHER_IDS: f"7{_no_bsn(random)[:6]}"}),
    ]  # fmt: skip
    kind, changes = random.choice(kinds)
    return Study(kind=f"no number: {kind}", headers=({**made, **changes},), owner=person.bsn, decidable=True, note=kind)


def _no_bsn(random: Random) -> str:
    """Eight digits that are none, with a zero before them either."""
    while True:
        digits = f"{random.randint(10_000_000, 99_999_999)}"
        if not is_bsn(f"0{digits}"):
            return digits


def people(random: Random, how_many: int) -> tuple[list[Human], list[str]]:
    """People of whom the EPD has everything, each with a birth date of his own, and BSNs of nobody."""
    bsns, made, births = test_bsns(random), [], set()
    while len(made) < how_many:
        birth = date(1925, 1, 2) + timedelta(days=random.randint(0, 29_000))
        if birth in births or (birth.month, birth.day) == (1, 1):
            continue
        births.add(birth)
        sex = random.choice("MF")
        prefix, name = surname(random)
        human = Human(prefix=prefix, surname=name, given=given_names(random, sex), birth=birth, sex=sex)
        human.number, human.bsn = f"{5_000_000 + len(made)}", next(bsns)
        made.append(human)
    return made, [next(bsns) for _ in range(200)]


def answers(random: Random, how_many: int) -> Iterator[tuple[Study, Answer]]:
    """What the program says of that many studies."""
    patients, spare = people(random, min(PEOPLE, max(60, how_many // 10)))
    made = []
    for _ in range(how_many):
        person = random.choice(patients)
        if random.random() < 0.15:
            made.append(no_number(random, person))
        else:
            made.append(study(random, person, patients, random.choice(spare)))
    with hospital() as here:
        here.load_rows([human.row for human in patients])
        yield from here.answers(made, random)
