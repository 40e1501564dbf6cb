"""What a person's confirmation can do, and what it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.decide import decide, decide_reviewed
from remediate.identity.evidence import Evidence, Flag, Place
from remediate.identity.patients import Patient
from remediate.identity.verdicts import (
    SENTENCES,
    Agree,
    Candidates,
    Conflict,
    Insufficient,
    Match,
    MatchingPolicy,
    Proof,
)
from remediate.identity.verdicts import MatchReason as R
from tests.identity.identity_samples import (
    BSN,
    LIKE_A_BSN,
    OTHER,
    OTHER_BSN,
    PATIENT,
    POLICY,
    candidate,
    explicit,
    found,
    header,
    patient,
    study,
)


def reviewed(
    evidence: Evidence, who: Candidates, confirmed: Patient = PATIENT, policy: MatchingPolicy = POLICY
) -> Match:
    match = decide(study(evidence), who, policy)
    return decide_reviewed(match, confirmed, evidence=study(evidence), candidates=who, policy=policy)


@pytest.mark.parametrize(
    "evidence",
    [
        header(patient_name="Janssen^Petra"),
        header(birth_date="19500315"),
        header(birth_date=""),
        header(sex=""),
        header(patient_name="", claims=(explicit(BSN),)),
        header(claims=(candidate(Bsn(LIKE_A_BSN)),), sex="M"),
    ],
)
def test_a_person_weighs_what_lacks_or_contradicts(evidence: Evidence) -> None:
    match = reviewed(evidence, found(PATIENT, by_claim=(PATIENT,) if evidence.claims else ()))
    assert isinstance(match, Agree)
    assert match.bsn == BSN
    assert match.proofs[-1] is Proof.CONFIRMED_BY_PERSON
    assert {Proof.BSN_VALID, Proof.BSN_VERIFIED, Proof.BSN_UNIQUE} <= set(match.proofs)


def test_proofs_that_do_hold_are_kept_and_no_others() -> None:
    match = reviewed(header(birth_date="", patient_name="Bakker^Petra"), found(PATIENT))
    assert isinstance(match, Agree)
    assert match.proofs == (
        Proof.BSN_VALID,
        Proof.BSN_VERIFIED,
        Proof.BSN_UNIQUE,
        Proof.SEX_EQUAL,
        Proof.GIVEN_NAME_AGREES,
        Proof.NO_RIVAL,
        Proof.NO_CLAIM,
        Proof.CONFIRMED_BY_PERSON,
    )


@pytest.mark.parametrize(
    ("confirmed", "reason"),
    [
        (patient(bsn=None, bsn_holders=0), R.EPD_WITHOUT_BSN),
        (patient(bsn=None, bsn_problem="bsn-eleven-test"), R.EPD_BSN_INVALID),
        (patient(bsn_verified=False), R.BSN_NOT_VERIFIED),
        (patient(bsn_holders=2), R.BSN_ON_TWO_PATIENTS),
        (patient(bsn_holders=0), R.BSN_HOLDERS_UNKNOWN),
        (patient(bsn=Bsn("010000008")), R.BSN_OUT_OF_RANGE),
    ],
)
def test_nobody_overrules_what_the_epd_does_not_vouch_for(confirmed: Patient, reason: R) -> None:
    match = reviewed(header(sex=""), found(confirmed), confirmed)
    assert isinstance(match, (Conflict, Insufficient))
    assert reason in match.reasons


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (header(claims=(explicit(OTHER_BSN),)), R.CLAIM_DIFFERS),
        (header(claims=(candidate(OTHER_BSN),)), R.CLAIM_DIFFERS),
        (header(claims=(explicit(BSN), explicit(OTHER_BSN))), R.CLAIMS_DIFFER_IN_STUDY),
        (header(claims=(explicit(BsnProblem.ELEVEN_TEST),)), R.INVALID_NUMBER),
        (header(flags=frozenset({Flag.SIGNED})), R.DIGITALLY_SIGNED),
        (header(flags=frozenset({Flag.UNPARSABLE})), R.HEADER_UNPARSABLE),
    ],
)
def test_nobody_overrules_another_bsn_or_an_object_that_cannot_be_corrected(evidence: Evidence, reason: R) -> None:
    match = reviewed(evidence, found(PATIENT))
    assert isinstance(match, (Conflict, Insufficient))
    assert reason in match.reasons


def test_a_person_resolves_a_placeholder_in_the_place_of_a_bsn() -> None:
    placeholder = explicit(BsnProblem.PLACEHOLDER)
    assert isinstance(reviewed(header(claims=(placeholder,)), found(PATIENT)), Agree)
    assert isinstance(reviewed(header(claims=(placeholder, explicit(BSN))), found(PATIENT)), Agree)
    assert not isinstance(reviewed(header(claims=(placeholder, explicit(OTHER_BSN))), found(PATIENT)), Agree)


@pytest.mark.parametrize(
    "second",
    [
        header(patient_id="1002"),
        header(issuer="CLINIC"),
        header(birth_date="19500315"),
        header(sex="M"),
        header(patient_name="Bakker^Petra"),
        header(patient_name="Jansen^Anna"),
    ],
)
@pytest.mark.parametrize("confirmed", [PATIENT, OTHER])
def test_nobody_confirms_objects_that_name_different_patients(second: Evidence, confirmed: Patient) -> None:
    """Whoever is chosen, one of the objects would get another's BSN."""
    who = found(PATIENT, OTHER)
    for headers in ((header(), second), (second, header())):
        match = decide(study(*headers), who, POLICY)
        match = decide_reviewed(match, confirmed, evidence=study(*headers), candidates=who, policy=POLICY)
        assert isinstance(match, Conflict)
        assert R.IDENTITY_DIFFERS_IN_STUDY in match.reasons


def test_nobody_confirms_series_that_claim_different_bsns() -> None:
    headers = (header(claims=(explicit(BSN),)), header(claims=(explicit(OTHER_BSN),)))
    who = found(PATIENT, by_claim=(PATIENT, OTHER))
    for confirmed in (PATIENT, OTHER):
        match = decide(study(*headers), who, POLICY)
        match = decide_reviewed(match, confirmed, evidence=study(*headers), candidates=who, policy=POLICY)
        assert isinstance(match, Conflict)
        assert R.CLAIMS_DIFFER_IN_STUDY in match.reasons


@pytest.mark.parametrize("reason", [R.IDENTITY_DIFFERS_IN_STUDY, R.CLAIMS_DIFFER_IN_STUDY])
def test_the_reviewer_is_told_so_in_plain_words(reason: R) -> None:
    sentence = SENTENCES[reason]
    assert "nobody can confirm it" in sentence.en
    assert "niemand kan het bevestigen" in sentence.nl


def test_an_object_without_a_number_beside_others_is_for_a_person_to_weigh() -> None:
    """It names nobody else."""
    headers = (header(), header(patient_id=""))
    match = decide(study(*headers), found(PATIENT), POLICY)
    assert isinstance(match, Insufficient)
    match = decide_reviewed(match, PATIENT, evidence=study(*headers), candidates=found(PATIENT), policy=POLICY)
    assert isinstance(match, Agree)


def test_filling_stays_switched_off() -> None:
    match = reviewed(header(sex=""), found(PATIENT), policy=replace(POLICY, fill_missing=False))
    assert isinstance(match, Insufficient)
    assert match.reasons == (R.FILLING_NOT_ALLOWED,)


def test_one_of_two_patients_on_a_number_can_be_chosen() -> None:
    match = reviewed(header(sex=""), found(PATIENT, OTHER))
    assert isinstance(match, Agree)
    assert match.patient is PATIENT


def test_a_patient_to_whom_nothing_leads_cannot_be_chosen() -> None:
    match = reviewed(header(), found(), PATIENT)
    assert isinstance(match, Insufficient)
    assert match.reasons == (R.PATIENT_UNKNOWN,)


def test_a_proven_match_is_not_changed_by_hand() -> None:
    plain = decide(study(), found(PATIENT), POLICY)
    assert reviewed(header(), found(PATIENT)) == plain
    match = reviewed(header(), found(PATIENT, by_claim=(OTHER,)), OTHER)
    assert isinstance(match, Insufficient)
    assert match.candidate is OTHER


def test_the_confirmed_patients_own_number_is_no_claim_however_he_was_found() -> None:
    """Found by his BSN, with a bare hospital number that looks like one beside it."""
    evidence = header(patient_id="", sex="", claims=(explicit(BSN), candidate(Bsn(LIKE_A_BSN), Place.ITEM_BARE)))
    assert isinstance(reviewed(evidence, found(by_claim=(PATIENT,))), Agree)
