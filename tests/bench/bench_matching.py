"""Decisions a second of processor time, one process: `python tests/bench/bench_matching.py [PATIENTS]`.

Cold: every study is another patient's. Sorted: five studies a patient, as in a survey sorted by patient. Again: facts
that were seen shortly before. A plain loop is timed first, to compare machines and moments.
"""

from __future__ import annotations

import gc
import resource
import sys
from pathlib import Path
from random import Random
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "identity"))

from adversarial import POLICY, header, scene, study
from adversarial_spelling import given_in_full, given_in_short

from remediate.identity.evidence import StudyEvidence
from remediate.identity.match import Agree, Candidates
from remediate.identity.matching import claims_to_look_up, decide, local_id_of_study

STUDIES_A_PATIENT = 5


def cases(count: int, seed: int = 1) -> list[tuple[StudyEvidence, Candidates]]:
    """`count` patients with one study each, half with full names, and the registry's answers."""
    s = scene(Random(seed), min(count, 8_000))
    made = []
    for at, person in enumerate(s.sound[:count]):
        evidence = study(s, person, header(s, person, given=given_in_full if at % 2 else given_in_short))
        made.append((evidence, Candidates(by_patient_id=(s.record(person),))))
    return made


def measure(name: str, made: list[tuple[StudyEvidence, Candidates]]) -> None:
    """Look up what to ask and decide, once for every case."""
    agreed = 0
    started = process_time()
    for evidence, found in made:
        local_id_of_study(evidence, POLICY)
        claims_to_look_up(evidence, POLICY)
        agreed += isinstance(decide(evidence, found, POLICY), Agree)
    seconds = process_time() - started
    rate = len(made) / seconds
    print(
        f"{name:6}{len(made):>9,} decisions  {rate:>9,.0f}/s  {1e6 / rate:6.1f} us each  {agreed / len(made):.1%} agree"
    )


def main(count: int = 8_000) -> None:
    """All measurements, with peak memory."""
    started, total = process_time(), 0
    for number in range(2_000_000):
        total += number
    print(f"plain loop: {(process_time() - started) / 2e6 * 1e9:.0f} ns a round")
    made = cases(count)
    gc.collect()
    gc.freeze()
    measure("cold", made)
    measure("sorted", [case for case in cases(count, seed=2) for _ in range(STUDIES_A_PATIENT)])
    few = cases(min(count, 1_000), seed=3) * 10
    measure("again", few)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
