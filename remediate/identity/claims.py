"""Which numbers in a header are BSN claims and which is the hospital's own; looks nobody up and judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remediate.identity.bsn import BSN_AUTHORITY, Bsn, BsnProblem
from remediate.identity.bsn_spelling import declares_bsn, read_identifier, says_nothing
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength, StudyEvidence
from remediate.identity.number_spelling import NumberSpelling
from remediate.identity.patients import LocalId, Patient
from remediate.identity.verdicts import MatchingPolicy, MatchReason

_PATIENT_ID_PATH = "(0010,0020)"
_DEFAULT_POLICY = MatchingPolicy()


def resolve_issuer(issuer: str, policy: MatchingPolicy) -> str:
    """The EPD's assigning authority for an Issuer of Patient ID; `BSN_AUTHORITY` means: that number claims a BSN.

    An empty issuer is the configured default issuer; an issuer without an alias stands for itself.
    """
    if not issuer:
        return policy.default_issuer
    if policy.issuer_aliases:
        issuer = _alias_of(issuer, policy.issuer_aliases, policy.numbers)
    return BSN_AUTHORITY if declares_bsn(issuer) else issuer


def _alias_of(issuer: str, aliases: Mapping[str, str], numbers: NumberSpelling) -> str:
    """One that is written so, or else, where case is nothing, the only one in any case."""
    if issuer in aliases or not numbers.ignore_issuer_case:
        return aliases.get(issuer, issuer)
    found = {authority for alias, authority in aliases.items() if alias.upper() == issuer.upper()}
    return found.pop() if len(found) == 1 else issuer


def local_id_to_look_up(evidence: Evidence, policy: MatchingPolicy) -> LocalId | MatchReason:
    """The hospital's number in one header as it is compared; NO_PATIENT_ID when it holds none or a BSN in its place."""
    if says_nothing(evidence.patient_id):
        return MatchReason.NO_PATIENT_ID
    authority = resolve_issuer(evidence.issuer, policy)
    if authority == BSN_AUTHORITY:
        return MatchReason.NO_PATIENT_ID
    return policy.numbers.of(LocalId(value=evidence.patient_id, authority=authority))


def claims_of(evidence: Evidence, policy: MatchingPolicy) -> tuple[BsnClaim, ...]:
    """Every BSN claim of one header, the Patient ID under an issuer that means BSN included.

    A field that is declared to hold a BSN and is empty claims nothing, nor does what is a part of another number.
    """
    claims = evidence.claims
    if evidence.issuer and evidence.patient_id and resolve_issuer(evidence.issuer, policy) == BSN_AUTHORITY:
        place, strength = Place.PATIENT_ID_PARTIAL, Strength.EXPLICIT
        found = read_identifier(evidence.patient_id, is_declared=True)
        declared = [BsnClaim(place=place, path=_PATIENT_ID_PATH, strength=strength, value=one.value) for one in found]
        claims = (*declared, *claims)
    if not claims:
        return claims
    return tuple(
        [claim for claim in claims if claim.value is not BsnProblem.EMPTY and claim.strength is not Strength.PART]
    )


def parts_of(evidence: StudyEvidence) -> frozenset[Bsn]:
    """The numbers within longer ones of a study, which contradict where they are another live patient's BSN."""
    return frozenset(
        claim.value
        for header in evidence.headers
        for claim in header.claims
        if claim.strength is Strength.PART and isinstance(claim.value, Bsn)
    )


def claims_to_look_up(evidence: StudyEvidence, policy: MatchingPolicy = _DEFAULT_POLICY) -> tuple[Bsn, ...]:
    """Every distinct BSN that a study claims or holds as a part of another number, in ascending order."""
    claims = [claim for header in evidence.headers for claim in claims_of(header, policy)]
    parts = parts_of(evidence)
    if not claims and not parts:
        return ()
    found = parts.union([claim.value for claim in claims if isinstance(claim.value, Bsn)])
    return tuple(sorted(found, key=lambda bsn: bsn.digits))


def is_local_number(bsn: Bsn, patients: Iterable[Patient]) -> bool:
    """Whether a number is one of these patients' own hospital numbers, however that is written."""
    return any(
        found.value == bsn
        for patient in patients
        for identifier in patient.identifiers
        for found in read_identifier(identifier.value.zfill(len(bsn.digits)))
    )


def local_ids(evidence: StudyEvidence, policy: MatchingPolicy) -> frozenset[LocalId]:
    """The hospital's numbers in all headers of a study; more than one is a conflict."""
    numbers = [local_id_to_look_up(header, policy) for header in evidence.headers]
    return frozenset([number for number in numbers if isinstance(number, LocalId)])


def local_id_of_study(evidence: StudyEvidence, policy: MatchingPolicy) -> LocalId | MatchReason:
    """The hospital's number of a study: of its first header that holds one. That all agree is for `decide` to see."""
    for header in evidence.headers:
        number = local_id_to_look_up(header, policy)
        if isinstance(number, LocalId):
            return number
    return MatchReason.NO_PATIENT_ID
