"""What headers say as bytes and back: compact JSON, the same bytes for equal values. Seals nothing itself.

Form 1 is the array [1, [header, ...]]; a header is
[Patient ID, issuer, Patient's Name, birth date, sex, [claim, ...], [flag, ...]]; a claim is
[place, path, strength, digits, problem], of which digits or problem is "". Form 2 is the same, where some claim has a
sixth text: what its item lacks, with + between. Headers of which no item lacks anything stay in form 1.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from remediate.errors import LedgerError
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Flag, ItemPart, Place, Strength
from remediate.texts.language import Sentence

_FORM, _WITH_LACKS = 1, 2
_NEWER = Sentence("Use the newer release.", "Gebruik de nieuwere versie.")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_KEEP = "surrogatepass"  # a header decoded with the wrong character set can hold what UTF-8 cannot
_NO_FLAGS: frozenset[Flag] = frozenset()
_PLACES = {member.value: member for member in Place}
_STRENGTHS = {member.value: member for member in Strength}
_PARTS = {member.value: member for member in ItemPart}


def encode_headers(headers: Sequence[Evidence]) -> bytes:
    """Canonical bytes of what the headers of one study say."""
    form = _WITH_LACKS if any(claim.lacks for item in headers for claim in item.claims) else _FORM
    return _encode([form, [_header(item) for item in headers]]).encode("utf-8", _KEEP)


def decode_headers(data: bytes) -> tuple[Evidence, ...]:
    """The headers again. Raises ValueError on bytes that `encode_headers` did not make, `LedgerError` on those that a
    newer release made."""
    try:
        form, headers = _decode(data.decode("utf-8", _KEEP))
        if form not in (_FORM, _WITH_LACKS):
            raise LedgerError(
                Sentence(
                    f"Headers are kept in form {form}; this release knows {_WITH_LACKS}.",
                    f"Headers zijn bewaard in vorm {form}; deze versie kent {_WITH_LACKS}.",
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
    lacks = ["+".join(claim.lacks)] if claim.lacks else []
    return [claim.place.value, claim.path, claim.strength.value, digits, problem, *lacks]


def _claim(place: str, path: str, strength: str, digits: str, problem: str, lacks: str = "") -> BsnClaim:
    value = Bsn(digits) if digits else BsnProblem(problem)
    parts = tuple([_PARTS[part] for part in lacks.split("+")]) if lacks else ()
    return BsnClaim(place=_PLACES[place], path=path, strength=_STRENGTHS[strength], value=value, lacks=parts)
