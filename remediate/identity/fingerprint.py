"""The facts on which a decision rests, as canonical bytes for a keyed digest that is made elsewhere.

A plan keeps only the digest. When it differs at execution, the EPD or the archive has changed since. The bytes hold
patient data in clear: they are never stored or logged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from remediate.identity.bsn import Bsn
from remediate.identity.evidence import BsnClaim, Evidence, StudyEvidence
from remediate.identity.patients import Patient, PersonName

_Json = str | int | bool | None | list["_Json"]


def facts(patient: Patient, evidence: StudyEvidence | None = None, rivals: Iterable[Patient] = ()) -> bytes:
    """ASCII bytes over a patient and, when given, a study's evidence and the others who may be meant.

    Order of headers, claims and flags does not matter, nor how the evidence was read. A patient's other numbers are
    left out: gaining one changes nothing about who this is.
    """
    found: list[_Json] = ["remediate facts 1", _patient_facts(patient)]
    if evidence is not None:
        found.append(_evidence_facts(evidence))
        found.append(sorted((_person_facts(rival) for rival in rivals), key=json.dumps))
    return json.dumps(found, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _patient_facts(patient: Patient) -> list[_Json]:
    return [
        *_person_facts(patient),
        None if patient.bsn is None else patient.bsn.digits,
        patient.bsn_problem,
        patient.bsn_verified,
        patient.bsn_holders,
    ]


def _person_facts(patient: Patient) -> list[_Json]:
    return [
        patient.epd_patient_id,
        patient.authority,
        _name_facts(patient.name),
        [_name_facts(name) for name in patient.other_names],
        None if patient.birth_date is None else patient.birth_date.isoformat(),
        patient.sex,
    ]


def _name_facts(name: PersonName) -> list[_Json]:
    return [name.surname, name.prefix, name.partner_surname, name.partner_prefix, name.given_names, name.initials]


def _evidence_facts(evidence: StudyEvidence) -> list[_Json]:
    headers = sorted((_header_facts(header) for header in evidence.headers), key=json.dumps)
    return [evidence.study_instance_uid, evidence.study_date, [*headers]]


def _header_facts(header: Evidence) -> list[_Json]:
    claims = sorted((_claim_facts(claim) for claim in header.claims), key=json.dumps)
    flags: list[_Json] = [*sorted(str(flag) for flag in header.flags)]
    texts: list[_Json] = [header.patient_id, header.issuer, header.patient_name, header.birth_date, header.sex]
    return [*texts, [*claims], flags]


def _claim_facts(claim: BsnClaim) -> list[_Json]:
    value = claim.value.digits if isinstance(claim.value, Bsn) else str(claim.value)
    return [str(claim.place), claim.path, str(claim.strength), value]
