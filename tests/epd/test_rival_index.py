"""The registry finds who else a study may be of, as its patients stand now; its tables hold no name and no date."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from remediate.epd import rival_index
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError
from remediate.identity.decide import to_look_up
from remediate.identity.evidence import Evidence, StudyEvidence
from remediate.identity.verdicts import MatchingPolicy
from tests.epd.epd_samples import HOSPITAL, load_text, merge, update

T1, T2 = "20240101120000", "20240102120000"
POLICY = MatchingPolicy(default_issuer=HOSPITAL)


def rivals(registry: SqlRegistry, name: str, *, number: str = "1") -> set[str]:
    header = Evidence(patient_id=number, patient_name=name, birth_date="19700215", sex="F")
    evidence = StudyEvidence(study_instance_uid="1.2", headers=(header,))
    found = registry.candidates_many([to_look_up(evidence, POLICY)])[0].rivals
    assert found is not None
    return {patient.epd_patient_id for patient in found}


def test_rivals_follow_what_the_epd_says(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, *(update(T1, number, name="Jansen^A", sex="F") for number in "123"))
    assert rivals(registry, "JANSEN^A") == {"2", "3"}
    load_text(registry, tmp_path, update(T2, "2", name="Bakker^A", sex="F"), name="renamed.hl7")
    assert rivals(registry, "JANSEN^A") == {"3"}
    assert rivals(registry, "BAKKER^A") == {"2"}
    load_text(registry, tmp_path, merge(T2, "1", "3"), name="merged.hl7")
    assert rivals(registry, "JANSEN^A") == set()
    assert rivals(registry, "JANSEN^A", number="3") == set()  # the surviving patient is nobody's rival


def test_a_registry_without_keys_says_so_and_loading_makes_them(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, *(update(T1, number, name="Jansen^A", sex="F") for number in "12"))
    with registry._database.begin() as connection:
        rule = connection.execute(text("SELECT rule FROM epd_registry")).scalar_one()
        connection.execute(text("DELETE FROM epd_rival_keys"))
        connection.execute(text(f"UPDATE epd_registry SET rival_keys = {rival_index.VERSION - 1}"))
    with pytest.raises(EpdError, match="earlier version"):
        rivals(registry, "JANSEN^A")
    registry.begin_load(rule)
    assert rivals(registry, "JANSEN^A") == {"2"}


def test_keys_tell_no_name_and_no_date(registry: SqlRegistry, tmp_path: Path) -> None:
    load_text(registry, tmp_path, update(T1, "1", name="Jansen^A", sex="F"))
    with registry._database.read() as connection:
        kept = connection.execute(text("SELECT rival_key, number_id FROM epd_rival_keys")).all()
    assert kept
    assert all(isinstance(key, int) and abs(key) > 1 << 40 for key, _ in kept)
