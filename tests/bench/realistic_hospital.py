"""How much of an ordinary hospital is decided: `python -m tests.bench.realistic_hospital [SEED] [PATIENTS] [STUDIES]`.

Prints, by what the EPD lacks, how it was written and which rule the rest lacks. Ends with exit code 1 at a false write,
or where less than 97 % is decided of the studies that are of whom they say and of whom the EPD has every fact. A birth
date of 1 January is none: the share with those patients among them is printed beside it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from time import perf_counter

from tests.bench.adversarial_histories import local
from tests.bench.adversarial_hospital import (
    BIRTH,
    HOSPITAL,
    ISSUER,
    ISSUER_QUALIFIERS,
    NAME,
    OTHER_IDS,
    OTHER_IDS_SEQUENCE,
    PATIENT_ID,
    SEX,
    TYPE_CODE,
    UNIVERSAL_ID,
    UNIVERSAL_TYPE,
    Answer,
    Study,
    hospital,
)
from tests.bench.realistic_people import BIRTH_DATE_UNPROVEN, WRITTEN, Registered, registered, written

LEAST_SHARE = 0.97
YEARS = range(2009, 2024)


@dataclass(kw_only=True)
class Found:
    """What came of the studies of one hospital."""

    by_lack: Counter[tuple[str, bool]] = field(default_factory=Counter)  # what the EPD lacks, and whether decided
    by_writing: Counter[tuple[str, bool]] = field(default_factory=Counter)  # of those with every fact
    by_rule: Counter[str] = field(default_factory=Counter)  # of those with every fact that are not decided
    false_writes: list[str] = field(default_factory=list)

    def add(self, study: Study, answer: Answer) -> None:
        """Count one study. A study that lies under another's number is counted only where it would be written."""
        lacks, how = study.kind.split("; ")
        decided = answer.state in ("planned", "correct") and bool(answer.bsn)
        if decided and answer.bsn != study.owner:
            self.false_writes.append(f"{study.kind}: {study.note}")
        if how == "another patient's study":
            return
        self.by_lack[lacks, decided] += 1
        if lacks == "nothing":
            self.by_writing[how, decided] += 1
            if not decided:
                self.by_rule[", ".join(sorted(map(str, answer.reasons)))] += 1

    @property
    def share(self) -> float:
        """Share decided where the EPD has every fact."""
        return self._share("nothing")

    def _share(self, *lacks: str) -> float:
        decided, left = (sum(self.by_lack[lack, was] for lack in lacks) for was in (True, False))
        return decided / (decided + left)

    def lines(self) -> Iterator[str]:
        """The tables."""
        yield from _table("what the EPD lacks", self.by_lack)
        yield from _table("how it was written, where the EPD has everything", self.by_writing)
        total = sum(self.by_writing.values())
        yield f"{'what the rest lacks, by rule':58}{'studies':>8}{'of all':>9}"
        for rule, times in self.by_rule.most_common():
            yield f"{rule:58}{times:8}{times / total:9.2%}"
        yield f"decided where the EPD has everything: {self.share:.2%}; false writes: {len(self.false_writes)}"
        with_january = self._share("nothing", BIRTH_DATE_UNPROVEN)
        yield f"decided with those among them whose birth date is 1 January: {with_january:.2%}"
        yield from (f"FALSE {text}" for text in self.false_writes[:10])


def _table(title: str, counted: Counter[tuple[str, bool]]) -> Iterator[str]:
    yield f"{title:58}{'studies':>8}{'decided':>9}"
    for name in dict.fromkeys(name for name, _ in counted):
        decided, left = counted[name, True], counted[name, False]
        yield f"{name:58}{decided + left:8}{decided / (decided + left):9.2%}"


def _study(random: Random, patients: list[Registered]) -> Study:
    patient = random.choice(patients)
    human, year = patient.human, max(random.choice(YEARS), patient.human.birth.year + 1)
    how = random.choices(list(WRITTEN), weights=list(WRITTEN.values()))[0]
    under = random.choice(patients) if how == "another patient's study" else patient
    number = under.old_number if under.old_number and random.random() < 0.7 else under.human.number
    birth = (
        human.birth + timedelta(days=random.choice((1, 10, 30, 366))) if how == "birth date mistyped" else human.birth
    )
    sex = {"no sex": "", "sex mistyped": {"M": "F", "F": "M"}[human.sex]}.get(how, human.sex)
    made: dict[int, object] = {
        PATIENT_ID: number,
        NAME: written(random, patient, year, how),
        BIRTH: "" if how == "no birth date" else f"{birth:%Y%m%d}",
        SEX: sex,
        **_identifiers(random, under, year),
    }
    day = f"{year}{random.randint(1, 12):02}{random.randint(1, 28):02}"
    kind = f"{patient.lacks}; {how}"
    return Study(kind=kind, headers=(made,), owner=human.bsn, day=day, note=str(made[NAME]))


def _identifiers(random: Random, under: Registered, year: int) -> dict[int, object]:
    """No BSN in the first years, then one in a wrong place, at last more and more in the right one."""
    made: dict[int, object] = {ISSUER: HOSPITAL} if year > 2013 and random.random() < 0.6 else {}
    digits = under.human.epd.get("bsn", under.human.bsn)
    if not digits or random.random() < (0.9 if year < 2011 else 0.35 if year < 2017 else 0.15):
        return made
    qualifiers = {UNIVERSAL_ID: "2.16.840.1.113883.2.4.6.3", UNIVERSAL_TYPE: "ISO", TYPE_CODE: "NNNLD"}
    places: list[dict[int, object]] = [
        {OTHER_IDS: digits},
        {OTHER_IDS: f"{digits}\\K-{under.human.number[-5:]}"},
        {OTHER_IDS_SEQUENCE: [{PATIENT_ID: digits, ISSUER: "NLMINBIZA"}]},
        {OTHER_IDS_SEQUENCE: [{PATIENT_ID: digits}, {ISSUER: "NLMINBIZA"}]},
        {OTHER_IDS_SEQUENCE: [{PATIENT_ID: digits, ISSUER: "NLMINBIZA", ISSUER_QUALIFIERS: [qualifiers]}]},
    ]
    return made | random.choice(places[:3] if year < 2015 else places[1:])


def found(random: Random, patients: int, studies: int) -> Found:
    """One hospital, decided."""
    people, counted = registered(random, patients), Found()
    made = [_study(random, people) for _ in range(studies)]
    with hospital() as here:
        rows = [one.human.row for one in people]
        again = [one.human.row | {"patient_id": f"8{one.human.number}"} for one in people if one.lacks == "two records"]
        here.load_rows([*rows, *again])
        here.load("".join(_merges(people)), "hl7")
        for study, answer in here.answers(made, random):
            counted.add(study, answer)
    return counted


def _merges(people: list[Registered]) -> Iterator[str]:
    """Numbers that were given up."""
    for at, one in enumerate(person for person in people if person.old_number):
        time = f"2008{at % 12 + 1:02}{at % 28 + 1:02}1200"
        head = f"MSH|^~\\&|EPD|{HOSPITAL}|PACS|X|{time}||ADT^A40|{at}|P|2.4||||||UNICODE UTF-8\rEVN|A40|{time}\r"
        yield f"{head}PID|1||{local(one.human.number)}\rMRG|{local(one.old_number)}\r"


def main(seed: int = 1, patients: int = 5_000, studies: int = 20_000) -> int:
    """Decide, print the tables, and say how it went."""
    started = perf_counter()
    counted = found(Random(seed), patients, studies)
    print(f"{patients} patients, {studies} studies, seed {seed}")
    print("\n".join(counted.lines()))
    print(f"{perf_counter() - started:.0f} s")
    return 0 if not counted.false_writes and counted.share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
