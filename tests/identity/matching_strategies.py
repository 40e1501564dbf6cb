"""Studies, patients and policies at random: agreeing in most things, so that what differs or lacks decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from remediate.identity.bsn import BSN_AUTHORITY, Bsn, BsnProblem, BsnRange
from remediate.identity.evidence import Evidence, Flag, StudyEvidence
from remediate.identity.patients import PersonName
from remediate.identity.verdicts import Candidates, ExceptionRule, MatchingPolicy, MatchReason
from tests.identity.identity_samples import BSN, LIKE_A_BSN, OTHER, OTHER_BSN, PATIENT, POLICY, candidate, explicit

POLICIES = [
    POLICY,
    replace(POLICY, fill_missing=False),
    replace(POLICY, bsn_range=BsnRange.ANY, placeholder_january_first=False),
    replace(POLICY, exceptions=(ExceptionRule(reason=MatchReason.NEWBORN, patient_name="baby"),)),
]
NAMES = ["Jansen^Petra^^van der", "Jansen^P.A.", "JANSEN PETRA ANNA", "Jansen^Paula", "Bakker^Petra", "Jansen^Baby", ""]


def mostly(good: object, *others: object) -> st.SearchStrategy[object]:
    """The value that agrees in half of the cases, else one of the others."""
    return st.one_of(st.just(good), st.sampled_from(others))


claims = st.lists(
    st.one_of(
        st.builds(explicit, mostly(BSN, OTHER_BSN, *BsnProblem)),
        st.builds(candidate, mostly(BSN, OTHER_BSN, Bsn(LIKE_A_BSN))),
    ),
    max_size=2,
).map(tuple)
headers = st.builds(
    Evidence,
    patient_id=mostly("1001", "", "2002", LIKE_A_BSN),
    issuer=mostly("", "OLD", "ELSEWHERE", BSN_AUTHORITY),
    patient_name=mostly(*NAMES),
    birth_date=mostly("19500314", "", "19500315", "19000101", "195003"),
    sex=mostly("F", "", "M", "O", "U"),
    claims=st.one_of(st.just(()), claims),
    flags=mostly(frozenset(), *(frozenset({flag}) for flag in Flag)),
)
studies = st.builds(
    StudyEvidence,
    study_instance_uid=st.just("1.2.3"),
    study_date=mostly("20100506", "", "19400101"),
    headers=st.one_of(headers.map(lambda header: (header,)), st.lists(headers, min_size=1, max_size=3).map(tuple)),
)
patients = st.builds(
    replace,
    st.just(PATIENT),
    name=mostly(PATIENT.name, PersonName(), PersonName(surname="Jansen", prefix="van der", initials="P.")),
    birth_date=mostly(date(1950, 3, 14), None, date(1900, 1, 1)),
    sex=mostly("F", "", "M"),
    bsn=mostly(BSN, None, OTHER_BSN, Bsn("010000008")),
    bsn_verified=mostly(True, False),
    bsn_holders=mostly(1, 0, 2),
)
others = st.builds(
    replace, st.sampled_from([OTHER, replace(PATIENT, epd_patient_id="4")]), bsn=mostly(OTHER_BSN, BSN, None)
)
answers = st.builds(
    Candidates,
    by_patient_id=st.one_of(patients.map(lambda one: (one,)), st.lists(others, max_size=2).map(tuple)),
    by_claim=st.one_of(st.just(()), patients.map(lambda one: (one,)), st.lists(others, max_size=2).map(tuple)),
    by_merged_id=st.booleans(),
    rivals=st.one_of(*[st.just(())] * 4, st.lists(others, max_size=2).map(tuple)),
)
policies = st.sampled_from(POLICIES)
cases = st.tuples(studies, answers, policies)
Case = tuple[StudyEvidence, Candidates, MatchingPolicy]
