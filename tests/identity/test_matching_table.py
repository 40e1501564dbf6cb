"""Every proof and every reason of the matching policy, each from a study that differs in one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, Bsn, BsnProblem, BsnRange
from remediate.identity.decide import (
    claims_to_look_up,
    decide,
    local_id_of_study,
    local_id_to_look_up,
    resolve_issuer,
)
from remediate.identity.evidence import Evidence, Flag, Place, StudyEvidence
from remediate.identity.patients import LocalId, Patient, PersonName
from remediate.identity.verdicts import (
    CONFLICT_REASONS,
    EXCEPTION_REASONS,
    SENTENCES,
    Agree,
    Candidates,
    Conflict,
    ExceptionRule,
    Insufficient,
    Match,
    MatchingPolicy,
    MatchReason,
    NotApplicable,
    Proof,
)
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

R, P = MatchReason, Proof
TWIN = patient(
    epd_patient_id="1003", identifiers=frozenset(), name=PersonName(surname="Jansen", given_names="Paula Anna")
)


def judged(*headers: Evidence, who: Candidates | None = None, policy: MatchingPolicy = POLICY) -> Match:
    return decide(study(*headers), found(PATIENT) if who is None else who, policy)


def reasons(match: Match) -> tuple[MatchReason, ...]:
    assert isinstance(match, (Conflict, Insufficient)), match
    return match.reasons


def test_the_plain_study_agrees_with_every_proof_named() -> None:
    match = judged()
    assert isinstance(match, Agree)
    assert match.bsn == BSN
    assert match.patient is PATIENT
    assert match.proofs == (
        P.PATIENT_BY_ID,
        P.BSN_VALID,
        P.BSN_VERIFIED,
        P.BSN_UNIQUE,
        P.BIRTH_DATE_EQUAL,
        P.SEX_EQUAL,
        P.SURNAME_AGREES,
        P.GIVEN_NAME_AGREES,
        P.NO_RIVAL,
        P.NO_CLAIM,
    )


@pytest.mark.parametrize(
    ("evidence", "who", "proof"),
    [
        (header(), found(PATIENT, merged=True), P.PATIENT_BY_MERGED_ID),
        (header(patient_name="Jansen^Petra Anna^^van der"), found(PATIENT), P.GIVEN_NAME_IN_FULL),
        (header(claims=(explicit(BSN),)), found(PATIENT, by_claim=(PATIENT,)), P.CLAIM_EQUAL),
        (header(claims=(candidate(BSN),)), found(PATIENT, by_claim=(PATIENT,)), P.PATIENT_BY_CLAIM),
        (header(patient_id="", claims=(explicit(BSN),)), found(by_claim=(PATIENT,)), P.PATIENT_BY_CLAIM),
        (header(patient_id="77", claims=(candidate(BSN),)), found(by_claim=(PATIENT,)), P.CLAIM_EQUAL),
        (header(patient_id=BSN.digits, issuer=BSN_AUTHORITY), found(by_claim=(PATIENT,)), P.CLAIM_EQUAL),
        (header(patient_id=BSN.digits, issuer=BSN_OID), found(by_claim=(PATIENT,)), P.PATIENT_BY_CLAIM),
        (header(claims=(explicit(BsnProblem.EMPTY),)), found(PATIENT), P.NO_CLAIM),
        (header(birth_date="1950.03.14"), found(PATIENT), P.BIRTH_DATE_EQUAL),
        (header(sex="f"), found(PATIENT), P.SEX_EQUAL),
        (header(patient_name="Jansen Petra Anna"), found(PATIENT, rivals=(TWIN,)), P.GIVEN_NAME_IN_FULL),
    ],
)
def test_what_proves(evidence: Evidence, who: Candidates, proof: Proof) -> None:
    match = judged(evidence, who=who)
    assert isinstance(match, Agree), match
    assert proof in match.proofs
    assert match.bsn == BSN


CONFLICTS = [
    (R.CLAIM_DIFFERS, header(claims=(explicit(OTHER_BSN),)), found(PATIENT)),
    (R.CLAIM_DIFFERS, header(claims=(candidate(OTHER_BSN),)), found(PATIENT)),
    (
        R.CLAIMS_DIFFER_IN_STUDY,
        header(patient_id=OTHER_BSN.digits, issuer="SBV", claims=(explicit(BSN),)),
        found(by_claim=(PATIENT, OTHER)),
    ),
    (R.CLAIMS_DIFFER_IN_STUDY, header(claims=(explicit(BSN), explicit(OTHER_BSN))), found(PATIENT)),
    (R.CLAIMS_DIFFER_IN_STUDY, header(claims=(explicit(BSN), candidate(OTHER_BSN))), found(PATIENT)),
    (R.ID_AND_CLAIM_NAME_TWO_PATIENTS, header(claims=(explicit(OTHER_BSN),)), found(PATIENT, by_claim=(OTHER,))),
    (R.ID_AND_CLAIM_NAME_TWO_PATIENTS, header(claims=(explicit(BSN),)), found(OTHER, OTHER, by_claim=(PATIENT,))),
    (
        R.ID_AND_CLAIM_NAME_TWO_PATIENTS,
        header(claims=(explicit(BSN),)),
        found(OTHER, patient(epd_patient_id="3", bsn=None), by_claim=(PATIENT,)),
    ),
    (R.BIRTH_DATE_DIFFERS, header(birth_date="19500315"), found(PATIENT)),
    (R.SEX_DIFFERS, header(sex="M"), found(PATIENT)),
    (R.SEX_DIFFERS, header(sex="O"), found(PATIENT)),
    (R.SURNAME_DIFFERS, header(patient_name="Bakker^Petra"), found(PATIENT)),
    (R.SURNAME_DIFFERS, header(patient_name="Petra^Jansen"), found(PATIENT)),
    (R.GIVEN_NAME_DIFFERS, header(patient_name="Jansen^Q."), found(PATIENT)),
    (R.BSN_ON_TWO_PATIENTS, header(), found(patient(bsn_holders=2))),
    (
        R.BSN_ON_TWO_PATIENTS,
        header(claims=(explicit(BSN),)),
        found(PATIENT, by_claim=(PATIENT, replace(OTHER, bsn=BSN))),
    ),
    (
        R.BSN_ON_TWO_PATIENTS,
        header(patient_id="", claims=(explicit(BSN),)),
        found(by_claim=(PATIENT, replace(OTHER, bsn=BSN))),
    ),
    (R.STUDY_BEFORE_BIRTH, header(), found(patient(birth_date=date(2010, 5, 7)))),
    (R.IDENTITY_CONFLICT_INSIDE, header(flags=frozenset({Flag.IDENTITY_CONFLICT_INSIDE})), found(PATIENT)),
]


@pytest.mark.parametrize(("reason", "evidence", "who"), CONFLICTS)
def test_what_contradicts(reason: MatchReason, evidence: Evidence, who: Candidates) -> None:
    match = judged(evidence, who=who)
    assert isinstance(match, Conflict), match
    assert reason in match.reasons


MOTHER = PersonName(surname="Jansen", prefix="van der", initials="M.T.")
"""Whose initials those of a newborn's stand-in are."""

GAPS = [
    (R.NO_PATIENT_ID, header(patient_id=""), found()),
    (R.NO_PATIENT_ID, header(patient_id='""'), found()),
    (R.PATIENT_UNKNOWN, header(), found()),
    (R.PATIENT_UNKNOWN, header(patient_id="", claims=(explicit(BSN),)), found()),
    (R.PATIENT_AMBIGUOUS, header(), found(PATIENT, OTHER)),
    (R.EPD_WITHOUT_BSN, header(), found(patient(bsn=None, bsn_holders=0))),
    (R.EPD_BSN_INVALID, header(), found(patient(bsn=None, bsn_problem="bsn-eleven-test"))),
    (R.BSN_NOT_VERIFIED, header(), found(patient(bsn_verified=False))),
    (R.BSN_HOLDERS_UNKNOWN, header(), found(patient(bsn_holders=0))),
    (R.BSN_OUT_OF_RANGE, header(), found(patient(bsn=Bsn("010000008")))),
    (R.INVALID_NUMBER, header(claims=(explicit(BsnProblem.ELEVEN_TEST),)), found(PATIENT)),
    (R.INVALID_NUMBER, header(claims=(explicit(BSN), explicit(BsnProblem.WRONG_LENGTH))), found(PATIENT)),
    (R.CLAIM_PLACEHOLDER, header(claims=(explicit(BsnProblem.PLACEHOLDER),)), found(PATIENT)),
    (R.CLAIM_PLACEHOLDER, header(patient_id="999999999", issuer="nlminbiza"), found()),
    (R.INVALID_NUMBER, header(patient_id="AA1234567", issuer=BSN_AUTHORITY), found()),
    (R.BIRTH_DATE_ABSENT, header(birth_date=""), found(PATIENT)),
    (R.BIRTH_DATE_ABSENT, header(), found(patient(birth_date=None))),
    (R.BIRTH_DATE_PLACEHOLDER, header(birth_date="19000101"), found(PATIENT)),
    (R.BIRTH_DATE_PLACEHOLDER, header(birth_date="11111111"), found(PATIENT)),
    (R.BIRTH_DATE_PLACEHOLDER, header(birth_date="1900.01.01"), found(PATIENT)),
    (R.BIRTH_DATE_PLACEHOLDER, header(birth_date="19500101"), found(patient(birth_date=date(1950, 1, 1)))),
    (R.BIRTH_DATE_PLACEHOLDER, header(), found(patient(birth_date=date(1900, 1, 1)))),
    (R.BIRTH_DATE_UNREADABLE, header(birth_date="19500300"), found(PATIENT)),
    (R.BIRTH_DATE_UNREADABLE, header(birth_date="14-03-1950"), found(PATIENT)),
    (R.BIRTH_DATE_UNREADABLE, header(birth_date="1950"), found(PATIENT)),
    (R.SEX_ABSENT, header(sex=""), found(PATIENT)),
    (R.SEX_ABSENT, header(sex="U"), found(PATIENT)),
    (R.SEX_ABSENT, header(sex=""), found(patient(sex=""))),
    (R.SEX_ABSENT, header(), found(patient(sex=""))),
    (R.NAME_ABSENT, header(patient_name=""), found(PATIENT)),
    (R.NAME_ABSENT, header(patient_name="^Petra"), found(PATIENT)),
    (R.NAME_ABSENT, header(), found(patient(name=PersonName()))),
    (R.NAME_ABSENT, header(patient_name=""), found(patient(name=PersonName()))),
    (R.NAME_PLACEHOLDER, header(patient_name="Test^Petra"), found(PATIENT)),
    (R.NAME_PLACEHOLDER, header(patient_name="Jansen^Baby"), found(PATIENT)),
    (R.NAME_PLACEHOLDER, header(patient_name="Jansen^Meisje"), found(patient(name=MOTHER))),
    (R.NAME_PLACEHOLDER, header(patient_name="JANSEN TWEELING 2"), found(patient(name=MOTHER))),
    (R.NAME_PLACEHOLDER, header(), found(patient(name=replace(MOTHER, given_names="Meisje")))),
    (R.NAME_PLACEHOLDER, header(), found(patient(name=PersonName(surname="Onbekend")))),
    (R.GIVEN_NAME_ABSENT, header(patient_name="Jansen^"), found(PATIENT)),
    (R.GIVEN_NAME_ABSENT, header(), found(patient(name=PersonName(surname="Jansen", prefix="van der")))),
    (R.ANOTHER_PATIENT_FITS, header(patient_name="Jansen^P.A."), found(PATIENT, rivals=(TWIN,))),
    (R.RIVALS_UNKNOWN, header(), replace(found(PATIENT), rivals=None)),
    (R.HEADER_UNPARSABLE, header(flags=frozenset({Flag.UNPARSABLE})), found(PATIENT)),
    (R.HEADER_NOT_READ, header(flags=frozenset({Flag.NOT_READ})), found(PATIENT)),
    (R.DIGITALLY_SIGNED, header(flags=frozenset({Flag.SIGNED})), found(PATIENT)),
]


@pytest.mark.parametrize(("reason", "evidence", "who"), GAPS)
def test_what_is_missing(reason: MatchReason, evidence: Evidence, who: Candidates) -> None:
    match = judged(evidence, who=who)
    assert isinstance(match, Insufficient), match
    assert reason in match.reasons


def test_every_reason_that_a_decision_can_give_is_in_these_tables() -> None:
    elsewhere = {R.IDENTITY_DIFFERS_IN_STUDY, R.FILLING_NOT_ALLOWED, R.STUDY_DATE_UNREADABLE} | EXCEPTION_REASONS
    by_the_survey = {R.INDEX_DIFFERS_FROM_HEADER}
    tabled = {row[0] for row in (*CONFLICTS, *GAPS)}
    assert tabled | elsewhere | by_the_survey == set(MatchReason)
    assert {row[0] for row in CONFLICTS} <= CONFLICT_REASONS
    assert not {row[0] for row in GAPS} & CONFLICT_REASONS
    assert set(SENTENCES) == {*MatchReason, *Proof}


def test_a_surname_that_stands_in_for_newborns_elsewhere_is_a_surname() -> None:
    jongen = patient(name=PersonName(surname="Jongen", given_names="Petra"))
    for text in ("Jongen^Petra", "JONGEN PETRA", "Petra Jongen"):
        assert isinstance(judged(header(patient_name=text), who=found(jongen)), Agree)


def test_a_study_without_headers_proves_nothing() -> None:
    assert reasons(decide(StudyEvidence(study_instance_uid="1.2"), found(PATIENT), POLICY)) == (R.NO_PATIENT_ID,)


def test_every_reason_found_is_named_contradictions_first() -> None:
    match = judged(
        header(birth_date="19510314", sex="", patient_name="Bakker^Q"), who=found(patient(bsn_verified=False))
    )
    assert reasons(match) == (
        R.BIRTH_DATE_DIFFERS,
        R.SURNAME_DIFFERS,
        R.GIVEN_NAME_DIFFERS,
        R.BSN_NOT_VERIFIED,
        R.SEX_ABSENT,
    )
    assert isinstance(match, Conflict)
    assert match.candidate is not None
    assert P.PATIENT_BY_ID in match.proofs


def test_a_study_on_the_day_of_birth_and_an_undated_one_are_no_contradiction() -> None:
    newborn = patient(birth_date=date(2010, 5, 6))
    for study_date in ("20100506", ""):
        match = decide(study(header(birth_date="20100506"), study_date=study_date), found(newborn), POLICY)
        assert isinstance(match, Agree)


def test_first_of_january_proves_when_the_hospital_says_so() -> None:
    policy = replace(POLICY, placeholder_january_first=False)
    match = judged(header(birth_date="19500101"), who=found(patient(birth_date=date(1950, 1, 1))), policy=policy)
    assert isinstance(match, Agree)


def test_filling_can_be_switched_off() -> None:
    policy = replace(POLICY, fill_missing=False)
    assert reasons(judged(policy=policy)) == (R.FILLING_NOT_ALLOWED,)
    claimed = judged(header(claims=(explicit(BSN),)), who=found(PATIENT, by_claim=(PATIENT,)), policy=policy)
    assert isinstance(claimed, Agree)


@pytest.mark.parametrize("allowed", list(BsnRange))
def test_the_range_decides_which_numbers_may_be_written(allowed: BsnRange) -> None:
    match = judged(policy=replace(POLICY, bsn_range=allowed))
    assert isinstance(match, Agree) == (allowed is not BsnRange.PRODUCTION)


# Candidates: numbers that only pass the eleven-test


def test_a_candidate_that_is_the_patients_hospital_number_is_no_claim() -> None:
    match = judged(header(claims=(candidate(Bsn(LIKE_A_BSN)),)))
    assert isinstance(match, Agree)
    assert P.NO_CLAIM in match.proofs


def test_the_same_number_declared_to_be_a_bsn_is_a_claim() -> None:
    assert R.CLAIM_DIFFERS in reasons(judged(header(claims=(explicit(Bsn(LIKE_A_BSN)),))))


NUMBERED = patient(identifiers=frozenset({LocalId(value=LIKE_A_BSN, authority="HOSPITAL")}))


def test_a_bare_patient_id_that_led_to_the_patient_is_a_hospital_number() -> None:
    bare = header(patient_id=LIKE_A_BSN, claims=(candidate(Bsn(LIKE_A_BSN), Place.PATIENT_ID_BARE),))
    assert isinstance(judged(bare, who=found(NUMBERED)), Agree)
    lettered = patient(identifiers=frozenset({LocalId(value=f"H-{LIKE_A_BSN}", authority="HOSPITAL")}))
    assert isinstance(judged(replace(bare, patient_id=f"H-{LIKE_A_BSN}"), who=found(lettered)), Agree)


@pytest.mark.parametrize("issuer", ["", "HOSPITAL"])
def test_unless_another_live_patient_has_it_as_bsn(issuer: str) -> None:
    bare = header(patient_id=LIKE_A_BSN, issuer=issuer, claims=(candidate(Bsn(LIKE_A_BSN), Place.PATIENT_ID_BARE),))
    double = patient(epd_patient_id="3003", bsn=Bsn(LIKE_A_BSN), identifiers=frozenset())
    for holder in (double, replace(OTHER, bsn=Bsn(LIKE_A_BSN))):
        match = judged(bare, who=found(NUMBERED, by_claim=(holder,)))
        assert R.ID_AND_CLAIM_NAME_TWO_PATIENTS in reasons(match)


def test_two_patients_on_one_number_are_told_apart_by_the_studys_own_bsn() -> None:
    match = judged(header(claims=(explicit(BSN),)), who=found(OTHER, PATIENT, by_claim=(PATIENT,)))
    assert isinstance(match, Agree)
    assert P.PATIENT_BY_CLAIM in match.proofs
    assert P.PATIENT_BY_ID not in match.proofs


def test_the_patient_that_came_closest_is_named_for_the_review() -> None:
    match = judged(who=found(OTHER, PATIENT))
    assert isinstance(match, Insufficient)
    assert match.candidate is PATIENT


# Several headers in one study


def test_headers_in_several_spellings_agree_with_the_weaker_proof() -> None:
    full, short = header(patient_name="Jansen^Petra Anna"), header(patient_name="JANSEN, P.", issuer="OLD")
    match = judged(full, short)
    assert isinstance(match, Agree)
    assert P.GIVEN_NAME_AGREES in match.proofs
    assert P.GIVEN_NAME_IN_FULL not in match.proofs


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
def test_headers_that_name_two_identities_are_a_conflict(second: Evidence) -> None:
    for headers in ((header(), second), (second, header())):
        match = judged(*headers, who=found(PATIENT))
        assert isinstance(match, Conflict)
        assert R.IDENTITY_DIFFERS_IN_STUDY in match.reasons


def test_two_given_names_that_both_fit_an_initial_are_two_identities() -> None:
    initials_only = patient(name=PersonName(surname="Jansen", prefix="van der", initials="P."))
    match = judged(header(patient_name="Jansen^Petra"), header(patient_name="Jansen^Paula"), who=found(initials_only))
    assert R.IDENTITY_DIFFERS_IN_STUDY in reasons(match)


def test_siblings_whom_the_epd_does_not_know_are_a_conflict_too() -> None:
    match = judged(header(patient_name="Jansen^Piet"), header(patient_name="Jansen^Paul"), who=found())
    assert R.IDENTITY_DIFFERS_IN_STUDY in reasons(match)


def test_own_and_partners_surname_in_one_study_are_one_identity() -> None:
    married = patient(name=replace(PATIENT.name, partner_surname="Bos"))
    match = judged(header(patient_name="Jansen^Petra"), header(patient_name="Bos^Petra"), who=found(married))
    assert isinstance(match, Agree)


@pytest.mark.parametrize("field", ["patient_id", "patient_name", "birth_date", "sex"])
def test_one_header_that_lacks_a_field_is_not_covered_by_the_others(field: str) -> None:
    match = judged(header(), header(**{field: ""}))
    assert isinstance(match, Insufficient)


def test_each_header_may_name_the_patient_its_own_way() -> None:
    by_bsn = header(patient_id=BSN.digits, issuer=BSN_AUTHORITY)
    assert isinstance(judged(header(), by_bsn, who=found(PATIENT, by_claim=(PATIENT,))), Agree)
    no_id = header(patient_id="", claims=(explicit(BSN),))
    assert isinstance(judged(header(), no_id, who=found(PATIENT, by_claim=(PATIENT,))), Agree)


# Exceptions


NEWBORN = ExceptionRule(reason=R.NEWBORN, patient_name=r"\^baby")
TESTER = ExceptionRule(reason=R.TEST_PATIENT, patient_name="^zztest", patient_id="^T")
BABY = header(patient_name="Jansen^Baby", birth_date="20100506")
NO_BSN = patient(bsn=None, bsn_verified=False, bsn_holders=0)


def excused(*headers: Evidence, who: Candidates, rules: tuple[ExceptionRule, ...] = (NEWBORN, TESTER)) -> Match:
    return decide(study(*headers), who, replace(POLICY, exceptions=rules))


@pytest.mark.parametrize("who", [found(), found(NO_BSN), found(NO_BSN, replace(NO_BSN, epd_patient_id="9"))])
def test_a_newborn_without_a_known_bsn_is_an_exception(who: Candidates) -> None:
    assert excused(BABY, who=who) == NotApplicable(reason=R.NEWBORN)


def test_an_exception_ends_when_the_epd_has_a_bsn_for_the_patient() -> None:
    assert isinstance(excused(BABY, who=found(PATIENT)), Conflict)


def test_an_exception_ends_when_the_study_claims_a_bsn() -> None:
    assert isinstance(excused(replace(BABY, claims=(explicit(BSN),)), who=found()), Insufficient)
    assert isinstance(excused(replace(BABY, claims=(explicit(BsnProblem.ELEVEN_TEST),)), who=found()), Insufficient)
    placeholder = replace(BABY, claims=(explicit(BsnProblem.PLACEHOLDER),))
    assert isinstance(excused(placeholder, who=found()), NotApplicable)


def test_every_proof_outweighs_an_exception() -> None:
    by_number = ExceptionRule(reason=R.FOREIGNER, patient_id="^1001$")
    assert isinstance(excused(header(), who=found(PATIENT), rules=(by_number,)), Agree)


def test_a_rule_needs_all_its_patterns_and_at_least_one() -> None:
    zz = header(patient_name="ZZTEST^A", patient_id="T1")
    assert excused(zz, who=found()) == NotApplicable(reason=R.TEST_PATIENT)
    assert isinstance(excused(replace(zz, patient_id="1"), who=found()), Insufficient)
    empty = ExceptionRule(reason=R.EMERGENCY)
    assert isinstance(excused(zz, who=found(), rules=(empty,)), Insufficient)
    wrong = ExceptionRule(reason=R.SEX_DIFFERS, patient_name="ZZ")
    assert isinstance(excused(zz, who=found(), rules=(wrong,)), Insufficient)


def test_a_rule_must_hold_for_every_header() -> None:
    other = replace(BABY, patient_name="Jansen^")
    assert isinstance(excused(BABY, other, who=found()), Insufficient)


def test_an_exception_does_not_explain_two_identities_in_one_study() -> None:
    assert isinstance(excused(BABY, replace(BABY, sex="M"), who=found()), Conflict)


def test_a_test_patient_may_have_a_bsn_that_may_not_be_written_here() -> None:
    tester = patient(name=PersonName(surname="zztest", given_names="A"))
    policy = replace(POLICY, exceptions=(TESTER, NEWBORN), bsn_range=BsnRange.PRODUCTION)
    zz = header(patient_name="ZZTEST^A", patient_id="T1")
    assert decide(study(zz), found(tester), policy) == NotApplicable(reason=R.TEST_PATIENT)


# What to look up


@pytest.mark.parametrize(
    ("issuer", "authority"),
    [
        ("", "HOSPITAL"),
        ("HOSPITAL", "HOSPITAL"),
        ("OLD", "HOSPITAL"),
        ("CLINIC B", "CLINIC"),
        ("ELSEWHERE", "ELSEWHERE"),
        ("NLMINBIZA", BSN_AUTHORITY),
        ("nlminbiza", BSN_AUTHORITY),
        (BSN_OID, BSN_AUTHORITY),
        (f"NLMINBIZA&{BSN_OID}&ISO", BSN_AUTHORITY),
        (f"urn:oid:{BSN_OID}", BSN_AUTHORITY),
        ("SBV", BSN_AUTHORITY),
    ],
)
def test_issuers(issuer: str, authority: str) -> None:
    assert resolve_issuer(issuer, POLICY) == authority


def test_what_the_registry_is_asked() -> None:
    assert local_id_to_look_up(header(), POLICY) == LocalId(value="1001", authority="HOSPITAL")
    assert local_id_to_look_up(header(patient_id=""), POLICY) is R.NO_PATIENT_ID
    assert local_id_to_look_up(header(issuer=BSN_OID), POLICY) is R.NO_PATIENT_ID
    two = study(header(patient_id=""), header(claims=(candidate(OTHER_BSN), explicit(BsnProblem.EMPTY))))
    assert local_id_of_study(two, POLICY) == LocalId(value="1001", authority="HOSPITAL")
    assert local_id_of_study(study(header(patient_id="")), POLICY) is R.NO_PATIENT_ID
    assert claims_to_look_up(two) == (OTHER_BSN,)
    both = study(header(patient_id=BSN.digits, issuer="SBV", claims=(candidate(OTHER_BSN), explicit(OTHER_BSN))))
    assert claims_to_look_up(both, POLICY) == (OTHER_BSN, BSN)


def test_no_value_of_a_patient_or_header_stands_in_a_repr() -> None:
    claimed = header(patient_id=BSN.digits, claims=(explicit(BSN),))
    text = repr((claimed, PATIENT, judged(claimed), judged(header(sex="M")), LocalId(value=BSN.digits, authority="X")))
    for secret in (BSN.digits, "Jansen", "Petra", "19500314", "1950, 3, 14"):
        assert secret not in text


def test_the_registry_is_not_taken_at_its_word() -> None:
    """A patient who has neither the study's number nor its BSN is nobody's match, whatever was looked up."""
    assert reasons(judged(header(patient_id="1002"), who=found(PATIENT))) == (R.PATIENT_UNKNOWN,)
    assert reasons(judged(header(issuer="ELSEWHERE"), who=found(PATIENT))) == (R.PATIENT_UNKNOWN,)
    claimed = header(patient_id="", claims=(explicit(OTHER_BSN),))
    assert reasons(judged(claimed, who=found(PATIENT, by_claim=(PATIENT,)))) == (R.PATIENT_UNKNOWN,)


def test_one_patient_found_twice_is_one_patient() -> None:
    twice: tuple[Patient, ...] = (PATIENT, replace(PATIENT))
    assert isinstance(judged(who=found(*twice)), Agree)
