"""Evidence as bytes and back, to be sealed: compact JSON, the same bytes for equal values. Seals nothing itself.

Form 1 is the array [1, Study Instance UID, Study Date, source, [header, ...]]; a header is
[Patient ID, issuer, Patient's Name, birth date, sex, [claim, ...], [flag, ...]]; a claim is
[place, path, strength, digits, problem], of which digits or problem is "".
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place, Source, Strength, StudyEvidence

_FORM = 1
_FIELDS_BEFORE = 7  # pieces between quotation marks before the headers
_UNREAD = "?"  # no Study Date
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_KEEP = "surrogatepass"  # a header decoded with the wrong character set can hold what UTF-8 cannot


def encode_evidence(evidence: StudyEvidence) -> bytes:
    """Canonical bytes of the evidence of one study."""
    headers = [_header(item) for item in evidence.headers]
    fields = [_FORM, evidence.study_instance_uid, evidence.study_date, evidence.source.value, headers]
    return _encode(fields).encode("utf-8", _KEEP)


def decode_evidence(data: bytes) -> StudyEvidence:
    """The evidence again. Raises ValueError on bytes that `encode_evidence` did not make."""
    form, *fields = json.loads(data.decode("utf-8", _KEEP))
    if form != _FORM:
        raise ValueError("unknown form of evidence")
    uid, study_date, source, headers = fields
    return StudyEvidence(
        study_instance_uid=uid,
        study_date=study_date,
        source=Source(source),
        headers=tuple(_evidence(item) for item in headers),
    )


def facts_key(data: bytes) -> tuple[str, bytes]:
    """Study Date, and a key (128 bits) that is the same for studies whose headers say the same; decodes nothing more.

    The headers stand last, behind the first `,[`. Where an odd UID or date holds these signs, the key covers more
    than the headers, which makes it unlike others, never wrongly alike.
    """
    at = data.find(b",[")
    fields = data[:at].split(b'"')
    date = fields[3].decode("utf-8", _KEEP) if len(fields) == _FIELDS_BEFORE else _UNREAD
    return date, blake2b(data[at:], digest_size=16).digest()


def _header(item: Evidence) -> list[Any]:
    claims = [_claim_fields(claim) for claim in item.claims]
    flags = sorted(flag.value for flag in item.flags)
    return [item.patient_id, item.issuer, item.patient_name, item.birth_date, item.sex, claims, flags]


def _evidence(fields: list[Any]) -> Evidence:
    patient_id, issuer, patient_name, birth_date, sex, claims, flags = fields
    return Evidence(
        patient_id=patient_id,
        issuer=issuer,
        patient_name=patient_name,
        birth_date=birth_date,
        sex=sex,
        claims=tuple(_claim(item) for item in claims),
        flags=frozenset(Flag(item) for item in flags),
    )


def _claim_fields(claim: BsnClaim) -> list[str]:
    digits, problem = (claim.value.digits, "") if isinstance(claim.value, Bsn) else ("", claim.value.value)
    return [claim.place.value, claim.path, claim.strength.value, digits, problem]


def _claim(fields: list[str]) -> BsnClaim:
    place, path, strength, digits, problem = fields
    value = Bsn(digits) if digits else BsnProblem(problem)
    return BsnClaim(place=Place(place), path=path, strength=Strength(strength), value=value)
