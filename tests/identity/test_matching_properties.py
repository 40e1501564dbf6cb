"""What holds for every study and patient: no contradiction is overlooked, nothing empty proves, order is nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.claims import local_ids
from remediate.identity.decide import decide
from remediate.identity.evidence import BsnClaim, Evidence, Flag, Strength, StudyEvidence
from remediate.identity.names import Agreement, GivenNameAgreement, given_name_agreement, surname_agreement
from remediate.identity.patients import Patient, PersonName
from remediate.identity.verdicts import (
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    Match,
    MatchingPolicy,
    NotApplicable,
    Proof,
)
from tests.identity.identity_samples import LIKE_A_BSN, POLICY, candidate, explicit
from tests.identity.matching_strategies import (
    Case,
    answers,
    cases,
    claims,
    headers,
    others,
    patients,
    policies,
    studies,
)


@given(studies, answers, policies)
def test_an_agreement_stands_on_facts_that_anyone_can_check(
    study: StudyEvidence, found: Candidates, policy: MatchingPolicy
) -> None:
    match = decide(study, found, policy)
    if not isinstance(match, Agree):
        return
    patient = match.patient
    assert match.bsn == patient.bsn
    assert patient.bsn_verified
    assert patient.bsn_holders == 1
    assert patient in (*found.by_patient_id, *found.by_claim)
    assert {Proof.BSN_VALID, Proof.BSN_VERIFIED, Proof.BSN_UNIQUE, Proof.BIRTH_DATE_EQUAL} <= set(match.proofs)
    for header in study.headers:
        assert header.birth_date == patient.birth_date.strftime("%Y%m%d")  # type: ignore[union-attr]
        assert header.sex == patient.sex
        assert surname_agreement(header.patient_name, patient.name) is Agreement.AGREES
        given = given_name_agreement(header.patient_name, patient.name)
        assert given in (GivenNameAgreement.FULL, GivenNameAgreement.COMPATIBLE)
        assert not header.flags & {Flag.SIGNED, Flag.UNPARSABLE, Flag.IDENTITY_CONFLICT_INSIDE}
        for claim in header.claims:
            if claim.strength is Strength.EXPLICIT:
                assert claim.value in (match.bsn, BsnProblem.EMPTY)
    numbers = local_ids(study, policy)
    known = [one for one in found.by_patient_id if one.identifiers & numbers]
    assert patient in known or (not known and patient in found.by_claim)


@given(cases)
def test_every_refusal_says_why(case: Case) -> None:
    match = decide(*case)
    assert isinstance(match, (Agree, NotApplicable)) or match.reasons


HARM: dict[str, Callable[[Evidence], Evidence]] = {
    "another BSN": lambda h: replace(h, claims=(*h.claims, explicit(Bsn("999911739")))),
    "a BSN that is none": lambda h: replace(h, claims=(explicit(BsnProblem.ELEVEN_TEST), *h.claims)),
    "another candidate": lambda h: replace(h, claims=(*h.claims, candidate(Bsn("999911739")))),
    "another birth date": lambda h: replace(h, birth_date="20200202"),
    "no birth date": lambda h: replace(h, birth_date=""),
    "no sex": lambda h: replace(h, sex=""),
    "another sex": lambda h: replace(h, sex="O"),
    "no name": lambda h: replace(h, patient_name=""),
    "another surname": lambda h: replace(h, patient_name="Quispel^Petra"),
    "another given name": lambda h: replace(h, patient_name="Jansen^Xandra"),
    "a signature": lambda h: replace(h, flags=h.flags | {Flag.SIGNED}),
    "a conflict inside": lambda h: replace(h, flags=h.flags | {Flag.IDENTITY_CONFLICT_INSIDE}),
    "another hospital's number": lambda h: replace(h, issuer="ELSEWHERE-2", patient_id="55", claims=()),
}


@pytest.mark.parametrize("harm", HARM)
@given(case=cases, at=st.integers(0, 2), instead=st.booleans())
def test_a_contradiction_or_gap_in_any_header_is_never_written(harm: str, case: Case, at: int, instead: bool) -> None:
    """Whatever the rest says: in place of a header, or as one more."""
    study, found, policy = case
    at %= len(study.headers)
    harmed = HARM[harm](study.headers[at])
    kept = (*study.headers[:at], *study.headers[at + 1 :]) if instead else study.headers
    match = decide(replace(study, headers=(*kept, harmed)), found, policy)
    proven_otherwise = harm == "another hospital's number" and isinstance(match, Agree)
    if proven_otherwise:  # by a BSN that another header of the same number claims
        assert {header.patient_id for header in kept} <= {"", "55", LIKE_A_BSN, "1001", "2002"}
        assert Proof.PATIENT_BY_CLAIM in match.proofs
    else:
        assert not isinstance(match, Agree)


SPOIL: dict[str, Callable[[Patient], Patient]] = {
    "no BSN": lambda p: replace(p, bsn=None),
    "not verified": lambda p: replace(p, bsn_verified=False),
    "held twice": lambda p: replace(p, bsn_holders=2),
    "not counted": lambda p: replace(p, bsn_holders=0),
    "no birth date": lambda p: replace(p, birth_date=None),
    "no sex": lambda p: replace(p, sex=""),
    "no name": lambda p: replace(p, name=PersonName()),
    "no surname": lambda p: replace(p, name=PersonName(given_names="Petra")),
    "born later": lambda p: replace(p, birth_date=date(2020, 2, 2)),
}


@pytest.mark.parametrize("spoil", SPOIL)
@given(case=cases)
def test_a_record_that_lacks_a_proof_is_never_written(spoil: str, case: Case) -> None:
    study, found, policy = case
    spoiled = Candidates(
        by_patient_id=tuple(map(SPOIL[spoil], found.by_patient_id)),
        by_claim=tuple(map(SPOIL[spoil], found.by_claim)),
        by_merged_id=found.by_merged_id,
        rivals=(),
    )
    assert not isinstance(decide(study, spoiled, policy), Agree)


@given(case=cases, rival=patients)
def test_a_rival_only_makes_it_harder(case: Case, rival: Patient) -> None:
    study, found, policy = case
    crowded = replace(found, rivals=(*(found.rivals or ()), replace(rival, epd_patient_id="9009")))
    if isinstance(decide(study, crowded, policy), Agree):
        assert isinstance(decide(study, found, policy), Agree)


@given(case=cases)
def test_rivals_that_were_not_looked_up_are_no_proof(case: Case) -> None:
    study, found, policy = case
    assert not isinstance(decide(study, replace(found, rivals=None), policy), Agree)


@given(study=studies, patient=patients, other=others, policy=policies)
def test_one_more_patient_on_the_number_only_makes_it_harder(
    study: StudyEvidence, patient: Patient, other: Patient, policy: MatchingPolicy
) -> None:
    alone = Candidates(by_patient_id=(patient,), by_claim=(patient,), rivals=())
    crowded = replace(alone, by_patient_id=(patient, other))
    if isinstance(decide(study, crowded, policy), Agree):
        assert isinstance(decide(study, alone, policy), Agree)


def essence(match: Match) -> object:
    """What a decision says, without the order in which it was found."""
    match match:
        case Agree():
            return match.bsn, match.patient, match.proofs
        case Conflict() | Insufficient():
            return type(match), match.reasons, match.proofs
    return match


@given(case=cases, random=st.randoms(use_true_random=False))
def test_order_of_headers_claims_and_candidates_is_nothing(case: Case, random: object) -> None:
    study, found, policy = case

    def shuffled(row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(row, len(row)))  # type: ignore[attr-defined]

    turned = replace(
        study, headers=shuffled(tuple(replace(header, claims=shuffled(header.claims)) for header in study.headers))
    )
    asked = replace(found, by_patient_id=shuffled(found.by_patient_id), by_claim=shuffled(found.by_claim))
    assert essence(decide(turned, asked, policy)) == essence(decide(study, found, policy))


@given(case=cases)
def test_saying_the_same_twice_changes_nothing(case: Case) -> None:
    study, found, policy = case
    twice = replace(study, headers=study.headers * 2)
    once, again = decide(study, found, policy), decide(twice, found, policy)
    assert isinstance(once, Agree) == isinstance(again, Agree)


@given(header=headers, claim=claims)
def test_claims_of_one_number_need_no_patient_id(header: Evidence, claim: tuple[BsnClaim, ...]) -> None:
    """A claim that is found nowhere in the EPD never leads to a patient."""
    study = StudyEvidence(study_instance_uid="1", headers=(replace(header, patient_id="", claims=claim),))
    assert not isinstance(decide(study, Candidates(), POLICY), Agree)
