"""Recognises studies that legitimately have no BSN, by configured rules; never excuses a study that has one.

A rule holds only while nobody knows a BSN: as soon as the study claims one, or the EPD holds one for the patient
to whom its Patient ID leads, the study is judged like any other. So a newborn whose EPD record has meanwhile got a
BSN is written when every proof is there, and goes to review when one is missing; it is not counted as an exception.
Test patients are excepted from that in one point: a BSN outside the configured range does not count as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, StudyEvidence
from remediate.identity.patients import Patient
from remediate.identity.verdicts import EXCEPTION_REASONS, ExceptionRule, MatchingPolicy, MatchReason, NotApplicable


def exceptions_that_hold(
    evidence: StudyEvidence, patients: Iterable[Patient], claims: Iterable[BsnClaim], policy: MatchingPolicy
) -> Iterator[NotApplicable]:
    """The configured exceptions that hold for every header of a study, in order of configuration.

    `patients` are those to whom the Patient ID leads, `claims` the study's BSN claims that count.
    """
    values = [claim.value for claim in claims]
    known = [value for value in values if isinstance(value, Bsn)]
    known += [patient.bsn for patient in patients if patient.bsn is not None]
    misread = any(isinstance(value, BsnProblem) and value is not BsnProblem.PLACEHOLDER for value in values)
    for rule in policy.exceptions:
        if misread or any(_counts(bsn, rule, policy) for bsn in known):
            continue
        if rule.reason in EXCEPTION_REASONS and all(_matches(rule, header) for header in evidence.headers):
            yield NotApplicable(reason=rule.reason)


def _counts(bsn: Bsn, rule: ExceptionRule, policy: MatchingPolicy) -> bool:
    return rule.reason is not MatchReason.TEST_PATIENT or bsn.is_in(policy.bsn_range)


def _matches(rule: ExceptionRule, header: Evidence) -> bool:
    named = [
        (pattern, text)
        for pattern, text in (
            (rule.patient_name, header.patient_name),
            (rule.patient_id, header.patient_id),
            (rule.issuer, header.issuer),
        )
        if pattern
    ]
    return bool(named) and all(_compiled(pattern).search(text) for pattern, text in named)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
