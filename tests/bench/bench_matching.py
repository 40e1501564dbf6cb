"""Microseconds of processor time a decision, one process: `python -m tests.bench.bench_matching [PATIENTS]`.

Every study is another patient's, so that nothing was seen before. Ordinary: surname and given names in components of
their own, names that others bear too. Unique: the same with names that nobody else bears. Difficult: the spellings of
`adversarial_spelling.py`. Again: five studies of each patient. A plain loop is timed beside each, to compare machines
and moments.
"""

from __future__ import annotations

import gc
import resource
import sys
from dataclasses import replace
from random import Random
from time import process_time

from remediate.identity.decide import decide, to_look_up
from remediate.identity.evidence import StudyEvidence
from remediate.identity.patients import PersonName
from remediate.identity.verdicts import Agree, Candidates
from tests.bench.adversarial_names import dutch
from tests.bench.adversarial_people import dutch_population
from tests.bench.adversarial_spelling import given_in_full, given_in_short
from tests.bench.adversarial_truth import POLICY, draft, study
from tests.bench.adversarial_world import World, world

GROUP = 250
LETTERS = "abdeghiklmnoprstuvz"
Case = tuple[StudyEvidence, Candidates]


def ordinary(w: World) -> list[Case]:
    """One study a patient, as worklists wrote it: half in capitals, half with all given names."""
    cases = []
    for person in w.sound:
        name, random = person.name, w.random
        given = name.given_names if random.random() < 0.5 else name.given_names.split()[0]
        whole = f"{name.prefix} {name.surname}".strip()
        text = random.choice([f"{name.surname}^{given}^^{name.prefix}", f"{whole}^{given}"])
        header = draft(w, person).header(patient_name=text.upper() if random.random() < 0.5 else text)
        cases.append((study(w, person, header), Candidates(by_patient_id=(w.record(person),), rivals=())))
    return cases


def unique(w: World) -> list[Case]:
    """The same with names that nobody else bears."""
    cases = []
    for person in w.sound:
        surname, given = ("".join(w.random.choices(LETTERS, k=8)).capitalize() for _ in range(2))
        record = replace(w.record(person), name=PersonName(surname=surname, given_names=given, initials=given[0]))
        header = draft(w, person).header(patient_name=f"{surname}^{given}")
        cases.append((study(w, person, header), Candidates(by_patient_id=(record,), rivals=())))
    return cases


def difficult(w: World) -> list[Case]:
    """One study a patient, in whatever layout."""
    cases = []
    for at, person in enumerate(w.sound):
        header = draft(w, person, given=given_in_full if at % 2 else given_in_short).header()
        cases.append((study(w, person, header), Candidates(by_patient_id=(w.record(person),), rivals=())))
    return cases


def measure(name: str, cases: list[Case]) -> None:
    """Look up what to ask and decide, once for every case, in small groups: the median says least about the machine."""
    gc.collect()
    gc.freeze()
    decisions, rounds, agreed = [], [], 0
    for start in range(0, len(cases), GROUP):
        group = cases[start : start + GROUP]
        started = process_time()
        for evidence, found in group:
            to_look_up(evidence, POLICY)
            agreed += isinstance(decide(evidence, found, POLICY), Agree)
        decisions.append((process_time() - started) / len(group) * 1e6)
        rounds.append(_plain_loop())
    middle, quickest = sorted(decisions)[len(decisions) // 2], min(decisions)
    print(
        f"{name:10}{len(cases):>9,} decisions  {quickest:6.1f} us at best, {middle:6.1f} in the middle"
        f"  ({sorted(rounds)[len(rounds) // 2]:.0f} ns a round of a plain loop)  {agreed / len(cases):.1%} agree"
    )


def _plain_loop() -> float:
    started, total = process_time(), 0
    for number in range(5_000):
        total += number
    return (process_time() - started) / 5_000 * 1e9


def main(patients: int = 8_000) -> None:
    """All measurements, with peak memory."""
    dutch()  # loads Faker
    for number, (name, made) in enumerate((("ordinary", ordinary), ("unique", unique), ("difficult", difficult))):
        w = world(Random(number), dutch_population(Random(number), patients))
        cases = made(w)
        measure(name, cases)
    measure("again", [case for case in cases for _ in range(5)])
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
