"""What headers say as bytes and back: compact JSON, the same bytes for equal values. Seals nothing itself.

Form 1 is the array [1, [header, ...]]; a header is
[Patient ID, issuer, Patient's Name, birth date, sex, [claim, ...], [flag, ...]]; a claim is
[place, path, strength, digits, problem], of which digits or problem is "".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from remediate.errors import LedgerError
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Place, Strength
from remediate.language import Sentence

_FORM = 1
_NEWER = Sentence("Use the newer release.", "Gebruik de nieuwere versie.")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_KEEP = "surrogatepass"  # a header decoded with the wrong character set can hold what UTF-8 cannot
_NO_FLAGS: frozenset[Flag] = frozenset()
_PLACES = {member.value: member for member in Place}
_STRENGTHS = {member.value: member for member in Strength}


def encode_headers(headers: Sequence[Evidence]) -> bytes:
    """Canonical bytes of what the headers of one study say."""
    return _encode([_FORM, [_header(item) for item in headers]]).encode("utf-8", _KEEP)


def decode_headers(data: bytes) -> tuple[Evidence, ...]:
    """The headers again. Raises ValueError on bytes that `encode_headers` did not make, `LedgerError` on those that a
    newer release made."""
    try:
        form, headers = _decode(data.decode("utf-8", _KEEP))
        if form != _FORM:
            raise LedgerError(
                Sentence(
                    f"Headers are kept in form {form}; this release knows {_FORM}.",
                    f"Headers zijn bewaard in vorm {form}; deze versie kent {_FORM}.",
                ),
                advice=_NEWER,
            )
        return tuple([_evidence(*item) for item in headers])
    except (TypeError, KeyError):
        raise ValueError("not headers as they are kept") from None


def _header(item: Evidence) -> list[Any]:
    claims = [_claim_fields(claim) for claim in item.claims] if item.claims else []
    flags = sorted([flag.value for flag in item.flags]) if item.flags else []
    return [item.patient_id, item.issuer, item.patient_name, item.birth_date, item.sex, claims, flags]


def _evidence(
    patient_id: str, issuer: str, patient_name: str, birth_date: str, sex: str, claims: list[Any], flags: list[str]
) -> Evidence:
    return Evidence(
        patient_id=patient_id,
        issuer=issuer,
        patient_name=patient_name,
        birth_date=birth_date,
        sex=sex,
        claims=tuple([_claim(*item) for item in claims]) if claims else (),
        flags=frozenset([Flag(item) for item in flags]) if flags else _NO_FLAGS,
    )


def _claim_fields(claim: BsnClaim) -> list[str]:
    digits, problem = (claim.value.digits, "") if isinstance(claim.value, Bsn) else ("", claim.value.value)
    return [claim.place.value, claim.path, claim.strength.value, digits, problem]


def _claim(place: str, path: str, strength: str, digits: str, problem: str) -> BsnClaim:
    value = Bsn(digits) if digits else BsnProblem(problem)
    return BsnClaim(place=_PLACES[place], path=path, strength=_STRENGTHS[strength], value=value)
