"""Keyed pseudonyms of patients: how the ledger names a patient without a number."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from remediate.ledger.keys import Keys
from remediate.ledger.tables.study import studies

CHUNK = 500
"""Identifiers in one IN (...)."""

PATIENT = "patient"
"""Kind of the pseudonyms that stand in events and work units."""


def patient_text(patient_id: str, issuer: str) -> str:
    """What a patient's pseudonym is made of: the number and its authority as in HL7 v2 CX, `12345^^^HOSPITAL`."""
    return f"{patient_id}^^^{issuer}"


def patient_pseudonym(keys: Keys, patient_id: str, issuer: str) -> str:
    """The pseudonym of a patient; "" when there is no number."""
    return keys.pseudonym(PATIENT, patient_text(patient_id, issuer)) if patient_id else ""


def patients_of_studies(connection: Connection, uids: Sequence[str]) -> dict[str, str]:
    """The pseudonyms under which the studies stand in the inventory; unknown studies are left out."""
    found: dict[str, str] = {}
    for start in range(0, len(uids), CHUNK):
        chosen = studies.c.study_instance_uid.in_(uids[start : start + CHUNK])
        query = select(studies.c.study_instance_uid, studies.c.patient_key).where(chosen)
        found.update((uid, patient) for uid, patient in connection.execute(query))
    return found
