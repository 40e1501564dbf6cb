"""What becomes of a decision when its facts change: contradiction and loss never make a write, emptiness no proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from remediate.identity.bsn import Bsn, BsnProblem, BsnRange
from remediate.identity.checks import about_person
from remediate.identity.decide import decide
from remediate.identity.evidence import Evidence, Flag, Strength, StudyEvidence
from remediate.identity.patients import Patient, PersonName
from remediate.identity.verdicts import (
    Agree,
    Insufficient,
    Match,
    MatchingPolicy,
    MatchReason,
    NotApplicable,
    Proof,
)
from tests.identity.identity_samples import BSN, OTHER, PATIENT, POLICY, candidate, explicit, found, header, study
from tests.identity.matching_strategies import Case, cases, headers, patients, policies

ANOTHER_BSN = Bsn("999911739")

Turn = Callable[[Case], Case]


def on_header(change: Callable[[Evidence], Evidence]) -> Turn:
    """The same study with its first header changed."""

    def turn(case: Case) -> Case:
        evidence, who, policy = case
        first, *others = evidence.headers
        return replace(evidence, headers=(change(first), *others)), who, policy

    return turn


def one_more_header(change: Callable[[Evidence], Evidence]) -> Turn:
    """The same study with one more object, which is like the first but for one thing."""

    def turn(case: Case) -> Case:
        evidence, who, policy = case
        return replace(evidence, headers=(*evidence.headers, change(evidence.headers[0]))), who, policy

    return turn


def on_records(change: Callable[[Patient], Patient]) -> Turn:
    """The same study, and an EPD that says something else of everyone."""

    def turn(case: Case) -> Case:
        evidence, who, policy = case
        by_id, by_claim = (tuple(map(change, row)) for row in (who.by_patient_id, who.by_claim))
        return evidence, replace(who, by_patient_id=by_id, by_claim=by_claim), policy

    return turn


def on_policy(**changes: object) -> Turn:
    """The same facts under a policy that allows less."""
    return lambda case: (case[0], case[1], replace(case[2], **changes))  # type: ignore[arg-type]


def _earlier(case: Case) -> Case:
    return replace(case[0], study_date="18500101"), case[1], case[2]


def _one_more_patient(case: Case) -> Case:
    evidence, who, policy = case
    if not who.by_patient_id:
        return case
    numbers = frozenset().union(*(patient.identifiers for patient in who.by_patient_id))
    other = replace(OTHER, epd_patient_id="77", identifiers=numbers)
    return evidence, replace(who, by_patient_id=(*who.by_patient_id, other)), policy


def _one_more_rival(case: Case) -> Case:
    evidence, who, policy = case
    other = replace(PATIENT, epd_patient_id="78", name=replace(PATIENT.name, given_names="Paula", initials="P."))
    return evidence, replace(who, rivals=(*(who.rivals or ()), other)), policy


CONTRADICTIONS: dict[str, Turn] = {
    "another BSN": on_header(lambda h: replace(h, claims=(*h.claims, explicit(ANOTHER_BSN)))),
    "a number that may be another BSN": on_header(lambda h: replace(h, claims=(*h.claims, candidate(ANOTHER_BSN)))),
    "a BSN that is none": on_header(lambda h: replace(h, claims=(*h.claims, explicit(BsnProblem.ELEVEN_TEST)))),
    "a signature": on_header(lambda h: replace(h, flags=h.flags | {Flag.SIGNED})),
    "a conflict inside": on_header(lambda h: replace(h, flags=h.flags | {Flag.IDENTITY_CONFLICT_INSIDE})),
    "an unreadable object": one_more_header(lambda h: replace(h, flags=h.flags | {Flag.UNPARSABLE})),
    "an object with another BSN": one_more_header(lambda h: replace(h, claims=(explicit(ANOTHER_BSN),))),
    "an object of another number": one_more_header(lambda h: replace(h, patient_id="55", issuer="ELSEWHERE-2")),
    "an object with another birth date": one_more_header(lambda h: replace(h, birth_date="20200202")),
    "an object with another sex": one_more_header(lambda h: replace(h, sex="O")),
    "an object with another surname": one_more_header(lambda h: replace(h, patient_name="Quispel^Petra")),
    "an object with another given name": one_more_header(lambda h: replace(h, patient_name="Jansen^Xandra")),
    "a study before birth": _earlier,
    "a second holder of the BSN": on_records(
        lambda p: replace(p, bsn_holders=p.bsn_holders + 1 if p.bsn_holders else 2)
    ),
    "another who may be meant": _one_more_rival,
    "a second patient on the number": _one_more_patient,
    "no filling": on_policy(fill_missing=False),
    "another range": on_policy(bsn_range=BsnRange.PRODUCTION),
    "a placeholder that was a name": on_policy(placeholder_names=POLICY.placeholder_names | {"JANSEN"}),
    "a placeholder that was a date": on_policy(placeholder_birth_dates=frozenset({"19500314"})),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
@settings(max_examples=20)
@given(case=cases)
def test_a_contradicting_fact_never_turns_a_refusal_into_a_write(kind: str, case: Case) -> None:
    refused = not isinstance(decide(*case), Agree)
    after = decide(*CONTRADICTIONS[kind](case))
    assert not (refused and isinstance(after, Agree))


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_each_of_them_does_turn_a_write_into_a_refusal(kind: str) -> None:
    """So none of them is idle; a twin only where the given name does not tell them apart."""
    plain = (study(header(patient_name="Jansen^P.")), found(PATIENT), POLICY)
    assert isinstance(decide(*plain), Agree)
    assert not isinstance(decide(*CONTRADICTIONS[kind](plain)), Agree)


NOBODYS = PersonName()
LOSSES: dict[str, Turn] = {
    "birth date": on_header(lambda h: replace(h, birth_date="")),
    "sex": on_header(lambda h: replace(h, sex="")),
    "name": on_header(lambda h: replace(h, patient_name="")),
    "given name": on_header(lambda h: replace(h, patient_name=h.patient_name.partition("^")[0] + "^")),
    "EPD birth date": on_records(lambda p: replace(p, birth_date=None)),
    "EPD sex": on_records(lambda p: replace(p, sex="")),
    "EPD name": on_records(lambda p: replace(p, name=NOBODYS)),
    "EPD given name": on_records(lambda p: replace(p, name=replace(p.name, given_names="", initials=""))),
    "EPD BSN": on_records(lambda p: replace(p, bsn=None, bsn_holders=0)),
    "verification": on_records(lambda p: replace(p, bsn_verified=False)),
    "count of holders": on_records(lambda p: replace(p, bsn_holders=0)),
    "numbers of the EPD": on_records(lambda p: replace(p, identifiers=frozenset())),
}


@pytest.mark.parametrize("kind", LOSSES)
@settings(max_examples=20)
@given(case=cases)
def test_a_lost_proof_never_turns_a_refusal_into_a_write(kind: str, case: Case) -> None:
    """But for the EPD forgetting a number: who then is found by the BSN alone was contradicted by that number."""
    before, after = decide(*case), decide(*LOSSES[kind](case))
    if kind == "numbers of the EPD" and isinstance(after, Agree):
        assert Proof.PATIENT_BY_CLAIM in after.proofs
    elif isinstance(after, Agree):
        assert isinstance(before, Agree)


@pytest.mark.parametrize("kind", LOSSES)
def test_each_loss_does_turn_a_write_into_a_refusal(kind: str) -> None:
    plain = (study(header()), found(PATIENT), POLICY)
    assert isinstance(decide(*plain), Agree)
    assert not isinstance(decide(*LOSSES[kind](plain)), Agree)


@settings(max_examples=300)
@given(case=cases)
def test_a_refusal_stays_one_without_the_claims_that_speak_for_it(case: Case) -> None:
    """Those that equal the BSN of the patient who came closest; every sixth case has somebody with a BSN."""
    evidence, who, policy = case
    before = decide(*case)
    if isinstance(before, Agree | NotApplicable) or before.candidate is None or before.candidate.bsn is None:
        return
    candidate_bsn = before.candidate.bsn
    bare = tuple(
        replace(h, claims=tuple(claim for claim in h.claims if claim.value != candidate_bsn)) for h in evidence.headers
    )
    assert not isinstance(decide(replace(evidence, headers=bare), who, policy), Agree)


_EMPTY = {
    "birth_date": ({Proof.BIRTH_DATE_EQUAL}, ["", "        "]),
    "sex": ({Proof.SEX_EQUAL}, ["", " "]),
    "patient_name": (
        {Proof.SURNAME_AGREES, Proof.GIVEN_NAME_AGREES, Proof.GIVEN_NAME_IN_FULL},
        ["", "^", "^^^^", " ^ ", "=", "==", ".", ", ", "-", "\u3000", "'", "()"],
    ),
}


@pytest.mark.parametrize("field", _EMPTY)
@settings(max_examples=50)
@given(header=headers, patient=patients, policy=policies, data=st.data())
def test_an_empty_field_is_never_agreement(
    field: str, header: Evidence, patient: Patient, policy: MatchingPolicy, data: st.DataObject
) -> None:
    """Whatever stands on the other side, nothing at all included."""
    proofs, texts = _EMPTY[field]
    empty = replace(header, **{field: data.draw(st.sampled_from(texts))})
    blank = data.draw(st.sampled_from([patient, replace(patient, name=NOBODYS, birth_date=None, sex="")]))
    assert proofs.isdisjoint(about_person(empty, blank, policy))


@settings(max_examples=50)
@given(header=headers, patient=patients, policy=policies)
def test_an_empty_record_is_never_agreement(header: Evidence, patient: Patient, policy: MatchingPolicy) -> None:
    blank = replace(patient, name=NOBODYS, birth_date=None, sex="")
    assert not any(isinstance(answer, Proof) for answer in about_person(header, blank, policy))


@settings(max_examples=50)
@given(case=cases)
def test_no_claim_is_proven_by_an_empty_one(case: Case) -> None:
    """A field that is declared to hold a BSN and is empty changes nothing."""
    evidence, who, policy = case
    empty = tuple(replace(h, claims=(explicit(BsnProblem.EMPTY), *h.claims)) for h in evidence.headers)
    assert _said(decide(replace(evidence, headers=empty), who, policy)) == _said(decide(*case))


def _said(match: Match) -> object:
    if isinstance(match, NotApplicable):
        return match
    return type(match), match.proofs, () if isinstance(match, Agree) else match.reasons


@settings(max_examples=50)
@given(case=cases)
def test_a_patient_who_is_found_twice_over_is_one(case: Case) -> None:
    """By number and by BSN, each once more."""
    evidence, who, policy = case
    twice = replace(who, by_patient_id=who.by_patient_id * 2, by_claim=who.by_claim * 2)
    assert _said(decide(evidence, twice, policy)) == _said(decide(*case))


@settings(max_examples=50)
@given(case=cases)
def test_nobody_becomes_the_patient_by_being_looked_up_for_nothing(case: Case) -> None:
    """Patients whom nothing in the study names change nothing, wherever the registry puts them."""
    evidence, who, policy = case
    stranger = replace(OTHER, epd_patient_id="88", identifiers=frozenset(), bsn=ANOTHER_BSN)
    claimed = {claim.value for h in evidence.headers for claim in h.claims}
    assume(ANOTHER_BSN not in claimed)
    more = replace(who, by_patient_id=(stranger, *who.by_patient_id), by_claim=(stranger, *who.by_claim))
    assert _said(decide(evidence, more, policy)) == _said(decide(*case))


@pytest.mark.parametrize("day", ["00000000", "20101301", "31-12-2010", "2010", "20100506-20100507", "99999999", "?"])
def test_a_study_date_that_cannot_be_read_is_not_an_absent_one(day: str) -> None:
    """It may lie before the birth: a number given to somebody else since."""
    evidence = StudyEvidence(study_instance_uid="1", study_date=day, headers=(header(),))
    match = decide(evidence, found(PATIENT), POLICY)
    assert isinstance(match, Insufficient)
    assert match.reasons == (MatchReason.STUDY_DATE_UNREADABLE,)
    assert isinstance(decide(replace(evidence, study_date=""), found(PATIENT), POLICY), Agree)


def test_a_claim_beside_a_birth_date_that_is_later_proves_nothing() -> None:
    """The reused number, with the BSN of the present holder typed in by hand."""
    born_later = replace(PATIENT, birth_date=date(2011, 1, 2))
    claimed = header(birth_date="20110102", claims=(explicit(BSN),))
    assert claimed.claims[0].strength is Strength.EXPLICIT
    assert not isinstance(decide(study(claimed), found(born_later, by_claim=(born_later,)), POLICY), Agree)
