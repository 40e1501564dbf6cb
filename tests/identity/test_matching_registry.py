"""Decisions on what the real registry answers: the same in whatever order rows and messages were loaded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random

from remediate.epd.registry import SqlRegistry
from remediate.identity.decide import decide, to_look_up
from remediate.identity.evidence import StudyEvidence
from remediate.identity.patients import LocalId, Patient
from remediate.identity.verdicts import Agree, Candidates, NotApplicable
from tests.bench.adversarial_gaps import shared_number
from tests.bench.adversarial_matching import WEIGHTS, asked, typed
from tests.bench.adversarial_people import dutch_population
from tests.bench.adversarial_truth import POLICY
from tests.bench.adversarial_world import CLINIC, World, world
from tests.epd.epd_samples import adt, load_text, new_registry, number, settings, table

PEOPLE = 700
STUDIES_A_KIND = 12
MERGED, LISTED = "20260102110000", "20260102120000"
"""After the rows, for what a row says of one number alone outweighs an older message that lists it beside another;
and two moments, for a number that is given up and in use beside another in one moment is in doubt."""

NOT_HERE = {shared_number.__name__, "two_on_one_number"}  # the registry gives a number to one patient only
INVALID_BSN = "999911121"


def row(patient: Patient) -> str:
    """The record as a row of the EPD's extract."""
    name = patient.name
    bsn = patient.bsn.digits if patient.bsn else (INVALID_BSN if patient.bsn_problem else "")
    birth = patient.birth_date.isoformat() if patient.birth_date else ""
    who = (patient.epd_patient_id, bsn, "J" if patient.bsn_verified else "N", birth, patient.sex)
    names = (name.surname, name.prefix, name.partner_surname, name.partner_prefix, name.given_names, name.initials)
    return ";".join((*who, *names))


def messages(patient: Patient) -> Iterable[str]:
    """The patient's other numbers: in use beside the first, or given up in a merge; all of one kind in one moment."""
    for found in sorted(patient.identifiers, key=lambda n: (n.authority, n.value)):
        if found.authority != patient.authority:
            both = f"{number(patient.epd_patient_id)}~{number(found.value, authority=found.authority)}"
            yield adt("A08", LISTED, f"PID|1||{both}")
        elif found.value != patient.epd_patient_id:
            yield adt("A40", MERGED, f"PID|1||{number(patient.epd_patient_id)}", f"MRG|{number(found.value)}")


def loaded(folder: Path, w: World, order: Random | None) -> SqlRegistry:
    """A registry of these people, from rows and messages in their order or in one of chance."""
    numbers = {n for n in w.by_number if n not in w.shared}
    rows = [row(record) for record in w.records]
    told = [text for r in w.records for text in messages(_only(r, numbers))]
    if order is not None:
        order.shuffle(rows)
        order.shuffle(told)
    name = "kept.db" if order is None else f"{order.random()}.db"
    registry = new_registry(folder, name)
    wide = settings(person_issuers=(CLINIC,))
    report = load_text(registry, folder, table(*rows), name="people.csv", epd=wide, chunk=97)
    assert not report.rejected or {r.reason.value for r in report.rejected} <= {"bsn-eleven-test"}, report.rejected
    load_text(registry, folder, *told, epd=wide, name="numbers.hl7", chunk=97)
    return registry


def _only(record: Patient, numbers: set[LocalId]) -> Patient:
    kept = frozenset(record.identifiers & numbers) | {
        LocalId(value=record.epd_patient_id, authority=record.authority),
    }
    return Patient(epd_patient_id=record.epd_patient_id, authority=record.authority, identifiers=kept)


def studies(w: World) -> list[StudyEvidence]:
    """Some of each kind."""
    makers = [m for m in WEIGHTS if m.__name__ not in NOT_HERE and m.__module__ != typed.__name__]
    return [make(w).evidence for make in makers for _ in range(STUDIES_A_KIND)]


def looked_up(registry: SqlRegistry, evidence: list[StudyEvidence]) -> list[Candidates]:
    """What the registry answers for each study."""
    return list(registry.candidates_many([to_look_up(study, POLICY) for study in evidence]))


def essence(evidence: StudyEvidence, who: Candidates) -> object:
    """What a decision says."""
    match = decide(evidence, who, POLICY)
    if isinstance(match, Agree):
        return match.bsn, match.proofs
    return match.reason if isinstance(match, NotApplicable) else (type(match), match.reasons, match.proofs)


def test_the_order_of_rows_and_of_messages_within_a_tie_is_nothing(tmp_path: Path) -> None:
    """And the registry answers what the generator of adversarial studies takes it to answer."""
    w = world(Random(5), dutch_population(Random(5), PEOPLE))
    made = studies(w)
    expected = [essence(study, asked(w, study)) for study in made]
    assert sum(isinstance(said, tuple) and len(said) == 2 for said in expected) > 100
    for order in (None, Random(1), Random(2)):
        registry = loaded(tmp_path, w, order)
        said = [essence(study, who) for study, who in zip(made, looked_up(registry, made), strict=True)]
        assert said == expected
